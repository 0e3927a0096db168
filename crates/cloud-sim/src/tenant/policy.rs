//! Who may invite whom into a tenant.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

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
    /// When the invitations of the last day were made.
    pub(crate) sent: VecDeque<Duration>,
}

impl InvitationPolicy {
    /// How many invitations were made in the last `window`.
    pub(crate) fn sent_within(&self, now: Duration, window: Duration) -> usize {
        self.sent.iter().rev().take_while(|at| now.saturating_sub(**at) < window).count()
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
