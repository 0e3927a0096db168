//! A machine from which Microsoft cannot be reached.

use super::Terminal;
use async_trait::async_trait;
use bytes::Bytes;
use expect_test::expect;
use http::{Request, Response};
use outside::{Transport, TransportError};
use std::sync::Arc;
use std::time::Duration;

struct Unplugged;

#[async_trait]
impl Transport for Unplugged {
    async fn send(&self, _: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        Err(TransportError::NeverSent(
            "error sending request: client error (Connect): dns error: error resolving DNS: failed to lookup address \
             information: Name or service not known"
                .into(),
        ))
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_chain_of_causes_is_told_and_what_to_look_at() {
    let mut terminal = Terminal::new();
    terminal.doors.transport = Some(Arc::new(Unplugged));
    let plan = terminal.check("plan", 1).await;
    expect![[r#"
        error: could not read the partner's users (tenant 11111111-1111-4111-8111-111111111111): failed to lookup address information: Name or service not known

        hint: nothing left this machine: is there a network between here and Microsoft? Then the same again
    "#]].assert_eq(&plan.err);
}
