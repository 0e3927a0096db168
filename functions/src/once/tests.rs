use super::*;
use crate::double::{Double, inside, known};
use access::config::May;
use engine::Error;
use http::Request;
use std::sync::Arc;

fn done(text: &'static str) -> Response<Bytes> {
    let answer =
        Response::builder().status(201).header("location", "/api/v1/x/1").body(Bytes::from_static(text.as_bytes()));
    answer.unwrap()
}

/// What is answered, and what the engine was asked, `act` included.
async fn send(
    begun: Vec<Result<Begun, Error>>,
    delivery: Option<&str>,
    keys: &[&str],
    act: Response<Bytes>,
) -> (Response<Bytes>, Vec<String>) {
    let double = Arc::new(Double::default());
    *double.begun.lock().unwrap() = begun;
    let known = Known { delivery: delivery.map(str::to_owned), ..known(&[May::Release]) };
    let mut request = Request::post("/api/v1/plans/x/release");
    for key in keys {
        request = request.header("idempotency-key", *key);
    }
    let parts = request.body(()).unwrap().into_parts().0;
    let acting = async {
        double.asked.lock().unwrap().push("act".into());
        act
    };
    let answer = once(&inside(&double, known.clone()), &known, &parts, b"{}", acting).await;
    (answer, double.asked())
}

fn code(answer: &Response<Bytes>) -> String {
    crate::double::json(answer)["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_request_without_a_name_is_carried_out_each_time() {
    let (answer, asked) = send(Vec::new(), None, &[], done("done")).await;
    assert_eq!((answer.status().as_u16(), asked), (201, vec!["act".to_owned()]));
}

#[tokio::test]
async fn two_people_through_one_caller_have_keys_of_their_own() {
    let mut asked = Vec::new();
    for person in ["ana@northwind.example", "ben@northwind.example"] {
        let double = Arc::new(Double::default());
        let known = Known { person: Some(person.into()), ..known(&[May::Release]) };
        let request = Request::post("/api/v1/plans/x/release").header("idempotency-key", "k").body(()).unwrap();
        let parts = request.into_parts().0;
        once(&inside(&double, known.clone()), &known, &parts, b"{}", async { done("done") }).await;
        asked.push(double.asked().remove(0));
    }
    let expected = ["ana", "ben"].map(|name| format!("begin_call servicenow {name}@northwind.example key k"));
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn success_is_kept_and_given_again_to_the_letter() {
    let (first, asked) = send(Vec::new(), Some("msg_1"), &[], done("done")).await;
    assert_eq!(asked, ["begin_call servicenow delivery msg_1", "act", "finish_call 201 done"]);
    let (second, asked) = send(vec![Ok(Begun::Same(kept(&first)))], Some("msg_1"), &[], done("never")).await;
    assert_eq!(asked, ["begin_call servicenow delivery msg_1"]);
    assert_eq!((second.status(), second.headers(), second.body()), (first.status(), first.headers(), first.body()));
}

#[tokio::test]
async fn an_error_is_not_kept() {
    let (answer, asked) = send(Vec::new(), Some("msg_1"), &[], problem(Code::InProgress, "")).await;
    assert_eq!(code(&answer), "in_progress");
    assert_eq!(asked, ["begin_call servicenow delivery msg_1", "act", "give_call_back"]);
}

#[tokio::test]
async fn what_cannot_go_ahead_is_not_carried_out() {
    for (begun, expected) in [
        (Ok(Begun::Other), "idempotency_key_reused"),
        (Ok(Begun::Running), "in_progress"),
        (Err(Error::Store("gone".into())), "storage_unavailable"),
    ] {
        let (answer, asked) = send(vec![begun], Some("msg_1"), &[], done("never")).await;
        assert_eq!(code(&answer), expected);
        assert_eq!(asked, ["begin_call servicenow delivery msg_1"]);
    }
}

#[tokio::test]
async fn a_delivery_counts_whatever_key_stands_beside_it() {
    let fresh = || Ok(Begun::Fresh(Claim::default()));
    let (_, asked) = send(vec![Ok(Begun::Same(Answer::default()))], Some("msg_1"), &["new"], done("never")).await;
    assert_eq!(asked, ["begin_call servicenow delivery msg_1"]);
    let (answer, asked) = send(vec![fresh(), Ok(Begun::Other)], Some("msg_2"), &["used"], done("never")).await;
    assert_eq!(code(&answer), "idempotency_key_reused");
    let expected = ["begin_call servicenow delivery msg_2", "begin_call servicenow key used", "give_call_back"];
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn a_key_is_short_visible_and_there_once() {
    let (longest, too_long) = ("k".repeat(255), "k".repeat(256));
    for (keys, expected) in [
        (&["\"abc:1\""][..], Some("abc:1")),
        (&["abc:1"], Some("abc:1")),
        (&["two words"], Some("two words")),
        (&[longest.as_str()], Some(longest.as_str())),
        (&[too_long.as_str()], None),
        (&[""], None),
        (&["\"\""], None),
        (&["\"open"], None),
        (&["a\"b"], None),
        (&["a\\b"], None),
        (&["é"], None),
        (&["a", "a"], None),
    ] {
        let (answer, asked) = send(Vec::new(), None, keys, done("done")).await;
        match expected {
            Some(key) => assert_eq!(asked[0], format!("begin_call servicenow key {key}")),
            None => assert_eq!((answer.status().as_u16(), asked), (400, Vec::new()), "{keys:?}"),
        }
    }
}
