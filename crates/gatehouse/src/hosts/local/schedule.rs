//! NCRONTAB schedules as Azure Functions reads them: six fields, seconds first, in UTC.
//!
//! A field is a list of parts with commas between; a part is `*`, `a`, or `a-b`, each with an optional step `/n`, where
//! `a/n` runs to the end of the field. All fields must fit: unlike cron, a day that is named both by its number and by
//! its weekday (0 to 6, Sunday first) must be both.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::str::FromStr;

/// How far ahead an occurrence is looked for: the 29th of February is at most 8 years away, on one weekday at most 40.
const DAYS_AHEAD_MAX: u32 = 41 * 366;

/// When a timer is due; each field is a set of numbers, one bit for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    seconds: u64,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [seconds, minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(format!("the schedule {text:?} has {} fields instead of 6", fields.len()));
        };
        let field = |name: &str, text: &str, min: u32, max: u32| {
            field(text, min, max).ok_or_else(|| format!("the schedule's {name} {text:?} are not from {min} to {max}"))
        };
        Ok(Self {
            seconds: field("seconds", seconds, 0, 59)?,
            minutes: field("minutes", minutes, 0, 59)?,
            hours: field("hours", hours, 0, 23)?,
            days: field("days", days, 1, 31)?,
            months: field("months", months, 1, 12)?,
            weekdays: field("weekdays", weekdays, 0, 6)?,
        })
    }
}

/// The numbers that one field names; `None`: it cannot be read.
fn field(text: &str, min: u32, max: u32) -> Option<u64> {
    let mut set = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step)?).filter(|step| *step > 0)?.into()),
            None => (part, None),
        };
        let (from, to) = match (range.split_once('-'), range) {
            (_, "*") => (min, max),
            (Some((from, to)), _) => (number(from)?, number(to)?),
            (None, one) => (number(one)?, if step.is_some() { max } else { number(one)? }),
        };
        if from < min || to > max || from > to {
            return None;
        }
        let step: u32 = step.unwrap_or(1);
        set |= (from..=to).step_by(step as usize).fold(0, |set, number| set | 1 << number);
    }
    Some(set)
}

/// Digits only: `parse` alone would take a sign too.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

impl Schedule {
    /// The first occurrence after this moment; `None`: there is none, as for the 31st of February.
    pub(super) fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let start = TimeZone::UTC.to_datetime(moment).with().subsec_nanosecond(0).build().ok()?;
        let start = start.checked_add(1.second()).ok()?;
        let mut from = start;
        for _ in 0..DAYS_AHEAD_MAX {
            let date = from.date();
            let weekday = date.weekday().to_sunday_zero_offset();
            let fits = has(self.months, date.month()) && has(self.days, date.day()) && has(self.weekdays, weekday);
            if let Some(time) = fits.then(|| self.time_from(from.time())).flatten() {
                return TimeZone::UTC.to_timestamp(DateTime::from_parts(date, time)).ok();
            }
            from = DateTime::from_parts(date.tomorrow().ok()?, Time::midnight());
        }
        None
    }

    /// The first fitting time of a day that is not before `from`.
    fn time_from(&self, from: Time) -> Option<Time> {
        for hour in (from.hour()..24).filter(|hour| has(self.hours, *hour)) {
            let minute = if hour == from.hour() { from.minute() } else { 0 };
            for minute in (minute..60).filter(|minute| has(self.minutes, *minute)) {
                let same = (hour, minute) == (from.hour(), from.minute());
                let second = if same { from.second() } else { 0 };
                if let Some(second) = (second..60).find(|second| has(self.seconds, *second)) {
                    return Time::new(hour, minute, second, 0).ok();
                }
            }
        }
        None
    }
}

fn has(set: u64, number: i8) -> bool {
    u32::try_from(number).is_ok_and(|number| set >> number & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schedule: &str, after: &str, expected: &str) {
        let schedule: Schedule = schedule.parse().unwrap();
        let next = schedule.next_after(after.parse().unwrap()).map(|next| next.to_string());
        assert_eq!(next.as_deref().unwrap_or("never"), expected, "after {after}");
    }

    #[test]
    fn the_next_occurrence_is_after_the_moment_and_never_at_it() {
        check("0 * * * * *", "2026-03-02T09:14:59.999Z", "2026-03-02T09:15:00Z");
        check("0 * * * * *", "2026-03-02T09:15:00Z", "2026-03-02T09:16:00Z");
        check("0 * * * * *", "2026-03-02T09:15:00.001Z", "2026-03-02T09:16:00Z");
        check("0 * * * * *", "2026-12-31T23:59:30Z", "2027-01-01T00:00:00Z");
    }

    #[test]
    fn a_field_has_numbers_ranges_steps_and_lists() {
        check("0 */15 * * * *", "2026-03-02T09:15:00Z", "2026-03-02T09:30:00Z");
        check("0 5/20 * * * *", "2026-03-02T09:25:00Z", "2026-03-02T09:45:00Z");
        check("0 5/20 * * * *", "2026-03-02T09:45:00Z", "2026-03-02T10:05:00Z");
        check("30 0 8-18/5 * * *", "2026-03-02T13:00:30Z", "2026-03-02T18:00:30Z");
        check("10,40 1,2 * * * *", "2026-03-02T09:01:10Z", "2026-03-02T09:01:40Z");
        check("10,40 1,2 * * * *", "2026-03-02T09:01:40Z", "2026-03-02T09:02:10Z");
    }

    #[test]
    fn day_and_weekday_must_both_fit() {
        check("0 0 6 * * 1-5", "2026-03-06T06:00:00Z", "2026-03-09T06:00:00Z");
        check("0 0 0 13 * 5", "2026-03-14T00:00:00Z", "2026-11-13T00:00:00Z");
        check("0 0 0 1 1 *", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    }

    #[test]
    fn a_day_that_is_rare_is_found_and_one_that_never_comes_is_never() {
        check("0 0 0 29 2 *", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z");
        check("0 0 0 29 2 1", "2012-01-01T00:00:00Z", "2016-02-29T00:00:00Z");
        check("0 0 0 31 2 *", "2026-01-01T00:00:00Z", "never");
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in [
            "",
            "* * * * *",
            "* * * * * * *",
            "60 * * * * *",
            "* 60 * * * *",
            "* * 24 * * *",
            "* * * 0 * *",
            "* * * 32 * *",
            "* * * * 0 *",
            "* * * * 13 *",
            "* * * * * 7",
            "*/0 * * * * *",
            "5-1 * * * * *",
            "+1 * * * * *",
            "1, * * * * *",
            "-1 * * * * *",
            "1-2-3 * * * * *",
            "a * * * * *",
            "%SETTING%",
            "4294967296 * * * * *",
        ] {
            assert!(text.parse::<Schedule>().is_err(), "{text:?}");
        }
    }
}
