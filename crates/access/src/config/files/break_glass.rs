//! `[break_glass]` of a customer and of the program.

use super::Secrets;
use crate::config::arm::ArmId;
use crate::config::words::{
    ActionGroupId, AlertRuleId, Day, Duration, Holder, MailAddress, Secret, Text, WorkspaceResourceId,
};
use crate::ids::{GroupId, GuestId, ObjectId, TenantId};
use schemars::JsonSchema;
use serde::Deserialize;

/// [break_glass] of a customer
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::config) struct BreakGlassTable {
    /// The accounts, at least two.
    #[schemars(length(max = 10))]
    pub(in crate::config) accounts: Vec<BreakGlassEntry>,
    /// People who know the credential: mail addresses, or object ids in the partner's tenant.
    #[schemars(length(max = 50), extend("uniqueItems" = true))]
    pub(in crate::config) holders: Vec<Holder>,
    /// How the customer's Azure Monitor proves itself when it raises an alert.
    pub(in crate::config) webhook: Option<AlertWebhookTable>,
    /// Where the customer's sign-in logs are kept.
    pub(in crate::config) workspace: Option<WorkspaceTable>,
    /// The alert rules that watch the accounts.
    #[schemars(length(max = 20), extend("uniqueItems" = true))]
    pub(in crate::config) rules: Vec<AlertRuleId>,
    /// The action group that the rules tell.
    pub(in crate::config) action_group: Option<ActionGroupId>,
    /// Where fired alerts are listed; omitted: the subscriptions of the resources above.
    #[schemars(length(max = 20), extend("uniqueItems" = true))]
    pub(in crate::config) subscriptions: Option<Vec<ObjectId>>,
    /// What keeps the accounts out of Conditional Access.
    pub(in crate::config) guarded: GuardedTable,
    /// The privileged workstations on which the accounts may be registered: object ids of devices.
    #[schemars(length(max = 20), extend("uniqueItems" = true))]
    pub(in crate::config) devices: Vec<ObjectId>,
    /// That people looked after what only people can know.
    pub(in crate::config) attested: Option<AttestedTable>,
}

impl BreakGlassTable {
    /// The ids of Azure resources, in the order of the keys.
    pub(in crate::config) fn arm_ids(&self) -> impl Iterator<Item = &ArmId> {
        let resource = self.workspace.iter().flat_map(|workspace| &workspace.resource).map(|id| &id.0);
        resource.chain(self.rules.iter().map(|id| &id.0)).chain(self.action_group.iter().map(|id| &id.0))
    }
}

/// One break-glass account.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct BreakGlassEntry {
    /// Its object id in the customer's tenant.
    pub(in crate::config) id: GuestId,
    /// Its user principal name.
    pub(in crate::config) upn: MailAddress,
}

/// [break_glass.webhook]: `audience`, `key` or both
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::config) struct AlertWebhookTable {
    /// The audience of the tokens that a secure webhook brings.
    pub(in crate::config) audience: Option<Text>,
    /// The tenant that issues them; omitted: the customer's.
    pub(in crate::config) tenant_id: Option<TenantId>,
    /// The app that they must come from: in the public cloud Azure Monitor's own.
    #[schemars(extend("default" = "461e8683-5575-4561-ac7f-899cc907d62a"))]
    pub(in crate::config) app_id: Option<ObjectId>,
    /// The key in the address of a plain webhook, `?code=`.
    pub(in crate::config) key: Option<Secrets>,
}

/// break_glass.workspace
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct WorkspaceTable {
    /// The workspace id.
    pub(in crate::config) id: ObjectId,
    /// The id of the Azure resource.
    pub(in crate::config) resource: Option<WorkspaceResourceId>,
}

/// [break_glass.guarded]
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::config) struct GuardedTable {
    /// Groups that Conditional Access policies exclude.
    #[schemars(length(max = 20), extend("uniqueItems" = true))]
    pub(in crate::config) groups: Vec<GroupId>,
    /// Conditional Access policies.
    #[schemars(length(max = 20), extend("uniqueItems" = true))]
    pub(in crate::config) policies: Vec<ObjectId>,
}

/// break_glass.attested
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct AttestedTable {
    /// The day.
    pub(in crate::config) on: Day,
    /// Who says so.
    pub(in crate::config) by: Text,
}

/// [break_glass] of gatehouse.toml
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct PagingTable {
    /// How often the whole escalation is gone through.
    #[schemars(range(min = 1, max = 10))]
    #[schemars(extend("default" = 5))]
    pub(in crate::config) rounds: Option<u32>,
    /// How long an acknowledgement pauses the escalation while there is no verdict.
    #[schemars(extend("default" = "30m"))]
    pub(in crate::config) verdict_within: Option<Duration>,
    /// A URL that is called as long as all is well.
    pub(in crate::config) heartbeat: Option<Secret>,
}
