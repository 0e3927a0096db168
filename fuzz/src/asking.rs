//! What follows a body that was read: policy, and the document.

use crate::place::config;
use access::requests::body::{self, Asked, Unfit};
use access::requests::native::{self, Heard};
use access::requests::policy::{Membership, check, place};
use access::requests::{EMAIL_BYTES_MAX, REASON_CHARS_MAX, Request, RequestId, WRONG_MAX, create};
use jiff::Timestamp;

/// A body of ours.
pub fn ours(bytes: &[u8]) {
    match body::read(bytes) {
        Ok(asked) => goes_on("tickets", asked),
        Err(why) => is_bounded(&why),
    }
}

/// A body of the ticketing system whose caller has this name.
pub fn native(caller: &str, bytes: &[u8]) {
    let map = config().callers[caller].native.as_ref().expect("the caller has a format");
    match native::read(bytes, map) {
        Ok(Heard::Asked(asked)) => goes_on(caller, *asked),
        Ok(Heard::Nothing(_)) => {}
        Err(why) => is_bounded(&why),
    }
}

/// An answer does not grow with what was sent.
fn is_bounded(why: &Unfit) {
    if let Unfit::Wrong(wrong) = why {
        assert!(!wrong.is_empty() && wrong.len() <= WRONG_MAX, "{} problems", wrong.len());
        for one in wrong {
            assert!(one.pointer.starts_with('#'), "{one:?}");
            assert!(one.pointer.len() + one.detail.len() < 4096, "{one:?}");
        }
    }
}

fn goes_on(caller: &str, asked: Asked) {
    assert!(asked.hours >= 1 && asked.invitee.email.len() <= EMAIL_BYTES_MAX, "{asked:?}");
    assert!(asked.reason.chars().count() <= REASON_CHARS_MAX, "{asked:?}");
    let rights = &config().callers[caller];
    let Ok(place) = place(&asked, rights, &config().customers) else { return };
    if check(&asked, &place, rights, Membership::Unknown).is_err() {
        return;
    }
    let domain = asked.invitee.email.rsplit_once('@').map(|(_, domain)| domain);
    assert!(domain.is_some_and(|domain| place.customer.domains.contains(domain)), "{asked:?}");
    let id = RequestId::of(caller, "key");
    let request = create(id, caller, asked, &place, "print".to_owned(), Timestamp::UNIX_EPOCH);
    let kept = serde_json::to_vec(&request).expect("a request can be kept");
    let again: Request = serde_json::from_slice(&kept).expect("what was kept can be read");
    assert_eq!(again, request);
}
