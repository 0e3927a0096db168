use crate::telemetry::Otlp;
use expect_test::expect;

fn read(variables: &[(&str, &str)]) -> (Option<Otlp>, Vec<String>) {
    let get = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Otlp::read(get)
}

#[test]
fn only_an_https_address_is_exported_to() {
    for (endpoint, taken) in [
        ("https://collector.example", Some("https://collector.example")),
        ("https://collector.example:4318/v1/otlp/", Some("https://collector.example:4318/v1/otlp")),
        ("http://collector.example", None),
        ("http://localhost:4318", None),
        ("https://user:pass@collector.example", None),
        ("https://collector.example?key=1", None),
        ("collector.example:4318", None),
        ("https://", None),
        ("not an address", None),
    ] {
        let (otlp, wrong) = read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)]);
        assert_eq!(otlp.map(|otlp| otlp.endpoint).as_deref(), taken, "{endpoint}");
        assert_eq!(wrong.is_empty(), taken.is_some(), "{endpoint}: {wrong:?}");
        assert!(!wrong.concat().contains("pass"), "{wrong:?}");
    }
}

#[test]
fn without_an_endpoint_or_when_it_is_turned_off_nothing_is_exported_and_nothing_is_wrong() {
    for variables in [
        &[("OTEL_EXPORTER_OTLP_HEADERS", "broken")][..],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example"), ("OTEL_SDK_DISABLED", "TRUE")],
    ] {
        let (otlp, wrong) = read(variables);
        assert!(otlp.is_none() && wrong.is_empty(), "{variables:?}");
    }
}

#[test]
fn what_cannot_be_used_is_left_out_and_named_without_its_value() {
    let (otlp, wrong) = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example"),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "Api-Key=a%20secret%3D, hush, content-type=text, bad name=hush, x=%ff, y=%0a, z=%4",
        ),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=gate,team=ops%2Cnorth,=hush"),
    ]);
    let otlp = otlp.unwrap();
    let headers: Vec<_> = otlp.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    assert_eq!(headers, [("api-key", "a secret=")]);
    assert_eq!(otlp.service, "gate");
    assert_eq!(otlp.attributes[1], ("team".to_owned(), "ops,north".to_owned()));
    expect![[r#"
        [
            "OTEL_EXPORTER_OTLP_PROTOCOL: only http/protobuf is spoken, and is what is sent",
            "OTEL_EXPORTER_OTLP_HEADERS: item 2 is not name=value (at most 32): left out",
            "OTEL_EXPORTER_OTLP_HEADERS: item 5 is not name=value (at most 32): left out",
            "OTEL_EXPORTER_OTLP_HEADERS: item 7 is not name=value (at most 32): left out",
            "OTEL_EXPORTER_OTLP_HEADERS: \"content-type\" cannot be a header of an export and is left out",
            "OTEL_EXPORTER_OTLP_HEADERS: \"bad name\" cannot be a header of an export and is left out",
            "OTEL_EXPORTER_OTLP_HEADERS: \"y\" cannot be a header of an export and is left out",
            "OTEL_RESOURCE_ATTRIBUTES: item 3 is not name=value (at most 32): left out",
        ]
    "#]]
    .assert_debug_eq(&wrong);
    assert!(!format!("{otlp:?}").contains("secret"), "{otlp:?}");
}

#[test]
fn of_a_long_list_32_items_are_taken() {
    let list = |count: usize| (0..count).map(|n| format!("h{n}=v")).collect::<Vec<_>>().join(",");
    for (count, wrong_count) in [(32, 0), (33, 1)] {
        let list = list(count);
        let (otlp, wrong) = read(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example"),
            ("OTEL_EXPORTER_OTLP_HEADERS", &list),
        ]);
        assert_eq!((otlp.unwrap().headers.len(), wrong.len()), (32, wrong_count));
    }
}
