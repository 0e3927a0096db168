//! How a simulated cloud behaves: everything that differs between a friendly test and a hostile one.

use outside::Clock;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The settings of a [`Sim`](crate::Sim). [`SimOptions::new`] is fast, exact and without limits; every other
/// behaviour is switched on by its field.
#[derive(Clone)]
pub struct SimOptions {
    /// Everything random is drawn from here: the same seed, clock and requests give the same answers.
    pub seed: u64,
    /// The simulated servers' time.
    pub clock: Arc<dyn Clock>,
    /// Where the login service is reached, without a slash at the end.
    pub login_base: String,
    /// Where Graph is reached, without a slash at the end and without the version.
    pub graph_base: String,
    /// Where log queries are sent, without a slash at the end.
    pub log_analytics_base: String,
    /// Where Azure Resource Manager is reached, without a slash at the end.
    pub resource_manager_base: String,
    /// How long each HTTP request takes, however many items it carries.
    pub latency: Duration,
    /// Objects on a page when the request has no `$top`. The service has 100; small pages find more errors.
    pub page_size: usize,
    /// The most objects on a page, whatever `$top` says.
    pub page_cap: Option<usize>,
    /// Rows (objects, and members inside them) on a page of a delta query. The service documents none.
    pub delta_page_size: usize,
    /// For so long a new object is 404 on direct reads and writes, and missing from lists.
    pub replication_delay: Duration,
    /// For so long after that a new or changed address is not found by `$filter`.
    pub index_lag: Duration,
    /// How far full reads of a membership lag behind its changes. Delta queries do not lag.
    pub member_lag: Duration,
    /// How far back memberships are remembered, for a fault that shows them as they were. It costs memory for each change.
    pub history: Duration,
    /// How long after a sign-in the log shows it. The service promises nothing; minutes are usual.
    pub sign_in_latency: Duration,
    /// How long the login service does not know a consent that was given on its page. Minutes are usual.
    pub consent_delay: Duration,
    /// How long after it happened a workspace has a sign-in or an audit. Minutes are usual.
    pub workspace_latency: Duration,
    /// How long an access token lives. The service says 3,599 s.
    pub token_life: Duration,
    /// How long a `@odata.nextLink` works; afterwards `Directory_ExpiredPageToken`.
    pub page_token_life: Duration,
    /// How long a `@odata.deltaLink` works. The service documents seven days.
    pub delta_token_life: Duration,
    /// The probability that a page comes empty, with a link to the rest.
    pub empty_pages: f64,
    /// The probability that a delta round tells changes again that were told before, or a page of sign-ins one twice.
    pub replays: f64,
    /// The most writes to one group in one batch that all succeed; further ones get 503 `Directory_ConcurrencyViolation`.
    /// Microsoft's own group tool stays at 5 since more began to fail.
    pub same_group_writes_max: Option<usize>,
    /// The published limits, or none.
    pub quotas: Option<Quotas>,
}

impl SimOptions {
    /// No delays, no limits, no oddities; pages of five objects.
    pub fn new(seed: u64, clock: Arc<dyn Clock>) -> Self {
        Self {
            seed,
            clock,
            login_base: "https://login.sim.example".into(),
            graph_base: "https://graph.sim.example".into(),
            log_analytics_base: "https://logs.sim.example".into(),
            resource_manager_base: "https://management.sim.example".into(),
            latency: Duration::ZERO,
            page_size: 5,
            page_cap: None,
            delta_page_size: 50,
            replication_delay: Duration::ZERO,
            index_lag: Duration::ZERO,
            member_lag: Duration::ZERO,
            history: Duration::ZERO,
            sign_in_latency: Duration::ZERO,
            workspace_latency: Duration::ZERO,
            consent_delay: Duration::ZERO,
            token_life: Duration::from_secs(3599),
            page_token_life: Duration::from_secs(3600),
            delta_token_life: Duration::from_secs(7 * 24 * 3600),
            empty_pages: 0.0,
            replays: 0.0,
            same_group_writes_max: None,
            quotas: None,
        }
    }

    /// The service as published: 100 objects on a page, all quotas, 50 ms for each request.
    pub fn published(seed: u64, clock: Arc<dyn Clock>) -> Self {
        Self {
            latency: Duration::from_millis(50),
            page_size: 100,
            delta_page_size: 500,
            same_group_writes_max: Some(5),
            quotas: Some(Quotas::published()),
            ..Self::new(seed, clock)
        }
    }

    /// For how long a change of a membership must be remembered.
    pub(crate) fn remembered(&self) -> Duration {
        self.member_lag.max(self.history)
    }

    /// Everything that is allowed to go wrong does so now and then, without faults being set.
    pub fn hostile(seed: u64, clock: Arc<dyn Clock>) -> Self {
        Self {
            page_size: 3,
            delta_page_size: 4,
            replication_delay: Duration::from_secs(3),
            index_lag: Duration::from_secs(5),
            member_lag: Duration::from_secs(4),
            empty_pages: 0.1,
            replays: 0.2,
            same_group_writes_max: Some(5),
            ..Self::new(seed, clock)
        }
    }
}

impl fmt::Debug for SimOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimOptions")
            .field("seed", &self.seed)
            .field("graph_base", &self.graph_base)
            .finish_non_exhaustive()
    }
}

/// The limits of "Microsoft Graph service-specific throttling limits", identity and access; and those of Azure's own APIs,
/// from "Azure Monitor service limits" and "Understand how Azure Resource Manager throttles requests".
#[derive(Debug, Clone)]
pub struct Quotas {
    /// Resource units of one app in one tenant; the published quota depends on the tenant's size when this is `None`.
    pub app_tenant_units: Option<Quota>,
    /// Writes of one app in one tenant.
    pub app_tenant_writes: Quota,
    /// Resource units of one app over all tenants.
    pub app_units: Quota,
    /// Writes of one app over all tenants.
    pub app_writes: Quota,
    /// Writes of all apps in one tenant.
    pub tenant_writes: Quota,
    /// Invitations of one app in one tenant.
    pub invitations: Quota,
    /// Reports of sign-ins and audits to one app in one tenant.
    pub reports: Quota,
    /// Reports to one app over all tenants.
    pub app_reports: Quota,
    /// Conditional Access in one tenant, for all apps together. Its 429 never carries `Retry-After`.
    pub conditional_access: Quota,
    /// Log queries of one app in one tenant.
    pub queries: Quota,
    /// Requests of one app to Azure Resource Manager in one tenant.
    pub management: Quota,
    /// Whether a 429 carries `Retry-After`. Reports differ, so clients must manage without.
    pub retry_after: bool,
}

impl Quotas {
    /// The published numbers.
    pub fn published() -> Self {
        Self {
            app_tenant_units: None,
            app_tenant_writes: Quota::new(3_000, 150),
            app_units: Quota::new(150_000, 20),
            app_writes: Quota::new(35_000, 300),
            tenant_writes: Quota::new(18_000, 300),
            invitations: Quota::new(150, 5),
            reports: Quota::new(5, 10),
            app_reports: Quota::new(122, 10),
            conditional_access: Quota::new(1, 1),
            queries: Quota::new(200, 30),
            management: Quota::new(250, 10),
            retry_after: true,
        }
    }
}

/// So much in so many seconds: a token bucket that holds `amount` and fills up in `window`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// What a full bucket holds.
    pub amount: u32,
    /// How long an empty bucket takes to fill.
    pub window: Duration,
}

impl Quota {
    /// `amount` per `seconds`.
    pub const fn new(amount: u32, seconds: u64) -> Self {
        Self { amount, window: Duration::from_secs(seconds) }
    }
}
