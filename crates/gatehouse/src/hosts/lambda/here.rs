//! Messages without a queue: they are worked off in the invocation that put them out.

use super::Lambda;
use super::time::Time;
use crate::hosts::host::Invocation;
use crate::hosts::local::AT_ONCE_MAX;
use functions::{Function, Message, Reply, Wake};
use futures::StreamExt;
use futures::stream;
use serde_json::Value;

impl Lambda {
    /// Gives the messages to their reader, many at once, for as long as there is time. Whose message failed or was not
    /// reached is listed for the next tick: no queue delivers it again.
    pub(super) async fn work_off(
        &self,
        reader: &Function,
        messages: Vec<String>,
        invocation: &Invocation,
        time: Option<Time>,
    ) -> Result<(), String> {
        let by = time.map(|time| time.work_by);
        let invocation = &by.map_or_else(|| invocation.clone(), |by| invocation.ending_by(by));
        let left = stream::iter(messages)
            .map(async |text| {
                if by.is_some_and(|by| self.host.clock.monotonic() >= by) {
                    return Some(text);
                }
                let message = Message { text: text.clone() };
                match self.host.wake(reader, invocation, Wake::Queue(message)).await {
                    Reply::Done(done) => {
                        for note in &done.logs {
                            tracing::info!(function = reader.name, "{note}");
                        }
                        None
                    }
                    Reply::Retry(_) | Reply::Http(_) => Some(text),
                }
            })
            .buffer_unordered(AT_ONCE_MAX)
            .filter_map(std::future::ready);
        let left: Vec<String> = left.collect().await;
        if !left.is_empty() {
            tracing::warn!(
                customers = left.len(),
                "customers were not done in time or failed; the next tick takes them"
            );
        }
        self.list(left).await
    }

    /// Lists the customers of these messages for the next tick. The error says how many are not listed.
    pub(super) async fn list(&self, messages: Vec<String>) -> Result<(), String> {
        if messages.is_empty() {
            return Ok(());
        }
        let inside = self.host.inside().await?;
        let engine = &inside.engine;
        let listing = stream::iter(messages).map(async |text| {
            let message: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            let customer = message.get("customer").and_then(Value::as_str).ok_or("a message names no customer")?;
            engine.wake_at_next_tick(customer).await.map_err(|error| format!("{customer}: {error}"))
        });
        let unlisted: Vec<String> = listing
            .buffer_unordered(AT_ONCE_MAX)
            .filter_map(async |listed: Result<(), String>| listed.err())
            .collect()
            .await;
        match unlisted.first() {
            None => Ok(()),
            Some(why) => Err(format!(
                "{} customers were not done and could not be listed for the next tick, so that each waits for its turn: \
                 {why}",
                unlisted.len()
            )),
        }
    }
}
