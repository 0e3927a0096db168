//! Calls that must not be carried out twice: the same key gets the stored answer, for a day at least.
//!
//! A signed request that somebody recorded can be sent again, and an honest sender repeats one whose answer it did not
//! get. [`begin`] claims the caller's key for a request before anything is done, and [`finish`] keeps what was answered.
//! Whoever died in between leaves a claim that another attempt may take over after [`RUNNING_FOR`]; what they do must
//! therefore stand being done twice, as everything here does that changes one document under its tag.
//!
//! The claim is one document, `replay/key/<hash>`, so that two processes cannot both have it, whatever hour each of
//! them believes it is. A note of the hour, `replay/<hour>/<hash>`, is written before it, for the sweep alone.

use crate::membership::partner::hex;
use crate::{Engine, Error};
use futures::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Document, Kept, Store, Tag, hourly};

#[cfg(test)]
mod tests;

/// How long an answer is kept at least; the sweep comes once an hour.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How long a claim without an answer keeps others from the same request: longer than an answer takes that is of any use
/// to a webhook's sender (10 to 30 s).
pub const RUNNING_FOR: SignedDuration = SignedDuration::from_secs(30);

/// The largest body of an answer that is kept, in bytes. Ours are single documents of a few KB.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// What expires under this name.
const KIND: &str = "replay";

/// How many calls the sweep deletes at a time.
const SWEPT_AT_ONCE: usize = 16;

/// An answer as it was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, by lower-case name.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What is known of a request before it is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is new, and nobody else carries it out meanwhile: [`finish`] or [`give_back`] ends that.
    Fresh(Claim),
    /// It was carried out, and this was the answer.
    Same(Answer),
    /// The key stands for another request.
    Other,
    /// It is being carried out.
    Running,
}

/// The right to carry a request out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    path: String,
    tag: String,
    call: Call,
}

/// What is kept of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Call {
    /// The hash of what was asked.
    print: String,
    /// When the present attempt began.
    begun: Timestamp,
    /// The folder of the note that was written with it, so that the sweep can tell it from a later one.
    noted: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    answer: Option<Answer>,
}

impl Document for Call {
    const V: u32 = 1;
}

/// That it is there says all.
#[derive(Serialize, Deserialize)]
struct Note {}

impl Document for Note {
    const V: u32 = 1;
}

/// The hash of what is asked: method, path and body, for one. Each part counts with its length, so that no two lists of
/// parts look the same.
pub fn print(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// Claims the caller's `key` (of any length) for the request with this [`print`]. Two or three operations on the store.
pub async fn begin(store: &Store, caller: &str, key: &str, print: &str) -> Result<Begun, store::Error> {
    let hash = self::print(&[caller.as_bytes(), key.as_bytes()]);
    let now = store.clock().now();
    match store.create(&hourly::path(KIND, now, &hash), Note {}).await {
        Ok(_) | Err(store::Error::Conflict) => {}
        Err(error) => return Err(error),
    }
    let path = key_path(&hash);
    let call = Call { print: print.into(), begun: now, noted: hourly::folder(KIND, now), answer: None };
    match store.create(&path, call).await {
        Ok(kept) => return Ok(Begun::Fresh(Claim::of(kept))),
        Err(store::Error::Conflict) => {}
        Err(error) => return Err(error),
    }
    // Swept at this very moment: as good as taken by somebody else, and free a moment later.
    let Some(kept) = store.read::<Call>(&path).await? else { return Ok(Begun::Running) };
    if kept.value.print != print {
        return Ok(Begun::Other);
    }
    if let Some(answer) = kept.value.answer {
        return Ok(Begun::Same(answer));
    }
    if now.duration_since(kept.value.begun).abs() < RUNNING_FOR {
        return Ok(Begun::Running);
    }
    let again = Call { begun: now, ..kept.value.clone() };
    match store.replace(&kept, again).await {
        Ok(kept) => Ok(Begun::Fresh(Claim::of(kept))),
        Err(store::Error::Conflict) => Ok(Begun::Running),
        Err(error) => Err(error),
    }
}

/// Keeps the answer. Where somebody took over meanwhile, theirs is kept instead.
pub async fn finish(store: &Store, claim: Claim, answer: Answer) -> Result<(), store::Error> {
    if answer.body.len() > ANSWER_BYTES_MAX {
        return Err(store::Error::Invalid(format!("an answer of more than {ANSWER_BYTES_MAX} bytes is not kept")));
    }
    let call = Call { answer: Some(answer), ..claim.call.clone() };
    claim.replace(store, call).await
}

/// Says that nothing was done, so that the same request can be sent again at once; another one under this key is refused
/// all the same.
pub async fn give_back(store: &Store, claim: Claim) -> Result<(), store::Error> {
    let call = Call { begun: Timestamp::UNIX_EPOCH, ..claim.call.clone() };
    claim.replace(store, call).await
}

/// Deletes what was begun more than [`KEPT_FOR`] before `now`, counted in whole hours, and says how many calls that were.
pub async fn sweep(store: &Store, now: Timestamp) -> Result<usize, store::Error> {
    let limit = hourly::folder(KIND, now - KEPT_FOR);
    let notes = store.list(&format!("{KIND}/")).await?;
    let is_old = |folder: &str| folder.len() == limit.len() && folder < limit.as_str();
    let old = notes.into_iter().filter(|path| path.rsplit_once('/').is_some_and(|(folder, _)| is_old(folder)));
    let forgotten = futures::stream::iter(old).map(|note| async move { forget(store, &note).await });
    let forgotten: Vec<bool> = forgotten.buffer_unordered(SWEPT_AT_ONCE).try_collect().await?;
    Ok(forgotten.into_iter().filter(|was_there| *was_there).count())
}

/// Deletes a call together with its note; a call that was noted again since stays for its later note.
async fn forget(store: &Store, note: &str) -> Result<bool, store::Error> {
    let (folder, hash) = note.rsplit_once('/').unwrap_or_default();
    let path = key_path(hash);
    let is_of_then = store.read::<Call>(&path).await?.is_some_and(|kept| kept.value.noted == folder);
    if is_of_then {
        store.delete(&path).await?;
    }
    store.delete(note).await?;
    Ok(is_of_then)
}

fn key_path(hash: &str) -> String {
    format!("{KIND}/key/{hash}")
}

impl Claim {
    fn of(kept: Kept<Call>) -> Self {
        Self { path: kept.path, tag: kept.tag.0, call: kept.value }
    }

    async fn replace(self, store: &Store, call: Call) -> Result<(), store::Error> {
        let kept = Kept { path: self.path, value: self.call, tag: Tag(self.tag) };
        match store.replace(&kept, call).await {
            Ok(_) | Err(store::Error::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Engine {
    /// See [`begin`].
    pub async fn begin_call(&self, caller: &str, key: &str, print: &str) -> Result<Begun, Error> {
        Ok(begin(&self.store, caller, key, print).await?)
    }

    /// See [`finish`].
    pub async fn finish_call(&self, claim: Claim, answer: Answer) -> Result<(), Error> {
        Ok(finish(&self.store, claim, answer).await?)
    }

    /// See [`give_back`].
    pub async fn give_call_back(&self, claim: Claim) -> Result<(), Error> {
        Ok(give_back(&self.store, claim).await?)
    }

    /// Sweeps once an hour. Late sweeping costs nothing but space.
    pub(crate) async fn sweep_calls(&self, last: Option<Timestamp>, now: Timestamp) -> Result<(), Error> {
        if last.is_none_or(|last| hourly::folder(KIND, last) != hourly::folder(KIND, now)) {
            sweep(&self.store, now).await?;
        }
        Ok(())
    }
}
