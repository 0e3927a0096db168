//! Every minute: pages that were not taken are sent again, whoever is next is paged, and what a process that died left
//! behind is made up for.

use crate::{Done, Inside, Retry, Timer};

pub(crate) async fn handle(inside: &Inside, _: Timer) -> Result<Done, Retry> {
    let logs = inside.engine.follow_incidents().await.map_err(|error| Retry { why: error.to_string() })?;
    Ok(Done { messages: Vec::new(), logs })
}

#[cfg(test)]
mod tests;
