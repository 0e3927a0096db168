//! How long an invocation has.

use jiff::Timestamp;
use std::time::Duration;

/// How much of the time that is left stays unused, so that the answer is out before the platform ends the process.
const MARGIN_PART: u32 = 10;
/// The most of it.
const MARGIN_MAX: Duration = Duration::from_secs(5);

/// The two deadlines of an invocation, on the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time {
    /// By when work on messages ends: what it did not reach is written down after it.
    pub(super) work_by: Duration,
    /// By when the answer is ready.
    pub(super) answer_by: Duration,
}

impl Time {
    /// The deadlines of an invocation that the platform ends at `deadline_ms` (milliseconds of Unix time); `None`: it names
    /// none that is ahead of us, and the host's own hold.
    pub(super) fn until(deadline_ms: u64, now: Timestamp, monotonic: Duration) -> Option<Self> {
        let now = u64::try_from(now.as_millisecond()).ok()?;
        let left = Duration::from_millis(deadline_ms.checked_sub(now).filter(|left| *left > 0)?);
        let margin = (left / MARGIN_PART).min(MARGIN_MAX);
        let ends = monotonic + left;
        Some(Self { work_by: ends - 2 * margin, answer_by: ends - margin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_and_at_most_five_seconds_stay_unused_and_as_much_again_to_write_down_what_was_not_reached() {
        let now: Timestamp = "2026-03-02T09:15:00Z".parse().unwrap();
        let start = Duration::from_secs(100);
        let check = |left: i64, expected: Option<(u64, u64)>| {
            let deadline = u64::try_from(now.as_millisecond() + left).unwrap();
            let time = Time::until(deadline, now, start);
            let millis = time.map(|time| ((time.work_by - start).as_millis(), (time.answer_by - start).as_millis()));
            assert_eq!(millis, expected.map(|(work, answer)| (work.into(), answer.into())), "{left}");
        };
        check(3_000, Some((2_400, 2_700)));
        check(50_000, Some((40_000, 45_000)));
        check(50_010, Some((40_010, 45_010)));
        check(900_000, Some((890_000, 895_000)));
        check(1, Some((0, 0)));
        check(0, None);
        check(-1, None);
        assert_eq!(Time::until(0, now, start), None);
    }
}
