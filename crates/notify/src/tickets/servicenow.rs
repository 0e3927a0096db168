//! ServiceNow: a work note, and perhaps the state, by a PATCH of the record (page "Table API").
//!
//! A record is reached by its sys_id alone; where the ticket gives only its number, it is looked up. `work_notes` is a
//! journal field: what is sent is appended, and a read that asks for display values gives all entries in one text. States
//! are numbers, written as texts, and differ from table to table.

use super::desk::Desk;
use super::exchange::{Answer, Earlier, Exchange, Step, earlier};
use super::oauth::{self, Client};
use super::told::{Told, unusable};
use crate::Sent;
use access::config::TicketEvent;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Method, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The longest number of a record that is looked up.
const NUMBER_CHARS_MAX: usize = 40;

/// One note to one record.
pub(crate) struct ServiceNow<'a> {
    desk: &'a Desk,
    told: &'a Told,
    table: &'a str,
    client: Option<&'a Client>,
    state: Option<&'a str>,
    bearer: Option<HeaderValue>,
    record: Record,
    asked: Asked,
}

/// What is known of the record.
enum Record {
    Id(String),
    Number(String),
}

/// What was asked last.
enum Asked {
    Token,
    Id,
    Notes,
    Write,
}

impl<'a> ServiceNow<'a> {
    pub(crate) fn new(
        desk: &'a Desk,
        told: &'a Told,
        table: &'a str,
        client: Option<&'a Client>,
        states: &'a BTreeMap<TicketEvent, String>,
    ) -> Result<Self, Sent> {
        // A number stands in a query, in which `^` and others have a meaning.
        let is_number = |key: &str| {
            (1..=NUMBER_CHARS_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let number = told.ticket.number.as_deref().filter(|number| is_number(number));
        let record = match (told.ticket.shaped(is_sys_id), number) {
            (Some(id), _) => Record::Id(id.to_owned()),
            (None, Some(number)) => Record::Number(number.to_owned()),
            (None, None) => return Err(unusable("a sys_id or a number of ServiceNow")),
        };
        let state = states.get(&told.event).map(String::as_str);
        Ok(Self { desk, told, table, client, state, bearer: None, record, asked: Asked::Token })
    }

    fn after_token(&mut self) -> Step {
        let Record::Number(number) = &self.record else { return self.after_id() };
        let query = format!("sysparm_query=number={number}&sysparm_fields=sys_id,number&sysparm_limit=1");
        let request = self.desk.get(&format!("/api/now/table/{}?{query}", self.table));
        self.asked = Asked::Id;
        self.ask(request)
    }

    /// The sys_id of the record that was found, if it is the one that was looked for: in a table without numbers
    /// ServiceNow leaves the condition out and finds whatever comes first.
    fn is_it<'r>(&self, record: &'r Value) -> Option<&'r str> {
        let (Record::Id(wanted) | Record::Number(wanted)) = &self.record;
        let is_it = record["number"].as_str().is_some_and(|number| number.eq_ignore_ascii_case(wanted));
        record["sys_id"].as_str().filter(|id| is_it && is_sys_id(id))
    }

    fn after_id(&mut self) -> Step {
        if !self.told.again {
            return self.write();
        }
        let path = self.path();
        self.asked = Asked::Notes;
        self.ask(self.desk.get(&format!("{path}?sysparm_fields=work_notes&sysparm_display_value=true")))
    }

    fn write(&mut self) -> Step {
        let request = render(self.desk, &self.path(), self.told, self.state);
        self.asked = Asked::Write;
        self.ask(request)
    }

    fn ask(&self, mut request: Request<Bytes>) -> Step {
        if let Some(bearer) = &self.bearer {
            request.headers_mut().insert(AUTHORIZATION, bearer.clone());
        }
        Step::Ask(request)
    }

    fn path(&self) -> String {
        let (Record::Id(key) | Record::Number(key)) = &self.record;
        format!("/api/now/table/{}/{key}", self.table)
    }

    fn failed(&self, answer: &Answer) -> Step {
        Step::Done(answer.failure(&self.desk.host))
    }
}

impl Exchange for ServiceNow<'_> {
    fn begin(&mut self) -> Step {
        match self.client {
            Some(client) => Step::Ask(oauth::ask(self.desk, "/oauth_token.do", client, None)),
            None => self.after_token(),
        }
    }

    fn next(&mut self, answer: &Answer) -> Step {
        match self.asked {
            Asked::Token => {
                self.bearer = oauth::bearer(answer);
                if self.bearer.is_some() { self.after_token() } else { self.failed(answer) }
            }
            Asked::Id => {
                let body = answer.json();
                let Some(found) = body["result"].as_array().filter(|_| answer.status == 200) else {
                    return self.failed(answer);
                };
                match found.first().and_then(|record| self.is_it(record)) {
                    Some(id) => {
                        self.record = Record::Id(id.to_owned());
                        self.after_id()
                    }
                    None => Step::Done(hidden(&self.desk.host)),
                }
            }
            Asked::Notes => match earlier(&self.desk.host, answer, &self.told.mark()) {
                Earlier::Arrived => Step::Done(Sent::Taken),
                Earlier::Unknown => self.write(),
                Earlier::Stop(sent) => Step::Done(sent),
            },
            Asked::Write => {
                let body = answer.json();
                match body["result"].as_object().filter(|_| answer.status == 200) {
                    Some(result) if result.is_empty() => Step::Done(hidden(&self.desk.host)),
                    Some(_) => Step::Done(Sent::Taken),
                    None => self.failed(answer),
                }
            }
        }
    }
}

/// The request that writes the note.
pub(crate) fn render(desk: &Desk, path: &str, told: &Told, state: Option<&str>) -> Request<Bytes> {
    let mut body = json!({ "work_notes": told.text() });
    if let Some(state) = state {
        body["state"] = state.into();
    }
    desk.json(Method::PATCH, path, &body)
}

fn is_sys_id(key: &str) -> bool {
    key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An access rule hides the record: an empty answer in the place of 404.
fn hidden(host: &str) -> Sent {
    Sent::Never { why: format!("{host} shows us no such ticket: there is none, or an access rule hides it") }
}
