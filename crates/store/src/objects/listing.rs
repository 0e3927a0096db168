//! Whether a page of a list is whole.
//!
//! The crate `object_store` takes whatever XML it is given, and anything that it does not find for nothing: a page of
//! HTML that some proxy sends is an empty list to it, and a truncated page without the mark of the next one is the last.
//! Nobody may be taken for gone because of that.

use super::answers::Where;

/// Whether this is a whole page, which also tells whether there is another; the error completes "a page of the list …".
pub(super) fn whole(place: &Where, body: &[u8]) -> Result<(), &'static str> {
    let text = std::str::from_utf8(body).map_err(|_| "is not text")?;
    let root = match place {
        Where::Azure { .. } => "EnumerationResults",
        Where::S3 { .. } => "ListBucketResult",
    };
    if !text.contains(&format!("<{root}")) || !text.trim_end().ends_with(&format!("</{root}>")) {
        return Err("is no list, or breaks off");
    }
    match place {
        Where::Azure { .. }
            if !["<NextMarker/>", "<NextMarker />", "<NextMarker>"].iter().any(|mark| text.contains(mark)) =>
        {
            Err("does not say whether there is another")
        }
        Where::Azure { .. } => Ok(()),
        Where::S3 { .. } => match (element(text, "IsTruncated"), element(text, "NextContinuationToken")) {
            (Some("false"), _) => Ok(()),
            (Some("true"), Some(next)) if !next.is_empty() => Ok(()),
            (Some("true"), _) => Err("says that there is another, and not how to ask for it"),
            _ => Err("does not say whether there is another"),
        },
    }
}

/// The text of the first element of this name. Keys cannot hold a `<` as it is, so none can look like one.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(&format!("<{name}>"))?;
    after.split_once(&format!("</{name}>")).map(|(inside, _)| inside)
}
