//! The process dies at every operation on the store and at every message to a channel, before its effect and after: what
//! was taken is paged, what is paged twice says that it may repeat, and nothing is left behind.

use super::alert::{incident, sign_in, sign_ins};
use super::channels::Say;
use super::scene::{FIRST, Scene};
use crate::crash::fate::Death;
use access::incidents::{IncidentId, Status};
use futures::future::{join, join3};
use jiff::SignedDuration;

/// Two calls on one channel for one incident that are no further apart are one call, repeated: the escalation comes back to
/// a channel after ten minutes.
const REPEATED_WITHIN: SignedDuration = SignedDuration::from_mins(9);

/// What a story leaves behind: its scene, and the incidents that people must have heard of.
type Left = (Scene, Vec<IncidentId>);

fn ids(scene: &Scene, numbers: &[usize]) -> Vec<IncidentId> {
    numbers.iter().map(|number| incident(scene.tenant(), *number)).collect()
}

/// What holds in the end, whoever died and wherever; `deaths` is how many did.
pub(super) async fn check(scene: &Scene, expected: &[IncidentId], deaths: usize, case: &str) {
    scene.story.count(false);
    scene.minutes(3).await;
    for id in expected {
        for channel in FIRST {
            let calls = scene.channels.calls(channel, id.as_str());
            assert!(!calls.is_empty(), "{case}: {channel} never heard of {id}");
            let mut repeated = 0;
            for pair in calls.windows(2) {
                if pair[1].at.duration_since(pair[0].at) < REPEATED_WITHIN {
                    repeated += 1;
                    assert!(pair[1].may_repeat(), "{case}: {channel} was called twice: {pair:#?}");
                }
            }
            assert!(repeated <= deaths, "{case}: {channel} was called {repeated} times too often");
        }
    }
    let known = scene.incidents().await;
    let stored: Vec<&IncidentId> = known.iter().map(|incident| &incident.id).collect();
    assert!(expected.iter().all(|id| stored.contains(&id)), "{case}: {stored:?}");
    assert_eq!(stored.len(), expected.len(), "{case}");
    for incident in &known {
        let claimed = incident.pages.iter().find(|page| page.claimed.is_some() && !page.dropped);
        assert!(claimed.is_none(), "{case}: {claimed:?}");
        if incident.status != Status::Closed {
            scene.judge(&incident.id).await;
        }
    }
    scene.minutes(2).await;
    for id in expected {
        let closed = scene.incident(id).await.expect("it is stored");
        assert!(closed.status == Status::Closed && closed.is_done(), "{case}: {closed:#?}");
    }
    assert_eq!(scene.stored("open").await, Vec::<String>::new(), "{case}: nothing is left to do");
}

/// One death at each operation of the story, in both ways.
async fn one_death(name: &str, least: usize, story: impl AsyncFn(&[Death]) -> Left) {
    let (scene, expected) = story(&[]).await;
    let operations = scene.story.names();
    check(&scene, &expected, 0, name).await;
    assert!(operations.len() >= least, "{name}: {operations:#?}");
    for death in Death::all(operations.len() as u64) {
        let (scene, expected) = story(&[death]).await;
        let case = format!("{name}: {death:?}, {}", operations[death.at as usize]);
        assert_eq!(scene.story.deaths_left(), 0, "{case}: it never came");
        check(&scene, &expected, 1, &case).await;
    }
    println!("{name}: {} operations", operations.len());
}

/// Two deaths: the first at each operation, the second so many operations later, in whatever makes up for the first.
async fn two_deaths(name: &str, distances: impl Iterator<Item = u64> + Clone, story: impl AsyncFn(&[Death]) -> Left) {
    let (scene, _) = story(&[]).await;
    let operations = scene.story.names();
    let (mut pairs, mut late) = (0, 0);
    for at in 0..operations.len() as u64 {
        for distance in distances.clone() {
            let first = Death { at, after: distance.is_multiple_of(2) };
            let second = Death { at: at + distance, after: at.is_multiple_of(2) };
            let (scene, expected) = story(&[first, second]).await;
            // Beyond the end of the story there is nobody to die.
            late += scene.story.deaths_left();
            pairs += 1;
            let case = format!("{name}: {first:?}, {second:?}, {}", operations[at as usize]);
            check(&scene, &expected, 2, &case).await;
        }
    }
    println!("{name}: {pairs} pairs of deaths, of which {late} had one only");
    assert!(late < pairs / 2, "{late} of {pairs}");
}

/// An alert comes, and three minutes pass.
async fn an_alert(deaths: &[Death]) -> Left {
    let scene = Scene::dying(deaths);
    scene.story.count(true);
    let (taken, ()) = join(scene.sent(&sign_in(1)), scene.minutes(3)).await;
    assert!(taken, "{deaths:?}: the sender was answered in the end");
    let expected = ids(&scene, &[1]);
    (scene, expected)
}

/// The same with an alert about three sign-ins.
async fn three_in_one(deaths: &[Death]) -> Left {
    let scene = Scene::dying(deaths);
    scene.story.count(true);
    let body = sign_ins(1, &[(1, "50126"), (2, "0"), (3, "50126")]);
    let (taken, ()) = join(scene.sent(&body), scene.minutes(3)).await;
    assert!(taken, "{deaths:?}: the sender was answered in the end");
    let expected = ids(&scene, &[1, 2, 3]);
    (scene, expected)
}

#[tokio::test(start_paused = true)]
async fn an_alert_is_paged_wherever_the_process_dies() {
    one_death("alert", 10, an_alert).await;
}

#[tokio::test(start_paused = true)]
async fn an_alert_is_paged_wherever_the_process_dies_and_the_next_one_dies_too() {
    two_deaths("alert", [1, 2, 3, 5, 8, 13].into_iter(), an_alert).await;
    two_deaths("three incidents", [2, 7, 15].into_iter(), three_in_one).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "all pairs: some minutes of work, run by hand"]
async fn an_alert_is_paged_after_every_pair_of_deaths() {
    two_deaths("alert", 1..40, an_alert).await;
    two_deaths("three incidents", 1..60, three_in_one).await;
}

#[tokio::test(start_paused = true)]
async fn two_alerts_at_once_are_paged_wherever_the_process_dies() {
    one_death("two alerts", 20, async |deaths| {
        let scene = Scene::dying(deaths);
        scene.story.count(true);
        let (one, other) = (sign_in(1), sign_in(2));
        let (one, other, ()) = join3(scene.sent(&one), scene.sent(&other), scene.minutes(3)).await;
        assert!(one && other, "the senders were answered in the end");
        let expected = ids(&scene, &[1, 2]);
        (scene, expected)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_sign_in_by_two_roads_at_once_is_paged_wherever_the_process_dies() {
    one_death("two roads", 16, async |deaths| {
        let scene = Scene::dying(deaths);
        scene.story.count(true);
        let (one, other) = (sign_in(1), sign_ins(2, &[(1, "0")]));
        let (one, other, ()) = join3(scene.sent(&one), scene.sent(&other), scene.minutes(3)).await;
        assert!(one && other, "the senders were answered in the end");
        let expected = ids(&scene, &[1]);
        (scene, expected)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_alert_of_three_incidents_is_paged_wherever_the_process_dies() {
    one_death("three incidents", 16, three_in_one).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_sent_again_is_paged_wherever_the_process_dies() {
    one_death("retry", 16, async |deaths| {
        let scene = Scene::dying(deaths);
        scene.channels.will_say("ops", &[Say::Status(503), Say::Later(429, 10), Say::Never]);
        scene.story.count(true);
        let (taken, ()) = join(scene.sent(&sign_in(1)), scene.minutes(4)).await;
        assert!(taken, "the sender was answered in the end");
        let expected = ids(&scene, &[1]);
        (scene, expected)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_next_step_is_paged_wherever_the_process_dies() {
    one_death("escalation", 8, async |deaths| {
        let scene = Scene::dying(deaths);
        assert!(scene.sent(&sign_in(1)).await);
        scene.minutes(4).await;
        scene.story.count(true);
        scene.minutes(4).await;
        let expected = ids(&scene, &[1]);
        let calls = scene.channels.calls("boss", expected[0].as_str());
        assert!(!calls.is_empty(), "{deaths:?}: nobody else was paged");
        assert!(calls[1..].iter().all(|call| call.may_repeat()), "{deaths:?}: {calls:#?}");
        (scene, expected)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_holds_wherever_the_process_dies() {
    one_death("acknowledgement", 5, async |deaths| {
        let scene = Scene::dying(deaths);
        assert!(scene.sent(&sign_in(1)).await);
        scene.minutes(1).await;
        let expected = ids(&scene, &[1]);
        scene.story.count(true);
        scene.acknowledge(&expected[0]).await;
        scene.minutes(12).await;
        let states: Vec<String> =
            scene.channels.got().iter().map(|got| format!("{} {}", got.channel, got.state())).collect();
        for channel in FIRST {
            let told = states.iter().filter(|state| **state == format!("{channel} acknowledged")).count();
            assert!(told > 0, "{deaths:?}: {channel} heard nothing: {states:?}");
        }
        assert!(!states.iter().any(|state| state.starts_with("boss")), "{deaths:?}: the escalation went on");
        (scene, expected)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_without_a_verdict_lapses_wherever_the_process_dies() {
    one_death("lapse", 8, async |deaths| {
        let scene = Scene::dying(deaths);
        assert!(scene.sent(&sign_in(1)).await);
        scene.minutes(1).await;
        let expected = ids(&scene, &[1]);
        scene.acknowledge(&expected[0]).await;
        scene.minutes(29).await;
        scene.story.count(true);
        scene.minutes(4).await;
        for channel in FIRST {
            let calls = scene.channels.calls(channel, expected[0].as_str());
            assert!(calls.len() > 1, "{deaths:?}: {channel} was not called again");
        }
        (scene, expected)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_verdict_holds_and_is_told_wherever_the_process_dies() {
    one_death("verdict", 6, async |deaths| {
        let scene = Scene::dying(deaths);
        assert!(scene.sent(&sign_in(1)).await);
        scene.minutes(1).await;
        let expected = ids(&scene, &[1]);
        scene.story.count(true);
        scene.judge(&expected[0]).await;
        scene.minutes(3).await;
        for channel in FIRST {
            let told = scene.channels.got().iter().any(|got| got.channel == channel && got.state() == "resolved");
            assert!(told, "{deaths:?}: {channel} was not told that it is over");
        }
        (scene, expected)
    })
    .await;
}

/// A sender that never comes back: what it was not told is taken may be gone, but nothing half of it stays.
#[tokio::test(start_paused = true)]
async fn an_alert_whose_sender_does_not_repeat_it_is_paged_or_was_never_taken() {
    let story = async |deaths: &[Death]| {
        let scene = Scene::dying(deaths);
        scene.story.count(true);
        let body = sign_in(1);
        let (taken, ()) = join(scene.sent_once(&body), scene.minutes(3)).await;
        (scene, taken)
    };
    let operations = story(&[]).await.0.story.names();
    let mut gone = 0;
    for death in Death::all(operations.len() as u64) {
        let (scene, taken) = story(&[death]).await;
        let case = format!("{death:?}, {}", operations[death.at as usize]);
        let id = incident(scene.tenant(), 1);
        if scene.incident(&id).await.is_some() {
            check(&scene, &[id], 1, &case).await;
        } else {
            gone += 1;
            assert!(!taken, "{case}: it was taken, and is gone");
            scene.story.count(false);
            scene.minutes(12).await;
            assert_eq!(scene.stored("open").await, Vec::<String>::new(), "{case}");
        }
    }
    assert!((1..10).contains(&gone), "{gone}");
}
