//! What an audit of emergency accounts looks at, as an administrator sets it in the portal: methods to sign in with, the
//! times of roles, devices, consents, risk, domains and the policies about them.

use super::TenantHandle;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Something to sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInMethod {
    /// A password.
    Password,
    /// A passkey (FIDO2) of this model; a synced one is in somebody's cloud account.
    Key {
        /// The model (AAGUID).
        model: Uuid,
        /// Whether it is carried from device to device.
        synced: bool,
    },
    /// A telephone number.
    Phone,
    /// A mailbox.
    Email,
    /// Microsoft Authenticator.
    Authenticator,
    /// Windows Hello for Business.
    WindowsHello,
    /// Codes of a program.
    Codes,
    /// A temporary access pass.
    AccessPass,
    /// A certificate, which the list of methods leaves out.
    Certificate,
}

impl SignInMethod {
    /// The type on the wire, without its namespace and ending.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Key { .. } => "fido2",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Authenticator => "microsoftAuthenticator",
            Self::WindowsHello => "windowsHelloForBusiness",
            Self::Codes => "softwareOath",
            Self::AccessPass => "temporaryAccessPass",
            Self::Certificate => "x509Certificate",
        }
    }

    /// Its name in the report of registrations; passwords are not in it.
    pub(crate) fn registered(self) -> Option<&'static str> {
        Some(match self {
            Self::Password | Self::AccessPass => return None,
            Self::Key { .. } => "fido2SecurityKey",
            Self::Phone => "mobilePhone",
            Self::Email => "email",
            Self::Authenticator => "microsoftAuthenticatorPush",
            Self::WindowsHello => "windowsHelloForBusiness",
            Self::Codes => "softwareOneTimePasscode",
            Self::Certificate => "x509CertificateMultiFactor",
        })
    }
}

/// How long and by what way a role is held, beyond that it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoleTerms {
    /// Activated for a while instead of assigned.
    pub activated: bool,
    /// Through a group.
    pub through_group: bool,
    /// Until when.
    pub ends: Option<Timestamp>,
}

/// Who may use a method to sign in.
#[derive(Debug, Clone, Default)]
pub struct MethodRules {
    /// Whether it is on.
    pub enabled: bool,
    /// These groups; none: everybody.
    pub groups: Vec<Uuid>,
    /// But not these.
    pub except: Vec<Uuid>,
    /// Only these models of key (`true`), or all but these.
    pub keys: Option<(bool, Vec<Uuid>)>,
}

/// A domain's settings.
#[derive(Debug, Clone, Copy, Default)]
pub struct DomainRules {
    /// Whether another identity provider signs its people in.
    pub federated: bool,
    /// After how many days a password expires.
    pub password_days: Option<u32>,
}

/// Some users, as Conditional Access names them.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// Everybody.
    pub all: bool,
    /// Users.
    pub users: Vec<Uuid>,
    /// Groups.
    pub groups: Vec<Uuid>,
    /// Directory roles.
    pub roles: Vec<Uuid>,
}

/// What a Conditional Access policy demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// It blocks.
    Block,
    /// A built-in control, such as `mfa` or `compliantDevice`.
    Control(String),
    /// An authentication strength, with the combinations that satisfy it.
    Strength(Uuid, Vec<String>),
}

/// A Conditional Access policy.
#[derive(Debug, Clone)]
pub struct AccessPolicy {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// `enabled`, `enabledForReportingButNotEnforced` or `disabled`.
    pub state: String,
    /// Whom it is about.
    pub include: Targets,
    /// Whom it leaves out.
    pub exclude: Targets,
    /// What it demands.
    pub demand: Demand,
    /// Conditions that differ from those of a policy for all applications and all clients, in the service's own words.
    pub conditions: Map<String, Value>,
}

impl AccessPolicy {
    /// An enabled policy for everybody.
    pub fn for_all(id: Uuid, name: &str, demand: Demand) -> Self {
        Self {
            id,
            name: name.to_owned(),
            state: "enabled".to_owned(),
            include: Targets { all: true, ..Targets::default() },
            exclude: Targets::default(),
            demand,
            conditions: Map::new(),
        }
    }

    fn shown(&self) -> Value {
        let mut users = json!({ "includeGuestsOrExternalUsers": null, "excludeGuestsOrExternalUsers": null });
        for (prefix, targets) in [("include", &self.include), ("exclude", &self.exclude)] {
            let all = targets.all.then(|| "All".to_owned());
            let people: Vec<String> = all.into_iter().chain(targets.users.iter().map(Uuid::to_string)).collect();
            users[format!("{prefix}Users")] = json!(people);
            users[format!("{prefix}Groups")] = json!(targets.groups);
            users[format!("{prefix}Roles")] = json!(targets.roles);
        }
        let mut conditions = json!({
            "userRiskLevels": [], "signInRiskLevels": [], "servicePrincipalRiskLevels": [], "insiderRiskLevels": null,
            "clientAppTypes": ["all"], "platforms": null, "locations": null, "devices": null,
            "clientApplications": null, "authenticationFlows": null,
            "applications": {
                "includeApplications": ["All"], "excludeApplications": [], "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [], "applicationFilter": null,
            },
            "users": users,
        });
        for (name, value) in &self.conditions {
            conditions[name] = value.clone();
        }
        let (controls, strength) = match &self.demand {
            Demand::Block => (vec!["block"], Value::Null),
            Demand::Control(name) => (vec![name.as_str()], Value::Null),
            Demand::Strength(id, combinations) => {
                (Vec::new(), json!({ "id": id, "displayName": "Strength", "allowedCombinations": combinations }))
            }
        };
        json!({
            "id": self.id, "displayName": self.name, "state": self.state, "templateId": null,
            "createdDateTime": "2026-01-01T00:00:00Z", "modifiedDateTime": null,
            "conditions": conditions, "sessionControls": null,
            "grantControls": {
                "operator": "OR", "builtInControls": controls, "customAuthenticationFactors": [], "termsOfUse": [],
                "authenticationStrength": strength,
            },
        })
    }
}

/// What is kept of all this.
#[derive(Debug, Clone, Default)]
pub(crate) struct Emergency {
    /// By the method's id: whose, what, since when.
    pub(crate) methods: BTreeMap<Uuid, (Uuid, SignInMethod, Timestamp)>,
    /// Who is registered for self-service password reset.
    pub(crate) password_reset: BTreeSet<Uuid>,
    /// By the assignment.
    pub(crate) terms: BTreeMap<Uuid, RoleTerms>,
    /// By an id of its own: who, and which role.
    pub(crate) eligible: BTreeMap<Uuid, (Uuid, Uuid)>,
    /// (user, device).
    pub(crate) registered_devices: BTreeSet<(Uuid, Uuid)>,
    pub(crate) owned_devices: BTreeSet<(Uuid, Uuid)>,
    /// By the grant's id: who, and the application.
    pub(crate) grants: BTreeMap<Uuid, (Uuid, Uuid)>,
    pub(crate) risk: BTreeMap<Uuid, String>,
    pub(crate) domains: BTreeMap<String, DomainRules>,
    pub(crate) security_defaults: bool,
    pub(crate) method_rules: BTreeMap<String, MethodRules>,
    /// Whether Entra ID P2 is missing.
    pub(crate) without_p2: bool,
}

impl TenantHandle {
    /// Registers a method for a user, and returns its id.
    pub fn add_sign_in_method(&self, user: Uuid, method: SignInMethod, at: Timestamp) -> Uuid {
        self.with(|tenant| {
            let id = tenant.fresh_id();
            tenant.emergency.methods.insert(id, (user, method, at));
            id
        })
    }

    /// Takes a method away.
    pub fn remove_sign_in_method(&self, method: Uuid) {
        self.with(|tenant| tenant.emergency.methods.remove(&method));
    }

    /// Registers a user for self-service password reset.
    pub fn register_password_reset(&self, user: Uuid) {
        self.with(|tenant| tenant.emergency.password_reset.insert(user));
    }

    /// Sets a user's `passwordPolicies`, such as `DisablePasswordExpiration`.
    pub fn set_password_policies(&self, user: Uuid, policies: Option<&str>) {
        let value = json!(policies);
        self.change_user(user, &["passwordPolicies"], |user| {
            user.rare().profile.insert("passwordPolicies".to_owned(), value);
        });
    }

    /// Sets the mark of an object on premises.
    pub fn set_immutable_id(&self, user: Uuid, id: &str) {
        self.change_user(user, &["onPremisesImmutableId"], |user| {
            user.rare().profile.insert("onPremisesImmutableId".to_owned(), json!(id));
        });
    }

    /// Makes the user one that a directory on premises masters.
    pub fn set_on_premises(&self, user: Uuid) {
        self.change_user(user, &["onPremisesSyncEnabled"], |user| user.rare().on_premises = true);
    }

    /// Gives a user another name.
    pub fn rename_user(&self, user: Uuid, upn: &str) {
        self.change_user(user, &["userPrincipalName"], |user| user.upn = Some(upn.into()));
    }

    /// Sets for how long, and by what way, an assignment of a role holds.
    pub fn set_role_terms(&self, assignment: Uuid, terms: RoleTerms) {
        self.with(|tenant| tenant.emergency.terms.insert(assignment, terms));
    }

    /// Lets somebody activate a role, tenant-wide.
    pub fn make_eligible(&self, principal: Uuid, role: Uuid) {
        self.with(|tenant| {
            let id = tenant.fresh_id();
            tenant.emergency.eligible.insert(id, (principal, role));
        });
    }

    /// Registers a device for a user.
    pub fn register_device(&self, user: Uuid, device: Uuid) {
        self.with(|tenant| tenant.emergency.registered_devices.insert((user, device)));
    }

    /// Makes a user the owner of a device.
    pub fn own_device(&self, user: Uuid, device: Uuid) {
        self.with(|tenant| tenant.emergency.owned_devices.insert((user, device)));
    }

    /// A user lets an application act in their name; returns the application's id.
    pub fn grant_consent(&self, user: Uuid) -> Uuid {
        self.with(|tenant| {
            let (id, client) = (tenant.fresh_id(), tenant.fresh_id());
            tenant.emergency.grants.insert(id, (user, client));
            client
        })
    }

    /// Sets a user's state in Entra ID Protection, such as `atRisk`.
    pub fn set_risk(&self, user: Uuid, state: &str) {
        self.with(|tenant| tenant.emergency.risk.insert(user, state.to_owned()));
    }

    /// Sets how a domain of the tenant authenticates.
    pub fn set_domain(&self, name: &str, rules: DomainRules) {
        self.with(|tenant| tenant.emergency.domains.insert(name.to_lowercase(), rules));
    }

    /// Switches security defaults on or off. They are off unless this says otherwise.
    pub fn set_security_defaults(&self, on: bool) {
        self.with(|tenant| tenant.emergency.security_defaults = on);
    }

    /// Sets who may use a method: `fido2` (on for everybody, unless this says otherwise) or `x509Certificate` (off).
    pub fn set_method_rules(&self, method: &str, rules: MethodRules) {
        self.with(|tenant| tenant.emergency.method_rules.insert(method.to_lowercase(), rules));
    }

    /// Sets all Conditional Access policies.
    pub fn set_access_policies(&self, policies: &[AccessPolicy]) {
        let shown: Vec<Value> = policies.iter().map(AccessPolicy::shown).collect();
        self.set_document("/identity/conditionalAccess/policies", json!(shown));
    }

    /// Whether the tenant has Entra ID P2: Privileged Identity Management and Entra ID Protection. It has, unless this says
    /// otherwise.
    pub fn set_premium_p2(&self, has: bool) {
        self.with(|tenant| tenant.emergency.without_p2 = !has);
    }
}
