use super::TOKEN_BYTES_MAX;
use crate::double::{Double, captured, inside, json, known, once};
use bytes::Bytes;
use engine::Error;
use http::{Request, Response};
use std::sync::Arc;

async fn post(request: Request<Bytes>, believed: Result<u32, Error>) -> (Response<Bytes>, Vec<String>) {
    let engine = Arc::new(Double { believed: once(believed), ..Double::default() });
    let response = super::handle(&inside(&engine, known(&[])), request).await;
    (response, engine.asked())
}

fn handshake(token: &str) -> Request<Bytes> {
    Request::post(format!("/api/v1/directory-changes?validationToken={token}")).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn the_handshake_gets_its_token_back_decoded_as_plain_text() {
    let (response, asked) = post(captured(include_str!("captured/handshake.http")), Ok(0)).await;
    assert_eq!(response.status(), 200);
    let token = "Validation: Testing client application reachability for subscription Request-Id: \
                 33333333-3333-4333-8333-333333333301";
    assert_eq!(response.body(), token);
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(asked, [""; 0]);
}

#[tokio::test]
async fn a_token_is_opaque_and_of_limited_size() {
    let echoed = async |token: &str| post(handshake(token), Ok(0)).await.0;
    assert_eq!(echoed("a+b%2Bc%26%3Cscript%3E").await.body(), "a b+c&<script>");
    assert_eq!(echoed(&"a".repeat(TOKEN_BYTES_MAX)).await.status(), 200);
    assert_eq!(echoed(&"a".repeat(TOKEN_BYTES_MAX + 1)).await.status(), 400);
}

#[tokio::test]
async fn a_notification_is_accepted_once_it_is_stored() {
    let notification = || captured(include_str!("captured/notification.http"));
    let length = notification().body().len();
    let check = async |stored, status: u16, code: Option<&str>| {
        let (response, asked) = post(notification(), stored).await;
        assert_eq!(response.status(), status);
        assert_eq!(code.map(|_| json(&response)["code"].clone()).as_ref().and_then(|code| code.as_str()), code);
        assert_eq!(asked, [format!("directory_changes {length} bytes")]);
    };
    check(Ok(1), 202, None).await;
    // Nothing in it was for us: the sender learns no more than that it arrived.
    check(Ok(0), 202, None).await;
    check(Err(Error::Store("away".into())), 503, Some("storage_unavailable")).await;
    check(Err(Error::BadInput("no value".into())), 400, Some("invalid_json")).await;
    check(Err(Error::Internal("bug".into())), 500, Some("internal")).await;
}

#[tokio::test]
async fn what_is_not_json_is_refused_and_never_reaches_the_engine() {
    for body in ["", "value=1", "{\"value\":["] {
        let request = Request::post("/api/v1/directory-changes").body(Bytes::from(body)).unwrap();
        let (response, asked) = post(request, Ok(0)).await;
        assert_eq!((response.status().as_u16(), asked.len()), (400, 0), "{body}");
    }
}
