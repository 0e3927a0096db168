//! What a store of documents promises by itself.

use super::{Stand, content, sure};
use crate::{DOCUMENT_BYTES_MAX, Error, PATH_BYTES_MAX, SEGMENT_BYTES_MAX, Tag};
use bytes::Bytes;

pub(super) async fn a_document_is_read_as_it_was_written(stand: Stand) {
    let store = stand.documents;
    assert_eq!(store.get("a/b").await, Ok(None));
    for (path, content) in [("a/b", "bytes"), ("a/empty", ""), ("top", "not \u{0} only text")] {
        let tag = sure(store.create(path, content.into()).await);
        let stored = sure(store.get(path).await).expect("the document is there");
        assert_eq!((stored.bytes, stored.tag), (Bytes::from(content), tag), "{path}");
    }
}

pub(super) async fn only_an_absent_document_is_created(stand: Stand) {
    let store = stand.documents;
    sure(store.create("a", "first".into()).await);
    assert_eq!(store.create("a", "second".into()).await, Err(Error::Conflict));
    assert_eq!(store.create("a", "first".into()).await, Err(Error::Conflict), "not even with the same bytes");
    assert_eq!(content(&*store, "a").await, "first");
}

pub(super) async fn only_an_unchanged_document_is_replaced(stand: Stand) {
    let store = stand.documents;
    let first = sure(store.create("a", "first".into()).await);
    let second = sure(store.replace("a", "second".into(), &first).await);
    assert_eq!(store.replace("a", "third".into(), &first).await, Err(Error::Conflict));
    assert_eq!(content(&*store, "a").await, "second");
    sure(store.delete("a").await);
    assert_eq!(store.replace("a", "third".into(), &second).await, Err(Error::Conflict));
    assert_eq!(store.replace("never", "was".into(), &second).await, Err(Error::Conflict));
    assert_eq!(sure(store.list("").await), [""; 0]);
}

pub(super) async fn a_deleted_document_is_gone(stand: Stand) {
    let store = stand.documents;
    sure(store.create("a/b", "bytes".into()).await);
    for absent in ["a/b", "a/b", "a/b/c", "a"] {
        sure(store.delete(absent).await);
        assert_eq!(store.get(absent).await, Ok(None));
    }
    sure(store.create("a", "bytes".into()).await);
}

pub(super) async fn a_list_names_what_is_below_a_folder(stand: Stand) {
    let store = stand.documents;
    let all = ["a-b", "a.b", "a/b", "a/c/d", "a/c/e", "ab/c", "b"];
    for path in all.iter().rev() {
        sure(store.create(path, "bytes".into()).await);
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
        assert_eq!(sure(store.list(prefix).await), expected, "{prefix:?}");
    }
    for bad in ["/", "a//", "..", "A"] {
        assert!(matches!(store.list(bad).await, Err(Error::Invalid(_))), "{bad:?}");
    }
}

/// Whether a path may be both is not promised: file systems cannot, and object stores neither know folders nor could say
/// so without asking for each part of a path. A store that refuses keeps mistakes out of the tests; one that does not
/// must keep both.
pub(super) async fn a_path_that_is_a_document_and_a_folder_is_refused_or_both(stand: Stand) {
    let store = stand.documents;
    sure(store.create("a/b/c", "bytes".into()).await);
    let mut all = vec!["a/b/c"];
    for both in ["a", "a/b", "a/b/c/d", "a/b/c/d/e"] {
        let there = match store.create(both, both.into()).await {
            Err(Error::Invalid(_)) => None,
            made => {
                sure(made);
                all.push(both);
                Some(Bytes::from(both))
            }
        };
        assert_eq!(sure(store.get(both).await).map(|stored| stored.bytes), there, "{both}");
    }
    all.sort_unstable();
    assert_eq!(sure(store.list("").await), all);
    assert_eq!(content(&*store, "a/b/c").await, "bytes");
}

pub(super) async fn documents_have_a_largest_size(stand: Stand) {
    let store = stand.documents;
    let (largest, too_large) = (Bytes::from(vec![b'x'; DOCUMENT_BYTES_MAX]), vec![b'x'; DOCUMENT_BYTES_MAX + 1]);
    let tag = sure(store.create("a", largest.clone()).await);
    assert_eq!(sure(store.get("a").await).expect("the document is there").bytes, largest);
    assert!(matches!(store.replace("a", too_large.clone().into(), &tag).await, Err(Error::Invalid(_))));
    assert!(matches!(store.create("b", too_large.into()).await, Err(Error::Invalid(_))));
}

pub(super) async fn paths_have_rules(stand: Stand) {
    let store = stand.documents;
    let parts = |bytes: usize| "abcdefg/".repeat(PATH_BYTES_MAX / 8)[..bytes - 1].to_owned() + "x";
    let (longest, too_long) = (parts(PATH_BYTES_MAX), parts(PATH_BYTES_MAX) + "x");
    let (longest_part, too_long_part) = ("p".repeat(SEGMENT_BYTES_MAX), "p".repeat(SEGMENT_BYTES_MAX + 1));
    for good in ["a", "0/1_2-3.json", &longest, &longest_part, "a..b"] {
        sure(store.create(good, "bytes".into()).await);
        assert!(sure(store.get(good).await).is_some(), "{good}");
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
