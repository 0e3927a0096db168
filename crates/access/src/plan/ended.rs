//! What an ended grant still holds up: nothing any more, once a survey since shows the person absent from the package's
//! places, or kept there by something else.

use super::addition::is_open;
use super::desired::{Place, Standing, desire, places};
use super::input::{Input, is_certain};
use super::matching::{Match, guest_of};
use super::problems::Problems;
use super::world::TargetState;
use super::{Action, Target};
use crate::ids::{GuestId, ObjectId};
use crate::ledger::{Entry, Grant, REPLICA_LAG_MAX, Row};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The grants that this survey shows to be over for good.
pub(super) fn settled(input: &Input<'_>, standing: &[Standing<'_>]) -> Vec<Entry> {
    if !is_certain(input) {
        return Vec::new();
    }
    let at = input.actual.taken;
    let ended = input.ledger.grants.values().filter(|grant| grant.has_ended(at));
    let settled = ended.filter_map(|grant| {
        let keeping = Ended { input, standing, grant }.keeping()?;
        let kept_by = (!keeping.is_empty()).then(|| keeping.into_iter().collect::<Vec<_>>().join(", "));
        Some(Entry::GrantSettled { request: grant.request.clone(), kept_by, at })
    });
    settled.collect()
}

struct Ended<'a> {
    input: &'a Input<'a>,
    standing: &'a [Standing<'a>],
    grant: &'a Grant,
}

impl Ended<'_> {
    /// What keeps the person in any of the places; `None` while the grant may still hold them up somewhere, or while
    /// that cannot be said.
    fn keeping(&self) -> Option<BTreeSet<String>> {
        if self.input.ledger.invitation_open(self.grant.person).is_some() {
            return None;
        }
        let mut keeping = BTreeSet::new();
        for target in self.places() {
            keeping.extend(self.keeps(target)?);
        }
        Some(keeping)
    }

    /// The package's places in the configuration, and those where the ledger has the person for it.
    fn places(&self) -> BTreeSet<Target> {
        let named = self.standing.iter().filter(|one| one.package.name == self.grant.package);
        let named = named.flat_map(|one| places(self.input, one.package)).filter_map(|place| match place {
            Place::There(target) => Some(target),
            // Nobody can be in a group that does not exist.
            Place::ToCreate(_) => None,
        });
        let asked = |row: &Row| row.person == self.grant.person && row.packages.contains(&self.grant.package);
        let rows = self.input.ledger.rows.iter().filter(|(_, rows)| rows.values().any(asked));
        named.chain(rows.map(|(target, _)| *target)).collect()
    }

    /// The same for one place.
    fn keeps(&self, target: Target) -> Option<Option<String>> {
        let (input, person) = (self.input, self.grant.person);
        let members = match input.actual.targets.get(&target)? {
            TargetState::Read { members, .. } => members,
            TargetState::Gone => return Some(None),
            TargetState::Unread { .. } => return None,
        };
        let is_open = |action| is_open(input, target, person, action);
        if [Action::AddMember, Action::AddToUnit, Action::GrantRole].into_iter().any(is_open) {
            return None;
        }
        let ours = input.ledger.rows.get(&target).and_then(|rows| rows.iter().find(|(_, row)| row.person == person));
        let guest = match (ours, guest_of(input, person)) {
            (Some((guest, _)), _) => Some(*guest),
            (None, Match::Problem("guest_unread", _)) => return None,
            (None, found) => found.guest(),
        };
        if !guest.is_some_and(|guest| members.contains_key(&ObjectId::from(guest))) {
            let may_lag = ours.is_some_and(|(guest, row)| self.may_be_there(*guest, row));
            return (!may_lag).then_some(None);
        }
        let Some((_, row)) = ours else { return Some(Some("the customer's own membership".into())) };
        // Removed, and the survey does not show it yet.
        if row.removing.is_some() {
            return None;
        }
        let here: Vec<&Standing<'_>> =
            self.standing.iter().filter(|one| places(input, one.package).contains(&Place::There(target))).collect();
        let desire = desire(input, &here, &mut Problems::default());
        let asking = desire.wanted.get(&person).or_else(|| desire.kept.get(&person))?;
        match &asking.granted {
            _ if asking.standing => Some(Some("a partner group".into())),
            Some((_, request)) => Some(Some(format!("request {request}"))),
            None => None,
        }
    }

    /// Whether a replica that lags may be all that hides a membership of ours: one that no survey has shown since we made
    /// it, or that this survey, or one moments ago, was the first to lack.
    fn may_be_there(&self, guest: GuestId, row: &Row) -> bool {
        let recent = |at: Timestamp| self.input.actual.taken.duration_since(at) < REPLICA_LAG_MAX;
        let mut added = self.input.ledger.added.iter().filter(|added| added.guest == guest);
        row.vanished.is_some_and(recent) || (!row.verified && added.any(|added| recent(added.at)))
    }
}
