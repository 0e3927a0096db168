//! Until when something is ordered, as people write it.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// The longest pause: what is to rest for longer belongs into the configuration (`mode = "paused"`).
pub const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Why a text names no time until which to pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Neither a duration nor a day nor a time.
    Unreadable,
    /// Not after now.
    Past,
    /// Later than [`PAUSE_MAX`] from now.
    TooLong,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => {
                "is no time: write a duration (30m, 4h, 2d), a day (2026-12-31, its end in UTC) or a time (2026-12-31T18:00Z)"
            }
            Self::Past => "is over already",
            Self::TooLong => {
                "is more than 90 days away; what is to rest for longer is `mode = \"paused\"` in the customer's file"
            }
        })
    }
}

/// Reads a duration from now (`4h`), a day (through its end, UTC) or a time (UTC where it names no zone).
pub fn until(text: &str, now: Timestamp) -> Result<Timestamp, Unfit> {
    let end = duration(text, now).or_else(|| day(text)).or_else(|| time(text)).ok_or(Unfit::Unreadable)?;
    if end <= now {
        return Err(Unfit::Past);
    }
    if end.duration_since(now) > PAUSE_MAX {
        return Err(Unfit::TooLong);
    }
    Ok(end)
}

fn duration(text: &str, now: Timestamp) -> Option<Timestamp> {
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds_each: i64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    if !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number that no time can be so far from now is too long, not unreadable.
    let seconds = count.parse::<i64>().ok()?.checked_mul(seconds_each).unwrap_or(i64::MAX);
    Some(now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX))
}

fn day(text: &str) -> Option<Timestamp> {
    let day: Date = (text.len() == 10).then(|| text.parse().ok()).flatten()?;
    Some(day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let time: DateTime = (text.len() > 10).then(|| text.parse().ok()).flatten()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
