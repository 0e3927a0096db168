use super::{CONTOSO, PROGRAM, config, loaded, report};
use crate::config::unpublishable;
use expect_test::expect;

#[test]
fn secrets_in_files_and_paths_that_begin_at_the_folder_are_named_with_their_places() {
    let program = PROGRAM.replace("env:CERTIFICATE", "file:app.pem");
    let program = format!(
        "{program}
[cloud]
name = \"custom\"
login = \"https://login.sim.example\"
graph = \"https://graph.sim.example\"
ca_file = \"ca.pem\"
[store]
url = \"file:state\"
[callers.ops]
auth = {{ api_key = [\"env:NEW\", \"file:/run/secrets/old\"] }}
may = [\"read\"]
"
    );
    let contoso = format!("{CONTOSO}\n[channels.desk]\nteams = \"file:teams-url\"\n");
    let loaded = loaded(&[("gatehouse.toml", &program), ("customers/contoso.toml", &contoso)]);
    let config = loaded.config.expect("there are only warnings");
    expect![[r#"
        customers/contoso.toml: channels.desk.teams: a published configuration takes no secrets out of files: none lies beside it on the hosts
          hint: write env:NAME, and set the variable on each host (an app setting, or a Key Vault reference)
        gatehouse.toml: app.credential.certificate: a published configuration takes no secrets out of files: none lies beside it on the hosts
          hint: write env:NAME, and set the variable on each host (an app setting, or a Key Vault reference)
        gatehouse.toml: callers.ops.auth.api_key: a published configuration takes no secrets out of files: none lies beside it on the hosts
          hint: write env:NAME, and set the variable on each host (an app setting, or a Key Vault reference)
        gatehouse.toml: cloud.ca_file: a published configuration has no folder where this path could begin
          hint: write the whole path of a file that is there on each host, or set SSL_CERT_FILE there
        gatehouse.toml: store.url: a published configuration has no folder where this path could begin
          hint: name a store that all hosts reach: az://ACCOUNT/CONTAINER/PREFIX or s3://BUCKET/PREFIX, or file: with the whole path
    "#]].assert_eq(&report(&unpublishable(&config)));
}

#[test]
fn what_every_host_can_find_may_be_published() {
    let program = format!(
        "{PROGRAM}
[cloud]
name = \"custom\"
login = \"https://login.sim.example\"
graph = \"https://graph.sim.example\"
ca_file = \"/etc/ssl/sim.pem\"
[store]
url = \"file:/srv/state\"
"
    );
    assert_eq!(
        report(&unpublishable(&config(&[("gatehouse.toml", &program), ("customers/contoso.toml", CONTOSO)]))),
        ""
    );
}
