//! ServiceNow: an incident by the Table API, and work notes in it (page "Table API").
//!
//! Nothing there tells a repetition, so the incident is looked for by its `correlation_id` (100 characters) before it is
//! made. People who are called anew are assigned another one. What came from outside has no square brackets, of which journal fields read `[code]` as HTML.

use crate::exchange::{Answer, Exchange, Step, strange, taken_if, unmakeable};
use crate::message::Message;
use crate::page::Act;
use crate::send::Sent;
use crate::text::cut;
use access::incidents::Severity;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use serde_json::{Value, json};

/// The most characters of a short description, of a description, and of a correlation id.
const SHORT_MAX: usize = 160;
const TEXT_MAX: usize = 3_000;
const DESCRIPTION_MAX: usize = 4_000;
const CORRELATION_MAX: usize = 100;

/// One message to one instance.
pub(crate) struct Record<'a> {
    host: &'a str,
    url: &'a str,
    login: &'a HeaderValue,
    group: Option<&'a str>,
    message: &'a Message,
    asked: Asked,
}

/// What was asked last.
enum Asked {
    Look,
    Create,
    Note,
}

impl<'a> Record<'a> {
    pub(crate) fn new(
        host: &'a str,
        url: &'a str,
        login: &'a HeaderValue,
        group: Option<&'a str>,
        message: &'a Message,
    ) -> Self {
        Self { host, url, login, group, message, asked: Asked::Look }
    }

    fn ask(&self, method: Method, rest: &str, body: Option<Value>) -> Step {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{rest}", self.url))
            .header(header::AUTHORIZATION, self.login)
            .header(header::ACCEPT, "application/json");
        let request = match body {
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(Bytes::from(body.to_string())),
            None => request.body(Bytes::new()),
        };
        request.map_or_else(|_| Step::Done(unmakeable(self.host)), Step::Ask)
    }

    /// What follows from what is there.
    fn found(&mut self, record: Option<&str>) -> Step {
        match record {
            // An attempt whose answer was lost made it. Whoever is paged once more for it reads so in it.
            Some(_) if self.message.is_first() && !self.message.follows => Step::Done(Sent::Taken),
            Some(id) => {
                self.asked = Asked::Note;
                self.ask(Method::PATCH, &format!("/{id}"), Some(json!({ "work_notes": note(self.message) })))
            }
            None if matches!(self.message.act, Act::Acknowledge | Act::Resolve) => Step::Done(Sent::Taken),
            None => {
                self.asked = Asked::Create;
                self.ask(Method::POST, "?sysparm_fields=sys_id,number", Some(render(self.message, self.group)))
            }
        }
    }
}

impl Exchange for Record<'_> {
    fn begin(&mut self) -> Step {
        let key = self.message.alert_key(CORRELATION_MAX);
        let query = format!("?sysparm_query=correlation_id={key}&sysparm_fields=sys_id,correlation_id&sysparm_limit=1");
        self.ask(Method::GET, &query, None)
    }

    fn next(&mut self, answer: &Answer) -> Step {
        let body = answer.json();
        match self.asked {
            Asked::Look => match (answer.status, body["result"].as_array()) {
                (200, Some(found)) => {
                    // Where it may not look at the field, ServiceNow leaves the condition out, and finds anything.
                    let key = self.message.alert_key(CORRELATION_MAX);
                    let it = found.iter().find(|record| record["correlation_id"] == key.as_str());
                    self.found(it.and_then(|record| record["sys_id"].as_str()).filter(|id| is_sys_id(id)))
                }
                (200, None) => Step::Done(strange(self.host, answer.status)),
                _ => Step::Done(taken_if(false, self.host, answer)),
            },
            Asked::Create => {
                let made = answer.status == 201 && body["result"]["sys_id"].is_string();
                Step::Done(taken_if(made, self.host, answer))
            }
            Asked::Note => {
                let written = answer.status == 200 && body["result"].is_object();
                Step::Done(taken_if(written, self.host, answer))
            }
        }
    }
}

fn is_sys_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The incident.
pub(crate) fn render(message: &Message, group: Option<&str>) -> Value {
    let urgency = match message.severity {
        Severity::Critical => "1",
        Severity::High => "2",
        Severity::Warning | Severity::Info => "3",
    };
    let mut record = json!({
        "short_description": message.headline_unlinked(SHORT_MAX),
        "description": cut(&message.body(TEXT_MAX), DESCRIPTION_MAX),
        "urgency": urgency,
        "impact": urgency,
        "category": "security",
        "correlation_id": message.alert_key(CORRELATION_MAX),
        "correlation_display": "gatehouse",
    });
    if let Some(group) = group {
        record["assignment_group"] = json!(group);
    }
    record
}

fn note(message: &Message) -> String {
    let text = format!("{}\n\n{}", message.headline_unlinked(SHORT_MAX), message.body(TEXT_MAX));
    cut(&text.replace('[', "(").replace(']', ")"), DESCRIPTION_MAX)
}
