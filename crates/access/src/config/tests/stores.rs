//! `[store]`: which keys go with which kind of store.

use super::*;
use crate::config::{SecretRef, StoreCredential, secrets};
use expect_test::expect;

const IDENTITY: &str = "33333333-3333-4333-8333-333333333333";

fn store(keys: &str, expect: Expect) {
    check_program(&format!("[store]\n{keys}\n"), expect);
}

#[test]
fn azure_is_entered_with_an_identity_and_a_key_is_warned_about() {
    store(
        &format!("url = \"az://gatehouse1/state\"\ncredential = {{ managed_identity = \"{IDENTITY}\" }}"),
        expect![[""]],
    );
    store(
        "url = \"az://gatehouse1/state\"\ncredential = { account_key = \"env:KEY\" }",
        expect![[r#"
        gatehouse.toml:10: warning: store.credential.account_key: opens the whole storage account to whoever reads it, and never expires
          hint: credential = { managed_identity = "<client id>" } needs no secret
    "#]],
    );
    store(
        "url = \"az://gatehouse1/state\"",
        expect![[r#"
        gatehouse.toml:8: store.credential: nothing says who we are there: the app has no managed identity whose tokens could be used
          hint: credential = { managed_identity = "<client id>" }
    "#]],
    );
    store(
        "url = \"az://gatehouse1/state\"\ncredential = {}",
        expect![[r#"
        gatehouse.toml:10: store.credential: names no way in
          hint: credential = { managed_identity = "<client id>" }
    "#]],
    );
    store(
        &format!(
            "url = \"az://gatehouse1/state\"\ncredential = {{ managed_identity = \"{IDENTITY}\", account_key = \"env:KEY\" }}"
        ),
        expect![[r#"
            gatehouse.toml:10: store.credential: names two ways in: keep managed_identity or account_key
        "#]],
    );
}

#[test]
fn the_apps_own_identity_is_the_default() {
    let program =
        PROGRAM.replace("{ certificate = \"env:CERTIFICATE\" }", &format!("{{ managed_identity = \"{IDENTITY}\" }}"));
    assert_ne!(program, PROGRAM);
    let program = format!("{program}[store]\nurl = \"az://gatehouse1/state\"\n");
    let config = config(&[("gatehouse.toml", &program), ("customers/contoso.toml", CONTOSO)]);
    assert_eq!(config.store_access.credential, None);
}

#[test]
fn an_access_key_is_whole_or_the_functions_role_is_used() {
    store("url = \"s3://gatehouse-state\"", expect![[""]]);
    store(
        "url = \"s3://gatehouse-state\"\ncredential = {}",
        expect![[r#"
        gatehouse.toml:10: store.credential.access_key: missing: an access key is an id and a secret
          hint: credential = { access_key = "<its id>", secret = "env:NAME" }
    "#]],
    );
    store(
        "url = \"s3://gatehouse-state\"\ncredential = { access_key = \"AKIA1\" }",
        expect![[r#"
        gatehouse.toml:10: store.credential.secret: missing: an access key is an id and a secret
          hint: credential = { access_key = "<its id>", secret = "env:NAME" }
    "#]],
    );
    store(
        "url = \"s3://gatehouse-state\"\ncredential = { secret = \"env:S3\" }",
        expect![[r#"
        gatehouse.toml:10: store.credential.access_key: missing: an access key is an id and a secret
          hint: credential = { access_key = "<its id>", secret = "env:NAME" }
    "#]],
    );
}

#[test]
fn a_key_of_another_kind_of_store_is_a_slip() {
    store(
        "url = \"az://gatehouse1/state\"\nregion = \"eu-central-1\"\ncredential = { access_key = \"AKIA1\", account_key = \"env:KEY\" }",
        expect![[r#"
            gatehouse.toml:10: store.region: belongs to s3:// stores, and the URL names another kind
            gatehouse.toml:11: store.credential.access_key: belongs to s3:// stores, and the URL names another kind
            gatehouse.toml:11: warning: store.credential.account_key: opens the whole storage account to whoever reads it, and never expires
              hint: credential = { managed_identity = "<client id>" } needs no secret
        "#]],
    );
    store(
        &format!("url = \"s3://gatehouse-state\"\ncredential = {{ managed_identity = \"{IDENTITY}\" }}"),
        expect![[r#"
            gatehouse.toml:10: store.credential.access_key: missing: an access key is an id and a secret
              hint: credential = { access_key = "<its id>", secret = "env:NAME" }
            gatehouse.toml:10: store.credential.managed_identity: belongs to az:// stores, and the URL names another kind
        "#]],
    );
    store(
        "endpoint = \"https://objects.example\"\nregion = \"eu-central-1\"",
        expect![[r#"
        gatehouse.toml:9: store.endpoint: belongs to az:// and s3:// stores, and the URL names another kind
        gatehouse.toml:10: store.region: belongs to s3:// stores, and the URL names another kind
    "#]],
    );
    store(
        "url = \"http://bucket\"\nregion = \"EU\"",
        expect![[r#"
        gatehouse.toml:9: store.url: is not a place for state
          hint: one of file:PATH, memory:, az://ACCOUNT/CONTAINER/PREFIX, s3://BUCKET/PREFIX
        gatehouse.toml:10: store.region: is not a name: 1 to 64 of the characters a-z, 0-9, - and _
    "#]],
    );
}

#[test]
fn the_stores_secrets_are_among_those_that_are_looked_for() {
    for (keys, key) in [
        ("url = \"az://gatehouse1/state\"\ncredential = { account_key = \"env:KEY\" }", "store.credential.account_key"),
        (
            "url = \"s3://state\"\ncredential = { access_key = \"AKIA1\", secret = \"env:KEY\" }",
            "store.credential.secret",
        ),
    ] {
        let program = format!("{PROGRAM}[store]\n{keys}\n");
        let config = loaded(&[("gatehouse.toml", &program), ("customers/contoso.toml", CONTOSO)]).config.unwrap();
        assert!(!matches!(config.store_access.credential, None | Some(StoreCredential::ManagedIdentity(_))));
        assert!(secrets(&config).contains(&(SecretRef::Env("KEY".into()), key.to_owned())), "{key}");
    }
}
