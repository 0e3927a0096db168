//! Leases: who may work on a customer, until when, and the epoch that tells an old holder's writes from a new one's.
//!
//! A lease is one document. The holder trusts it only by its own monotonic clock and counts from before the write was
//! sent; the others trust the wall-clock time in it, and wait [`SKEW_MAX`] longer. So as long as the wall clocks of two
//! machines differ by at most that, they never both believe that they hold it. Work of the old holder that was already
//! under way can still land late: that is what the epoch is for. A lease's document is never deleted, or its epochs
//! would start again.

use crate::{Document, Error, Kept, Store};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use thiserror::Error as ThisError;
use tokio::sync::Mutex;

#[cfg(test)]
mod tests;

/// How long a lease lasts from each take or renewal, in seconds.
pub const LEASE_SECONDS: u32 = 15;

/// How far the wall clocks of two machines may differ. Others take over this much after the expiry, so at most 20
/// seconds after the holder was killed.
pub const SKEW_MAX: SignedDuration = SignedDuration::from_secs(5);

/// What must be left of a lease after the work that it is to cover: time for the work's last bytes to be on their way.
pub const MARGIN: Duration = Duration::from_secs(1);

/// The longest piece of work that one [`Lease::ensure`] can cover.
pub const TIMEOUT_MAX: Duration = Duration::from_secs(LEASE_SECONDS as u64 - MARGIN.as_secs());

const LEASE: Duration = Duration::from_secs(LEASE_SECONDS as u64);

/// How often a lost race is run again before the lease counts as taken.
const ATTEMPTS_MAX: usize = 3;

/// How an attempt to take a lease ended.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "it is taken apart at once and kept nowhere")]
pub enum Take {
    /// It is ours.
    Held(Lease),
    /// Somebody else holds it.
    Busy {
        /// When it can be taken at the latest, unless it is renewed until then (wall clock).
        until: Timestamp,
    },
}

/// The lease is no longer ours, or cannot be renewed in time: stop writing.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("the lease {path} is lost: {cause}")]
pub struct Lost {
    path: String,
    cause: String,
}

/// A lease that we hold. Share it in an `Arc`; dropping it releases nothing, [`Lease::release`] does.
pub struct Lease {
    store: Store,
    epoch: u64,
    taken_over: bool,
    path: String,
    /// Held while renewing, so that several tasks that need a renewal cause one.
    term: Mutex<Term>,
}

/// How long we may believe that we hold it.
struct Term {
    kept: Kept<Record>,
    /// By the monotonic clock, from before the write was sent.
    until: Duration,
    /// Why it can never be used again, if so.
    over: Option<String>,
}

/// The document.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    holder: String,
    epoch: u64,
    expires: Timestamp,
    released: bool,
}

impl Document for Record {
    const V: u32 = 1;
}

/// Takes the lease at `path` for `holder` (a name for people to read, best with something random in it), if nobody
/// holds it. Costs one read and one write.
pub async fn take(store: &Store, path: &str, holder: &str) -> Result<Take, Error> {
    for _ in 0..ATTEMPTS_MAX {
        let present = store.read::<Record>(path).await?;
        if let Some(until) = present.as_ref().and_then(|kept| kept.value.busy_until(store.clock().now())) {
            return Ok(Take::Busy { until });
        }
        let epoch = present.as_ref().map_or(0, |kept| kept.value.epoch).checked_add(1);
        let epoch = epoch.ok_or_else(|| Error::Invalid(format!("the lease {path} has no epochs left")))?;
        let taken_over = present.as_ref().is_some_and(|kept| !kept.value.released);
        let started = store.clock().monotonic();
        let record = Record { holder: holder.into(), epoch, expires: expiry(store)?, released: false };
        let written = match &present {
            None => store.create(path, record).await,
            Some(kept) => store.replace(kept, record).await,
        };
        match written {
            Ok(kept) => {
                let term = Mutex::new(Term { kept, until: started + LEASE, over: None });
                return Ok(Take::Held(Lease { store: store.clone(), epoch, taken_over, path: path.into(), term }));
            }
            // Somebody was faster: the next read says who, and until when.
            Err(Error::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Take::Busy { until: expiry(store)? })
}

/// Until when somebody holds the lease at `path`, if anybody does; by the wall clock, as [`Take::Busy`] says it. One read.
pub async fn held_until(store: &Store, path: &str) -> Result<Option<Timestamp>, Error> {
    let present = store.read::<Record>(path).await?;
    Ok(present.and_then(|kept| kept.value.busy_until(store.clock().now())))
}

impl Lease {
    /// Counts the takes of this lease; everything that is written under it carries this number.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether the holder before us never released it: it may have been killed midway, or be about to go on. Fence it
    /// by appending to the journal (on a conflict it was faster: read the tail and append again) before acting on what
    /// it left behind.
    pub fn taken_over(&self) -> bool {
        self.taken_over
    }

    /// Makes sure that the lease outlasts work that takes up to `timeout` (at most [`TIMEOUT_MAX`]) and starts now;
    /// renews it if need be. Call it before each write to the outside.
    pub async fn ensure(&self, timeout: Duration) -> Result<(), Lost> {
        if timeout > TIMEOUT_MAX {
            return Err(self.lost(format!("no lease can cover {timeout:?}, only {TIMEOUT_MAX:?}")));
        }
        let mut term = self.term.lock().await;
        if let Some(cause) = &term.over {
            return Err(self.lost(cause.clone()));
        }
        if self.remaining(&term) < timeout + MARGIN {
            self.renew(&mut term).await?;
        }
        if self.remaining(&term) < timeout + MARGIN {
            return Err(self.lost("renewing it took so long that too little is left of it".into()));
        }
        Ok(())
    }

    /// Gives the lease back, so that the next holder need not wait for its end and need not fence. Somebody else's
    /// lease is left alone. After [`Error::Unavailable`] it is still ours; after any other end it is not.
    pub async fn release(&self) -> Result<(), Error> {
        let mut term = self.term.lock().await;
        if term.over.is_some() {
            return Ok(());
        }
        // Before the write: if this call is given up midway, the lease may be gone already.
        term.over = Some("it was released".into());
        let record = Record { released: true, ..term.kept.value.clone() };
        match self.replace(&mut term, record).await {
            Err(Error::Conflict) => Ok(()),
            Err(Error::Unavailable(text)) => {
                term.over = None;
                Err(Error::Unavailable(text))
            }
            done => done,
        }
    }

    /// By the monotonic clock, which cannot jump, and by the wall clock, which goes on while the machine is suspended.
    fn remaining(&self, term: &Term) -> Duration {
        let wall = term.kept.value.expires.duration_since(self.store.clock().now());
        let wall = Duration::try_from(wall).unwrap_or_default();
        term.until.saturating_sub(self.store.clock().monotonic()).min(wall)
    }

    /// Sound even after the expiry: the write succeeds only if nobody else took the lease in between.
    async fn renew(&self, term: &mut Term) -> Result<(), Lost> {
        let started = self.store.clock().monotonic();
        let expires = expiry(&self.store).map_err(|error| self.lost(error.to_string()))?;
        let record = Record { expires, ..term.kept.value.clone() };
        match self.replace(term, record).await {
            Ok(()) => {
                term.until = started + LEASE;
                Ok(())
            }
            Err(Error::Conflict) => {
                let cause = "somebody else took it over";
                term.over = Some(cause.into());
                Err(self.lost(cause.into()))
            }
            Err(error) => Err(self.lost(format!("it could not be renewed: {error}"))),
        }
    }

    /// Writes the record if the lease is still ours. A renewal whose caller gave up may have landed unseen: the
    /// document then has our epoch, which nobody else ever writes, and is replaced as it is now.
    async fn replace(&self, term: &mut Term, record: Record) -> Result<(), Error> {
        for _ in 0..ATTEMPTS_MAX {
            match self.store.replace(&term.kept, record.clone()).await {
                Ok(kept) => {
                    term.kept = kept;
                    return Ok(());
                }
                Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
            match self.store.read::<Record>(&self.path).await? {
                Some(kept) if kept.value.epoch == self.epoch => term.kept = kept,
                _ => return Err(Error::Conflict),
            }
        }
        Err(Error::Conflict)
    }

    fn lost(&self, cause: String) -> Lost {
        Lost { path: self.path.clone(), cause }
    }
}

impl Record {
    /// Until when it cannot be taken, if it cannot be taken now.
    fn busy_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.expires.saturating_add(SKEW_MAX).unwrap_or(Timestamp::MAX);
        (!self.released && now < until).then_some(until)
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").field("path", &self.path).field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// When a lease that is written now expires for the others.
fn expiry(store: &Store) -> Result<Timestamp, Error> {
    let now = store.clock().now();
    now.checked_add(SignedDuration::from_secs(LEASE_SECONDS.into()))
        .map_err(|_| Error::Invalid(format!("the clock shows {now}, and no lease can end after that")))
}
