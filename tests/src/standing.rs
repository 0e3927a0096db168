//! A customer whose runs do not come is red, although nothing of theirs fails.

use crate::world::{World, one_customer};
use engine::How;
use jiff::SignedDuration;

async fn codes(world: &World) -> Vec<String> {
    let health = world.engine().health(true).await;
    health.red.unwrap_or_default().into_iter().map(|red| red.code).collect()
}

/// The hourly look, with the minute timer at work.
async fn look(world: &World) {
    world.engine().tick().await.expect("the store works");
    world.engine().renew_subscriptions().await.expect("the store works");
}

#[tokio::test(start_paused = true)]
async fn a_customer_whose_run_was_due_half_an_hour_ago_is_red_until_one_has_come() {
    let (world, _contoso, source, _target) = one_customer();
    world.people(2, &[source]);
    // The second run finds everything as it should be, so that only the day's whole read is due.
    world.sync().await;
    world.pass(SignedDuration::from_mins(20)).await;
    world.sync().await;
    look(&world).await;
    assert!(codes(&world).await.is_empty());

    // Messages get lost from here on.
    world.pass(SignedDuration::from_hours(24) + SignedDuration::from_mins(9)).await;
    look(&world).await;
    assert!(codes(&world).await.is_empty(), "due, and not late yet");
    world.pass(SignedDuration::from_mins(30)).await;
    look(&world).await;
    let health = world.engine().health(true).await;
    let red = &health.red.expect("details were asked for")[0];
    assert_eq!(
        (red.code.as_str(), red.customer.as_deref(), health.status.as_str()),
        ("not_run", Some("contoso"), "red")
    );
    assert!(red.text.ends_with("gatehouse sync contoso"), "{}", red.text);

    // At once, although it is looked at once an hour.
    world.engine().sync("contoso", How::default()).await.expect("the store works");
    assert!(codes(&world).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_was_never_looked_after_is_red_half_an_hour_after_that_was_seen() {
    let (world, _contoso, source, _target) = one_customer();
    world.people(2, &[source]);
    look(&world).await;
    world.pass(SignedDuration::from_mins(29)).await;
    look(&world).await;
    assert!(codes(&world).await.is_empty());
    world.pass(SignedDuration::from_mins(1)).await;
    look(&world).await;
    assert_eq!(codes(&world).await, ["not_run"]);
}

#[tokio::test(start_paused = true)]
async fn where_the_timer_stands_still_that_is_the_reason_and_not_each_customer() {
    let (world, _contoso, source, _target) = one_customer();
    world.people(2, &[source]);
    look(&world).await;
    world.pass(SignedDuration::from_hours(30)).await;
    world.engine().renew_subscriptions().await.expect("the store works");
    assert_eq!(codes(&world).await, ["tick_missed"]);
}
