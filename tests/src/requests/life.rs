//! A request's life, seen through its status and the customer's group.

use super::town::{LEAD, Town, ZOE, body};
use access::requests::Status;
use engine::requests::{Decide, Refused};
use jiff::SignedDuration;

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
