//! The measurement itself, tiny: that it still works and finds what it should, never how long it takes.

use crate::cloud::{Tally, World};
use crate::contender::Gatehouse;
use crate::job::{Account, JOB};
use crate::large;
use crate::peers::{Contender, command};
use crate::process::Part;
use crate::run::{Folder, inside};
use crate::scenario::{Scenario, all};

/// The state that was copied for the twins is what a run of their own would have left: nothing is done about them until
/// something happens in them, and then only there.
#[tokio::test]
async fn only_what_an_event_touches_is_surveyed() {
    let large = all().into_iter().find(|scenario| scenario.twins).expect("it is measured");
    let scenario = Scenario { customers: 60, team: 20, people: 3, latency_ms: 0, ..large };
    let folder = Folder::new().unwrap();
    let seen = large::inside(&scenario, &folder.0).await.unwrap();
    let ran: Vec<(&str, usize, u32)> =
        seen.iter().map(|(word, ticked, _)| (word.as_str(), ticked.ran, ticked.applied)).collect();
    let expected =
        [("start", 0, 0), ("strangers 1", 1, 0), ("strangers 10", 10, 0), ("joiner", 20, 40), ("leaver", 20, 0)];
    assert_eq!(ran, expected);
    for (word, ticked, tally) in seen {
        assert_eq!((ticked.left, ticked.failures), (0, vec![]), "{word}");
        assert_eq!((tally.missing, tally.lingering, tally.wrong_removals), (0, 0, 0), "{word}");
    }
}

#[tokio::test]
async fn gatehouse_converges_in_every_scenario_at_a_small_size() {
    for scenario in all().into_iter().filter(|scenario| scenario.faults == 0.0) {
        let row = inside(&scenario.small()).await.expect(&scenario.name);
        let tally = row.tally;
        let name = &scenario.name;
        assert_eq!((tally.missing, tally.lingering), (0, 0), "{name}");
        assert_eq!((tally.wrong_removals, tally.duplicates, tally.throttled), (0, 0, 0), "{name}");
        // One round trip for the partner, one for each customer.
        if name.starts_with("nothing") || name == "large" {
            assert_eq!(tally.requests, 1 + scenario.small().customers, "{name}");
        }
        assert_eq!(tally.last_removal > 0.0, scenario.leaver, "{name}");
    }
}

/// Who starts with an empty store and whose state is only what the cloud shows comes to the same end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_script_and_gatehouse_bring_the_same_people_in_over_https() {
    let scenario = all().into_iter().find(|scenario| scenario.name == "many").expect("it is measured").small();
    let mut tallies: Vec<Tally> = Vec::new();
    for contender in [Contender::Gatehouse, Contender::Script] {
        let folder = Folder::new().unwrap();
        let mut world = World::new(&scenario, true);
        let (_served, job) = world.serve(&folder.0).await.unwrap();
        world.start().await;
        match command(contender, &folder.0.join(JOB), &folder.0).unwrap() {
            None => {
                Gatehouse::new(&job, None).unwrap().measured().await.unwrap();
            }
            Some(command) => {
                let script = move || {
                    let mut part = Part::start("the script", command)?;
                    let () = part.hear()?;
                    part.ask("go")
                };
                let account: Result<Account, String> = tokio::task::spawn_blocking(script).await.unwrap();
                assert!(account.unwrap().peak_mib > 1.0);
            }
        }
        tallies.push(world.tally());
    }
    for tally in &tallies {
        assert_eq!((tally.missing, tally.lingering, tally.duplicates, tally.throttled), (0, 0, 0, 0));
    }
    assert!(tallies[0].requests < tallies[1].requests, "{tallies:?}");
}
