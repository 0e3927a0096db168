//! What every store promises, run over each of them.

use crate::disk::tests::Folder;
use crate::{DOCUMENT_BYTES_MAX, Disk, Documents, Error, Memory, PATH_BYTES_MAX, SEGMENT_BYTES_MAX, Tag};
use bytes::Bytes;
use std::sync::Arc;
use tokio::task::JoinSet;

const RACERS: usize = 16;

macro_rules! over_every_store {
    ($($promise:ident)*) => {
        mod memory {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(std::sync::Arc::new(super::Memory::new())).await;
            })*
        }

        mod disk {
            $(#[tokio::test]
            async fn $promise() {
                let folder = super::Folder::new();
                super::$promise(std::sync::Arc::new(super::Disk::new(folder.path()).unwrap())).await;
            })*
        }
    };
}

over_every_store! {
    a_document_is_read_as_it_was_written
    only_an_absent_document_is_created
    only_an_unchanged_document_is_replaced
    a_deleted_document_is_gone
    a_list_names_what_is_below_a_folder
    a_path_is_a_document_or_a_folder
    one_of_many_creators_wins
    one_of_many_replacers_wins
    an_emptied_folder_can_be_written_to_at_once
    documents_have_a_largest_size
    paths_have_rules
}

async fn a_document_is_read_as_it_was_written(store: Arc<dyn Documents>) {
    assert_eq!(store.get("a/b").await, Ok(None));
    for (path, content) in [("a/b", "bytes"), ("a/empty", ""), ("top", "not \u{0} only text")] {
        let tag = store.create(path, content.into()).await.unwrap();
        let stored = store.get(path).await.unwrap().unwrap();
        assert_eq!((stored.bytes, stored.tag), (Bytes::from(content), tag), "{path}");
    }
}

async fn only_an_absent_document_is_created(store: Arc<dyn Documents>) {
    store.create("a", "first".into()).await.unwrap();
    assert_eq!(store.create("a", "second".into()).await, Err(Error::Conflict));
    assert_eq!(store.create("a", "first".into()).await, Err(Error::Conflict), "not even with the same bytes");
    assert_eq!(content(&*store, "a").await, "first");
}

async fn only_an_unchanged_document_is_replaced(store: Arc<dyn Documents>) {
    let first = store.create("a", "first".into()).await.unwrap();
    let second = store.replace("a", "second".into(), &first).await.unwrap();
    assert_eq!(store.replace("a", "third".into(), &first).await, Err(Error::Conflict));
    assert_eq!(content(&*store, "a").await, "second");
    store.delete("a").await.unwrap();
    assert_eq!(store.replace("a", "third".into(), &second).await, Err(Error::Conflict));
    assert_eq!(store.replace("never", "was".into(), &second).await, Err(Error::Conflict));
    assert_eq!(store.list("").await.unwrap(), [""; 0]);
}

async fn a_deleted_document_is_gone(store: Arc<dyn Documents>) {
    store.create("a/b", "bytes".into()).await.unwrap();
    for absent in ["a/b", "a/b", "a/b/c", "a"] {
        store.delete(absent).await.unwrap();
        assert_eq!(store.get(absent).await, Ok(None));
    }
    store.create("a", "bytes".into()).await.unwrap();
}

async fn a_list_names_what_is_below_a_folder(store: Arc<dyn Documents>) {
    let all = ["a-b", "a.b", "a/b", "a/c/d", "a/c/e", "ab/c", "b"];
    for path in all.iter().rev() {
        store.create(path, "bytes".into()).await.unwrap();
    }
    let cases: [(&str, &[&str]); 8] = [
        ("", &all),
        ("a", &["a/b", "a/c/d", "a/c/e"]),
        ("a/", &["a/b", "a/c/d", "a/c/e"]),
        ("a/c", &["a/c/d", "a/c/e"]),
        ("a/b", &[]),
        ("a/b/c", &[]),
        ("ab", &["ab/c"]),
        ("none", &[]),
    ];
    for (prefix, expected) in cases {
        assert_eq!(store.list(prefix).await.unwrap(), expected, "{prefix:?}");
    }
    for bad in ["/", "a//", "..", "A"] {
        assert!(matches!(store.list(bad).await, Err(Error::Invalid(_))), "{bad:?}");
    }
}

async fn a_path_is_a_document_or_a_folder(store: Arc<dyn Documents>) {
    store.create("a/b/c", "bytes".into()).await.unwrap();
    for both in ["a", "a/b", "a/b/c/d", "a/b/c/d/e"] {
        assert!(matches!(store.create(both, "bytes".into()).await, Err(Error::Invalid(_))), "{both}");
        assert_eq!(store.get(both).await, Ok(None), "{both}");
    }
    assert_eq!(store.list("").await.unwrap(), ["a/b/c"]);
}

async fn one_of_many_creators_wins(store: Arc<dyn Documents>) {
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let store = store.clone();
        racers.spawn(async move { (racer, store.create("race/it", racer.to_string().into()).await) });
    }
    let winner = only_winner(racers.join_all().await);
    assert_eq!(content(&*store, "race/it").await, winner.to_string());
}

async fn one_of_many_replacers_wins(store: Arc<dyn Documents>) {
    let tag = store.create("race/it", "start".into()).await.unwrap();
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let (store, tag) = (store.clone(), tag.clone());
        racers.spawn(async move { (racer, store.replace("race/it", racer.to_string().into(), &tag).await) });
    }
    let winner = only_winner(racers.join_all().await);
    assert_eq!(content(&*store, "race/it").await, winner.to_string());
}

async fn an_emptied_folder_can_be_written_to_at_once(store: Arc<dyn Documents>) {
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let store = store.clone();
        racers.spawn(async move {
            let path = format!("deep/er/folder/{racer}");
            for _ in 0..20 {
                store.create(&path, "bytes".into()).await.unwrap();
                store.delete(&path).await.unwrap();
            }
        });
    }
    racers.join_all().await;
    assert_eq!(store.list("").await.unwrap(), [""; 0]);
}

async fn documents_have_a_largest_size(store: Arc<dyn Documents>) {
    let (largest, too_large) = (Bytes::from(vec![b'x'; DOCUMENT_BYTES_MAX]), vec![b'x'; DOCUMENT_BYTES_MAX + 1]);
    let tag = store.create("a", largest.clone()).await.unwrap();
    assert_eq!(store.get("a").await.unwrap().unwrap().bytes, largest);
    assert!(matches!(store.replace("a", too_large.clone().into(), &tag).await, Err(Error::Invalid(_))));
    assert!(matches!(store.create("b", too_large.into()).await, Err(Error::Invalid(_))));
}

async fn paths_have_rules(store: Arc<dyn Documents>) {
    let parts = |bytes: usize| "abcdefg/".repeat(PATH_BYTES_MAX / 8)[..bytes - 1].to_owned() + "x";
    let (longest, too_long) = (parts(PATH_BYTES_MAX), parts(PATH_BYTES_MAX) + "x");
    let (longest_part, too_long_part) = ("p".repeat(SEGMENT_BYTES_MAX), "p".repeat(SEGMENT_BYTES_MAX + 1));
    for good in ["a", "0/1_2-3.json", &longest, &longest_part, "a..b"] {
        store.create(good, "bytes".into()).await.unwrap();
        assert!(store.get(good).await.unwrap().is_some(), "{good}");
    }
    let bad = ["", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.b", ".locks/00", "A", "a b", "a\\b", "ü", "a\0"];
    for bad in bad.into_iter().chain([&*too_long, &too_long_part]) {
        let tag = Tag("any".into());
        assert!(matches!(store.create(bad, "bytes".into()).await, Err(Error::Invalid(_))), "{bad:?}");
        assert!(matches!(store.replace(bad, "bytes".into(), &tag).await, Err(Error::Invalid(_))), "{bad:?}");
        assert!(matches!(store.get(bad).await, Err(Error::Invalid(_))), "{bad:?}");
        assert!(matches!(store.delete(bad).await, Err(Error::Invalid(_))), "{bad:?}");
    }
}

async fn content(store: &dyn Documents, path: &str) -> Bytes {
    store.get(path).await.unwrap().expect("the document is there").bytes
}

fn only_winner(ends: Vec<(usize, Result<Tag, Error>)>) -> usize {
    let winners: Vec<usize> = ends.iter().filter(|(_, end)| end.is_ok()).map(|(racer, _)| *racer).collect();
    assert_eq!(ends.iter().filter(|(_, end)| *end == Err(Error::Conflict)).count(), RACERS - 1);
    assert_eq!(winners.len(), 1);
    winners[0]
}
