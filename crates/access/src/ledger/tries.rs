//! Steps that Microsoft refused: tried again with growing pauses, since what refuses one stays until somebody mends it.
//!
//! Invitations, invitations that are sent again and the ending of sessions have pauses of their own.

use super::{Intent, Ledger, StepKey};
use crate::plan::{Action, Cause, Step};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The first pause; each one after is twice as long, up to the last.
const PAUSE_FIRST: SignedDuration = SignedDuration::from_mins(5);
const PAUSE_LAST: SignedDuration = SignedDuration::from_hours(1);

/// How often a step was refused, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// When Microsoft refused it last.
    pub at: Timestamp,
    /// How often in a row.
    pub tries: u32,
}

impl Tried {
    /// When it is tried again.
    pub fn next(&self) -> Timestamp {
        self.at.checked_add(pause_after(self.tries)).unwrap_or(Timestamp::MAX)
    }
}

/// How long something rests that Microsoft has refused so often in a row: 5, 10, 20, 40 minutes, then an hour each.
pub fn pause_after(tries: u32) -> SignedDuration {
    let doubled = 1_i32.checked_shl(tries.saturating_sub(1)).filter(|factor| *factor > 0).unwrap_or(i32::MAX);
    PAUSE_FIRST.saturating_mul(doubled).min(PAUSE_LAST)
}

/// As a list of pairs: a key of a JSON object is a text.
pub(super) mod pairs {
    use super::{StepKey, Tried};
    use serde::{Deserialize, Deserializer, Serializer};
    use std::collections::BTreeMap;

    pub(in crate::ledger) fn serialize<S: Serializer>(
        tried: &BTreeMap<StepKey, Tried>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(tried)
    }

    pub(in crate::ledger) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<StepKey, Tried>, D::Error> {
        Ok(Vec::<(StepKey, Tried)>::deserialize(deserializer)?.into_iter().collect())
    }
}

impl Ledger {
    /// How often this step was refused, if Microsoft refused it and has not done it since.
    pub fn tried(&self, step: &Step) -> Option<Tried> {
        self.tried.get(&key_of(step)).copied()
    }

    /// The same ledger without any pause: a person wants everything to be tried now.
    pub fn without_pauses(&self) -> Self {
        Self { tried: BTreeMap::new(), ..self.clone() }
    }

    /// Microsoft refused this.
    pub(super) fn note_refused(&mut self, intent: &Intent, at: Timestamp) {
        let action = intent.step.action;
        if matches!(action, Action::InviteGuest | Action::ResendInvitation | Action::RevokeSessions) {
            return;
        }
        let tried = self.tried.entry(key_of(&intent.step)).or_insert(Tried { at, tries: 0 });
        *tried = Tried { at, tries: tried.tries.saturating_add(1) };
    }

    /// Microsoft did this, or found it done.
    pub(super) fn forget_refused(&mut self, intent: &Intent) {
        self.tried.remove(&key_of(&intent.step));
    }

    /// What did not happen counts for no rail.
    pub(super) fn uncount(&mut self, intent: &Intent) {
        let (Some(guest), cause) = (intent.step.guest, intent.step.cause) else { return };
        let fact = cause.is_some_and(Cause::is_fact);
        let is_counted = !intent.released && !cause.is_some_and(Cause::is_free);
        for package in &intent.packages {
            if intent.step.action.places() {
                let theirs = |one: &super::Added| one.at == intent.at && one.guest == guest && one.package == *package;
                self.added.iter().position(theirs).map(|index| self.added.remove(index));
            } else if intent.step.action.takes() && is_counted {
                let theirs = |one: &super::Removed| {
                    one.at == intent.at && one.guest == guest && one.package == *package && one.fact == fact
                };
                self.removed.iter().position(theirs).map(|index| self.removed.remove(index));
            }
        }
    }
}

/// The step's name. A group that was made under way has an id by then, by which later plans call it.
fn key_of(step: &Step) -> StepKey {
    let key = StepKey::of(step);
    StepKey { group_name: key.group_name.filter(|_| key.target.is_none()), ..key }
}
