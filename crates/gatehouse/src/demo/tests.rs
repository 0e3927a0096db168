use super::{Broken, Ending, Home, StoryClock, tell};
use crate::wiring::{Doors, Place};
use expect_test::expect_file;
use jiff::Timestamp;
use outside::VirtualClock;
use std::collections::BTreeMap;
use std::sync::Arc;

async fn story(ending: Ending) -> String {
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let home = Home::make(None, Arc::new(StoryClock::new(Arc::new(clock)))).unwrap();
    let mut told = Vec::new();
    let ended = tell(&home, ending, &mut told).await;
    std::fs::remove_dir_all(&home.folder).unwrap();
    if let Err(Broken::Failed(text)) = ended {
        panic!("{text}");
    }
    String::from_utf8(told).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_story_is_the_same_each_time() {
    expect_file!["story.txt"].assert_eq(&story(Ending::Released).await);
}

#[tokio::test(start_paused = true)]
async fn an_open_story_ends_with_a_held_plan() {
    let told = story(Ending::Open).await;
    assert!(told.contains("gatehouse sync --release sha256:"), "{told}");
    assert!(!told.contains("released by"), "{told}");
}

#[test]
fn the_demo_leaves_a_folder_alone_that_holds_anything() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let clock = Arc::new(outside::SystemClock::new());
    let refused = Home::make(Some(folder.as_ref()), clock).err().unwrap();
    assert!(refused.ends_with("is not empty; the demo begins with a new or an empty folder"), "{refused}");
}

#[tokio::test]
async fn other_processes_reach_the_tenants_that_are_open() {
    let mut home = Home::make(None, Arc::new(outside::SystemClock::new())).unwrap();
    home.open().await.unwrap();
    let place = Place { doors: Doors::system(), ..home.place() };
    let config = place.load().unwrap().config.unwrap();
    let plan = place.engine(Arc::new(config)).unwrap().plan(&["contoso".into()]).await.unwrap();
    // So they reach the duty engineer, over TLS as anybody does.
    let args =
        ["gatehouse", "--config", &home.folder.display().to_string(), "page", "--test", "contoso"].map(Into::into);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = crate::cli::run(args, Arc::new(BTreeMap::new()), Doors::system(), &mut out, &mut err).await;
    assert_eq!(status, 0, "{}{}", String::from_utf8_lossy(&out), String::from_utf8_lossy(&err));
    std::fs::remove_dir_all(&home.folder).unwrap();
    let problems: Vec<_> = plan.customers[0].problems.iter().map(|problem| problem.code.as_str()).collect();
    assert!(!plan.customers[0].steps.is_empty() && !problems.contains(&"not_planned"), "{plan:?}");
}
