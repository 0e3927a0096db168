//! Pacing: staying under the quotas instead of learning them from refusals.
//!
//! Each tenant has a bucket for each quota, so one tenant's refusals never delay another; the app has two over all
//! tenants. Whoever waits has reserved what it waits for, so a tenant's requests leave in the order in which they came.
//! The service's own numbers correct our count: a used share lowers the level, a refusal empties the bucket and closes it
//! for as long as the service asks. So processes that share a quota without knowing of each other learn of each other.

mod bucket;

use super::call::{Cost, Exceeded, Reply};
use bucket::{Bucket, Quota};
use outside::Clock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

// The numbers are those of the page "Microsoft Graph service-specific throttling limits", identity and access.

/// Resource units, app and tenant: 3,500 per 10 s, which is the quota of the smallest tenants. A tenant's size is not
/// known without asking, and 350 units a second are more than one run ever needs: its round trips take longer.
const UNITS: Quota = Quota::new(3_500.0, Duration::from_secs(10));
/// Writes, app and tenant.
const WRITES: Quota = Quota::new(3_000.0, Duration::from_secs(150));
/// Invitations, app and tenant: 150 per 5 s. Whether they count as writes too is not said; we count them as both.
const INVITATIONS: Quota = Quota::new(150.0, Duration::from_secs(5));
/// Conditional Access: one request per second and tenant. Half of one would only make every first question wait.
const POLICIES: Quota = Quota::new(1.0, Duration::from_secs(1)).full();
/// Resource units of the app over all tenants.
const APP_UNITS: Quota = Quota::new(150_000.0, Duration::from_secs(20));
/// Writes of the app over all tenants: about 116 a second for a partner's customers together.
const APP_WRITES: Quota = Quota::new(35_000.0, Duration::from_secs(300));

/// How many buckets one request can take from.
const QUOTAS: usize = 6;

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

    /// The buckets that a refusal of such a call may speak about, with what the call takes from each.
    fn refusing(&mut self, cost: Cost, exceeded: Option<Exceeded>) -> Vec<(&mut Bucket, u32)> {
        if cost.policies > 0 {
            vec![(&mut self.policies, cost.policies)]
        } else if cost.writes == 0 || exceeded == Some(Exceeded::Units) {
            vec![(&mut self.units, cost.units)]
        } else if cost.invitations > 0 {
            vec![(&mut self.invitations, cost.invitations), (&mut self.writes, cost.writes)]
        } else {
            vec![(&mut self.writes, cost.writes)]
        }
    }
}

/// The app's buckets over all tenants.
#[derive(Debug)]
struct App {
    units: Bucket,
    writes: Bucket,
}

#[derive(Debug)]
struct State {
    tenants: HashMap<Uuid, Tenant>,
    app: App,
}

impl State {
    /// Each bucket that such a call meets, with what it takes from it.
    fn buckets(&mut self, tenant: Uuid, cost: Cost, now: Duration) -> [(&mut Bucket, u32); QUOTAS] {
        let tenant = self.tenants.entry(tenant).or_insert_with(|| Tenant::new(now));
        [
            (&mut tenant.units, cost.units),
            (&mut tenant.writes, cost.writes),
            (&mut tenant.invitations, cost.invitations),
            (&mut tenant.policies, cost.policies),
            (&mut self.app.units, cost.units),
            (&mut self.app.writes, cost.writes),
        ]
    }
}

/// What was taken, to be paid for by waiting; the refusals of each bucket at that time.
struct Reserved {
    wait: Duration,
    refusals: [u32; QUOTAS],
}

/// The pace in every tenant.
pub(crate) struct Pace {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl Pace {
    /// Buckets half full, a tenant's when it is first seen.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let now = clock.monotonic();
        let app = App { units: Bucket::new(APP_UNITS, now), writes: Bucket::new(APP_WRITES, now) };
        Self { clock, state: Mutex::new(State { tenants: HashMap::new(), app }) }
    }

    /// Takes the cost, waiting for it up to `patience`; otherwise tells how long the wait would be.
    pub(crate) async fn take(&self, tenant: Uuid, cost: Cost, patience: Duration) -> Result<(), Duration> {
        let until = self.clock.monotonic() + patience;
        loop {
            let reserved = self.reserve(tenant, cost, until)?;
            if reserved.wait.is_zero() {
                return Ok(());
            }
            self.clock.sleep(reserved.wait).await;
            // A refusal meanwhile has emptied the bucket, and with it what was reserved.
            if self.refusals(tenant, cost) == reserved.refusals {
                return Ok(());
            }
        }
    }

    /// Takes the cost at once and says how long to wait before using it; takes nothing if that is too late.
    fn reserve(&self, tenant: Uuid, cost: Cost, until: Duration) -> Result<Reserved, Duration> {
        let now = self.clock.monotonic();
        let mut state = self.state.lock().expect("no holder panics");
        let mut buckets = state.buckets(tenant, cost, now);
        let wait = buckets.iter_mut().map(|(bucket, cost)| bucket.wait(*cost, now)).max().unwrap_or_default();
        if wait > until.saturating_sub(now) {
            return Err(wait);
        }
        let refusals = buckets.map(|(bucket, cost)| {
            bucket.take(cost);
            bucket.refusals()
        });
        Ok(Reserved { wait, refusals })
    }

    fn refusals(&self, tenant: Uuid, cost: Cost) -> [u32; QUOTAS] {
        let now = self.clock.monotonic();
        let mut state = self.state.lock().expect("no holder panics");
        state.buckets(tenant, cost, now).map(|(bucket, _)| bucket.refusals())
    }

    /// Learns from an answer.
    pub(crate) fn observe(&self, tenant: Uuid, cost: Cost, reply: &Reply) {
        let now = self.clock.monotonic();
        if reply.status == 429 {
            let pause = reply.retry_after.unwrap_or_default();
            let mut state = self.state.lock().expect("no holder panics");
            if reply.app_wide {
                // Both: whatever we send next from anywhere would be refused as well.
                state.app.units.refused(cost.units, pause, now);
                state.app.writes.refused(cost.writes, pause, now);
            } else {
                let tenant = state.tenants.entry(tenant).or_insert_with(|| Tenant::new(now));
                let refusing = tenant.refusing(cost, reply.exceeded);
                refusing.into_iter().for_each(|(bucket, cost)| bucket.refused(cost, pause, now));
            }
        } else if let Some(used) = reply.quota_used {
            // The service tells the scarcest of all quotas that the request met, and not which: by our own count it is
            // the one of which the least is left.
            let mut state = self.state.lock().expect("no holder panics");
            let buckets = state.buckets(tenant, cost, now).into_iter().filter(|(_, cost)| *cost > 0);
            let scarcest = buckets.map(|(bucket, _)| (bucket.share(now), bucket)).min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((_, bucket)) = scarcest {
                bucket.used(used, now);
            }
        }
    }
}

#[cfg(test)]
mod tests;
