//! Lists that are longer than a page.

use super::{Stand, sure};
use futures::StreamExt;
use futures::stream;

/// How many documents are written at once.
const AT_ONCE: usize = 32;

pub(super) async fn a_list_of_thousands_is_whole_and_sorted(stand: Stand) {
    let store = stand.documents;
    let path = |number: usize| format!("many/{}/{number:06}", number % 3);
    let written: Vec<_> = stream::iter(0..stand.many)
        .map(|number| {
            let store = store.clone();
            async move { store.create(&path(number), "bytes".into()).await }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    written.into_iter().for_each(|made| drop(sure(made)));
    sure(store.create("many-others/1", "bytes".into()).await);
    let mut all: Vec<_> = (0..stand.many).map(path).collect();
    all.sort();
    let listed = sure(store.list("many").await);
    assert_eq!(listed.len(), all.len());
    assert!(listed == all, "the list is not sorted, or names something else");
    let one: Vec<_> = all.iter().filter(|path| path.starts_with("many/1/")).cloned().collect();
    assert!(sure(store.list("many/1/").await) == one);
}
