//! The program's inside that is in force, and whether the configuration is another by now.
//!
//! A look is one read, at most once a minute, at a wake; nobody waits for somebody else's. What is under way finishes with
//! the inside that it began with. A configuration that cannot be read or used changes nothing but `health`.

use super::host::{Lasting, Wired, Wiring};
use crate::configuration::Found;
use functions::Inside;
use futures::future::{Either, select};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use outside::Clock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often the configuration is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How long a look may wait for the store.
const LOOK_WITHIN: Duration = Duration::from_secs(10);

/// How often the store hears that the last good configuration is still good.
const KEEP_EVERY: Duration = Duration::from_secs(24 * 3600);

/// The code in `health` of a configuration that cannot be read or used.
const BROKEN: &str = "configuration";

/// The inside that is in force.
pub(super) struct Current {
    wiring: Box<dyn Wiring>,
    clock: Arc<dyn Clock>,
    lasting: Lasting,
    force: Mutex<Option<Force>>,
    /// How many looks have begun.
    begun: AtomicU64,
    /// Held while looking.
    looks: tokio::sync::Mutex<Looks>,
}

/// What was built, and of what.
#[derive(Clone)]
struct Force {
    inside: Arc<Inside>,
    digest: String,
    /// The day on which it was checked: a limit may be loosened until one.
    day: Date,
    /// What its configuration is called beside another one.
    of_when: String,
}

/// What the looks so far found.
#[derive(Default)]
struct Looks {
    /// The number of the last one that came to its end, from 1.
    number: u64,
    /// When the last one began (by the monotonic clock).
    at: Option<Duration>,
    /// What is wrong, if anything is.
    trouble: Option<String>,
    /// What was last kept as the last good one, and when.
    kept: Option<(String, Duration)>,
}

impl Current {
    /// Nothing is read yet.
    pub(super) fn new(wiring: Box<dyn Wiring>, clock: Arc<dyn Clock>) -> Self {
        Self {
            wiring,
            clock,
            lasting: Lasting::default(),
            force: Mutex::default(),
            begun: AtomicU64::new(0),
            looks: tokio::sync::Mutex::default(),
        }
    }

    /// The inside that is in force; the first call builds it.
    pub(super) async fn inside(&self) -> Result<Arc<Inside>, String> {
        if let Some(force) = self.force() {
            return Ok(force.inside);
        }
        let mut looks = self.looks.lock().await;
        match self.force() {
            Some(force) => Ok(force.inside),
            None => self.first(&mut looks).await,
        }
    }

    /// Looks whether the configuration is another by now, if that was not done within the last minute and nobody is at
    /// it.
    pub(super) async fn look_if_due(&self) {
        let Ok(mut looks) = self.looks.try_lock() else { return };
        let now = self.clock.monotonic();
        // Nothing is there to be replaced before the first need of it.
        let is_due = looks.at.is_some_and(|at| now.saturating_sub(at) >= LOOK_EVERY);
        if is_due && self.force().is_some() {
            self.look(&mut looks).await;
        }
    }

    /// Looks now, whenever that was done last: somebody speaks of what is not known here. Whoever asks during a look
    /// shares the next with all others who did.
    pub(super) async fn look_now(&self) {
        let asked = self.begun.load(Ordering::SeqCst);
        let mut looks = self.looks.lock().await;
        if looks.number <= asked {
            self.look(&mut looks).await;
        }
    }

    fn today(&self) -> Date {
        self.clock.now().to_zoned(TimeZone::UTC).date()
    }

    fn force(&self) -> Option<Force> {
        self.force.lock().expect("no holder panics").clone()
    }

    async fn first(&self, looks: &mut Looks) -> Result<Arc<Inside>, String> {
        looks.at = Some(self.clock.monotonic());
        let trouble = match self.find().await {
            Ok(found) => match self.establish(&found).await {
                Ok(inside) => return Ok(inside),
                Err(why) => why,
            },
            Err(why) => why,
        };
        let good = match self.within(self.wiring.last_good(&self.lasting)).await {
            Ok(Some(good)) => good,
            Ok(None) => return Err(trouble),
            Err(why) => {
                tracing::warn!(why, "the last good configuration cannot be read either");
                return Err(trouble);
            }
        };
        match self.establish(&good).await {
            Ok(inside) => {
                self.note(looks, Some(trouble));
                Ok(inside)
            }
            Err(why) => {
                tracing::warn!(why, "the last good configuration cannot be used either");
                Err(trouble)
            }
        }
    }

    async fn look(&self, looks: &mut Looks) {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        looks.at = Some(self.clock.monotonic());
        let trouble = match self.find().await {
            Ok(found) => {
                let is_known = self.force().is_some_and(|force| force.digest == found.digest);
                let is_of_today = self.force().is_some_and(|force| force.day == self.today());
                let used = if is_known && is_of_today { Ok(()) } else { self.establish(&found).await.map(drop) };
                if used.is_ok() {
                    if !is_known {
                        tracing::info!(digest = found.digest, "{} is in force", found.name());
                    }
                    self.keep(looks, &found).await;
                }
                used.err()
            }
            Err(why) => Some(why),
        };
        self.note(looks, trouble);
        looks.number = number;
    }

    async fn find(&self) -> Result<Found, String> {
        self.within(self.wiring.find(&self.lasting)).await
    }

    /// Puts this configuration in force; the error says why it is none.
    async fn establish(&self, found: &Found) -> Result<Arc<Inside>, String> {
        let wired = self.wiring.wire(found, &self.lasting).await?;
        let mut force = self.force.lock().expect("no holder panics");
        let inside = match (wired, force.take()) {
            (Wired::Anew(inside), _) => Arc::new(inside),
            (Wired::AsBefore, Some(before)) => before.inside,
            (Wired::AsBefore, None) => return Err("internal error: nothing was built before".into()),
        };
        *force = Some(Force {
            inside: inside.clone(),
            digest: found.digest.clone(),
            day: self.today(),
            of_when: found.of_when(),
        });
        Ok(inside)
    }

    /// Keeps what is in force for the day on which nothing better can be read.
    async fn keep(&self, looks: &mut Looks, found: &Found) {
        let now = self.clock.monotonic();
        let is_kept =
            |(digest, at): &(String, Duration)| *digest == found.digest && now.saturating_sub(*at) < KEEP_EVERY;
        if looks.kept.as_ref().is_some_and(is_kept) {
            return;
        }
        match self.within(self.wiring.keep(found, &self.lasting)).await {
            Ok(()) => looks.kept = Some((found.digest.clone(), now)),
            Err(why) => tracing::warn!(why, "the configuration could not be kept as the last good one"),
        }
    }

    /// Lets `health` tell what is wrong with the configuration, and the log when that changes.
    fn note(&self, looks: &mut Looks, trouble: Option<String>) {
        match (&trouble, self.force()) {
            (Some(why), Some(force)) => {
                let text = format!("{why}; in force is {}", force.of_when);
                if looks.trouble != trouble {
                    tracing::error!("{text}");
                }
                self.lasting.ailments.set(BROKEN, text);
            }
            _ => {
                if looks.trouble.is_some() {
                    tracing::info!("the configuration can be used again");
                }
                self.lasting.ailments.clear(BROKEN);
            }
        }
        looks.trouble = trouble;
    }

    async fn within<T>(&self, work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
        match select(std::pin::pin!(work), self.clock.sleep(LOOK_WITHIN)).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => {
                Err(format!("the configuration's store did not answer within {} s", LOOK_WITHIN.as_secs()))
            }
        }
    }

    /// What is red besides what the engine knows by itself.
    #[cfg(test)]
    pub(super) fn ailments(&self) -> &engine::Ailments {
        &self.lasting.ailments
    }
}

#[cfg(test)]
mod tests;
