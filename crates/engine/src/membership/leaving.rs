//! What is told of people over time: how many left together, and since when somebody is here.
//!
//! Written into the one snapshot that every process shares, when it is refreshed: two processes that refresh at the
//! same time race for one document, and the one that comes second takes the other's, so no count is ever split.

use access::ids::{GroupId, PersonId};
use access::plan::{Person, PersonState, Snapshot, SourceGroup};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Who leaves within it leaves together.
const TOGETHER: SignedDuration = SignedDuration::from_hours(1);

/// Carries on what earlier snapshots knew of these people, and takes in who is new and who left since.
///
/// Where there is no earlier snapshot nobody is new and nobody is a leaver: they were so before we looked. The same
/// holds for people who come with a group that was not followed before.
pub(super) fn note(
    before: Option<&Snapshot>,
    groups: &BTreeMap<GroupId, SourceGroup>,
    now: Timestamp,
    people: &mut BTreeMap<PersonId, Person>,
) {
    let Some(before) = before else { return };
    let followed: BTreeSet<PersonId> = groups
        .iter()
        .filter(|(id, _)| before.groups.contains_key(id))
        .flat_map(|(_, group)| group.people.iter().copied())
        .collect();
    let mut together = BTreeSet::new();
    for (id, person) in people.iter_mut() {
        let known = before.people.get(id);
        person.first_seen = match known {
            Some(known) => known.first_seen,
            None => followed.contains(id).then_some(now),
        };
        let earlier = known.map_or(0, |known| known.left_with);
        // Whoever could not be read for a moment has not come back by that.
        person.left_with = if person.state == PersonState::Enabled { 0 } else { earlier };
        let left_now = person.has_left() && known.is_some_and(|known| !known.has_left());
        let lately = person.left.is_some_and(|left| left + TOGETHER > now);
        if left_now || (person.has_left() && lately && earlier > 0) {
            together.insert(*id);
        }
    }
    // The hour that ends now is the only one that can have more leavers than those seen at earlier looks.
    let count = u32::try_from(together.len()).unwrap_or(u32::MAX);
    for (_, person) in people.iter_mut().filter(|(id, _)| together.contains(id)) {
        person.left_with = person.left_with.max(count);
    }
}
