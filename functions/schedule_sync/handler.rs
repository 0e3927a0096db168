//! Every minute: which customers are due. Each becomes one message of the queue `sync`.

use crate::{Done, Inside, Retry, Timer};
use serde_json::json;

pub(crate) async fn handle(inside: &Inside, _: Timer) -> Result<Done, Retry> {
    // The engine keeps the last tick that was done, so a late run needs no telling that it is late.
    let tick = inside.engine.tick().await.map_err(|error| Retry { why: error.to_string() })?;
    let messages = tick.due.iter().map(|customer| json!({ "customer": customer }).to_string()).collect();
    Ok(Done { messages: vec![("customers", messages)], logs: tick.notes })
}

#[cfg(test)]
mod tests;
