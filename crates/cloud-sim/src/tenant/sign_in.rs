//! Sign-ins, which the tenant's log shows some time later.

use super::TenantHandle;
use jiff::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// One interactive sign-in, or an attempt at one.
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
}

impl TenantHandle {
    /// Somebody signs in, and the log shows it after its latency. Returns the id of the log entry.
    pub fn sign_in(&self, sign_in: SignIn) -> Uuid {
        let visible = self.sim.now() + self.sim.options().sign_in_latency;
        self.with(|tenant| {
            // The log is told newest first and pages go by id: later times make smaller ids.
            let (_, low) = tenant.fresh_id().as_u64_pair();
            let high = u64::MAX.wrapping_sub_signed(sign_in.at.as_microsecond());
            let id = Uuid::from_u64_pair(high, low);
            tenant.sign_ins.insert(id, Logged { sign_in, visible });
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
