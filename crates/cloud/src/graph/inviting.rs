//! What a tenant's settings say about who may be invited into it.

use crate::json::{self, Object, Wrong};
use serde_json::Value;
use uuid::Uuid;

/// The tenant's authorization policy, as far as inviting goes (page "authorizationPolicy resource type").
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthorizationPolicy {
    /// `none`, `adminsAndGuestInviters`, `adminsGuestInvitersAndAllMembers` or `everyone`; `None` if the service did not say.
    pub allow_invites_from: Option<String>,
}

/// Cross-tenant access settings: those for everybody, or those for one other tenant (pages
/// "crossTenantAccessPolicyConfigurationDefault" and "crossTenantAccessPolicyConfigurationPartner").
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CrossTenantAccess {
    /// The other tenant; `None` for the settings for everybody.
    pub tenant: Option<Uuid>,
    /// Whose users may come in as guests; `None` in settings for one tenant: as in those for everybody.
    pub inbound_users: Option<InboundUsers>,
}

/// `b2bCollaborationInbound.usersAndGroups`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InboundUsers {
    /// `allowed`: only the targets may come in; `blocked`: all but the targets.
    pub access: String,
    /// Whom it is about.
    pub targets: Vec<AccessTarget>,
}

/// Whom an access setting is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessTarget {
    /// `AllUsers`, or the object id of a user or group in the *other* tenant.
    pub target: String,
    /// `user` or `group`.
    pub kind: String,
}

/// The tenant's list of mail domains that may be invited, or of those that may not (as observed: Microsoft documents it
/// for the portal only, page "Allow or block invites to B2B users from specific organizations").
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvitationDomains {
    /// When not empty, only these may be invited.
    pub allowed: Vec<String>,
    /// These may not.
    pub blocked: Vec<String>,
}

/// The authorization policy.
pub(super) fn authorization(object: &Object) -> Result<AuthorizationPolicy, Wrong> {
    Ok(AuthorizationPolicy { allow_invites_from: json::optional_text(object, "allowInvitesFrom")? })
}

/// Cross-tenant access settings of either sort.
pub(super) fn cross_tenant(object: &Object) -> Result<CrossTenantAccess, Wrong> {
    let tenant = object.get("tenantId").filter(|id| !id.is_null()).map(|_| json::guid(object, "tenantId"));
    let users = inner(object, "b2bCollaborationInbound")?.map(|inbound| inner(inbound, "usersAndGroups")).transpose();
    let users = users.map_err(|wrong| wrong.inside("b2bCollaborationInbound"))?.flatten();
    let inbound_users = users.map(inbound_users).transpose();
    let inbound_users = inbound_users.map_err(|wrong| wrong.inside("b2bCollaborationInbound.usersAndGroups"))?;
    Ok(CrossTenantAccess { tenant: tenant.transpose()?, inbound_users })
}

fn inbound_users(object: &Object) -> Result<InboundUsers, Wrong> {
    let target =
        |item: &Object| Ok(AccessTarget { target: json::text(item, "target")?, kind: json::text(item, "targetType")? });
    let targets = json::each(json::list(object, "targets")?, "targets", target)?;
    Ok(InboundUsers { access: json::text(object, "accessType")?, targets })
}

/// The default policy of those that the tenant has; without any, nothing is listed. Its content is JSON within JSON.
pub(super) fn domains(page: &Object) -> Result<InvitationDomains, Wrong> {
    if page.contains_key("@odata.nextLink") {
        return Err(Wrong::at("value", "whole list"));
    }
    let policies = json::each(json::list(page, "value")?, "value", |policy| Ok(policy.clone()))?;
    let is_default = |policy: &&Object| policy.get("isOrganizationDefault") == Some(&Value::Bool(true));
    let Some(policy) = policies.iter().find(is_default).or(policies.first()) else {
        return Ok(InvitationDomains::default());
    };
    let definition = json::texts(policy, "definition")?;
    let text = definition.first().ok_or_else(|| Wrong::at("definition[0]", "text"))?;
    let parsed: Value = serde_json::from_str(text).map_err(|_| Wrong::at("definition[0]", "JSON"))?;
    read_definition(&parsed).map_err(|wrong| wrong.inside("definition[0]"))
}

fn read_definition(definition: &Value) -> Result<InvitationDomains, Wrong> {
    let policy = inner(json::object(definition)?, "B2BManagementPolicy")?;
    let policy = policy.ok_or_else(|| Wrong::at("B2BManagementPolicy", "object"))?;
    // A policy may be about other things alone.
    let Some(list) = inner(policy, "InvitationsAllowedAndBlockedDomainsPolicy")? else {
        return Ok(InvitationDomains::default());
    };
    Ok(InvitationDomains {
        allowed: json::texts(list, "AllowedDomains")?,
        blocked: json::texts(list, "BlockedDomains")?,
    })
}

/// An object within an object, which may be missing.
pub(super) fn inner<'a>(object: &'a Object, name: &'static str) -> Result<Option<&'a Object>, Wrong> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(inner)) => Ok(Some(inner)),
        Some(_) => Err(Wrong::at(name, "object")),
    }
}
