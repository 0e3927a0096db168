//! What one customer's tenant has to give.

use super::known::{
    APPLICATION_READ, AUDIT_LOG_READ, DIRECTORY_READ, DOMAIN_LIST_READ, DOMAIN_READ, GROUP_CREATE, LOGS_READ,
    MEMBER_READ, MEMBER_WRITE, METHODS_READ, ORGANIZATION_READ, POLICY_READ, RISK_READ, ROLE_READ, ROLE_WRITE,
    UNIT_READ, UNIT_WRITE, USER_DELETE, USER_ENABLE, USER_INVITE, USER_READ, USER_REVOKE,
};
use super::list::{List, Permission, Side};
use crate::config::{Cloud, Config, Customer, Disable, Granted, Mode, Rights, TargetGroup};

/// What the app needs in the customer's tenant, those that are needed first. A customer that is paused needs what it will
/// need when it goes on.
pub fn needed_by_customer(config: &Config, customer: &Customer) -> Vec<Permission> {
    let mut list = List::new(Side::Customer);
    list.need(ORGANIZATION_READ, "that this is the customer's tenant, and which domains are its own");
    let needs = Needs::of(config, customer);
    needs.reading(&mut list);
    if needs.writes {
        needs.writing(&mut list);
    }
    if needs.requests {
        requests(config, &mut list);
    }
    if !customer.break_glass.accounts.is_empty() {
        break_glass(customer, &mut list);
    }
    list.sorted()
}

/// What the packages of a customer need.
struct Needs<'a> {
    config: &'a Config,
    customer: &'a Customer,
    /// Whether there is anything to keep: packages, or what is left of them.
    any: bool,
    groups: bool,
    created: bool,
    units: bool,
    roles: bool,
    requests: bool,
    writes: bool,
    scoped: bool,
}

impl<'a> Needs<'a> {
    fn of(config: &'a Config, customer: &'a Customer) -> Self {
        let packages = &customer.packages;
        // What has to be taken away may be in no package any more.
        let leaving = customer.mode == Mode::Offboard;
        Self {
            config,
            customer,
            any: leaving || !packages.is_empty(),
            groups: leaving || packages.iter().any(|package| !package.groups.is_empty()),
            created: packages
                .iter()
                .any(|package| package.groups.iter().any(|group| matches!(group, TargetGroup::Create { .. }))),
            units: packages.iter().any(|package| !package.units.is_empty()),
            roles: packages.iter().any(|package| !package.roles.is_empty()),
            requests: packages.iter().any(|package| package.requests.is_some()),
            writes: customer.mode != Mode::Observe && config.app_of(customer).permissions == Granted::All,
            scoped: customer.rights != Rights::Consent,
        }
    }

    fn reading(&self, list: &mut List) {
        if self.any || self.customer.deny.is_some() {
            list.need(USER_READ, "`packages`: who is a guest already, those in the bin too");
        }
        if self.customer.deny.is_some() {
            list.need(MEMBER_READ, "`deny`: everybody in the stop list");
        }
        if self.groups {
            list.need(MEMBER_READ, "`groups`: what they are, who is in them and who owns them");
            list.need(ROLE_READ, "`groups`: whether one of them holds a directory role");
            list.need(POLICY_READ, "`groups`: whether a Conditional Access policy excludes one of them");
        }
        if self.units {
            list.need(UNIT_READ, "`units`: what they are and who is in them");
        }
        if self.roles {
            list.need(UNIT_READ, "`roles`: whether their units are there");
            list.need(ROLE_READ, "`roles`: who holds them");
        }
        if self.scoped {
            list.need(APPLICATION_READ, "`rights`: our own service principal");
            list.need(ROLE_READ, "`rights`: which roles it holds, and within which units");
            list.need(UNIT_READ, "`rights`: who and what is in those units");
        } else if self.groups || self.units {
            list.like(APPLICATION_READ, "whether our app holds a role in a restricted management unit of a target");
            list.like(UNIT_READ, "which groups are in that unit");
        }
        self.other_access(list);
    }

    /// What else guests have, which says that they are needed for nothing any more.
    fn other_access(&self, list: &mut List) {
        let leavers = &self.config.leavers;
        if !self.any {
            return;
        }
        list.need(MEMBER_READ, "`packages`: what else a guest is in, before a step on the guest");
        if leavers.delete_after.is_some() {
            list.need(DIRECTORY_READ, "`leavers.delete_after`: what a guest owns, and which applications they use");
        }
    }

    fn writing(&self, list: &mut List) {
        if self.any && !self.customer.domains.is_empty() && self.customer.mode != Mode::Offboard {
            list.need(USER_INVITE, "`domains`: inviting");
        }
        if self.roles {
            list.like(ROLE_WRITE, "`roles`: giving and taking them; without it people do that by hand");
        }
        if self.scoped || !self.any {
            return;
        }
        if self.groups {
            list.need(MEMBER_WRITE, "`groups`: adding members and removing them");
        }
        if self.created {
            list.need(GROUP_CREATE, "`groups = [{ name, create }]`: making the group");
        }
        if self.units {
            list.need(UNIT_WRITE, "`units`: adding members and removing them");
        }
        let leavers = &self.config.leavers;
        if leavers.disable != Disable::Never || self.customer.mode == Mode::Offboard {
            list.need(USER_ENABLE, "`leavers.disable`: disabling guests of ours, and enabling them again");
        } else {
            list.like(USER_ENABLE, "`gatehouse leave`: disabling guests of ours");
        }
        if leavers.delete_after.is_some() {
            list.need(USER_DELETE, "`leavers.delete_after`: deleting guests of ours, and restoring them");
        }
        if leavers.revoke_sessions {
            list.need(USER_REVOKE, "`leavers.revoke_sessions`: ending sessions with the last membership");
        } else {
            list.like(USER_REVOKE, "`gatehouse leave`: ending the sessions of guests of ours");
        }
    }
}

/// What lets a request be refused before Microsoft would refuse the invitation.
fn requests(config: &Config, list: &mut List) {
    list.need(POLICY_READ, "`requests`: who may invite guests, and the cross-tenant access settings");
    list.need(USER_READ, "`requests`: who has an address, and which groups approvers are in");
    if !matches!(config.cloud, Cloud::UsGovernment | Cloud::China) {
        list.like(DOMAIN_LIST_READ, "`requests`: the list of mail domains that may be invited, or may not");
    }
}

/// A permission of another service than Microsoft Graph is in no token for Graph: only the assignments tell.
const PROOF: &str = "`break_glass.workspace`: whether that permission was given";

/// What the watch and the audit of break-glass accounts read.
fn break_glass(customer: &Customer, list: &mut List) {
    list.need(USER_READ, "`break_glass.accounts`: the accounts, their groups and devices");
    list.need(AUDIT_LOG_READ, "`break_glass.accounts`: sign-ins, changes, and what they registered");
    list.need(MEMBER_READ, "`break_glass.accounts`: the groups that Conditional Access excludes");
    list.need(ROLE_READ, "`break_glass.accounts`: how they hold their role, and who else does");
    list.need(POLICY_READ, "`break_glass.accounts`: Conditional Access, security defaults, methods");
    list.need(DOMAIN_READ, "`break_glass.accounts`: how their domain authenticates");
    list.like(METHODS_READ, "`gatehouse audit break-glass`: what they sign in with");
    list.like(RISK_READ, "`gatehouse audit break-glass`: their risk (Entra ID P2)");
    list.like(DIRECTORY_READ, "`gatehouse audit break-glass`: what they own and consented to");
    match &customer.break_glass.workspace {
        Some(workspace) if workspace.resource.is_some() => {
            list.like(LOGS_READ, "`break_glass.workspace`: the rows behind an alert, by the direct road");
            list.like(APPLICATION_READ, PROOF);
        }
        Some(_) => {
            list.need(LOGS_READ, "`break_glass.workspace`: the rows behind an alert");
            list.need(APPLICATION_READ, PROOF);
        }
        None => {}
    }
}
