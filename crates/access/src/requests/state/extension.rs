//! Longer than was granted. Whoever lets somebody stay longer grants access, so an extension needs the approvals that
//! the request needed: each of those people names the same new total.

use super::approvals::{add, given, is_not_own, may_approve};
use super::{end, note};
use crate::config::Requests;
use crate::requests::event::{By, Refusal};
use crate::requests::policy::fits;
use crate::requests::{Happened, Request, Status};
use jiff::Timestamp;

pub(super) fn extend(
    request: &mut Request,
    by: &By,
    hours: u32,
    rules: Option<&Requests>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let runs = matches!(request.status, Status::Accepted | Status::Invited | Status::Active);
    if !runs || request.closing.is_some() || request.ends_at.is_some_and(|end| end <= now) {
        return Err(Refusal::WrongState("only what is accepted and not over yet can last longer"));
    }
    let rules = rules.ok_or(Refusal::NotRequestable)?;
    if hours == request.hours {
        return Ok(());
    }
    if !fits(hours, rules) {
        return Err(Refusal::DurationTooLong(rules.duration_max.as_hours()));
    }
    if hours < request.hours {
        return Err(Refusal::NotLonger(request.hours));
    }
    if !rules.stages.is_empty() {
        is_not_own(request, by)?;
    }
    if let Some((index, stage)) = open_stage(request, hours, rules) {
        may_approve(stage, by)?;
        if !add(request, index, Some(hours), by, now)? {
            return Ok(());
        }
        if open_stage(request, hours, rules).is_some() {
            let text = format!("approved for {hours} hours in all; more approvals are needed");
            note(request, Happened::ExtensionApproved, Some(by), Some(text), now);
            return Ok(());
        }
    }
    request.hours = hours;
    request.ends_at = request.starts_at.map(|start| end(start, hours));
    let said = by.comment.as_ref().map(|comment| format!(": {comment}"));
    let text = format!("{hours} hours in all{}", said.unwrap_or_default());
    note(request, Happened::Extended, Some(by), Some(text), now);
    Ok(())
}

/// The first stage whose approvals of this extension are not complete.
fn open_stage<'a>(request: &Request, hours: u32, rules: &'a Requests) -> Option<(usize, &'a crate::config::Stage)> {
    rules.stages.iter().enumerate().find(|(index, stage)| given(request, *index, Some(hours)) < stage.approvals)
}
