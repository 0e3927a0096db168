//! Every minute: the second pair of eyes. Whether a break-glass account was used is read from the sign-in log itself, so
//! that an alert that never came is noticed.

use crate::{Done, Inside, Retry, Timer};

pub(crate) async fn handle(inside: &Inside, _: Timer) -> Result<Done, Retry> {
    let logs = inside.engine.watch_sign_ins().await.map_err(|error| Retry { why: error.to_string() })?;
    Ok(Done { messages: Vec::new(), logs })
}

#[cfg(test)]
mod tests;
