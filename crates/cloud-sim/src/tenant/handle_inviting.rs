//! Who may be invited, as an administrator sets it in the portal.

use super::{Inbound, PartnerAccess, TenantHandle};
use std::collections::BTreeSet;
use uuid::Uuid;

impl TenantHandle {
    /// Takes a mail domain off the deny list.
    pub fn unblock_domain(&self, domain: &str) {
        self.with(|tenant| tenant.invitations.blocked_domains.remove(&domain.to_lowercase()));
    }

    /// Sets whose users come in as guests, for everybody without settings of their own.
    pub fn set_inbound(&self, inbound: Inbound) {
        self.with(|tenant| tenant.invitations.inbound = Some(inbound));
    }

    /// Makes settings for one other tenant, whose people have addresses in these domains; `None`: as for everybody.
    pub fn set_inbound_of(&self, other: Uuid, domains: &[&str], inbound: Option<Inbound>) {
        let domains: BTreeSet<String> = domains.iter().map(|domain| domain.to_lowercase()).collect();
        self.with(|tenant| tenant.invitations.partners.insert(other, PartnerAccess { domains, inbound }));
    }

    /// Gives a user further addresses, each with its kind before it: `smtp:…`.
    pub fn set_proxy_addresses(&self, user: Uuid, addresses: &[&str]) {
        self.change_user(user, &["proxyAddresses"], |user| {
            user.rare().proxy_addresses = Some(addresses.iter().map(|one| (*one).into()).collect());
        });
    }
}
