//! What a check looks at.

use super::facts::{Account, Cause, Facts, Read, Unread};
use super::judged::Judged;
use crate::config::BreakGlass;
use jiff::{SignedDuration, Timestamp};

/// How long a drill, a sign-in or somebody's word is good for (page "Manage emergency access accounts in Microsoft Entra
/// ID").
pub(super) const GOOD_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// One customer as an audit sees it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The customer's name in the configuration.
    pub customer: &'a str,
    /// What the configuration declares.
    pub declared: &'a BreakGlass,
    /// What was read.
    pub facts: &'a Facts,
    /// Now.
    pub now: Timestamp,
}

impl Case<'_> {
    /// Judges each declared account that is there, or might be. Those that are certainly not there are told by the first
    /// check alone.
    pub(super) fn each(&self, judged: &mut Judged, mut judge: impl FnMut(&Account, &mut Judged)) {
        if self.facts.accounts.is_empty() {
            judged.unknown("", &self.no_accounts());
        }
        let mut any = false;
        for account in self.present() {
            any = true;
            judge(account, judged);
        }
        if !any && !self.facts.accounts.is_empty() {
            judged.aside("none of the declared accounts is there");
        }
    }

    /// The declared accounts that are there, or might be.
    pub(super) fn present(&self) -> impl Iterator<Item = &Account> {
        self.facts.accounts.iter().filter(|account| account.user != Ok(None))
    }

    /// Why there is nothing to judge without accounts.
    pub(super) fn no_accounts(&self) -> Unread {
        self.unsaid("break_glass.accounts")
    }

    /// The configuration does not name this.
    pub(super) fn unsaid(&self, key: &str) -> Unread {
        Unread::new(Cause::NotConfigured, format!("customers/{}.toml does not say {key}", self.customer))
    }
}

/// The user object of an account that is there; tells why, where that is not known.
pub(super) fn known<'a, T>(read: &'a Read<T>, account: &Account, judged: &mut Judged) -> Option<&'a T> {
    match read {
        Ok(found) => Some(found),
        Err(unread) => {
            judged.unknown(&account.upn, unread);
            None
        }
    }
}

/// How many whole days ago something was.
pub(super) fn days(now: Timestamp, then: Timestamp) -> i64 {
    now.duration_since(then).as_hours() / 24
}
