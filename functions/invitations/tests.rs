use crate::double::{Double, captured, inside, json, known};
use access::config::May;
use engine::requests::{Heard, Refused};
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn what_a_ticket_sends_reaches_the_engine_with_its_key() {
    let heard = Mutex::new(Some(Ok(Heard::Nothing("the ticket was deleted"))));
    let engine = Arc::new(Double { asked_for: heard, ..Double::default() });
    let request = captured(include_str!("captured/ask.http"));
    let response = super::handle(&inside(&engine, known(&[May::Request])), request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(json(&response)["detail"], "the ticket was deleted");
    assert_eq!(engine.asked(), [r#"ask_for servicenow Some("6816f79cc0a8016401c5a33be04be441:1") None 199 bytes"#]);
}

#[tokio::test]
async fn a_key_that_came_with_another_body_is_refused() {
    let engine = Arc::new(Double { asked_for: Mutex::new(Some(Err(Refused::KeyReused))), ..Double::default() });
    let request = captured(include_str!("captured/ask.http"));
    let response = super::handle(&inside(&engine, known(&[May::Request])), request).await;
    assert_eq!((response.status().as_u16(), json(&response)["code"].as_str()), (422, Some("idempotency_key_reused")));
}
