//! Sign-ins, which the tenant's log shows some time later.

use super::TenantHandle;
use jiff::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// One sign-in, or an attempt at one.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Whose account.
    pub user: Uuid,
    /// The name as it was typed; at times an id, or empty.
    pub upn: String,
    /// When.
    pub at: Timestamp,
    /// 0 for success, an AADSTS number otherwise.
    pub error_code: i32,
    /// Where from.
    pub ip: String,
    /// Into what.
    pub app: String,
    /// What is known of the second factor; the service may fill it in later.
    pub details: Option<String>,
}

/// A sign-in in the log.
#[derive(Debug, Clone)]
pub(crate) struct Logged {
    pub(crate) sign_in: SignIn,
    pub(crate) visible: Duration,
    /// When it happened, by the simulator's monotonic clock.
    pub(crate) happened: Duration,
    /// Whether somebody sat there.
    pub(crate) interactive: bool,
}

impl TenantHandle {
    /// Somebody signs in, and the log shows it after its latency, a workspace after its own. Returns the id of the log entry.
    pub fn sign_in(&self, sign_in: SignIn) -> Uuid {
        self.log_sign_in(sign_in, true)
    }

    /// A client renews its token, with nobody there: only workspaces show it. Returns the id of the log entry.
    pub fn sign_in_silently(&self, sign_in: SignIn) -> Uuid {
        self.log_sign_in(sign_in, false)
    }

    fn log_sign_in(&self, sign_in: SignIn, interactive: bool) -> Uuid {
        let happened = self.sim.now();
        let visible = happened + self.sim.options().sign_in_latency;
        self.with(|tenant| {
            let id = tenant.fresh_log_id(sign_in.at);
            tenant.sign_ins.insert(id, Logged { sign_in, visible, happened, interactive });
            id
        })
    }

    /// Changes an entry of the log afterwards, as the service does when it learns of the second factor.
    pub fn amend_sign_in(&self, id: Uuid, change: impl FnOnce(&mut SignIn)) {
        self.with(|tenant| tenant.sign_ins.get_mut(&id).map(|logged| change(&mut logged.sign_in)));
    }

    /// Whether the tenant has Entra ID P1, without which the log cannot be read. It has, unless this says otherwise.
    pub fn set_premium(&self, premium: bool) {
        self.with(|tenant| tenant.premium = premium);
    }
}
