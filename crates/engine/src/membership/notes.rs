//! The notes that runs leave for each other, as data: their names, and what they add up to.

use super::apply::TRY_AGAIN_IN;
use access::ids::{ObjectId, PersonId};
use access::plan::{Entered, GRANT_FRESH_FOR, NEW_FOR, REMOVAL_COUNTS_FOR, RemovalWindow};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Ends the name of a removal that was let through.
pub(super) const GRANTED: &str = "granted";

/// A grant lets the same person go elsewhere for this long. It counts for longer ([`REMOVAL_COUNTS_FOR`]), so that there
/// is no gap between it and the one that renews it.
const GRANT_HOLDS_FOR: SignedDuration = SignedDuration::from_hours(1);

/// A note of this age was decided upon by its run, or its run is dead.
const DECIDED_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// One note, read from its name.
pub(super) struct Named {
    /// When it was written, by the writer's clock.
    at: Timestamp,
    /// The person, or a stranger's guest.
    who: Uuid,
    /// The run, [`GRANTED`], or the tenant that was entered.
    last: String,
}

impl Named {
    /// Whether it counts; one of a clock that is ahead does.
    fn counts(&self, counts_for: SignedDuration, now: Timestamp) -> bool {
        now.duration_since(self.at) < counts_for
    }

    /// Whether its run may yet take it back.
    fn is_open(&self, now: Timestamp) -> bool {
        self.last != GRANTED && self.counts(DECIDED_AFTER, now)
    }

    /// When it is worth looking again whether it still counts.
    fn until(&self, counts_for: SignedDuration, now: Timestamp) -> Timestamp {
        let until = if self.is_open(now) { now.checked_add(TRY_AGAIN_IN) } else { self.at.checked_add(counts_for) };
        until.unwrap_or(Timestamp::MAX)
    }
}

/// The note of this path; `None` for what is not ours.
pub(super) fn named(path: &str) -> Option<Named> {
    let mut parts = path.rsplit_once('/')?.1.splitn(3, '.');
    let at = Timestamp::from_second(parts.next()?.parse().ok()?).ok()?;
    Some(Named { at, who: parts.next()?.parse().ok()?, last: parts.next()?.into() })
}

/// What the notes say of removals.
pub(super) fn removal_window(notes: &[Named], people: &BTreeSet<ObjectId>, now: Timestamp) -> RemovalWindow {
    let mut window = RemovalWindow { asked: people.clone(), ..RemovalWindow::default() };
    for note in notes.iter().filter(|note| note.counts(REMOVAL_COUNTS_FOR, now)) {
        let counts = window.counted.entry(ObjectId(note.who)).or_insert(Timestamp::MIN);
        *counts = note.until(REMOVAL_COUNTS_FOR, now).max(*counts);
        if note.last == GRANTED && note.counts(GRANT_HOLDS_FOR, now) {
            window.granted.insert(ObjectId(note.who));
        }
    }
    window
}

/// How many it would be if nobody else asked at this moment.
pub(super) fn granted_or_asked(notes: &[Named], people: &BTreeSet<ObjectId>, now: Timestamp) -> usize {
    let stays = |note: &&Named| note.counts(REMOVAL_COUNTS_FOR, now) && !note.is_open(now);
    let counted = notes.iter().filter(stays).map(|note| ObjectId(note.who));
    counted.chain(people.iter().copied()).collect::<BTreeSet<_>>().len()
}

/// Whether this person was let through so lately that nobody has to say so again.
pub(super) fn is_fresh(notes: &[Named], who: ObjectId, now: Timestamp) -> bool {
    notes.iter().any(|note| note.last == GRANTED && note.who == who.0 && note.counts(GRANT_FRESH_FOR, now))
}

/// The customers that these people entered.
pub(super) fn entered(notes: &[Named], people: &BTreeSet<PersonId>, now: Timestamp) -> BTreeMap<PersonId, Entered> {
    let mut entered: BTreeMap<PersonId, Entered> = people.iter().map(|id| (*id, Entered::new())).collect();
    for note in notes.iter().filter(|note| note.counts(NEW_FOR, now)) {
        if let (Some(tenants), Ok(tenant)) = (entered.get_mut(&PersonId(note.who)), note.last.parse()) {
            tenants.insert(tenant, note.until(NEW_FOR, now));
        }
    }
    entered
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_793_880_000;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(NOON + minutes * 60).unwrap()
    }

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn note(minutes: i64, who: u128, last: &str) -> Named {
        let path = format!("window/removals/2026110512/{}.{}.{last}", NOON + minutes * 60, id(who));
        named(&path).unwrap()
    }

    #[test]
    fn a_name_that_is_no_notes_is_passed_over() {
        for path in ["window/removals/x", "window/removals/2026/12.x.run", "a/b/99999999999999.1.run", "", "1.2.3"] {
            assert!(named(path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_removal_counts_for_an_hour_and_a_quarter_and_lets_the_person_go_elsewhere_for_an_hour() {
        let ours = BTreeSet::from([ObjectId(id(9))]);
        let look = |minutes| removal_window(&[note(0, 1, GRANTED), note(0, 2, "run")], &ours, at(minutes));
        let who = |number| ObjectId(id(number));
        for (minutes, counted, granted) in [(-1, 2, 1), (0, 2, 1), (59, 2, 1), (60, 2, 0), (74, 2, 0), (75, 0, 0)] {
            let window = look(minutes);
            assert_eq!((window.counted.len(), window.granted.len()), (counted, granted), "after {minutes} min");
            assert_eq!(window.count(), counted + 1, "with our own, after {minutes} min");
        }
        assert_eq!(look(1).counted[&who(2)], at(2), "it may be taken back any moment");
        assert_eq!(look(2).counted[&who(2)], at(75), "its run is dead, or went ahead");
        assert_eq!(look(1).counted[&who(1)], at(75));
    }

    #[test]
    fn what_others_may_take_back_any_moment_is_told_from_what_stays() {
        let ours = BTreeSet::from([ObjectId(id(9))]);
        let notes = [note(0, 1, GRANTED), note(0, 1, "run"), note(9, 2, "other"), note(3, 3, "dead")];
        assert_eq!(removal_window(&notes, &ours, at(10)).count(), 4);
        assert_eq!(granted_or_asked(&notes, &ours, at(10)), 3, "all but the one that asks at this moment");
    }

    #[test]
    fn a_grant_has_to_be_renewed_after_five_minutes() {
        let notes = [note(0, 1, GRANTED), note(4, 2, "run")];
        assert!(is_fresh(&notes, ObjectId(id(1)), at(4)) && !is_fresh(&notes, ObjectId(id(1)), at(5)));
        assert!(!is_fresh(&notes, ObjectId(id(2)), at(4)), "to have asked is not to be let through");
    }

    #[test]
    fn the_customers_of_a_new_person_count_once_each_for_a_day() {
        let (ana, tenants) = (PersonId(id(1)), [id(70).to_string(), id(71).to_string()]);
        let notes =
            [note(0, 1, &tenants[0]), note(5, 1, &tenants[0]), note(9, 1, &tenants[1]), note(9, 2, &tenants[0])];
        let look = |minutes| entered(&notes, &BTreeSet::from([ana]), at(minutes))[&ana].len();
        assert_eq!((look(20), look(24 * 60 + 6), look(24 * 60 + 9)), (2, 1, 0));
    }
}
