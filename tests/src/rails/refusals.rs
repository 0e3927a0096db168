//! The rail that keeps what a person refused.

use super::all_customers::{Many, name, run};
use super::{filled, held, release};
use crate::world::World;
use engine::{By, How};
use expect_test::expect;
use jiff::SignedDuration;

/// Refuses what the youngest customer holds.
async fn refuse(world: &World) {
    let digest = world.plan().await.digest;
    let by = By { who: "lead@northwind.example".into(), asserted: false, comment: Some("it is being mended".into()) };
    world.engine().refuse(&digest, None, &by).await.expect("a plan with this digest is held");
}

#[tokio::test(start_paused = true)]
async fn refused_holds_what_the_day_would_let_go_until_a_person_releases_it() {
    let filled = filled(10).await;
    filled.leave(2).await;
    assert_eq!((filled.held().await, filled.inside()), (String::new(), 8));
    filled.leave(3).await;
    assert!(filled.held().await.starts_with("removals_percent_max (1 people)"));
    refuse(&filled.world).await;
    // The two of yesterday count no more, and the third is one of eight.
    filled.world.pass(SignedDuration::from_hours(25)).await;
    expect![[r#"
        refused (1 people): No other rail holds this any more, but a person refused it: it stays held as long as it is planned. Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU. Refused by lead@northwind.example.
    "#]].assert_eq(&filled.held().await);
    filled.world.pass(SignedDuration::from_hours(24 * 30)).await;
    assert!(held(&filled.world).await.starts_with("refused"), "nor does a month end it");
    assert_eq!(filled.inside(), 8);
    assert!(release(&filled.world).await.held.is_empty());
    assert_eq!(filled.inside(), 7);
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_and_mended_is_judged_anew_when_it_comes_again() {
    let filled = filled(10).await;
    filled.leave(3).await;
    assert!(filled.held().await.starts_with("removals_percent_max (3 people)"));
    refuse(&filled.world).await;
    filled.world.partner.add_member(filled.source, filled.people[0]);
    filled.world.pass(SignedDuration::from_mins(11)).await;
    assert!(filled.held().await.starts_with("refused (2 people)"), "two of ten would pass, and are refused still");
    assert_eq!(filled.inside(), 10);
    filled.world.partner.remove_member(filled.source, filled.people[0]);
    filled.world.pass(SignedDuration::from_mins(11)).await;
    assert!(filled.held().await.contains("Of these 3 steps 2 were refused, by lead@northwind.example."));
    // Whoever is disabled goes, refused or not; then the one who came anew is one of two, which the day allows.
    filled.world.partner.disable_user(filled.people[1]);
    filled.world.pass(SignedDuration::from_mins(1)).await;
    assert!(filled.held().await.starts_with("refused (1 people)"));
    let inside = filled.world.mails(&filled.contoso, filled.target);
    assert_eq!((inside.len(), inside.contains(&"p2@northwind.example".to_owned())), (8, true));
}

#[tokio::test(start_paused = true)]
async fn refused_holds_what_the_hour_of_all_customers_would_let_go() {
    let mut many = Many::new(2).await;
    many.world.config.limits.removals_per_hour_all_max = 4;
    many.leave(0, 4);
    many.leave(1, 4);
    many.world.pass(SignedDuration::from_mins(1)).await;
    run(&many.world, 0).await;
    assert_eq!(run(&many.world, 1).await.plan.held[0].rail, "removals_per_hour_all_max");
    refuse(&many.world).await;
    for minutes in [80, 60 * 24] {
        many.world.pass(SignedDuration::from_mins(minutes)).await;
        many.world.engine().sync(&name(1), How::default()).await.expect("the store works");
        assert_eq!(many.inside(), [6, 10]);
    }
    assert!(held(&many.world).await.starts_with("refused (4 people)"));
    assert!(release(&many.world).await.held.is_empty());
    assert_eq!(many.inside(), [6, 6]);
}
