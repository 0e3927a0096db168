//! The permissions that a customer's configuration needs in its tenant.

use crate::config::{Config, Customer};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A permission, and what needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// Its name, such as `User.Read.All`.
    pub name: &'static str,
    /// The id of its app role.
    pub app_role: Uuid,
    /// Which keys of the configuration need it.
    pub why: String,
    /// Whether it is one of Microsoft Graph, and so stands in a token for it.
    pub graph: bool,
    /// Whether everything works without it.
    pub optional: bool,
}

/// What the customer's configuration needs, by name, each once.
pub fn needed(config: &Config, customer: &Customer) -> Vec<Needed> {
    let mut found: BTreeMap<&'static str, Needed> = BTreeMap::new();
    for one in listed(config, customer) {
        match found.get_mut(one.name) {
            None => {
                found.insert(one.name, one);
            }
            Some(known) => {
                known.optional &= one.optional;
                known.why = format!("{}; {}", known.why, one.why);
            }
        }
    }
    found.into_values().collect()
}

fn one(name: &'static str, app_role: u128, why: &str) -> Needed {
    Needed { name, app_role: Uuid::from_u128(app_role), why: why.to_owned(), graph: true, optional: false }
}

fn listed(_: &Config, customer: &Customer) -> Vec<Needed> {
    let mut all = vec![
        one("Organization.Read.All", 0x498476ce_e0fe_48b0_b801_37ba7e2685c6, "that it is this tenant"),
        one("Application.Read.All", 0x9a5d68dd_52b0_4cc2_bd40_abcf44ac3a30, "what the app was given"),
    ];
    if !customer.packages.is_empty() {
        all.extend([
            one("Group.Read.All", 0x5b567255_7703_4780_807c_7be8301ae99b, "packages: groups"),
            one("GroupMember.ReadWrite.All", 0xdbaae8cf_10b5_4b86_a4a1_f871c94c6695, "packages: groups"),
            one("User.Read.All", 0xdf021288_bdef_4463_88db_98f22de89214, "packages: guests"),
            one("User.Invite.All", 0x09850681_111b_4a89_9bed_3f2cae46d706, "packages: guests"),
            one("Policy.Read.All", 0x246dd0d5_5bd0_4def_940b_0421030a5b68, "packages: who may invite"),
        ]);
    }
    if customer.packages.iter().any(|package| !package.units.is_empty() || !package.roles.is_empty()) {
        all.push(one("AdministrativeUnit.ReadWrite.All", 0x5eb59dd3_1da2_4329_8733_9dabdc435916, "packages: units"));
    }
    if !customer.break_glass.accounts.is_empty() {
        all.extend([
            one("AuditLog.Read.All", 0xb0afded3_3588_46d8_8b3d_9842eff778da, "break_glass.accounts"),
            one(
                "RoleEligibilitySchedule.Read.Directory",
                0xff278e11_4a33_4d0c_83d2_d01dc58929a5,
                "break_glass.accounts",
            ),
        ]);
    }
    all
}
