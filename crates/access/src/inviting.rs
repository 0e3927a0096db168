//! Whether Microsoft would refuse an invitation, by the settings that the customer's own tenant has for its guests.
//!
//! Only what was read and says so refuses: what could not be read is named by [`left_open`], and Microsoft decides.

#[cfg(test)]
mod tests;

use crate::ids::{GroupId, PersonId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What was read of a tenant's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// When they were read.
    pub read: Timestamp,
    /// Who may invite: `allowInvitesFrom`, in Microsoft's words.
    pub invites_from: Known<String>,
    /// The list of mail domains.
    pub domains: Known<Domains>,
    /// The tenant's own verified domains, lower case.
    pub own_domains: Known<BTreeSet<String>>,
    /// Cross-tenant access settings for everybody.
    pub everybody: Known<Inbound>,
    /// Cross-tenant access settings for the partner's tenant; `None`: as for everybody.
    pub partner: Known<Option<Inbound>>,
}

/// Something that was read, or was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known<T> {
    /// It was read.
    Read(T),
    /// It could not be read, so nothing is concluded.
    Unread {
        /// Why, for people.
        why: String,
        /// Whether it may be read the next time without anybody mending anything.
        passing: bool,
    },
}

impl<T> Known<T> {
    fn value(&self) -> Option<&T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Unread { .. } => None,
        }
    }

    /// Whether reading it again soon is worth while.
    fn is_passing(&self) -> bool {
        matches!(self, Self::Unread { passing: true, .. })
    }
}

/// Mail domains that may be invited, or that may not (page "Allow or block invites to B2B users from specific
/// organizations"). Sub-domains are domains of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Domains {
    /// When not empty, only these.
    pub allowed: BTreeSet<String>,
    /// Not these.
    pub blocked: BTreeSet<String>,
}

/// Which users of another tenant may come in as guests (page "crossTenantAccessPolicyB2BSetting resource type").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// Whether those whom it names may come in and nobody else; `false`: everybody may but those.
    pub allows: bool,
    /// Whether it names all users.
    pub all: bool,
    /// The users that it names, by their ids in the other tenant.
    pub users: BTreeSet<PersonId>,
    /// The groups that it names, by their ids in the other tenant.
    pub groups: BTreeSet<GroupId>,
}

/// Whom an invitation is for.
#[derive(Debug, Clone, Copy)]
pub struct Invitee<'a> {
    /// The address to be invited.
    pub address: &'a str,
    /// Who they are, for users of the partner's tenant.
    pub person: Option<PersonId>,
    /// The partner's groups that they are in, nested ones included, where that was read.
    pub groups: Option<&'a BTreeSet<GroupId>>,
}

/// An invitation that Microsoft would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which setting of the customer's tenant refuses it.
    pub setting: Setting,
    /// For people: what it says, and who can change it.
    pub text: String,
}

/// The settings that can refuse an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// `allowInvitesFrom` of the authorization policy.
    InvitesFrom,
    /// The list of blocked mail domains.
    BlockedDomains,
    /// The list of allowed mail domains.
    AllowedDomains,
    /// Cross-tenant access settings for the partner's tenant.
    PartnerAccess,
    /// Cross-tenant access settings for everybody.
    DefaultAccess,
    /// The tenant's own domains.
    OwnDomains,
}

impl Setting {
    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvitesFrom => "invites_from",
            Self::BlockedDomains => "domain_blocked",
            Self::AllowedDomains => "domain_not_allowed",
            Self::PartnerAccess => "cross_tenant_partner",
            Self::DefaultAccess => "cross_tenant_default",
            Self::OwnDomains => "own_domain",
        }
    }
}

impl Settings {
    /// Whether reading again soon may tell more.
    pub fn is_passing(&self) -> bool {
        self.invites_from.is_passing()
            || self.domains.is_passing()
            || self.own_domains.is_passing()
            || self.everybody.is_passing()
            || self.partner.is_passing()
    }

    /// The groups of the partner on which it depends whether its people may come in.
    pub fn groups(&self) -> BTreeSet<GroupId> {
        self.for_partner().map(|(_, inbound)| inbound.groups.clone()).unwrap_or_default()
    }

    /// What holds for the partner's people, as far as it was read.
    fn for_partner(&self) -> Option<(Setting, &Inbound)> {
        match self.partner.value()? {
            Some(own) => Some((Setting::PartnerAccess, own)),
            None => self.everybody.value().map(|inbound| (Setting::DefaultAccess, inbound)),
        }
    }
}

/// The setting by which Microsoft would refuse this invitation, if one certainly does.
///
/// In the order in which the service was observed to look at them.
pub fn refused_by(settings: &Settings, invitee: &Invitee<'_>) -> Option<Refusal> {
    let domain = domain_of(invitee.address);
    let lists = |list: &BTreeSet<String>, domain: &str| list.iter().any(|listed| folded(listed) == domain);
    if settings.invites_from.value().is_some_and(|from| from.eq_ignore_ascii_case("none")) {
        let text = "the customer lets nobody invite guests (External collaboration settings, guest invite settings: allowInvitesFrom is \"none\"); an administrator of theirs has to change that";
        return Some(Refusal { setting: Setting::InvitesFrom, text: text.into() });
    }
    if let (Some(domains), Some(domain)) = (settings.domains.value(), &domain) {
        let refusal = |setting, what: &str| {
            let text = format!(
                "{domain} is {what} of the customer's External collaboration settings (collaboration restrictions); an administrator of theirs has to change that"
            );
            Some(Refusal { setting, text })
        };
        if lists(&domains.blocked, domain) {
            return refusal(Setting::BlockedDomains, "on the list of blocked domains");
        }
        if !domains.allowed.is_empty() && !lists(&domains.allowed, domain) {
            return refusal(Setting::AllowedDomains, "not on the list of allowed domains");
        }
    }
    // Which tenant somebody else belongs to is not known, and each may have settings of its own.
    if let (Some(_), Some((setting, inbound))) = (invitee.person, settings.for_partner())
        && lets_in(inbound, invitee) == Some(false)
    {
        let whose = match setting {
            Setting::PartnerAccess => "for our tenant",
            _ => "for everybody, since there are none for our tenant,",
        };
        let text = format!(
            "the customer's cross-tenant access settings {whose} do not let this person in (inbound access, B2B collaboration, users and groups); an administrator of theirs has to change that"
        );
        return Some(Refusal { setting, text });
    }
    if let (Some(own), Some(domain)) = (settings.own_domains.value(), &domain)
        && lists(own, domain)
    {
        let text = format!("{domain} is a domain of the customer's own tenant, and nobody is invited into their own");
        return Some(Refusal { setting: Setting::OwnDomains, text });
    }
    None
}

/// What might refuse this invitation and could not be read or told, a sentence each.
pub fn left_open(settings: &Settings, invitee: &Invitee<'_>) -> Vec<String> {
    let mut open = Vec::new();
    let mut unread = |what: &str, why: Option<&str>| {
        if let Some(why) = why {
            open.push(format!("{what} could not be read: {why}"));
        }
    };
    unread("who may invite guests", why(&settings.invites_from));
    unread("the customer's list of mail domains", why(&settings.domains));
    unread("the customer's own domains", why(&settings.own_domains));
    unread("the cross-tenant access settings for our tenant", why(&settings.partner));
    if invitee.person.is_none() || !matches!(settings.partner, Known::Read(Some(_))) {
        unread("the cross-tenant access settings for everybody", why(&settings.everybody));
    }
    let told = match (invitee.person, settings.for_partner()) {
        (Some(_), Some((_, inbound))) => lets_in(inbound, invitee).is_some(),
        (Some(_), None) => true,
        (None, _) => settings.everybody.value().is_none_or(|inbound| inbound.allows && inbound.all),
    };
    if !told {
        let what = match invitee.person {
            Some(_) => "it depends on groups of ours that could not be read",
            None => "they depend on the tenant to which the person belongs, which is not known",
        };
        open.push(format!("whether the customer's cross-tenant access settings let this person in: {what}"));
    }
    open
}

fn why<T>(known: &Known<T>) -> Option<&str> {
    match known {
        Known::Read(_) => None,
        Known::Unread { why, .. } => Some(why),
    }
}

/// Whether somebody of the partner may come in; `None`: that rests on groups of which nothing is known.
fn lets_in(inbound: &Inbound, invitee: &Invitee<'_>) -> Option<bool> {
    let is_user = invitee.person.is_some_and(|person| inbound.users.contains(&person));
    if inbound.all || is_user {
        return Some(inbound.allows);
    }
    let is_member = match invitee.groups {
        _ if inbound.groups.is_empty() => false,
        Some(groups) => !groups.is_disjoint(&inbound.groups),
        None => return None,
    };
    Some(is_member == inbound.allows)
}

fn domain_of(address: &str) -> Option<String> {
    address.rsplit_once('@').map(|(_, domain)| folded(domain)).filter(|domain| !domain.is_empty())
}

/// A domain as it is compared: in its letters for the wire, lower case.
fn folded(domain: &str) -> String {
    let domain = domain.trim();
    idna::domain_to_ascii_strict(domain).unwrap_or_else(|_| domain.to_lowercase())
}
