use crate::Known;
use crate::double::{Double, inside, known};
use crate::page::{FORM_BYTES_MAX, POLICY, STYLE};
use access::config::May;
use access::requests::Request as Wanted;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use engine::Error;
use engine::requests::Refused;
use expect_test::expect;
use http::{Request, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};

const ID: &str = "00112233445566778899aabbccddeeff";
const LINK: &str = "8899";
const PAGE: &str = "/api/v1/invitations/00112233445566778899aabbccddeeff/approval?link=8899";
const FORM: &str = "mail=lead%40northwind.example&comment=&key=right&decision=approve";

fn wanted(change: impl FnOnce(&mut Value)) -> Wanted {
    let mut request = json!({
        "id": ID,
        "caller": "servicenow",
        "tenant_id": "44444444-4444-4444-8444-444444444444",
        "customer": "contoso",
        "package": "second-line",
        "invitee": { "email": "zoe@northwind.example", "given_name": "Zoe", "surname": "Zimmer" },
        "ticket": { "system": "servicenow", "number": "INC0012345", "url": "https://desk.example/INC0012345" },
        "requested_by": "tech@northwind.example",
        "reason": "the printer\nof the customer",
        "hours": 8,
        "created_at": "2026-11-02T09:00:00Z",
        "status": "waiting_approval",
        "asking": { "stage": 1, "remind_at": "2026-11-03T09:00:00Z", "until": "2026-11-09T09:00:00Z" },
        "approvals": [{ "stage": 0, "by": "first@northwind.example", "asserted": true, "comment": "fine", "at": "2026-11-02T10:00:00Z" }],
        "history": [{ "at": "2026-11-02T09:00:00Z", "what": "asked", "status": "waiting_approval" }],
        "print": "",
    });
    change(&mut request);
    serde_json::from_value(request).unwrap()
}

fn engine(request: Wanted) -> Double {
    Double { linked: Some((LINK.into(), request)), ..Double::default() }
}

fn look(method: &str, address: &str) -> Request<Bytes> {
    Request::builder().method(method).uri(address).body(Bytes::new()).unwrap()
}

fn send(body: &str) -> Request<Bytes> {
    let request = Request::post(PAGE).header("content-type", "application/x-www-form-urlencoded");
    request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

async fn ask_as(known: Known, request: Request<Bytes>, engine: Double) -> (Response<Bytes>, Vec<String>) {
    let engine = Arc::new(engine);
    let response = crate::invitations::handle(&inside(&engine, known), request).await;
    (response, engine.asked())
}

async fn ask(request: Request<Bytes>, engine: Double) -> (Response<Bytes>, Vec<String>) {
    ask_as(known(&[May::Approve]), request, engine).await
}

fn html(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

/// What a page says between its head and its end.
fn main(response: &Response<Bytes>) -> String {
    let html = html(response);
    let (_, main) = html.split_once("<main>\n").unwrap();
    main.split_once("</main>").unwrap().0.to_owned()
}

#[tokio::test]
async fn the_page_shows_who_asks_for_what_and_a_form_to_answer() {
    let (response, asked) = ask(look("GET", PAGE), engine(wanted(|_| {}))).await;
    assert_eq!(response.status(), 200);
    assert!(asked.is_empty(), "looking asks for nothing else: {asked:?}");
    expect![[r#"
        <h1>Access to second-line in contoso</h1>
        <p>It waits for approval, until 2026-11-09 09:00 UTC.</p>
        <dl>
        <dt>For whom</dt><dd>Zoe Zimmer zoe@northwind.example</dd>
        <dt>How long</dt><dd>8 hours</dd>
        <dt>Asked for by</dt><dd>tech@northwind.example, as servicenow says</dd>
        <dt>Asked for at</dt><dd>2026-11-02 09:00 UTC</dd>
        <dt>Ticket</dt><dd>servicenow, INC0012345, https://desk.example/INC0012345</dd>
        <dt>Reason</dt><dd>the printer
        of the customer</dd>
        <dt>Approved by</dt><dd>first@northwind.example, as the caller says, at 2026-11-02 10:00 UTC: fine</dd>
        <dt>Request</dt><dd>00112233445566778899aabbccddeeff</dd>
        </dl>
        <form method="post" autocomplete="off">
        <button type="submit" disabled hidden></button>
        <label for="mail">Your mail address</label>
        <input id="mail" name="mail" type="email" required maxlength="320" autocomplete="off" value="">
        <label for="comment">Comment</label>
        <textarea id="comment" name="comment" rows="3" maxlength="1000">
        </textarea>
        <label for="key">Key of a caller that may approve</label>
        <input id="key" name="key" type="password" required autocomplete="off">
        <button type="submit" name="decision" value="approve">Approve</button>
        <button type="submit" name="decision" value="reject">Reject</button>
        </form>
    "#]]
    .assert_eq(&main(&response));
}

#[tokio::test]
async fn the_page_runs_nothing_loads_nothing_and_is_kept_and_framed_by_nobody() {
    let mut answers = Vec::new();
    for request in [look("GET", PAGE), look("GET", "/api/v1/invitations/x/approval"), send(FORM), send("x")] {
        answers.push(
            ask(request, Double { looked: Mutex::new(Some(Ok(wanted(|_| {})))), ..engine(wanted(|_| {})) }).await.0,
        );
    }
    answers.push(ask(look("GET", PAGE), Double::default()).await.0);
    for response in &answers {
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        assert_eq!(header("content-security-policy"), POLICY);
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "DENY");
        let html = html(response);
        for word in ["<script", "<link", "<img", "http://", "src=", "url(", "<a "] {
            assert!(!html.contains(word), "{word} in {html}");
        }
    }
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    assert_eq!(
        POLICY,
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    );
}

#[tokio::test]
async fn every_wrong_address_gets_the_same_page() {
    let other = "ffffffffffffffffffffffffffffffff";
    let addresses = [
        format!("/api/v1/invitations/{ID}/approval"),
        format!("/api/v1/invitations/{ID}/approval?link="),
        format!("/api/v1/invitations/{ID}/approval?link=8898"),
        format!("/api/v1/invitations/{ID}/approval?Link={LINK}"),
        format!("/api/v1/invitations/{ID}/approval?link={LINK}&link={LINK}"),
        format!("/api/v1/invitations/{other}/approval?link={LINK}"),
        format!("/api/v1/invitations/{}/approval?link={LINK}", ID.to_uppercase()),
        format!("/api/v1/invitations/contoso/approval?link={LINK}"),
    ];
    let mut answers = Vec::new();
    for address in &addresses {
        for method in ["GET", "HEAD", "POST"] {
            let mut request = look(method, address);
            request.headers_mut().insert("authorization", "Bearer right".parse().unwrap());
            let (response, asked) = ask(request, engine(wanted(|_| {}))).await;
            assert!(asked.is_empty(), "{asked:?}");
            answers.push((response.status(), response.headers().clone(), response.into_body()));
        }
    }
    assert_eq!(answers[0].0, 404);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let unseen = Double { looked: Mutex::new(Some(Err(Refused::NotFound(ID.into())))), ..engine(wanted(|_| {})) };
    let (response, _) = ask(send(FORM), unseen).await;
    assert_eq!(
        (response.status(), response.into_body()),
        (answers[0].0, answers[0].2.clone()),
        "not the key's customer"
    );
}

#[tokio::test]
async fn looking_decides_nothing_whatever_is_in_the_address_or_sent_along() {
    for method in ["GET", "HEAD"] {
        let address = format!("{PAGE}&{FORM}");
        let mut request = look(method, &address);
        for (name, value) in [
            ("authorization", "Bearer right"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-purpose", "prefetch"),
        ] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        *request.body_mut() = Bytes::from_static(FORM.as_bytes());
        let (response, asked) = ask(request, engine(wanted(|_| {}))).await;
        assert_eq!((response.status().as_u16(), asked), (200, Vec::new()), "{method}");
    }
}

#[tokio::test]
async fn the_form_is_the_ordinary_decision_of_the_named_person() {
    let check = async |body: &str, after: &dyn Fn(&mut Value), asked: &str, says: &str| {
        let request = send(body);
        let engine = Double { looked: Mutex::new(Some(Ok(wanted(after)))), ..engine(wanted(|_| {})) };
        let (response, asked_for) = ask(request, engine).await;
        assert_eq!((response.status().as_u16(), asked_for), (200, vec![asked.to_owned()]));
        let main = main(&response);
        assert!(main.contains(says) && !main.contains("<form"), "{main}");
    };
    let accepted = |request: &mut Value| request["status"] = "accepted".into();
    let approve = format!("Approve {ID} lead@northwind.example true None named true");
    check(FORM, &accepted, &approve, "You approved the request. The access is given").await;
    check(FORM, &|_| {}, &approve, "Your approval is noted. Others have to approve, too.").await;
    check(
        "decision=reject&key=+right%0A&comment=not%0D%0Atoday+&mail=+lead%40northwind.example",
        &|request| request["status"] = "rejected".into(),
        &format!("Reject {ID} lead@northwind.example true Some(\"not\\ntoday\") named true"),
        "You rejected the request.",
    )
    .await;
}

#[tokio::test]
async fn a_token_says_who_it_is_whatever_the_form_says() {
    let person = Known { person: Some("boss@northwind.example".into()), ..known(&[May::Approve]) };
    let engine = Double { looked: Mutex::new(Some(Ok(wanted(|_| {})))), ..engine(wanted(|_| {})) };
    let (_, asked) = ask_as(person, send(FORM), engine).await;
    assert_eq!(asked, [format!("Approve {ID} boss@northwind.example false None named true")]);
}

#[tokio::test]
async fn only_the_key_of_a_caller_that_may_approve_decides() {
    let (wrong, asked) = ask(send(&FORM.replace("right", "wrong")), engine(wanted(|_| {}))).await;
    assert_eq!((wrong.status().as_u16(), asked), (401, Vec::new()));
    for key in ["", "r%C3%A4ight", "right%0Ax", "Bearer+right"] {
        let (other, asked) = ask(send(&FORM.replace("right", key)), engine(wanted(|_| {}))).await;
        assert_eq!((other.body(), asked), (wrong.body(), Vec::new()), "{key}");
    }
    // What came with the request itself proves nothing: the browser may have added it.
    let mut request = send(&FORM.replace("right", "wrong"));
    request.headers_mut().insert("authorization", "Bearer right".parse().unwrap());
    assert_eq!(ask(request, engine(wanted(|_| {}))).await.0.status(), 401);
    let (response, asked) =
        ask_as(known(&[May::Request, May::Read, May::Release]), send(FORM), engine(wanted(|_| {}))).await;
    assert_eq!((response.status().as_u16(), asked), (403, Vec::new()));
    let (response, _) = ask(send(&FORM.replace("right", "unavailable")), engine(wanted(|_| {}))).await;
    assert_eq!(response.status(), 503);
}

#[tokio::test]
async fn a_form_that_is_not_the_pages_own_decides_nothing() {
    let long = |comment: usize| FORM.replace("comment=", &format!("comment={}", "%F0%9D%84%9E".repeat(comment)));
    let cases = [
        ("", 400),
        ("mail=lead%40northwind.example&key=right", 400),
        (&FORM.replace("approve", "maybe"), 400),
        (&format!("{FORM}&decision=reject"), 400),
        (&format!("{FORM}&by=other%40northwind.example"), 400),
        (&FORM.replace("lead%40northwind.example", ""), 422),
        (&FORM.replace("lead%40northwind.example", "lead"), 422),
        (&FORM.replace("lead%40northwind.example", "a%40b%0Ac"), 422),
        (&long(1001), 422),
        (&"x".repeat(FORM_BYTES_MAX + 1), 413),
    ];
    for (body, status) in cases {
        let (response, asked) = ask(send(body), engine(wanted(|_| {}))).await;
        assert_eq!((response.status().as_u16(), asked), (status, Vec::new()), "{body}");
    }
    let engine_that_agrees = || Double { looked: Mutex::new(Some(Ok(wanted(|_| {})))), ..engine(wanted(|_| {})) };
    assert_eq!(ask(send(&long(1000)), engine_that_agrees()).await.0.status(), 200);
    let mut padded = long(1000);
    padded.push_str(&"+".repeat(FORM_BYTES_MAX - padded.len()));
    // The blanks belong to the decision, which is none then; what counts is that it was read.
    assert_eq!(ask(send(&padded), engine(wanted(|_| {}))).await.0.status(), 400);
    let mut request = send(FORM);
    request.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(ask(request, engine(wanted(|_| {}))).await.0.status(), 415);
}

#[tokio::test]
async fn another_site_that_sends_the_form_is_turned_away() {
    let check = async |headers: &[(&'static str, &str)], expected: u16| {
        let mut request = send(FORM);
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let engine = Double { looked: Mutex::new(Some(Ok(wanted(|_| {})))), ..engine(wanted(|_| {})) };
        let (response, asked) = ask(request, engine).await;
        assert_eq!((response.status().as_u16(), asked.len()), (expected, usize::from(expected == 200)), "{headers:?}");
    };
    let (site, origin, host) = ("sec-fetch-site", "origin", "host");
    check(&[(site, "same-origin"), (origin, "null")], 200).await;
    check(&[(site, "same-site")], 403).await;
    check(&[(site, "cross-site"), (origin, "null")], 403).await;
    check(&[(site, "none")], 403).await;
    check(&[(origin, "null")], 200).await;
    check(&[(origin, "https://gatehouse.example"), (host, "gatehouse.example")], 200).await;
    let forwarded =
        [(origin, "https://gatehouse.example"), (host, "127.0.0.1:7071"), ("x-forwarded-host", "gatehouse.example")];
    check(&forwarded, 200).await;
    check(&[(origin, "https://evil.example"), (host, "gatehouse.example")], 403).await;
    check(&[(origin, "https://evil.example")], 403).await;
}

#[tokio::test]
async fn what_was_not_decided_is_said_with_what_the_person_typed_but_never_the_key() {
    let check = async |why: Refused, status: u16, says: &str| {
        let engine = Double { looked: Mutex::new(Some(Err(why))), ..engine(wanted(|_| {})) };
        let form = FORM.replace("comment=", "comment=%3C%2Ftextarea%3E%22x");
        let (response, _) = ask(send(&form), engine).await;
        assert_eq!(response.status(), status);
        let main = main(&response);
        assert!(main.contains(says), "{main}");
        assert!(
            main.contains("value=\"lead@northwind.example\"") && main.contains("&lt;/textarea&gt;&quot;x"),
            "{main}"
        );
        assert!(!main.contains("right"), "{main}");
    };
    let own = "nobody decides about access for themselves";
    check(Refused::OwnRequest(own.into()), 403, "Not decided: nobody decides about access for themselves.").await;
    let none = "this person is none of those who approve now";
    check(Refused::Forbidden(none.into()), 403, "Not decided: this person is none of those who approve now.").await;
    check(Refused::WrongState("no approval is missing".into()), 409, "Not decided: no approval is missing.").await;
    let rules = Refused::Rules { code: "not_requestable", text: "nobody can ask for this package any more".into() };
    check(rules, 422, "Not decided: nobody can ask").await;
    check(Refused::Failed(Error::Busy("a run".into())), 409, "It is not known whether").await;
    check(Refused::Failed(Error::Store("it does not answer".into())), 503, "It is not known whether").await;
}

#[tokio::test]
async fn no_text_of_others_is_more_than_text_on_the_page() {
    let hostile = "</dd><script>alert(1)</script><a href='https://evil.example'>\"&\u{202e}\u{0}";
    let request = wanted(|request| {
        for field in ["customer", "package", "reason", "caller", "requested_by", "detail"] {
            request[field] = hostile.into();
        }
        request["invitee"] = json!({ "email": hostile, "given_name": hostile, "surname": hostile });
        request["ticket"] = json!({ "system": hostile, "id": hostile, "number": hostile, "url": hostile });
        request["approvals"][0]["by"] = hostile.into();
        request["approvals"][0]["comment"] = hostile.into();
    });
    let (plain, _) = ask(look("GET", PAGE), engine(wanted(|_| {}))).await;
    let (response, _) = ask(look("GET", PAGE), engine(request)).await;
    let (html, plain) = (html(&response), html(&plain));
    assert!(
        !html.contains("<script") && !html.contains("<a ") && !html.contains('\u{202e}') && !html.contains('\0'),
        "{html}"
    );
    let tags = |page: &str| page.matches('<').count();
    assert_eq!(tags(&html), tags(&plain), "{html}");
}

#[tokio::test]
async fn what_is_decided_shows_where_it_stands_and_no_form() {
    let mut text = String::new();
    for (status, detail) in [
        ("accepted", Value::Null),
        ("invited", Value::Null),
        ("active", Value::Null),
        ("expired", Value::Null),
        ("rejected", "no need".into()),
        ("cancelled", Value::Null),
        ("failed", "the guest was deleted by the customer".into()),
    ] {
        let request = wanted(|request| {
            request["status"] = status.into();
            request["detail"] = detail;
            request["asking"] = Value::Null;
        });
        let (response, _) = ask(look("GET", PAGE), engine(request)).await;
        let main = main(&response);
        assert!(!main.contains("<form"), "{main}");
        text.push_str(main.lines().nth(1).unwrap());
        text.push('\n');
    }
    expect![[r#"
        <p>It is approved, and the access is being given.</p>
        <p>It is approved, and the person is invited.</p>
        <p>It is approved, and the access is there.</p>
        <p>Nobody answered in time. It must be asked for anew.</p>
        <p>It was rejected. (no need)</p>
        <p>It was taken back.</p>
        <p>It could not be carried out. (the guest was deleted by the customer)</p>
    "#]]
    .assert_eq(&text);
}
