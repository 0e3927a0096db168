//! Everything that the simulated cloud remembers.

use crate::directory::{Actor, Other};
use crate::fault::{Asked, Faults, What};
use crate::login::{Administrator, App, Identity, Signing};
use crate::notify::{self, Owed};
use crate::recorder::{Effect, Recorded};
use crate::tenant::{Consent, Tenant};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;
use uuid::Uuid;

/// The state behind the one lock.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) tenants: BTreeMap<Uuid, Tenant>,
    /// Tenants for which another one answers, with that one.
    pub(crate) twins: HashMap<Uuid, Uuid>,
    /// Initial domains, which stand for their tenant at the login service.
    pub(crate) domains: HashMap<String, Uuid>,
    pub(crate) apps: BTreeMap<Uuid, App>,
    pub(crate) identities: BTreeMap<Uuid, Identity>,
    /// What the administrator of a tenant does in front of the consent page, if not the usual.
    pub(crate) administrators: HashMap<Uuid, Administrator>,
    /// What signs tokens for other APIs; made when it is first needed.
    pub(crate) signing: Option<Signing>,
    /// How often that was changed.
    pub(crate) signings: u32,
    pub(crate) rng: fastrand::Rng,
    pub(crate) faults: Faults,
    pub(crate) requests: Vec<Recorded>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) owed: Vec<Owed>,
}

impl State {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            tenants: BTreeMap::new(),
            twins: HashMap::new(),
            domains: HashMap::new(),
            apps: BTreeMap::new(),
            identities: BTreeMap::new(),
            administrators: HashMap::new(),
            signing: None,
            signings: 0,
            rng: fastrand::Rng::with_seed(seed),
            faults: Faults::default(),
            requests: Vec::new(),
            effects: Vec::new(),
            owed: Vec::new(),
        }
    }

    /// An id that belongs to no tenant, such as a request's.
    pub(crate) fn fresh_id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.rng.u128(..).to_be_bytes()).into_uuid()
    }

    pub(crate) fn strike(&mut self, asked: Asked<'_>, tenant: Option<Uuid>, now: Duration) -> Option<What> {
        self.faults.strike(asked, tenant, now, &mut self.rng)
    }

    /// Lets an app into a tenant, or changes what it may do there.
    pub(crate) fn consent(&mut self, tenant: Uuid, app: Uuid, permissions: BTreeSet<String>) {
        self.apps.entry(app).or_default();
        let Some(tenant) = self.tenants.get_mut(&tenant) else { return };
        let known = tenant.consents.get(&app).map(|consent| consent.service_principal);
        let service_principal = known.unwrap_or_else(|| {
            let id = tenant.fresh_id();
            let other = Other { kind: "servicePrincipal", display_name: "Application".to_owned(), app_id: Some(app) };
            tenant.directory.insert_other(id, other);
            id
        });
        tenant
            .consents
            .insert(app, Consent { permissions, service_principal, withdrawn: false, seen_from: Duration::ZERO });
    }

    /// Passes a tenant's latest changes on to the recorder and the subscribers.
    pub(crate) fn hand_over(&mut self, tenant: Uuid, at: Timestamp) {
        let Some(found) = self.tenants.get_mut(&tenant) else { return };
        for (by, change) in std::mem::take(&mut found.noted) {
            if !found.subscriptions.is_empty() {
                let live = |app: &Uuid| found.consents.get(app).is_some_and(|consent| !consent.withdrawn);
                // With the consent goes the right to be told.
                found.subscriptions.retain(|_, one| live(&one.app));
                self.owed.extend(notify::owed(&found.subscriptions, tenant, &change, at));
            }
            if by != Actor::Portal {
                self.effects.push(Effect { at, tenant, by, change });
            }
        }
    }
}
