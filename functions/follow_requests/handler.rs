//! Every minute: requests go on: what is accepted is carried out, what is over ends, approvers are reminded, and
//! tickets hear of it.

use crate::{Done, Inside, Retry, Timer};

pub(crate) async fn handle(inside: &Inside, _: Timer) -> Result<Done, Retry> {
    let logs = inside.engine.follow_requests().await.map_err(|error| Retry { why: error.to_string() })?;
    Ok(Done { messages: Vec::new(), logs })
}

#[cfg(test)]
mod tests;
