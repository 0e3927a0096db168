use super::*;
use crate::GroupSettings;
use std::time::Duration;

const LAG: Duration = Duration::from_secs(4);

fn group() -> Group {
    let born = Born { at: jiff::Timestamp::UNIX_EPOCH, visible: Duration::ZERO, indexed: Duration::ZERO };
    Group {
        settings: GroupSettings::named("g"),
        members: BTreeSet::new(),
        owners: BTreeSet::new(),
        recent: Default::default(),
        born,
        deleted: None,
    }
}

#[test]
fn a_full_read_shows_a_change_only_when_its_lag_has_passed() {
    let (id, member) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let mut directory = Directory::default();
    directory.insert_group(id, group());
    directory.add_member(id, member, Duration::from_secs(10), LAG);
    let seen =
        |directory: &Directory, at: u64| directory.members_seen(id, Duration::from_secs(at), LAG).contains(&member);
    assert!(!seen(&directory, 13) && seen(&directory, 14));

    directory.remove_member(id, member, Duration::from_secs(20), LAG);
    assert!(seen(&directory, 23) && !seen(&directory, 24));
}

#[test]
fn groups_that_contain_each_other_are_flattened_once() {
    let (one, two, person) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
    let mut directory = Directory::default();
    directory.insert_group(one, group());
    directory.insert_group(two, group());
    for (container, member) in [(one, two), (two, one), (two, person)] {
        directory.add_member(container, member, Duration::ZERO, Duration::ZERO);
    }
    let all = directory.transitive_members(one, Duration::ZERO, Duration::ZERO);
    assert_eq!(all, BTreeSet::from([one, two, person]));
}
