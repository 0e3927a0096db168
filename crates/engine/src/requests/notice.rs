//! Asking those who approve, by notice: that a request waits, again when they are reminded, and that it waits no more.

use super::document::RequestDocument;
use crate::notices::Question;
use crate::notices::causes::Cause;
use crate::{Engine, Error};
use access::config::NoticeKind;
use access::requests::{Happened, Request, Status};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Kept, UPDATE_ATTEMPTS_MAX};

/// What those who approve were told of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// That it waits.
    Waiting {
        /// How often they were told once more: when they were reminded, and when it came to others to approve.
        rounds: u32,
    },
    /// That it waits no more.
    Over,
}

impl Engine {
    /// Brings the notice of a request up to the request, where anybody wants to hear of approvals. The notice comes first:
    /// a crash in between brings it up once more, which changes nothing.
    pub(super) async fn tell_approvers(&self, kept: Kept<RequestDocument>) -> Result<Kept<RequestDocument>, Error> {
        let mut kept = kept;
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let request = &kept.value.request;
            let Some(to_tell) = to_tell(request).filter(|to_tell| kept.value.told != Some(*to_tell)) else {
                return Ok(kept);
            };
            let customer = self.customer_of(request.tenant_id);
            let (Some(customer), true) = (customer, self.config.notices.contains_key(&NoticeKind::Approvals)) else {
                return Ok(kept);
            };
            let (link, rounds) = match to_tell {
                Told::Waiting { rounds } => (self.approval_page(&request.id).await?, rounds),
                Told::Over => (None, 0),
            };
            let question = Question { link, rounds, as_of: request.history.len() };
            let is_over = to_tell == Told::Over;
            self.put_question(customer, &cause(request), question, is_over).await?;
            let document = RequestDocument { told: Some(to_tell), ..kept.value.clone() };
            match self.store.replace(&kept, document).await {
                Ok(kept) => return Ok(kept),
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
            match self.store.read::<RequestDocument>(&kept.path).await? {
                Some(again) => kept = again,
                None => return Err(Error::Store(format!("{} was there and is not", kept.path))),
            }
        }
        Err(store::Error::Conflict.into())
    }
}

/// What those who approve are to be told of this request; `None`: nothing, ever, since nobody had to approve it.
fn to_tell(request: &Request) -> Option<Told> {
    let asked = request.history.first().is_some_and(|change| change.status == Status::WaitingApproval);
    match request.asking.filter(|_| request.status == Status::WaitingApproval) {
        Some(asking) => {
            let reminders = request.history.iter().filter(|change| change.what == Happened::Reminded).count();
            Some(Told::Waiting { rounds: u32::try_from(asking.stage + reminders).unwrap_or(u32::MAX) })
        }
        None => asked.then_some(Told::Over),
    }
}

/// What they are told. Whatever comes from outside stands in quotation marks that it cannot contain, and the reason, the
/// longest of it, at the end: so that nobody's words are taken for ours.
fn cause(request: &Request) -> Cause {
    let Request { id, package, customer, hours, .. } = request;
    let over = request.history.iter().find(|change| change.status != Status::WaitingApproval);
    let text = match (over, request.asking) {
        (Some(over), _) => format!("The request of {} for {} waits no more: {over}", asker(request), invitee(request)),
        (None, asking) => {
            let until = asking.map(|asking| format!(" It can be answered until {}.", minute(asking.until)));
            let ticket = ticket(request).map(|ticket| format!(" Ticket: {ticket}."));
            let approved: Vec<&str> = request.approvals.iter().map(|approval| approval.by.as_str()).collect();
            let approved = (!approved.is_empty()).then(|| format!(" Approved so far by {}.", approved.join(", ")));
            format!(
                "{} asks that {} gets {package} in {customer} for {hours} hours.{}{}{} Reason: {}",
                asker(request),
                invitee(request),
                until.unwrap_or_default(),
                ticket.unwrap_or_default(),
                approved.unwrap_or_default(),
                quoted(&request.reason),
            )
        }
    };
    let command = Some(format!("gatehouse requests approve {id} --by MAIL"));
    Cause {
        kind: NoticeKind::Approvals,
        code: "approval_wanted".into(),
        key: id.to_string(),
        title: format!("Access to {package} in {customer} waits for approval"),
        text,
        commands: (command.clone(), command),
    }
}

/// Who asks. That it is this person is the caller's word.
fn asker(request: &Request) -> String {
    match &request.requested_by {
        Some(mail) => format!("{mail} (as {} says)", request.caller),
        None => format!("The caller {}", request.caller),
    }
}

fn invitee(request: &Request) -> String {
    let names = [&request.invitee.given_name, &request.invitee.surname];
    let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
    let mail = &request.invitee.email;
    if names.is_empty() { mail.clone() } else { format!("{} <{mail}>", quoted(&names.join(" "))) }
}

fn ticket(request: &Request) -> Option<String> {
    let ticket = request.ticket.as_ref()?;
    ticket.number.as_ref().or(ticket.id.as_ref()).map(|name| quoted(name))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace(['"', '“', '”', '„', '«', '»'], "'"))
}

fn minute(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%Y-%m-%d %H:%M UTC")
}

#[cfg(test)]
pub(super) mod tests;
