//! Jira Cloud: a comment, and perhaps a transition (pages "Issue comments" and "Issues", Jira Cloud platform REST API v3).
//!
//! A comment is an Atlassian document; its text nodes read no markup. The property `sd.public.comment` keeps it within
//! the service desk. The transitions that an issue offers differ by its present status: one that is not offered, or is
//! refused with 400, was made already or cannot be made, and the comment says what happened in any case.

use super::desk::Desk;
use super::exchange::{Answer, Earlier, Exchange, Step, earlier};
use super::told::{TicketKey, Told, is_number, unusable};
use crate::Sent;
use access::config::TicketEvent;
use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;
use std::collections::BTreeMap;

/// How many comments are searched for an earlier attempt, the latest first.
const COMMENTS_MAX: usize = 100;

/// One comment to one issue.
pub(crate) struct Jira<'a> {
    desk: &'a Desk,
    told: &'a Told,
    internal: bool,
    transition: Option<&'a str>,
    issue: String,
    asked: Asked,
}

/// What was asked last.
enum Asked {
    Comments,
    Comment,
    Transitions,
    Transition,
}

impl<'a> Jira<'a> {
    pub(crate) fn new(
        desk: &'a Desk,
        told: &'a Told,
        internal: bool,
        transitions: &'a BTreeMap<TicketEvent, String>,
    ) -> Result<Self, Sent> {
        let issue = format!("/rest/api/3/issue/{}", issue_of(&told.ticket)?);
        let transition = transitions.get(&told.event).map(String::as_str);
        Ok(Self { desk, told, internal, transition, issue, asked: Asked::Comments })
    }

    fn comment(&mut self) -> Step {
        self.asked = Asked::Comment;
        Step::Ask(render(self.desk, &self.issue, self.told, self.internal))
    }

    fn after_comment(&mut self) -> Step {
        if self.transition.is_none() {
            return Step::Done(Sent::Taken);
        }
        self.asked = Asked::Transitions;
        Step::Ask(self.desk.get(&format!("{}/transitions", self.issue)))
    }

    /// The end of a delivery that got as far as the transition.
    fn half(&self, answer: &Answer) -> Step {
        let half = |why: String| format!("the comment is there, but the transition is not made: {why}");
        Step::Done(match answer.failure(&self.desk.host) {
            Sent::Later { why, after, unclear } => Sent::Later { why: half(why), after, unclear },
            Sent::Never { why } => Sent::Never { why: half(why) },
            Sent::Taken => Sent::Taken,
        })
    }
}

impl Exchange for Jira<'_> {
    fn begin(&mut self) -> Step {
        if !self.told.again {
            return self.comment();
        }
        Step::Ask(self.desk.get(&format!("{}/comment?orderBy=-created&maxResults={COMMENTS_MAX}", self.issue)))
    }

    fn next(&mut self, answer: &Answer) -> Step {
        match (&self.asked, answer.status) {
            (Asked::Comments, _) => match earlier(&self.desk.host, answer, &self.told.mark()) {
                Earlier::Arrived => self.after_comment(),
                Earlier::Unknown => self.comment(),
                Earlier::Stop(sent) => Step::Done(sent),
            },
            (Asked::Comment, 201) => self.after_comment(),
            (Asked::Comment, _) => Step::Done(answer.failure(&self.desk.host)),
            (Asked::Transitions, 200) => {
                let body = answer.json();
                let (Some(offered), Some(wanted)) = (body["transitions"].as_array(), self.transition) else {
                    return self.half(answer);
                };
                if !offered.iter().any(|transition| transition["id"].as_str() == Some(wanted)) {
                    return Step::Done(Sent::Taken);
                }
                self.asked = Asked::Transition;
                Step::Ask(render_transition(self.desk, &self.issue, wanted))
            }
            (Asked::Transition, 204 | 400) => Step::Done(Sent::Taken),
            (Asked::Transitions | Asked::Transition, _) => self.half(answer),
        }
    }
}

/// The request that writes the comment.
pub(crate) fn render(desk: &Desk, issue: &str, told: &Told, internal: bool) -> Request<Bytes> {
    let paragraph = json!({ "type": "paragraph", "content": [{ "type": "text", "text": told.text() }] });
    let mut body = json!({ "body": { "type": "doc", "version": 1, "content": [paragraph] } });
    if internal {
        body["properties"] = json!([{ "key": "sd.public.comment", "value": { "internal": true } }]);
    }
    desk.json(Method::POST, &format!("{issue}/comment"), &body)
}

/// The request that makes the transition.
pub(crate) fn render_transition(desk: &Desk, issue: &str, id: &str) -> Request<Bytes> {
    desk.json(Method::POST, &format!("{issue}/transitions"), &json!({ "transition": { "id": id } }))
}

/// The issue's key, or else its id.
pub(super) fn issue_of(ticket: &TicketKey) -> Result<&str, Sent> {
    let issue = ticket.shaped(is_issue).or_else(|| ticket.shaped(is_number));
    issue.ok_or_else(|| unusable("a key or an id of Jira"))
}

/// A project's key, a dash and a number.
fn is_issue(key: &str) -> bool {
    let Some((project, number)) = key.rsplit_once('-') else { return false };
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=32).contains(&project.len())
        && project.starts_with(|first: char| first.is_ascii_uppercase())
        && project.bytes().all(fits)
        && is_number(number)
}
