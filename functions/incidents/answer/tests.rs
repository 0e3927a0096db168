use crate::Known;
use crate::double::{Double, incident, inside, known};
use crate::page::{FORM_BYTES_MAX, POLICY};
use access::config::May;
use access::incidents::Incident;
use bytes::Bytes;
use engine::Error;
use engine::incidents::Refused;
use expect_test::expect;
use http::{Request, Response};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const ID: &str = "0123456789abcdef0123456789abcdef";
const PAGE: &str = "/api/v1/incidents/0123456789abcdef0123456789abcdef/answer?link=8899";
const FORM: &str = "mail=ola%40northwind.example&comment=&key=right&decision=acknowledge";

/// An incident that nobody has answered yet.
fn open(change: impl FnOnce(&mut Value)) -> Incident {
    incident(|incident| {
        incident["status"] = "open".into();
        incident["acknowledged"] = Value::Null;
        incident["history"] = json!([]);
        change(incident);
    })
}

fn engine(incident: Incident) -> Double {
    Double { incident: Some(incident), ..Double::default() }
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
    let response = crate::incidents::handle(&inside(&engine, known), request).await;
    (response, engine.asked())
}

async fn ask(request: Request<Bytes>, engine: Double) -> (Response<Bytes>, Vec<String>) {
    ask_as(known(&[May::Operate]), request, engine).await
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
async fn the_page_shows_what_happened_and_a_form_to_answer() {
    let (response, asked) = ask(look("GET", PAGE), engine(open(|_| {}))).await;
    assert_eq!((response.status().as_u16(), asked.len()), (200, 0), "looking asks for nothing else");
    expect![[r#"
        <h1>The break-glass account bg1@contoso.onmicrosoft.com of contoso signed in</h1>
        <p>Nobody looks after it yet. People are being paged. The message named one more incident: whoever acknowledges this one looks after both. A verdict is for this one alone.</p>
        <dl>
        <dt>Customer</dt><dd>contoso</dd>
        <dt>How bad</dt><dd>critical</dd>
        <dt>Account</dt><dd>bg1@contoso.onmicrosoft.com (b1ea0001-1111-4a7b-8c2d-000000000001)</dd>
        <dt>Sign-in</dt><dd>2026-11-20T02:38:41Z, result 0, from 203.0.113.77, to Azure Portal</dd>
        <dt>MFA</dt><dd>passkey (FIDO2)</dd>
        <dt>Since</dt><dd>2026-11-20 02:38 UTC</dd>
        <dt>Named with it</dt><dd>fedcba9876543210fedcba9876543210</dd>
        <dt>Incident</dt><dd>0123456789abcdef0123456789abcdef</dd>
        </dl>
        <form method="post" autocomplete="off">
        <button type="submit" disabled hidden></button>
        <label for="mail">Your mail address</label>
        <input id="mail" name="mail" type="email" required maxlength="320" autocomplete="off" value="">
        <label for="comment">Comment</label>
        <textarea id="comment" name="comment" rows="3" maxlength="1000">
        </textarea>
        <label for="key">Key of a caller that may answer for incidents</label>
        <input id="key" name="key" type="password" required autocomplete="off">
        <button type="submit" name="decision" value="acknowledge">Acknowledge</button>
        <button type="submit" name="decision" value="drill">Verdict: a drill</button>
        <button type="submit" name="decision" value="genuine">Verdict: a real emergency</button>
        <button type="submit" name="decision" value="misuse">Verdict: misuse</button>
        <button type="submit" name="decision" value="unknown">Verdict: nobody can say</button>
        </form>
    "#]].assert_eq(&main(&response));
}

#[tokio::test]
async fn the_page_runs_nothing_loads_nothing_and_is_kept_and_framed_by_nobody() {
    let mut answers = Vec::new();
    for request in [look("GET", PAGE), look("GET", "/api/v1/incidents/x/answer"), send(FORM), send("x")] {
        answers.push(ask(request, engine(open(|_| {}))).await.0);
    }
    answers.push(ask(look("GET", &PAGE.replace("8899", "away")), Double::default()).await.0);
    assert_eq!(answers.last().unwrap().status(), 503);
    for response in &answers {
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        assert_eq!(header("content-security-policy"), POLICY);
        assert_eq!((header("cache-control"), header("referrer-policy")), ("no-store".into(), "no-referrer".into()));
        assert_eq!((header("x-content-type-options"), header("x-frame-options")), ("nosniff".into(), "DENY".into()));
        let html = html(response);
        for word in ["<script", "<link", "<img", "http://", "src=", "url(", "<a "] {
            assert!(!html.contains(word), "{word} in {html}");
        }
    }
}

#[tokio::test]
async fn every_wrong_address_gets_the_same_page() {
    let address = |id: &str, query: &str| format!("/api/v1/incidents/{id}/answer{query}");
    let addresses = [
        address(ID, ""),
        address(ID, "?link="),
        address(ID, "?link=8898"),
        address(ID, "?Link=8899"),
        address(ID, "?link=8899&link=8899"),
        address("ffffffffffffffffffffffffffffffff", "?link=8899"),
        address("0123456789ABCDEF0123456789ABCDEF", "?link=8899"),
        address("contoso", "?link=8899"),
    ];
    let mut answers = Vec::new();
    for address in &addresses {
        for method in ["GET", "HEAD", "POST"] {
            let mut request = look(method, address);
            request.headers_mut().insert("authorization", "Bearer right".parse().unwrap());
            let (response, asked) = ask(request, engine(open(|_| {}))).await;
            assert!(asked.is_empty(), "{asked:?}");
            answers.push((response.status().as_u16(), response.headers().clone(), response.into_body()));
        }
    }
    assert_eq!(answers[0].0, 404);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    // The key of a caller that may not see the customer learns no more.
    let unseen = Double { no_incident: Mutex::new(Some(Refused::NotFound(ID.into()))), ..engine(open(|_| {})) };
    let (response, _) = ask(send(FORM), unseen).await;
    assert_eq!((response.status().as_u16(), response.body()), (404, &answers[0].2));
}

/// Mail filters, chats and browsers open links by themselves.
#[tokio::test]
async fn looking_acknowledges_nothing_whatever_is_in_the_address_or_sent_along() {
    for method in ["GET", "HEAD"] {
        let mut request = look(method, &format!("{PAGE}&{FORM}"));
        for (name, value) in [
            ("authorization", "Bearer right"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-purpose", "prefetch"),
        ] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        *request.body_mut() = Bytes::from_static(FORM.as_bytes());
        let (response, asked) = ask(request, engine(open(|_| {}))).await;
        assert_eq!((response.status().as_u16(), asked), (200, Vec::new()), "{method}");
    }
}

#[tokio::test]
async fn the_form_answers_for_the_named_person_within_what_their_key_may_see() {
    let check = async |caller: Known, body: &str, asked: &str, says: &str| {
        let after = incident(|incident| {
            if body.contains("misuse") {
                incident["status"] = "closed".into();
            }
        });
        let (response, heard) = ask_as(caller, send(body), engine(after)).await;
        assert_eq!((response.status().as_u16(), heard), (200, vec![asked.to_owned()]));
        let main = main(&response);
        assert!(main.contains(says) && !main.contains("<form"), "{main}");
    };
    let machine = known(&[May::Operate]);
    let of_contoso = Known { customers: Some(["contoso".to_owned()].into()), ..machine.clone() };
    let person = Known { person: Some("boss@northwind.example".into()), ..machine.clone() };
    let looks = "You look after it now. Find out what happened and open this link again to give a verdict, until 2026-11-20 03:15 UTC";
    let ola = format!("acknowledge {ID} None ola@northwind.example true None all true");
    check(machine.clone(), FORM, &ola, looks).await;
    check(of_contoso, FORM, &ola.replace("None ola", r#"Some(["contoso"]) ola"#), looks).await;
    check(person, FORM, &format!("acknowledge {ID} None boss@northwind.example false None all true"), looks).await;
    check(
        machine,
        "decision=misuse&key=+right%0A&comment=not%0D%0Aours+&mail=+ola%40northwind.example",
        &format!("give_verdict {ID} None misuse ola@northwind.example true Some(\"not\\nours\")"),
        "The incident is closed. Your verdict: somebody used the account who should not have.",
    )
    .await;
}

#[tokio::test]
async fn each_button_is_what_it_says() {
    for (button, deed) in [
        ("acknowledge", "acknowledge"),
        ("drill", "give_verdict"),
        ("genuine", "give_verdict"),
        ("misuse", "give_verdict"),
        ("unknown", "give_verdict"),
    ] {
        let (_, asked) = ask(send(&FORM.replace("acknowledge", button)), engine(open(|_| {}))).await;
        assert!(
            asked[0].starts_with(deed) && (deed == button || asked[0].contains(&format!(" {button} "))),
            "{asked:?}"
        );
    }
}

#[tokio::test]
async fn only_the_key_of_a_caller_that_may_operate_answers() {
    let (wrong, asked) = ask(send(&FORM.replace("right", "wrong")), engine(open(|_| {}))).await;
    assert_eq!(
        (wrong.status().as_u16(), asked.len(), &wrong.headers()["www-authenticate"]),
        (401, 0, &"Bearer".parse().unwrap())
    );
    // What came with the request itself proves nothing: the browser may have added it.
    let mut request = send(&FORM.replace("right", "wrong"));
    request.headers_mut().insert("authorization", "Bearer right".parse().unwrap());
    assert_eq!(ask(request, engine(open(|_| {}))).await.0.status(), 401);
    let others = known(&[May::Request, May::Approve, May::Alert, May::Release, May::Read]);
    let (response, asked) = ask_as(others, send(FORM), engine(open(|_| {}))).await;
    assert_eq!((response.status().as_u16(), asked.len()), (403, 0));
    let (response, asked) = ask(send(&FORM.replace("right", "unavailable")), engine(open(|_| {}))).await;
    assert_eq!((response.status().as_u16(), asked.len()), (503, 0));
    let mut request = send(FORM);
    request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(ask(request, engine(open(|_| {}))).await.0.status(), 403);
}

#[tokio::test]
async fn a_form_that_is_not_the_pages_own_answers_nothing() {
    for (body, status) in [
        ("", 400),
        (&FORM.replace("acknowledge", "approve"), 400),
        (&format!("{FORM}&decision=drill"), 400),
        (&format!("{FORM}&all=false"), 400),
        (&FORM.replace("ola%40northwind.example", "ola"), 422),
        (&"x".repeat(FORM_BYTES_MAX + 1), 413),
    ] {
        let (response, asked) = ask(send(body), engine(open(|_| {}))).await;
        assert_eq!((response.status().as_u16(), asked.len()), (status, 0), "{body}");
    }
}

#[tokio::test]
async fn what_was_not_done_is_said_with_what_the_person_typed_but_never_the_key() {
    let check = async |why: Refused, status: u16, says: &str| {
        let engine = Double { no_incident: Mutex::new(Some(why)), ..engine(open(|_| {})) };
        let (response, _) = ask(send(&FORM.replace("comment=", "comment=on+it")), engine).await;
        assert_eq!(response.status(), status);
        let main = main(&response);
        assert!(
            main.contains(says) && main.contains("value=\"ola@northwind.example\"") && main.contains("on it"),
            "{main}"
        );
        assert!(!main.contains("right"), "{main}");
    };
    check(Refused::WrongState("the incident is closed"), 409, "Nothing was done: the incident is closed.").await;
    check(Refused::Failed(Error::Store("away".into())), 503, "It is not known whether").await;
    check(Refused::Failed(Error::Internal("bug".into())), 500, "It is not known whether").await;
}

#[tokio::test]
async fn the_page_says_where_the_incident_stands_and_asks_only_where_somebody_must_answer() {
    let mut text = String::new();
    let judged =
        json!({ "verdict": "genuine", "by": "ola@northwind.example", "asserted": false, "at": "2026-11-20T03:00:00Z" });
    type Change<'a> = Box<dyn FnOnce(&mut Value) + 'a>;
    let cases: [(Change<'_>, bool); 6] = [
        (Box::new(|incident| incident["drill"] = "d1".into()), true),
        (Box::new(|incident| incident["announces"] = json!([])), true),
        (Box::new(|incident| incident["status"] = "open".into()), true),
        (
            Box::new(|incident| {
                incident["status"] = "closed".into();
                incident["verdict"] = judged;
            }),
            false,
        ),
        (Box::new(|incident| incident["status"] = "closed".into()), false),
        (Box::new(|incident| incident["test"] = true.into()), false),
    ];
    for (change, asks) in cases {
        let (response, _) = ask(look("GET", PAGE), engine(incident(change))).await;
        let main = main(&response);
        assert_eq!(main.contains("<form"), asks, "{main}");
        text.push_str(main.lines().nth(1).unwrap());
        text.push('\n');
    }
    expect![[r#"
        <p>ola@northwind.example looks after it, as a caller says. Without a verdict people are paged again at 2026-11-20 03:15 UTC. A drill was announced for it. The message named one more incident: whoever acknowledges this one looks after both. A verdict is for this one alone.</p>
        <p>ola@northwind.example looks after it, as a caller says. Without a verdict people are paged again at 2026-11-20 03:15 UTC.</p>
        <p>Nobody looks after it: ola@northwind.example acknowledged it, and no verdict came. People are being paged. The message named one more incident: whoever acknowledges this one looks after both. A verdict is for this one alone.</p>
        <p>It is closed. ola@northwind.example judged it: a real emergency, and the right people.</p>
        <p>It is closed.</p>
        <p>It was a test: nobody has to answer.</p>
    "#]].assert_eq(&text);
}

#[tokio::test]
async fn no_text_of_others_is_more_than_text_on_the_page() {
    let hostile = "</dd><script>alert(1)</script><a href='https://evil.example'>\"&\u{202e}\u{0}";
    let changed = open(|incident| {
        incident["customer"] = hostile.into();
        incident["accounts"][0]["upn"] = hostile.into();
        incident["facts"] = json!([[hostile, hostile]]);
        for field in ["id", "result", "ip", "app"] {
            incident["sign_ins"][0][field] = hostile.into();
        }
        incident["history"] = json!([{ "at": "2026-11-20T02:45:00Z", "what": "acknowledged", "status": "open", "by": hostile, "note": hostile }]);
    });
    let plain = open(|incident| {
        incident["history"] =
            json!([{ "at": "2026-11-20T02:45:00Z", "what": "acknowledged", "status": "open", "by": "x", "note": "x" }]);
    });
    let (plain, _) = ask(look("GET", PAGE), engine(plain)).await;
    let (response, _) = ask(look("GET", PAGE), engine(changed)).await;
    let (html, plain) = (html(&response), html(&plain));
    assert!(!html.contains("<script") && !html.contains("<a ") && !html.contains('\u{202e}') && !html.contains('\0'));
    assert_eq!(html.matches('<').count(), plain.matches('<').count(), "{html}");
}
