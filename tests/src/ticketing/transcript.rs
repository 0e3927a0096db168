//! What went over the wire, for people to read: times to the minute, and what differs from run to run by a name.

use super::stage::{Stage, signature};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use jiff::Timestamp;
use serde_json::Value;

/// The headers that matter to the story.
const HEADERS: [&str; 6] =
    ["content-type", "idempotency-key", "webhook-id", "location", "retry-after", "www-authenticate"];

#[derive(Default)]
pub(super) struct Transcript {
    pub(super) text: String,
}

impl Transcript {
    /// It becomes this time, and something happens.
    pub(super) fn at(&mut self, stage: &Stage, time: &str, what: &str) {
        if stage.now().strftime("%H:%M").to_string() != time {
            stage.leap_to(time);
        }
        self.line(&format!("\n== {time} {what}"));
    }

    pub(super) fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A request to the program, and its answer.
    pub(super) async fn exchange(&mut self, stage: &Stage, request: Request<Bytes>) -> Value {
        self.request(stage, "-> gatehouse", &request);
        let answer = stage.send(request).await;
        self.answer(stage, &answer)
    }

    /// What the ticketing system heard since; each call must be signed, and is told by its status, last change and id.
    pub(super) fn calls(&mut self, stage: &Stage) {
        let heard = stage.tickets.heard();
        if heard.is_empty() {
            self.line("-> ticket: nothing");
        }
        for call in heard {
            let header = |name: &str| call.headers()[name].to_str().expect("it is text").to_owned();
            let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
            assert_eq!(header("webhook-signature"), signature(&id, &at, call.body()), "the call-back is signed");
            let signed_at = Timestamp::from_second(at.parse().expect("a number")).expect("a time");
            assert!(stage.now().duration_since(signed_at).as_secs().abs() < 60, "each attempt is signed anew");
            let body: Value = serde_json::from_slice(call.body()).expect("the call-back is JSON");
            let last = body["history"].as_array().and_then(|history| history.last()).expect("something happened");
            let (id, path) = (id.replace(body["id"].as_str().expect("it has an id"), "{id}"), call.uri().path());
            self.line(&format!("-> ticket: {} {path} {id}", call.method()));
            self.line(&format!("   {}: {}", body["status"].as_str().unwrap_or("?"), shown(stage, &last["note"])));
        }
    }

    /// Who is in the customer's group, and who has an account there.
    pub(super) fn customer(&mut self, stage: &Stage) {
        let guest = stage.customer.find_guest("zoe@northwind.example");
        let guest = match guest.map(|guest| stage.customer.is_enabled(guest)) {
            None => "no guest account",
            Some(true) => "a guest account",
            Some(false) => "a disabled guest account",
        };
        self.line(&format!("contoso: Zoe has {guest}; in the group: {:?}", stage.members()));
    }

    /// A request's history, a line for each change.
    pub(super) fn history(&mut self, stage: &Stage, body: &Value) {
        for change in body["history"].as_array().into_iter().flatten() {
            let part = |name: &str| shown(stage, &change[name]);
            self.line(&format!("{} {}, by {}: {}", part("at"), part("status"), part("by"), part("note")));
        }
    }

    fn request(&mut self, stage: &Stage, to: &str, request: &Request<Bytes>) {
        self.line(&format!("{to}: {} {}", request.method(), masked(stage, request.uri().path())));
        self.headers(stage, request.headers());
        self.body(stage, request.body());
    }

    fn answer(&mut self, stage: &Stage, answer: &Response<Bytes>) -> Value {
        self.line(&format!("<- {}", answer.status()));
        self.headers(stage, answer.headers());
        self.body(stage, answer.body());
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    fn headers(&mut self, stage: &Stage, headers: &HeaderMap) {
        for name in HEADERS {
            if let Some(value) = headers.get(name) {
                self.line(&format!("   {name}: {}", masked(stage, value.to_str().expect("it is text"))));
            }
        }
    }

    fn body(&mut self, stage: &Stage, body: &[u8]) {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        for (name, value) in body.as_object().into_iter().flatten().filter(|(name, _)| *name != "history") {
            self.line(&format!("   {name} = {}", shown(stage, value)));
        }
    }
}

/// A value in a line, without what differs from run to run.
fn shown(stage: &Stage, value: &Value) -> String {
    match value {
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(time) => time.strftime("%H:%M").to_string(),
            Err(_) => masked(stage, text),
        },
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name} {}", shown(stage, value)));
            members.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// The port is another in each run.
fn masked(stage: &Stage, text: &str) -> String {
    text.replace(&stage.tickets.host, "tickets.example")
}
