//! Every hour: we go on being told of changes at the partner, and what is broken about that is repaired.

use crate::{Done, Inside, Retry, Timer};

pub(crate) async fn handle(inside: &Inside, _: Timer) -> Result<Done, Retry> {
    let logs = inside.engine.renew_subscriptions().await.map_err(|error| Retry { why: error.to_string() })?;
    Ok(Done { messages: Vec::new(), logs })
}

#[cfg(test)]
mod tests;
