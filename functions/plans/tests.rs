use crate::Known;
use crate::double::{Double, KEY, captured, inside, json, known, once, plan};
use access::config::May;
use bytes::Bytes;
use engine::{DecidedTogether, Error};
use http::{Request, Response};
use serde_json::json;
use std::sync::Arc;

const ZEROES: &str = "0000000000000000000000000000000000000000000000000000000000000000";

async fn ask(known: Known, request: Request<Bytes>, engine: Double) -> (Response<Bytes>, Vec<String>) {
    let engine = Arc::new(engine);
    let response = super::handle(&inside(&engine, known), request).await;
    (response, engine.asked())
}

fn request(method: &str, path: &str, body: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(path).header("authorization", KEY);
    let kind = (!body.is_empty()).then_some("application/json; charset=utf-8");
    let request = kind.into_iter().fold(request, |request, kind| request.header("content-type", kind));
    request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

fn release(body: &str) -> Request<Bytes> {
    request("POST", &format!("/api/v1/plans/sha256:{ZEROES}/release"), body)
}

fn contoso_only(may: &[May]) -> Known {
    Known { customers: Some(["contoso".to_owned()].into()), ..known(may) }
}

#[tokio::test]
async fn a_caller_sees_the_held_plans_of_its_customers() {
    let check = async |known: Known, asked: &str, seen: &[&str]| {
        let held = once(Ok(vec![plan("fabrikam"), plan("contoso")]));
        let request = captured(include_str!("captured/look.http"));
        let (response, asked_for) = ask(known, request, Double { held, ..Double::default() }).await;
        assert_eq!(response.status(), 200);
        assert_eq!(asked_for, [asked]);
        let body = json(&response);
        let names: Vec<_> = body["customers"].as_array().unwrap().iter().map(|plan| plan["customer"].clone()).collect();
        assert_eq!(names, seen);
        assert_eq!(body["totals"]["problems"], seen.len());
    };
    for may in [May::Read, May::Operate, May::Release] {
        check(known(&[may]), "held None", &["contoso", "fabrikam"]).await;
    }
    check(contoso_only(&[May::Read]), r#"held Some(["contoso"])"#, &["contoso"]).await;
}

#[tokio::test]
async fn every_wrong_caller_gets_the_same_bytes() {
    let mut answers = Vec::new();
    for key in [None, Some("Bearer wrong"), Some("Basic right")] {
        for path in ["/api/v1/plans", "/api/v1/plans/x/release", "/api/v1/plans/no/such/thing"] {
            for method in ["GET", "POST"] {
                let mut request = request(method, path, "{");
                request.headers_mut().remove("authorization");
                if let Some(key) = key {
                    request.headers_mut().insert("authorization", key.parse().unwrap());
                }
                let (response, asked) = ask(known(&[May::Release, May::Read]), request, Double::default()).await;
                assert_eq!((response.status().as_u16(), asked.len()), (401, 0));
                answers.push(response);
            }
        }
    }
    assert_eq!(json(&answers[0])["code"], "unauthenticated");
    for answer in &answers {
        assert_eq!((answer.body(), answer.headers()), (answers[0].body(), answers[0].headers()));
    }
}

#[tokio::test]
async fn each_deed_needs_its_right() {
    let check = async |may: &[May], request: Request<Bytes>, status: u16, code: &str| {
        let (response, asked) = ask(known(may), request, Double::default()).await;
        assert_eq!((response.status().as_u16(), json(&response)["code"].as_str()), (status, Some(code)));
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert!(asked.is_empty());
    };
    check(&[May::Request, May::Approve, May::Alert], request("GET", "/api/v1/plans", ""), 403, "forbidden").await;
    check(&[May::Read, May::Operate], release("{}"), 403, "forbidden").await;
    let mut unavailable = release("{}");
    unavailable.headers_mut().insert("authorization", "Bearer unavailable".parse().unwrap());
    check(&[May::Release], unavailable, 503, "unavailable").await;
}

#[tokio::test]
async fn the_journal_learns_who_decided_and_who_says_so() {
    let named = r#"{"by":{"email":"lead@northwind.example"},"comment":"why not"}"#;
    let check = async |known: Known, body: &str, by: &str| {
        let decided = once(Ok(vec!["contoso".to_owned()]));
        let (response, asked) = ask(known, release(body), Double { decided, ..Double::default() }).await;
        assert_eq!(response.status(), 200, "{:?}", response.body());
        assert_eq!(json(&response), json!({ "digest": format!("sha256:{ZEROES}"), "customers": ["contoso"] }));
        assert_eq!(asked, [format!("release sha256:{ZEROES} {by}")]);
    };
    let machine = known(&[May::Release]);
    let person = Known { person: Some("ana@northwind.example".into()), ..machine.clone() };
    check(machine.clone(), named, r#"None lead@northwind.example true Some("why not")"#).await;
    check(machine.clone(), "", "None servicenow false None").await;
    check(machine.clone(), r#"{"by":null,"comment":null}"#, "None servicenow false None").await;
    check(person, named, r#"None ana@northwind.example false Some("why not")"#).await;
    check(contoso_only(&[May::Release]), "{}", r#"Some(["contoso"]) servicenow false None"#).await;
}

#[tokio::test]
async fn a_digest_is_found_however_it_is_spelled() {
    let check = async |path: &str, asked: &[&str]| {
        let decided = once(Ok(vec!["contoso".to_owned()]));
        let request = request("POST", path, "");
        let (response, asked_for) = ask(known(&[May::Release]), request, Double { decided, ..Double::default() }).await;
        assert_eq!(asked_for, asked, "{path}");
        assert_eq!(response.status(), if asked.is_empty() { 404 } else { 200 }, "{path}");
    };
    let refused = format!("refuse sha256:{ZEROES} None servicenow false None");
    check(&format!("/api/v1/plans/sha256:{ZEROES}/refuse"), &[&refused]).await;
    check(&format!("/api/v1/plans/SHA256%3a{ZEROES}/refuse"), &[&refused]).await;
    check(&format!("/API/V1/Plans/sha256%3A{ZEROES}/refuse"), &[&refused]).await;
    check(&format!("/api/v1/plans/sha256:{ZEROES}0/refuse"), &[]).await;
    check(&format!("/api/v1/plans/{ZEROES}/refuse"), &[]).await;
    check(&format!("/api/v1/plans/sha256:{ZEROES}"), &[]).await;
    check(&format!("/api/v1/plans/sha256:{ZEROES}/approve"), &[]).await;
}

#[tokio::test]
async fn an_error_of_the_engine_has_its_code_and_tells_a_stranger_nothing() {
    let check = async |error: Error, status: u16, code: &str, told: bool| {
        let request = captured(include_str!("captured/release.http"));
        let (response, _) =
            ask(known(&[May::Release]), request, Double { decided: once(Err(error)), ..Double::default() }).await;
        let body = json(&response);
        assert_eq!((response.status().as_u16(), body["code"].as_str()), (status, Some(code)));
        assert_eq!(body["detail"].is_string(), told, "{body}");
    };
    check(Error::NoSuchPlan("sha256:…".into()), 404, "not_found", false).await;
    check(Error::UnknownCustomer("contoso".into()), 404, "not_found", false).await;
    check(Error::PlanChanged("two more people".into()), 409, "plan_changed", true).await;
    check(Error::Store("https://account.blob".into()), 503, "storage_unavailable", false).await;
    check(Error::Busy("contoso".into()), 409, "in_progress", true).await;
    check(Error::BadInput("not a digest".into()), 400, "invalid_json", true).await;
    check(Error::PartnerChanged("another partner".into()), 503, "unavailable", false).await;
    check(Error::Internal("bug".into()), 500, "internal", false).await;
}

#[tokio::test]
async fn a_body_that_is_not_a_decision_is_refused_with_all_that_is_wrong() {
    let check = async |body: &str, status: u16, code: &str, pointers: &[&str]| {
        let (response, asked) = ask(known(&[May::Release]), release(body), Double::default()).await;
        let answer = json(&response);
        assert_eq!((response.status().as_u16(), answer["code"].as_str()), (status, Some(code)), "{body}");
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        assert_eq!(errors.iter().map(|error| error["pointer"].clone()).collect::<Vec<_>>(), pointers, "{body}");
        assert!(asked.is_empty());
    };
    check("{", 400, "invalid_json", &[]).await;
    check("[]", 422, "invalid_body", &["#"]).await;
    check(r#"{"by":"ana@northwind.example"}"#, 422, "invalid_body", &["#/by"]).await;
    check(r#"{"by":{}}"#, 422, "invalid_body", &["#/by/email"]).await;
    for email in ["", "ana", "@northwind.example", "ana@", "a@b@c", "ana@north wind", "ana\\u0007@x"] {
        check(&format!(r#"{{"by":{{"email":"{email}"}}}}"#), 422, "invalid_body", &["#/by/email"]).await;
    }
    check(
        r#"{"by":{"email":"a@b","na/me":1},"comment":7,"x~":1}"#,
        422,
        "invalid_body",
        &["#/by/na~1me", "#/comment", "#/x~0"],
    )
    .await;
    check(&json!({ "comment": "é".repeat(1001) }).to_string(), 422, "invalid_body", &["#/comment"]).await;
    let decided = once(Ok(Vec::new()));
    let longest = json!({ "comment": "é".repeat(1000) }).to_string();
    let (response, _) = ask(known(&[May::Release]), release(&longest), Double { decided, ..Double::default() }).await;
    assert_eq!(response.status(), 200);

    let mut lost = release("");
    lost.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let (response, asked) = ask(known(&[May::Release]), lost, Double::default()).await;
    assert_eq!((json(&response)["code"].as_str(), asked.len()), (Some("invalid_json"), 0), "lost on the way");

    let mut form = release("by=ana");
    form.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    let (response, _) = ask(known(&[May::Release]), form, Double::default()).await;
    assert_eq!((response.status().as_u16(), json(&response)["code"].as_str()), (415, Some("unsupported_media_type")));
}

const CAUSE: &str = "cause:0011223344556677";

#[tokio::test]
async fn what_one_cause_holds_is_decided_on_with_its_totals() {
    let check = async |known: Known, path: &str, body: &str, asked: &str| {
        let decided = DecidedTogether { customers: vec!["contoso".into()], ..DecidedTogether::default() };
        let engine = Double { together: once(Ok(decided)), ..Double::default() };
        let (response, asked_for) = ask(known, request("POST", path, body), engine).await;
        assert_eq!(response.status(), 200, "{:?}", response.body());
        assert_eq!(json(&response), json!({ "cause": CAUSE, "customers": ["contoso"] }));
        assert_eq!(asked_for, [asked]);
    };
    let body = r#"{"by":{"email":"lead@northwind.example"},"confirm":{"customers":3,"people":12}}"#;
    let release = format!("/api/v1/plans/{CAUSE}/release");
    let asked = |allow: bool, of: &str| {
        format!("decide_together {CAUSE} {allow} 12 people Some(3) of {of} lead@northwind.example")
    };
    check(known(&[May::Release]), &release, body, &asked(true, "None")).await;
    check(
        known(&[May::Release]),
        &format!("/api/v1/plans/CAUSE%3A{}/refuse", &CAUSE[6..]),
        body,
        &asked(false, "None"),
    )
    .await;
    check(contoso_only(&[May::Release]), &release, body, &asked(true, r#"Some(["contoso"])"#)).await;
}

#[tokio::test]
async fn a_cause_without_its_totals_is_not_decided_on() {
    let check = async |body: &str, pointers: &[&str]| {
        let release = request("POST", &format!("/api/v1/plans/{CAUSE}/release"), body);
        let (response, asked) = ask(known(&[May::Release]), release, Double::default()).await;
        let answer = json(&response);
        let found: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|one| one["pointer"].clone()).collect();
        assert_eq!(
            (response.status().as_u16(), found),
            (422, pointers.iter().map(|one| json!(one)).collect()),
            "{body}"
        );
        assert!(asked.is_empty());
    };
    check("", &["#/confirm/customers", "#/confirm/people"]).await;
    check("{}", &["#/confirm/customers", "#/confirm/people"]).await;
    check(r#"{"confirm":{"people":12}}"#, &["#/confirm/customers"]).await;
    check(r#"{"confirm":{"customers":3,"people":"12"}}"#, &["#/confirm/people"]).await;
    check(r#"{"confirm":{"customers":3,"people":-1}}"#, &["#/confirm/people"]).await;
    check(r#"{"confirm":{"customers":3,"people":4294967296}}"#, &["#/confirm/people"]).await;
    check(r#"{"confirm":{"customers":3,"people":12},"force":true}"#, &["#/force"]).await;
}

#[tokio::test]
async fn a_release_that_stopped_in_the_middle_says_where_it_is_done() {
    let check = async |decided: Result<DecidedTogether, Error>, status: u16, code: &str, words: &[&str]| {
        let body = r#"{"confirm":{"customers":3,"people":12}}"#;
        let release = request("POST", &format!("/api/v1/plans/{CAUSE}/release"), body);
        let engine = Double { together: once(decided), ..Double::default() };
        let (response, _) = ask(known(&[May::Release]), release, engine).await;
        let answer = json(&response);
        assert_eq!((response.status().as_u16(), answer["code"].as_str()), (status, Some(code)));
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert!(words.iter().all(|word| detail.contains(word)), "{detail}");
    };
    let done = DecidedTogether { customers: vec!["adatum".into()], ..DecidedTogether::default() };
    let open = DecidedTogether { open: vec![("contoso".into(), "busy".into())], ..done.clone() };
    let changed = DecidedTogether { changed: vec!["contoso".into()], ..done };
    check(Ok(open), 409, "in_progress", &["done: adatum", "not yet: contoso", "the same again"]).await;
    check(Ok(changed), 409, "plan_changed", &["done: adatum", "in: contoso"]).await;
    check(Err(Error::PlanChanged("now concerns 4".into())), 409, "plan_changed", &["now concerns 4"]).await;
    check(Err(Error::NoSuchPlan(CAUSE.into())), 404, "not_found", &[]).await;
}

#[tokio::test]
async fn a_signed_release_that_is_sent_again_gets_its_first_answer() {
    let signed = Known { delivery: Some("msg_1".into()), ..known(&[May::Release]) };
    let engine = Double { decided: once(Ok(vec!["contoso".into()])), ..Double::default() };
    let (first, asked) = ask(signed.clone(), release("{}"), engine).await;
    assert_eq!((first.status().as_u16(), asked.len()), (200, 3));
    let text = String::from_utf8(first.body().to_vec()).unwrap();
    assert_eq!(
        (asked[0].as_str(), asked[2].as_str()),
        ("begin_call servicenow delivery msg_1", &*format!("finish_call 200 {text}"))
    );

    let stored = engine::replay::Answer { status: 200, headers: Vec::new(), body: text.clone() };
    let engine = Double { begun: vec![Ok(engine::replay::Begun::Same(stored))].into(), ..Double::default() };
    let (again, asked) = ask(signed.clone(), release("{}"), engine).await;
    assert_eq!((again.body().as_ref(), asked.len()), (text.as_bytes(), 1), "nothing is released");

    let (forbidden, asked) = ask(Known { may: [May::Read].into(), ..signed }, release("{}"), Double::default()).await;
    assert_eq!((forbidden.status().as_u16(), asked.len()), (403, 0), "who may not release leaves no trace");
}
