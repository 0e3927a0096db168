//! What an audit of break-glass accounts asks: the accounts, what they sign in with, and the policies that reach them.
//!
//! Pages of the Microsoft Graph v1.0 reference: "Get user", "List authentication methods", "Get userRegistrationDetails",
//! "List roleAssignmentScheduleInstances", "List roleEligibilityScheduleInstances", "Get domain", "Get
//! identitySecurityDefaultsEnforcementPolicy", "Get fido2AuthenticationMethodConfiguration", "Get
//! x509CertificateAuthenticationMethodConfiguration", "List policies" (Conditional Access), "Get riskyUser".

mod compose;
mod models;
mod policy;
mod read;

pub(super) use compose::compose;
pub use models::{
    Account, Domain, KeyRestrictions, Method, MethodTargets, Policy, Registration, Schedule, Strength, Whom,
};

use crate::error::Error;
use crate::json::{Object, Wrong};
use jiff::Timestamp;
use uuid::Uuid;

/// What is asked; the variant of [`Found`] is named at each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A user object: `Account`, or `Absent`.
    Account {
        /// The user.
        user: Uuid,
    },
    /// When the user last signed in with success: `LastSignIn`, or `Absent`. The service needs Entra ID P1 for it, answers
    /// ten of these a minute, and shows a sign-in up to a day late.
    LastSignIn {
        /// The user.
        user: Uuid,
    },
    /// Active assignments of a role, permanent and activated ones: `Schedules`. Needs Entra ID P2.
    Schedules {
        /// The user.
        principal: Uuid,
        /// The role's definition.
        role: Uuid,
    },
    /// Roles that the user may activate: `Schedules`. Needs Entra ID P2.
    Eligible {
        /// The user.
        principal: Uuid,
    },
    /// What the user can sign in with, certificates left out: `Methods`.
    Methods {
        /// The user.
        user: Uuid,
    },
    /// What the report of registrations says: `Registration`, or `Absent`. Needs Entra ID P1.
    Registration {
        /// The user.
        user: Uuid,
    },
    /// Devices that the user registered: [`Answer::Ids`](super::Answer::Ids).
    RegisteredDevices {
        /// The user.
        user: Uuid,
    },
    /// Devices that the user owns: [`Answer::Ids`](super::Answer::Ids).
    OwnedDevices {
        /// The user.
        user: Uuid,
    },
    /// Applications (service principals) that the user let act in their name: [`Answer::Ids`](super::Answer::Ids).
    PermissionGrants {
        /// The user.
        user: Uuid,
    },
    /// The user's state in Entra ID Protection: `Risk`, or `Absent` for a user without any risk. Needs Entra ID P2, and is
    /// of the same one request per second as Conditional Access, so it is a request of its own.
    Risk {
        /// The user.
        user: Uuid,
    },
    /// A domain of the tenant: `Domain`, or `Absent`.
    Domain {
        /// Its name.
        name: String,
    },
    /// Whether security defaults are on: `SecurityDefaults`.
    SecurityDefaults,
    /// All Conditional Access policies with whom they are about and what they demand: `Policies`. Microsoft allows one such
    /// request per second and tenant.
    Policies,
    /// Who may use passkeys (FIDO2): `MethodTargets`.
    Fido2,
    /// Who may use certificates: `MethodTargets`.
    Certificates,
    /// Everything in a group, nested groups and what is in them included: [`Answer::Ids`](super::Answer::Ids).
    GroupContents {
        /// The group.
        group: Uuid,
    },
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A user object.
    Account(Account),
    /// When somebody last signed in with success, if ever.
    LastSignIn(Option<Timestamp>),
    /// Assignments of roles.
    Schedules(Vec<Schedule>),
    /// Methods.
    Methods(Vec<Method>),
    /// A line of the report of registrations.
    Registration(Registration),
    /// A state in Entra ID Protection, such as `atRisk`.
    Risk(String),
    /// A domain.
    Domain(Domain),
    /// Whether security defaults are on.
    SecurityDefaults(bool),
    /// Conditional Access policies.
    Policies(Vec<Policy>),
    /// Who may use a method.
    MethodTargets(MethodTargets),
}

macro_rules! take {
    ($($(#[$doc:meta])* $name:ident, $variant:ident, $type:ty;)*) => { impl Found { $(
        $(#[$doc])*
        pub fn $name(self) -> Result<$type, Error> {
            match self {
                Self::$variant(found) => Ok(found),
                other => Err(super::answer::another(stringify!($variant), &format!("{other:?}"))),
            }
        }
    )* } };
}

take! {
    /// The user object.
    account, Account, Account;
    /// When somebody last signed in.
    last_sign_in, LastSignIn, Option<Timestamp>;
    /// Assignments of roles.
    schedules, Schedules, Vec<Schedule>;
    /// Methods.
    methods, Methods, Vec<Method>;
    /// A line of the report.
    registration, Registration, Registration;
    /// A state in Entra ID Protection.
    risk, Risk, String;
    /// A domain.
    domain, Domain, Domain;
    /// Whether security defaults are on.
    security_defaults, SecurityDefaults, bool;
    /// Conditional Access policies.
    policies, Policies, Vec<Policy>;
    /// Who may use a method.
    method_targets, MethodTargets, MethodTargets;
}

/// A list on its way.
pub(super) enum List {
    /// Of [`About::Schedules`] and [`About::Eligible`].
    Schedules(Vec<Schedule>),
    /// Of [`About::Methods`].
    Methods(Vec<Method>),
    /// Of [`About::Policies`].
    Policies(Vec<Policy>),
}

impl List {
    /// Takes in one item.
    pub(super) fn add(&mut self, item: &Object) -> Result<(), Wrong> {
        match self {
            Self::Schedules(all) => all.push(read::schedule(item)?),
            Self::Methods(all) => all.push(read::method(item)?),
            Self::Policies(all) => all.push(policy::policy(item)?),
        }
        Ok(())
    }

    /// The whole.
    pub(super) fn finish(self) -> Found {
        match self {
            Self::Schedules(all) => Found::Schedules(all),
            Self::Methods(all) => Found::Methods(all),
            Self::Policies(all) => Found::Policies(all),
        }
    }
}
