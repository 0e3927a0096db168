//! What the page says of a request.

use crate::page::{Layout, Page, minute};
use access::config::May;
use access::requests::{Request, Status};
use engine::requests::Decide;

/// How a request is answered.
pub(super) const ANSWER: Layout<Decide> = Layout {
    needs: May::Approve,
    without: "This key may not approve or reject requests.",
    key: "Key of a caller that may approve",
    buttons: &[("approve", "Approve", Decide::Approve), ("reject", "Reject", Decide::Reject)],
    press: "Approve or reject: press one of the two buttons.",
};

/// The page of a request.
pub(super) fn of(request: &Request) -> Page<'static, Decide> {
    Page {
        title: "A request for access",
        heading: format!("Access to {} in {}", request.package, request.customer),
        state: state(request),
        facts: facts(request).into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        form: (request.status == Status::WaitingApproval).then_some(&ANSWER),
    }
}

/// Where the request stands, in one sentence.
fn state(request: &Request) -> String {
    let detail = || request.detail.as_ref().map_or_else(String::new, |detail| format!(" ({detail})"));
    match request.status {
        Status::WaitingApproval => match request.asking {
            Some(asking) => format!("It waits for approval, until {}.", minute(asking.until)),
            None => "It waits for approval.".into(),
        },
        Status::Accepted => format!("It is approved, and the access is being given.{}", detail()),
        Status::Invited => "It is approved, and the person is invited.".into(),
        Status::Active => match request.ends_at {
            Some(end) => format!("It is approved; the access is there until {}.", minute(end)),
            None => "It is approved, and the access is there.".into(),
        },
        Status::Expired if request.starts_at.is_none() => "Nobody answered in time. It must be asked for anew.".into(),
        Status::Expired => "It is over, and the access is gone.".into(),
        Status::Rejected => format!("It was rejected.{}", detail()),
        Status::Cancelled => format!("It was taken back.{}", detail()),
        Status::Failed => format!("It could not be carried out.{}", detail()),
    }
}

fn facts(request: &Request) -> Vec<(&'static str, String)> {
    let invitee = &request.invitee;
    let names = [&invitee.given_name, &invitee.surname].into_iter().flatten().map(String::as_str);
    let whom: Vec<&str> = names.chain([invitee.email.as_str()]).collect();
    let by = match &request.requested_by {
        Some(mail) => format!("{mail}, as {} says", request.caller),
        None => request.caller.clone(),
    };
    let hours = if request.hours == 1 { "1 hour".into() } else { format!("{} hours", request.hours) };
    let mut facts = vec![
        ("For whom", whom.join(" ")),
        ("How long", hours),
        ("Asked for by", by),
        ("Asked for at", minute(request.created_at)),
    ];
    if let Some(ticket) = &request.ticket {
        // Its address, too, is a text and no link: it came from outside.
        let parts = [&ticket.system, &ticket.number, &ticket.id, &ticket.url];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        facts.push(("Ticket", parts.join(", ")));
    }
    facts.push(("Reason", request.reason.clone()));
    for approval in &request.approvals {
        let says = if approval.asserted { ", as the caller says" } else { "" };
        let comment = approval.comment.as_ref().map_or_else(String::new, |comment| format!(": {comment}"));
        facts.push(("Approved by", format!("{}{says}, at {}{comment}", approval.by, minute(approval.at))));
    }
    facts.push(("Request", request.id.to_string()));
    facts
}
