//! Requested people who have not accepted their invitation: sent again, and given up in the end.

use super::grants::{grant, request};
use super::render::check;
use super::world::{World, guest, hours, mail, person, target};
use crate::config::Mode;
use crate::ledger::{Entry, Grant, Intent, Outcome};
use crate::orders::Orders;
use crate::plan::{Action, DenyState};
use expect_test::expect;
use jiff::SignedDuration;

const DAY: i64 = 24;

/// Bo was granted the package an hour ago for 40 days, was invited for it at once, is in place and has not accepted.
fn waiting() -> World {
    let mut world = World::of(1);
    world.person(1);
    let granted = grant(&world, 1, 40 * DAY);
    let from = granted.from;
    world.note(Entry::Granted(granted));
    world.knows(1).since = from;
    world.facts(1).external_state = Some("PendingAcceptance".into());
    world.places(1, target(1), &["second-line"]);
    world.row(target(1), 1).standing = false;
    world
}

/// So long after the grant began.
fn at(mut world: World, since: SignedDuration) -> World {
    world.now += since - hours(1);
    world.actual.taken = world.now;
    world
}

fn resends(world: &World) -> bool {
    world.plan().plan.steps.iter().any(|step| step.action == Action::ResendInvitation)
}

fn gives_up(world: &World) -> bool {
    world.plan().plan.problems.iter().any(|problem| problem.code == "not_redeemed")
}

/// Carried out as the engine does it.
fn resend(world: &mut World, outcome: Option<Outcome>) {
    let planned = world.plan();
    let draft = planned.drafts.iter().find(|draft| draft.step.action == Action::ResendInvitation).expect("planned");
    let number = world.ledger.next;
    let intent = Intent {
        number,
        step: draft.step.clone(),
        packages: draft.packages.clone(),
        survey: world.now,
        at: world.now,
        retry: draft.retry,
        released: false,
        standing: draft.standing,
    };
    world.note(Entry::Intent(Box::new(intent)));
    if let Some(outcome) = outcome {
        world.note(Entry::Outcome { intent: number, outcome, at: world.now });
    }
}

fn sent() -> Option<Outcome> {
    Some(Outcome::Invited { guest: guest(1) })
}

#[test]
fn an_invitation_is_sent_again_after_three_days_and_given_up_after_fourteen() {
    check(
        &at(waiting(), hours(3 * DAY)),
        expect![[r#"
            resend_invitation bo: has not accepted the invitation yet
        "#]],
    );
    check(
        &at(waiting(), hours(14 * DAY)),
        expect![[r#"
            ! not_redeemed: guest bo's guest has not accepted the invitation since 2026-05-04 11:00 UTC (request 00000000000000000000000000000001), and it is not sent again; nothing is taken away. Ask the person, or the customer's administrators, to accept it, or cancel the request
        "#]],
    );
}

#[test]
fn each_time_is_exact_and_the_plan_wakes_by_itself() {
    let second = SignedDuration::from_secs(1);
    let (due, over) = (hours(3 * DAY), hours(14 * DAY));
    for (since, sends, given_up) in [
        (hours(1), false, false),
        (due - second, false, false),
        (due, true, false),
        (over - second, true, false),
        (over, false, true),
    ] {
        let world = at(waiting(), since);
        assert_eq!((resends(&world), gives_up(&world)), (sends, given_up), "{since:?}");
    }
    let begun = waiting().now - hours(1);
    assert_eq!(at(waiting(), due - second).plan().wake, Some(begun + due));
    assert_eq!(at(waiting(), due).plan().wake, Some(begun + due + due));
    assert_eq!(at(waiting(), over - second).plan().wake, Some(begun + over));
}

#[test]
fn it_goes_out_once_in_three_days_whatever_becomes_of_the_answer() {
    for outcome in
        [sent(), None, Some(Outcome::Unclear { text: "lost".into() }), Some(Outcome::Refused { text: "no".into() })]
    {
        let mut world = at(waiting(), hours(3 * DAY));
        resend(&mut world, outcome.clone());
        let again = |days: i64| resends(&at(world.clone(), hours(1 + days * DAY)));
        assert_eq!((resends(&world), again(2), again(3)), (false, false, true), "{outcome:?}");
    }
    let mut world = at(waiting(), hours(3 * DAY));
    resend(&mut world, Some(Outcome::NotSent));
    assert!(resends(&world), "what never left is still due");
}

#[test]
fn it_counts_in_the_budget_of_invitations_unless_nothing_went_out() {
    for (outcome, counted) in [
        (sent(), 1),
        (None, 1),
        (Some(Outcome::Unclear { text: "lost".into() }), 1),
        (Some(Outcome::NotSent), 0),
        (Some(Outcome::Refused { text: "no".into() }), 0),
    ] {
        let mut world = at(waiting(), hours(3 * DAY));
        resend(&mut world, outcome.clone());
        assert_eq!(world.ledger.invited.len(), counted, "{outcome:?}");
        assert!(world.ledger.refused.is_empty(), "whoever is there already need not be kept from being invited");
    }
}

#[test]
fn an_intent_without_an_answer_is_closed_within_a_day() {
    let mut world = at(waiting(), hours(3 * DAY));
    resend(&mut world, None);
    for (hours_later, open) in [(24, 1), (1, 0)] {
        world.now += hours(hours_later);
        world.settle();
        assert_eq!(world.ledger.open.len(), open);
    }
}

#[test]
fn whoever_was_invited_without_a_word_before_gets_it_as_soon_as_somebody_asks_for_them() {
    let mut world = waiting();
    world.knows(1).since = world.now - hours(100 * DAY);
    assert!(resends(&world));
    // Unless Microsoft wrote to everybody then; but that is long ago.
    world.settings.invitations.mail = true;
    assert!(resends(&world));
    world.knows(1).since = world.now - hours(2);
    assert!(!resends(&world));
    // And the time to accept counts from the grant on.
    assert!(!gives_up(&at(world.clone(), hours(14 * DAY) - hours(1))));
    assert!(gives_up(&at(world, hours(14 * DAY))));
}

#[test]
fn a_later_grant_gives_the_time_anew_and_says_which_request_is_given_up() {
    let mut world = at(waiting(), hours(13 * DAY));
    let second = Grant { request: request(2), person: person(1), mail: mail(1), ..grant(&world, 2, 40 * DAY) };
    world.note(Entry::Granted(Grant { from: world.now, ..second }));
    let world = at(world, hours(2 * DAY) + hours(1));
    assert!(resends(&world));
    check(
        &world,
        expect![[r#"
            resend_invitation bo: has not accepted the invitation yet
            ! not_redeemed: guest bo's guest has not accepted the invitation since 2026-05-04 11:00 UTC (request 00000000000000000000000000000001), and it is not sent again; nothing is taken away. Ask the person, or the customer's administrators, to accept it, or cancel the request
        "#]],
    );
}

#[test]
fn nobody_else_is_written_to() {
    type Change = fn(&mut World);
    let changes: [(&str, Change); 12] = [
        ("accepted", |world| world.facts(1).external_state = Some("Accepted".into())),
        ("never invited", |world| world.facts(1).external_state = None),
        ("the customer's own guest", |world| world.knows(1).ours = false),
        ("perhaps the customer's own guest", |world| world.knows(1).verified = false),
        ("disabled", |world| world.facts(1).enabled = false),
        ("without an address", |world| world.facts(1).mail = None),
        ("barred", |world| world.bars(1)),
        ("on the stop list", |world| world.actual.deny = DenyState::Read([guest(1)].into())),
        ("left the partner", |world| world.is_disabled(1)),
        ("standing, and asked for by nobody", |world| {
            world.ledger.grants.clear();
            world.joins(1, 1);
        }),
        ("offboarded", |world| world.mode = Mode::Offboard),
        ("blocked by Microsoft", |world| world.ledger.invitations_blocked = Some(world.now)),
    ];
    for (name, change) in changes {
        let mut world = at(waiting(), hours(3 * DAY));
        assert!(resends(&world));
        change(&mut world);
        assert!(!resends(&world), "{name}");
        let blocked = world.plan().plan.problems.iter().any(|problem| problem.code == "invitations_blocked");
        assert_eq!(blocked, name == "blocked by Microsoft");
    }
    let ended = at(waiting(), hours(40 * DAY));
    assert!(!resends(&ended) && !gives_up(&ended));
}

#[test]
fn a_pause_and_a_protection_hold_it() {
    let mut paused = at(waiting(), hours(3 * DAY));
    paused.pauses(false);
    let mut protected = at(waiting(), hours(3 * DAY));
    protected.customer.protect.insert(guest(1).into());
    for (world, rail) in [(&paused, "paused"), (&protected, "protect")] {
        let planned = world.plan();
        assert!(!resends(world));
        assert!(planned.plan.held.iter().any(|held| held.rail == rail), "{rail}: {:?}", planned.plan.held);
    }
    paused.orders = Orders::default();
    assert!(resends(&paused), "when the pause is over");
}

#[test]
fn the_guests_own_address_is_written_to_whatever_the_person_is_called_now() {
    let mut world = at(waiting(), hours(3 * DAY));
    world.person(1).mail = Some("bo.married@northwind.example".into());
    let step = world.plan().plan.steps.into_iter().find(|step| step.action == Action::ResendInvitation);
    assert_eq!(step.and_then(|step| step.mail), Some(mail(1)));
}

#[test]
fn whoever_comes_back_is_enabled_before_the_mail_and_not_written_to_while_that_is_held() {
    let mut world = at(waiting(), hours(3 * DAY));
    world.facts(1).enabled = false;
    world.knows(1).disabled = Some(world.now - hours(1));
    let actions = |world: &World| world.plan().plan.steps.iter().map(|step| step.action).collect::<Vec<_>>();
    assert_eq!(actions(&world), [Action::EnableGuest, Action::ResendInvitation]);
    world.customer.protect.insert(guest(1).into());
    assert_eq!(actions(&world), []);
}
