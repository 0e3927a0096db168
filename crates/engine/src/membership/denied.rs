//! Whom the customer's stop list names, as far as one read of it can be believed.
//!
//! A replica may lag, a page may be cut, and whoever is let in against the list is in. So whoever was on it stays on it
//! until a delta row tells why they are not, or until reads have lacked them for as long as a replica may lag; and whoever
//! a row adds is on it before a read shows them.

use super::documents::Denied;
use super::follow::LAG_MAX;
use super::survey::Surveyed;
use access::config::Customer;
use access::ids::{GroupId, GuestId};
use access::plan::DenyState;
use cloud::graph::{GroupChange, ObjectKind};
use jiff::Timestamp;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Adds to what was surveyed whoever must still count as denied. A list that could not be read, or that the configuration
/// names no more, changes nothing or ends everything.
pub(super) fn uphold(
    customer: &Customer,
    surveyed: &mut Surveyed,
    changes: &[GroupChange],
    known: Denied,
    now: Timestamp,
) -> Denied {
    let Some(list) = customer.deny else { return Denied::new() };
    let groups: BTreeSet<GroupId> = surveyed.nested_deny.iter().copied().chain([list]).collect();
    let DenyState::Read(read) = &mut surveyed.actual.deny else { return known };
    let denied = believe(&groups, read, changes, &known, now);
    read.extend(denied.keys());
    denied
}

/// When the first of those whom reads lack counts as denied no more: the customer is looked at again then.
pub(super) fn doubt_ends(denied: &Denied) -> Option<Timestamp> {
    denied.values().flatten().filter_map(|since| since.checked_add(LAG_MAX).ok()).min()
}

fn believe(
    groups: &BTreeSet<GroupId>,
    read: &BTreeSet<GuestId>,
    changes: &[GroupChange],
    known: &Denied,
    now: Timestamp,
) -> Denied {
    let changes: Vec<&GroupChange> = changes.iter().filter(|change| groups.contains(&GroupId(change.id))).collect();
    let rows = || changes.iter().flat_map(|change| &change.members);
    // Nobody tells who was in a group that is out.
    let a_group_went = changes.iter().any(|change| change.removed.is_some())
        || rows().any(|row| row.removed && row.kind == ObjectKind::Group);
    let went: BTreeSet<Uuid> = rows().filter(|row| row.removed).map(|row| row.id).collect();
    let came = rows().filter(|row| !row.removed && row.kind == ObjectKind::User).map(|row| (GuestId(row.id), None));
    let stayed = known.iter().filter(|(guest, _)| !a_group_went && !went.contains(&guest.0));
    let mut denied: Denied = stayed.map(|(guest, since)| (*guest, *since)).chain(came).collect();
    denied.values_mut().for_each(|since| *since = since.or(Some(now)));
    denied.retain(|_, since| since.is_some_and(|since| now < since + LAG_MAX));
    denied.extend(read.iter().map(|guest| (*guest, None)));
    denied
}

#[cfg(test)]
mod tests {
    use super::{Denied, believe, doubt_ends};
    use access::ids::{GroupId, GuestId};
    use cloud::graph::{GroupChange, MemberChange, ObjectKind};
    use jiff::{SignedDuration, Timestamp};
    use std::collections::BTreeSet;
    use uuid::Uuid;

    const LIST: Uuid = Uuid::from_u128(1);
    const NESTED: Uuid = Uuid::from_u128(2);
    const ANA: Uuid = Uuid::from_u128(11);
    const BO: Uuid = Uuid::from_u128(12);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn guests(ids: &[Uuid]) -> BTreeSet<GuestId> {
        ids.iter().map(|id| GuestId(*id)).collect()
    }

    fn row(group: Uuid, id: Uuid, kind: ObjectKind, removed: bool) -> GroupChange {
        GroupChange { id: group, removed: None, display_name: None, members: vec![MemberChange { id, kind, removed }] }
    }

    /// Who counts as denied after a read of the list, whose last read at second 0 showed Ana.
    fn after(read: &[Uuid], changes: &[GroupChange], now: i64) -> Denied {
        let groups = [LIST, NESTED].map(GroupId).into();
        believe(&groups, &guests(read), changes, &[(GuestId(ANA), None)].into(), at(now))
    }

    #[test]
    fn whoever_is_shown_is_denied_and_nobody_waits_for_anything() {
        let denied = after(&[ANA, BO], &[], 60);
        assert_eq!(denied, [(GuestId(ANA), None), (GuestId(BO), None)].into());
        assert_eq!(doubt_ends(&denied), None);
    }

    #[test]
    fn whoever_is_lacking_for_no_reason_stays_denied_for_ten_minutes() {
        let first = after(&[], &[], 60);
        assert_eq!(first, [(GuestId(ANA), Some(at(60)))].into());
        assert_eq!(doubt_ends(&first), Some(at(660)));
        let look = |now| believe(&[GroupId(LIST)].into(), &BTreeSet::new(), &[], &first, at(now));
        assert_eq!(look(659), first);
        assert_eq!(look(660), Denied::new());
        let again = believe(&[GroupId(LIST)].into(), &guests(&[ANA]), &[], &first, at(300));
        assert_eq!(again, [(GuestId(ANA), None)].into(), "shown again");
    }

    #[test]
    fn a_row_that_tells_of_it_is_believed_at_once() {
        assert_eq!(after(&[], &[row(LIST, ANA, ObjectKind::User, true)], 60), Denied::new());
        assert_eq!(after(&[], &[row(NESTED, ANA, ObjectKind::User, true)], 60), Denied::new());
        assert_eq!(after(&[], &[row(LIST, NESTED, ObjectKind::Group, true)], 60), Denied::new(), "nobody tells more");
        let elsewhere = row(Uuid::from_u128(3), ANA, ObjectKind::User, true);
        assert_eq!(after(&[], &[elsewhere], 60), [(GuestId(ANA), Some(at(60)))].into());
    }

    #[test]
    fn whoever_a_row_adds_is_denied_before_a_read_shows_them() {
        let denied = after(&[ANA], &[row(LIST, BO, ObjectKind::User, false)], 60);
        assert_eq!(denied, [(GuestId(ANA), None), (GuestId(BO), Some(at(60)))].into());
    }
}
