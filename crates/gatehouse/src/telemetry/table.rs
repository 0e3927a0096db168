//! Every metric that this program has. `docs/observing.md` shows the same table, and a test holds both against the code.
//!
//! Names and units as OpenTelemetry writes them (units by UCUM; a word in braces counts things of that name). An attribute is
//! one of the few that are listed, and each has few values: functions, states, customers and tenants of the configuration,
//! never people, requests or incidents.

/// How a metric grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only ever up.
    Counter,
    /// The last value.
    Gauge,
    /// How often which size.
    Histogram,
}

impl Kind {
    /// The beginning of an event's field with such a value.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Counter => "monotonic_counter.",
            Self::Gauge => "gauge.",
            Self::Histogram => "histogram.",
        }
    }
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// How it grows.
    pub kind: Kind,
    /// Its unit, by UCUM.
    pub unit: &'static str,
    /// What its values are told apart by.
    pub attributes: &'static [&'static str],
    /// What it tells.
    pub tells: &'static str,
}

const fn counter(
    name: &'static str,
    unit: &'static str,
    attributes: &'static [&'static str],
    tells: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Counter, unit, attributes, tells }
}

const fn gauge(
    name: &'static str,
    unit: &'static str,
    attributes: &'static [&'static str],
    tells: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Gauge, unit, attributes, tells }
}

const fn seconds(name: &'static str, attributes: &'static [&'static str], tells: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram, unit: "s", attributes, tells }
}

/// All of them, by name.
pub const METRICS: &[Metric] = &[
    seconds(
        "gatehouse.alert.page_delay",
        &["channel"],
        "From an alert's arrival to its first page's being taken by a channel",
    ),
    seconds("gatehouse.cloud.request.duration", &["api"], "HTTP requests to Microsoft; a batch is one"),
    counter(
        "gatehouse.cloud.requests",
        "{request}",
        &["api", "status"],
        "HTTP requests to Microsoft by status; `unsent` and `lost` where none came",
    ),
    counter(
        "gatehouse.cloud.throttled",
        "{request}",
        &["tenant", "scope"],
        "Answers 429, batched ones each; `scope` is `app` where our quota over all tenants is meant",
    ),
    gauge("gatehouse.customers.due", "{customer}", &[], "Customers that the last tick queued"),
    gauge("gatehouse.health.red", "{reason}", &[], "Reasons that `health` found when it was asked last"),
    gauge("gatehouse.incidents.open", "{incident}", &[], "Incidents with something left to do"),
    seconds("gatehouse.invocation.duration", &["function"], "Invocations of functions"),
    counter(
        "gatehouse.invocations",
        "{invocation}",
        &["function", "outcome"],
        "Invocations by how they ended: `done`, `failed`, or the class of the status, such as `2xx`",
    ),
    counter("gatehouse.leases.lost", "{lease}", &[], "Runs that stopped because another took over their lease"),
    gauge(
        "gatehouse.outbox.age",
        "s",
        &["outbox"],
        "How long the oldest message waits that is not delivered: `notices`, `incidents` (pages) or `call_backs` (tickets)",
    ),
    gauge(
        "gatehouse.outbox.dead_letters",
        "{message}",
        &["outbox"],
        "Messages that were given up, of what is still open",
    ),
    gauge(
        "gatehouse.quota.headroom",
        "1",
        &["tenant", "quota"],
        "What is left of a quota by our own count, corrected by the service's: 1 is all. `tenant` is `app` for quotas over all tenants",
    ),
    gauge("gatehouse.requests.open", "{request}", &["state"], "Requests that are not over, by status"),
    gauge(
        "gatehouse.run.last_success",
        "s",
        &["customer"],
        "When the customer's last run ended without a failure, in seconds since 1970; its age is the time less this",
    ),
    counter(
        "gatehouse.runs",
        "{run}",
        &["outcome"],
        "Runs of customers: `unchanged`, `ran`, `incomplete` (some steps failed), `failed`, `busy`, `paused`",
    ),
    counter("gatehouse.steps", "{step}", &["action", "outcome"], "Steps that were sent, by how they ended"),
    gauge(
        "gatehouse.steps.held",
        "{step}",
        &["customer", "rail"],
        "Steps that a rail holds, at the customer's last run",
    ),
    seconds(
        "gatehouse.store.duration",
        &["operation", "outcome"],
        "Operations on documents, and how they ended; `conflict` is usual",
    ),
];
