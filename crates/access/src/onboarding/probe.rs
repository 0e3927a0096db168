//! The list of probes, and the look that goes through it.

use super::facts::{Facts, Token};
use super::fixes;
use super::judge;
use super::record::Onboarding;
use crate::config::{Config, Customer};
use crate::ids::ObjectId;
use crate::permissions::{Permission, needed_by_customer};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The number of the probe whether there is a token: without one nothing else is asked.
pub const TOKEN: u8 = 1;

/// The number of the probe of permissions.
pub const PERMISSIONS: u8 = 2;

/// The number of the probe of the tenant's identity.
pub const ORGANIZATION: u8 = 3;

/// How a probe ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is not there.
    Missing,
    /// It could not be read, which is never as good as read.
    Unknown,
    /// The tenant lacks the licence without which Microsoft does not offer it: what rests on it does less.
    Licence,
    /// It is there.
    Ok,
}

impl Verdict {
    /// Its name, for programs and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unknown => "unknown",
            Self::Licence => "licence",
            Self::Ok => "ok",
        }
    }
}

/// One probe.
pub struct Probe {
    /// Its number, which stays the same for ever.
    pub number: u8,
    /// Its name for programs.
    pub name: &'static str,
    /// What should be true.
    pub title: &'static str,
    /// What is asked for it.
    pub asks: &'static str,
    /// Which keys of the configuration need it.
    pub keys: &'static str,
    /// What to do where it is missing; `{…}` stands for what is said of the customer.
    pub fix: &'static str,
    /// Whether this customer's configuration has anything to do with it.
    pub concerns: fn(&Customer) -> bool,
    /// Whether a customer is ready without it all the same.
    pub advised: bool,
    pub(super) judge: fn(&Case<'_>) -> Judged,
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").field("number", &self.number).field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a look judges.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The customer.
    pub customer: &'a Customer,
    /// What is kept of it.
    pub record: &'a Onboarding,
    /// What was read.
    pub facts: &'a Facts,
    /// Where an administrator of the customer consents, in words for a fix.
    pub link: &'a str,
}

/// What a probe says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) reasons: Vec<String>,
    /// Whether it is more than advice although the probe is advised.
    pub(super) blocks: bool,
    /// What to do, where that differs from the probe's own fix.
    pub(super) fix: Option<String>,
    /// What stands for `{object}` in the fix.
    pub(super) object: String,
}

impl Judged {
    pub(super) fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, reasons: vec![reason.into()], blocks: false, fix: None, object: String::new() }
    }
}

/// What one probe says of one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The probe's number.
    pub number: u8,
    /// Its name.
    pub probe: String,
    /// What should be true.
    pub title: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Whether the customer is not ready without it.
    pub needed: bool,
    /// Why, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fix: Option<String>,
}

const fn always(_: &Customer) -> bool {
    true
}

fn has_packages(customer: &Customer) -> bool {
    !customer.packages.is_empty()
}

fn has_units(customer: &Customer) -> bool {
    is_scoped(customer)
        || customer.packages.iter().any(|package| !package.units.is_empty() || !package.roles.is_empty())
}

fn is_scoped(customer: &Customer) -> bool {
    customer.rights.units().is_some()
}

fn has_accounts(customer: &Customer) -> bool {
    !customer.break_glass.accounts.is_empty()
}

fn has_subscriptions(customer: &Customer) -> bool {
    !customer.break_glass.subscriptions.is_empty()
}

/// The list, by number. 10 and 13 are not asked: the first would write, and of delegated administration nothing depends.
pub static PROBES: [Probe; 12] = [
    Probe {
        number: TOKEN,
        name: "token",
        title: "Microsoft lets the app into the tenant",
        asks: "a token for the tenant",
        keys: "every customer",
        fix: fixes::CONSENT,
        concerns: always,
        advised: false,
        judge: judge::token,
    },
    Probe {
        number: PERMISSIONS,
        name: "permissions",
        title: "the app was given every permission that the configuration needs",
        asks: "`roles` of a fresh token; appRoleAssignments of the app's own service principal",
        keys: "every customer; `gatehouse permissions` lists them with the keys",
        fix: fixes::PERMISSIONS,
        concerns: always,
        advised: false,
        judge: judge::permissions,
    },
    Probe {
        number: ORGANIZATION,
        name: "organization",
        title: "it is the tenant of the configuration",
        asks: "`GET /organization`: the id, and the domain of `--domain` among the verified ones",
        keys: "every customer",
        fix: fixes::ORGANIZATION,
        concerns: always,
        advised: false,
        judge: judge::organization,
    },
    Probe {
        number: 4,
        name: "invitations",
        title: "guests may be invited",
        asks: "`GET /policies/authorizationPolicy`",
        keys: "`packages`",
        fix: fixes::INVITATIONS,
        concerns: has_packages,
        advised: false,
        judge: judge::invitations,
    },
    Probe {
        number: 5,
        name: "units",
        title: "the administrative units are there",
        asks: "`GET /directory/administrativeUnits/{id}` for each",
        keys: "`packages.units`, `packages.roles`, `scoped_to`",
        fix: fixes::UNITS,
        concerns: has_units,
        advised: false,
        judge: judge::units,
    },
    Probe {
        number: 6,
        name: "sign_ins",
        title: "sign-ins are shown",
        asks: "`signInActivity` of a break-glass account (Entra ID P1)",
        keys: "`break_glass.accounts`",
        fix: fixes::SIGN_INS,
        concerns: has_accounts,
        advised: false,
        judge: judge::sign_ins,
    },
    Probe {
        number: 7,
        name: "eligible_roles",
        title: "eligible roles are shown",
        asks: "roleEligibilityScheduleInstances of a break-glass account (Entra ID P2)",
        keys: "`break_glass.accounts`, for `gatehouse audit break-glass`",
        fix: fixes::ELIGIBLE,
        concerns: has_accounts,
        advised: true,
        judge: judge::eligible,
    },
    Probe {
        number: 8,
        name: "cross_tenant",
        title: "the tenant has cross-tenant access settings for the partner's tenant",
        asks: "`GET /policies/crossTenantAccessPolicy/partners/{partner}`, and those for everybody",
        keys: "`packages`",
        fix: fixes::CROSS_TENANT,
        concerns: has_packages,
        advised: true,
        judge: judge::cross_tenant,
    },
    Probe {
        number: 9,
        name: "groups",
        title: "the target groups are ordinary, of the cloud, and assigned",
        asks: "`GET /groups/{id}` for each",
        keys: "`packages.groups`",
        fix: fixes::GROUPS,
        concerns: has_packages,
        advised: false,
        judge: judge::groups,
    },
    Probe {
        number: 11,
        name: "subscriptions",
        title: "the subscriptions of the alert rules can be read",
        asks: "the alerts that fired in each, at Azure Resource Manager",
        keys: "`break_glass.subscriptions`",
        fix: fixes::SUBSCRIPTIONS,
        concerns: has_subscriptions,
        advised: false,
        judge: judge::subscriptions,
    },
    Probe {
        number: 12,
        name: "diagnostic_settings",
        title: "the tenant's diagnostic settings can be read",
        asks: "`GET /providers/microsoft.aadiam/diagnosticSettings` at Azure Resource Manager",
        keys: "`break_glass.accounts`, for `gatehouse audit break-glass`",
        fix: fixes::DIAGNOSTICS,
        concerns: has_accounts,
        advised: true,
        judge: judge::exports,
    },
    Probe {
        number: 14,
        name: "own_roles",
        title: "the app holds the directory roles by which it writes",
        asks: "roleAssignments of the app's own service principal",
        keys: "`rights = \"scoped\"`",
        fix: fixes::OWN_ROLES,
        concerns: is_scoped,
        advised: false,
        judge: judge::own_roles,
    },
];

/// Goes through the list. Without a token only that is said: nothing else was asked. The same case gives the same findings.
pub fn look(case: &Case<'_>) -> Vec<Finding> {
    let first = finding(&PROBES[0], case);
    if matches!(case.facts.token, Token::NoTenant(_)) {
        return vec![first, finding(&PROBES[2], case)];
    }
    if first.verdict != Verdict::Ok {
        return vec![first];
    }
    let rest = PROBES.iter().skip(1).filter(|probe| (probe.concerns)(case.customer));
    std::iter::once(first).chain(rest.map(|probe| finding(probe, case))).collect()
}

fn finding(probe: &Probe, case: &Case<'_>) -> Finding {
    let judged = (probe.judge)(case);
    let fix = match judged.verdict {
        Verdict::Ok => None,
        Verdict::Missing => Some(judged.fix.unwrap_or_else(|| probe.fix.to_owned())),
        Verdict::Licence => Some(judged.fix.unwrap_or_else(|| fixes::LICENCE.to_owned())),
        Verdict::Unknown => Some(judged.fix.unwrap_or_else(|| fixes::AGAIN.to_owned())),
    };
    Finding {
        number: probe.number,
        probe: probe.name.to_owned(),
        title: probe.title.to_owned(),
        verdict: judged.verdict,
        needed: !probe.advised || judged.blocks,
        reasons: judged.reasons,
        fix: fix.map(|fix| fixes::filled(&fix, case, &judged.object)),
    }
}

/// Every permission that the configuration needs, and whether it was given; `None`: that is not known.
pub fn granted(case: &Case<'_>) -> Vec<(Permission, Option<bool>)> {
    let needed = needed_by_customer(case.config, case.customer);
    needed.into_iter().map(|one| (one.clone(), judge::is_granted(case.facts, &one))).collect()
}

/// The app that the customer consents to.
pub(super) fn app(case: &Case<'_>) -> ObjectId {
    case.config.app_of(case.customer).client_id
}
