//! What is due by the clock. A tick that comes late makes up for the ones that were missed.

use super::approvals::after;
use super::course::{CARRY_OUT_WITHIN, is_too_late, never_carried_out};
use super::{HISTORY_MAX, Why, enter, note};
use crate::config::Requests;
use crate::requests::{Happened, Request, Status};
use jiff::{SignedDuration, Timestamp};

/// How long before its end the ticket hears of it.
pub const END_TOLD_BEFORE: SignedDuration = SignedDuration::from_mins(15);

/// What is to be done about a request now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// [`Event::Tick`](crate::requests::Event::Tick): people are to hear of something, or it goes no further.
    Tick,
    /// It is accepted, and nothing has been done: carry it out.
    CarryOut,
    /// It is being carried out: run the customer, and see how far it is.
    Follow,
    /// Its time is over: run the customer, until a survey shows that the access is gone.
    End,
}

/// What a tick does.
#[derive(Clone, Copy)]
enum Tick {
    GiveUpAsking,
    Remind,
    NeverCarriedOut,
    EndsSoon,
}

/// What is to be done about a request at `now`.
pub fn due(request: &Request, now: Timestamp) -> Due {
    if request.status.is_final() {
        return Due::Nothing;
    }
    if ticks(request, now).is_some() {
        return Due::Tick;
    }
    match (request.status, request.starts_at, request.ends_at) {
        (Status::WaitingApproval, ..) => Due::Nothing,
        (_, None, _) => Due::CarryOut,
        (_, _, Some(end)) if end <= now => Due::End,
        (Status::Active, ..) => Due::Nothing,
        _ => Due::Follow,
    }
}

/// When something is to be done about a request (next); a time that has passed: now. `None`: never again.
pub fn next_due(request: &Request) -> Option<Timestamp> {
    match request.status {
        status if status.is_final() => None,
        Status::WaitingApproval => request.asking.map(|asking| asking.remind_at.min(asking.until)),
        Status::Active => request.ends_at.map(|end| if is_end_told(request) { end } else { told_at(end) }),
        _ => Some(request.starts_at.or(request.accepted_at).unwrap_or(request.created_at)),
    }
}

pub(super) fn tick(request: &mut Request, rules: Option<&Requests>, now: Timestamp) {
    match ticks(request, now) {
        None => {}
        Some(Tick::GiveUpAsking) => {
            let why = Why::new("unanswered", "nobody answered in time: ask anew");
            enter(request, Status::Expired, why, None, now);
        }
        Some(Tick::Remind) => {
            if let Some(asking) = &mut request.asking {
                // In the end, whoever has not answered so many times is left alone.
                let goes_on = request.history.len() + 1 < HISTORY_MAX;
                let again = rules.filter(|_| goes_on).map(|rules| after(now, rules.remind_after));
                asking.remind_at = again.unwrap_or(asking.until).min(asking.until);
            }
            note(request, Happened::Reminded, None, Some("those who approve were reminded".to_owned()), now);
        }
        Some(Tick::NeverCarriedOut) => never_carried_out(request, now),
        Some(Tick::EndsSoon) => {
            request.end_told = request.ends_at;
            let text = request.ends_at.map(|end| format!("ends at {}", end.strftime("%Y-%m-%d %H:%M UTC")));
            note(request, Happened::EndsSoon, None, text, now);
        }
    }
}

fn ticks(request: &Request, now: Timestamp) -> Option<Tick> {
    let is_over = request.closing.is_some() || request.ends_at.is_some_and(|end| end <= now);
    match request.status {
        Status::WaitingApproval => {
            let asking = request.asking?;
            if asking.until <= now {
                return Some(Tick::GiveUpAsking);
            }
            (asking.remind_at <= now && asking.remind_at < asking.until).then_some(Tick::Remind)
        }
        Status::Accepted if request.starts_at.is_none() => is_too_late(request, now).then_some(Tick::NeverCarriedOut),
        _ if is_over => None,
        // Begun, and nothing to show for it: it is not to begin in earnest so much later.
        Status::Accepted => {
            let late = request.starts_at.is_some_and(|start| after(start, CARRY_OUT_WITHIN) <= now);
            late.then_some(Tick::NeverCarriedOut)
        }
        Status::Invited | Status::Active => {
            let soon = request.ends_at.is_some_and(|end| told_at(end) <= now);
            (soon && !is_end_told(request)).then_some(Tick::EndsSoon)
        }
        _ => None,
    }
}

fn told_at(end: Timestamp) -> Timestamp {
    end.checked_sub(END_TOLD_BEFORE).unwrap_or(end)
}

fn is_end_told(request: &Request) -> bool {
    request.end_told.is_some() && request.end_told == request.ends_at
}
