//! Who may approve, and when enough did.

use super::{APPROVALS_MAX, Why, enter, note};
use crate::config::{Approver, Requests, Stage};
use crate::requests::address;
use crate::requests::event::{By, Refusal};
use crate::requests::policy::fits;
use crate::requests::{Approval, Asking, Happened, Request, Status};
use jiff::{SignedDuration, Timestamp};

pub(super) fn approve(request: &mut Request, by: &By, rules: Option<&Requests>, now: Timestamp) -> Result<(), Refusal> {
    let Some(asking) = request.asking.filter(|_| request.status == Status::WaitingApproval) else {
        return Err(Refusal::WrongState("no approval is missing"));
    };
    if now >= asking.until {
        return Err(Refusal::WrongState("it was not answered in time: ask anew"));
    }
    let rules = rules.ok_or(Refusal::NotRequestable)?;
    is_not_own(request, by)?;
    if !fits(request.hours, rules) {
        return Err(Refusal::DurationTooLong(rules.duration_max.as_hours()));
    }
    // A stage that the configuration no longer has needs nobody's approval any more.
    if let Some(stage) = rules.stages.get(asking.stage) {
        may_approve(stage, by)?;
        if !add(request, asking.stage, None, by, now)? {
            return Ok(());
        }
        if given(request, asking.stage, None) < stage.approvals {
            note_approval(request, by, now);
            return Ok(());
        }
    }
    if asking.stage + 1 < rules.stages.len() {
        request.asking = Some(self::asking(asking.stage + 1, rules, now));
        note_approval(request, by, now);
    } else {
        request.accepted_at = Some(now);
        enter(request, Status::Accepted, Why::default(), Some(by), now);
    }
    Ok(())
}

pub(super) fn reject(request: &mut Request, by: &By, rules: Option<&Requests>, now: Timestamp) -> Result<(), Refusal> {
    if request.status != Status::WaitingApproval {
        return Err(Refusal::WrongState("no approval is missing: what is accepted can be cancelled"));
    }
    is_not_own(request, by)?;
    let stages = rules.map_or(&[][..], |rules| &rules.stages);
    if !stages.is_empty() && !stages.iter().any(|stage| may_approve(stage, by).is_ok()) {
        return Err(Refusal::Forbidden("this person is none of those who approve this package"));
    }
    enter(request, Status::Rejected, Why::default(), Some(by), now);
    Ok(())
}

/// A stage begins to be asked.
pub(super) fn asking(stage: usize, rules: &Requests, now: Timestamp) -> Asking {
    Asking { stage, remind_at: after(now, rules.remind_after), until: after(now, rules.unanswered_after) }
}

/// Beyond all time is now: whatever waits for it happens too early rather than never.
pub(super) fn after(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(now)
}

/// Nobody decides about what they asked for, or what is for them.
pub(super) fn is_not_own(request: &Request, by: &By) -> Result<(), Refusal> {
    if by.email.is_none() && by.person.is_none() && by.caller == request.caller {
        return Err(Refusal::OwnRequest("the caller made this request: it must name the person who decides"));
    }
    if by.is(Some(&request.invitee.email), request.person) {
        return Err(Refusal::OwnRequest("nobody decides about access for themselves"));
    }
    if by.is(request.requested_by.as_deref(), None) {
        return Err(Refusal::OwnRequest("nobody decides about what they asked for"));
    }
    Ok(())
}

/// Whether this person approves at this stage. A group whose members could not be read lets nobody through.
pub(super) fn may_approve(stage: &Stage, by: &By) -> Result<(), Refusal> {
    if !by.approves {
        return Err(Refusal::Forbidden("it needs an approval, and the caller does not have the right `approve`"));
    }
    let Some(approvers) = &stage.approvers else { return Ok(()) };
    let fits = |approver: &Approver| match approver {
        Approver::Mail(mail) => by.email.as_ref().is_some_and(|email| address::is_same(email, mail)),
        Approver::Group(group) => by.groups.get(group) == Some(&true),
    };
    if approvers.iter().any(fits) {
        return Ok(());
    }
    let unread = approvers.iter().any(|one| matches!(one, Approver::Group(group) if !by.groups.contains_key(group)));
    Err(Refusal::Forbidden(if unread {
        "this person is not known to be one of those who approve now: the group that approves could not be read"
    } else {
        "this person is none of those who approve now"
    }))
}

/// How many approved a stage, of the request or of its extension to `hours`.
pub(super) fn given(request: &Request, stage: usize, hours: Option<u32>) -> u32 {
    let same = request.approvals.iter().filter(|approval| approval.stage == stage && approval.hours == hours);
    u32::try_from(same.count()).unwrap_or(u32::MAX)
}

/// Adds an approval; `false`: the person has given this one already.
pub(super) fn add(
    request: &mut Request,
    stage: usize,
    hours: Option<u32>,
    by: &By,
    now: Timestamp,
) -> Result<bool, Refusal> {
    let theirs =
        |approval: &&Approval| by.is(Some(&approval.by), approval.person) || address::is_same(&approval.by, by.name());
    let before = request.approvals.iter().filter(|approval| approval.hours == hours).find(theirs);
    if let Some(before) = before {
        return if before.stage == stage {
            Ok(false)
        } else {
            Err(Refusal::Forbidden("this person has approved an earlier stage: another one must approve this stage"))
        };
    }
    if request.approvals.len() >= APPROVALS_MAX {
        return Err(Refusal::WrongState("it has been approved so many times that no more is kept: ask anew"));
    }
    request.approvals.push(Approval {
        stage,
        by: by.name().to_owned(),
        person: by.person,
        invitee: by.invitee,
        asserted: by.asserted,
        comment: by.comment.clone(),
        at: now,
        hours,
    });
    Ok(true)
}

fn note_approval(request: &mut Request, by: &By, now: Timestamp) {
    let text = by.comment.clone().unwrap_or_else(|| "approved; more approvals are needed".to_owned());
    note(request, Happened::Approved, Some(by), Some(text), now);
}
