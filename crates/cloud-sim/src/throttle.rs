//! The service's limits: token buckets over resource units and over writes.
//!
//! Numbers and costs: "Microsoft Graph service-specific throttling limits", identity and access.

use crate::options::{Quota, Quotas};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// A bucket that fills continuously.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: f64,
    at: Duration,
}

/// The buckets that belong to one tenant.
#[derive(Debug, Clone, Default)]
pub(crate) struct TenantBuckets {
    units: BTreeMap<Uuid, Option<Bucket>>,
    writes: BTreeMap<Uuid, Option<Bucket>>,
    invitations: BTreeMap<Uuid, Option<Bucket>>,
    reports: BTreeMap<Uuid, Option<Bucket>>,
    queries: BTreeMap<Uuid, Option<Bucket>>,
    management: BTreeMap<Uuid, Option<Bucket>>,
    conditional_access: Option<Bucket>,
    all_writes: Option<Bucket>,
}

/// The buckets of one app over all tenants.
#[derive(Debug, Clone, Default)]
pub(crate) struct AppBuckets {
    units: Option<Bucket>,
    writes: Option<Bucket>,
    reports: Option<Bucket>,
}

/// What one request costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) units: u32,
    /// How many writes a write counts as: one, or more for many members at once.
    pub(crate) writes: u32,
    pub(crate) kind: Kind,
}

/// Which limits a request counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    Write,
    /// Not among the resources that cost units: invitations have a limit of their own, and count as writes besides. The
    /// page does not say whether they do; the stricter reading is simulated.
    Invitation,
    /// Sign-ins and audits.
    Report,
    /// Log queries.
    Query,
    /// Azure Resource Manager.
    Management,
    /// One limit for all apps together, and its 429 comes without `Retry-After`.
    ConditionalAccess,
}

/// Why a request was refused, as the headers tell it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Throttled {
    /// Whole seconds until the bucket holds enough again; `None` where the service does not say.
    pub(crate) retry_after: Option<u64>,
    /// `Tenant_Application`, `Application` or `Tenant`.
    pub(crate) scope: &'static str,
    pub(crate) information: &'static str,
}

/// Takes the cost out of every bucket that it counts against, or refuses.
///
/// Returns how much of the scarcest bucket is used (1.0: all of it), which the service tells from 0.8 on.
pub(crate) fn charge(
    quotas: &Quotas,
    (tenant, app): (&mut TenantBuckets, &mut AppBuckets),
    app_id: Uuid,
    people: usize,
    cost: Cost,
    now: Duration,
) -> Result<f64, Throttled> {
    let by_size = match people {
        0..50 => 3_500,
        50..=500 => 5_000,
        _ => 8_000,
    };
    let app_tenant_units = quotas.app_tenant_units.unwrap_or(Quota::new(by_size, 10));
    let (units, writes) = (f64::from(cost.units), f64::from(cost.writes));
    const WRITES: &str = "WriteLimitExceeded";
    const UNITS: &str = "ResourceUnitLimitExceeded";
    const BOTH: &str = "Tenant_Application";
    let mut due: Vec<(&mut Option<Bucket>, Quota, f64, &'static str, &'static str)> = Vec::with_capacity(5);
    if let Kind::Read | Kind::Write = cost.kind {
        due.push((tenant.units.entry(app_id).or_default(), app_tenant_units, units, BOTH, UNITS));
        due.push((&mut app.units, quotas.app_units, units, "Application", UNITS));
    }
    match cost.kind {
        Kind::Read | Kind::Report | Kind::Query | Kind::Management | Kind::ConditionalAccess => {}
        Kind::Write | Kind::Invitation => {
            due.push((tenant.writes.entry(app_id).or_default(), quotas.app_tenant_writes, writes, BOTH, WRITES));
            due.push((&mut app.writes, quotas.app_writes, writes, "Application", WRITES));
            due.push((&mut tenant.all_writes, quotas.tenant_writes, writes, "Tenant", WRITES));
        }
    }
    match cost.kind {
        Kind::Read | Kind::Write => {}
        Kind::Invitation => {
            due.push((tenant.invitations.entry(app_id).or_default(), quotas.invitations, 1.0, BOTH, WRITES));
        }
        Kind::Report => {
            due.push((tenant.reports.entry(app_id).or_default(), quotas.reports, 1.0, BOTH, UNITS));
            due.push((&mut app.reports, quotas.app_reports, 1.0, "Application", UNITS));
        }
        Kind::Query => due.push((tenant.queries.entry(app_id).or_default(), quotas.queries, 1.0, BOTH, UNITS)),
        Kind::Management => {
            due.push((tenant.management.entry(app_id).or_default(), quotas.management, 1.0, BOTH, UNITS));
        }
        Kind::ConditionalAccess => {
            due.push((&mut tenant.conditional_access, quotas.conditional_access, 1.0, "Tenant", UNITS));
        }
    }
    for (bucket, quota, amount, scope, information) in &mut due {
        let level = filled(**bucket, *quota, now);
        if level < *amount {
            // Asking during the wait counts too: it makes the wait a little longer, up to a tenth of the quota.
            let punished = (level - *amount).max(-f64::from(quota.amount) / 10.0);
            **bucket = Some(Bucket { level: punished, at: now });
            let seconds = (*amount - punished) / rate(*quota);
            let says = quotas.retry_after && cost.kind != Kind::ConditionalAccess;
            let retry_after = says.then(|| seconds.ceil().max(1.0) as u64);
            return Err(Throttled { retry_after, scope, information });
        }
    }
    let mut used: f64 = 0.0;
    for (bucket, quota, amount, ..) in due {
        let level = filled(*bucket, quota, now) - amount;
        *bucket = Some(Bucket { level, at: now });
        used = used.max(1.0 - level / f64::from(quota.amount));
    }
    Ok(used)
}

fn rate(quota: Quota) -> f64 {
    f64::from(quota.amount) / quota.window.as_secs_f64()
}

fn filled(bucket: Option<Bucket>, quota: Quota, now: Duration) -> f64 {
    let full = f64::from(quota.amount);
    bucket.map_or(full, |bucket| (bucket.level + now.saturating_sub(bucket.at).as_secs_f64() * rate(quota)).min(full))
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: Uuid = Uuid::from_u128(7);

    struct World {
        quotas: Quotas,
        tenant: TenantBuckets,
        app: AppBuckets,
    }

    impl World {
        fn new() -> Self {
            Self { quotas: Quotas::published(), tenant: TenantBuckets::default(), app: AppBuckets::default() }
        }

        /// How many of these requests pass at one moment.
        fn pass(&mut self, cost: Cost, people: usize, at: Duration) -> u32 {
            let mut passed = 0;
            while charge(&self.quotas, (&mut self.tenant, &mut self.app), APP, people, cost, at).is_ok() {
                passed += 1;
            }
            passed
        }
    }

    const READ: Cost = Cost { units: 1, writes: 1, kind: Kind::Read };
    const WRITE: Cost = Cost { units: 1, writes: 1, kind: Kind::Write };
    const INVITE: Cost = Cost { units: 1, writes: 1, kind: Kind::Invitation };
    const REPORT: Cost = Cost { units: 1, writes: 1, kind: Kind::Report };
    const QUERY: Cost = Cost { units: 0, writes: 0, kind: Kind::Query };
    const MANAGEMENT: Cost = Cost { units: 0, writes: 0, kind: Kind::Management };
    const ACCESS: Cost = Cost { units: 1, writes: 1, kind: Kind::ConditionalAccess };

    #[test]
    fn exactly_the_published_quota_passes_at_once() {
        for (cost, people, expected) in [
            (READ, 49, 3_500),
            (READ, 50, 5_000),
            (READ, 500, 5_000),
            (READ, 501, 8_000),
            (WRITE, 10, 3_000),
            (INVITE, 10, 150),
            (REPORT, 10, 5),
            (ACCESS, 10, 1),
            (QUERY, 10, 200),
            (MANAGEMENT, 10, 250),
        ] {
            assert_eq!(World::new().pass(cost, people, Duration::ZERO), expected, "{cost:?} with {people} people");
        }
    }

    /// Whether it does is not published: a client that is right here is right either way.
    #[test]
    fn an_invitation_counts_as_a_write_too() {
        let mut world = World::new();
        assert_eq!(world.pass(WRITE, 10, Duration::ZERO), 3_000);
        assert_eq!(world.pass(INVITE, 10, Duration::ZERO), 0);
        let mut world = World::new();
        assert_eq!(world.pass(INVITE, 10, Duration::ZERO), 150);
        assert_eq!(world.pass(WRITE, 10, Duration::ZERO), 2_850);
    }

    #[test]
    fn an_empty_bucket_is_full_again_after_its_window() {
        let mut world = World::new();
        world.pass(INVITE, 1, Duration::ZERO);
        // The refused request at the end cost one more, which a sixth second makes good.
        assert_eq!(world.pass(INVITE, 1, Duration::from_secs(6)), 150);
    }

    #[test]
    fn a_request_after_the_pause_that_was_asked_for_passes() {
        let mut world = World::new();
        world.pass(WRITE, 1, Duration::ZERO);
        let refused = charge(&world.quotas, (&mut world.tenant, &mut world.app), APP, 1, WRITE, Duration::ZERO);
        let refused = refused.expect_err("the bucket is empty");
        assert_eq!((refused.scope, refused.information), ("Tenant_Application", "WriteLimitExceeded"));
        let pause = refused.retry_after.expect("a pause");
        assert!(world.pass(WRITE, 1, Duration::from_secs(pause)) > 0);
    }

    #[test]
    fn one_app_is_limited_over_all_tenants_and_a_tenant_over_all_apps() {
        let mut app = AppBuckets::default();
        let quotas = Quotas { app_writes: Quota::new(2, 300), ..Quotas::published() };
        let scopes: Vec<_> = (0..3)
            .map(|_| {
                let mut tenant = TenantBuckets::default();
                charge(&quotas, (&mut tenant, &mut app), APP, 1, WRITE, Duration::ZERO).map_err(|refused| refused.scope)
            })
            .collect();
        assert!(scopes[1].is_ok());
        assert_eq!(scopes[2], Err("Application"));

        let mut tenant = TenantBuckets::default();
        let quotas = Quotas { tenant_writes: Quota::new(1, 300), ..Quotas::published() };
        let mut write = |app_id| {
            let mut app = AppBuckets::default();
            charge(&quotas, (&mut tenant, &mut app), app_id, 1, WRITE, Duration::ZERO).map_err(|refused| refused.scope)
        };
        assert!(write(APP).is_ok());
        assert_eq!(write(Uuid::from_u128(8)), Err("Tenant"));
    }
}
