//! The program's inside that is in force, and whether the configuration is another by now.
//!
//! A look is one read, at most once a minute, at a wake; nobody waits for somebody else's. What is under way finishes with
//! the inside that it began with. A configuration that cannot be read or used changes nothing but `health`, for as long as the
//! last good one may stand in; after that nothing is in force, as in a process that begins then.

use super::host::{Lasting, Wired, Wiring};
use crate::configuration::{Found, KEPT_FOR};
use functions::Inside;
use futures::future::{Either, select};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use outside::Clock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often the configuration is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How fresh a look has to be for a word that cannot be taken back: that a caller with an alert is turned away.
const FRESH_FOR: Duration = Duration::from_secs(5);

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
    /// How many attempts to build the first inside have ended.
    tried: AtomicU64,
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
    /// Its configuration, for the day on which it means something else and no other can be read.
    found: Arc<Found>,
    /// What its configuration is called beside another one.
    of_when: String,
    /// When it was last seen to be the one to use, by both clocks.
    seen: Moment,
}

/// A moment by the monotonic clock and by the wall's: the first may stand still while the platform freezes the process, and
/// the second may be set back.
type Moment = (Duration, Timestamp);

/// What the looks so far found.
#[derive(Default)]
struct Looks {
    /// The number of the last one that came to its end, from 1.
    number: u64,
    /// When the last one began.
    at: Option<Moment>,
    /// The number of the last first attempt that failed, and why it did.
    failed: Option<(u64, String)>,
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
            tried: AtomicU64::new(0),
            looks: tokio::sync::Mutex::default(),
        }
    }

    /// The inside that is in force; the first call builds it.
    pub(super) async fn inside(&self) -> Result<Arc<Inside>, String> {
        if let Some(force) = self.force() {
            return Ok(force.inside);
        }
        let tried = self.tried.load(Ordering::SeqCst);
        let mut looks = self.looks.lock().await;
        if let Some(force) = self.force() {
            return Ok(force.inside);
        }
        // Whoever waited for an attempt that failed has its answer: each trying by itself, the last would wait for all.
        if let Some((_, why)) = looks.failed.as_ref().filter(|(number, _)| *number > tried) {
            return Err(why.clone());
        }
        let first = self.first(&mut looks).await;
        let number = self.tried.fetch_add(1, Ordering::SeqCst) + 1;
        looks.failed = first.as_ref().err().map(|why| (number, why.clone()));
        first
    }

    /// Whether this inside is (still) the one in force.
    pub(super) fn is_in_force(&self, inside: &Arc<Inside>) -> bool {
        self.force().is_some_and(|force| Arc::ptr_eq(&force.inside, inside))
    }

    /// Looks, unless that was done a moment ago. Whether what is in force is the present configuration.
    pub(super) async fn is_fresh(&self) -> bool {
        let mut looks = self.looks.lock().await;
        if looks.at.is_some_and(|at| self.since(at) >= FRESH_FOR) {
            self.look(&mut looks).await;
        }
        looks.trouble.is_none()
    }

    fn now(&self) -> Moment {
        (self.clock.monotonic(), self.clock.now())
    }

    /// How long ago that was, by whichever clock shows more.
    fn since(&self, (monotonic, wall): Moment) -> Duration {
        let by_wall = Duration::try_from(self.clock.now().duration_since(wall)).unwrap_or_default();
        self.clock.monotonic().saturating_sub(monotonic).max(by_wall)
    }

    /// Looks whether the configuration is another by now, if that was not done within the last minute and nobody is at
    /// it.
    pub(super) async fn look_if_due(&self) {
        let Ok(mut looks) = self.looks.try_lock() else { return };
        // Nothing is there to be replaced before the first need of it.
        let is_due = looks.at.is_some_and(|at| self.since(at) >= LOOK_EVERY);
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

    /// What is in force: what was built last, unless it was last seen to be good too long ago.
    fn force(&self) -> Option<Force> {
        let force = self.force.lock().expect("no holder panics").clone();
        force.filter(|force| self.since(force.seen) <= KEPT_FOR.unsigned_abs())
    }

    async fn first(&self, looks: &mut Looks) -> Result<Arc<Inside>, String> {
        looks.at = Some(self.now());
        let trouble = match self.find().await {
            Ok(found) => match self.establish(&found, self.now()).await {
                Ok(inside) => {
                    self.note(looks, None);
                    return Ok(inside);
                }
                Err(why) => why,
            },
            Err(why) => why,
        };
        let (good, seen) = match self.within(self.wiring.last_good(&self.lasting)).await {
            Ok(Some(good)) => good,
            Ok(None) => return Err(self.lapsed(&trouble)),
            Err(why) => {
                tracing::warn!(why, "the last good configuration cannot be read either");
                return Err(self.lapsed(&trouble));
            }
        };
        // By the monotonic clock it was as long ago, as far as that reaches back.
        let ago = Duration::try_from(self.clock.now().duration_since(seen)).unwrap_or_default();
        let seen = (self.clock.monotonic().saturating_sub(ago), seen);
        match self.establish(&good, seen).await {
            Ok(inside) => {
                self.note(looks, Some(trouble));
                Ok(inside)
            }
            Err(why) => {
                tracing::warn!(why, "the last good configuration cannot be used either");
                Err(self.lapsed(&trouble))
            }
        }
    }

    async fn look(&self, looks: &mut Looks) {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        looks.at = Some(self.now());
        let trouble = match self.find().await {
            Ok(found) => {
                let is_known = self.force().is_some_and(|force| force.digest == found.digest);
                let is_of_today = self.force().is_some_and(|force| force.day == self.today());
                let used = if is_known && is_of_today {
                    self.seen_now();
                    Ok(())
                } else {
                    self.establish(&found, self.now()).await.map(drop)
                };
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
        if trouble.is_some() {
            self.begin_day().await;
        }
        self.note(looks, trouble);
        looks.number = number;
    }

    /// What is in force and cannot be replaced is checked again each day: a limit that was loosened until yesterday is not
    /// loose today.
    async fn begin_day(&self) {
        let Some(force) = self.force().filter(|force| force.day != self.today()) else { return };
        if let Err(why) = self.establish(&force.found, force.seen).await {
            tracing::warn!(why, "the configuration in force cannot be checked anew for this day");
        }
    }

    async fn find(&self) -> Result<Found, String> {
        self.within(self.wiring.find(&self.lasting)).await
    }

    /// What is in force is the one to use, as of now.
    fn seen_now(&self) {
        if let Some(force) = self.force.lock().expect("no holder panics").as_mut() {
            force.seen = self.now();
        }
    }

    /// Puts this configuration in force, which was last seen to be the one to use at `seen`; the error says why it is none.
    async fn establish(&self, found: &Found, seen: Moment) -> Result<Arc<Inside>, String> {
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
            found: Arc::new(found.clone()),
            of_when: found.of_when(),
            seen,
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
        match &trouble {
            Some(why) => {
                let text = match self.force() {
                    Some(force) => {
                        let until = force.seen.1.saturating_add(KEPT_FOR).unwrap_or(Timestamp::MAX);
                        let until = until.strftime("%Y-%m-%d %H:%M UTC");
                        format!("{why}; in force is {}, until {until} at the latest", force.of_when)
                    }
                    None => self.lapsed(why),
                };
                if looks.trouble != trouble {
                    tracing::error!("{text}");
                }
                self.lasting.ailments.set(BROKEN, text);
            }
            None => {
                if looks.trouble.is_some() {
                    tracing::info!("the configuration can be used again");
                }
                self.lasting.ailments.clear(BROKEN);
            }
        }
        looks.trouble = trouble;
    }

    /// Why nothing is in force, where something was.
    fn lapsed(&self, why: &str) -> String {
        match self.force.lock().expect("no holder panics").as_ref() {
            Some(Force { of_when, seen, .. }) => format!(
                "{why}; nothing is in force any more: {of_when} was last seen to be the one to use at {}, more than {} days ago",
                seen.1.strftime("%Y-%m-%d %H:%M UTC"),
                KEPT_FOR.as_hours() / 24
            ),
            None => why.to_owned(),
        }
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
