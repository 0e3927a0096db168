//! Recording messages that failed too often, where the platform does not put them aside for us.

use super::Host;
use futures::future::{Either, select};
use std::time::Duration;

/// How long recording may take where nobody waits for it.
pub(crate) const RECORD_WITHIN: Duration = Duration::from_secs(10);

/// Writes the message where `health` finds it. The log has it in any case.
pub(crate) async fn record(host: &Host, function: &str, text: &str, attempts: u32, why: &str, within: Duration) {
    let why = format!("failed {attempts} times: {why}");
    let Ok(inside) = host.inside().await else { return };
    let recording = inside.engine.record_poison(function, text, &why);
    match select(recording, host.clock.sleep(within)).await {
        Either::Left((Ok(()), _)) => {}
        Either::Left((Err(error), _)) => tracing::error!(%error, "a poisoned message was not recorded"),
        Either::Right(_) => tracing::error!("a poisoned message was not recorded within {} s", within.as_secs()),
    }
}
