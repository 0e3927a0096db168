use crate::double::{Double, captured, inside, known, once};
use crate::page::POLICY;
use access::onboarding::{Rejected, Stage, refusal};
use bytes::Bytes;
use engine::Error;
use engine::onboarding::Landed;
use expect_test::expect;
use http::{Request, Response};
use std::sync::Arc;

async fn get(request: Request<Bytes>, landed: Result<Landed, Error>) -> (Response<Bytes>, Vec<String>) {
    let engine = Arc::new(Double { landed: once(landed), ..Double::default() });
    let response = super::handle(&inside(&engine, known(&[])), request).await;
    (response, engine.asked())
}

fn accepted() -> Request<Bytes> {
    captured(include_str!("captured/accepted.http"))
}

fn consented(stage: Stage) -> Landed {
    Landed::Consented { customer: "contoso".into(), display_name: "Contoso <b>Ltd</b>".into(), stage }
}

/// What somebody reads on the page.
fn read(response: &Response<Bytes>) -> String {
    let html = std::str::from_utf8(response.body()).unwrap();
    let main = html.split_once("<main>\n").unwrap().1.split_once("</main>").unwrap().0;
    main.to_owned()
}

#[tokio::test]
async fn whoever_comes_back_with_an_open_link_is_told_what_comes_next() {
    let (response, asked) = get(accepted(), Ok(consented(Stage::Verified))).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-security-policy"], POLICY);
    assert_eq!(response.headers()["referrer-policy"], "no-referrer", "the state is in the address");
    assert_eq!(asked, [format!("consent_call_back {}", accepted().uri().query().unwrap())]);
    expect![[r#"
        <h1>Thank you: the consent of Contoso &lt;b&gt;Ltd&lt;/b&gt; has arrived</h1>
        <p>It is checked that it is your organization&#39;s. Your partner now goes through what else is needed, and tells you what is missing. There is nothing more to do here: close this page.</p>
        <dl>
        </dl>
    "#]]
    .assert_eq(&read(&response));
    for stage in Stage::ALL {
        let (response, _) = get(accepted(), Ok(consented(stage))).await;
        assert!(read(&response).contains("close this page."), "{stage}");
    }
}

#[tokio::test]
async fn whatever_the_address_says_nothing_of_it_stands_on_the_page() {
    let query =
        "/api/v1/consent?error=%3Cscript%3Ealert(1)%3C/script%3E&error_description=%3Cimg%20src=x%3E&state=x&tenant=y";
    let request = || Request::get(query).body(Bytes::new()).unwrap();
    let refused = refusal("<script>alert(1)</script>", "<img src=x>");
    let landed = [
        Landed::Nothing(Rejected::Unknown),
        Landed::Refused { customer: "contoso".into(), refusal: refused },
        Landed::WrongTenant { customer: "contoso".into() },
    ];
    for landed in landed {
        let (response, _) = get(request(), Ok(landed)).await;
        let page = read(&response);
        assert!(!page.contains("script") && !page.contains("img") && !page.contains("contoso"), "{page}");
    }
}

#[tokio::test]
async fn a_stranger_cannot_tell_why_a_link_is_none() {
    let mut pages = Vec::new();
    for rejected in [Rejected::Unknown, Rejected::Expired, Rejected::Used, Rejected::AnotherApp] {
        let (response, _) = get(accepted(), Ok(Landed::Nothing(rejected))).await;
        assert_eq!(response.status(), 404);
        pages.push((format!("{:?}", response.headers()), response.into_body()));
    }
    assert!(pages.windows(2).all(|two| two[0] == two[1]));
}

#[tokio::test]
async fn a_refusal_is_told_in_words_for_whoever_sits_there() {
    let declined = captured(include_str!("captured/declined.http"));
    let refusal = refusal("consent_required", "AADSTS65004: The resource owner denied the request.");
    let (response, _) = get(declined, Ok(Landed::Refused { customer: "contoso".into(), refusal })).await;
    expect![[r#"
        <h1>There is no consent yet</h1>
        <p>Nothing was consented to. If that was a mistake, ask your partner for a new link.</p>
        <dl>
        </dl>
    "#]]
    .assert_eq(&read(&response));
}

#[tokio::test]
async fn what_could_not_be_stored_can_be_tried_again() {
    let (response, _) = get(accepted(), Err(Error::Store("away".into()))).await;
    assert_eq!(response.status(), 503);
    assert!(read(&response).contains("Try again in a minute"));
}
