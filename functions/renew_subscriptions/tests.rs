use crate::double::{Double, inside, known, once, retry};
use crate::{Done, Retry, Timer};
use engine::Error;
use std::sync::Arc;

async fn renew(answer: Result<Vec<String>, Error>) -> Result<Done, Retry> {
    let engine = Arc::new(Double { renewed: once(answer), ..Double::default() });
    super::handle(&inside(&engine, known(&[])), Timer { past_due: false }).await
}

#[tokio::test]
async fn what_cannot_be_had_is_a_line_in_the_log_and_no_failure() {
    let refused = "could not subscribe to changes of /users: 403";
    let done = renew(Ok(vec![refused.into()])).await.unwrap();
    assert_eq!(done, Done { messages: Vec::new(), logs: vec![refused.into()] });
}

#[tokio::test]
async fn only_a_store_that_fails_is_tried_again() {
    assert_eq!(renew(Err(Error::Store("away".into()))).await, Err(retry("the store failed: away")));
}
