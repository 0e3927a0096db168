//! What the configuration and the environment make of an object store.

use super::*;
use crate::demo::Home;
use crate::settings::{AWS_KEYS, AWS_REGION, AZURE_PORT, IDENTITY, LAMBDA, STORAGE_TOKEN};
use access::config::StoreAccess;
use outside::SystemClock;
use std::collections::BTreeMap;

/// The demo's place with these variables, and its configuration with this store.
fn place(variables: &[(&str, &str)], url: &str, access: StoreAccess) -> (Place, Config) {
    let home = Home::make(None, Arc::new(SystemClock::new())).unwrap();
    let config = home.place().load().unwrap().config.unwrap();
    std::fs::remove_dir_all(&home.folder).unwrap();
    let map: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let place = Place { settings: Settings::read(Arc::new(map)).unwrap(), ..home.place() };
    (place, Config { store_url: url.into(), store_access: access, ..config })
}

const LAMBDA_ROLE: [(&str, &str); 5] = [
    (LAMBDA, "127.0.0.1:9001"),
    (AWS_KEYS[0], "ASIA1"),
    (AWS_KEYS[1], "hush"),
    (AWS_KEYS[2], "session"),
    (AWS_REGION, "eu-central-1"),
];

#[test]
fn a_store_on_this_machine_needs_nothing() {
    for url in ["memory:", "file:state"] {
        let (place, config) = place(&[], url, StoreAccess::default());
        assert!(objects(&place, &config).unwrap().is_none(), "{url}");
    }
}

#[test]
fn on_lambda_the_functions_role_and_region_are_the_default() {
    let (place, config) = place(&LAMBDA_ROLE, "s3://state", StoreAccess::default());
    let found = objects(&place, &config).unwrap().unwrap();
    assert_eq!((found.region.as_deref(), found.endpoint), (Some("eu-central-1"), None));
    let Keys::Aws { id, secret, session } = found.keys else { panic!("not the role") };
    assert_eq!((id.as_str(), secret.as_str(), session.as_deref()), ("ASIA1", "hush", Some("session")));
}

#[test]
fn at_a_desk_the_credentials_of_the_shell_are_the_default() {
    let (place, config) = place(&LAMBDA_ROLE[1..], "s3://state", StoreAccess::default());
    let found = objects(&place, &config).unwrap().unwrap();
    let Keys::Aws { id, session, .. } = found.keys else { panic!("not those of the shell") };
    assert_eq!((id.as_str(), session.as_deref()), ("ASIA1", Some("session")));
}

#[tokio::test]
async fn a_persons_token_opens_the_store_at_a_desk_and_never_on_a_host() {
    let identity = StoreAccess {
        credential: Some(StoreCredential::ManagedIdentity("33333333-3333-4333-8333-333333333333".parse().unwrap())),
        ..StoreAccess::default()
    };
    let token = (STORAGE_TOKEN, "hush");
    let (desk, config) = place(&[token], "az://gatehouse1/state", identity);
    let Keys::Tokens(tokens) = objects(&desk, &config).unwrap().unwrap().keys else { panic!("no tokens") };
    assert_eq!(tokens.token().await.as_deref(), Ok("hush"));
    for host in [(LAMBDA, "127.0.0.1:9001"), (AZURE_PORT, "7071")] {
        let map: BTreeMap<String, String> = [token, host].map(|(name, value)| (name.into(), value.into())).into();
        let there = Place { settings: Settings::read(Arc::new(map)).unwrap(), ..desk.clone() };
        let failed = objects(&there, &config).err().unwrap();
        assert!(failed.contains(NO_IDENTITY), "{failed}");
    }
}

#[test]
fn what_the_configuration_says_comes_first() {
    let secret = config::SecretRef::Env("S3".into());
    let access = StoreAccess {
        endpoint: Some("https://objects.example".into()),
        region: Some("eu-north-1".into()),
        credential: Some(StoreCredential::AccessKey { id: "AKIA1".into(), secret }),
    };
    let variables = [&LAMBDA_ROLE[..], &[("S3", "ours\n")]].concat();
    let (place, config) = place(&variables, "s3://state", access);
    let found = objects(&place, &config).unwrap().unwrap();
    assert_eq!(found.region.as_deref(), Some("eu-north-1"));
    assert_eq!(found.endpoint.as_deref(), Some("https://objects.example"));
    let Keys::Aws { id, secret, session } = found.keys else { panic!("not the access key") };
    assert_eq!((id.as_str(), secret.as_str(), session), ("AKIA1", "ours", None));
}

#[test]
fn each_cloud_of_microsofts_has_its_own_address_of_storage() {
    let named = StorePlace::parse("az://gatehouse1/state").unwrap();
    for (cloud, base) in [
        (Cloud::Public, None),
        (Cloud::UsGovernment, Some("https://gatehouse1.blob.core.usgovcloudapi.net")),
        (Cloud::China, Some("https://gatehouse1.blob.core.chinacloudapi.cn")),
    ] {
        assert_eq!(endpoint(&named, &cloud).as_deref(), base);
        assert_eq!(endpoint(&StorePlace::parse("s3://state").unwrap(), &cloud), None);
    }
}

#[test]
fn what_is_missing_is_said_by_its_name() {
    let identity = StoreAccess {
        credential: Some(StoreCredential::ManagedIdentity("33333333-3333-4333-8333-333333333333".parse().unwrap())),
        ..StoreAccess::default()
    };
    let key = |name: &str| StoreAccess {
        credential: Some(StoreCredential::AccountKey(config::SecretRef::Env(name.into()))),
        ..StoreAccess::default()
    };
    let here = [(IDENTITY[0], "http://127.0.0.1:1/token"), (IDENTITY[1], "hush"), ("KEY", "c2VjcmV0")];
    for (variables, url, access, hint) in [
        (&here[..], "az://gatehouse1/state", identity.clone(), None),
        (&[], "az://gatehouse1/state", identity, Some("no managed identity")),
        (&here[..], "az://gatehouse1/state", key("KEY"), None),
        (&here[..], "az://gatehouse1/state", key("NONE"), Some("credential.account_key: the variable NONE")),
        (&here[..], "az://gatehouse1/state", StoreAccess::default(), Some("write credential = { managed_identity")),
        (&[], "s3://state", StoreAccess::default(), Some("[store] credential: AWS_ACCESS_KEY_ID and AWS_SECRET_")),
        (&LAMBDA_ROLE[..4], "s3://state", StoreAccess::default(), Some("region")),
    ] {
        let (place, config) = place(variables, url, access);
        let opened = place.store(&config).map(drop);
        match hint {
            None => assert_eq!(opened, Ok(())),
            Some(hint) => {
                let failed = opened.unwrap_err();
                assert!(failed.contains(hint) && !failed.contains("hush"), "{failed}");
            }
        }
    }
}
