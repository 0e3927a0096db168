//! The program, the partner or the customer is not there when it matters.

use super::town::{LEAD, Town, body};
use access::config::Mode;
use access::requests::{Request, RequestId, Status};
use cloud_sim::{Fault, What, When};
use engine::requests::Decide;
use jiff::SignedDuration;
use outside::Clock;

/// Zoe is in until in eight hours, and everybody has seen it.
async fn with_zoe() -> (Town, RequestId) {
    let town = Town::new(1).await;
    let id = accepted(&town).await.id;
    minutes(&town, 3).await;
    assert_eq!((town.is_in(), town.status(&id).await), (true, Status::Active));
    (town, id)
}

/// A request that the lead has let pass.
async fn accepted(town: &Town) -> Request {
    let id = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed").request.id;
    town.decide(&id, Decide::Approve, LEAD).await.expect("the lead approves")
}

async fn minutes(town: &Town, count: usize) {
    for _ in 0..count {
        town.minute().await;
    }
}

fn partner_down(town: &Town) {
    let fault = Fault::new("* /**", When::Every, What::Status(503, "ServiceUnavailable"));
    town.world.sim.fault(fault.in_tenant(town.world.partner.id()));
}

async fn over(town: &Town, id: &RequestId, status: Status) {
    let over = town.request(id).await;
    assert_eq!(over.status, status, "{over:#?}");
    assert_eq!(town.open("requests").await, Vec::<String>::new(), "nothing is left to do");
    assert_eq!(town.open("grants").await, Vec::<String>::new(), "nobody is followed for it");
    assert_eq!(town.ledger().await.grants.len(), 0);
    assert_eq!(town.members().len(), 2, "the standing members stay");
}

#[tokio::test(start_paused = true)]
async fn down_for_a_week_across_the_end_the_first_minute_after_it_takes_the_person_out() {
    let (town, id) = with_zoe().await;
    town.world.pass(SignedDuration::from_hours(7 * 24)).await;
    assert!(town.is_in(), "nobody was there to look");
    town.minute().await;
    assert!(!town.is_in());
    minutes(&town, 12).await;
    over(&town, &id, Status::Expired).await;
}

#[tokio::test(start_paused = true)]
async fn each_of_the_two_timers_alone_takes_the_person_out_on_time() {
    for follows in [true, false] {
        let (town, _) = with_zoe().await;
        let end = town.ledger().await.grants_end().expect("a grant");
        town.world.pass(end.duration_since(town.world.clock.now())).await;
        let engine = town.world.engine();
        if follows {
            engine.follow_requests().await.expect("the store works");
        } else {
            for name in engine.tick().await.expect("a tick").due {
                engine.sync(&name, engine::How::default()).await.expect("the store works");
            }
        }
        // Where it is not the customer's minute, the tick finds nothing; its turn comes within `sync.every`.
        if !follows && town.is_in() {
            for _ in 0..5 {
                town.world.pass(SignedDuration::from_mins(1)).await;
                let engine = town.world.engine();
                for name in engine.tick().await.expect("a tick").due {
                    engine.sync(&name, engine::How::default()).await.expect("the store works");
                }
            }
        }
        assert!(!town.is_in(), "follow_requests alone: {follows}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_partner_is_down_at_the_end_and_the_person_is_out_on_time() {
    let (town, id) = with_zoe().await;
    let end = town.ledger().await.grants_end().expect("a grant");
    partner_down(&town);
    town.world.pass(end.duration_since(town.world.clock.now()) - SignedDuration::from_mins(1)).await;
    town.minute().await;
    assert!(!town.is_in(), "at the minute of its end");
    town.world.sim.clear_faults();
    minutes(&town, 14).await;
    over(&town, &id, Status::Expired).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_is_cancelled_while_the_partner_is_down_is_out_within_the_minute() {
    let (town, id) = with_zoe().await;
    partner_down(&town);
    // Long enough that what is known of the partner is too old for a run.
    town.world.pass(SignedDuration::from_mins(30)).await;
    let cancelled = town.decide(&id, Decide::Cancel, LEAD).await.expect("anybody may take access away");
    assert!(cancelled.closing.is_some() || cancelled.status == Status::Cancelled, "{cancelled:#?}");
    town.minute().await;
    assert!(!town.is_in());
    town.world.sim.clear_faults();
    minutes(&town, 14).await;
    over(&town, &id, Status::Cancelled).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_long_ago_and_never_carried_out_fails_and_does_not_start() {
    let town = Town::new(1).await;
    let id = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed").request.id;
    partner_down(&town);
    town.world.pass(SignedDuration::from_mins(30)).await;
    // The lead's own account is looked up to decide; somebody at the desk needs none.
    town.world.sim.clear_faults();
    let deaf = Fault::new("* /**", When::Every, What::Status(503, "ServiceUnavailable"));
    town.world.sim.fault(deaf.in_tenant(town.contoso.id()));
    town.decide(&id, Decide::Approve, LEAD).await.expect("the lead approves");
    minutes(&town, 3).await;
    assert_eq!(town.status(&id).await, Status::Accepted);
    town.world.pass(SignedDuration::from_hours(24)).await;
    town.world.sim.clear_faults();
    minutes(&town, 15).await;
    over(&town, &id, Status::Failed).await;
    assert_eq!(town.request(&id).await.code.as_deref(), Some("not_carried_out"));
    assert_eq!(town.contoso.find_guest(super::town::ZOE), None, "nobody was invited");
}

#[tokio::test(start_paused = true)]
async fn a_customer_that_is_only_observed_lets_a_request_wait_for_a_day() {
    for (hours, begins) in [(23, true), (24, false)] {
        let mut town = Town::new(1).await;
        town.world.config.customers[0].mode = Mode::Observe;
        let waits = accepted(&town).await;
        assert_eq!((waits.status, waits.code.as_deref()), (Status::Accepted, Some("customer_observed")));
        minutes(&town, 2).await;
        town.world.pass(SignedDuration::from_hours(hours)).await;
        assert!(!town.is_in());
        town.world.config.customers[0].mode = Mode::Enforce;
        minutes(&town, 3).await;
        let now = town.request(&waits.id).await;
        assert_eq!(town.is_in(), begins, "{now:#?}");
        assert_eq!(now.status, if begins { Status::Active } else { Status::Failed });
        if begins {
            assert!(now.ends_at.is_some_and(|end| end.duration_since(now.starts_at.unwrap()).as_hours() == 8));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_that_vanished_causes_no_step_and_goes_on_when_it_is_back() {
    let (mut town, active) = with_zoe().await;
    let waiting = town.ask(&town.world.engine(), &other(4)).await.expect("it is allowed").request.id;
    town.minute().await;
    let gone = town.world.config.customers.remove(0);
    let effects = town.world.sim.effects().len();
    town.world.pass(SignedDuration::from_hours(9)).await;
    town.minute().await;
    let told = town.request(&active).await;
    assert_eq!((told.status, told.code.as_deref()), (Status::Active, Some("customer_gone")));
    minutes(&town, 5).await;
    assert_eq!(town.world.sim.effects().len(), effects, "nothing is done there");
    assert_eq!(town.request(&active).await, told, "it is said once");
    assert_eq!(town.status(&waiting).await, Status::WaitingApproval);
    town.world.config.customers.push(gone);
    town.minute().await;
    assert!(!town.is_in(), "it is long over");
    minutes(&town, 12).await;
    assert_eq!(town.status(&active).await, Status::Expired);
    town.decide(&waiting, Decide::Approve, LEAD).await.expect("the lead approves");
    minutes(&town, 3).await;
    assert!(town.is_in());
}

/// Another ticket for the same.
fn other(hours: u32) -> serde_json::Value {
    let mut other = body(hours);
    other["ticket"]["number"] = "INC0054321".into();
    other
}
