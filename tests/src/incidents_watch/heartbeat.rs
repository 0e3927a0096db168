//! The sign of life.

use super::town::{Town, alert_id, log_alert};
use access::config::SecretRef;

fn town() -> Town {
    let mut town = Town::new();
    town.world.config.paging.heartbeat = Some(SecretRef::Env("HEARTBEAT".into()));
    town
}

async fn red(town: &mut Town) -> usize {
    let red = town.engine().health(true).await.red.unwrap_or_default();
    red.iter().filter(|one| one.code == "heartbeat_failing").count()
}

#[tokio::test(start_paused = true)]
async fn there_is_one_a_minute_also_while_people_are_being_paged() {
    let mut town = town();
    town.minutes(3).await;
    assert_eq!(town.ears.beats(), 3);
    town.sign_in(0, 0);
    town.minutes(3).await;
    assert_eq!((town.ears.beats(), town.ears.lines().len()), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn there_is_none_while_nobody_can_be_told() {
    let mut town = town();
    town.ears.down(&["duty.example"]);
    let now = town.now();
    town.alert(&log_alert(&alert_id(1), now, &[])).await;
    let logs = town.minutes(3).await;
    assert_eq!(town.ears.beats(), 0);
    assert!(logs.iter().any(|line| line.contains("no sign of life is given")), "{logs:#?}");
    town.ears.down(&[]);
    town.minutes(10).await;
    assert!(town.ears.beats() >= 4);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_not_taken_is_red_and_in_nobodys_way() {
    let mut town = town();
    town.ears.down(&["beats.example"]);
    town.sign_in(0, 0);
    let logs = town.minutes(2).await;
    assert!(logs.iter().any(|line| line.contains("beats.example answered 503")), "{logs:#?}");
    assert!(logs.iter().all(|line| !line.contains("secret")), "the address is a secret: {logs:#?}");
    assert_eq!(town.ears.lines().len(), 1, "people are paged");
    assert_eq!(red(&mut town).await, 1);
    town.ears.down(&[]);
    town.minute().await;
    assert_eq!(red(&mut town).await, 0);
}
