//! Whose turn it is. Pure: the customers, the last tick and the time in.
//!
//! The app may ask for 122 reports in 10 seconds over all tenants (page "Microsoft Graph service-specific throttling
//! limits"), which is 732 a minute; less than half of them are for the watch, so that an incident's own questions need not
//! wait.

use super::document::{Behind, Watch};
use access::config::Customer;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// How many requests for sign-ins there are in a minute over all customers.
const SIGN_INS_PER_MINUTE: usize = 200;

/// How many requests for audits.
const AUDITS_PER_MINUTE: usize = 100;

/// How many accounts one request for sign-ins can name.
const ACCOUNTS_IN_ONE: usize = cloud::graph::ACCOUNTS_MAX / 2;

/// Audits are read at most so often, in minutes.
const AUDITS_EVERY_MIN: i64 = 5;

/// Fired alerts are listed so often, in minutes.
const ALERTS_EVERY: i64 = 10;

/// Entries of the logs come late: so much is read again at every turn.
const OVERLAP: SignedDuration = SignedDuration::from_mins(60);

/// Without a tick for so long, the watch stood still.
const STOOD_STILL_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// What is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Duty {
    pub(super) sign_ins: bool,
    pub(super) audits: bool,
    pub(super) alerts: bool,
}

/// The turns of one tick.
pub(super) struct Turns {
    last: Option<Timestamp>,
    now: Timestamp,
    /// Each customer's sign-ins are read every so many minutes.
    sign_ins_every: i64,
    /// And the audits.
    audits_every: i64,
    behind: Option<Behind>,
}

impl Turns {
    pub(super) fn new(watched: &[&Customer], kept: Option<&Watch>, now: Timestamp) -> Self {
        let sign_ins: usize =
            watched.iter().map(|customer| customer.break_glass.accounts.len().div_ceil(ACCOUNTS_IN_ONE)).sum();
        let audits: usize = watched.iter().map(|customer| super::watched_objects(customer).len()).sum();
        let every =
            |requests: usize, per_minute: usize| i64::try_from(requests.div_ceil(per_minute)).unwrap_or(i64::MAX);
        let sign_ins_every = every(sign_ins, SIGN_INS_PER_MINUTE).max(1);
        let audits_every = every(audits, AUDITS_PER_MINUTE).max(AUDITS_EVERY_MIN);
        let last = kept.map(|kept| kept.tick);
        let round = SignedDuration::from_mins(sign_ins_every.max(audits_every) + 1);
        let before = kept.and_then(|kept| kept.behind).filter(|behind| now < behind.until);
        let behind = match last.filter(|last| *last + STOOD_STILL_AFTER < now) {
            // Whoever had no turn since an earlier standstill has had none since then.
            Some(last) => Some(Behind { since: before.map_or(last, |before| before.since), until: now + round }),
            None => before,
        };
        Self { last, now, sign_ins_every, audits_every, behind }
    }

    /// Who is due, and for what. Another one comes first each minute, so that nobody is always the last.
    pub(super) fn due<'a>(&self, watched: &[&'a Customer]) -> Vec<(&'a Customer, Duty)> {
        let duty = |customer: &Customer| Duty {
            sign_ins: self.has_turn(customer, "sign_ins", self.sign_ins_every),
            audits: self.has_turn(customer, "audits", self.audits_every),
            alerts: !customer.break_glass.subscriptions.is_empty()
                && !customer.break_glass.rules.is_empty()
                && self.has_turn(customer, "alerts", ALERTS_EVERY),
        };
        let due = watched.iter().map(|customer| (*customer, duty(customer)));
        let mut due: Vec<_> = due.filter(|(_, duty)| duty.sign_ins || duty.audits || duty.alerts).collect();
        let first = usize::try_from(minute(self.now).rem_euclid(due.len().max(1) as i64)).unwrap_or_default();
        due.rotate_left(first);
        due
    }

    /// From when on the logs are read.
    pub(super) fn since(&self, now: Timestamp) -> Timestamp {
        let overlap = OVERLAP + SignedDuration::from_mins(self.sign_ins_every.max(self.audits_every));
        let usual = now - overlap;
        self.behind.map_or(usual, |behind| usual.min(behind.since - OVERLAP))
    }

    /// What is kept of this tick.
    pub(super) fn watch(&self, now: Timestamp) -> Watch {
        Watch { tick: self.now, behind: self.behind.filter(|behind| now < behind.until) }
    }

    /// Each customer has its minute, by a hash of its tenant. A minute that nobody looked in is made up for.
    fn has_turn(&self, customer: &Customer, what: &str, every: i64) -> bool {
        let mut hash = Sha256::new();
        hash.update(customer.tenant_id.0.as_bytes());
        hash.update(what);
        let hash = hash.finalize();
        let slot = i64::from(u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]])) % every;
        let now = minute(self.now);
        let first = self.last.map_or(now, |last| (minute(last) + 1).max(now - every + 1));
        (first..=now).any(|minute| minute.rem_euclid(every) == slot)
    }
}

fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

#[cfg(test)]
mod tests;
