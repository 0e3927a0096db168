//! Jira Service Management: alerts of its operations (page "Alerts", JSM Operations REST API).
//!
//! An open alert is found again by its alias: one more with the same alias is counted, not made, and tells nobody anything,
//! so people who are called anew are called by another alert. Notes, acknowledging and
//! closing want the alert's own id, which is looked up. Lengths as on that page: 130 characters for a message, 512 for an
//! alias, 15,000 for a description.

use crate::exchange::{Answer, Exchange, Step, accepted, strange};
use crate::message::Message;
use crate::page::Act;
use crate::send::Sent;
use crate::text::cut;
use access::incidents::Severity;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use serde_json::{Value, json};
use url::form_urlencoded;

/// The most characters of a message, of an alias, of a text and of a note.
const MESSAGE_MAX: usize = 130;
const ALIAS_MAX: usize = 512;
const TEXT_MAX: usize = 8_000;
const NOTE_MAX: usize = 20_000;

/// One message to one site.
pub(crate) struct Jsm<'a> {
    host: &'a str,
    url: &'a str,
    login: &'a HeaderValue,
    team: Option<&'a str>,
    message: &'a Message,
    /// Whether the alert's id was asked for last.
    looking: bool,
}

impl<'a> Jsm<'a> {
    pub(crate) fn new(
        host: &'a str,
        url: &'a str,
        login: &'a HeaderValue,
        team: Option<&'a str>,
        message: &'a Message,
    ) -> Self {
        Self { host, url, login, team, message, looking: false }
    }

    fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Step {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(header::AUTHORIZATION, self.login)
            .header(header::ACCEPT, "application/json");
        let request = match body {
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(Bytes::from(body.to_string())),
            None => request.body(Bytes::new()),
        };
        request.map_or_else(|_| Step::Done(crate::exchange::unmakeable(self.host)), Step::Ask)
    }

    fn create(&self) -> Step {
        self.ask(Method::POST, "", Some(render(self.message, self.team)))
    }

    /// What is to be done with the alert that has this id.
    fn change(&self, id: &str) -> Step {
        let (path, body) = match self.message.act {
            Act::Acknowledge => ("acknowledge", json!({})),
            Act::Resolve => ("close", json!({})),
            Act::Trigger | Act::Update => ("notes", json!({ "note": note(self.message) })),
        };
        self.ask(Method::POST, &format!("/{id}/{path}"), Some(body))
    }
}

impl Exchange for Jsm<'_> {
    fn begin(&mut self) -> Step {
        if self.message.is_first() {
            return self.create();
        }
        self.looking = true;
        let alias: String = form_urlencoded::byte_serialize(self.message.alert_key(ALIAS_MAX).as_bytes()).collect();
        self.ask(Method::GET, &format!("/alias?alias={alias}"), None)
    }

    fn next(&mut self, answer: &Answer) -> Step {
        if !std::mem::take(&mut self.looking) {
            return Step::Done(accepted(self.host, answer));
        }
        match answer.status {
            200 => {
                let body = answer.json();
                match body["id"].as_str().filter(|id| is_id(id)) {
                    Some(id) => self.change(id),
                    None => Step::Done(strange(self.host, answer.status)),
                }
            }
            // There is none that is open: what ends it has nothing to end.
            404 if matches!(self.message.act, Act::Acknowledge | Act::Resolve) => Step::Done(Sent::Taken),
            404 => self.create(),
            _ => Step::Done(accepted(self.host, answer)),
        }
    }
}

/// What stands in an address as it is.
fn is_id(id: &str) -> bool {
    (1..=100).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The alert.
pub(crate) fn render(message: &Message, team: Option<&str>) -> Value {
    let priority = match message.severity {
        Severity::Critical => "P1",
        Severity::High => "P2",
        Severity::Warning => "P3",
        Severity::Info => "P5",
    };
    let mut alert = json!({
        "message": message.headline_unlinked(MESSAGE_MAX),
        "alias": message.alert_key(ALIAS_MAX),
        "description": message.body(TEXT_MAX),
        "tags": ["gatehouse", message.kind()],
        "extraProperties": message.table(),
        "source": "gatehouse",
        "priority": priority,
    });
    if let Some(team) = team {
        alert["responders"] = json!([{ "type": "team", "id": team }]);
    }
    alert
}

fn note(message: &Message) -> String {
    cut(&format!("{}\n\n{}", message.headline_unlinked(MESSAGE_MAX), message.body(TEXT_MAX)), NOTE_MAX)
}
