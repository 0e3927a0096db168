//! When a request's ticket is told. Pure: the document, the time and chance in, the document out.
//!
//! Calls go out one after the other, in the order of the changes: a ticket that heard of the end before the beginning
//! would be wrong for good. One that is given up makes way for the next.

use super::document::{Call, RequestDocument};
use jiff::{SignedDuration, Timestamp};
use notify::{GIVE_UP_AFTER, Sent, pause};

/// How long whoever sends a call has for it; longer than all its round trips may take, so that nobody else sends it
/// meanwhile.
const CLAIM: SignedDuration = SignedDuration::from_secs(60);

/// Claims the call that is to be sent now, if there is one. The document must be stored before anything is sent.
pub(super) fn claim(document: &mut RequestDocument, now: Timestamp) -> Option<Call> {
    let call = document.calls.first_mut()?;
    if call.next > now || call.claimed.is_some_and(|until| until > now) {
        return None;
    }
    // A claim without an outcome: whoever had it may have sent it.
    call.may_repeat |= call.claimed.is_some();
    call.claimed = Some(now + CLAIM);
    call.attempts += 1;
    Some(call.clone())
}

/// Takes in how an attempt ended.
pub(super) fn settle(document: &mut RequestDocument, change: usize, sent: &Sent, now: Timestamp, fraction: f64) {
    let Some(place) = document.calls.iter().position(|call| call.change == change) else { return };
    let call = &mut document.calls[place];
    match sent {
        Sent::Taken => {
            document.calls.remove(place);
            document.dead = None;
        }
        Sent::Later { after, unclear, .. } if call.at + GIVE_UP_AFTER > now => {
            call.claimed = None;
            call.may_repeat |= *unclear;
            call.next = now + pause(call.attempts, fraction, *after);
        }
        Sent::Later { why, .. } | Sent::Never { why } => {
            document.calls.remove(place);
            document.dead = Some(why.clone());
        }
    }
}
