use crate::double::{Double, inside, known, once};
use crate::{Done, Message, Retry};
use engine::{Error, Outcome};
use std::sync::Arc;

const MESSAGE: &str = r#"{"customer":"contoso"}"#;

async fn deliver(text: &str, engine: Double) -> (Result<Done, Retry>, Vec<String>) {
    let engine = Arc::new(engine);
    let ended = super::handle(&inside(&engine, known(&[])), Message { text: text.into() }).await;
    (ended, engine.asked())
}

#[tokio::test]
async fn a_message_is_delivered_again_only_when_that_can_help() {
    let failed = |retry| Outcome::Failed { text: "contoso: no answer".into(), retry };
    let cases = [
        (Ok(Outcome::Unchanged), false),
        (Ok(Outcome::Busy), false),
        (Ok(Outcome::Paused), false),
        (Ok(failed(false)), false),
        (Ok(failed(true)), true),
        (Err(Error::Store("away".into())), true),
        (Err(Error::Busy("contoso".into())), true),
        (Err(Error::PartnerChanged("another partner".into())), false),
        (Err(Error::Internal("bug".into())), true),
    ];
    for (outcome, again) in cases {
        let name = format!("{outcome:?}");
        let (ended, asked) = deliver(MESSAGE, Double { sync: once(outcome), ..Double::default() }).await;
        assert_eq!(ended.is_err(), again, "{name}");
        assert_eq!(asked, ["sync contoso"], "{name}");
    }
}

#[tokio::test]
async fn a_message_that_can_never_be_done_is_recorded_and_done_with() {
    for text in ["", "hello", "[]", "{}", r#"{"customer":7}"#, r#"{"customer":"contoso""#] {
        let (ended, asked) = deliver(text, Double { recorded: once(Ok(())), ..Double::default() }).await;
        assert!(ended.is_ok(), "{text}");
        assert_eq!(asked, [format!("record_poison sync_customer {text}")]);
    }
    let unknown = Err(Error::UnknownCustomer("contoso".into()));
    let (ended, asked) =
        deliver(MESSAGE, Double { sync: once(unknown), recorded: once(Ok(())), ..Double::default() }).await;
    assert!(ended.is_ok());
    assert_eq!(asked, ["sync contoso".to_owned(), format!("record_poison sync_customer {MESSAGE}")]);
}

#[tokio::test]
async fn a_poisoned_message_that_could_not_be_recorded_comes_again() {
    let away = once(Err(Error::Store("away".into())));
    let (ended, _) = deliver("hello", Double { recorded: away, ..Double::default() }).await;
    assert!(ended.unwrap_err().why.contains("was not recorded"));
}

#[tokio::test]
async fn members_of_a_newer_sender_are_ignored() {
    let engine = Double { sync: once(Ok(Outcome::Unchanged)), ..Double::default() };
    let (_, asked) = deliver(r#"{"customer":"contoso","since":"2026-03-02T09:15:00Z"}"#, engine).await;
    assert_eq!(asked, ["sync contoso"]);
}
