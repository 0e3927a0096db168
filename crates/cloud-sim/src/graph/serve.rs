//! One request from its token to its answer.

use super::call::{Answer, Call};
use super::refusal::Refusal;
use super::routes::{self, Route};
use super::{Turn, batch, mangle, scoped, subscriptions};
use crate::Sim;
use crate::fault::{Asked, What};
use crate::login::TokenClaims;
use crate::recorder::Recorded;
use crate::state::State;
use crate::throttle::charge;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Who calls, as the token says.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) tenant: Uuid,
    pub(crate) app: Uuid,
    pub(crate) roles: Vec<String>,
}

/// An answer, and what happens to it on its way.
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    pub(crate) trouble: Option<What>,
}

impl Sim {
    /// Answers one HTTP request to Graph. The body was read already: `None` if it was not JSON.
    pub(crate) async fn graph(&self, call: Call) -> Reply {
        let caller = match self.caller(&call, &self.options().graph_base) {
            Ok(caller) => caller,
            Err(refusal) => {
                let answer = self.refuse(refusal, &call);
                self.record(&call, None, None, &answer, (0, 0));
                return Reply { answer, trouble: None };
            }
        };
        if call.path != "/$batch" {
            return self.one(call, &caller).await;
        }
        let (now, asked) = (self.now(), Asked { method: "POST", path: "/$batch", route: None });
        let trouble = self.with_state(|state| state.strike(asked, Some(caller.tenant), now));
        let (answer, trouble) = match instead(trouble) {
            Some(refusal) => (self.refuse(refusal, &call), trouble),
            None if trouble.is_some_and(What::is_undone) => (Answer::no_content(), trouble),
            None if trouble == Some(What::ErrorBody) => (mangle::error_body(), trouble),
            None => {
                let (result, inner) = batch::run(self, &call, &caller).await;
                let answer = result.unwrap_or_else(|refusal| self.refuse(refusal, &call));
                (answer, trouble.or(inner))
            }
        };
        let answer = match afterwards(trouble) {
            Some(refusal) => self.refuse(refusal, &call),
            None => answer,
        };
        let items = call.body.get("requests").and_then(Value::as_array).map_or(0, Vec::len);
        self.record(&call, Some("/$batch"), Some(caller.tenant), &answer, (items, 0));
        Reply { answer, trouble }
    }

    /// Answers a request that is no batch: an HTTP request of its own, or an item of one.
    pub(crate) async fn one(&self, call: Call, caller: &Caller) -> Reply {
        let route = routes::find(&call.method, &call.segments).map(|(route, _)| route.path).ok();
        let (now, asked) = (self.now(), Asked { method: &call.method, path: &call.path, route });
        let trouble = self.with_state(|state| state.strike(asked, Some(caller.tenant), now));
        let trouble = trouble.map(|what| if call.in_batch { what } else { what.alone() });
        if trouble.is_some_and(What::is_undone) {
            let answer = mangle::page(trouble).unwrap_or(Answer { status: 502, ..Answer::no_content() });
            self.record(&call, route, Some(caller.tenant), &answer, (0, 0));
            return Reply { answer, trouble };
        }
        let mut units = 0;
        let result = match instead(trouble) {
            Some(refusal) => Err(refusal),
            None if trouble == Some(What::ErrorBody) => Ok(mangle::error_body()),
            None => self.carry_out(&call, caller, (trouble, &mut units)).await,
        };
        let result = match afterwards(trouble) {
            Some(refusal) => Err(refusal),
            None => result.map(|answer| mangle::page(trouble).unwrap_or_else(|| mangle::list(trouble, answer))),
        };
        let answer = result.unwrap_or_else(|refusal| self.refuse(refusal, &call));
        self.record(&call, route, Some(caller.tenant), &answer, (0, units));
        Reply { answer, trouble }
    }

    async fn carry_out(
        &self,
        call: &Call,
        caller: &Caller,
        (trouble, units): (Option<What>, &mut u32),
    ) -> Result<Answer, Refusal> {
        if call.method == "POST" && call.path == "/subscriptions" {
            // The handshake is a request of the service's own, so nothing may be locked meanwhile.
            let wanted = self.with_turn(caller, None, Vec::new(), |turn| subscriptions::check(turn, call))?;
            for url in [Some(wanted.url), wanted.lifecycle_url].into_iter().flatten() {
                self.shake_hands(&url).await.map_err(|reason| Refusal::new(400, "InvalidRequest", reason))?;
            }
        }
        let (route, params) = routes::find(&call.method, &call.segments)?;
        let used = self.charge(route, call, caller, units)?;
        let mut answer = self.with_turn(caller, trouble, params, |turn| {
            let permitted = route.permissions.iter().any(|permission| turn.may(permission));
            if !permitted && !scoped::allows(turn, route) {
                return Err(Refusal::denied());
            }
            (route.handler)(turn, call)
        })?;
        answer.headers.push(("x-ms-resource-unit", units.to_string()));
        if used > 0.8 {
            answer.headers.push(("x-ms-throttle-limit-percentage", format!("{used:.2}")));
        }
        Ok(answer)
    }

    fn charge(&self, route: &Route, call: &Call, caller: &Caller, units: &mut u32) -> Result<f64, Refusal> {
        let cost = route.cost(call);
        *units = cost.units;
        let Some(quotas) = &self.options().quotas else { return Ok(0.0) };
        let now = self.now();
        self.with_state(|state| {
            let State { tenants, apps, .. } = state;
            let (Some(tenant), Some(app)) = (tenants.get_mut(&caller.tenant), apps.get_mut(&caller.app)) else {
                return Ok(0.0);
            };
            let people = tenant.directory.users.len();
            charge(quotas, (&mut tenant.buckets, &mut app.buckets), caller.app, people, cost, now)
                .map_err(|throttled| Refusal::throttled(&throttled, caller.app, caller.tenant))
        })
    }

    /// Does something in the caller's tenant, at this moment, and tells everybody what changed.
    fn with_turn<T>(
        &self,
        caller: &Caller,
        trouble: Option<What>,
        params: Vec<String>,
        act: impl FnOnce(&mut Turn<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (now, wall, mut options) = (self.now(), self.wall(), self.options());
        let mut behind = Duration::ZERO;
        match trouble {
            Some(What::EmptyPage) => Arc::make_mut(&mut options).empty_pages = 1.0,
            Some(What::Stale(age)) => {
                behind = age;
                let options = Arc::make_mut(&mut options);
                options.member_lag = options.member_lag.max(age);
            }
            _ => {}
        }
        self.with_state(|state| {
            let State { tenants, rng, .. } = state;
            let tenant = tenants.get_mut(&caller.tenant).ok_or_else(Refusal::denied)?;
            let (app, roles) = (caller.app, caller.roles.as_slice());
            let result = act(&mut Turn { tenant, options: &options, rng, app, roles, now, wall, behind, params });
            state.hand_over(caller.tenant, wall);
            result
        })
    }

    /// Who calls, from the bearer token; 401 for everything that is not a live token of ours for the service at `base`.
    pub(crate) fn caller(&self, call: &Call, base: &str) -> Result<Caller, Refusal> {
        let invalid = |message: &str| Refusal::new(401, "InvalidAuthenticationToken", message);
        let token = call.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let token = token.ok_or_else(|| invalid("Access token is empty."))?;
        let claims: Option<TokenClaims> = crate::seal::unseal_jwt(self.options().seed, token);
        let options = self.options();
        // A service may have moved since a token was made, but none takes another one's.
        let others = [&options.graph_base, &options.log_analytics_base, &options.resource_manager_base];
        let claims = claims.filter(|claims| claims.aud == base || !others.contains(&&claims.aud));
        let claims = claims.ok_or_else(|| invalid("Access token validation failure. Invalid audience."))?;
        let now = self.wall().as_second();
        self.with_state(|state| {
            let place = state.place_of(claims.tid, call);
            let tenant = state.tenants.get(&place);
            let live = tenant.is_some_and(|tenant| tenant.token_epoch == claims.epoch);
            if !live || now >= claims.exp {
                return Err(invalid("Access token has expired or is not yet valid."));
            }
            if tenant.and_then(|tenant| tenant.consents.get(&claims.appid)).is_none_or(|consent| consent.withdrawn) {
                let message = "The identity of the calling application could not be established.";
                return Err(Refusal::new(401, "Authorization_IdentityNotFound", message));
            }
            Ok(Caller { tenant: place, app: claims.appid, roles: claims.roles.clone() })
        })
    }

    fn refuse(&self, refusal: Refusal, call: &Call) -> Answer {
        let request_id = self.with_state(State::fresh_id);
        let client_request_id =
            call.headers.get("client-request-id").cloned().unwrap_or_else(|| request_id.to_string());
        // The service's dates have no time zone.
        let date = self.wall().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        refusal.answer(request_id, &client_request_id, &date)
    }

    pub(crate) fn record(
        &self,
        call: &Call,
        route: Option<&'static str>,
        tenant: Option<Uuid>,
        answer: &Answer,
        (items, units): (usize, u32),
    ) {
        let recorded = Recorded {
            at: self.now(),
            method: call.method.clone(),
            path: call.path.clone(),
            route,
            tenant,
            status: answer.status,
            items,
            in_batch: call.in_batch,
            units,
        };
        self.with_state(|state| state.requests.push(recorded));
    }
}

/// What a fault answers instead of doing anything.
pub(crate) fn instead(trouble: Option<What>) -> Option<Refusal> {
    match trouble? {
        What::Throttle { retry_after } => Some(Refusal::too_many(retry_after.map(|pause| pause.as_secs()))),
        What::Status(status, code) => Some(Refusal::new(status, code, "A fault was set for this request.")),
        _ => None,
    }
}

/// What a fault answers although everything was done.
fn afterwards(trouble: Option<What>) -> Option<Refusal> {
    match trouble? {
        What::StatusAfter(status, code) => Some(Refusal::new(status, code, "A fault was set for this answer.")),
        _ => None,
    }
}
