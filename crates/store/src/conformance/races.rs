//! Many at once: of those that want the same, one gets it.

use super::{RACERS, Stand, content, sure};
use crate::{Error, Tag};
use tokio::task::JoinSet;

pub(super) async fn one_of_many_creators_wins(stand: Stand) {
    let store = stand.documents;
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let store = store.clone();
        racers.spawn(async move { (racer, store.create("race/it", racer.to_string().into()).await) });
    }
    let winner = only_winner(racers.join_all().await);
    assert_eq!(content(&*store, "race/it").await, winner.to_string());
}

pub(super) async fn one_of_many_replacers_wins(stand: Stand) {
    let store = stand.documents;
    let tag = sure(store.create("race/it", "start".into()).await);
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let (store, tag) = (store.clone(), tag.clone());
        racers.spawn(async move { (racer, store.replace("race/it", racer.to_string().into(), &tag).await) });
    }
    let winner = only_winner(racers.join_all().await);
    assert_eq!(content(&*store, "race/it").await, winner.to_string());
}

pub(super) async fn an_emptied_folder_can_be_written_to_at_once(stand: Stand) {
    let store = stand.documents;
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let store = store.clone();
        racers.spawn(async move {
            let path = format!("deep/er/folder/{racer}");
            for _ in 0..20 {
                sure(store.create(&path, "bytes".into()).await);
                sure(store.delete(&path).await);
            }
        });
    }
    racers.join_all().await;
    assert_eq!(sure(store.list("").await), [""; 0]);
}

fn only_winner(ends: Vec<(usize, Result<Tag, Error>)>) -> usize {
    let winners: Vec<usize> = ends.iter().filter(|(_, end)| end.is_ok()).map(|(racer, _)| *racer).collect();
    assert_eq!(ends.iter().filter(|(_, end)| *end == Err(Error::Conflict)).count(), RACERS - 1);
    assert_eq!(winners.len(), 1);
    winners[0]
}
