//! Azure's own APIs: Azure Resource Manager ([`resources`]) and Log Analytics ([`query`]).
//!
//! They differ from Graph in who may do what (roles on resources, not permissions in the token), in how errors and links
//! look, and in the limits.

mod kql;
mod query;
mod resources;
mod tables;

use crate::Sim;
use crate::fault::{Asked, What};
use crate::graph::{Answer, Call, Caller, Refusal, Reply, instead, mangle};
use crate::options::SimOptions;
use crate::state::State;
use crate::tenant::Tenant;
use crate::throttle::{Cost, Kind, charge};
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;

/// One of the APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    /// Azure Resource Manager.
    Management,
    /// Log Analytics at its own address.
    Logs,
}

impl Api {
    /// Whose path it is: Graph's all begin with a version.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        match first.to_ascii_lowercase().as_str() {
            "v1" => Some(Self::Logs),
            "subscriptions" | "providers" => Some(Self::Management),
            _ => None,
        }
    }

    fn base(self, options: &SimOptions) -> &str {
        match self {
            Self::Management => &options.resource_manager_base,
            Self::Logs => &options.log_analytics_base,
        }
    }

    /// What stands before the path where requests are recorded and faults aimed.
    fn name(self) -> &'static str {
        match self {
            Self::Management => "management",
            Self::Logs => "logs",
        }
    }
}

/// The moment in which a request is carried out.
struct Moment<'a> {
    tenant: &'a Tenant,
    options: &'a SimOptions,
    now: Duration,
    wall: Timestamp,
}

impl Sim {
    /// Answers a request to one of these APIs.
    pub(crate) fn azure(&self, api: Api, call: Call) -> Reply {
        let options = self.options();
        let is_query = api == Api::Logs || call.path.to_ascii_lowercase().ends_with("/api/query");
        let route = if is_query { "query" } else { "resource" };
        let shown = Call { path: format!("/{}{}", api.name(), call.path), ..call.clone() };
        let caller = match self.caller(&call, api.base(&options)) {
            Ok(caller) => caller,
            Err(refusal) => {
                let answer = plain(unknown_caller(api, refusal));
                self.record(&shown, Some(route), None, &answer, (0, 0));
                return Reply { answer, trouble: None };
            }
        };
        let (now, asked) = (self.now(), Asked { method: &shown.method, path: &shown.path, route: Some(route) });
        let trouble = self.with_state(|state| state.strike(asked, Some(caller.tenant), now)).map(What::alone);
        let answer = match instead(trouble) {
            Some(refusal) => plain(refusal),
            None if trouble.is_some_and(What::is_undone) => Answer { status: 502, ..Answer::no_content() },
            None if trouble == Some(What::ErrorBody) => mangle::error_body(),
            None => {
                let done = self.carry_out_in_azure(api, &call, &caller, is_query, trouble);
                match (trouble, done) {
                    (Some(What::StatusAfter(status, code)), _) => {
                        plain(Refusal::new(status, code, "A fault was set for this answer."))
                    }
                    (_, Ok(answer)) => mangle::list(trouble, answer),
                    (_, Err(refusal)) => plain(refusal),
                }
            }
        };
        self.record(&shown, Some(route), Some(caller.tenant), &answer, (0, 0));
        Reply { answer, trouble }
    }

    fn carry_out_in_azure(
        &self,
        api: Api,
        call: &Call,
        caller: &Caller,
        is_query: bool,
        trouble: Option<What>,
    ) -> Result<Answer, Refusal> {
        let (now, wall, options) = (self.now(), self.wall(), self.options());
        self.with_state(|state| {
            let State { tenants, apps, .. } = state;
            let tenant = tenants.get_mut(&caller.tenant).ok_or_else(Refusal::denied)?;
            if let (Some(quotas), Some(app)) = (&options.quotas, apps.get_mut(&caller.app)) {
                let kind = if is_query { Kind::Query } else { Kind::Management };
                let cost = Cost { units: 0, writes: 0, kind };
                let people = tenant.directory.users.len();
                charge(quotas, (&mut tenant.buckets, &mut app.buckets), caller.app, people, cost, now)
                    .map_err(|throttled| Refusal::throttled(&throttled, caller.app, caller.tenant))?;
            }
            let moment = Moment { tenant, options: &options, now, wall };
            match (api, is_query) {
                (_, true) => query::answer(&moment, api, call, trouble == Some(What::Partial)),
                (_, false) => resources::answer(&moment, call),
            }
        })
    }
}

/// What each API says to a token that is none of its own (pages "Azure Monitor Log Analytics API errors" and, for Azure
/// Resource Manager, as observed).
fn unknown_caller(api: Api, refusal: Refusal) -> Refusal {
    match (api, refusal.code) {
        (Api::Logs, "InvalidAuthenticationToken") => Refusal { status: 403, ..refusal },
        _ => refusal,
    }
}

/// Errors of these APIs have a code and a message, and nothing of what Graph's have besides.
fn plain(refusal: Refusal) -> Answer {
    let body = json!({ "error": { "code": refusal.code, "message": refusal.message } });
    Answer { status: refusal.status, headers: refusal.headers, body }
}
