use crate::Known;
use crate::double::{Double, KEY, captured, inside, json, known};
use access::config::May;
use engine::Red;
use http::HeaderValue;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const AGE: Duration = Duration::from_millis(13_001);

async fn check(known: Known, key: Option<&str>, expected_red: Option<&[&str]>) {
    let red = |customer: Option<&str>, code: &str| Red {
        customer: customer.map(str::to_owned),
        code: code.into(),
        text: "…".into(),
    };
    let red = vec![red(None, "program"), red(Some("contoso"), "one"), red(Some("fabrikam"), "two")];
    let engine = Arc::new(Double { noted: red.clone(), red, age: AGE, ..Double::default() });
    let mut request = captured(include_str!("captured/health.http"));
    if let Some(key) = key {
        request.headers_mut().insert("authorization", key.parse().unwrap());
    }
    let response = super::handle(&inside(&engine, known), request).await;
    assert_eq!(response.status(), 200);
    // Only whoever may read makes us look anew.
    let (asked, age) = if expected_red.is_some() { ("health", "0") } else { ("glance", "14") };
    assert_eq!((engine.asked(), &response.headers()["age"]), (vec![asked.to_owned()], &HeaderValue::from_static(age)));
    let mut body = json(&response);
    let members = body.as_object_mut().unwrap();
    let (red, noted) = (members.remove("red"), members.remove("noted"));
    assert_eq!(red, noted, "who sees what is red sees what is noted");
    assert_eq!(body, json!({ "status": "red", "version": "1.2.3" }));
    let codes = red.map(|red| red.as_array().unwrap().iter().map(|red| red["code"].clone()).collect::<Vec<_>>());
    assert_eq!(codes, expected_red.map(|codes| codes.iter().map(|code| json!(code)).collect()));
}

#[tokio::test]
async fn anybody_sees_status_and_version_and_readers_see_what_is_red() {
    check(known(&[May::Read]), None, None).await;
    check(known(&[May::Read]), Some("Bearer wrong"), None).await;
    check(known(&[May::Read]), Some("Bearer unavailable"), None).await;
    check(known(&[May::Release, May::Operate]), Some(KEY), None).await;
    check(known(&[May::Read]), Some(KEY), Some(&["program", "one", "two"])).await;
}

#[tokio::test]
async fn a_reader_of_one_customer_sees_nothing_of_the_others() {
    let limited = Known { customers: Some(["contoso".to_owned()].into()), ..known(&[May::Read]) };
    check(limited, Some(KEY), Some(&["program", "one"])).await;
}
