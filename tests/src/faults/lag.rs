//! Eventual consistency: reads, lists and the index behind look-ups that are minutes late.

use super::life::Life;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn replicas_that_are_five_minutes_late_wrong_nobody_and_are_caught_up_with() {
    for (members, objects, index) in [(300, 0, 0), (0, 300, 0), (0, 0, 300), (300, 300, 300)] {
        let mut life = Life::new(1, |options| {
            options.member_lag = Duration::from_secs(members);
            options.replication_delay = Duration::from_secs(objects);
            options.index_lag = Duration::from_secs(index);
        });
        life.live().await;
        let left = life.end().await;
        assert_eq!(left, Vec::<String>::new(), "late by {members} s, {objects} s, {index} s");
    }
}

#[tokio::test(start_paused = true)]
async fn small_pages_empty_pages_and_changes_that_are_told_twice_are_all_the_same() {
    for seed in 1..=3 {
        let mut life = Life::new(seed, |options| {
            (options.page_cap, options.delta_page_size) = (Some(2), 2);
            (options.empty_pages, options.replays) = (0.3, 0.5);
            options.member_lag = Duration::from_secs(60);
        });
        life.live().await;
        let left = life.end().await;
        assert_eq!(left, Vec::<String>::new(), "seed {seed}");
    }
}
