//! Where state is kept, and what lets us in there.

use super::model::SecretRef;
use crate::ids::ObjectId;

/// The longest prefix in an object store, in bytes: with the longest path of ours a name stays under the 1,024 that both
/// services allow.
const PREFIX_BYTES_MAX: usize = 400;

/// A store by its URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorePlace {
    /// `memory:`: gone with the process.
    Memory,
    /// `file:PATH`: a folder; the path is as it was written.
    Folder(String),
    /// `az://ACCOUNT/CONTAINER/PREFIX`: blobs of Azure Storage.
    Azure {
        /// The storage account.
        account: String,
        /// The container in it.
        container: String,
        /// What all names begin with, without a slash at its end; may be empty.
        prefix: String,
    },
    /// `s3://BUCKET/PREFIX`: objects of Amazon S3, or of a service that speaks its language.
    S3 {
        /// The bucket.
        bucket: String,
        /// What all names begin with, without a slash at its end; may be empty.
        prefix: String,
    },
}

/// What it takes to get into the store, beside its URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreAccess {
    /// The base of the service, where it is not the usual one; without a trailing slash.
    pub endpoint: Option<String>,
    /// The bucket's region; `None`: the environment says.
    pub region: Option<String>,
    /// What proves who we are; `None`: what the place where we run gives us.
    pub credential: Option<StoreCredential>,
}

/// What proves to the store who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreCredential {
    /// The client id of a managed identity.
    ManagedIdentity(ObjectId),
    /// The key of the storage account.
    AccountKey(SecretRef),
    /// An access key of AWS.
    AccessKey {
        /// Its id, which is no secret.
        id: String,
        /// Its secret.
        secret: SecretRef,
    },
}

impl StorePlace {
    /// Reads a URL. The error says what to write instead, and never quotes the URL.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
        match (scheme, rest.strip_prefix("//")) {
            ("memory", None) if rest.is_empty() => Ok(Self::Memory),
            ("file", after) => folder(rest, after),
            ("az", Some(rest)) => azure(rest),
            ("s3", Some(rest)) => s3(rest),
            _ => Err("one of file:PATH, memory:, az://ACCOUNT/CONTAINER/PREFIX, s3://BUCKET/PREFIX"),
        }
    }

    /// Whether it is a service across a network.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Azure { .. } | Self::S3 { .. })
    }
}

fn folder(rest: &str, after_slashes: Option<&str>) -> Result<StorePlace, &'static str> {
    let path = after_slashes.unwrap_or(rest);
    let names_a_host = after_slashes.is_some_and(|path| !path.starts_with('/'));
    if path.trim().is_empty() || names_a_host || path.contains('\0') {
        return Err("write file:PATH or file:///PATH");
    }
    Ok(StorePlace::Folder(path.to_owned()))
}

fn azure(rest: &str) -> Result<StorePlace, &'static str> {
    const WRITE: &str = "write az://ACCOUNT/CONTAINER/PREFIX: the account's name has 3 to 24 of a-z and 0-9, the container's \
                         3 to 63 of a-z, 0-9 and -";
    let (account, rest) = rest.split_once('/').ok_or(WRITE)?;
    let (container, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let account_fits = (3..=24).contains(&account.len()) && account.bytes().all(is_lower_or_digit);
    let container_fits = bucket_fits(container, |byte| byte == b'-') && !container.contains("--");
    if !account_fits || !container_fits {
        return Err(WRITE);
    }
    Ok(StorePlace::Azure { account: account.into(), container: container.into(), prefix: prefix_of(prefix)? })
}

fn s3(rest: &str) -> Result<StorePlace, &'static str> {
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if !bucket_fits(bucket, |byte| matches!(byte, b'-' | b'.')) {
        return Err("write s3://BUCKET/PREFIX: a bucket's name has 3 to 63 of a-z, 0-9, - and .");
    }
    Ok(StorePlace::S3 { bucket: bucket.into(), prefix: prefix_of(prefix)? })
}

fn bucket_fits(name: &str, between: impl Fn(u8) -> bool) -> bool {
    let ends = name.bytes().next().into_iter().chain(name.bytes().last());
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| is_lower_or_digit(byte) || between(byte))
        && ends.into_iter().all(is_lower_or_digit)
}

fn is_lower_or_digit(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// The prefix without a slash at its end. Only what needs no escape in an address, so that all sides spell it alike.
fn prefix_of(text: &str) -> Result<String, &'static str> {
    let prefix = text.strip_suffix('/').unwrap_or(text);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    let part_fits = |part: &str| !part.is_empty() && !part.starts_with('.');
    if prefix.is_empty() {
        return Ok(String::new());
    }
    if prefix.len() > PREFIX_BYTES_MAX || !prefix.bytes().all(fits) || !prefix.split('/').all(part_fits) {
        return Err(
            "the prefix has at most 400 of a-z, A-Z, 0-9, -, _, . and /; no part of it is empty or starts with a dot",
        );
    }
    Ok(prefix.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_place_or_says_what_to_write() {
        let azure = |prefix: &str| StorePlace::Azure {
            account: "gatehouse1".into(),
            container: "state".into(),
            prefix: prefix.into(),
        };
        let s3 = |prefix: &str| StorePlace::S3 { bucket: "my.bucket-1".into(), prefix: prefix.into() };
        for (url, place) in [
            ("memory:", StorePlace::Memory),
            ("file:state", StorePlace::Folder("state".into())),
            ("file:///var/state", StorePlace::Folder("/var/state".into())),
            ("az://gatehouse1/state", azure("")),
            ("az://gatehouse1/state/", azure("")),
            ("az://gatehouse1/state/Prod/eu_1.x/", azure("Prod/eu_1.x")),
            ("s3://my.bucket-1", s3("")),
            ("s3://my.bucket-1/a/b", s3("a/b")),
        ] {
            assert_eq!(StorePlace::parse(url), Ok(place), "{url}");
        }
        let long = format!("s3://bucket/{}", "p".repeat(PREFIX_BYTES_MAX));
        assert!(StorePlace::parse(&long).is_ok());
        let too_long = format!("{long}p");
        for url in [
            "",
            "memory",
            "memory:x",
            "memory://",
            "file:",
            "file: ",
            "file://host/path",
            "data",
            "http://example.com",
            "az:gatehouse1/state",
            "az://gatehouse1",
            "az://gatehouse1/",
            "az://ab/state",
            "az://Account/state",
            "az://gate-house/state",
            "az://gatehouse1/st",
            "az://gatehouse1/-state",
            "az://gatehouse1/sta--te",
            "az://gatehouse1/state//a",
            "az://gatehouse1/state/..",
            "az://gatehouse1/state/a b",
            "s3://",
            "s3://ab",
            "s3://Bucket",
            "s3://bucket.",
            "s3://bucket/a//b",
            "s3://bucket/.a",
            "s3://bucket/%41",
            "s3://bucket/?x",
            &too_long,
        ] {
            assert!(StorePlace::parse(url).is_err(), "{url}");
        }
    }
}
