//! The demo's story on a store, against the same story on others.

use super::Place;
use gatehouse::demo::{Broken, Ending, Home, StoryClock, tell};
use outside::SystemClock;
use std::sync::Arc;

/// Where the demo keeps its state.
const USUAL: &str = "url = \"file:state\"\n";

/// Where the simulated cloud's table ends, in which the root certificate of the store is written.
const CLOUD: &str = "graph = \"https://graph.sim.example\"\n";

pub(super) async fn ends_as_in_memory(place: &Place) {
    let there = told(Some(place), |home| place.table(home)).await;
    same(&there, &told(None, |_| "url = \"memory:\"\n".to_owned()).await);
    assert!(there.contains("page (step 1, round 1) to duty: taken"), "the story is told to its end:\n{there}");
}

#[tokio::test]
async fn the_story_ends_on_disk_as_in_memory() {
    let on_disk = told(None, |_| USUAL.to_owned()).await;
    same(&on_disk, &told(None, |_| "url = \"memory:\"\n".to_owned()).await);
}

/// The first line that differs says more than both stories as a whole.
fn same(one: &str, other: &str) {
    for (number, (line, other)) in one.lines().zip(other.lines()).enumerate() {
        assert_eq!(line, other, "line {}", number + 1);
    }
    assert_eq!(one.lines().count(), other.lines().count());
}

/// Tells the story in real time, on a store with this table, and leaves out what differs from one telling to the next.
async fn told(place: Option<&Place>, table: impl FnOnce(&Home) -> String) -> String {
    let clock = StoryClock::new(Arc::new(SystemClock::new()));
    let home = Home::make(None, Arc::new(clock)).unwrap();
    let file = home.folder.join("gatehouse.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(USUAL) && text.contains(CLOUD));
    let mut text = text.replace(USUAL, &table(&home));
    if let Some(place) = place {
        std::fs::write(home.folder.join("store-ca.pem"), &place.ca_pem).unwrap();
        text = text.replace(CLOUD, &format!("{CLOUD}ca_file = \"store-ca.pem\"\n"));
    }
    std::fs::write(&file, text).unwrap();
    let mut told = Vec::new();
    let ended = tell(&home, Ending::Released, &mut told).await;
    std::fs::remove_dir_all(&home.folder).unwrap();
    let told = String::from_utf8(told).unwrap();
    if let Err(Broken::Failed(why)) = ended {
        panic!("{told}\n{why}");
    }
    told.lines().map(|line| line.split(' ').map(masked).collect::<Vec<_>>().join(" ") + "\n").collect()
}

/// Times pass as they do, with as many digits as they need, and ids are drawn in the order in which things happen.
fn masked(word: &str) -> String {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_time = word.contains(':') && digits >= 4;
    let is_id = word.len() >= 8 && digits > 0 && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if !is_time && !is_id {
        return word.to_owned();
    }
    let parts: Vec<_> = word.split(|c: char| c.is_ascii_hexdigit()).filter(|part| !part.is_empty()).collect();
    format!("#{}#", parts.join("#"))
}
