//! Lists that break: an error or the whole list, and never a part of it.

use super::both;
use super::fake::{Dialect, Fault, PAGE, page_of};
use crate::objects::wire::ATTEMPTS_MAX;
use crate::{Documents, Error};

/// Pages that a service, or something in between, may send with 200, and that are no page or not the whole of one.
fn broken(dialect: Dialect) -> Vec<String> {
    let whole = page_of(dialect, &["prod/eu/a/1", "prod/eu/a/2"], None);
    let (root, next) = match dialect {
        Dialect::Azure => ("EnumerationResults", "<NextMarker/>"),
        Dialect::S3 => ("ListBucketResult", "<IsTruncated>false</IsTruncated>"),
    };
    let mut pages = vec![
        String::new(),
        "<html><body>Sign in to the guest network</body></html>".into(),
        "{}".into(),
        format!("<{root}/>"),
        whole.replace(next, ""),
        whole.replace(root, "Error"),
        // Cut between two elements, and what is there closed by somebody who means well.
        whole.split_once("a/2").map(|(before, _)| before.to_owned()).unwrap_or_default(),
        whole.trim_end_matches(&format!("</{root}>")).to_owned(),
    ];
    if dialect == Dialect::S3 {
        pages.push(whole.replace(next, "<IsTruncated>true</IsTruncated>"));
        let empty = "<IsTruncated>true</IsTruncated><NextContinuationToken></NextContinuationToken>";
        pages.push(whole.replace(next, empty));
        pages.push(whole.replace(next, "<IsTruncated>perhaps</IsTruncated>"));
    }
    pages
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_not_whole_is_asked_for_again_and_never_counts() {
    for fake in both() {
        let store = fake.bucket();
        let all: Vec<_> = (0..=2 * PAGE).map(|number| format!("a/{number:05}")).collect();
        for path in &all {
            store.create(path, "bytes".into()).await.unwrap();
        }
        for page in broken(fake.dialect) {
            for before in 0..3 {
                fake.seen();
                let case = format!("{:?}, page {before} is {page:?}", fake.dialect);
                let healthy = vec![Fault::Nothing; before];
                fake.then(healthy.clone().into_iter().chain([Fault::Shows(page.clone())]));
                assert!(store.list("a").await.unwrap() == all, "{case}");
                assert_eq!(fake.seen().len(), 4, "{case}");

                let always = vec![Fault::Shows(page.clone()); ATTEMPTS_MAX as usize];
                fake.then(healthy.into_iter().chain(always));
                let failed = store.list("a").await.unwrap_err();
                assert!(matches!(failed, Error::Unavailable(_)), "{case}: {failed}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_at_any_page_fails_as_a_whole() {
    let ends = [
        Fault::Unsent,
        Fault::Lost,
        Fault::Says(500, "InternalError", None),
        Fault::Says(503, "SlowDown", None),
        Fault::Says(403, "AccessDenied", None),
        Fault::Says(404, "NoSuchBucket", None),
        Fault::Says(404, "NoSuchKey", None),
        Fault::Says(404, "BlobNotFound", None),
    ];
    for fake in both() {
        let store = fake.bucket();
        for number in 0..=2 * PAGE {
            store.create(&format!("a/{number:05}"), "bytes".into()).await.unwrap();
        }
        for end in &ends {
            for before in 0..3 {
                let faults = vec![Fault::Nothing; before].into_iter().chain(vec![end.clone(); ATTEMPTS_MAX as usize]);
                fake.then(faults);
                let failed = store.list("a").await;
                assert!(
                    matches!(failed, Err(Error::Unavailable(_))),
                    "{:?}, page {before} with {end:?}: {failed:?}",
                    fake.dialect
                );
                // What is left of the script.
                while store.list("none").await.is_err() {}
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_never_ends_is_given_up() {
    for fake in both() {
        let store = fake.bucket();
        // Each page says that the same is next; each comes after a pause.
        let page = page_of(fake.dialect, &["prod/eu/a/1"], Some("0"));
        let slow = Fault::Says(429, "TooManyRequests", Some("1"));
        fake.then(std::iter::repeat_n([slow, Fault::Shows(page)], 200).flatten());
        let failed = store.list("a").await.unwrap_err();
        assert!(matches!(&failed, Error::Unavailable(text) if text.contains("longer than")), "{failed}");
    }
}

/// However much of it there is, and wherever it stands.
#[tokio::test(start_paused = true)]
async fn pages_full_of_what_is_not_ours_hide_nothing_of_what_is() {
    for fake in both() {
        let store = fake.bucket();
        let all: Vec<_> = (0..=2 * PAGE).map(|number| format!("a/{number:05}")).collect();
        for path in &all {
            store.create(path, "bytes".into()).await.unwrap();
            fake.foreign(&format!("prod/eu/{path}//"));
        }
        for number in 0..=PAGE {
            fake.foreign(&format!("prod/eu/a//{number}"));
        }
        fake.seen();
        assert!(store.list("a").await.unwrap() == all, "{:?}", fake.dialect);
        assert_eq!(fake.seen().len(), 6, "every page was asked for");
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_put_there_is_no_document() {
    for fake in both() {
        let store = fake.bucket();
        store.create("a/b", "bytes".into()).await.unwrap();
        let foreign = [
            "prod/eu/a/B",
            "prod/eu/a/.b",
            "prod/eu/README",
            "prod/euro",
            "other",
            "prod/eu",
            // What the crate below makes of these is an error, or another name.
            "prod/eu/a//b",
            "prod/eu//",
            "prod/eu/a/../b",
            "prod/eu/a/./b",
            "prod/eu/a/c&#x1;",
            "prod/eu/a/",
            "prod/eu/a/d/",
            "prod/eu/a/e&amp;f",
        ];
        for name in foreign {
            fake.foreign(name);
        }
        for below in ["", "a"] {
            assert_eq!(store.list(below).await.unwrap(), ["a/b"], "{:?} {below:?}", fake.dialect);
        }
    }
}
