use crate::double::{Double, inside, known, once, retry};
use crate::{Done, Timer};
use engine::{Error, Tick};
use std::sync::Arc;

async fn tick(answer: Result<Tick, Error>) -> Result<Done, crate::Retry> {
    let engine = Arc::new(Double { tick: once(answer), ..Double::default() });
    super::handle(&inside(&engine, known(&[])), Timer { past_due: false }).await
}

#[tokio::test]
async fn each_customer_that_is_due_becomes_one_compact_message() {
    let due = vec!["contoso".to_owned(), "quo\"te".to_owned()];
    let done = tick(Ok(Tick { due, notes: vec!["two are due".into()] })).await.unwrap();
    let messages = vec![r#"{"customer":"contoso"}"#.to_owned(), r#"{"customer":"quo\"te"}"#.to_owned()];
    assert_eq!(done, Done { messages: vec![("customers", messages)], logs: vec!["two are due".into()] });
}

#[tokio::test]
async fn a_tick_that_failed_sends_nothing() {
    assert_eq!(tick(Err(Error::Store("away".into()))).await, Err(retry("the store failed: away")));
}
