//! The rights that docs/stores.md asks for on S3 are enough, and no more than those are used.

use super::Place;
use crate::servers::Moto;
use store::{Error, Keys};

const DOCS: &str = include_str!("../../../docs/stores.md");

/// From here on moto holds every request against the policy in the documentation, and its signature against the key.
pub(super) async fn are_as_documented(moto: &Moto, place: &Place) {
    let (_, policy) = DOCS.split_once("```json\n").expect("the policy is in the page");
    let (policy, _) = policy.split_once("```").expect("it ends");
    let (id, secret) = moto.guard(&policy.replace("northwind-gatehouse", "gatehouse")).await;
    let with = |secret: &str| Place {
        keys: Keys::Aws { id: id.clone(), secret: secret.into(), session: None },
        ..place.clone()
    };
    let ours = with(&secret);
    let store = ours.open("prod");
    assert_eq!(store.get("a/b").await, Ok(None));
    let tag = store.create("a/b", "one".into()).await.unwrap();
    store.replace("a/b", "two".into(), &tag).await.unwrap();
    assert_eq!(store.create("a/b", "three".into()).await, Err(Error::Conflict));
    assert_eq!(store.get("a/b").await.unwrap().unwrap().bytes, "two");
    assert_eq!(store.list("").await.unwrap(), ["a/b"]);
    store.delete("a/b").await.unwrap();
    assert_eq!(store.list("a").await.unwrap(), [""; 0]);

    let outside = ours.open("elsewhere").create("a", "bytes".into()).await.unwrap_err().to_string();
    assert!(outside.contains("the bucket gatehouse") && outside.contains("allow s3:GetObject"), "{outside}");
    let forged = with("another secret").open("prod").get("a/b").await.unwrap_err().to_string();
    assert!(forged.contains("check the access key") && !forged.contains("another secret"), "{forged}");
}
