//! A delivery as a small state machine of HTTP requests, and what the answers mean in all systems.

use super::desk::{Desk, System};
use super::told::Told;
use super::{autotask, connectwise, freshservice, halopsa, jira, servicenow, zendesk};
use crate::Sent;
use crate::send;
use bytes::Bytes;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// What a delivery does next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Send this, and say what was answered.
    Ask(Request<Bytes>),
    /// It has ended.
    Done(Sent),
}

/// One delivery. Pure: answers in, requests out.
pub(crate) trait Exchange: Send {
    /// The first step.
    fn begin(&mut self) -> Step;

    /// The step after this answer to what was asked last.
    fn next(&mut self, answer: &Answer) -> Step;
}

/// The delivery of this to this system.
pub(crate) fn exchange<'a>(desk: &'a Desk, told: &'a Told) -> Result<Box<dyn Exchange + 'a>, Sent> {
    Ok(match &desk.system {
        System::ServiceNow { table, client, states } => {
            Box::new(servicenow::ServiceNow::new(desk, told, table, client.as_ref(), states)?)
        }
        System::Jira { internal, transitions } => Box::new(jira::Jira::new(desk, told, *internal, transitions)?),
        System::Zendesk { states } => Box::new(zendesk::Zendesk::new(desk, told, states)?),
        System::Freshservice => Box::new(freshservice::notes(desk, told)?),
        System::Halopsa { client } => Box::new(halopsa::notes(desk, told, client)?),
        System::Connectwise => Box::new(connectwise::notes(desk, told)?),
        System::Autotask => Box::new(autotask::notes(desk, told)?),
    })
}

/// An answer, as far as anybody looks at it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The pause that the service asks for.
    pub(crate) after: Option<SignedDuration>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn new(response: Response<Bytes>, now: Timestamp) -> Self {
        let after = send::retry_after(response.headers(), now);
        Self { status: response.status().as_u16(), after, body: response.into_body() }
    }

    /// The body; null where it is no JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// How a delivery ends whose write, or whose last question, was answered with this and not as it should be.
    pub(crate) fn failure(&self, host: &str) -> Sent {
        match (send::sort(host, self.status, self.after), self.status) {
            // A page for people in the place of an answer, as from an instance that sleeps or a proxy that asks to sign in.
            (Sent::Taken, status) => Sent::Later {
                why: format!("{host} answered {status}, but not what its API answers"),
                after: None,
                unclear: true,
            },
            (Sent::Never { why }, 401) => Sent::Never { why: format!("{why}: it does not know us by our secret") },
            (Sent::Never { why }, 403) => Sent::Never { why: format!("{why}: we may not do that there") },
            (Sent::Never { why }, 404) => {
                Sent::Never { why: format!("{why}: there is no such ticket, or we may not see it") }
            }
            (sent, _) => sent,
        }
    }
}

/// What the notes of a ticket say about an earlier attempt.
pub(crate) enum Earlier {
    /// It arrived.
    Arrived,
    /// It did not arrive, or nobody can tell: the note is written.
    Unknown,
    /// The question itself is to be repeated later.
    Stop(Sent),
}

/// Looks for the mark in the answer to a question for a ticket's notes. Where we may write but not read, the note is
/// written: twice is better than never.
pub(crate) fn earlier(host: &str, answer: &Answer, mark: &str) -> Earlier {
    if answer.status == 200 {
        // The mark is the same in JSON, in HTML and in plain text.
        let there = answer.body.windows(mark.len()).any(|part| part == mark.as_bytes());
        return if there { Earlier::Arrived } else { Earlier::Unknown };
    }
    match answer.failure(host) {
        later @ Sent::Later { .. } => Earlier::Stop(later),
        Sent::Never { .. } | Sent::Taken => Earlier::Unknown,
    }
}
