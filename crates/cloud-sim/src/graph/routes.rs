//! Everything that is answered: method, path, the permissions of which one is enough, the price, and who answers.
//!
//! Permissions and paths follow the method pages of the Graph v1.0 reference, prices its throttling page. More specific
//! paths stand before those with a parameter in the same place.

use super::call::{Answer, Call};
use super::refusal::Refusal;
use super::{
    Turn, app_roles, audits, deleted, delta, emergency, groups, invitations, members, people, policies, roles,
    sign_ins, subscriptions, units, writes,
};
use crate::throttle::{Cost, Kind};

/// Answers a request.
pub(crate) type Handler = fn(&mut Turn<'_>, &Call) -> Result<Answer, Refusal>;

/// One thing that can be asked.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) permissions: &'static [&'static str],
    /// Resource units without `$select`, `$expand` or a small `$top`.
    pub(crate) units: u32,
    pub(crate) handler: Handler,
}

const USERS_BASIC: &[&str] =
    &["User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const USERS: &[&str] = &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const USER_WRITE: &[&str] = &["User.ReadWrite.All", "User.EnableDisableAccount.All", "Directory.ReadWrite.All"];
const USER_DELETE: &[&str] = &["User.DeleteRestore.All", "User.ReadWrite.All"];
const MEMBER_OF: &[&str] = &[
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "GroupMember.Read.All",
    "GroupMember.ReadBasic.All",
    "Group.ReadBasic.All",
];
const TRANSITIVE_MEMBER_OF: &[&str] = &[
    "User.Read.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "GroupMember.Read.All",
    "Group.Read.All",
    "Group.ReadBasic.All",
];
const REVOKE: &[&str] = &["User.RevokeSessions.All", "User.ReadWrite.All", "Directory.ReadWrite.All"];
/// What a group is. Writing its members does not let anybody read that.
const GROUPS: &[&str] = &[
    "Group.ReadBasic.All",
    "GroupMember.Read.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const OWNERS: &[&str] = &[
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const MEMBERS: &[&str] = &[
    "GroupMember.ReadBasic.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.ReadBasic.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
];
const GROUP_CREATE: &[&str] = &["Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All"];
/// PATCH takes members too, for which less is enough: the handler looks again.
const GROUP_WRITE: &[&str] = &["Group.ReadWrite.All", "Directory.ReadWrite.All", "GroupMember.ReadWrite.All"];
const GROUP_DELETE: &[&str] = &["Group.ReadWrite.All"];
const MEMBER_WRITE: &[&str] = &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"];
const UNITS: &[&str] = &[
    "AdministrativeUnit.Read.All",
    "AdministrativeUnit.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const UNIT_WRITE: &[&str] = &["AdministrativeUnit.ReadWrite.All"];
const INVITE: &[&str] = &["User.Invite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"];
const ORGANIZATION: &[&str] = &["Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const APPLICATIONS: &[&str] = &["Application.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const APP_ROLES: &[&str] = &["Directory.Read.All", "Directory.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"];
/// What somebody owns may be of any kind.
const OWNED: &[&str] = &["Directory.Read.All", "Directory.ReadWrite.All"];
const POLICIES: &[&str] = &["Policy.Read.All"];
const DOMAIN_LISTS: &[&str] = &["Policy.Read.B2BManagementPolicy"];
const ROLES: &[&str] = &["RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "Directory.Read.All"];
const ROLE_WRITE: &[&str] = &["RoleManagement.ReadWrite.Directory"];
const SUBSCRIPTIONS: &[&str] =
    &["User.Read.All", "Group.Read.All", "User.ReadWrite.All", "Group.ReadWrite.All", "Directory.Read.All"];
const SIGN_INS: &[&str] = &["AuditLog.Read.All"];
const AUDITS: &[&str] = &["AuditLog.Read.All", "Directory.Read.All"];
const METHODS: &[&str] = &["UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"];
const DEVICES: &[&str] = &["Device.Read.All", "User.Read.All", "Directory.Read.All"];
const GRANTS: &[&str] = &["Directory.Read.All", "Directory.ReadWrite.All"];
const DOMAINS: &[&str] = &["Domain.Read.All", "Domain.ReadWrite.All"];
const SCHEDULES: &[&str] =
    &["RoleAssignmentSchedule.Read.Directory", "RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory"];
const ELIGIBLE: &[&str] =
    &["RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory"];
const RISK: &[&str] = &["IdentityRiskyUser.Read.All", "IdentityRiskyUser.ReadWrite.All"];

/// Every application permission that some route can ask for: what a test consents to when permissions are not its matter.
pub const PERMISSIONS: &[&str] = &[
    "AdministrativeUnit.ReadWrite.All",
    "Application.Read.All",
    "AuditLog.Read.All",
    "Device.Read.All",
    "Directory.Read.All",
    "Domain.Read.All",
    "Group.Create",
    "Group.ReadWrite.All",
    "GroupMember.ReadWrite.All",
    "IdentityRiskyUser.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "Policy.Read.B2BManagementPolicy",
    "RoleAssignmentSchedule.Read.Directory",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
    "User.DeleteRestore.All",
    "User.Invite.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "User.RevokeSessions.All",
    "UserAuthenticationMethod.Read.All",
];

const fn route(
    method: &'static str,
    path: &'static str,
    permissions: &'static [&'static str],
    units: u32,
    handler: Handler,
) -> Route {
    Route { method, path, permissions, units, handler }
}

/// The table.
#[rustfmt::skip]
pub(crate) static ROUTES: &[Route] = &[
    route("GET", "/users", USERS_BASIC, 2, people::list),
    route("GET", "/users/delta", USERS, 1, delta::users),
    route("GET", "/users/{id}", USERS_BASIC, 1, people::get),
    route("PATCH", "/users/{id}", USER_WRITE, 1, people::patch),
    route("DELETE", "/users/{id}", USER_DELETE, 1, people::delete),
    route("GET", "/users/{id}/memberOf", MEMBER_OF, 2, people::member_of),
    route("GET", "/users/{id}/transitiveMemberOf", TRANSITIVE_MEMBER_OF, 2, people::transitive_member_of),
    route("GET", "/users/{id}/ownedObjects", OWNED, 2, people::owned_objects),
    route("GET", "/users/{id}/appRoleAssignments", APP_ROLES, 1, roles::app_role_assignments),
    route("GET", "/users/{id}/authentication/methods", METHODS, 1, emergency::methods),
    route("GET", "/users/{id}/registeredDevices", DEVICES, 1, emergency::registered_devices),
    route("GET", "/users/{id}/ownedDevices", DEVICES, 1, emergency::owned_devices),
    route("GET", "/users/{id}/oauth2PermissionGrants", GRANTS, 2, emergency::permission_grants),
    route("GET", "/groups/{id}/appRoleAssignments", APP_ROLES, 1, roles::app_role_assignments),
    route("POST", "/users/{id}/revokeSignInSessions", REVOKE, 1, people::revoke_sessions),
    route("GET", "/groups", GROUPS, 1, groups::list),
    route("POST", "/groups", GROUP_CREATE, 1, groups::create),
    route("GET", "/groups(uniqueName='{name}')", GROUPS, 1, groups::get_by_unique_name),
    route("GET", "/groups/delta", GROUPS, 1, delta::groups),
    route("GET", "/groups/{id}", GROUPS, 1, groups::get),
    route("PATCH", "/groups/{id}", GROUP_WRITE, 1, writes::patch_group),
    route("DELETE", "/groups/{id}", GROUP_DELETE, 1, groups::delete),
    route("GET", "/groups/{id}/members", MEMBERS, 3, members::list),
    route("GET", "/groups/{id}/members/{cast}", MEMBERS, 3, members::list),
    route("POST", "/groups/{id}/members/$ref", MEMBER_WRITE, 1, writes::add_member),
    route("DELETE", "/groups/{id}/members/{member}/$ref", MEMBER_WRITE, 1, writes::remove_member),
    // Not a way to remove a member: it reaches through the membership and deletes the user.
    route("DELETE", "/groups/{id}/members/{member}", USER_DELETE, 1, writes::delete_through_membership),
    route("GET", "/groups/{id}/transitiveMembers", MEMBERS, 5, members::list_transitive),
    route("GET", "/groups/{id}/transitiveMembers/{cast}", MEMBERS, 5, members::list_transitive),
    route("GET", "/groups/{id}/owners", OWNERS, 1, members::owners),
    route("GET", "/directory/administrativeUnits", UNITS, 1, units::list),
    route("GET", "/directory/administrativeUnits/{id}", UNITS, 1, units::get),
    route("GET", "/directory/administrativeUnits/{id}/members", UNITS, 1, units::members),
    route("GET", "/directory/administrativeUnits/{id}/members/{cast}", UNITS, 1, units::members),
    route("POST", "/directory/administrativeUnits/{id}/members/$ref", UNIT_WRITE, 1, units::add_member),
    route("DELETE", "/directory/administrativeUnits/{id}/members/{member}/$ref", UNIT_WRITE, 1, units::remove_member),
    route("GET", "/directory/deletedItems/graph.user", USERS, 1, deleted::users),
    route("GET", "/directory/deletedItems/graph.group", GROUPS, 1, deleted::groups),
    route("GET", "/directory/deletedItems/{id}", USERS, 1, deleted::get),
    route("DELETE", "/directory/deletedItems/{id}", USER_DELETE, 1, deleted::purge),
    route("POST", "/directory/deletedItems/{id}/restore", USER_DELETE, 1, deleted::restore),
    route("POST", "/directoryObjects/getByIds", USERS, 5, people::get_by_ids),
    route("POST", "/invitations", INVITE, 1, invitations::create),
    route("GET", "/domains/{id}", DOMAINS, 1, emergency::domain),
    route("GET", "/organization", ORGANIZATION, 1, policies::organization),
    route("GET", "/servicePrincipals(appId='{app}')", APPLICATIONS, 1, policies::service_principal),
    route("GET", "/servicePrincipals(appId='{app}')/appRoleAssignments", APPLICATIONS, 1, app_roles::assigned),
    route("GET", "/identity/conditionalAccess/policies", POLICIES, 1, policies::document_list),
    route("GET", "/policies/authorizationPolicy", POLICIES, 1, policies::authorization_policy),
    route("GET", "/policies/crossTenantAccessPolicy/default", POLICIES, 1, policies::cross_tenant_default),
    route("GET", "/policies/crossTenantAccessPolicy/partners/{id}", POLICIES, 1, policies::cross_tenant_partner),
    // Of the beta version, which has this path alone.
    route("GET", "/beta/policies/b2bManagementPolicies", DOMAIN_LISTS, 1, policies::domain_lists),
    route("GET", "/policies/identitySecurityDefaultsEnforcementPolicy", POLICIES, 1, emergency::security_defaults),
    route("GET", "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{id}", POLICIES, 1, emergency::method_rules),
    route("GET", "/policies/{name}", POLICIES, 1, policies::document),
    route("GET", "/policies/{name}/{part}", POLICIES, 1, policies::document),
    route("GET", "/policies/{name}/{part}/{id}", POLICIES, 1, policies::document),
    route("GET", "/auditLogs/signIns", SIGN_INS, 1, sign_ins::list),
    route("GET", "/auditLogs/directoryAudits", AUDITS, 1, audits::list),
    route("GET", "/reports/authenticationMethods/userRegistrationDetails/{id}", SIGN_INS, 1, emergency::registration),
    route("GET", "/identityProtection/riskyUsers/{id}", RISK, 1, emergency::risky_user),
    route("GET", "/roleManagement/directory/roleAssignmentScheduleInstances", SCHEDULES, 1, emergency::schedules),
    route("GET", "/roleManagement/directory/roleEligibilityScheduleInstances", ELIGIBLE, 1, emergency::eligible),
    route("GET", "/roleManagement/directory/roleAssignments", ROLES, 1, roles::list),
    route("POST", "/roleManagement/directory/roleAssignments", ROLE_WRITE, 1, roles::assign),
    route("DELETE", "/roleManagement/directory/roleAssignments/{id}", ROLE_WRITE, 1, roles::unassign),
    route("GET", "/subscriptions", SUBSCRIPTIONS, 1, subscriptions::list),
    route("POST", "/subscriptions", SUBSCRIPTIONS, 1, subscriptions::create),
    route("GET", "/subscriptions/{id}", SUBSCRIPTIONS, 1, subscriptions::get),
    route("PATCH", "/subscriptions/{id}", SUBSCRIPTIONS, 1, subscriptions::renew),
    route("DELETE", "/subscriptions/{id}", SUBSCRIPTIONS, 1, subscriptions::delete),
    route("POST", "/subscriptions/{id}/reauthorize", SUBSCRIPTIONS, 1, subscriptions::reauthorize),
];

impl Route {
    /// What the request costs: `$select` and a small `$top` make it cheaper, `$expand` dearer, never below one unit.
    pub(crate) fn cost(&self, call: &Call) -> Cost {
        let small = call.option("$top").and_then(|top| top.parse::<u32>().ok()).is_some_and(|top| top < 20);
        let cheaper = u32::from(call.option("$select").is_some()) + u32::from(small);
        let dearer = u32::from(call.option("$expand").is_some());
        let units = (self.units + dearer).saturating_sub(cheaper).max(1);
        let kind = match (self.method, self.path) {
            ("POST", "/invitations") => Kind::Invitation,
            ("POST", "/directoryObjects/getByIds") => Kind::Read,
            ("GET", path) if path.starts_with("/auditLogs/") || path.starts_with("/reports/") => Kind::Report,
            ("GET", path) if path.starts_with("/identity/conditionalAccess/") => Kind::ConditionalAccess,
            ("GET", path) if path.starts_with("/identityProtection/") => Kind::ConditionalAccess,
            ("GET", _) => Kind::Read,
            _ => Kind::Write,
        };
        // Microsoft told the maker of another sync tool that members in one PATCH count as a third of a write each.
        let members = call.body.get("members@odata.bind").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
        let writes = u32::try_from(members.div_ceil(3)).unwrap_or(u32::MAX).max(1);
        Cost { units, writes, kind }
    }
}

/// The route of a request and what its parameters stand for.
pub(crate) fn find(method: &str, segments: &[String]) -> Result<(&'static Route, Vec<String>), Refusal> {
    let mut other_method = false;
    for route in ROUTES {
        if let Some(params) = params(route.path, segments) {
            if route.method == method {
                return Ok((route, params));
            }
            other_method = true;
        }
    }
    Err(if other_method {
        Refusal::new(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
    } else {
        let name = segments.last().map(String::as_str).unwrap_or_default();
        Refusal::new(400, "BadRequest", format!("Resource not found for the segment '{name}'."))
    })
}

/// Whether this is the path of a route.
pub(crate) fn is_route(path: &str) -> bool {
    ROUTES.iter().any(|route| route.path == path)
}

/// The route's path of a request's path, for tests of what the route answers.
#[cfg(test)]
pub(crate) fn find_route(method: &str, path: &str) -> Option<&'static str> {
    let call = Call::parse(method, path, Default::default(), serde_json::Value::Null);
    find(method, &call.segments).ok().map(|(route, _)| route.path)
}

fn params(template: &str, segments: &[String]) -> Option<Vec<String>> {
    let mut params = Vec::new();
    let mut wanted = template.trim_start_matches('/').split('/');
    for segment in segments {
        let wanted = wanted.next()?;
        match wanted.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
            None if wanted == segment => {}
            None => return None,
            Some((before, (name, after))) => {
                let found = segment.strip_prefix(before)?.strip_suffix(after)?;
                if name == "cast" && !found.starts_with("graph.") {
                    return None;
                }
                params.push(found.replace("''", "'"));
            }
        }
    }
    wanted.next().is_none().then_some(params)
}
