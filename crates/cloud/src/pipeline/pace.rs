//! Pacing: staying under the quotas instead of learning them from refusals.
//!
//! Each tenant has a bucket for each quota of each app, so one tenant's refusals never delay another; each app has some over
//! all its tenants. Whoever asks says which app it is, so that several graphs can share a pace, even where they do not agree
//! on the app of a tenant. Whoever waits has reserved what it waits for, so a tenant's requests leave in the order in which they came.
//! The service's own numbers correct our count: a used share lowers the level, a refusal empties the bucket and closes it
//! for as long as the service asks. So processes that share a quota without knowing of each other learn of each other.

mod bucket;

use super::call::{Cost, Exceeded, Reply};
use super::told;
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
/// Sign-ins and audits, app and tenant: 5 per 10 s. Whether the service counts in a window that slides is not said, so
/// that what goes at once and what comes back within 10 s are 5 together.
const REPORTS: Quota = Quota::new(2.0, Duration::from_millis(6_667)).full();
/// Log queries of one identity: 200 per 30 s (page "Azure Monitor service limits"). Ours is another one in each tenant.
const QUERIES: Quota = Quota::new(200.0, Duration::from_secs(30));
/// Reads of one identity in one subscription, which we count for the tenant: 250, and 25 more each second (page
/// "Understand how Azure Resource Manager throttles requests").
const MANAGEMENT: Quota = Quota::new(250.0, Duration::from_secs(10));
/// Sign-ins and audits of the app over all tenants: 122 per 10 s, again with what comes back in that time.
const APP_REPORTS: Quota = Quota::new(22.0, Duration::from_millis(2_200));
/// Resource units of the app over all tenants.
const APP_UNITS: Quota = Quota::new(150_000.0, Duration::from_secs(20));
/// Writes of the app over all tenants: about 116 a second for a partner's customers together.
const APP_WRITES: Quota = Quota::new(35_000.0, Duration::from_secs(300));

/// How far our own count of a quota may be from what the service tells, as a share of the whole, to be what it tells of.
const ABOUT: f64 = 0.05;

/// How many buckets one request can take from.
const QUOTAS: usize = 10;

/// What they are called, in the order of [`State::buckets`], and whether they are the app's over all tenants.
const NAMES: [(bool, &str); QUOTAS] = [
    (false, "units"),
    (false, "writes"),
    (false, "invitations"),
    (false, "policies"),
    (false, "reports"),
    (false, "queries"),
    (false, "management"),
    (true, "units"),
    (true, "writes"),
    (true, "reports"),
];

/// Whose quotas a call meets: nearly all are those of one app in one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Account {
    pub(crate) tenant: Uuid,
    /// The client id of the app that speaks for us there.
    pub(crate) app: Uuid,
}

/// The buckets of one app in one tenant.
#[derive(Debug)]
struct Tenant {
    units: Bucket,
    writes: Bucket,
    invitations: Bucket,
    policies: Bucket,
    reports: Bucket,
    queries: Bucket,
    management: Bucket,
}

impl Tenant {
    fn new(now: Duration) -> Self {
        Self {
            units: Bucket::new(UNITS, now),
            writes: Bucket::new(WRITES, now),
            invitations: Bucket::new(INVITATIONS, now),
            policies: Bucket::new(POLICIES, now),
            reports: Bucket::new(REPORTS, now),
            queries: Bucket::new(QUERIES, now),
            management: Bucket::new(MANAGEMENT, now),
        }
    }

    /// Of the buckets that such a call meets, the one that takes longest to fill.
    fn slowest(&mut self, cost: Cost) -> &mut Bucket {
        if cost.writes > 0 {
            &mut self.writes
        } else if cost.reports > 0 {
            &mut self.reports
        } else if cost.queries > 0 {
            &mut self.queries
        } else if cost.management > 0 {
            &mut self.management
        } else if cost.policies > 0 {
            &mut self.policies
        } else {
            &mut self.units
        }
    }

    /// A call was refused by a quota of this tenant.
    fn refused(&mut self, cost: Cost, exceeded: Option<Exceeded>, pause: Duration, now: Duration) {
        if cost.policies > 0 {
            self.policies.refused(cost.policies, pause, now);
        } else if cost.reports > 0 {
            self.reports.refused(cost.reports, pause, now);
        } else if cost.queries > 0 {
            self.queries.refused(cost.queries, pause, now);
        } else if cost.management > 0 {
            self.management.refused(cost.management, pause, now);
        } else if cost.writes == 0 || exceeded == Some(Exceeded::Units) {
            self.units.refused(cost.units, pause, now);
        } else if cost.invitations == 0 {
            self.writes.refused(cost.writes, pause, now);
        } else {
            // It is not told which of the two: the one that is about empty by our own count, or else either.
            let (invitations, writes) = (self.invitations.share(now), self.writes.share(now));
            if writes.min(invitations) > ABOUT {
                self.invitations.perhaps_refused(cost.invitations, pause, now);
                self.writes.perhaps_refused(cost.writes, pause, now);
            } else if writes <= invitations {
                self.writes.refused(cost.writes, pause, now);
            } else {
                self.invitations.refused(cost.invitations, pause, now);
            }
        }
    }
}

/// The app's buckets over all tenants.
#[derive(Debug)]
struct App {
    units: Bucket,
    writes: Bucket,
    reports: Bucket,
}

impl App {
    fn new(now: Duration) -> Self {
        Self {
            units: Bucket::new(APP_UNITS, now),
            writes: Bucket::new(APP_WRITES, now),
            reports: Bucket::new(APP_REPORTS, now),
        }
    }

    /// A call was refused by a quota of the app as a whole.
    fn refused(&mut self, cost: Cost, pause: Duration, now: Duration) {
        if cost.reports > 0 {
            self.reports.refused(cost.reports, pause, now);
        } else {
            // Both: whatever we send next from anywhere would be refused as well.
            self.units.refused(cost.units, pause, now);
            self.writes.refused(cost.writes, pause, now);
        }
    }
}

#[derive(Debug)]
struct State {
    tenants: HashMap<Account, Tenant>,
    apps: HashMap<Uuid, App>,
}

impl State {
    fn app(&mut self, app: Uuid, now: Duration) -> &mut App {
        self.apps.entry(app).or_insert_with(|| App::new(now))
    }

    fn tenant(&mut self, account: Account, now: Duration) -> &mut Tenant {
        self.tenants.entry(account).or_insert_with(|| Tenant::new(now))
    }

    /// Each bucket that such a call meets, with what it takes from it.
    fn buckets(&mut self, account: Account, cost: Cost, now: Duration) -> [(&mut Bucket, u32); QUOTAS] {
        let app = self.apps.entry(account.app).or_insert_with(|| App::new(now));
        let tenant = self.tenants.entry(account).or_insert_with(|| Tenant::new(now));
        [
            (&mut tenant.units, cost.units),
            (&mut tenant.writes, cost.writes),
            (&mut tenant.invitations, cost.invitations),
            (&mut tenant.policies, cost.policies),
            (&mut tenant.reports, cost.reports),
            (&mut tenant.queries, cost.queries),
            (&mut tenant.management, cost.management),
            (&mut app.units, cost.units),
            (&mut app.writes, cost.writes),
            (&mut app.reports, cost.reports),
        ]
    }

    /// The service tells the used share of the scarcest of all quotas that such a call met, and not which that is. Where our
    /// own count has one that is about as scarce, it is that. Otherwise somebody has taken what we know nothing of, and then
    /// the smallest mistake is to look for it in this tenant, never in the app's own quotas, where it would slow down all
    /// tenants; and in the quota that takes longest to come back, which most of it is missing from.
    fn told(&mut self, account: Account, cost: Cost, used: f64, now: Duration) {
        let mut met: Vec<&mut Bucket> = self
            .buckets(account, cost, now)
            .into_iter()
            .filter(|(_, cost)| *cost > 0)
            .map(|(bucket, _)| bucket)
            .collect();
        let shares: Vec<f64> = met.iter_mut().map(|bucket| bucket.share(now)).collect();
        let about = (0..met.len()).filter(|place| shares[*place] <= 1.0 - used + ABOUT);
        let by_share = |one: &usize, other: &usize| shares[*one].total_cmp(&shares[*other]);
        match (about.clone().min_by(by_share), about.count()) {
            (Some(scarcest), 1) => met[scarcest].used(used, now),
            (Some(scarcest), _) => met[scarcest].perhaps_used(used, now),
            (None, _) => self.tenant(account, now).slowest(cost).used(used, now),
        }
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
    /// Buckets half full: those of these apps now, a tenant's and those of another app when they are first seen.
    pub(crate) fn new(clock: Arc<dyn Clock>, apps: impl Iterator<Item = Uuid>) -> Self {
        let now = clock.monotonic();
        let apps = apps.map(|app| (app, App::new(now))).collect();
        Self { clock, state: Mutex::new(State { tenants: HashMap::new(), apps }) }
    }

    /// Takes the cost, waiting for it up to `patience`; otherwise tells how long the wait would be.
    pub(crate) async fn take(&self, account: Account, cost: Cost, patience: Duration) -> Result<(), Duration> {
        let until = self.clock.monotonic() + patience;
        loop {
            let reserved = self.reserve(account, cost, until)?;
            if reserved.wait.is_zero() {
                return Ok(());
            }
            self.clock.sleep(reserved.wait).await;
            // A refusal meanwhile has emptied the bucket, and with it what was reserved.
            if self.refusals(account, cost) == reserved.refusals {
                return Ok(());
            }
        }
    }

    /// Takes the cost at once and says how long to wait before using it; takes nothing if that is too late.
    fn reserve(&self, account: Account, cost: Cost, until: Duration) -> Result<Reserved, Duration> {
        let now = self.clock.monotonic();
        let mut state = self.state.lock().expect("no holder panics");
        let mut buckets = state.buckets(account, cost, now);
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

    fn refusals(&self, account: Account, cost: Cost) -> [u32; QUOTAS] {
        let now = self.clock.monotonic();
        let mut state = self.state.lock().expect("no holder panics");
        state.buckets(account, cost, now).map(|(bucket, _)| bucket.refusals())
    }

    /// Learns from an answer, and tells whoever observes what is left.
    pub(crate) fn observe(&self, account: Account, cost: Cost, reply: &Reply) {
        self.learn(account, cost, reply);
        if tracing::enabled!(target: "metric", tracing::Level::TRACE) {
            self.tell(account, cost);
        }
    }

    fn tell(&self, account: Account, cost: Cost) {
        let now = self.clock.monotonic();
        let mut shares = {
            let mut state = self.state.lock().expect("no holder panics");
            let met = state.buckets(account, cost, now).into_iter().zip(NAMES);
            met.filter(|((_, cost), _)| *cost > 0)
                .map(|((bucket, _), (over_all, name))| (over_all, name, bucket.share(now)))
                .collect::<Vec<_>>()
        };
        let app = shares.extract_if(.., |(over_all, ..)| *over_all).map(|(_, name, share)| (name, share));
        told::headroom("app", app.collect::<Vec<_>>());
        told::headroom(&account.tenant.to_string(), shares.into_iter().map(|(_, name, share)| (name, share)));
    }

    fn learn(&self, account: Account, cost: Cost, reply: &Reply) {
        let now = self.clock.monotonic();
        if reply.status == 429 {
            told::throttled(account.tenant, reply);
            let pause = reply.retry_after.unwrap_or_default();
            let mut state = self.state.lock().expect("no holder panics");
            if reply.app_wide {
                state.app(account.app, now).refused(cost, pause, now);
            } else {
                state.tenant(account, now).refused(cost, reply.exceeded, pause, now);
            }
        } else if let Some(used) = reply.quota_used {
            let mut state = self.state.lock().expect("no holder panics");
            state.told(account, cost, used, now);
        }
    }
}

#[cfg(test)]
mod tests;
