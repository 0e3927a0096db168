//! Wishes as people write them: in a command's arguments, or a line each in a file.

use super::refused::{Naming, Reason, argument, column, unfit};
use access::config::Field;
use access::requests::body::{self, Asked, Unfit};
use serde_json::json;

/// The most bytes of a file of wishes.
pub(super) const CSV_BYTES_MAX: usize = 1024 * 1024;

/// The most wishes in a file: what a person has looked through.
pub(super) const ROWS_MAX: usize = 1000;

/// The columns that the first line must name.
const REQUIRED: [&str; 6] = ["customer", "package", "mail", "for", "ticket", "reason"];

/// The columns that it may name besides.
const OPTIONAL: [&str; 2] = ["given_name", "surname"];

/// One wish, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) customer: String,
    pub(super) package: String,
    pub(super) mail: String,
    /// How long, such as `8h`.
    pub(super) hours: String,
    pub(super) ticket: String,
    pub(super) reason: String,
    pub(super) given_name: String,
    pub(super) surname: String,
}

/// One wish that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    /// Its line in the file; `None`: it is the command itself.
    pub(super) line: Option<u64>,
    /// As it was written.
    pub(super) words: Words,
    /// As it is sent.
    pub(super) asked: Asked,
}

impl Words {
    /// What is asked for, in the name of `by`; or everything that is wrong with it.
    pub(super) fn read(&self, by: &str, naming: Naming) -> Result<Asked, Vec<Reason>> {
        let time = hours(&self.hours);
        let body = json!({
            "customer": { "name": self.customer },
            "access": { "package": self.package, "durationHours": time.as_ref().ok().copied().unwrap_or(1) },
            "invitee": { "email": self.mail, "givenName": self.given_name, "surname": self.surname },
            "ticket": { "number": self.ticket },
            "requestedBy": { "email": by },
            "reason": self.reason,
        });
        let asked = body::read(body.to_string().as_bytes());
        let mut reasons = match &asked {
            Ok(_) => Vec::new(),
            Err(Unfit::Wrong(wrong)) => wrong.iter().map(|wrong| unfit(wrong, naming)).collect(),
            Err(Unfit::NotJson(text)) => vec![reason(None, text.clone())],
        };
        reasons.extend(time.err().map(|text| reason(Some(naming(Field::DurationHours)), text)));
        asked
            .map_err(|_| ())
            .and_then(|asked| if reasons.is_empty() { Ok(asked) } else { Err(()) })
            .map_err(|()| reasons)
    }
}

fn reason(part: Option<&'static str>, text: String) -> Reason {
    Reason { code: "invalid_body".into(), part, text }
}

/// The wish that a command's arguments are.
pub(super) fn single(words: Words, by: &str) -> Result<Wish, Vec<Reason>> {
    let asked = words.read(by, argument)?;
    Ok(Wish { line: None, words, asked })
}

/// The wishes of a file. The error is a line for everything that is wrong with it, each beginning with the number of
/// the line and, where it is about one, the name of the column.
pub(super) fn table(bytes: &[u8], by: &str) -> Result<Vec<Wish>, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|error| vec![told(&error, bytes)])?.clone();
    let columns = Columns::of(&header)?;
    let (mut wishes, mut wrong) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                wrong.push(told(&error, bytes));
                continue;
            }
        };
        if wishes.len() == ROWS_MAX {
            return Err(vec![format!("more than {ROWS_MAX} wishes: split the file")]);
        }
        let line = record.position().map(|position| line_of(position, bytes));
        let words = columns.words(&record);
        match words.read(by, column) {
            Ok(asked) => wishes.push(Wish { line, words, asked }),
            Err(reasons) => wrong.extend(reasons.iter().map(|reason| {
                let part = reason.part.map(|part| format!("{part}: ")).unwrap_or_default();
                format!("{}: {part}{}", line.unwrap_or_default(), reason.text)
            })),
        }
    }
    if wishes.is_empty() && wrong.is_empty() {
        wrong.push("1: nothing below the names of the columns".into());
    }
    if wrong.is_empty() { Ok(wishes) } else { Err(wrong) }
}

/// Where each column is.
struct Columns(Vec<(&'static str, usize)>);

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, Vec<String>> {
        let names: Vec<String> = header.iter().map(str::to_lowercase).collect();
        let known = || REQUIRED.into_iter().chain(OPTIONAL);
        let mut wrong = Vec::new();
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                wrong.push(format!("1: {name}: this column is named twice"));
            } else if !known().any(|one| one == name) {
                wrong.push(format!("1: {name:?}: no such column"));
            }
        }
        let missing = REQUIRED.iter().filter(|one| !names.iter().any(|name| name == *one));
        wrong.extend(missing.map(|one| format!("1: {one}: this column is missing")));
        if !REQUIRED.iter().any(|one| names.iter().any(|name| name == one)) {
            wrong.clear();
            wrong.push("1: none of the columns is named".into());
        }
        if !wrong.is_empty() {
            wrong.push(format!(
                "1: the first line names the columns, with commas in between: {}; and perhaps {}",
                REQUIRED.join(","),
                OPTIONAL.join(",")
            ));
            return Err(wrong);
        }
        let place = |one: &'static str| names.iter().position(|name| name == one).map(|index| (one, index));
        Ok(Self(known().filter_map(place).collect()))
    }

    fn words(&self, record: &csv::StringRecord) -> Words {
        let cell = |one: &str| {
            let place = self.0.iter().find(|(name, _)| *name == one);
            place.and_then(|(_, index)| record.get(*index)).unwrap_or_default().to_owned()
        };
        Words {
            customer: cell("customer"),
            package: cell("package"),
            mail: cell("mail"),
            hours: cell("for"),
            ticket: cell("ticket"),
            reason: cell("reason"),
            given_name: cell("given_name"),
            surname: cell("surname"),
        }
    }
}

/// Why a line cannot be read at all.
fn told(error: &csv::Error, bytes: &[u8]) -> String {
    let line = error.position().map_or(1, |position| line_of(position, bytes));
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{line}: {len} cells, and the first line names {expected_len} columns (quote what holds a comma)")
        }
        csv::ErrorKind::Utf8 { .. } => format!("{line}: is not UTF-8 text; save the file as UTF-8"),
        _ => format!("{line}: {error}"),
    }
}

/// The line on which a record begins. The reader counts the empty lines before it as parts of it.
fn line_of(position: &csv::Position, bytes: &[u8]) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let from = bytes.get(start..).unwrap_or_default();
    let empty = from.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
    position.line() + empty as u64
}

/// How long, in whole hours: `8h`, `2d`. More than can be counted is longer than any grant.
pub(super) fn hours(text: &str) -> Result<u32, String> {
    let unfit = || "whole hours or days, such as 8h or 2d".to_owned();
    let (number, each) = match (text.strip_suffix('h'), text.strip_suffix('d')) {
        (Some(number), _) => (number, 1),
        (None, Some(number)) => (number, 24),
        (None, None) => return Err(unfit()),
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unfit());
    }
    match number.parse::<u32>().unwrap_or(u32::MAX).saturating_mul(each) {
        0 => Err("at least one hour".into()),
        hours => Ok(hours),
    }
}
