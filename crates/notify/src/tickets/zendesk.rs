//! Zendesk: a private comment, the tag of ours and perhaps the status, in one update of the ticket (pages "Tickets" and
//! "Creating and updating tickets", Zendesk Developer Docs).
//!
//! `tags` replaces all tags, so the ticket is read first; `safe_update` refuses the update with 409 where the ticket was
//! changed since, and it is read again. Our update may fire the trigger that calls us: the tag lets an administrator
//! leave such tickets out.

use super::desk::Desk;
use super::exchange::{Answer, Earlier, Exchange, Step, earlier};
use super::told::Told;
use crate::Sent;
use access::config::{TicketEvent, ZendeskStatus};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The tag of every ticket that we wrote to.
const TAG: &str = "gatehouse";

/// How often the ticket is read again because somebody changed it meanwhile, in one delivery.
const CONFLICTS_MAX: u32 = 2;

/// One comment to one ticket.
pub(crate) struct Zendesk<'a> {
    desk: &'a Desk,
    told: &'a Told,
    status: Option<ZendeskStatus>,
    ticket: String,
    conflicts: u32,
    asked: Asked,
}

/// What was asked last.
enum Asked {
    Comments,
    Ticket,
    Update,
}

impl<'a> Zendesk<'a> {
    pub(crate) fn new(
        desk: &'a Desk,
        told: &'a Told,
        states: &BTreeMap<TicketEvent, ZendeskStatus>,
    ) -> Result<Self, Sent> {
        let ticket = format!("/api/v2/tickets/{}", told.ticket.decimal()?);
        let status = states.get(&told.event).copied();
        Ok(Self { desk, told, status, ticket, conflicts: 0, asked: Asked::Comments })
    }

    fn ask_ticket(&mut self) -> Step {
        self.asked = Asked::Ticket;
        Step::Ask(self.desk.get(&self.ticket))
    }
}

impl Exchange for Zendesk<'_> {
    fn begin(&mut self) -> Step {
        if !self.told.again {
            return self.ask_ticket();
        }
        Step::Ask(self.desk.get(&format!("{}/comments?sort_order=desc", self.ticket)))
    }

    fn next(&mut self, answer: &Answer) -> Step {
        let host = &self.desk.host;
        match (&self.asked, answer.status) {
            (Asked::Comments, _) => match earlier(host, answer, &self.told.mark()) {
                Earlier::Arrived => Step::Done(Sent::Taken),
                Earlier::Unknown => self.ask_ticket(),
                Earlier::Stop(sent) => Step::Done(sent),
            },
            (Asked::Ticket, 200) => {
                let ticket = &answer.json()["ticket"];
                let Some(stamp) = ticket["updated_at"].as_str() else { return Step::Done(answer.failure(host)) };
                if ticket["status"] == "closed" {
                    return Step::Done(Sent::Never { why: format!("{host}: the ticket is closed for good") });
                }
                self.asked = Asked::Update;
                let tags = ticket["tags"].as_array().map_or(&[][..], Vec::as_slice);
                Step::Ask(render(self.desk, &self.ticket, self.told, self.status, stamp, tags))
            }
            (Asked::Update, 200) if answer.json()["ticket"].is_object() => Step::Done(Sent::Taken),
            (Asked::Update, 409) if self.conflicts < CONFLICTS_MAX => {
                self.conflicts += 1;
                self.ask_ticket()
            }
            (Asked::Ticket | Asked::Update, _) => Step::Done(answer.failure(host)),
        }
    }
}

/// The request that updates the ticket, if it is still as it was at `stamp`, when it had these tags.
pub(crate) fn render(
    desk: &Desk,
    path: &str,
    told: &Told,
    status: Option<ZendeskStatus>,
    stamp: &str,
    tags: &[Value],
) -> Request<Bytes> {
    let comment = json!({ "body": told.text(), "public": false });
    let mut ticket = json!({ "comment": comment, "safe_update": true, "updated_stamp": stamp });
    if let Some(status) = status {
        ticket["status"] = json!(status);
    }
    if !tags.iter().any(|tag| tag == TAG) {
        ticket["tags"] = tags.iter().cloned().chain([TAG.into()]).collect();
    }
    desk.json(Method::PUT, path, &json!({ "ticket": ticket }))
}
