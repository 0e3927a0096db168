//! What the partner's own tenant has to give.

use super::known::{GROUP_READ, MAIL_SEND, MEMBER_READ, USER_READ};
use super::list::{List, Permission, Side};
use crate::config::{Config, Service};

/// What the app of `[app]` needs in the partner's tenant. Given there directly, so that no customer is asked for it.
pub fn needed_by_partner(config: &Config) -> Vec<Permission> {
    let mut list = List::new(Side::Partner);
    let packages = || config.customers.iter().flat_map(|customer| &customer.packages);
    if packages().any(|package| package.sources().next().is_some()) {
        list.need(MEMBER_READ, "`members`, `except`: who is in those groups, and what changed in them");
        list.need(USER_READ, "`members`, `except`: who was disabled or deleted, and what people are called");
        list.like(GROUP_READ, "change notifications of groups, which only make things sooner");
    }
    if packages().any(|package| package.requests.is_some()) {
        list.need(USER_READ, "`requests`: who has an address, and which groups they are in");
        list.need(MEMBER_READ, "`requests`: who is in the groups of approvers and requesters");
    }
    if config.customers.iter().any(|customer| !customer.break_glass.holders.is_empty()) {
        list.need(USER_READ, "`break_glass.holders`: whether those who know a credential are still there");
    }
    if config.channels.values().any(|channel| matches!(channel.service, Service::Mail { .. })) {
        list.need(MAIL_SEND, "`channels`: mail from the mailbox in `from`");
    }
    list.sorted()
}
