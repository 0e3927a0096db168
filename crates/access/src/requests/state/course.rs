//! From accepted to over: what carrying it out shows.

use super::approvals::after;
use super::ends::close;
use super::{HISTORY_MAX, Why, end, enter, note};
use crate::config::Requests;
use crate::ids::PersonId;
use crate::requests::event::Refusal;
use crate::requests::policy::fits;
use crate::requests::{Closing, Happened, Progress, Request, Status};
use jiff::{SignedDuration, Timestamp};

/// How long an accepted request waits to be carried out. After that whoever asked has helped themselves otherwise, and
/// access that starts then would be a surprise.
pub const CARRY_OUT_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// The code of a request that waited in vain.
pub(super) const NOT_CARRIED_OUT: &str = "not_carried_out";

/// Time begins to run. What no longer fits the configuration fails instead: nothing has been done yet.
pub(super) fn carry_out(
    request: &mut Request,
    person: PersonId,
    rules: Option<&Requests>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let runs = request.closing.is_none() && request.ends_at.is_some_and(|end| now < end);
    if request.starts_at.is_some() && runs && !request.status.is_final() {
        return Ok(());
    }
    if request.status != Status::Accepted || request.starts_at.is_some() {
        return Err(Refusal::WrongState("only what is accepted is carried out"));
    }
    if is_too_late(request, now) {
        never_carried_out(request, now);
        return Ok(());
    }
    let refused = match rules {
        None => Some(Refusal::NotRequestable),
        Some(rules) if !fits(request.hours, rules) => Some(Refusal::DurationTooLong(rules.duration_max.as_hours())),
        Some(_) => None,
    };
    if let Some(refused) = refused {
        let text = format!("the configuration has changed since it was accepted: {}", refused.detail());
        enter(request, Status::Failed, Why::new(refused.code(), text), None, now);
        return Ok(());
    }
    let approved = request.approvals.iter().filter(|approval| approval.hours.is_none());
    if approved.filter_map(|approval| approval.invitee).any(|approved| approved != person) {
        let text = "the invitee's address is not the approved person's any more at the partner: ask anew";
        enter(request, Status::Failed, Why::new("mail_reused", text), None, now);
        return Ok(());
    }
    request.person = Some(person);
    request.starts_at = Some(now);
    request.ends_at = Some(end(now, request.hours));
    note(request, Happened::Started, None, Some("carrying it out began".to_owned()), now);
    Ok(())
}

/// Whether it was accepted too long ago to be carried out.
pub(super) fn is_too_late(request: &Request, now: Timestamp) -> bool {
    // Without a time of acceptance nobody knows how old it is: too old.
    request.accepted_at.is_none_or(|accepted| after(accepted, CARRY_OUT_WITHIN) <= now)
}

pub(super) fn never_carried_out(request: &mut Request, now: Timestamp) {
    let waited = request.detail.as_ref().map(|detail| format!(" ({detail})"));
    let text = format!(
        "could not be carried out within {} hours{}: ask anew",
        CARRY_OUT_WITHIN.as_hours(),
        waited.unwrap_or_default()
    );
    close(request, Status::Failed, Why::new(NOT_CARRIED_OUT, text), None, now);
}

/// Takes in what a run shows. A status only goes on, never back: somebody who was in and is out again for a while, as
/// when the customer's own admin takes them out, has still been given access.
pub(super) fn follow(request: &mut Request, progress: &Progress, now: Timestamp) {
    if request.status.is_final() || request.status == Status::WaitingApproval {
        return;
    }
    let is_over = request.closing.is_some() || request.ends_at.is_some_and(|end| end <= now);
    match progress {
        Progress::Settled { kept_by } => {
            // A run that read the request before it was extended may call it settled: its time decides.
            if request.ends_at.is_some_and(|end| end <= now) {
                settle(request, kept_by.as_deref(), now);
            }
        }
        Progress::Ended if is_over && request.closing.is_none() => {
            request.code = Some("ending".to_owned());
            request.detail = Some("its time is over; no survey shows yet that the access is gone".to_owned());
        }
        _ if request.closing.is_some() => {}
        // Without a start there is no grant that could have led there: the person has the package for another reason.
        Progress::Invited | Progress::Active if request.starts_at.is_none() => {}
        Progress::Invited => go_on(request, Status::Invited, now),
        Progress::Active => go_on(request, Status::Active, now),
        // Its end cannot even be looked for, as when the customer is not in the configuration any more.
        Progress::Waiting { code, text } if is_over => {
            (request.code, request.detail) = (Some(code.clone()), Some(text.clone()));
        }
        _ if is_over => {}
        Progress::Ended => {}
        Progress::Refused { code, text } => close(request, Status::Failed, Why::new(code, text.clone()), None, now),
        Progress::Waiting { code, text } => {
            if request.code.as_ref() != Some(code) {
                (request.code, request.detail) = (Some(code.clone()), Some(text.clone()));
                if request.history.len() < HISTORY_MAX {
                    note(request, Happened::Waiting, None, Some(text.clone()), now);
                }
            }
        }
    }
}

fn go_on(request: &mut Request, status: Status, now: Timestamp) {
    if request.status < status {
        enter(request, status, Why::default(), None, now);
    } else if request.status == status {
        (request.code, request.detail) = (None, None);
    }
}

fn settle(request: &mut Request, kept_by: Option<&str>, now: Timestamp) {
    let closing = request.closing.take().unwrap_or_else(|| {
        if request.status == Status::Accepted {
            let text = "its time was over before it could be carried out";
            Closing { status: Status::Failed, code: Some(NOT_CARRIED_OUT.to_owned()), detail: Some(text.to_owned()) }
        } else {
            Closing { status: Status::Expired, code: None, detail: None }
        }
    });
    let mut why = Why { code: closing.code, detail: closing.detail };
    if let Some(kept_by) = kept_by {
        let kept = format!("still in the package's places because of {kept_by}");
        why.code = why.code.or_else(|| Some("kept_by_other".to_owned()));
        why.detail = Some(why.detail.map_or(kept.clone(), |detail| format!("{detail}; {kept}")));
    }
    enter(request, closing.status, why, None, now);
}
