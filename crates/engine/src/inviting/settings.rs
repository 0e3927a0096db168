//! The settings of a customer's tenant that can refuse an invitation, kept for an hour.

use super::people::{Groups, Side};
use crate::{Engine, Error};
use access::config::{Cloud, Customer};
use access::ids::{GroupId, PersonId, TenantId};
use access::inviting::{Domains, Inbound, Invitee, Known, Refusal, Settings, left_open, refused_by};
use cloud::Kind;
use cloud::graph::{Answer, Ask, InboundUsers, Reader};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::Document;
use uuid::Uuid;

/// How long settings are good for. Microsoft itself takes 15 to 60 minutes until a change of them works.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(1);

/// How old settings may be that refuse somebody: whoever has just had them changed must not be told the old ones for an
/// hour.
const REFUSING_FOR: SignedDuration = SignedDuration::from_mins(1);

/// The permission to read the list of mail domains. Giving it is what turns the reading on, since only Graph's beta version
/// has the list.
const DOMAINS_PERMISSION: &str = "Policy.Read.B2BManagementPolicy";

/// Where a customer's settings are.
pub fn settings_path(tenant: TenantId) -> String {
    format!("inviting/{tenant}")
}

/// The stored settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    /// The partner's tenant for which they were read.
    partner: TenantId,
    settings: Settings,
}

impl Document for Stored {
    const V: u32 = 1;
}

/// What a customer's settings say of one invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Which setting would refuse it, if one certainly does.
    pub refusal: Option<Refusal>,
    /// What might refuse it and could not be read or told, a sentence each.
    pub open: Vec<String>,
}

impl Engine {
    /// The settings of the customer's tenant that can refuse an invitation, read within the last hour. What cannot be read
    /// says so in its place; an error is a name that is not in the configuration.
    pub async fn invitation_settings(&self, customer: &str) -> Result<Settings, Error> {
        let customer = self.customer(customer)?;
        Ok(self.settings_younger_than(customer, KEPT_FOR).await)
    }

    /// Whether the customer's own settings would refuse to invite this address, and what is left open. `person` is who they
    /// are in the partner's tenant, if they are one of its users. A refusal always rests on settings of the last minute.
    pub async fn judge_invitation(
        &self,
        customer: &str,
        address: &str,
        person: Option<PersonId>,
    ) -> Result<Verdict, Error> {
        let customer = self.customer(customer)?;
        let mut settings = self.settings_younger_than(customer, KEPT_FOR).await;
        let verdict = self.judge(&settings, address, person).await?;
        if verdict.refusal.is_none() || self.clock.now().duration_since(settings.read) < REFUSING_FOR {
            return Ok(verdict);
        }
        settings = self.settings_younger_than(customer, REFUSING_FOR).await;
        self.judge(&settings, address, person).await
    }

    async fn judge(&self, settings: &Settings, address: &str, person: Option<PersonId>) -> Result<Verdict, Error> {
        let mut groups: Option<BTreeSet<GroupId>> = None;
        let named = settings.groups();
        if let Some(person) = person.filter(|_| !named.is_empty()) {
            groups = match self.groups_among(Side::Partner, person.0, &named).await? {
                Groups::Of(found) => Some(found),
                Groups::Unread { .. } => None,
            };
        }
        let invitee = Invitee { address, person, groups: groups.as_ref() };
        Ok(Verdict { refusal: refused_by(settings, &invitee), open: left_open(settings, &invitee) })
    }

    async fn settings_younger_than(&self, customer: &Customer, age: SignedDuration) -> Settings {
        let (path, partner) = (settings_path(customer.tenant_id), self.config.partner.tenant_id);
        // The store only spares the reading: where it fails, Microsoft is asked.
        if let Ok(Some(kept)) = self.store.read::<Stored>(&path).await
            && kept.value.partner == partner
            && self.clock.now().duration_since(kept.value.settings.read) < age
        {
            return kept.value.settings;
        }
        let settings = self.read_settings(customer).await;
        if !settings.is_passing() {
            let stored = Stored { partner, settings: settings.clone() };
            if let Err(error) = self.store.update(&path, |_| Some(stored.clone())).await {
                tracing::warn!(customer = customer.name, %error, "could not keep the settings about invitations");
            }
        }
        settings
    }

    async fn read_settings(&self, customer: &Customer) -> Settings {
        let read = self.clock.now();
        let reader = self.graph.reader(customer.tenant_id.0);
        let partner = self.config.partner.tenant_id.0;
        let asks = vec![
            Ask::AuthorizationPolicy,
            Ask::Organization,
            Ask::CrossTenantDefault,
            Ask::CrossTenantPartner { tenant: partner },
        ];
        let mut answers = reader.ask(asks).await.into_iter();
        let mut next = || answers.next().expect("one answer for each question");
        let invites_from = match next().and_then(Answer::authorization) {
            Ok(policy) => policy.allow_invites_from.map_or_else(|| unsaid("who may invite"), Known::Read),
            Err(error) => unread(&error),
        };
        let own_domains = match next().and_then(Answer::organization) {
            Ok(Some(organization)) => Known::Read(organization.verified_domains.into_iter().collect()),
            Ok(None) => unsaid("the tenant"),
            Err(error) => unread(&error),
        };
        let everybody = match next().and_then(Answer::cross_tenant) {
            Ok(Some(access)) => access.inbound_users.as_ref().and_then(inbound).map_or_else(unclear, Known::Read),
            Ok(None) => unsaid("the cross-tenant access settings for everybody"),
            Err(error) => unread(&error),
        };
        let partner = match next().and_then(Answer::cross_tenant) {
            Ok(None) => Known::Read(None),
            Ok(Some(access)) if access.tenant != Some(partner) => unclear(),
            Ok(Some(access)) => match access.inbound_users.as_ref().map(inbound) {
                None => Known::Read(None),
                Some(Some(inbound)) => Known::Read(Some(inbound)),
                Some(None) => unclear(),
            },
            Err(error) => unread(&error),
        };
        let domains = self.read_domains(&reader).await;
        Settings { read, invites_from, domains, own_domains, everybody, partner }
    }

    async fn read_domains(&self, reader: &Reader) -> Known<Domains> {
        let mended = |why: &str| Known::Unread { why: why.into(), passing: false };
        if matches!(self.config.cloud, Cloud::UsGovernment | Cloud::China) {
            return mended("Microsoft offers the list of mail domains in its public cloud alone");
        }
        match reader.may(DOMAINS_PERMISSION).await {
            Ok(Some(false)) => {
                return mended(&format!("the app was not given {DOMAINS_PERMISSION} in the customer's tenant"));
            }
            Ok(Some(true) | None) => {}
            Err(error) => return unread(&error),
        }
        let answer = reader.ask(vec![Ask::InvitationDomains]).await.remove(0);
        match answer.and_then(Answer::invitation_domains) {
            Ok(Some(list)) => Known::Read(Domains {
                allowed: list.allowed.into_iter().collect(),
                blocked: list.blocked.into_iter().collect(),
            }),
            Ok(None) => mended("this tenant's version of Graph has no such list"),
            Err(error) => unread(&error),
        }
    }
}

/// Whom a setting names; `None` where it speaks in words that we do not know.
fn inbound(users: &InboundUsers) -> Option<Inbound> {
    let allows = match users.access.as_str() {
        "allowed" => true,
        "blocked" => false,
        _ => return None,
    };
    let mut inbound = Inbound { allows, all: false, users: BTreeSet::new(), groups: BTreeSet::new() };
    for target in &users.targets {
        match (target.target.as_str(), target.kind.as_str(), Uuid::try_parse(&target.target)) {
            ("AllUsers", ..) => inbound.all = true,
            (_, "user", Ok(id)) => {
                inbound.users.insert(PersonId(id));
            }
            (_, "group", Ok(id)) => {
                inbound.groups.insert(GroupId(id));
            }
            _ => return None,
        }
    }
    Some(inbound)
}

fn unread<T>(error: &cloud::Error) -> Known<T> {
    // Whose consent or credential is gone cannot be invited anyway, and that is told elsewhere.
    let passing = error.transient() || !matches!(error.kind, Kind::Forbidden { .. } | Kind::Refused | Kind::Garbled);
    Known::Unread { why: error.to_string(), passing }
}

fn unsaid<T>(what: &str) -> Known<T> {
    Known::Unread { why: format!("the service did not say {what}"), passing: false }
}

fn unclear<T>() -> Known<T> {
    Known::Unread { why: "the service said it in words that this version does not know".into(), passing: false }
}
