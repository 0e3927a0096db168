//! From raw values, wherever they were found, to what is asked: types, lengths, and what must be there.

use super::address;
use super::body::{self, Asked, CustomerRef, Wrong};
use super::{Invitee, Ticket};
use crate::config::Field;
use crate::ids::TenantId;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The most characters of a name: a given name, a surname, a package, a customer, a ticketing system.
pub const NAME_CHARS_MAX: usize = 64;
/// The most characters of a ticket's id or number.
pub const TICKET_CHARS_MAX: usize = 128;
/// The most characters of an address of a page.
pub const URL_CHARS_MAX: usize = 2048;
/// The most characters of a reason.
pub const REASON_CHARS_MAX: usize = 1000;
/// The most parts that are said to be wrong; nobody mends more at once.
pub const WRONG_MAX: usize = 50;

/// What was found for each field.
pub(super) struct Draft {
    said: BTreeMap<Field, Said>,
    /// Fields of which something else was said to be wrong already.
    spoilt: BTreeSet<Field>,
    /// Whether numbers may stand for texts and texts for numbers, as ticketing systems write them.
    lenient: bool,
    wrong: Vec<Wrong>,
}

struct Said {
    /// What is there; `Err`: why nothing is.
    value: Result<Value, String>,
    pointer: String,
}

/// Whether a text may have several lines.
#[derive(Clone, Copy, PartialEq)]
enum Lines {
    One,
    Many,
}

impl Draft {
    pub(super) fn new(lenient: bool) -> Self {
        Self { said: BTreeMap::new(), spoilt: BTreeSet::new(), lenient, wrong: Vec::new() }
    }

    /// Notes what is said for a field, at `pointer`.
    pub(super) fn set(&mut self, field: Field, value: Value, pointer: String) {
        self.said.insert(field, Said { value: Ok(value), pointer });
    }

    /// Notes why nothing is said for a field at `pointer`, where it was looked for.
    pub(super) fn set_missing(&mut self, field: Field, why: &str, pointer: String) {
        self.said.insert(field, Said { value: Err(format!("{}: {why}", field.name())), pointer });
    }

    /// Whether something is said for a field.
    pub(super) fn has(&self, field: Field) -> bool {
        self.said.get(&field).is_some_and(|said| said.value.as_ref().is_ok_and(|value| !is_nothing(value)))
    }

    /// Why nothing is said for each of these fields of which that is so.
    pub(super) fn unsaid(&self, fields: impl Iterator<Item = Field>) -> Vec<Wrong> {
        fields.filter(|field| !self.has(*field)).map(|field| self.lack(field)).collect()
    }

    pub(super) fn wrong(&mut self, pointer: String, detail: impl Into<String>) {
        if self.wrong.len() < WRONG_MAX {
            self.wrong.push(Wrong { pointer, detail: detail.into() });
        }
    }

    /// Nothing more is to be said about this field.
    pub(super) fn spoil(&mut self, field: Field) {
        self.spoilt.insert(field);
    }

    /// What is asked, or everything that is wrong.
    pub(super) fn finish(mut self) -> Result<Asked, Vec<Wrong>> {
        let ticket = self.ticket();
        let customer = self.customer();
        let invitee = self.invitee();
        let package = self.required(Field::Package, |draft| draft.text(Field::Package, NAME_CHARS_MAX, Lines::One));
        let hours = self.required(Field::DurationHours, Self::hours);
        let requested_by = self.mail(Field::RequestedBy);
        let reason = self.required(Field::Reason, |draft| draft.text(Field::Reason, REASON_CHARS_MAX, Lines::Many));
        let callback = self.text(Field::CallbackUrl, URL_CHARS_MAX, Lines::One);
        match (customer, invitee, package, hours, reason) {
            (Some(customer), Some(invitee), Some(package), Some(hours), Some(reason)) if self.wrong.is_empty() => {
                Ok(Asked { ticket, customer, invitee, package, hours, requested_by, reason, callback })
            }
            _ => Err(self.wrong),
        }
    }

    fn ticket(&mut self) -> Option<Ticket> {
        let ticket = Ticket {
            system: self.text(Field::TicketSystem, NAME_CHARS_MAX, Lines::One),
            id: self.text(Field::TicketId, TICKET_CHARS_MAX, Lines::One),
            number: self.text(Field::TicketNumber, TICKET_CHARS_MAX, Lines::One),
            url: self.text(Field::TicketUrl, URL_CHARS_MAX, Lines::One),
        };
        (ticket != Ticket::default()).then_some(ticket)
    }

    fn customer(&mut self) -> Option<CustomerRef> {
        match (self.has(Field::CustomerTenantId), self.has(Field::CustomerName)) {
            (true, true) => {
                self.wrong("#/customer".into(), "named twice: by its tenantId or by its name, not by both");
                None
            }
            (false, true) => self.text(Field::CustomerName, NAME_CHARS_MAX, Lines::One).map(CustomerRef::Name),
            (true, false) => self.tenant().map(CustomerRef::TenantId),
            (false, false) => {
                let asked = [Field::CustomerTenantId, Field::CustomerName];
                if asked.iter().any(|field| self.spoilt.contains(field)) {
                    return None;
                }
                // A ticketing system's body is told where we looked; ours, that either would do.
                match asked.into_iter().find(|field| self.said.get(field).is_some_and(|said| said.value.is_err())) {
                    Some(field) => self.missing(field),
                    None => self.wrong("#/customer".into(), "is missing: name it by its tenantId or by its name"),
                }
                None
            }
        }
    }

    fn tenant(&mut self) -> Option<TenantId> {
        let text = self.text(Field::CustomerTenantId, NAME_CHARS_MAX, Lines::One)?;
        let id = text.parse::<TenantId>().ok().filter(|id| text.len() == 36 && !id.0.is_nil());
        if id.is_none() {
            self.wrong(self.pointer(Field::CustomerTenantId), "not the id of a tenant");
        }
        id
    }

    fn invitee(&mut self) -> Option<Invitee> {
        let email = self.required(Field::InviteeEmail, |draft| draft.mail(Field::InviteeEmail));
        let given_name = self.text(Field::InviteeGivenName, NAME_CHARS_MAX, Lines::One);
        let surname = self.text(Field::InviteeSurname, NAME_CHARS_MAX, Lines::One);
        Some(Invitee { email: email?, given_name, surname })
    }

    fn mail(&mut self, field: Field) -> Option<String> {
        // More than an address may have, since IDNA shortens letters of other scripts.
        let text = self.text(field, 4 * address::EMAIL_BYTES_MAX, Lines::One)?;
        let mail = address::mail(&text);
        if mail.is_none() {
            self.wrong(self.pointer(field), "not a mail address");
        }
        mail
    }

    fn hours(&mut self) -> Option<u32> {
        let field = Field::DurationHours;
        let value = self.value(field)?;
        let number = match &value {
            Value::Number(number) => number.as_u64().or_else(|| number.as_f64().and_then(whole)),
            Value::String(text) if self.lenient => text.trim().parse::<f64>().ok().and_then(whole),
            _ => None,
        };
        match number {
            // Too many for us to count is too many to allow: policy says so.
            Some(hours) if hours >= 1 => Some(u32::try_from(hours).unwrap_or(u32::MAX)),
            _ => {
                self.wrong(self.pointer(field), "must be a whole number, 1 or more");
                None
            }
        }
    }

    /// A text without space around it; an empty one is none.
    fn text(&mut self, field: Field, chars_max: usize, lines: Lines) -> Option<String> {
        let text = match self.value(field)? {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) if self.lenient => number
                .as_f64()
                .filter(|_| number.is_f64())
                .and_then(whole)
                .map_or(number.to_string(), |n| n.to_string()),
            _ => {
                self.wrong(self.pointer(field), "expected text");
                return None;
            }
        };
        let (is_long, is_odd) = (text.chars().count() > chars_max, text.chars().any(|c| is_odd(c, lines)));
        if is_long {
            self.wrong(self.pointer(field), format!("longer than {chars_max} characters"));
        }
        if is_odd {
            self.wrong(self.pointer(field), "holds characters that cannot be seen");
        }
        (!is_long && !is_odd).then_some(text)
    }

    /// What is said for a field.
    pub(super) fn value(&self, field: Field) -> Option<Value> {
        let said = self.said.get(&field).filter(|_| !self.spoilt.contains(&field))?;
        said.value.as_ref().ok().filter(|value| !is_nothing(value)).cloned()
    }

    /// What `read` reads, or a complaint that nothing is there, unless there has been another one.
    fn required<T>(&mut self, field: Field, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.wrong.len();
        let value = read(self);
        if value.is_none() && self.wrong.len() == before && !self.spoilt.contains(&field) {
            self.missing(field);
        }
        value
    }

    fn missing(&mut self, field: Field) {
        let Wrong { pointer, detail } = self.lack(field);
        self.wrong(pointer, detail);
    }

    fn lack(&self, field: Field) -> Wrong {
        let why = self.said.get(&field).and_then(|said| said.value.as_ref().err());
        let detail = why.map_or_else(|| "is missing".to_owned(), |why| format!("is missing: {why}"));
        Wrong { pointer: self.pointer(field), detail }
    }

    fn pointer(&self, field: Field) -> String {
        self.said.get(&field).map_or_else(|| body::pointer(field), |said| said.pointer.clone())
    }
}

/// Nothing is said: null, or a text with nothing in it, as a template makes it of an empty field.
pub(super) fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// A whole number that is written with a fraction of nothing, as Jira writes its number fields.
fn whole(number: f64) -> Option<u64> {
    // Beyond 2^53 not every whole number can be told from the next; nobody needs access for that long.
    let fits = number.fract() == 0.0 && number >= 0.0;
    fits.then_some(number.min(9e15) as u64)
}

/// Characters that people do not see: they could make one text look like another.
fn is_odd(c: char, lines: Lines) -> bool {
    let is_break = lines == Lines::Many && matches!(c, '\n' | '\r' | '\t');
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && !is_break) || turns
}
