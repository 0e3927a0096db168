//! Graph's JSON into our objects.

use super::models::{
    ConditionalAccessPolicy, Group, Identity, Member, Membership, ObjectKind, Organization, RoleAssignment,
    Subscription, Unit, User,
};
use crate::json::{self, Object, Wrong};
use serde_json::Value;
use uuid::Uuid;

/// A user with whatever was selected.
pub(super) fn user(object: &Object) -> Result<User, Wrong> {
    Ok(User {
        id: json::guid(object, "id")?,
        display_name: json::optional_text(object, "displayName")?,
        given_name: json::optional_text(object, "givenName")?,
        surname: json::optional_text(object, "surname")?,
        mail: json::optional_text(object, "mail")?,
        other_mails: json::texts(object, "otherMails")?,
        user_principal_name: json::optional_text(object, "userPrincipalName")?,
        proxy_addresses: json::texts(object, "proxyAddresses")?,
        user_type: json::optional_text(object, "userType")?,
        account_enabled: json::optional_bool(object, "accountEnabled")?,
        creation_type: json::optional_text(object, "creationType")?,
        external_user_state: json::optional_text(object, "externalUserState")?,
        created: json::optional_time(object, "createdDateTime")?,
        identities: json::each(json::optional_list(object, "identities")?, "identities", identity)?,
        deleted: json::optional_time(object, "deletedDateTime")?,
        on_premises_sync_enabled: json::optional_bool(object, "onPremisesSyncEnabled")?,
    })
}

fn identity(object: &Object) -> Result<Identity, Wrong> {
    Ok(Identity {
        sign_in_type: json::optional_text(object, "signInType")?,
        issuer: json::optional_text(object, "issuer")?,
        issuer_assigned_id: json::optional_text(object, "issuerAssignedId")?,
    })
}

/// What sort of object it says to be.
pub(super) fn kind(object: &Object) -> Result<ObjectKind, Wrong> {
    Ok(ObjectKind::from_odata(&json::text(object, "@odata.type")?))
}

/// A member of a group or unit.
pub(super) fn member(object: &Object) -> Result<Member, Wrong> {
    let kind = kind(object)?;
    let outsider = if kind == ObjectKind::User { Some(user(object)?).filter(User::is_external) } else { None };
    // Names are no identity, and a group may be large.
    let nameless = |user: User| Box::new(User { display_name: None, given_name: None, surname: None, ..user });
    Ok(Member { id: json::guid(object, "id")?, kind, outsider: outsider.map(nameless) })
}

/// Something that has a type and an id.
pub(super) fn membership(object: &Object) -> Result<Membership, Wrong> {
    Ok(Membership { id: json::guid(object, "id")?, kind: kind(object)? })
}

/// A group.
pub(super) fn group(object: &Object) -> Result<Group, Wrong> {
    Ok(Group {
        id: json::guid(object, "id")?,
        display_name: json::optional_text(object, "displayName")?,
        group_types: json::texts(object, "groupTypes")?,
        mail_enabled: json::optional_bool(object, "mailEnabled")?,
        security_enabled: json::optional_bool(object, "securityEnabled")?,
        on_premises_sync_enabled: json::optional_bool(object, "onPremisesSyncEnabled")?,
        is_assignable_to_role: json::optional_bool(object, "isAssignableToRole")?,
        is_management_restricted: json::optional_bool(object, "isManagementRestricted")?,
        membership_rule: json::optional_text(object, "membershipRule")?,
        assigned_licenses: match object.get("assignedLicenses") {
            None | Some(Value::Null) => None,
            Some(_) => Some(json::optional_list(object, "assignedLicenses")?.len()),
        },
        unique_name: json::optional_text(object, "uniqueName")?,
        deleted: json::optional_time(object, "deletedDateTime")?,
    })
}

/// An administrative unit.
pub(super) fn unit(object: &Object) -> Result<Unit, Wrong> {
    Ok(Unit {
        id: json::guid(object, "id")?,
        display_name: json::optional_text(object, "displayName")?,
        membership_type: json::optional_text(object, "membershipType")?,
        is_member_management_restricted: json::optional_bool(object, "isMemberManagementRestricted")?,
    })
}

/// A role that somebody holds.
pub(super) fn role(object: &Object) -> Result<RoleAssignment, Wrong> {
    Ok(RoleAssignment {
        id: json::text(object, "id")?,
        principal: json::guid(object, "principalId")?,
        role: json::guid(object, "roleDefinitionId")?,
        scope: json::text(object, "directoryScopeId")?,
    })
}

/// A subscription to change notifications.
pub(super) fn subscription(object: &Object) -> Result<Subscription, Wrong> {
    let expires = json::optional_time(object, "expirationDateTime")?;
    Ok(Subscription {
        id: json::guid(object, "id")?,
        resource: json::text(object, "resource")?,
        change_type: json::text(object, "changeType")?,
        url: json::text(object, "notificationUrl")?,
        client_state: json::optional_text(object, "clientState")?,
        expires: expires.ok_or_else(|| Wrong::at("expirationDateTime", "time"))?,
    })
}

/// A Conditional Access policy. Where users are expected, `GuestsOrExternalUsers` may stand as well: only ids are kept.
pub(super) fn policy(object: &Object) -> Result<ConditionalAccessPolicy, Wrong> {
    let ids = |name| -> Result<Vec<Uuid>, Wrong> {
        let users = object.get("conditions").and_then(|conditions| conditions.get("users"));
        let Some(users) = users.and_then(|users| users.as_object()) else { return Ok(Vec::new()) };
        let texts = json::texts(users, name).map_err(|wrong| wrong.inside("conditions.users"))?;
        Ok(texts.iter().filter_map(|text| Uuid::try_parse(text).ok()).collect())
    };
    Ok(ConditionalAccessPolicy {
        id: json::guid(object, "id")?,
        display_name: json::optional_text(object, "displayName")?,
        state: json::text(object, "state")?,
        exclude_groups: ids("excludeGroups")?,
        exclude_users: ids("excludeUsers")?,
    })
}

/// The tenant.
pub(super) fn organization(object: &Object) -> Result<Organization, Wrong> {
    let domains = json::optional_list(object, "verifiedDomains")?;
    let domain = |object: &Object| Ok(json::text(object, "name")?.to_lowercase());
    Ok(Organization {
        id: json::guid(object, "id")?,
        display_name: json::optional_text(object, "displayName")?,
        verified_domains: json::each(domains, "verifiedDomains", domain)?,
    })
}
