//! One recorded request, with what is expected of it.

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

/// A file of `data/ticketing`.
pub(super) struct Recording {
    pub(super) file: &'static str,
    json: Value,
}

macro_rules! files {
    ($($file:literal)*) => { [$(($file, include_str!(concat!("../../data/ticketing/", $file, ".json")))),*] };
}

/// All of them, in order: some are sent after others.
pub(super) const FILES: [(&str, &str); 15] = files![
    "01-servicenow-standard-webhooks" "02-servicenow-basic-auth" "03-jira-webhook-issue-created"
    "04-jira-webhook-retry-duplicate" "05-jira-automation-web-request" "06-zendesk-trigger-webhook"
    "07-freshservice-workflow-automator" "08-halopsa-webhook" "09-connectwise-psa-callback"
    "10-autotask-ticket-webhook" "20-bad-signature" "21-stale-timestamp" "22-rotated-secret-two-signatures"
    "23-idempotency-key-reused-other-body" "24-validation-errors"
];

impl Recording {
    pub(super) fn named(name: &str) -> Self {
        let (file, text) = FILES.into_iter().find(|(file, _)| *file == name).expect("there is such a file");
        Self { file, json: serde_json::from_str(text).expect("a recording is JSON") }
    }

    pub(super) fn clock(&self) -> Timestamp {
        self.json["clock"].as_str().expect("it has a time").parse().expect("it is one")
    }

    /// The secret, in the form in which our configuration wants it.
    pub(super) fn secret(&self) -> String {
        let auth = &self.json["auth"];
        let text = |name: &str| auth[name].as_str().map(str::to_owned);
        let basic = || Some(format!("{}:{}", text("username")?, text("password")?));
        let single = ["secret", "token", "signing_key"].into_iter().find_map(text);
        single.or_else(basic).expect("it has a secret")
    }

    pub(super) fn body(&self) -> &str {
        self.json["request"]["body_raw"].as_str().expect("it has a body")
    }

    /// The request as it was recorded, but at our route: there is one for all systems, since the proof says whose it is.
    pub(super) fn request(&self) -> Request<Bytes> {
        let recorded = &self.json["request"];
        let path = recorded["path"].as_str().expect("it has a path");
        let query = path.split_once('?').map_or(String::new(), |(_, query)| format!("?{query}"));
        let request = Request::builder()
            .method(recorded["method"].as_str().expect("it has a method"))
            .uri(format!("/api/v1/invitations{query}"));
        let headers = recorded["headers"].as_object().expect("it has headers").iter();
        let request = headers
            .fold(request, |request, (name, value)| request.header(name, value.as_str().expect("headers are texts")));
        request.body(Bytes::copy_from_slice(self.body().as_bytes())).expect("it is a request")
    }

    /// The file whose request has the same id.
    pub(super) fn same_as(&self) -> Option<&str> {
        self.json["expect"]["same_request_id_as"].as_str()?.strip_suffix(".json")
    }

    /// Whether nothing must come of it.
    pub(super) fn is_without_effect(&self) -> bool {
        self.json["expect"]["side_effects"] == 0
    }

    /// Holds an answer against what is expected. Where our contract says otherwise than the recording, ours is expected:
    /// requests are below `/invitations/`, and problems are told apart by their `code`, with `about:blank` as their type.
    pub(super) fn check(&self, answer: &Response<Bytes>) {
        let (file, expect) = (self.file, &self.json["expect"]);
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(answer.status().as_u16(), expect["status"], "{file}: {body}");
        let id = body["id"].as_str().unwrap_or_default();
        let ours = |text: &str| text.replace("/requests/", "/invitations/").replace("{id}", id);
        for (name, value) in expect["headers"].as_object().into_iter().flatten() {
            let found = answer.headers().get(name).and_then(|value| value.to_str().ok());
            assert_eq!(found, value.as_str().map(ours).as_deref(), "{file}: {name}");
        }
        for (name, value) in expect["body"].as_object().into_iter().flatten() {
            match (name.as_str(), value) {
                ("type", Value::String(url)) => {
                    assert_eq!(body["type"], "about:blank", "{file}");
                    assert_eq!(body["code"], code(url), "{file}");
                }
                ("title", _) => {
                    assert!(body["title"].is_string(), "{file}: titles are for people, and ours are others")
                }
                ("errors", errors) => assert_eq!(pointers(&body["errors"]), pointers(errors), "{file}"),
                (name, Value::String(text)) => assert_eq!(body[name], ours(text), "{file}: {name}"),
                (name, value) => assert_eq!(&body[name], value, "{file}: {name}"),
            }
        }
        if answer.status() == 401 {
            // All wrong callers get the same, so that a bad signature is not told from an old one.
            assert_eq!(body["code"], "unauthenticated", "{file}");
        }
    }
}

/// Our code for the type of a problem of the recordings.
fn code(url: &str) -> &'static str {
    match url.rsplit('/').next() {
        Some("bad-signature") => "unauthenticated",
        Some("idempotency-key-reused") => "idempotency_key_reused",
        Some("validation") => "invalid_body",
        other => panic!("no code for {other:?}"),
    }
}

fn pointers(errors: &Value) -> BTreeSet<String> {
    let errors = errors.as_array().into_iter().flatten();
    errors.map(|error| error["pointer"].as_str().expect("each points somewhere").to_owned()).collect()
}
