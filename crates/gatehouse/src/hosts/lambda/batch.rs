//! A batch of a queue: each message by itself, and an answer that names exactly those that failed.

use super::Lambda;
use super::event::Record;
use super::time::Time;
use crate::hosts::host::Invocation;
use crate::hosts::local::{AT_ONCE_MAX, ATTEMPTS_MAX};
use crate::hosts::poison;
use functions::{Function, Handler, Message, Reply, Wake};
use futures::StreamExt;
use futures::stream;
use serde_json::{Value, json};

impl Lambda {
    /// Works on the messages of a batch. The answer makes the queue deliver exactly the failed ones again (page "Handling
    /// errors for an SQS event source in Lambda"); the event source mapping must say `ReportBatchItemFailures`, without
    /// which the queue would take it for a success.
    pub(super) async fn batch(
        &self,
        records: Vec<Record>,
        invocation: &Invocation,
        time: Option<Time>,
    ) -> Result<Value, String> {
        // Functions with queues have one queue in all, whatever its name is at AWS.
        let mut readers = self.host.functions().iter().filter(|function| matches!(function.handler, Handler::Queue(_)));
        let reader = readers.next().filter(|_| readers.next().is_none());
        let reader = reader.ok_or("which function reads the queue is not known")?;
        let invocation = &time.map_or_else(|| invocation.clone(), |time| invocation.ending_by(time.work_by));
        let failed = stream::iter(records)
            .map(async |record| self.deliver(reader, &record, invocation, time).await.then_some(record))
            .buffered(AT_ONCE_MAX)
            .filter_map(std::future::ready);
        let failed: Vec<_> = failed.map(|record| json!({ "itemIdentifier": record.id })).collect().await;
        Ok(json!({ "batchItemFailures": failed }))
    }

    /// Whether the message failed. A handler that panics fails its own message alone.
    async fn deliver(&self, reader: &Function, record: &Record, invocation: &Invocation, time: Option<Time>) -> bool {
        let message = Message { text: record.text.clone() };
        let why = match self.host.wake(reader, invocation, Wake::Queue(message)).await {
            Reply::Done(done) => {
                for note in &done.logs {
                    tracing::info!(function = reader.name, message = record.id, "{note}");
                }
                return false;
            }
            Reply::Retry(retry) => retry.why,
            Reply::Http(_) => "it was answered as if it were a request".into(),
        };
        // From then on at each delivery: the fifth may have been lost with its process. It is the same record.
        if record.receives >= ATTEMPTS_MAX {
            tracing::error!(function = reader.name, message = record.text, why, "poison");
            // The answer for the others must not wait for a store that does not answer.
            let left = time.map(|time| time.answer_by.saturating_sub(self.host.clock.monotonic()) / 2);
            let within = left.map_or(poison::RECORD_WITHIN, |left| left.min(poison::RECORD_WITHIN));
            poison::record(&self.host, reader.name, &record.text, record.receives, &why, within).await;
        }
        true
    }
}
