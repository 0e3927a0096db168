//! Time, in three senses: the wall clock, a monotonic clock, and waiting.
#![allow(clippy::disallowed_methods, reason = "this is the door that the others are told to use")]

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// What time it is, and waiting for it to pass.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Wall-clock time. It may jump; store it and show it, but never measure with it.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment in this process. It never goes back; leases and time-outs are measured with it.
    fn monotonic(&self) -> Duration;

    /// Waits. Every pause in the program is one of these, so that a test can make it pass at once.
    async fn sleep(&self, duration: Duration);
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl SystemClock {
    /// A clock whose monotonic side starts now.
    pub fn new() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A clock for tests: it starts where it is told and follows tokio's time.
///
/// Under `#[tokio::test(start_paused = true)]` tokio's time moves only when every task waits for it, so a day of
/// waiting passes in no time and always in the same order. Clones share the same time, seen through their own skew.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    epoch: Timestamp,
    start: tokio::time::Instant,
    skew: SignedDuration,
}

impl VirtualClock {
    /// A clock that shows `epoch` now. Needs a tokio runtime.
    pub fn new(epoch: Timestamp) -> Self {
        Self { epoch, start: tokio::time::Instant::now(), skew: SignedDuration::ZERO }
    }

    /// The same passing of time, but with a wall clock that is wrong by `skew`.
    pub fn skewed(&self, skew: SignedDuration) -> Self {
        Self { skew, ..self.clone() }
    }

    /// The same clock, put back to where its monotonic side showed `then`: from there it goes on now.
    pub fn put_back(&self, then: Duration) -> Self {
        Self { start: tokio::time::Instant::now() - then, ..self.clone() }
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.start.elapsed()).expect("a test runs for less than 292 years");
        self.epoch + elapsed + self.skew
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
