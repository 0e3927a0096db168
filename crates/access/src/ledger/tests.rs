//! What entries make ours, and what they do not.

use super::{Entry, GuestRow, Intent, Ledger, Outcome, Release, StepKey, settle};
use crate::ids::{GroupId, GuestId, PersonId, TenantId};
use crate::plan::{Action, Actual, Cause, DenyState, Guest, MemberKind, Reach, Step, Target, TargetState};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const ANA: PersonId = PersonId(Uuid::from_u128(1));
const BO: PersonId = PersonId(Uuid::from_u128(2));
const GUEST: GuestId = GuestId(Uuid::from_u128(3));
const GROUP: Target = Target::Group(GroupId(Uuid::from_u128(4)));

fn noon() -> Timestamp {
    "2026-05-04T12:00:00Z".parse().unwrap()
}

fn after(minutes: i64) -> Timestamp {
    noon() + SignedDuration::from_mins(minutes)
}

fn step(action: Action) -> Step {
    Step {
        action,
        package: "second-line".into(),
        target: Some(GROUP).filter(|_| action.places() || action == Action::RemoveMember),
        group: None,
        group_name: Some("Partner".into()).filter(|_| action == Action::CreateGroup),
        person: Some(ANA),
        guest: Some(GUEST).filter(|_| action != Action::InviteGuest),
        mail: Some("ana@northwind.example".into()),
        name: None,
        cause: action.takes().then_some(Cause::Absent),
        why: String::new(),
    }
}

fn intent(number: u64, action: Action) -> Intent {
    Intent {
        number,
        step: step(action),
        packages: BTreeSet::from(["second-line".into()]),
        survey: noon(),
        at: noon(),
        retry: false,
        released: false,
        standing: true,
    }
}

/// The ledger after an intent, and its outcome where there is one.
fn folded(intent: Intent, outcome: Option<Outcome>) -> Ledger {
    let mut ledger = Ledger::default();
    let number = intent.number;
    ledger.fold(&Entry::Intent(Box::new(intent)));
    if let Some(outcome) = outcome {
        ledger.fold(&Entry::Outcome { intent: number, outcome, at: noon() });
    }
    ledger
}

fn known(ours: bool) -> GuestRow {
    GuestRow { verified: true, ..GuestRow::new(GUEST, ours, noon()) }
}

/// A survey of Ana's guest, made at `created`, in the group or not.
fn survey(taken: Timestamp, created: Timestamp, inside: bool) -> Actual {
    let members = if inside { BTreeMap::from([(GUEST.into(), MemberKind::User)]) } else { BTreeMap::new() };
    let facts = Guest {
        mail: Some("ana@northwind.example".into()),
        external_state: Some("PendingAcceptance".into()),
        enabled: true,
        created: Some(created),
        ..Guest::default()
    };
    let read = TargetState::Read { members, oddities: BTreeSet::new(), unwritable: None, unknown: Vec::new() };
    Actual {
        tenant: TenantId(Uuid::from_u128(9)),
        taken,
        targets: BTreeMap::from([(GROUP, read)]),
        created: BTreeMap::new(),
        guests: BTreeMap::from([(GUEST, facts)]),
        gone: BTreeSet::new(),
        found: BTreeMap::from([("ana@northwind.example".into(), BTreeSet::from([GUEST]))]),
        deny: DenyState::None,
        access: BTreeMap::new(),
        gaps: Vec::new(),
        reach: Reach::Tenant,
    }
}

fn settled(mut ledger: Ledger, actual: &Actual) -> Ledger {
    for entry in settle(&ledger, actual, &|_| None) {
        ledger.fold(&entry);
    }
    ledger
}

fn is_ours(ledger: &Ledger) -> bool {
    ledger.row(GROUP, GUEST).is_some()
}

#[test]
fn already_there_is_foreign_at_first_and_ours_on_a_retry() {
    let first = intent(0, Action::AddMember);
    let retry = Intent { retry: true, ..first.clone() };
    assert!(is_ours(&folded(first.clone(), Some(Outcome::Done))));
    assert!(!is_ours(&folded(first, Some(Outcome::AlreadyThere))));
    assert!(is_ours(&folded(retry, Some(Outcome::AlreadyThere))));
}

#[test]
fn an_addition_without_an_answer_is_settled_by_the_survey() {
    for outcome in [None, Some(Outcome::Unclear { text: "reset".into() })] {
        let ledger = folded(intent(0, Action::AddMember), outcome);
        let shown = settled(ledger.clone(), &survey(after(1), noon(), true));
        assert!(is_ours(&shown) && shown.open.is_empty());
        let absent = settled(ledger, &survey(after(1), noon(), false));
        assert!(!is_ours(&absent) && absent.open.len() == 1, "it may still show");
    }
}

#[test]
fn whoever_turns_up_an_hour_after_a_lost_addition_was_added_by_somebody_else() {
    let ledger = folded(intent(0, Action::AddMember), None);
    let within = settled(ledger.clone(), &survey(after(60), noon(), false));
    assert!(is_ours(&settled(within, &survey(after(61), noon(), true))));
    let later = settled(ledger, &survey(after(61), noon(), false));
    assert!(!is_ours(&settled(later, &survey(after(62), noon(), true))));
}

#[test]
fn a_removal_ends_with_the_survey_that_shows_it_and_vetoes_nothing() {
    for outcome in [None, Some(Outcome::Done), Some(Outcome::NotThere), Some(Outcome::Unclear { text: String::new() })]
    {
        let mut ledger = folded(intent(0, Action::AddMember), Some(Outcome::Done));
        ledger = settled(ledger, &survey(after(1), noon(), true));
        ledger.fold(&Entry::Intent(Box::new(intent(1, Action::RemoveMember))));
        if let Some(outcome) = outcome {
            ledger.fold(&Entry::Outcome { intent: 1, outcome, at: noon() });
        }
        let stale = settled(ledger.clone(), &survey(after(2), noon(), true));
        assert!(is_ours(&stale), "a replica that lags changes nothing");
        let ended = settled(stale, &survey(after(3), noon(), false));
        assert!(!is_ours(&ended) && ended.open.is_empty());
    }
}

#[test]
fn what_vanishes_without_us_is_marked_and_unmarked_when_it_shows_again() {
    let ledger = settled(folded(intent(0, Action::AddMember), Some(Outcome::Done)), &survey(after(1), noon(), true));
    let vanished = settled(ledger, &survey(after(2), noon(), false));
    assert_eq!(vanished.row(GROUP, GUEST).unwrap().vanished, Some(after(2)));
    let back = settled(vanished, &survey(after(3), noon(), true));
    assert_eq!(back.row(GROUP, GUEST).unwrap().vanished, None);
}

#[test]
fn an_addition_that_no_survey_has_shown_yet_cannot_vanish() {
    let ledger = folded(intent(0, Action::AddMember), Some(Outcome::Done));
    let absent = settled(ledger, &survey(after(1), noon(), false));
    assert_eq!(absent.row(GROUP, GUEST).unwrap().vanished, None);
}

#[test]
fn an_invitation_makes_a_guest_ours_only_if_they_were_made_by_it() {
    let skew = 2;
    for (created, ours) in [(0, true), (-skew, true), (-skew - 1, false), (-60, false)] {
        for outcome in [None, Some(Outcome::Invited { guest: GUEST })] {
            let ledger =
                settled(folded(intent(0, Action::InviteGuest), outcome), &survey(after(5), after(created), false));
            assert_eq!(
                (ledger.guests[&ANA].ours, ledger.guests[&ANA].verified),
                (ours, true),
                "made {created} min later"
            );
            assert!(ledger.open.is_empty());
        }
    }
}

#[test]
fn a_second_invitation_does_not_forget_that_the_first_made_the_guest() {
    let mut ledger = folded(intent(0, Action::InviteGuest), None);
    let again = Intent { at: after(30), retry: true, ..intent(1, Action::InviteGuest) };
    ledger.fold(&Entry::Intent(Box::new(again)));
    ledger.fold(&Entry::Outcome { intent: 1, outcome: Outcome::Invited { guest: GUEST }, at: after(30) });
    let ledger = settled(ledger, &survey(after(31), after(1), false));
    assert!(ledger.guests[&ANA].ours && ledger.open.is_empty());
}

#[test]
fn a_guest_stands_for_one_person() {
    let mut ledger = Ledger::default();
    ledger.fold(&Entry::Known { person: ANA, guest: GUEST, ours: true, at: noon() });
    ledger.fold(&Entry::Known { person: BO, guest: GUEST, ours: true, at: noon() });
    let packages = BTreeSet::new();
    ledger.fold(&Entry::Adopted { target: GROUP, guest: GUEST, person: BO, packages, at: noon() });
    assert_eq!((ledger.person_of(GUEST), ledger.guests.len()), (Some(ANA), 1));
    assert!(!is_ours(&ledger));
}

#[test]
fn a_guest_never_becomes_ours_by_adoption() {
    let mut ledger = Ledger::default();
    let packages = BTreeSet::from(["second-line".into()]);
    ledger.fold(&Entry::Adopted { target: GROUP, guest: GUEST, person: ANA, packages, at: noon() });
    assert!(is_ours(&ledger) && !ledger.guests[&ANA].ours);
}

#[test]
fn a_group_whose_making_was_not_answered_is_ours_when_it_shows() {
    let mut actual = survey(after(1), noon(), false);
    let group = GroupId(Uuid::from_u128(7));
    actual.created.insert("Partner".into(), group);
    let ledger = settled(folded(intent(0, Action::CreateGroup), None), &actual);
    assert_eq!(ledger.groups.get("Partner"), Some(&group));
    assert!(ledger.open.is_empty());
}

#[test]
fn a_guest_who_was_gone_before_we_deleted_them_was_deleted_by_the_customer() {
    for (outcome, by_us) in [(Outcome::Done, true), (Outcome::NotThere, false)] {
        let mut ledger = Ledger::default();
        ledger.guests.insert(ANA, known(true));
        ledger.fold(&Entry::Intent(Box::new(intent(0, Action::DeleteGuest))));
        ledger.fold(&Entry::Outcome { intent: 0, outcome, at: noon() });
        assert_eq!(ledger.guests[&ANA].deleted.is_some(), by_us);
    }
}

#[test]
fn the_budgets_forget_after_a_day() {
    let mut ledger = folded(intent(0, Action::RemoveMember), Some(Outcome::Done));
    ledger.fold(&Entry::Intent(Box::new(intent(1, Action::InviteGuest))));
    ledger.fold(&Entry::Intent(Box::new(intent(2, Action::AddMember))));
    let left = |minutes| {
        let mut later = ledger.clone();
        later.fold(&Entry::Intent(Box::new(Intent { at: after(minutes), ..intent(9, Action::EnableGuest) })));
        (later.removed.len(), later.invited.len(), later.added.len())
    };
    assert_eq!(left(24 * 60 - 1), (1, 1, 1));
    assert_eq!(left(24 * 60), (0, 0, 0));
}

#[test]
fn ended_grants_and_released_removals_use_no_budget() {
    let mut grant = intent(0, Action::RemoveMember);
    grant.step.cause = Some(Cause::GrantEnded);
    assert!(folded(grant, Some(Outcome::Done)).removed.is_empty());
    let released = Intent { released: true, ..intent(0, Action::RemoveMember) };
    assert!(folded(released, Some(Outcome::Done)).removed.is_empty());
}

#[test]
fn what_was_not_done_gives_its_share_of_the_day_back() {
    for outcome in [Outcome::Refused { text: "no".into() }, Outcome::NotSent] {
        for action in [Action::RemoveMember, Action::DisableGuest, Action::AddMember] {
            let ledger = folded(intent(0, action), Some(outcome.clone()));
            assert!(ledger.removed.is_empty() && ledger.added.is_empty(), "{action}: {outcome}");
        }
    }
    // What was counted for another step stays.
    let mut ledger = folded(intent(0, Action::RemoveMember), Some(Outcome::Done));
    let released = Intent { released: true, ..intent(1, Action::DisableGuest) };
    ledger.fold(&Entry::Intent(Box::new(released)));
    ledger.fold(&Entry::Outcome { intent: 1, outcome: Outcome::NotSent, at: noon() });
    assert_eq!(ledger.removed.len(), 1);
}

#[test]
fn how_often_microsoft_refused_a_step_is_known_until_it_is_done_or_a_day_is_over() {
    let refuse = |ledger: &mut Ledger, number, minutes| {
        ledger.fold(&Entry::Intent(Box::new(Intent { at: after(minutes), ..intent(number, Action::DisableGuest) })));
        let outcome = Outcome::Refused { text: "no".into() };
        ledger.fold(&Entry::Outcome { intent: number, outcome, at: after(minutes) });
        ledger.tried(&step(Action::DisableGuest)).map(|tried| (tried.tries, tried.next()))
    };
    let mut ledger = Ledger::default();
    assert_eq!(refuse(&mut ledger, 0, 0), Some((1, after(5))));
    assert_eq!(refuse(&mut ledger, 1, 5), Some((2, after(15))));
    let read: Ledger = serde_json::from_str(&serde_json::to_string(&ledger).unwrap()).unwrap();
    assert_eq!(read, ledger, "as it is kept");
    let mut later = ledger.clone();
    assert_eq!(refuse(&mut later, 2, 5 + 24 * 60 - 1), Some((3, after(5 + 24 * 60 - 1 + 20))));
    let mut anew = ledger.clone();
    assert_eq!(refuse(&mut anew, 2, 5 + 24 * 60), Some((1, after(5 + 24 * 60 + 5))));
    ledger.fold(&Entry::Intent(Box::new(intent(2, Action::DisableGuest))));
    ledger.fold(&Entry::Outcome { intent: 2, outcome: Outcome::Done, at: noon() });
    assert!(ledger.tried.is_empty());
    for action in [Action::InviteGuest, Action::ResendInvitation, Action::RevokeSessions] {
        let ledger = folded(intent(0, action), Some(Outcome::Refused { text: "no".into() }));
        assert!(ledger.tried.is_empty(), "{action} has a pause of its own");
    }
}

#[test]
fn a_later_decision_on_the_same_digest_replaces_the_earlier() {
    let decision = |allow, at| {
        Entry::Decided(Release {
            digest: "sha256:1".into(),
            allow,
            steps: BTreeSet::new(),
            by: "lea".into(),
            asserted: true,
            comment: None,
            at,
            until: Some(at + SignedDuration::from_hours(24)),
        })
    };
    let mut ledger = Ledger::default();
    ledger.fold(&decision(true, noon()));
    ledger.fold(&decision(false, after(1)));
    assert_eq!(ledger.releases.iter().map(|known| known.allow).collect::<Vec<_>>(), [false]);
}

fn some_time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![Just(Timestamp::MIN), Just(Timestamp::MAX), (-3_000i64..3_000).prop_map(after),]
}

fn some_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Done),
        Just(Outcome::Invited { guest: GUEST }),
        Just(Outcome::Created { group: GroupId(Uuid::from_u128(4)) }),
        Just(Outcome::AlreadyThere),
        Just(Outcome::NotThere),
        Just(Outcome::Refused { text: "no".into() }),
        Just(Outcome::NotSent),
        Just(Outcome::Unclear { text: "reset".into() }),
    ]
}

fn some_entry() -> impl Strategy<Value = Entry> {
    let number = prop_oneof![4 => 0u64..5, 1 => Just(u64::MAX)];
    let person = prop_oneof![Just(ANA), Just(BO)];
    let packages = || BTreeSet::from(["second-line".to_string()]);
    prop_oneof![
        4 => (number.clone(), prop::sample::select(&Action::ALL[..]), some_time(), any::<bool>()).prop_map(
            |(number, action, at, retry)| Entry::Intent(Box::new(Intent { at, retry, ..intent(number, action) }))
        ),
        4 => (number.clone(), some_outcome(), some_time())
            .prop_map(|(intent, outcome, at)| Entry::Outcome { intent, outcome, at }),
        1 => (person.clone(), some_time()).prop_map(move |(person, at)| {
            Entry::Adopted { target: GROUP, guest: GUEST, person, packages: packages(), at }
        }),
        1 => Just(Entry::Confirmed { target: GROUP, guest: GUEST }),
        1 => Just(Entry::Ended { target: GROUP, guest: GUEST }),
        1 => some_time().prop_map(|at| Entry::Vanished { target: GROUP, guest: GUEST, at }),
        1 => (person, any::<bool>(), some_time())
            .prop_map(|(person, ours, at)| Entry::Known { person, guest: GUEST, ours, at }),
        1 => prop::sample::select(&Action::ALL[..]).prop_map(|action| Entry::Undone { guest: GUEST, action }),
        1 => number.prop_map(|intent| Entry::Closed { intent }),
        1 => Just(Entry::Reasons { target: GROUP, guest: GUEST, packages: BTreeSet::new(), standing: false }),
        1 => some_time().prop_map(|at| Entry::InvitationsBlocked { at }),
        1 => (any::<bool>(), some_time(), some_time()).prop_map(|(allow, at, until)| Entry::Decided(Release {
            digest: "sha256:1".into(),
            allow,
            steps: BTreeSet::from([StepKey::of(&step(Action::RemoveMember))]),
            by: "lea".into(),
            asserted: false,
            comment: None,
            at,
            until: Some(until),
        })),
        1 => Just(Entry::AdoptionDone { target: GROUP }),
        1 => Just(Entry::AdoptionOpen { target: GROUP }),
        1 => Just(Entry::TakenOver { epoch: 3 }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_entries_fold_and_settle(entries in prop::collection::vec(some_entry(), 0..30), taken in some_time(), inside: bool) {
        let mut ledger = Ledger::default();
        let mut again = Ledger::default();
        for entry in &entries {
            ledger.fold(entry);
            let text = serde_json::to_string(entry).unwrap();
            again.fold(&serde_json::from_str(&text).unwrap());
        }
        prop_assert_eq!(&ledger, &again, "the journal's text folds to the same");
        let kept: Ledger = serde_json::from_str(&serde_json::to_string(&ledger).unwrap()).unwrap();
        prop_assert_eq!(&kept, &ledger);
        let actual = survey(taken, noon(), inside);
        let once = settled(ledger, &actual);
        prop_assert_eq!(settle(&once, &actual, &|_| None), vec![], "a survey settles everything at once");
    }
}

/// What nobody knows of is looked at again as soon as it cannot turn up any more, and the survey of that moment settles it.
#[test]
fn a_doubt_ends_when_the_next_survey_can_settle_it() {
    for (action, minutes) in [
        (Action::AddMember, 60),
        (Action::RemoveMember, 10),
        (Action::InviteGuest, 24 * 60),
        (Action::DisableGuest, 24 * 60),
    ] {
        let ledger = folded(intent(7, action), None);
        let end = ledger.doubt_ends(noon()).expect("its outcome is not known");
        assert_eq!(end, after(minutes) + SignedDuration::from_secs(1), "{action:?}");
        assert_eq!(ledger.doubt_ends(end), None, "{action:?}: it does not wake for what is past");
        if action == Action::AddMember {
            let closed = |taken| {
                let entries = settle(&ledger, &survey(taken, noon(), false), &|_| None);
                entries.iter().any(|entry| matches!(entry, Entry::Closed { intent: 7 }))
            };
            assert!(!closed(end - SignedDuration::from_secs(1)) && closed(end));
        }
    }
    assert_eq!(folded(intent(7, Action::AddMember), Some(Outcome::Done)).doubt_ends(noon()), None);
}
