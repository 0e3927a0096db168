//! Spans that are over and wait for their export. A full queue drops what comes then: what is told late of a flood is
//! worth less than the memory.

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How many spans wait at most: about two megabytes.
pub(super) const WAITING_MAX: usize = 2048;

/// The most spans of one export.
pub(super) const BATCH_MAX: usize = 512;

/// The queue; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    waiting: Arc<Mutex<VecDeque<SpanData>>>,
    dropped: Arc<AtomicU64>,
}

impl Queue {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.lock().expect("no holder panics").len()
    }

    /// The oldest of them, at most [`BATCH_MAX`].
    pub(super) fn take(&self) -> Vec<SpanData> {
        let mut waiting = self.waiting.lock().expect("no holder panics");
        let count = waiting.len().min(BATCH_MAX);
        waiting.drain(..count).collect()
    }

    /// Counts spans that are lost.
    pub(super) fn lost(&self, count: usize) {
        self.dropped.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// How many were lost since this was asked last.
    pub(super) fn take_lost(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        let mut waiting = self.waiting.lock().expect("no holder panics");
        if waiting.len() < WAITING_MAX {
            waiting.push_back(span);
        } else {
            self.lost(1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
