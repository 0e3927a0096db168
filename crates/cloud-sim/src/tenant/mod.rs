//! One simulated tenant: its directory, who may act in it, and what it tells about its changes.

mod audit;
mod azure;
mod emergency;
mod handle;
mod handle_groups;
mod handle_inviting;
mod policy;
mod settings;
mod sign_in;
#[cfg(test)]
mod tests;

pub use audit::{Audit, Audited};
pub(crate) use audit::{LoggedAudit, audit_id};
pub use azure::Workspace;
pub(crate) use azure::{Azure, TABLES};
pub(crate) use emergency::Emergency;
pub use emergency::{AccessPolicy, Demand, DomainRules, MethodRules, RoleTerms, SignInMethod, Targets};
pub use handle::TenantHandle;
pub use policy::{Inbound, InvitesFrom};
pub(crate) use policy::{InvitationPolicy, PartnerAccess};
pub use settings::{GroupSettings, NewUser};
pub(crate) use sign_in::Logged;
pub use sign_in::SignIn;

use crate::directory::{Actor, Born, Change, Directory, External, Subject, User};
use crate::notify::Subscription;
use crate::throttle::TenantBuckets;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The state of one tenant.
#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) id: Uuid,
    /// What its links carry: that of the tenant of which it is a copy, so that those work in both.
    pub(crate) link_id: Uuid,
    /// The initial domain, `….onmicrosoft.com`: guests' user principal names end in it.
    pub(crate) domain: String,
    pub(crate) display_name: String,
    /// Domains of the tenant beside the initial one.
    pub(crate) verified_domains: BTreeSet<String>,
    pub(crate) directory: Directory,
    pub(crate) invitations: InvitationPolicy,
    pub(crate) consents: BTreeMap<Uuid, Consent>,
    pub(crate) subscriptions: BTreeMap<Uuid, Subscription>,
    pub(crate) role_assignments: BTreeMap<Uuid, RoleAssignment>,
    pub(crate) app_role_assignments: BTreeMap<Uuid, AppRoleAssignment>,
    /// Newest first, by the way their ids are made.
    pub(crate) sign_ins: BTreeMap<Uuid, Logged>,
    /// Newest first, by the way their ids are made.
    pub(crate) audits: BTreeMap<Uuid, LoggedAudit>,
    /// What Azure Resource Manager and Log Analytics know.
    pub(crate) azure: Azure,
    /// What audits of emergency accounts look at.
    pub(crate) emergency: Emergency,
    /// Whether there is Entra ID P1.
    pub(crate) premium: bool,
    /// Read-only answers that tests put there, by path below the version.
    pub(crate) documents: BTreeMap<String, Value>,
    pub(crate) buckets: TenantBuckets,
    /// Tokens of an earlier epoch are void.
    pub(crate) token_epoch: u64,
    /// Delta and page tokens of an earlier epoch are void.
    pub(crate) link_epoch: u64,
    pub(crate) log: ChangeLog,
    /// What delta tokens select, so that the tokens themselves stay short.
    pub(crate) scopes: Vec<Arc<crate::graph::DeltaScope>>,
    /// Changes since the last hand-over to the recorder and the subscriptions.
    pub(crate) noted: Vec<(Actor, Change)>,
    ids: fastrand::Rng,
}

/// An application's standing in a tenant.
#[derive(Debug, Clone)]
pub(crate) struct Consent {
    pub(crate) permissions: BTreeSet<String>,
    pub(crate) service_principal: Uuid,
    /// Withdrawn: the service principal is gone, which the login service reports in its own way.
    pub(crate) withdrawn: bool,
    /// Until then, by the cloud's clock, the login service does not know it.
    pub(crate) seen_from: Duration,
}

/// A directory role held by somebody.
#[derive(Debug, Clone)]
pub(crate) struct RoleAssignment {
    pub(crate) principal: Uuid,
    pub(crate) role: Uuid,
    pub(crate) scope: String,
}

/// An application's role held by a user or a group.
#[derive(Debug, Clone)]
pub(crate) struct AppRoleAssignment {
    pub(crate) principal: Uuid,
    pub(crate) resource_name: String,
    pub(crate) resource: Uuid,
}

/// The changes that delta tokens can still ask for.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChangeLog {
    /// How many changes there have been, logged or not.
    pub(crate) count: u64,
    /// Nobody can ask for changes before the first delta token: until then none are kept.
    pub(crate) watched: bool,
    pub(crate) entries: Vec<(u64, Change)>,
}

impl Tenant {
    pub(crate) fn new(seed: u64, id: Uuid, domain: &str) -> Self {
        let (high, low) = id.as_u64_pair();
        Self {
            id,
            link_id: id,
            domain: domain.to_owned(),
            display_name: domain.split('.').next().unwrap_or(domain).to_owned(),
            verified_domains: BTreeSet::new(),
            directory: Directory::default(),
            invitations: InvitationPolicy::default(),
            consents: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            role_assignments: BTreeMap::new(),
            app_role_assignments: BTreeMap::new(),
            sign_ins: BTreeMap::new(),
            audits: BTreeMap::new(),
            azure: Azure::default(),
            emergency: Emergency::default(),
            premium: true,
            documents: BTreeMap::new(),
            buckets: TenantBuckets::default(),
            token_epoch: 0,
            link_epoch: 0,
            log: ChangeLog::default(),
            scopes: Vec::new(),
            noted: Vec::new(),
            // Ids depend on the tenant's own history only, not on what other tenants do meanwhile.
            ids: fastrand::Rng::with_seed(seed ^ high ^ low.rotate_left(17)),
        }
    }

    /// A copy with another id, whose new objects get other ids, and whose quotas are full.
    pub(crate) fn twin(&self, id: Uuid) -> Self {
        let (high, low) = id.as_u64_pair();
        let ids = fastrand::Rng::with_seed(high ^ low.rotate_left(17));
        Self { id, buckets: TenantBuckets::default(), ids, ..self.clone() }
    }

    /// A fresh object id.
    pub(crate) fn fresh_id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.ids.u128(..).to_be_bytes()).into_uuid()
    }

    /// A fresh id for a log. Logs are told newest first and pages go by id: later times make smaller ids.
    pub(crate) fn fresh_log_id(&mut self, at: Timestamp) -> Uuid {
        let (_, low) = self.fresh_id().as_u64_pair();
        Uuid::from_u64_pair(u64::MAX.wrapping_sub_signed(at.as_microsecond()), low)
    }

    /// Tells a change to everybody who may want it.
    pub(crate) fn note(&mut self, actor: Actor, change: Change) {
        self.log.count += 1;
        if self.log.watched && change.subject() != Subject::Other {
            self.log.entries.push((self.log.count, change.clone()));
        }
        if actor != Actor::Portal || !self.subscriptions.is_empty() {
            self.noted.push((actor, change));
        }
    }

    /// Makes a guest the way an invitation does. `display_name` falls back to the mail's local part.
    pub(crate) fn make_guest(&mut self, id: Uuid, mail: &str, display_name: Option<&str>, member: bool, born: Born) {
        let local = mail.split('@').next().unwrap_or(mail);
        let user = User {
            display_name: display_name.unwrap_or(local).into(),
            mail: Some(mail.into()),
            upn: None,
            guest: !member,
            external: Some(External { accepted: false, since: born.at }),
            enabled: true,
            born,
            deleted: None,
            rare: None,
        };
        self.directory.insert_user(id, user);
    }

    /// The user principal name; that of an unchanged guest follows from the mail.
    pub(crate) fn upn_of(&self, user: &User) -> String {
        match (&user.upn, &user.mail) {
            (Some(upn), _) => upn.to_string(),
            (None, Some(mail)) => format!("{}#EXT#@{}", mail.replace('@', "_"), self.domain),
            (None, None) => format!("unknown@{}", self.domain),
        }
    }

    /// A user by object id or user principal name.
    pub(crate) fn find_user(&self, key: &str) -> Option<Uuid> {
        if let Ok(id) = Uuid::parse_str(key) {
            return self.directory.users.contains_key(&id).then_some(id);
        }
        let direct = self
            .directory
            .with_address(key)
            .find(|id| self.directory.users.get(id).is_some_and(|user| self.upn_of(user).eq_ignore_ascii_case(key)));
        // A guest's name is made from its mail and in no index.
        direct.or_else(|| {
            let mut users = self.directory.users.iter().filter(|_| key.contains("#EXT#"));
            users.find(|(_, user)| self.upn_of(user).eq_ignore_ascii_case(key)).map(|(id, _)| *id)
        })
    }

    /// Whether a mail domain belongs to this tenant.
    pub(crate) fn owns_domain(&self, domain: &str) -> bool {
        self.domain.eq_ignore_ascii_case(domain)
            || self.verified_domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }

    /// Makes everything visible that still waits for replication.
    pub(crate) fn settle(&mut self) {
        let (users, groups) = (self.directory.users.values_mut(), self.directory.groups.values_mut());
        let births = users.map(|user| &mut user.born);
        for born in births {
            (born.visible, born.indexed) = (Duration::ZERO, Duration::ZERO);
        }
        for group in groups {
            (group.born.visible, group.born.indexed) = (Duration::ZERO, Duration::ZERO);
            group.recent.clear();
        }
    }

    /// Assigns a directory role.
    pub(crate) fn assign_role(&mut self, id: Uuid, principal: Uuid, role: Uuid, scope: &str) -> Change {
        self.role_assignments.insert(id, RoleAssignment { principal, role, scope: scope.to_owned() });
        Change::RoleAssigned { assignment: id, principal, role, scope: scope.to_owned() }
    }
}

/// An object that has existed for as long as anybody can tell.
pub(crate) fn born_visible(at: Timestamp) -> Born {
    Born { at, visible: Duration::ZERO, indexed: Duration::ZERO }
}
