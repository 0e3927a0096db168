use super::{Ended, Terminal};
use crate::configuration::Publication;
use expect_test::expect;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// Where the tests publish: beside the demo's files, in a folder that is no configuration.
impl Terminal {
    /// The demo's terminal, with a configuration that does not need its folder.
    pub(super) fn publishing() -> Self {
        let mut terminal = Self::new();
        let folder = terminal.home.folder.display().to_string();
        for (variable, file) in [
            ("APP_SECRET", "client-secret"),
            ("VISITOR", "visitor-key"),
            ("ALERTS", "alert-key"),
            ("DUTY", "duty-secret"),
        ] {
            let value = fs::read_to_string(terminal.home.folder.join(file)).unwrap();
            terminal.env.insert(variable.into(), value);
            for toml in ["gatehouse.toml", "customers/contoso.toml"] {
                terminal
                    .rewrite(toml, |text| text.replace(&format!("\"file:{file}\""), &format!("\"env:{variable}\"")));
            }
        }
        terminal.rewrite("gatehouse.toml", |text| text.replace("file:state", &format!("file:{folder}/state")));
        terminal
    }

    pub(super) fn rewrite(&self, file: &str, change: impl FnOnce(String) -> String) {
        let path = self.home.folder.join(file);
        fs::write(&path, change(fs::read_to_string(&path).unwrap_or_default())).unwrap();
    }

    pub(super) fn url(&self) -> String {
        format!("file:{}/published", self.home.folder.display())
    }

    pub(super) async fn publish(&self, more: &str, status: u8) -> Ended {
        let mut ended =
            self.check(&format!("publish --to {} --by ana@northwind.example {more}", self.url()), status).await;
        for text in [&mut ended.out, &mut ended.err] {
            *text = text.replace(&self.home.folder.display().to_string(), "FOLDER");
        }
        ended
    }

    fn documents(&self) -> Vec<(String, Vec<u8>)> {
        let Ok(entries) = fs::read_dir(self.home.folder.join("published")) else { return Vec::new() };
        let mut files: Vec<_> = entries
            .map(|entry| entry.unwrap())
            .filter(|entry| {
                entry.file_type().unwrap().is_file() && !entry.file_name().to_string_lossy().starts_with('.')
            })
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    }
}

/// Without the digest, which stands for itself in the tests of the document.
fn told(ended: &Ended) -> String {
    let words = ended.out.split(' ').map(|word| if word.starts_with("sha256:") { "DIGEST" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[tokio::test(start_paused = true)]
async fn what_is_published_is_shown_first_and_written_once() {
    let terminal = Terminal::publishing();
    let first = terminal.publish("--dry-run", 0).await;
    assert!(first.out.contains("  customer adatum is added: mode enforce, packages second-line\n"), "{}", first.out);
    assert!(terminal.documents().is_empty(), "a dry run writes nothing");
    terminal.publish("", 0).await;
    let written = terminal.documents();
    assert_eq!(written.len(), 1);
    let same = terminal.publish("", 0).await;
    expect![[r#"
        gatehouse.toml:9: warning: app.credential.client_secret: whoever reads it is the app in every customer's tenant, and it expires unseen
          hint: better: managed_identity, which is no secret at all, or certificate
        unchanged: DIGEST is at file:FOLDER/published since 2026-03-02 08:00:00 UTC by ana@northwind.example; nothing was written
    "#]]
        .assert_eq(&told(&same));
    assert_eq!(terminal.documents(), written);
    terminal.rewrite("customers/adatum.toml", |text| text.replace("mode = \"enforce\"", "mode = \"observe\""));
    fs::remove_file(terminal.home.folder.join("customers/fabrikam.toml")).unwrap();
    let other = terminal.publish("--dry-run", 0).await;
    expect![[r#"
        gatehouse.toml:9: warning: app.credential.client_secret: whoever reads it is the app in every customer's tenant, and it expires unseen
          hint: better: managed_identity, which is no secret at all, or certificate
        changed  customers/adatum.toml
        removed  customers/fabrikam.toml
          customer adatum: mode is observe instead of enforce
        warning: customer fabrikam (tenant 55555555-5555-4555-8555-555555555555) is taken out: nothing is
                 done there any more, so nobody is removed, and whoever leaves keeps access. If it is to
                 end, first let its access be planned away with mode = "offboard"; if it is meant as it is:
                 gatehouse forget 55555555-5555-4555-8555-555555555555 afterwards
        not published (--dry-run): DIGEST would replace what is at file:FOLDER/published since 2026-03-02 08:00:00 UTC by ana@northwind.example
    "#]].assert_eq(&told(&other));
    assert_eq!(terminal.documents(), written);
    let json = terminal.publish("--format json", 0).await;
    let json: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["outcome"], "published");
    assert_eq!(json["before"]["by"], "ana@northwind.example");
    assert_eq!(json["files"]["removed"], serde_json::json!(["customers/fabrikam.toml"]));
    assert_eq!(json["warnings"].as_array().map(Vec::len), Some(1));
    assert_ne!(terminal.documents(), written);
}

#[tokio::test(start_paused = true)]
async fn what_lies_beside_the_folder_cannot_be_published() {
    let terminal = Terminal::new();
    terminal.rewrite("gatehouse.toml", |text| text.replace("[cloud]\n", "[cloud]\nca_file = \"ca.pem\"\n"));
    let refused = terminal.publish("", 1).await;
    expect![[r#"
        customers/contoso.toml: break_glass.webhook.key: a published configuration takes no secrets out of files: none lies beside it on the hosts
          hint: write env:NAME, and set the variable on each host (an app setting, or a Key Vault reference)
        gatehouse.toml: app.credential.client_secret: a published configuration takes no secrets out of files: none lies beside it on the hosts
          hint: write env:NAME, and set the variable on each host (an app setting, or a Key Vault reference)
        gatehouse.toml: callers.visitor.auth.api_key: a published configuration takes no secrets out of files: none lies beside it on the hosts
          hint: write env:NAME, and set the variable on each host (an app setting, or a Key Vault reference)
        gatehouse.toml: channels.duty.webhook.secret: a published configuration takes no secrets out of files: none lies beside it on the hosts
          hint: write env:NAME, and set the variable on each host (an app setting, or a Key Vault reference)
        gatehouse.toml: store.url: a published configuration has no folder where this path could begin
          hint: name a store that all hosts reach: az://ACCOUNT/CONTAINER/PREFIX or s3://BUCKET/PREFIX, or file: with the whole path
        gatehouse.toml:9: warning: app.credential.client_secret: whoever reads it is the app in every customer's tenant, and it expires unseen
          hint: better: managed_identity, which is no secret at all, or certificate
        5 errors; nothing was published
    "#]].assert_eq(&refused.out);
    assert!(terminal.documents().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_configuration_with_an_error_is_not_published() {
    let terminal = Terminal::publishing();
    terminal.publish("", 0).await;
    let before = terminal.documents();
    terminal.rewrite("customers/adatum.toml", |text| text.replace("packages", "packets"));
    let refused = terminal.publish("--format json", 1).await;
    let refused: Value = serde_json::from_str(&refused.out).unwrap();
    assert_eq!(refused["outcome"], "refused");
    assert!(refused["problems"].to_string().contains("customers/adatum.toml"));
    assert_eq!(terminal.documents(), before);
}

#[tokio::test(start_paused = true)]
async fn the_folder_and_the_address_have_to_be_said() {
    let mut terminal = Terminal::publishing();
    for (line, hint) in
        [("publish", "--to az://"), ("publish --to ./folder", "--to az://"), ("publish --to https://x", "az://ACCOUNT")]
    {
        let ended = terminal.check(line, 1).await;
        assert!(ended.err.contains(hint), "{line}: {}", ended.err);
    }
    let folder = terminal.home.folder.display().to_string();
    terminal.env.insert("GATEHOUSE_CONFIG".into(), terminal.url());
    let ended = terminal.check("publish", 1).await;
    assert!(ended.err.contains("--config DIR"), "{}", ended.err);
    terminal.check(&format!("publish --config {folder}"), 0).await;
}

#[tokio::test(start_paused = true)]
async fn every_command_works_with_a_published_configuration() {
    let mut terminal = Terminal::publishing();
    terminal.env.insert("GATEHOUSE_CONFIG".into(), terminal.url());
    let ended = terminal.check("check", 1).await;
    let missing = ended.err.replace(&terminal.home.folder.display().to_string(), "FOLDER");
    assert!(missing.starts_with("error: there is no configuration at file:FOLDER/published: gatehouse publish --config DIR --to file:FOLDER/published puts one there"), "{missing}");
    let folder = terminal.home.folder.display().to_string();
    terminal.check(&format!("publish --config {folder}"), 0).await;
    // Nothing beside what is published is needed any more.
    fs::remove_file(terminal.home.folder.join("gatehouse.toml")).unwrap();
    fs::remove_dir_all(terminal.home.folder.join("customers")).unwrap();
    terminal.check("check", 0).await;
    terminal.check("plan adatum --detailed-exitcode", 2).await;
    terminal.check("sync", 0).await;
    terminal.check("plan adatum --detailed-exitcode", 0).await;
    terminal.check("journal verify", 0).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_newer_program_published_is_left_alone() {
    let terminal = Terminal::publishing();
    terminal.publish("", 0).await;
    let path = terminal.home.folder.join("published/configuration");
    let newer = fs::read_to_string(&path).unwrap().replacen("\"v\":1", "\"v\":2", 1);
    fs::write(&path, &newer).unwrap();
    terminal.rewrite("customers/adatum.toml", |text| format!("# other\n{text}"));
    let refused = terminal.publish("", 1).await;
    assert!(refused.err.contains("configuration has version 2, which is newer than this program knows: update the program; nothing was published"), "{}", refused.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), newer);
    fs::write(&path, "half a docum").unwrap();
    let replaced = terminal.publish("", 0).await;
    assert!(replaced.out.contains("warning: what is published there cannot be read"), "{}", replaced.out);
    terminal.publish("", 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_path_that_begins_nowhere_is_followed_by_no_command_whoever_published_it() {
    let mut terminal = Terminal::publishing();
    terminal.publish("", 0).await;
    let path = terminal.home.folder.join("published/configuration");
    let mut document: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let files = document["value"]["files"].as_object_mut().unwrap();
    let text = files["gatehouse.toml"].as_str().unwrap().to_owned();
    let folder = format!("file:{}/state", terminal.home.folder.display());
    files.insert("gatehouse.toml".into(), text.replace(&folder, "file:state").into());
    let files: BTreeMap<String, String> = serde_json::from_value(document["value"]["files"].clone()).unwrap();
    document["value"]["digest"] = Publication::digest_of(&files).into();
    fs::write(&path, document.to_string()).unwrap();
    terminal.env.insert("GATEHOUSE_CONFIG".into(), terminal.url());
    for line in ["check", "plan", "sync", "requests"] {
        let ended = terminal.check(line, 1).await;
        assert!(
            format!("{}{}", ended.out, ended.err)
                .contains("gatehouse.toml: store.url: a published configuration has no folder"),
            "{line}: {}",
            ended.err
        );
    }
}
