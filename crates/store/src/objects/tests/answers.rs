//! What each answer means, and what people read.

use super::both;
use super::fake::{Dialect, Fake, Fault, SECRET};
use crate::{Documents, Error, Tag};

#[tokio::test(start_paused = true)]
async fn only_the_services_own_word_makes_a_document_absent() {
    for (dialect, absent) in [(Dialect::Azure, "BlobNotFound"), (Dialect::S3, "NoSuchKey")] {
        let fake = Fake::new(dialect);
        let store = fake.bucket();
        for (code, found) in [(absent, true), ("", false), ("ContainerNotFound", false), ("NoSuchBucket", false)] {
            fake.then([Fault::Says(404, code, None)]);
            let read = store.get("a").await;
            assert_eq!(read == Ok(None), found, "{dialect:?} {code:?}: {read:?}");
            fake.then([Fault::Says(404, code, None)]);
            assert_eq!(store.delete("a").await.is_ok(), found, "{dialect:?} {code:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_one_by_the_services_own_word() {
    let table = [
        (412, "ConditionNotMet", true),
        (412, "PreconditionFailed", true),
        (412, "LeaseIdMissing", false),
        (409, "BlobAlreadyExists", true),
        (409, "ConditionalRequestConflict", true),
        (409, "", true),
        (409, "ContainerBeingDeleted", false),
        (409, "BlobImmutableDueToPolicy", false),
        (404, "BlobNotFound", true),
        (404, "NoSuchKey", true),
        (404, "NoSuchBucket", false),
    ];
    for (status, code, conflict) in table {
        for fake in both() {
            fake.then([Fault::Says(status, code, None)]);
            let end = fake.bucket().replace("a", "bytes".into(), &Tag("\"1\"".into())).await.unwrap_err();
            assert_eq!(end == Error::Conflict, conflict, "{status} {code}: {end}");
            assert!(conflict || matches!(end, Error::Unavailable(_)), "{status} {code}: {end}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_tag_is_not_taken_for_a_success() {
    for fake in both() {
        let store = fake.bucket();
        fake.then([Fault::Shows("<html>".into())]);
        let written = store.create("a", "bytes".into()).await.unwrap_err();
        assert!(matches!(written, Error::Unclear(_)), "{written}");
        fake.then([Fault::Shows("<html>".into())]);
        let read = store.get("a").await.unwrap_err();
        assert!(matches!(read, Error::Unavailable(_)), "{read}");
    }
}

/// Each says which container or bucket it is about and what to do, and none quotes the body, which may hold what we signed.
#[tokio::test(start_paused = true)]
async fn a_refusal_says_what_to_do_and_no_secret() {
    let azure = "the container state of the storage account gatehouse1";
    let s3 = "the bucket state in eu-central-1";
    let table = [
        (Dialect::Azure, 403, "AuthorizationPermissionMismatch", azure, "grant the role Storage Blob Data Contributor"),
        (Dialect::Azure, 403, "AuthorizationFailure", azure, "network rules"),
        (Dialect::Azure, 403, "AuthenticationFailed", azure, "check the account key or the managed identity"),
        (Dialect::Azure, 403, "KeyBasedAuthenticationNotPermitted", azure, "use a managed identity"),
        (Dialect::Azure, 401, "", azure, "check the account key or the managed identity"),
        (Dialect::Azure, 404, "ContainerNotFound", azure, "create it"),
        (Dialect::S3, 403, "AccessDenied", s3, "allow s3:GetObject, s3:PutObject and s3:DeleteObject"),
        (Dialect::S3, 403, "SignatureDoesNotMatch", s3, "check the access key"),
        (Dialect::S3, 403, "RequestTimeTooSkewed", s3, "clock is wrong"),
        (Dialect::S3, 400, "ExpiredToken", s3, "have expired"),
        (Dialect::S3, 404, "NoSuchBucket", s3, "create it"),
        (Dialect::S3, 301, "PermanentRedirect", s3, "check the region"),
    ];
    for (dialect, status, code, place, hint) in table {
        let fake = Fake::new(dialect);
        let store = fake.bucket();
        let mut ends = Vec::new();
        fake.then(vec![Fault::Says(status, code, None); 4]);
        ends.push(store.get("a").await.err());
        ends.push(store.create("a", "bytes".into()).await.err());
        ends.push(store.list("a").await.err());
        ends.push(store.delete("a").await.err());
        for end in ends {
            let Some(Error::Unavailable(text)) = &end else { panic!("{status} {code}: {end:?}") };
            assert!(text.contains(place) && text.contains(hint), "{status} {code}: {text}");
            assert!(!text.contains(SECRET) && !format!("{end:?}").contains("StringToSign"), "{text}");
        }
        assert_eq!(fake.seen().len(), 4, "{status} {code} is not asked twice");
    }
}
