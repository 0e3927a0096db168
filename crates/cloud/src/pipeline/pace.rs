//! Pacing: staying under the quotas instead of learning them from refusals.
//!
//! Each tenant has a bucket for each quota, so one tenant's refusals never delay another. A bucket is half full at the
//! start: an earlier process may just have emptied the real one. The service's own numbers correct ours: a used share
//! lowers the level, a refusal closes the bucket for as long as the service asks.

use super::call::{Cost, Reply};
use outside::Clock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

/// One quota: what may be taken at once, and in how long that comes back.
#[derive(Debug, Clone, Copy)]
struct Quota {
    amount: f64,
    period: Duration,
    at_start: f64,
}

/// Resource units, app and tenant: the smallest tenants' 3,500 per 10 s, since a tenant's size is not known.
const UNITS: Quota = Quota { amount: 3_500.0, period: Duration::from_secs(10), at_start: 0.5 };
/// Writes, app and tenant: 3,000 per 150 s.
const WRITES: Quota = Quota { amount: 3_000.0, period: Duration::from_secs(150), at_start: 0.5 };
/// Invitations: 150 per 5 s.
const INVITATIONS: Quota = Quota { amount: 150.0, period: Duration::from_secs(5), at_start: 0.5 };
/// Conditional Access: one request per second and tenant. Half of one would only make every first question wait.
const POLICIES: Quota = Quota { amount: 1.0, period: Duration::from_secs(1), at_start: 1.0 };

/// What is left of one quota. The level may be below nothing: then it is owed, and waited for.
#[derive(Debug)]
struct Bucket {
    quota: Quota,
    level: f64,
    at: Duration,
    closed_until: Duration,
}

impl Bucket {
    fn new(quota: Quota, now: Duration) -> Self {
        Self { quota, level: quota.amount * quota.at_start, at: now, closed_until: Duration::ZERO }
    }

    fn per_second(&self) -> f64 {
        self.quota.amount / self.quota.period.as_secs_f64()
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.level = (self.level + passed * self.per_second()).min(self.quota.amount);
        self.at = now;
    }

    /// How long to wait before taking `cost`, which is taken only by [`Bucket::take`].
    fn wait(&self, cost: u32, now: Duration) -> Duration {
        if cost == 0 {
            return Duration::ZERO;
        }
        // More than the whole quota at once is let through when the bucket is full; the rest is owed.
        let missing = f64::from(cost).min(self.quota.amount) - self.level;
        let refill = Duration::from_secs_f64((missing / self.per_second()).max(0.0));
        refill.max(self.closed_until.saturating_sub(now))
    }

    fn take(&mut self, cost: u32) {
        self.level -= f64::from(cost);
    }
}

/// One tenant's buckets.
#[derive(Debug)]
struct Tenant {
    units: Bucket,
    writes: Bucket,
    invitations: Bucket,
    policies: Bucket,
}

impl Tenant {
    fn new(now: Duration) -> Self {
        Self {
            units: Bucket::new(UNITS, now),
            writes: Bucket::new(WRITES, now),
            invitations: Bucket::new(INVITATIONS, now),
            policies: Bucket::new(POLICIES, now),
        }
    }

    /// Each bucket with what the cost takes from it.
    fn each(&mut self, cost: Cost) -> [(&mut Bucket, u32); 4] {
        [
            (&mut self.units, cost.units),
            (&mut self.writes, cost.writes),
            (&mut self.invitations, cost.invitations),
            (&mut self.policies, cost.policies),
        ]
    }

    /// The buckets that an answer to such a call speaks about: the scarcest that it takes from.
    fn scarce(&mut self, cost: Cost) -> Vec<&mut Bucket> {
        if cost.policies > 0 {
            vec![&mut self.policies]
        } else if cost.invitations > 0 {
            vec![&mut self.invitations, &mut self.writes]
        } else if cost.writes > 0 {
            vec![&mut self.writes]
        } else {
            vec![&mut self.units]
        }
    }
}

#[derive(Debug, Default)]
struct State {
    tenants: HashMap<Uuid, Tenant>,
    /// Until when the service refuses our app in every tenant.
    closed_until: Duration,
}

/// The pace in every tenant.
pub(crate) struct Pace {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl Pace {
    /// Buckets half full, for every tenant when it is first seen.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// Takes the cost, waiting for it up to `patience`; otherwise takes nothing and tells how long the wait would be.
    pub(crate) async fn take(&self, tenant: Uuid, cost: Cost, patience: Duration) -> Result<(), Duration> {
        let wait = {
            let now = self.clock.monotonic();
            let mut state = self.state.lock().expect("no holder panics");
            let closed = state.closed_until.saturating_sub(now);
            let buckets = state.tenants.entry(tenant).or_insert_with(|| Tenant::new(now)).each(cost);
            let mut wait = closed;
            let mut taken = Vec::with_capacity(buckets.len());
            for (bucket, cost) in buckets {
                bucket.refill(now);
                wait = wait.max(bucket.wait(cost, now));
                taken.push((bucket, cost));
            }
            if wait > patience {
                return Err(wait);
            }
            for (bucket, cost) in taken {
                bucket.take(cost);
            }
            wait
        };
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
        Ok(())
    }

    /// Learns from an answer.
    pub(crate) fn observe(&self, tenant: Uuid, cost: Cost, reply: &Reply) {
        if reply.quota_used.is_none() && reply.status != 429 {
            return;
        }
        let now = self.clock.monotonic();
        let until = now + if reply.status == 429 { reply.retry_after.unwrap_or_default() } else { Duration::ZERO };
        let mut state = self.state.lock().expect("no holder panics");
        if reply.app_wide {
            state.closed_until = state.closed_until.max(until);
        }
        for bucket in state.tenants.entry(tenant).or_insert_with(|| Tenant::new(now)).scarce(cost) {
            bucket.refill(now);
            bucket.closed_until = bucket.closed_until.max(until);
            if let Some(used) = reply.quota_used {
                bucket.level = bucket.level.min(bucket.quota.amount * (1.0 - used).max(0.0));
            }
        }
    }
}
