//! The demo's time: it begins on a certain Monday and passes as it does for everybody.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use outside::Clock;
use std::sync::Arc;
use std::time::Duration;

/// Monday, 2 March 2026, 08:00 UTC.
const MONDAY: Timestamp = Timestamp::constant(1_772_438_400, 0);

/// A clock that shows [`MONDAY`] when it is made.
pub struct StoryClock {
    pace: Arc<dyn Clock>,
    start: Duration,
}

impl StoryClock {
    /// Time passes as it does on `pace`.
    pub fn new(pace: Arc<dyn Clock>) -> Self {
        Self { start: pace.monotonic(), pace }
    }
}

#[async_trait]
impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        MONDAY + SignedDuration::try_from(self.monotonic()).unwrap_or(SignedDuration::ZERO)
    }

    fn monotonic(&self) -> Duration {
        self.pace.monotonic().saturating_sub(self.start)
    }

    async fn sleep(&self, duration: Duration) {
        self.pace.sleep(duration).await;
    }
}
