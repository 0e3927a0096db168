//! The rail that looks at a customer's day.

use super::{filled, held, release};
use expect_test::expect;
use jiff::SignedDuration;

#[tokio::test(start_paused = true)]
async fn removals_per_day_max_holds_the_slow_drain_until_the_day_is_over() {
    let mut filled = filled(60).await;
    let limits = &mut filled.world.config.customers[0].packages[0].limits;
    (limits.removals_percent_max, limits.removals_per_day_max) = (100, 6);
    filled.world.config.limits.removals_per_hour_all_max = 100;
    for (gone, inside) in [(3, 57), (6, 54)] {
        filled.leave(gone).await;
        assert_eq!((filled.held().await, filled.inside()), (String::new(), inside));
        filled.world.pass(SignedDuration::from_hours(2)).await;
    }
    filled.leave(7).await;
    expect![[r#"
        removals_per_day_max (1 people): 7 people would be removed from this customer within 24 hours (6 of them were already), and the limit is 6. Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
    "#]].assert_eq(&filled.held().await);
    // The oldest three leave the window: then the next may go, without anybody's word.
    filled.world.pass(SignedDuration::from_hours(20)).await;
    assert_eq!(filled.inside(), 54);
    let wakes = filled.world.engine().sync("contoso", engine::How::default()).await.expect("the store works");
    assert!(matches!(wakes, engine::Outcome::Ran(_)), "{wakes:?}");
    assert_eq!(filled.inside(), 53);
}

#[tokio::test(start_paused = true)]
async fn what_is_released_and_who_left_the_partner_use_none_of_the_day() {
    let mut filled = filled(60).await;
    filled.world.config.customers[0].packages[0].limits.removals_per_day_max = 3;
    filled.leave(4).await;
    assert!(held(&filled.world).await.starts_with("removals_per_day_max (4 people)"));
    assert!(release(&filled.world).await.held.is_empty());
    filled.people[10..13].iter().for_each(|person| filled.world.partner.disable_user(*person));
    filled.people[20..23].iter().for_each(|person| filled.world.partner.remove_member(filled.source, *person));
    filled.world.pass(SignedDuration::from_mins(1)).await;
    assert_eq!((held(&filled.world).await, filled.inside()), (String::new(), 50));
}
