use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let map: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Settings::read(Arc::new(map))
}

#[test]
fn an_empty_environment_names_nothing() {
    let settings = read(&[]).unwrap();
    assert_eq!((settings.config, settings.azure_port, settings.lambda), (None, None, false));
    assert!(settings.log.is_none() && settings.identity.is_none() && settings.user.is_none());
}

#[test]
fn an_empty_variable_is_none() {
    let settings = read(&[(CONFIG, ""), (AZURE_PORT, ""), (LAMBDA, "")]).unwrap();
    assert_eq!((settings.config, settings.azure_port, settings.lambda), (None, None, false));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let problems = read(&[(AZURE_PORT, "0"), (CONFIG, "https://account/config"), (IDENTITY[0], "http://localhost")]);
    expect_test::expect![[r#"
        [
            "FUNCTIONS_CUSTOMHANDLER_PORT is not a port from 1 to 65535",
            "GATEHOUSE_CONFIG: https://account/config is no place for a configuration: write a folder, or the address of a published one: az://ACCOUNT/CONTAINER/PREFIX, s3://BUCKET/PREFIX or file:PATH",
            "IDENTITY_ENDPOINT and IDENTITY_HEADER must be set together",
        ]
    "#]]
    .assert_debug_eq(&problems.unwrap_err());
}

#[test]
fn a_port_is_a_number_from_1_to_65535() {
    for (value, port) in [("1", Some(1)), ("65535", Some(65535)), ("65536", None), ("-1", None), ("http", None)] {
        assert_eq!(read(&[(AZURE_PORT, value)]).ok().and_then(|settings| settings.azure_port), port, "{value}");
    }
}

#[test]
fn only_a_name_that_others_can_reach_is_public() {
    for (value, public) in [
        ("gatehouse.azurewebsites.net", true),
        ("localhost:7071", false),
        ("localhost", false),
        ("127.0.0.1", false),
        ("0.0.0.0:80", false),
        ("evil.example/path", false),
        ("user@evil.example", false),
        ("", false),
    ] {
        assert_eq!(read(&[(HOSTNAME, value)]).unwrap().hostname.is_some(), public, "{value}");
    }
}

#[test]
fn an_operator_names_our_address_by_its_host_alone() {
    for (value, host) in [
        ("https://gatehouse.northwind.example", Some("gatehouse.northwind.example")),
        ("https://gatehouse.northwind.example/", Some("gatehouse.northwind.example")),
        ("http://gatehouse.northwind.example", None),
        ("https://gatehouse.northwind.example/api", None),
        ("https://localhost:7071", None),
        ("gatehouse.northwind.example", None),
    ] {
        assert_eq!(
            read(&[(PUBLIC_URL, value)]).ok().and_then(|settings| settings.public_host).as_deref(),
            host,
            "{value}"
        );
    }
}

#[test]
fn the_functions_own_credentials_are_those_of_lambda_and_whole() {
    let keys = [(AWS_KEYS[0], "ASIA1"), (AWS_KEYS[1], "hush"), (AWS_KEYS[2], "session")];
    assert_eq!(read(&keys).unwrap().aws, None, "somebody's own, on a machine of theirs");
    let on_lambda = [&keys[..], &[(LAMBDA, "127.0.0.1:9001")]].concat();
    let aws = read(&on_lambda).unwrap().aws.unwrap();
    assert!(aws.session.is_some() && !format!("{aws:?}").contains("hush"));
    assert_eq!(read(&on_lambda[1..]).unwrap().aws, None, "half a key");
}

#[test]
fn a_secret_is_found_or_its_reference_is_named_and_never_a_value() {
    let settings = read(&[("KEY", "value"), ("EMPTY", "")]).unwrap();
    let secret = |name: &str| settings.secret(&SecretRef::Env(name.into()), Path::new("."));
    assert_eq!(secret("KEY"), Ok(b"value".to_vec()));
    assert_eq!(secret("EMPTY"), Err("the variable EMPTY is empty".into()));
    assert_eq!(secret("NONE"), Err("the variable NONE is not set".into()));
    let missing = settings.secret(&SecretRef::File("no/such.pem".into()), Path::new("folder")).unwrap_err();
    assert!(missing.starts_with("the file folder/no/such.pem cannot be read"), "{missing}");
    assert!(!format!("{settings:?}").contains("value"));
}
