//! Alerts with the same bytes, such as those whose body is lost on the way: after ten minutes they are about something else.

use super::anew::lead;
use super::town::Town;
use access::incidents::{Status, Verdict};
use std::time::Duration;

/// What always comes as this, whatever it is about.
const BODY: &str = r#"{"text":"a break-glass account signed in"}"#;

#[tokio::test(start_paused = true)]
async fn an_alert_whose_bytes_came_before_is_made_up_for_when_nothing_was_made_of_it() {
    let town = Town::new().await;
    assert!(town.sends(BODY).await);
    let first = town.incidents().await.remove(0);
    town.engine.give_verdict(&first.id, None, Verdict::Unknown, &lead()).await.unwrap();
    town.engine.clock.sleep(Duration::from_secs(40 * 60)).await;
    // It is stored and marked, and the process that took it gets no further.
    town.away(&["incidents/"]);
    assert!(town.sends(BODY).await);
    town.engine.clock.sleep(Duration::from_secs(60)).await;
    town.away(&[]);
    town.engine.follow_incidents().await.unwrap();
    let (first, all) = (town.incident(&first.id).await, town.incidents().await);
    let [second] = all.iter().filter(|one| one.id != first.id).collect::<Vec<_>>()[..] else { panic!("{all:#?}") };
    assert_eq!((first.status, first.heard, second.status), (Status::Closed, 1, Status::Open));
    assert_eq!(town.pager_duty().rang().last(), Some(&second.id.to_string()));
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_the_same_bytes_are_told_of_once_for_each_thing_that_they_stand_for() {
    let town = Town::new().await;
    town.away(&["alerts/"]);
    let mut rang = Vec::new();
    for (pause, count) in [(0, 1), (5, 1), (20, 1), (11 * 60, 2), (5, 2)] {
        town.engine.clock.sleep(Duration::from_secs(pause)).await;
        assert!(!town.sends(BODY).await, "it is not stored");
        rang = town.pager_duty().rang();
        assert_eq!(rang.len(), count, "{rang:?}");
    }
    // Once it is stored people may hear of it a second time, and read that they may.
    town.away(&[]);
    assert!(town.sends(BODY).await);
    let incidents = town.incidents().await;
    assert_eq!(incidents.iter().map(|one| one.id.to_string()).collect::<Vec<_>>(), rang.split_off(1));
    assert!(incidents[0].pages.iter().all(|page| page.may_repeat));
    town.engine.clock.sleep(Duration::from_secs(11 * 60)).await;
    assert!(town.sends(BODY).await);
    let incidents = town.incidents().await;
    let third = incidents
        .iter()
        .find(|one| !rang.contains(&one.id.to_string()) && one.pages.iter().all(|page| !page.may_repeat));
    assert!(third.is_some(), "of this one nobody heard before: {incidents:#?}");
}
