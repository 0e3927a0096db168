//! What only people can do: try the accounts, and vouch for what no service shows.

use super::case::{Case, GOOD_FOR, days, known};
use super::facts::Cause;
use super::judged::Judged;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How much later the service may show a sign-in (page "What are the sign-in and audit log latencies").
const SHOWN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// A drill's sign-in may come a little before what we note as its time.
const BEFORE_DRILL: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn drill(case: &Case<'_>, judged: &mut Judged) {
    let now = case.now;
    let last = match &case.facts.last_drill {
        Ok(Some(last)) if now.duration_since(*last) <= GOOD_FOR => Some(*last),
        Ok(Some(last)) => {
            judged.fail(format!("the last drill was {} days ago", days(now, *last)));
            None
        }
        Ok(None) => {
            judged.fail("no drill is on record");
            None
        }
        Err(unread) => {
            judged.unknown("when the last drill was", unread);
            None
        }
    };
    let mut seen: Vec<Timestamp> = Vec::new();
    let mut all_read = true;
    case.each(judged, |account, judged| {
        let Some(found) = known(&account.last_sign_in, account, judged) else {
            all_read = false;
            return;
        };
        seen.extend(found);
        match found {
            Some(at) if now.duration_since(*at) <= GOOD_FOR => judged.pass(),
            Some(at) => judged.fail(format!("{} last signed in {} days ago", account.upn, days(now, *at))),
            None => judged.fail(format!("{} has never signed in, as far as the service tells", account.upn)),
        }
    });
    let Some(last) = last.filter(|_| all_read && !case.facts.accounts.is_empty()) else { return };
    if !seen.iter().any(|at| *at >= last - BEFORE_DRILL) {
        let why = format!("the drill of {last} is on record, and the tenant shows no sign-in since");
        if now.duration_since(last) <= SHOWN_AFTER {
            judged.unclear(Cause::Absent, format!("{why}; it may take a day until it does"));
        } else {
            judged.fail(why);
        }
    }
}

pub(super) fn attested(case: &Case<'_>, judged: &mut Judged) {
    let Some(attested) = &case.declared.attested else {
        return judged.unknown("nobody has vouched for it", &case.unsaid("break_glass.attested"));
    };
    let today = case.now.to_zoned(TimeZone::UTC).date();
    let good_until = attested.on.saturating_add(GOOD_FOR);
    if attested.on > today {
        judged.fail(format!("{} vouches for it on {}, which is still to come", attested.by, attested.on));
    } else if good_until < today {
        judged.fail(format!("{} vouched for it on {}, more than 90 days ago", attested.by, attested.on));
    } else {
        judged.pass_with(format!("{} vouched for it on {}", attested.by, attested.on));
    }
}
