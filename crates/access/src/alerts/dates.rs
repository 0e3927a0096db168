//! Dates as the senders of alerts write them.

use super::alert::{Alert, Window};
use super::json::Json;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Years outside of these stand for "no date": .NET's are 0001 and 9999.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2199;

/// The date under one of these names, the first that has a value. One that cannot be read, or is nobody's date, is left
/// out and noted.
pub(super) fn date(json: &Json, names: &[&str], alert: &mut Alert) -> Option<Timestamp> {
    let (name, text) = names.iter().find_map(|name| Some((name, json.get(name).scalar()?)))?;
    // A number is seconds or milliseconds since some year: a guess is no fact.
    let read = json.get(name).text().and_then(moment);
    if read.is_none() {
        alert.note(&format!("`{name}` is no date that we know: {text}"));
    }
    let plausible = read.filter(is_plausible);
    if read.is_some() && plausible.is_none() {
        alert.note(&format!("`{name}` is a date that stands for none: {text}"));
    }
    plausible
}

/// The time between the dates under these names.
pub(super) fn window(json: &Json, from: &[&str], to: &[&str], alert: &mut Alert) -> Option<Window> {
    let (from, to) = (date(json, from, alert), date(json, to, alert));
    let window = Window::of(from, to);
    if from.is_some() && to.is_some() && window.is_none() {
        alert.note("its window ends before it begins");
    }
    window
}

/// A date in a place where an odd one needs no note.
pub(super) fn quiet(text: &str) -> Option<Timestamp> {
    moment(text).filter(is_plausible)
}

fn is_plausible(moment: &Timestamp) -> bool {
    YEARS.contains(&moment.to_zoned(TimeZone::UTC).year())
}

/// ISO 8601, in UTC where it names no zone; or as it is written in the United States, which is UTC too (*Sample payloads
/// for log search alerts using webhook actions*).
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let civil = |date: DateTime| date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse().ok().or_else(|| civil(text.parse().ok()?)).or_else(|| civil(american(text)?))
}

/// `3/22/2019 1:36:31 PM`. Without AM or PM it is from another country, which has day and month the other way round.
fn american(text: &str) -> Option<DateTime> {
    let mut words = text.split_ascii_whitespace();
    let [month, day, year] = parts(words.next()?, '/')?;
    let [hour, minute, second] = parts(words.next()?, ':')?;
    let afternoon = match words.next()? {
        "AM" => 0,
        "PM" => 12,
        _ => return None,
    };
    if words.next().is_some() || !(1..=12).contains(&hour) {
        return None;
    }
    let narrow = |number: i16| i8::try_from(number).ok();
    let date = Date::new(year, narrow(month)?, narrow(day)?).ok()?;
    let time = jiff::civil::Time::new(narrow(hour % 12 + afternoon)?, narrow(minute)?, narrow(second)?, 0).ok()?;
    Some(date.to_datetime(time))
}

fn parts(text: &str, between: char) -> Option<[i16; 3]> {
    let numbers: Vec<i16> = text.split(between).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::{moment, quiet};

    #[test]
    fn a_date_is_read_however_it_is_written() {
        for (written, read) in [
            ("2026-11-20T02:42:13.4471829Z", "2026-11-20T02:42:13.4471829Z"),
            ("2026-11-20T11:26:21.386+00:00", "2026-11-20T11:26:21.386Z"),
            ("2026-11-20T12:26:21+01:00", "2026-11-20T11:26:21Z"),
            ("2026-11-20T02:42:13", "2026-11-20T02:42:13Z"),
            ("2026-11-20 02:42:13Z", "2026-11-20T02:42:13Z"),
            ("3/22/2019 1:36:31 PM", "2019-03-22T13:36:31Z"),
            ("11/20/2026 12:00:00 AM", "2026-11-20T00:00:00Z"),
            ("11/20/2026 12:00:00 PM", "2026-11-20T12:00:00Z"),
        ] {
            assert_eq!(moment(written).map(|moment| moment.to_string()).as_deref(), Some(read), "{written}");
        }
    }

    #[test]
    fn what_could_be_two_dates_is_none() {
        for text in
            ["20/11/2026 02:42", "05/06/2026 02:42:00", "5/6/2026 13:00:00 PM", "2/30/2026 1:00:00 AM", "soon", ""]
        {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn a_year_that_stands_for_none_is_none() {
        assert!(quiet("2000-01-01T00:00:00Z").is_some() && quiet("2199-12-31T23:59:59Z").is_some());
        assert_eq!(quiet("1999-12-31T23:59:59Z"), None);
        assert_eq!(quiet("2200-01-01T00:00:00Z"), None);
        assert_eq!(quiet("0001-01-01T00:00:00Z"), None);
        assert_eq!(quiet("9999-12-31T23:59:59.9999999Z"), None);
    }
}
