//! Who may invite whom into a tenant.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use uuid::Uuid;

/// The tenant's `allowInvitesFrom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InvitesFrom {
    /// Nobody, applications included.
    Nobody,
    /// Administrators and Guest Inviters. Applications with `User.Invite.All` were seen to get through.
    AdminsAndGuestInviters,
    /// Also all members.
    AdminsGuestInvitersAndAllMembers,
    /// Everybody, guests included: the service's default.
    #[default]
    Everyone,
}

impl InvitesFrom {
    /// The value on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "none",
            Self::AdminsAndGuestInviters => "adminsAndGuestInviters",
            Self::AdminsGuestInvitersAndAllMembers => "adminsGuestInvitersAndAllMembers",
            Self::Everyone => "everyone",
        }
    }
}

/// Which users of other tenants cross-tenant access settings let in as guests (`b2bCollaborationInbound`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    /// Everybody: the service's default.
    Allowed,
    /// Nobody.
    Blocked,
    /// Only these, by their object ids in the other tenant. Nobody is refused for it before they redeem.
    Only {
        /// Users.
        users: Vec<Uuid>,
        /// Groups.
        groups: Vec<Uuid>,
    },
}

/// The settings for one other tenant.
#[derive(Debug, Clone)]
pub(crate) struct PartnerAccess {
    /// The mail domains of that tenant.
    pub(crate) domains: BTreeSet<String>,
    /// `None`: as for everybody.
    pub(crate) inbound: Option<Inbound>,
}

/// Everything that can refuse an invitation.
#[derive(Debug, Clone, Default)]
pub(crate) struct InvitationPolicy {
    pub(crate) from: InvitesFrom,
    pub(crate) suspicious: bool,
    /// So many invitations within an hour make the tenant suspicious.
    pub(crate) suspicious_after: Option<usize>,
    pub(crate) per_day_max: Option<usize>,
    pub(crate) blocked_domains: BTreeSet<String>,
    /// When not empty, only these.
    pub(crate) allowed_domains: BTreeSet<String>,
    /// Domains whose tenants are blocked by cross-tenant access settings.
    pub(crate) cross_tenant_blocked: BTreeSet<String>,
    /// For everybody; `None`: never set.
    pub(crate) inbound: Option<Inbound>,
    pub(crate) partners: BTreeMap<Uuid, PartnerAccess>,
    /// When the invitations of the last day were made.
    pub(crate) sent: VecDeque<Duration>,
}

impl InvitationPolicy {
    /// How many invitations were made in the last `window`.
    pub(crate) fn sent_within(&self, now: Duration, window: Duration) -> usize {
        self.sent.iter().rev().take_while(|at| now.saturating_sub(**at) < window).count()
    }

    /// Whether cross-tenant access settings let the people of this mail domain in.
    pub(crate) fn lets_in(&self, domain: &str) -> bool {
        let partner = self.partners.values().find(|partner| partner.domains.contains(domain));
        let set = partner.and_then(|partner| partner.inbound.as_ref()).or(self.inbound.as_ref());
        set != Some(&Inbound::Blocked)
    }

    /// Counts one invitation.
    pub(crate) fn count(&mut self, now: Duration) {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        while self.sent.front().is_some_and(|at| now.saturating_sub(*at) >= DAY) {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        if self.suspicious_after.is_some_and(|most| self.sent_within(now, Duration::from_secs(3600)) >= most) {
            self.suspicious = true;
        }
    }
}
