use crate::double::{Double, inside, known, once, retry};
use crate::{Done, Retry, Timer};
use engine::Error;
use std::sync::Arc;

async fn follow(answer: Result<Vec<String>, Error>) -> Result<Done, Retry> {
    let engine = Arc::new(Double { watched: once(answer), ..Double::default() });
    super::handle(&inside(&engine, known(&[])), Timer { past_due: false }).await
}

#[tokio::test]
async fn a_customer_who_cannot_be_read_is_a_line_in_the_log_and_no_failure() {
    let line = "customer contoso: the sign-in log could not be read";
    let done = follow(Ok(vec![line.into()])).await.unwrap();
    assert_eq!(done, Done { messages: Vec::new(), logs: vec![line.into()] });
}

#[tokio::test]
async fn only_a_store_that_fails_is_tried_again() {
    assert_eq!(follow(Err(Error::Store("away".into()))).await, Err(retry("the store failed: away")));
}
