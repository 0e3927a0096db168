//! What is kept of a customer's coming in.

use super::call_back::Refusal;
use super::probe::Finding;
use super::stage::Stage;
use crate::ids::{ObjectId, TenantId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a link is good for. Whoever consents later has consented all the same: only the call-back is not believed.
pub const LINK_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// The most links that are remembered; the oldest go first.
pub const LINKS_MAX: usize = 5;

/// The most events that are remembered. The first one, which says who began, stays.
pub const HISTORY_MAX: usize = 100;

/// For so long after a call-back a refused token is taken for one that has not spread yet. Microsoft names no time; most
/// consents are seen everywhere within five minutes (observed).
pub const SPREADING: SignedDuration = SignedDuration::from_mins(5);

/// A customer's coming in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onboarding {
    /// The tenant that the configuration names.
    pub tenant_id: TenantId,
    /// The customer's name when it was last looked at: a label.
    pub customer: String,
    /// How far it is.
    #[serde(default)]
    pub stage: Stage,
    /// A domain that the customer gave in the order, lower case: the tenant must have verified it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub domain: Option<String>,
    /// The latest links, the youngest last.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub links: Vec<Link>,
    /// That somebody consented.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub consented: Option<Consented>,
    /// That it was proven to be the tenant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verified: Option<Verified>,
    /// Who confirmed that the customer meant it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confirmed: Option<Confirmed>,
    /// When it was first ready.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ready: Option<Timestamp>,
    /// The last look.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub look: Option<Look>,
    /// What happened, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub history: Vec<Event>,
}

/// A link that leads an administrator to Microsoft's consent page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The SHA-256 of its state, in hexadecimal digits. The state itself is in the link alone.
    pub hash: String,
    /// The app that is consented to.
    pub app: ObjectId,
    /// The tenant that is expected.
    pub tenant_id: TenantId,
    /// Who asked for it.
    pub by: String,
    /// When it was made.
    pub made: Timestamp,
    /// Until when it is good.
    pub until: Timestamp,
    /// When somebody came back with it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub used: Option<Timestamp>,
}

/// How we know of a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Witness {
    /// A browser came back with one of our links. Anybody with the link can say that.
    CallBack,
    /// Microsoft gave us a token for the tenant.
    Token,
}

/// That somebody consented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consented {
    /// When we heard of it.
    pub at: Timestamp,
    /// How.
    pub witness: Witness,
}

/// That the tenant is the one of the configuration: a token for it was issued, and the tenant says its own id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Since when.
    pub at: Timestamp,
    /// What the tenant calls itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

/// A named person's word that the customer meant it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// When it was given.
    pub at: Timestamp,
    /// Who gave it.
    pub by: String,
    /// How they know: a call to the number of the contract, a code published as a TXT record.
    pub how: String,
    /// Who told us, where that is somebody else.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub told_by: Option<String>,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// One finding for each probe that was made, by number.
    pub findings: Vec<Finding>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// Who did it, where it was a person.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

/// The sorts of things that happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A link was made.
    LinkMade,
    /// Somebody came back without consent.
    Refused,
    /// Somebody came back from another tenant than the one that was invited.
    WrongTenant,
    /// The stage changed.
    Stage,
    /// A person confirmed.
    Confirmed,
    /// The domain that the tenant must have was said or changed.
    Domain,
}

impl Onboarding {
    /// A customer of whom nothing is known yet.
    pub fn new(customer: &str, tenant_id: TenantId) -> Self {
        Self {
            tenant_id,
            customer: customer.into(),
            stage: Stage::default(),
            domain: None,
            links: Vec::new(),
            consented: None,
            verified: None,
            confirmed: None,
            ready: None,
            look: None,
            history: Vec::new(),
        }
    }

    /// The link that is open the longest from now on, if any is.
    pub fn open_link(&self, now: Timestamp) -> Option<&Link> {
        self.links.iter().filter(|link| link.is_open(now)).max_by_key(|link| link.until)
    }

    /// What was last refused, in words.
    pub fn last_refusal(&self) -> Option<&Event> {
        self.history.iter().rev().find(|event| matches!(event.what, What::Refused | What::WrongTenant))
    }

    pub(super) fn note(&mut self, event: Event) {
        self.history.push(event);
        let surplus = self.history.len().saturating_sub(HISTORY_MAX);
        self.history.drain(1..=surplus);
    }

    pub(super) fn go(&mut self, stage: Stage, at: Timestamp) {
        if self.stage != stage {
            let note = Some(format!("{} -> {stage}", self.stage));
            self.stage = stage;
            self.note(Event { at, what: What::Stage, by: None, note });
        }
    }

    pub(super) fn refused(&mut self, refusal: &Refusal, at: Timestamp) {
        self.note(Event { at, what: What::Refused, by: None, note: Some(refusal.text.clone()) });
    }
}

impl Link {
    /// Whether a call-back with it is still taken.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used.is_none() && now < self.until
    }
}
