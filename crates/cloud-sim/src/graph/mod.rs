//! Microsoft Graph v1.0 as far as access in customers' tenants needs it.
//!
//! [`routes`] is the list of everything that is answered. A request is taken apart ([`call`]), its token looked at,
//! its cost charged, and handed to the function of its route with a [`Turn`]: the tenant and the moment.

mod app_roles;
pub(crate) mod audits;
mod batch;
mod call;
mod deleted;
mod delta;
mod delta_items;
mod emergency;
mod filter;
mod groups;
mod invitations;
pub(crate) mod mangle;
mod members;
mod people;
mod policies;
mod query;
mod refusal;
mod render;
mod roles;
mod routes;
mod scoped;
mod serve;
mod sign_ins;
mod subscriptions;
mod units;
mod writes;

pub(crate) use call::{Answer, Call};
pub(crate) use delta::DeltaScope;
pub(crate) use refusal::Refusal;
pub use routes::PERMISSIONS;
pub(crate) use routes::is_route;
#[cfg(test)]
pub(crate) use routes::{ROUTES, find_route};
pub(crate) use serve::{Caller, Reply, instead};

use crate::directory::{Actor, Born, Change};
use crate::options::SimOptions;
use crate::tenant::Tenant;
use jiff::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// The moment in which a request is carried out: nothing else happens meanwhile.
pub(crate) struct Turn<'a> {
    pub(crate) tenant: &'a mut Tenant,
    pub(crate) options: &'a SimOptions,
    pub(crate) rng: &'a mut fastrand::Rng,
    pub(crate) app: Uuid,
    /// The application permissions in the token.
    pub(crate) roles: &'a [String],
    pub(crate) now: Duration,
    pub(crate) wall: Timestamp,
    /// How old the replica is that answers, beyond what replication takes anyway.
    pub(crate) behind: Duration,
    /// The part of the path that the route's `{…}` stand for, in order.
    pub(crate) params: Vec<String>,
}

impl Turn<'_> {
    /// Where this version of Graph is reached.
    pub(crate) fn version_base(&self) -> String {
        format!("{}/v1.0", self.options.graph_base)
    }

    pub(crate) fn metadata(&self) -> String {
        format!("{}/v1.0/$metadata", self.options.graph_base)
    }

    /// Whether the token carries this permission.
    pub(crate) fn may(&self, permission: &str) -> bool {
        self.roles.iter().any(|role| role == permission)
    }

    /// Tells a change that this application made.
    pub(crate) fn note(&mut self, change: Change) {
        self.tenant.note(Actor::App(self.app), change);
    }

    /// The birth of an object made now: others see it later.
    pub(crate) fn born(&self) -> Born {
        let visible = self.now + self.options.replication_delay;
        Born { at: self.wall, visible, indexed: visible + self.options.index_lag }
    }

    /// The object id in the path, as it stands at `index` among the route's parameters.
    pub(crate) fn id(&self, index: usize) -> Result<Uuid, Refusal> {
        let text = self.params.get(index).map(String::as_str).unwrap_or_default();
        Uuid::parse_str(text).map_err(|_| Refusal::bad_request(format!("Invalid object identifier '{text}'.")))
    }

    /// Whether replication has brought the object to where this request reads and writes.
    pub(crate) fn is_visible(&self, id: Uuid) -> bool {
        self.tenant.directory.is_alive(id)
            && self.tenant.directory.born(id).is_none_or(|born| self.has_come(born.visible))
    }

    /// Whether what can be seen `since` then has come to the replica that answers. What has always been there is there on
    /// the oldest.
    pub(crate) fn has_come(&self, since: Duration) -> bool {
        since.is_zero() || since + self.behind <= self.now
    }

    /// The group in the path.
    pub(crate) fn group(&self, index: usize) -> Result<Uuid, Refusal> {
        let id = self.id(index)?;
        let found = self.tenant.directory.groups.contains_key(&id) && self.is_visible(id);
        found.then_some(id).ok_or_else(|| Refusal::not_found(id))
    }

    /// The user in the path, by object id or user principal name.
    pub(crate) fn user(&self, index: usize) -> Result<Uuid, Refusal> {
        let key = self.params.get(index).map(String::as_str).unwrap_or_default();
        let found = self.tenant.find_user(key).filter(|id| self.is_visible(*id));
        found.ok_or_else(|| Refusal::not_found(key))
    }

    /// The administrative unit in the path.
    pub(crate) fn unit(&self, index: usize) -> Result<Uuid, Refusal> {
        let id = self.id(index)?;
        self.tenant.directory.units.contains_key(&id).then_some(id).ok_or_else(|| Refusal::not_found(id))
    }
}
