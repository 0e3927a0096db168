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
    let (followed, unfollowed): (Vec<_>, Vec<_>) = groups.iter().partition(|(id, _)| before.groups.contains_key(id));
    let people_of = |groups: Vec<(&GroupId, &SourceGroup)>| -> BTreeSet<PersonId> {
        groups.into_iter().flat_map(|(_, group)| group.people.iter().copied()).collect()
    };
    // Whoever is in none (they came and went, as it seems) would otherwise be no stranger when they come again.
    let with_their_group = &people_of(unfollowed) - &people_of(followed);
    let mut together = BTreeSet::new();
    for (id, person) in people.iter_mut() {
        let known = before.people.get(id);
        person.first_seen = match known {
            Some(known) => known.first_seen,
            None => (!with_their_group.contains(id)).then_some(now),
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

#[cfg(test)]
mod tests {
    use super::*;
    use PersonState::{Deleted, Disabled, Enabled, Unconfirmed};
    use access::ids::TenantId;
    use access::plan::SourceState;
    use uuid::Uuid;

    fn at(minutes: i64) -> Timestamp {
        "2026-11-05T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    fn id(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    fn group(number: u128, people: impl IntoIterator<Item = u128>) -> (GroupId, SourceGroup) {
        let group = SourceGroup {
            state: SourceState::Complete,
            people: people.into_iter().map(id).collect(),
            doubtful: BTreeSet::new(),
            nested: BTreeSet::new(),
            emptied: None,
            changed: at(0),
        };
        (GroupId(Uuid::from_u128(number)), group)
    }

    /// Looks at the partner, minute by minute: who is there, and in which state since the last look.
    struct Partner(Option<Snapshot>);

    impl Partner {
        fn look(&mut self, minutes: i64, groups: &[(GroupId, SourceGroup)], states: &[(u128, PersonState)]) {
            let mut people: BTreeMap<PersonId, Person> = self.0.iter().flat_map(|seen| seen.people.clone()).collect();
            let now = at(minutes);
            for (number, state) in states {
                let left = people.get(&id(*number)).and_then(|known| known.left);
                let gone = matches!(state, Disabled | Deleted);
                let left = gone.then(|| left.unwrap_or(now));
                // As the reads give them: what earlier snapshots noted is not in it.
                let person = Person {
                    mail: None,
                    upn: None,
                    name: None,
                    guest: false,
                    state: *state,
                    left,
                    left_with: 0,
                    first_seen: None,
                    seen: now,
                };
                people.insert(id(*number), person);
            }
            let groups: BTreeMap<_, _> = groups.iter().cloned().collect();
            note(self.0.as_ref(), &groups, now, &mut people);
            self.0 = Some(Snapshot { taken: now, tenant: TenantId(Uuid::nil()), groups, people });
        }

        fn left_with(&self, number: u128) -> u32 {
            self.0.as_ref().unwrap().people[&id(number)].left_with
        }

        fn first_seen(&self, number: u128) -> Option<Timestamp> {
            self.0.as_ref().unwrap().people[&id(number)].first_seen
        }
    }

    #[test]
    fn leavers_are_counted_within_any_hour_around_their_leaving() {
        let mut partner = Partner(None);
        partner.look(0, &[], &[(1, Enabled), (2, Enabled), (3, Enabled), (4, Enabled), (5, Disabled)]);
        partner.look(1, &[], &[(1, Disabled), (5, Disabled)]);
        partner.look(60, &[], &[(2, Deleted)]);
        partner.look(61, &[], &[(3, Disabled)]);
        // The first left 60 minutes before the third, which is an hour no more; the one in between left with both.
        let counts = |partner: &Partner| [1, 2, 3, 4, 5].map(|number| partner.left_with(number));
        assert_eq!(counts(&partner), [2, 2, 2, 0, 0], "whoever had left before the first look is not counted");
        partner.look(70, &[], &[(4, Disabled)]);
        assert_eq!(counts(&partner), [2, 3, 3, 3, 0]);
        partner.look(600, &[], &[(1, Disabled), (2, Deleted), (3, Unconfirmed)]);
        assert_eq!(counts(&partner), [2, 3, 3, 3, 0], "it stays, also while somebody cannot be read");
        partner.look(601, &[], &[(3, Disabled), (2, Enabled)]);
        assert_eq!(counts(&partner), [2, 0, 3, 3, 0], "whoever is back starts anew");
    }

    #[test]
    fn somebody_is_new_who_comes_into_a_group_that_was_followed_already() {
        let mut partner = Partner(None);
        partner.look(0, &[group(1, [1])], &[(1, Enabled)]);
        partner.look(1, &[group(1, [1, 2]), group(2, [3])], &[(2, Enabled), (3, Enabled), (4, Enabled)]);
        partner.look(2, &[group(1, [1, 2, 3, 4]), group(2, [3])], &[(1, Enabled), (2, Enabled)]);
        let seen = [1, 2, 3, 4].map(|number| partner.first_seen(number));
        assert_eq!(seen, [None, Some(at(1)), None, Some(at(1))]);
    }
}
