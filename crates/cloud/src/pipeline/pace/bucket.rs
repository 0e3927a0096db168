//! One quota as we keep count of it. Pure: time is an argument.

use std::time::Duration;

/// What may be taken at once, and in how long that comes back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    amount: f64,
    period: Duration,
    at_start: f64,
}

impl Quota {
    /// Half full at the start: an earlier process, or another one beside us, may just have emptied the real one.
    pub(super) const fn new(amount: f64, period: Duration) -> Self {
        Self { amount, period, at_start: 0.5 }
    }

    /// The same, full at the start.
    pub(super) const fn full(self) -> Self {
        Self { at_start: 1.0, ..self }
    }
}

/// The share of a quota that is left untouched once others are seen to take from it too: what they take between two of our
/// answers.
const MARGIN: f64 = 0.02;

/// How much of the refill may be put down to others at most: who knows that little must still go on.
const OTHERS_MAX: f64 = 0.9;

/// How much of a surprise is believed at once; the rest may be a burst.
const BELIEVED: f64 = 0.5;

/// The shortest time over which a rate is measured.
const MEASURED_OVER: Duration = Duration::from_secs(1);

/// What is left of a quota. The level may be below nothing: then it is owed, and waited for.
#[derive(Debug)]
pub(super) struct Bucket {
    quota: Quota,
    level: f64,
    at: Duration,
    closed_until: Duration,
    /// What others, of whom nobody told us, take each second: learnt from what is missing when the service tells.
    others: f64,
    /// When the service last told, if it did, and the most that was missing since.
    told: Option<Duration>,
    missing: f64,
    /// Counts the refusals: what was reserved before one is worth nothing after it.
    refusals: u32,
}

impl Bucket {
    pub(super) fn new(quota: Quota, now: Duration) -> Self {
        let level = quota.amount * quota.at_start;
        Self { quota, level, at: now, closed_until: Duration::ZERO, others: 0.0, told: None, missing: 0.0, refusals: 0 }
    }

    fn per_second(&self) -> f64 {
        self.quota.amount / self.quota.period.as_secs_f64()
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.level = (self.level + passed * (self.per_second() - self.others)).min(self.quota.amount);
        self.at = now;
    }

    /// How long to wait before taking `cost`, which is taken only by [`Bucket::take`].
    pub(super) fn wait(&mut self, cost: u32, now: Duration) -> Duration {
        self.refill(now);
        if cost == 0 {
            return Duration::ZERO;
        }
        // More than the whole quota at once is let through when the bucket is full; the rest is owed.
        let margin = if self.others > 0.0 { self.quota.amount * MARGIN } else { 0.0 };
        let missing = (f64::from(cost) + margin).min(self.quota.amount) - self.level;
        let refill = Duration::from_secs_f64((missing / (self.per_second() - self.others)).max(0.0));
        refill.max(self.closed_until.saturating_sub(now))
    }

    pub(super) fn take(&mut self, cost: u32) {
        self.level -= f64::from(cost);
    }

    /// How many refusals there were, for whoever has reserved something.
    pub(super) fn refusals(&self) -> u32 {
        self.refusals
    }

    /// How full it is, by our own count: 1 is full.
    pub(super) fn share(&mut self, now: Duration) -> f64 {
        self.refill(now);
        self.level / self.quota.amount
    }

    /// The service says that this share of it is used.
    pub(super) fn used(&mut self, share: f64, now: Duration) {
        self.refill(now);
        let left = self.quota.amount * (1.0 - share).max(0.0);
        self.surprise(self.level - left, now);
        self.level = self.level.min(left);
    }

    /// So much less (or more, if negative) was left than by our own count.
    fn surprise(&mut self, missing: f64, now: Duration) {
        // The level at the start was a guess: what is missing at the first word was taken before, at no rate that we know.
        let Some(told) = self.told else {
            self.told = Some(now);
            return;
        };
        self.missing = self.missing.max(missing);
        let over = now.saturating_sub(told);
        if over >= MEASURED_OVER {
            // What was learnt fades over one period of the quota, unless it is learnt again.
            let fade = (1.0 - over.as_secs_f64() / self.quota.period.as_secs_f64()).max(0.0);
            let learnt = BELIEVED * self.missing / over.as_secs_f64();
            self.others = (self.others * fade + learnt).clamp(0.0, OTHERS_MAX * self.per_second());
            (self.told, self.missing) = (Some(now), 0.0);
        }
    }

    /// The service refused `cost` and wants it asked again after `pause`: it was empty, whatever our own count said, and
    /// will then have what was asked for and no more.
    pub(super) fn refused(&mut self, cost: u32, pause: Duration, now: Duration) {
        self.refill(now);
        self.refusals = self.refusals.wrapping_add(1);
        self.surprise(self.level, now);
        if now + pause >= self.closed_until {
            self.closed_until = now + pause;
            let then = if pause.is_zero() { 0.0 } else { f64::from(cost) };
            self.level = then - pause.as_secs_f64() * self.per_second();
        }
    }
}
