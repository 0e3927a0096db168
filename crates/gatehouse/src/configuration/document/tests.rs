use super::*;
use outside::{Clock, SeededRandom, VirtualClock};
use std::sync::Arc;
use std::time::Duration;
use store::Memory;
use store::counted::Counted;

const URL: &str = "az://account/container/live";

struct Shop {
    clock: VirtualClock,
    documents: Arc<Counted<Memory>>,
    store: Store,
}

fn shop() -> Shop {
    let clock = VirtualClock::new("2026-11-22T09:00:00Z".parse().unwrap());
    let documents = Arc::new(Counted::new(Memory::new()));
    let store = Store::new(documents.clone(), Arc::new(clock.clone()), Arc::new(SeededRandom::new(1)));
    Shop { clock, documents, store }
}

impl Shop {
    fn publication(&self, text: &str) -> Publication {
        let files = Folder { files: vec![("gatehouse.toml".into(), text.into())] };
        Publication::new(&files, Published { at: self.clock.now(), by: "ana".into(), program: "0.1.0".into() })
    }

    async fn publish(&self, publication: Publication) {
        self.store.update(CONFIGURATION, |_| Some(publication.clone())).await.unwrap();
    }

    fn writes(&self) -> usize {
        let counts = self.documents.counts(LAST_GOOD);
        (counts.creates + counts.replaces) as usize
    }
}

fn files(files: &[(&str, &str)]) -> String {
    Publication::digest_of(&files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
}

#[test]
fn a_digest_is_of_paths_and_texts_and_of_where_each_ends() {
    let digest = files(&[("a", "bc"), ("d", "")]);
    assert_eq!(digest, files(&[("d", ""), ("a", "bc")]), "in whatever order they were read");
    for other in
        [[("a", "bcd"), ("d", "")], [("ab", "c"), ("d", "")], [("a", "b"), ("d", "")], [("a", ""), ("d", "bc")]]
    {
        assert_ne!(digest, files(&other), "{other:?}");
    }
    assert!(digest.starts_with("sha256:") && digest.len() == 71);
}

#[tokio::test(start_paused = true)]
async fn what_is_found_is_what_was_published_or_nothing() {
    let shop = shop();
    assert!(find(&shop.store, URL).await.unwrap_err().starts_with(&format!("there is no configuration at {URL}")));
    shop.publish(shop.publication("one")).await;
    let found = find(&shop.store, URL).await.unwrap();
    assert_eq!(found.files.files, [("gatehouse.toml".to_owned(), "one".to_owned())]);
    assert_eq!(found.name(), "the configuration published at 2026-11-22 09:00:00 UTC by ana");
    let mut forged = shop.publication("one");
    forged.files.insert("gatehouse.toml".into(), "two".into());
    shop.publish(forged).await;
    assert!(find(&shop.store, URL).await.unwrap_err().contains("its digest does not fit its files"));
}

#[tokio::test(start_paused = true)]
async fn the_last_good_one_is_written_when_it_changed_and_once_a_day() {
    let shop = shop();
    shop.publish(shop.publication("one")).await;
    let found = find(&shop.store, URL).await.unwrap();
    for (after, writes) in [(0, 1), (24 * 3600 - 1, 1), (1, 2), (1, 2)] {
        shop.clock.sleep(Duration::from_secs(after)).await;
        keep(&shop.store, &found).await.unwrap();
        assert_eq!(shop.writes(), writes, "after {after} s more");
    }
    shop.publish(shop.publication("two")).await;
    keep(&shop.store, &find(&shop.store, URL).await.unwrap()).await.unwrap();
    assert_eq!(shop.writes(), 3);
    assert_eq!(last_good(&shop.store, URL).await.unwrap().unwrap().0.files.files[0].1, "two");
}

#[tokio::test(start_paused = true)]
async fn the_last_good_one_stands_in_for_seven_days() {
    let shop = shop();
    assert!(last_good(&shop.store, URL).await.unwrap().is_none());
    shop.publish(shop.publication("one")).await;
    keep(&shop.store, &find(&shop.store, URL).await.unwrap()).await.unwrap();
    for (after, is_there) in [(7 * 24 * 3600, true), (1, false)] {
        shop.clock.sleep(Duration::from_secs(after)).await;
        assert_eq!(last_good(&shop.store, URL).await.unwrap().is_some(), is_there, "after {after} s more");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_behind_does_not_set_the_last_good_one_back() {
    let shop = shop();
    shop.publish(shop.publication("one")).await;
    let one = find(&shop.store, URL).await.unwrap();
    shop.clock.sleep(Duration::from_secs(1)).await;
    shop.publish(shop.publication("two")).await;
    keep(&shop.store, &find(&shop.store, URL).await.unwrap()).await.unwrap();
    keep(&shop.store, &one).await.unwrap();
    assert_eq!(last_good(&shop.store, URL).await.unwrap().unwrap().0.files.files[0].1, "two");
}
