//! Directory objects as JSON, property by property.

use super::Turn;
use super::refusal::Refusal;
use crate::directory::{Group, User};
use crate::tenant::Tenant;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What comes without `$select`, by "List users".
pub(crate) const USER_DEFAULTS: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

/// What comes without `$select`; a part of what the service sends.
pub(crate) const GROUP_DEFAULTS: &[&str] = &[
    "id",
    "deletedDateTime",
    "createdDateTime",
    "description",
    "displayName",
    "groupTypes",
    "isAssignableToRole",
    "mail",
    "mailEnabled",
    "mailNickname",
    "membershipRule",
    "onPremisesSyncEnabled",
    "resourceProvisioningOptions",
    "securityEnabled",
    "uniqueName",
    "visibility",
];

/// What comes only with `$select`.
const USER_MORE: &[&str] = &[
    "mailNickname",
    "otherMails",
    "proxyAddresses",
    "identities",
    "userType",
    "creationType",
    "accountEnabled",
    "externalUserState",
    "externalUserStateChangeDateTime",
    "createdDateTime",
    "deletedDateTime",
    "onPremisesSyncEnabled",
    "onPremisesImmutableId",
    "passwordPolicies",
    "signInActivity",
    "isManagementRestricted",
    "imAddresses",
    "assignedLicenses",
    "usageLocation",
    "companyName",
    "department",
    "employeeId",
    "country",
    "city",
];

const GROUP_MORE: &[&str] = &[
    "isManagementRestricted",
    "membershipRuleProcessingState",
    "assignedLicenses",
    "proxyAddresses",
    "members",
    "owners",
];

/// One property of a user; `None` for a name that users do not have.
pub(crate) fn user_property(tenant: &Tenant, id: Uuid, user: &User, name: &str) -> Option<Value> {
    let rare = user.rare.as_deref();
    let flag = |on: bool| if on { json!(true) } else { Value::Null };
    Some(match name {
        "id" => json!(id),
        "displayName" => json!(*user.display_name),
        "userPrincipalName" => json!(tenant.upn_of(user)),
        "mail" => json!(user.mail.as_deref()),
        "mailNickname" => json!(tenant.upn_of(user).rsplit_once('@').map(|(local, _)| local.to_owned())),
        "otherMails" => match rare.filter(|rare| !rare.other_mails.is_empty()) {
            Some(rare) => json!(rare.other_mails.iter().map(|mail| &**mail).collect::<Vec<_>>()),
            None if user.external.is_some() => json!(user.mail.as_deref().into_iter().collect::<Vec<_>>()),
            None => json!([]),
        },
        "proxyAddresses" => match rare.and_then(|rare| rare.proxy_addresses.as_ref()) {
            Some(proxies) => json!(proxies.iter().map(|proxy| &**proxy).collect::<Vec<_>>()),
            None => json!(user.mail.iter().map(|mail| format!("SMTP:{mail}")).collect::<Vec<_>>()),
        },
        "identities" => identities(tenant, user),
        "userType" => json!(if user.guest { "Guest" } else { "Member" }),
        "creationType" => {
            let invited = user.external.is_some() && !rare.is_some_and(|rare| rare.synchronised);
            if invited { json!("Invitation") } else { Value::Null }
        }
        "accountEnabled" => json!(user.enabled),
        "externalUserState" => user
            .external
            .map_or(Value::Null, |external| json!(if external.accepted { "Accepted" } else { "PendingAcceptance" })),
        "externalUserStateChangeDateTime" => user.external.map_or(Value::Null, |external| json!(external.since)),
        "createdDateTime" => json!(user.born.at),
        "deletedDateTime" => json!(user.deleted),
        "onPremisesSyncEnabled" => flag(rare.is_some_and(|rare| rare.on_premises)),
        "isManagementRestricted" => flag(rare.is_some_and(|rare| rare.management_restricted)),
        "signInActivity" => sign_in_activity(tenant, id),
        "businessPhones" | "imAddresses" | "assignedLicenses" => json!([]),
        "givenName"
        | "surname"
        | "jobTitle"
        | "mobilePhone"
        | "officeLocation"
        | "preferredLanguage"
        | "usageLocation"
        | "companyName"
        | "department"
        | "employeeId"
        | "country"
        | "city"
        | "passwordPolicies"
        | "onPremisesImmutableId" => rare.and_then(|rare| rare.profile.get(name)).cloned().unwrap_or(Value::Null),
        _ => return None,
    })
}

/// When somebody last signed in; nothing for whoever never did.
fn sign_in_activity(tenant: &Tenant, id: Uuid) -> Value {
    let own = tenant.sign_ins.values().map(|logged| &logged.sign_in).filter(|one| one.user == id);
    let last = own.clone().map(|one| one.at).max();
    let successful = own.filter(|one| one.error_code == 0).map(|one| one.at).max();
    match last {
        Some(last) => json!({ "lastSignInDateTime": last, "lastSuccessfulSignInDateTime": successful }),
        None => Value::Null,
    }
}

fn identities(tenant: &Tenant, user: &User) -> Value {
    let upn = json!({
        "signInType": "userPrincipalName", "issuer": tenant.domain, "issuerAssignedId": tenant.upn_of(user),
    });
    match user.rare.as_ref().and_then(|rare| rare.issuer.as_deref()) {
        // The address belongs to the issuer only where the issuer signs in by address.
        Some(issuer @ "mail") => {
            json!([{ "signInType": "emailAddress", "issuer": issuer, "issuerAssignedId": user.mail.as_deref() }, upn])
        }
        Some(issuer) => json!([{ "signInType": "federated", "issuer": issuer, "issuerAssignedId": null }, upn]),
        None => json!([upn]),
    }
}

/// One property of a group; `None` for a name that groups do not have.
pub(crate) fn group_property(id: Uuid, group: &Group, name: &str) -> Option<Value> {
    let settings = &group.settings;
    let flag = |on: bool| if on { json!(true) } else { Value::Null };
    Some(match name {
        "id" => json!(id),
        "displayName" => json!(settings.display_name),
        "description" => json!(settings.description),
        "groupTypes" => json!(settings.group_types),
        "mailEnabled" => json!(settings.mail_enabled),
        "securityEnabled" => json!(settings.security_enabled),
        "mailNickname" => json!(settings.mail_nickname),
        "mail" => json!(settings.mail),
        "uniqueName" => json!(settings.unique_name),
        "onPremisesSyncEnabled" => flag(settings.on_premises),
        "isAssignableToRole" => flag(settings.assignable_to_role),
        "isManagementRestricted" => flag(settings.management_restricted),
        "membershipRule" => json!(settings.membership_rule),
        "membershipRuleProcessingState" => {
            if settings.is_dynamic() {
                json!("On")
            } else {
                Value::Null
            }
        }
        "assignedLicenses" => {
            settings.licences.iter().map(|sku| json!({ "skuId": sku, "disabledPlans": [] })).collect()
        }
        "resourceProvisioningOptions" => json!(settings.provisioning_options),
        "visibility" => json!(settings.visibility),
        "createdDateTime" => json!(group.born.at),
        "deletedDateTime" => json!(group.deleted),
        "proxyAddresses" => json!(settings.mail.iter().map(|mail| format!("SMTP:{mail}")).collect::<Vec<_>>()),
        _ => return None,
    })
}

/// A user with these properties, in this order.
pub(crate) fn user(tenant: &Tenant, id: Uuid, select: &[&str]) -> Value {
    let Some(user) = tenant.directory.users.get(&id) else { return Value::Null };
    // The id comes whether it is asked for or not.
    let names = ["id"].into_iter().chain(select.iter().copied());
    Value::Object(names.filter_map(|name| Some((name.to_owned(), user_property(tenant, id, user, name)?))).collect())
}

/// A group with these properties.
pub(crate) fn group(tenant: &Tenant, id: Uuid, select: &[&str]) -> Value {
    let Some(group) = tenant.directory.groups.get(&id) else { return Value::Null };
    let names = ["id"].into_iter().chain(select.iter().copied());
    Value::Object(names.filter_map(|name| Some((name.to_owned(), group_property(id, group, name)?))).collect())
}

/// An administrative unit with these properties.
pub(crate) fn unit(tenant: &Tenant, id: Uuid, select: Option<&[&str]>) -> Value {
    let Some(unit) = tenant.directory.units.get(&id) else { return Value::Null };
    let all = json!({
        "id": id,
        "displayName": unit.display_name,
        "description": null,
        "visibility": null,
        "membershipType": null,
        "isMemberManagementRestricted": unit.restricted,
    });
    narrowed(all, select)
}

/// Any object, with its type, as collections of directory objects show it.
pub(crate) fn any(turn: &Turn<'_>, id: Uuid, select: Option<&[&str]>) -> Value {
    let (tenant, directory) = (&*turn.tenant, &turn.tenant.directory);
    let Some(kind) = directory.type_of(id) else { return Value::Null };
    let mut body = if directory.users.contains_key(&id) {
        // Without a permission to read people, only that they are there.
        let readable = ["User.Read.All", "User.ReadBasic.All", "User.ReadWrite.All", "Directory.Read.All"];
        if readable.iter().any(|permission| turn.may(permission)) {
            let mut found = user(tenant, id, select.unwrap_or(USER_DEFAULTS));
            // In the deleted items the time comes unasked.
            if let (None, Some(deleted)) = (select, directory.users.get(&id).and_then(|user| user.deleted)) {
                found["deletedDateTime"] = json!(deleted);
            }
            found
        } else {
            json!({ "id": id })
        }
    } else if directory.groups.contains_key(&id) {
        group(tenant, id, select.unwrap_or(GROUP_DEFAULTS))
    } else if directory.units.contains_key(&id) {
        unit(tenant, id, select)
    } else {
        let other = directory.others.get(&id);
        let mut all = json!({ "id": id, "displayName": other.map(|other| other.display_name.as_str()) });
        if let Some(app_id) = other.and_then(|other| other.app_id) {
            all["appId"] = json!(app_id);
        }
        narrowed(all, select)
    };
    body["@odata.type"] = json!(kind);
    body
}

fn narrowed(all: Value, select: Option<&[&str]>) -> Value {
    match (all, select) {
        (Value::Object(all), Some(select)) => {
            let kept: Map<_, _> =
                all.into_iter().filter(|(name, _)| name == "id" || select.contains(&name.as_str())).collect();
            Value::Object(kept)
        }
        (all, _) => all,
    }
}

/// Refuses a `$select` with names that users do not have.
pub(crate) fn check_user_select(select: &[&str]) -> Result<(), Refusal> {
    check_select("user", select, &[USER_DEFAULTS, USER_MORE])
}

/// Refuses a `$select` with names that groups do not have.
pub(crate) fn check_group_select(select: &[&str]) -> Result<(), Refusal> {
    check_select("group", select, &[GROUP_DEFAULTS, GROUP_MORE])
}

fn check_select(kind: &str, select: &[&str], known: &[&[&str]]) -> Result<(), Refusal> {
    match select.iter().find(|name| !known.iter().any(|names| names.contains(name))) {
        None => Ok(()),
        Some(name) => {
            let message = format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{kind}'."
            );
            Err(Refusal::new(400, "BadRequest", message))
        }
    }
}
