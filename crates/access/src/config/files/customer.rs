//! `customers/<name>.toml` and `profiles/<name>.toml`

use super::{BreakGlassTable, ChannelTable, EscalationStep, LowerLimits, PackageTable};
use crate::config::model::Mode;
use crate::config::words::{Domain, Text};
use crate::ids::{GroupId, TenantId, UnitId};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// customers/<name>.toml: one customer.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct CustomerFile {
    /// A name for people; omitted: the file's.
    pub(in crate::config) display_name: Option<Text>,
    /// The customer's tenant.
    pub(in crate::config) tenant_id: TenantId,
    /// What may be done.
    #[serde(default)]
    pub(in crate::config) mode: Mode,
    /// Which app registration of `[apps]` it consents to; omitted: that of `[app]`.
    pub(in crate::config) app: Option<String>,
    /// By what right the app writes here.
    #[serde(default)]
    #[schemars(extend("default" = "consent"))]
    pub(in crate::config) rights: RightsName,
    /// The administrative units within which the app holds its roles; for `scoped` only.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub(in crate::config) scoped_to: Vec<UnitId>,
    /// The profile whose packages it shares.
    pub(in crate::config) profile: Option<String>,
    /// Mail domains that may be invited here.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub(in crate::config) domains: Vec<Domain>,
    /// The customer's own stop list: a group of the customer's.
    pub(in crate::config) deny: Option<GroupId>,
    /// Tighter rails for this customer.
    #[serde(default)]
    pub(in crate::config) limits: LowerLimits,
    /// What people get here.
    #[serde(default)]
    pub(in crate::config) packages: Vec<PackageTable>,
    /// Accounts that nobody should use, and what belongs to them.
    #[serde(default)]
    pub(in crate::config) break_glass: BreakGlassTable,
    /// Channels for this customer's escalation, by name.
    #[serde(default)]
    pub(in crate::config) channels: BTreeMap<String, ChannelTable>,
    /// Who is paged about this customer; omitted: as for all.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub(in crate::config) escalation: Vec<EscalationStep>,
}

/// By what right the app writes in the customer's tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::config) enum RightsName {
    /// Permissions that hold in the whole tenant.
    #[default]
    Consent,
    /// Directory roles within administrative units.
    Scoped,
}

/// profiles/<name>.toml: packages that many customers share.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ProfileFile {
    /// Tighter rails for the customers with this profile.
    #[serde(default)]
    pub(in crate::config) limits: LowerLimits,
    /// What people get; a customer's package of the same name replaces it.
    #[serde(default)]
    pub(in crate::config) packages: Vec<PackageTable>,
}
