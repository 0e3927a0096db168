//! Writing until it is clear what happened.

use crate::{Documents, Error, Tag};
use bytes::Bytes;

/// How often a write is sent whose answers are unclear.
const ATTEMPTS_MAX: usize = 3;

/// Creates the document (`over` is `None`), or replaces what `over` names, and settles an unclear answer or a lost race
/// by reading: our own bytes there mean success. No two writers may send the same bytes.
///
/// A write that happened, was not acknowledged, and was written over by somebody else before we read is reported as
/// [`Error::Conflict`]; so what is done again after a conflict must stand being done twice.
pub(crate) async fn write(
    documents: &dyn Documents,
    path: &str,
    bytes: Bytes,
    over: Option<&Tag>,
) -> Result<Tag, Error> {
    let mut doubt = None;
    for _ in 0..ATTEMPTS_MAX {
        let sent = match over {
            None => documents.create(path, bytes.clone()).await,
            Some(tag) => documents.replace(path, bytes.clone(), tag).await,
        };
        doubt = Some(match sent {
            Ok(tag) => return Ok(tag),
            Err(Error::Conflict) => "it conflicts".to_owned(),
            Err(Error::Unclear(text)) => text,
            // A clear refusal of this attempt says nothing about an earlier one.
            Err(Error::Unavailable(text)) => doubt.ok_or(Error::Unavailable(text))?,
            Err(error) => return Err(error),
        });
        match documents.get(path).await {
            Ok(Some(stored)) if stored.bytes == bytes => return Ok(stored.tag),
            // As before our write: it did not happen, or not yet. The same bytes are sent over the same state, so
            // the late one of the two cannot do harm.
            Ok(stored) if stored.as_ref().map(|stored| &stored.tag) == over => {}
            Ok(_) => return Err(Error::Conflict),
            Err(error) => return Err(Error::Unclear(format!("writing {path}, and reading it back failed: {error}"))),
        }
    }
    Err(Error::Unclear(format!("writing {path}, {ATTEMPTS_MAX} times: {}", doubt.unwrap_or_default())))
}
