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

/// The share of a quota that is left untouched for a while once others were seen to take from it too: what they take
/// between two of our answers.
const MARGIN: f64 = 0.02;

/// How much of the refill may be put down to others at most: who knows that little must still go on.
const OTHERS_MAX: f64 = 0.9;

/// The service tells the used share in whole percents, so two of its answers may contradict each other by one. Whatever
/// is within that is no sign of anybody.
const ROUNDING: f64 = 0.01;

/// The shortest time over which a rate is measured.
const MEASURED_OVER: Duration = Duration::from_secs(1);

/// Of a quota's period, the part after which a measurement begins anew: rounding then makes a tenth of the refill.
const MEASURED_OVER_MAX: f64 = 0.1;

/// What is left of a quota. The level may be below nothing: then it is owed, and waited for.
#[derive(Debug)]
pub(super) struct Bucket {
    quota: Quota,
    level: f64,
    at: Duration,
    closed_until: Duration,
    /// What others, of whom nobody told us, take each second: learnt from what is missing when the service tells.
    others: f64,
    /// Until when room is left for them.
    crowded_until: Duration,
    /// Since when we measure, once the service has told anything.
    since: Option<Duration>,
    /// How much higher the level would be if, since then, nobody but us had taken anything.
    ahead: f64,
    /// Counts the refusals: what was reserved before one is worth nothing after it.
    refusals: u32,
}

impl Bucket {
    pub(super) fn new(quota: Quota, now: Duration) -> Self {
        Self {
            quota,
            level: quota.amount * quota.at_start,
            at: now,
            closed_until: Duration::ZERO,
            others: 0.0,
            crowded_until: Duration::ZERO,
            since: None,
            ahead: 0.0,
            refusals: 0,
        }
    }

    fn per_second(&self) -> f64 {
        self.quota.amount / self.quota.period.as_secs_f64()
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        let theirs = passed * self.others;
        self.level = (self.level + passed * self.per_second() - theirs).min(self.quota.amount);
        self.ahead = (self.ahead + theirs).min(self.quota.amount - self.level);
        // What was learnt fades over one period of the quota, unless it is learnt again.
        self.others *= (-passed / self.quota.period.as_secs_f64()).exp();
        self.at = now;
    }

    /// How long to wait before taking `cost`, which is taken only by [`Bucket::take`].
    pub(super) fn wait(&mut self, cost: u32, now: Duration) -> Duration {
        self.refill(now);
        if cost == 0 {
            return Duration::ZERO;
        }
        // More than the whole quota at once is let through when the bucket is full; the rest is owed.
        let margin = if now < self.crowded_until { self.quota.amount * MARGIN } else { 0.0 };
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
        self.told(self.left(share), now);
    }

    /// The same where it may speak of another quota: as careful, but no measure of what others take.
    pub(super) fn perhaps_used(&mut self, share: f64, now: Duration) {
        self.refill(now);
        self.level = self.level.min(self.left(share));
        self.measure_anew(now);
    }

    fn left(&self, share_used: f64) -> f64 {
        self.quota.amount * (1.0 - share_used).max(0.0)
    }

    /// The service says that no more than this is left.
    fn told(&mut self, left: f64, now: Duration) {
        let missing = self.level + self.ahead - left;
        self.lower(left);
        // The level at the start was a guess: what is missing at the first word was taken before, at no rate that we know.
        let Some(since) = self.since else { return self.measure_anew(now) };
        let rounding = ROUNDING * self.quota.amount;
        if missing < -rounding {
            // There is more than we would have left alone: nobody has to be allowed for.
            self.others = 0.0;
            return self.measure_anew(now);
        }
        let over = now.saturating_sub(since);
        if over < MEASURED_OVER {
            return;
        }
        let least = ((missing - rounding) / over.as_secs_f64()).max(0.0);
        let most = (missing + rounding) / over.as_secs_f64();
        // What was learnt before stands as far as it agrees with what was told since.
        self.others = self.others.clamp(least, most).min(OTHERS_MAX * self.per_second());
        if least > 0.0 {
            self.crowded(now);
        }
        // What is more than comes back cannot last.
        if over >= self.quota.period.mul_f64(MEASURED_OVER_MAX) || least > self.per_second() {
            self.measure_anew(now);
        }
    }

    fn lower(&mut self, left: f64) {
        let by = (self.level - left).max(0.0);
        self.level -= by;
        self.ahead += by;
    }

    fn crowded(&mut self, now: Duration) {
        self.crowded_until = now + self.quota.period;
    }

    fn measure_anew(&mut self, now: Duration) {
        (self.since, self.ahead) = (Some(now), 0.0);
    }

    /// The service refused `cost` and wants it asked again after `pause`: it was empty, whatever our own count said, and
    /// will then have what was asked for and no more.
    pub(super) fn refused(&mut self, cost: u32, pause: Duration, now: Duration) {
        self.refill(now);
        if self.since.is_some() {
            self.crowded(now);
        }
        self.told(f64::from(cost), now);
        self.close(cost, pause, now);
    }

    /// The same where it may have been another quota: as careful, but no measure of what others take.
    pub(super) fn perhaps_refused(&mut self, cost: u32, pause: Duration, now: Duration) {
        self.refill(now);
        self.close(cost, pause, now);
        self.measure_anew(now);
    }

    fn close(&mut self, cost: u32, pause: Duration, now: Duration) {
        self.refusals = self.refusals.wrapping_add(1);
        if now + pause >= self.closed_until {
            self.closed_until = now + pause;
            let then = if pause.is_zero() { 0.0 } else { f64::from(cost) };
            let level = then - pause.as_secs_f64() * self.per_second();
            self.ahead += self.level - level;
            self.level = level;
        }
    }
}
