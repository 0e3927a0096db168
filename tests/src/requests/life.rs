//! A request's life, seen through its status and the customer's group.

use super::town::{LEAD, Town, ZOE, body};
use access::requests::Status;
use engine::membership::leave::Whom;
use engine::requests::{Decide, Refused};
use jiff::SignedDuration;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn what_needs_nobodys_approval_is_carried_out_within_the_call() {
    let town = Town::new(0).await;
    let made = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed");
    assert!(!made.again);
    assert!(matches!(made.request.status, Status::Invited | Status::Active), "{:?}", made.request);
    town.minute().await;
    assert!(town.is_in());
    assert_eq!(town.status(&made.request.id).await, Status::Active);
}

#[tokio::test(start_paused = true)]
async fn somebody_is_let_in_for_a_while_and_out_again_when_it_is_over() {
    let town = Town::new(1).await;
    let id = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed").request.id;
    assert_eq!(town.status(&id).await, Status::WaitingApproval);
    town.minute().await;
    assert!(!town.is_in());
    let own = town.decide(&id, Decide::Approve, ZOE).await;
    assert!(matches!(own, Err(Refused::OwnRequest(_))), "{own:?}");
    town.decide(&id, Decide::Approve, LEAD).await.expect("the lead approves");
    for _ in 0..3 {
        town.minute().await;
    }
    assert!(town.is_in());
    assert_eq!(town.status(&id).await, Status::Active);
    town.world.pass(SignedDuration::from_hours(8)).await;
    for _ in 0..3 {
        town.minute().await;
    }
    assert!(!town.is_in(), "{:?}", town.members());
    let over = town.request(&id).await;
    assert_eq!(over.status, Status::Expired, "{over:#?}");
    assert_eq!(town.members().len(), 2, "the standing members stay");
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_it_back_ends_it_now() {
    let town = Town::new(0).await;
    let id = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed").request.id;
    town.minute().await;
    assert!(town.is_in());
    town.decide(&id, Decide::Cancel, LEAD).await.expect("it can be cancelled");
    assert!(!town.is_in(), "within the call");
    for _ in 0..2 {
        town.minute().await;
    }
    let over = town.request(&id).await;
    assert_eq!(over.status, Status::Cancelled, "{over:#?}");
}

#[tokio::test(start_paused = true)]
async fn an_extension_keeps_the_history_and_moves_the_end() {
    let town = Town::new(1).await;
    let id = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed").request.id;
    town.decide(&id, Decide::Approve, LEAD).await.expect("the lead approves");
    town.minute().await;
    let before = town.request(&id).await;
    town.decide(&id, Decide::Extend { hours: 24 }, LEAD).await.expect("the lead extends");
    let after = town.request(&id).await;
    assert_eq!(after.history[..before.history.len()], before.history[..]);
    town.world.pass(SignedDuration::from_hours(9)).await;
    town.minute().await;
    assert!(town.is_in(), "eight hours were the old end");
    let too_long = town.decide(&id, Decide::Extend { hours: 73 }, LEAD).await;
    assert!(matches!(too_long, Err(Refused::Rules { code: "duration_too_long", .. })), "{too_long:?}");
    town.world.pass(SignedDuration::from_hours(15)).await;
    for _ in 0..2 {
        town.minute().await;
    }
    assert!(!town.is_in());
}

#[tokio::test(start_paused = true)]
async fn somebody_from_outside_the_partner_comes_in_and_is_taken_out_by_their_address() {
    let mut town = Town::new(0).await;
    town.world.config.customers[0].domains.insert("contractor.example".into());
    let mut body = body(8);
    body["invitee"]["email"] = "eve@contractor.example".into();
    let made = town.ask(&town.world.engine(), &body).await.expect("it is allowed");
    town.minute().await;
    assert!(town.members().contains(&"eve@contractor.example".to_owned()), "{:?}", made.request);
    let engine = town.world.engine();
    let found = engine.find_person(&Whom::Mail("Eve@Contractor.example".into())).await.expect("she was asked for");
    engine.bar(&found, LEAD, "her contract ended").await.expect("an order");
    engine.take_out(found.person, Duration::from_secs(30)).await.expect("she is taken out");
    assert!(!town.members().contains(&"eve@contractor.example".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_address_in_the_partners_own_domain_is_nobody_from_outside() {
    let town = Town::new(0).await;
    let mut body = body(8);
    body["invitee"]["email"] = "zoee@northwind.example".into();
    let request = town.ask(&town.world.engine(), &body).await.expect("the policy allows the domain").request;
    assert_eq!((request.status, request.code.as_deref()), (Status::Accepted, Some("person_unknown")));
    town.world.person("zoee", &[]);
    for _ in 0..2 {
        town.minute().await;
    }
    assert_eq!(town.status(&request.id).await, Status::Active, "the account is there now");
}
