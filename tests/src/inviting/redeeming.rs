//! A requested person who does not accept the invitation, over the weeks.

use crate::world::{World, one_customer};
use access::ids::PersonId;
use access::ledger::Grant;
use access::plan::CustomerPlan;
use cloud_sim::{Change, Fault, TenantHandle, What, When};
use engine::{How, Outcome};
use jiff::SignedDuration;
use outside::Clock;
use uuid::Uuid;

const ZOE: &str = "zoe@northwind.example";
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Zoe, in no group that anybody follows, is granted the package for 30 days, and is in place.
async fn granted() -> (World, TenantHandle, Uuid) {
    let (world, contoso, _, target) = one_customer();
    let zoe = world.person("zoe", &[]);
    let from = world.clock.now();
    let grant = Grant {
        request: "00000000000000000000000000000001".parse().expect("32 digits"),
        person: PersonId(zoe),
        package: "second-line".into(),
        mail: ZOE.into(),
        name: None,
        outside: false,
        from,
        until: from + DAY * 30,
        approved_by: vec!["lead@northwind.example".into()],
        ticket: None,
    };
    world.engine().grant_access("contoso", vec![grant]).await.expect("granted");
    settle(&world).await;
    assert!(contoso.member_mails(target).contains(ZOE));
    (world, contoso, target)
}

/// Runs until the survey has shown what was done.
async fn settle(world: &World) -> CustomerPlan {
    let mut plan = None;
    for _ in 0..3 {
        plan = Some(world.sync().await.plan);
        world.pass(SignedDuration::from_mins(6)).await;
    }
    plan.expect("a plan")
}

/// On which day after the grant Microsoft wrote to Zoe.
fn mails(world: &World) -> Vec<i64> {
    let begun: jiff::Timestamp = "2026-11-02T09:00:00Z".parse().expect("a time");
    let effects = world.sim.effects().into_iter();
    let mailed = effects
        .filter(|effect| matches!(&effect.change, Change::GuestInvited { mail, mailed: true, .. } if mail == ZOE));
    mailed.map(|effect| effect.at.duration_since(begun).as_hours() / 24).collect()
}

/// As the hosts do it: a tick each hour, then a run of each customer that is due.
async fn live(world: &World, days: i64) {
    for _ in 0..days * 24 {
        world.pass(SignedDuration::from_hours(1)).await;
        let engine = world.engine();
        for name in engine.tick().await.expect("a tick").due {
            let outcome = engine.sync(&name, How::default()).await.expect("the store works");
            assert!(!matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
        }
    }
}

fn has(plan: &CustomerPlan, code: &str) -> bool {
    plan.problems.iter().any(|problem| problem.code == code)
}

#[tokio::test(start_paused = true)]
async fn the_invitation_comes_every_three_days_for_two_weeks_and_nothing_is_taken_away() {
    let (world, contoso, target) = granted().await;
    live(&world, 20).await;
    assert_eq!(mails(&world), [0, 3, 6, 9, 12]);
    assert!(has(&settle(&world).await, "not_redeemed"));
    assert!(contoso.member_mails(target).contains(ZOE));
    assert_eq!(contoso.users().len(), 1, "always the same guest");
}

#[tokio::test(start_paused = true)]
async fn whoever_accepts_hears_nothing_more() {
    let (world, contoso, _) = granted().await;
    live(&world, 4).await;
    contoso.redeem(contoso.find_guest(ZOE).expect("invited"), "ExternalAzureAD");
    live(&world, 16).await;
    assert_eq!(mails(&world), [0, 3]);
    assert!(!has(&settle(&world).await, "not_redeemed"));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_no_second_mail() {
    for what in [What::ResetAfter, What::StatusAfter(504, "GatewayTimeout"), What::CutJson] {
        let (world, ..) = granted().await;
        world.sim.fault(Fault::new("POST /invitations", When::Times(1), what));
        live(&world, 5).await;
        assert_eq!(mails(&world), [0, 3], "{what:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_left_goes_out_later_and_a_refusal_waits_for_its_time() {
    for (what, expected) in [
        (What::Throttle { retry_after: None }, vec![0, 3]),
        (What::NeverSent, vec![0, 3]),
        (What::Status(403, "Authorization_RequestDenied"), vec![0, 6]),
    ] {
        let (world, ..) = granted().await;
        // For as long as one request is tried, and not much longer.
        let until = When::For(std::time::Duration::from_secs(3 * 24 * 3600));
        let denied = matches!(what, What::Status(..));
        world.sim.fault(Fault::new("POST /invitations", if denied { until } else { When::Times(20) }, what));
        live(&world, 7).await;
        assert_eq!(mails(&world)[..2], expected, "{what:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_budget_of_invitations_holds_for_those_that_are_sent_again() {
    let (mut world, ..) = granted().await;
    world.config.invitations.per_tenant_per_hour = 1;
    let source = world.config.customers[0].packages[0].members.first().expect("a source").0;
    world.pass(DAY * 3 - SignedDuration::from_mins(18)).await;
    world.people(1, &[source]);
    let invitations = |world: &World| {
        world.sim.effects().iter().filter(|effect| matches!(effect.change, Change::GuestInvited { .. })).count()
    };
    let run = world.sync().await;
    assert_eq!((invitations(&world), run.waiting > 0), (2, true), "the newcomer first");
    world.pass(SignedDuration::from_mins(61)).await;
    world.sync().await;
    assert_eq!((invitations(&world), mails(&world).len()), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_shows_it_and_sends_nothing() {
    let (world, ..) = granted().await;
    world.pass(DAY * 3).await;
    let plan = world.plan().await;
    assert!(plan.steps.iter().any(|step| step.action.name() == "resend_invitation"), "{plan:?}");
    assert_eq!(mails(&world), [0]);
}
