//! From a question to its first request, and to what its pages will add up to.

use super::answer::Answer;
use super::ask::{Ask, DELTA_IDS_MAX, DeltaFrom, MAILS_MAX};
use super::links::{self, literal};
use super::models::ObjectKind;
use super::reports::Report;
use super::sum::Sum;
use super::{delta, fitness, inviting, objects, reports};
use crate::endpoints::Api;
use crate::error::Kind;
use crate::json::{self, Object, Wrong};
use crate::pipeline::call::{Call, Cost, Effect};
use http::Method;
use uuid::Uuid;

/// All that tells who a user is.
const WHO: &str = "id,mail,otherMails,userPrincipalName,userType,accountEnabled,externalUserState,creationType,\
                   createdDateTime,identities,displayName";
/// What is asked of people of the partner.
const PERSON: &str = "id,displayName,givenName,surname,mail,userPrincipalName,userType,accountEnabled";
/// What is asked of somebody who is looked for by address.
const ADDRESSED: &str = "id,displayName,givenName,surname,mail,userPrincipalName,proxyAddresses,userType,\
                         accountEnabled,externalUserState,creationType";
/// All that tells whether a group can be written.
const GROUP: &str = "id,displayName,groupTypes,mailEnabled,securityEnabled,onPremisesSyncEnabled,isAssignableToRole,\
                     isManagementRestricted,membershipRule,assignedLicenses,uniqueName,deletedDateTime";
/// What is asked of users in a delta.
const CHANGE: &str = "id,accountEnabled,userType,mail,userPrincipalName";

/// Why a question must not be sent.
pub(super) struct Unfit {
    /// What sort of error it is.
    pub(super) kind: Kind,
    /// What was to be tried.
    pub(super) operation: String,
    /// What is wrong with it.
    pub(super) message: String,
}

/// A request before it has its name.
pub(super) struct Draft {
    path: String,
    eventual: bool,
    beta: bool,
    cost: Cost,
    permission: &'static str,
    operation: String,
}

impl Draft {
    /// A read that costs `units`: those of Microsoft's table, less one for `$select`, and at least one.
    pub(super) fn new(operation: String, permission: &'static str, units: u32, path: String) -> Self {
        Self { path, eventual: false, beta: false, cost: Cost { units, ..Cost::default() }, permission, operation }
    }

    /// As an advanced query: casts and filters over several properties need the index behind it.
    fn advanced(mut self) -> Self {
        self.path.push_str("&$count=true");
        Self { eventual: true, ..self }
    }

    /// As one that counts against the quota of reports, and against no other.
    pub(super) fn report(self) -> Self {
        Self { cost: Cost { reports: 1, ..Cost::default() }, ..self }
    }

    /// As one of those of which the tenant answers one a second, whichever app asks.
    pub(super) fn slow(self) -> Self {
        Self { cost: Cost { policies: 1, ..self.cost }, ..self }
    }

    fn call(self) -> Call {
        Call {
            api: Api::Graph,
            method: Method::GET,
            path: self.path,
            eventual: self.eventual,
            beta: self.beta,
            body: None,
            effect: Effect::Read,
            cost: self.cost,
            operation: self.operation,
            permission: self.permission,
        }
    }
}

/// The first request, and the empty sum.
pub(super) fn compose(ask: &Ask, app: Uuid, graph: &str) -> Result<(Call, Sum), Unfit> {
    let (draft, sum) = match ask {
        Ask::GroupsDelta(from) => {
            let operation = "follow the changes of groups";
            let path = delta_path("groups", "id,displayName,members", from, graph, operation)?;
            (Draft::new(operation.to_owned(), "GroupMember.Read.All", 1, path), Sum::Groups(delta::Groups::default()))
        }
        Ask::UsersDelta(from) => {
            let operation = "follow the changes of users";
            let path = delta_path("users", CHANGE, from, graph, operation)?;
            (Draft::new(operation.to_owned(), "User.Read.All", 1, path), Sum::Users(delta::Users::default()))
        }
        Ask::GroupMembers { group } => {
            let path = format!("/groups/{group}/members?$select={WHO}&$top=999");
            let operation = format!("read the members of group {group}");
            (Draft::new(operation, "GroupMember.Read.All", 2, path), Sum::Members(Vec::new()))
        }
        Ask::TransitiveUsers { group } => {
            let path = format!("/groups/{group}/transitiveMembers/microsoft.graph.user?$select={PERSON}&$top=999");
            let operation = format!("read everybody in group {group}");
            (Draft::new(operation, "GroupMember.Read.All", 4, path).advanced(), Sum::People(Vec::new()))
        }
        Ask::TransitiveGroups { group } => {
            let path = format!("/groups/{group}/transitiveMembers/microsoft.graph.group?$select=id&$top=999");
            let operation = format!("read the groups nested in group {group}");
            (Draft::new(operation, "GroupMember.Read.All", 4, path).advanced(), Sum::Ids(Vec::new(), "id"))
        }
        Ask::UnitMembers { unit } => {
            let path = format!("/directory/administrativeUnits/{unit}/members?$select={WHO}&$top=999");
            let operation = format!("read the members of administrative unit {unit}");
            (Draft::new(operation, "AdministrativeUnit.Read.All", 1, path), Sum::Members(Vec::new()))
        }
        Ask::Group { id } => {
            let path = format!("/groups/{id}?$select={GROUP}");
            let read = |object: &_| Ok(Answer::Group(Box::new(objects::group(object)?)));
            (Draft::new(format!("read group {id}"), "GroupMember.Read.All", 1, path), Sum::One(read))
        }
        Ask::GroupByUniqueName { name } => {
            let path = format!("/groups(uniqueName={})?$select={GROUP}", literal(name));
            let read = |object: &_| Ok(Answer::Group(Box::new(objects::group(object)?)));
            let operation = format!("look for the group with unique name {name:?}");
            (Draft::new(operation, "GroupMember.Read.All", 1, path), Sum::One(read))
        }
        Ask::GroupOwners { group } => {
            let path = format!("/groups/{group}/owners?$select=id&$top=999");
            let operation = format!("read the owners of group {group}");
            (Draft::new(operation, "GroupMember.Read.All", 1, path), Sum::Memberships(Vec::new()))
        }
        Ask::Unit { id } => {
            let select = "id,displayName,membershipType,isMemberManagementRestricted";
            let path = format!("/directory/administrativeUnits/{id}?$select={select}");
            let read = |object: &_| Ok(Answer::Unit(Box::new(objects::unit(object)?)));
            let operation = format!("read administrative unit {id}");
            (Draft::new(operation, "AdministrativeUnit.Read.All", 1, path), Sum::One(read))
        }
        Ask::User { id } => {
            let path = format!("/users/{id}?$select={WHO},onPremisesSyncEnabled");
            let read = |object: &_| Ok(Answer::User(Box::new(objects::user(object)?)));
            (Draft::new(format!("read user {id}"), "User.Read.All", 1, path), Sum::One(read))
        }
        Ask::DeletedUser { id } => {
            // Without $select: the bin holds objects of several kinds, and a user's properties are not known to all.
            let path = format!("/directory/deletedItems/{id}");
            let operation = format!("look for user {id} among the deleted");
            (Draft::new(operation, "User.Read.All", 1, path), Sum::One(deleted_user))
        }
        Ask::UsersByMail { mails } => {
            let operation = "look for users by mail".to_owned();
            if mails.is_empty() || mails.len() > MAILS_MAX {
                let message = format!("{} mails in one question, must be 1 to {MAILS_MAX}", mails.len());
                return Err(Unfit { kind: Kind::Refused, operation, message });
            }
            let clause = |mail: &String| {
                let mail = literal(mail);
                format!("mail%20eq%20{mail}%20or%20otherMails/any(m:m%20eq%20{mail})")
            };
            let filter = mails.iter().map(clause).collect::<Vec<_>>().join("%20or%20");
            let path = format!("/users?$filter={filter}&$select={WHO}&$top=999");
            (Draft::new(operation, "User.Read.All", 1, path).advanced(), Sum::People(Vec::new()))
        }
        Ask::UsersByAddress { address } => {
            let own = literal(address);
            // The prefix is part of the value: capital for the primary address.
            let (primary, further) = (literal(&format!("SMTP:{address}")), literal(&format!("smtp:{address}")));
            let proxy = |value: &str| format!("proxyAddresses/any(p:p%20eq%20{value})");
            let filter = [
                format!("mail%20eq%20{own}"),
                format!("userPrincipalName%20eq%20{own}"),
                proxy(&primary),
                proxy(&further),
            ];
            let path = format!("/users?$filter={}&$select={ADDRESSED}&$top=999", filter.join("%20or%20"));
            let operation = "look for a user by address".to_owned();
            (Draft::new(operation, "User.Read.All", 1, path).advanced(), Sum::People(Vec::new()))
        }
        Ask::MemberOf { user } => {
            let path = format!("/users/{user}/memberOf?$select=id&$top=999");
            let operation = format!("read what user {user} is in");
            (Draft::new(operation, "Directory.Read.All", 1, path), Sum::Memberships(Vec::new()))
        }
        Ask::TransitiveMemberOf { user } => {
            let path = format!("/users/{user}/transitiveMemberOf?$select=id&$top=999");
            let operation = format!("read what user {user} is in, nested groups included");
            (Draft::new(operation, "User.Read.All", 1, path), Sum::Memberships(Vec::new()))
        }
        Ask::OwnedObjects { user } => {
            let path = format!("/users/{user}/ownedObjects?$select=id&$top=999");
            let operation = format!("read what user {user} owns");
            (Draft::new(operation, "Directory.Read.All", 1, path), Sum::Memberships(Vec::new()))
        }
        Ask::AppRoleAssignments { user } => {
            // The assignment's own id is not a GUID; what matters is the application.
            let path = format!("/users/{user}/appRoleAssignments?$top=999");
            let operation = format!("read the applications of user {user}");
            (Draft::new(operation, "Directory.Read.All", 2, path), Sum::Ids(Vec::new(), "resourceId"))
        }
        Ask::RoleAssignments { principal } => {
            let path = format!("/roleManagement/directory/roleAssignments?$filter=principalId%20eq%20'{principal}'");
            let operation = format!("read the directory roles of {principal}");
            (Draft::new(operation, "RoleManagement.Read.Directory", 1, path), Sum::Roles(Vec::new()))
        }
        Ask::RoleHolders { role } => {
            let path = format!("/roleManagement/directory/roleAssignments?$filter=roleDefinitionId%20eq%20'{role}'");
            let operation = format!("read who holds directory role {role}");
            (Draft::new(operation, "RoleManagement.Read.Directory", 1, path), Sum::Roles(Vec::new()))
        }
        Ask::ConditionalAccessPolicies => {
            let path = "/identity/conditionalAccess/policies?$select=id,displayName,state,conditions".to_owned();
            let operation = "read the Conditional Access policies".to_owned();
            let mut draft = Draft::new(operation, "Policy.Read.All", 1, path);
            draft.cost.policies = 1;
            (draft, Sum::Policies(Vec::new()))
        }
        Ask::AuthorizationPolicy => {
            let path = "/policies/authorizationPolicy".to_owned();
            let read = |object: &_| Ok(Answer::Authorization(inviting::authorization(object)?));
            (Draft::new("read who may invite guests".to_owned(), "Policy.Read.All", 1, path), Sum::One(read))
        }
        Ask::CrossTenantDefault => {
            let path = "/policies/crossTenantAccessPolicy/default".to_owned();
            let operation = "read the cross-tenant access settings for everybody".to_owned();
            (Draft::new(operation, "Policy.Read.All", 1, path), Sum::One(cross_tenant))
        }
        Ask::CrossTenantPartner { tenant } => {
            let path = format!("/policies/crossTenantAccessPolicy/partners/{tenant}");
            let operation = format!("read the cross-tenant access settings for tenant {tenant}");
            (Draft::new(operation, "Policy.Read.All", 1, path), Sum::One(cross_tenant))
        }
        Ask::InvitationDomains => {
            let path = "/policies/b2bManagementPolicies".to_owned();
            let operation = "read the mail domains that may be invited".to_owned();
            let read = |object: &_| Ok(Answer::InvitationDomains(Box::new(inviting::domains(object)?)));
            let draft = Draft::new(operation, "Policy.Read.B2BManagementPolicy", 1, path);
            (Draft { beta: true, ..draft }, Sum::One(read))
        }
        Ask::SignIns { users, names, since, until } => {
            let operation = "read the sign-ins of accounts".to_owned();
            let path = match reports::sign_ins_path(users, names, *since, *until) {
                Ok(path) => path,
                Err(message) => return Err(Unfit { kind: Kind::Refused, operation, message }),
            };
            (Draft::new(operation, reports::PERMISSION, 0, path).report(), Sum::SignIns(Report::default()))
        }
        Ask::DirectoryAudits { target, since } => {
            let operation = format!("read the changes of object {target} in the audit log");
            let path = reports::changes_path(*target, *since);
            (Draft::new(operation, reports::PERMISSION, 0, path).report(), Sum::Audits(Report::default()))
        }
        Ask::DirectoryAuditsBy { actor, since } => {
            let operation = format!("read what user {actor} did in the audit log");
            let path = reports::acts_path(*actor, *since);
            (Draft::new(operation, reports::PERMISSION, 0, path).report(), Sum::Audits(Report::default()))
        }
        Ask::Organization => {
            let path = "/organization?$select=id,displayName,verifiedDomains".to_owned();
            let operation = "read the tenant".to_owned();
            (Draft::new(operation, "Organization.Read.All", 1, path), Sum::One(organization))
        }
        Ask::Subscriptions => {
            let operation = "list our subscriptions to change notifications".to_owned();
            (Draft::new(operation, "Group.Read.All", 1, "/subscriptions".to_owned()), Sum::Subscriptions(Vec::new()))
        }
        Ask::OwnServicePrincipal => {
            let path = format!("/servicePrincipals(appId='{app}')?$select=id");
            let read = |object: &_| Ok(Answer::Ids(vec![json::guid(object, "id")?]));
            let operation = "look for our service principal".to_owned();
            (Draft::new(operation, "Application.Read.All", 1, path), Sum::One(read))
        }
        Ask::OwnAppRoles => {
            let path = format!("/servicePrincipals(appId='{app}')/appRoleAssignments?$top=999");
            let operation = "read what our service principal was given".to_owned();
            (Draft::new(operation, "Application.Read.All", 1, path), Sum::Ids(Vec::new(), "appRoleId"))
        }
        Ask::Fitness(about) => fitness::compose(about)?,
    };
    Ok((draft.call(), sum))
}

/// Something else than a user in the bin is not the user that was asked for.
fn deleted_user(object: &Object) -> Result<Answer, Wrong> {
    match object.get("@odata.type").and_then(|kind| kind.as_str()) {
        Some(kind) if ObjectKind::from_odata(kind) != ObjectKind::User => Ok(Answer::Absent),
        _ => Ok(Answer::User(Box::new(objects::user(object)?))),
    }
}

fn cross_tenant(object: &Object) -> Result<Answer, Wrong> {
    Ok(Answer::CrossTenant(Box::new(inviting::cross_tenant(object)?)))
}

/// The tenant comes as a list of one.
fn organization(object: &Object) -> Result<Answer, Wrong> {
    match json::each(json::list(object, "value")?, "value", objects::organization)?.pop() {
        Some(organization) => Ok(Answer::Organization(Box::new(organization))),
        None => Err(Wrong::at("value[0]", "object")),
    }
}

/// Where a delta round starts.
fn delta_path(of: &str, select: &str, from: &DeltaFrom, graph: &str, operation: &str) -> Result<String, Unfit> {
    let unfit = |kind, message| Err(Unfit { kind, operation: operation.to_owned(), message });
    match from {
        DeltaFrom::Latest if of == "users" => Ok(format!("/users/delta?$deltatoken=latest&$select={select}")),
        DeltaFrom::Latest => {
            // Observed: such a link never tells a change of members.
            unfit(Kind::Refused, format!("a delta of {of} cannot start now, only at the beginning"))
        }
        DeltaFrom::Start { ids } if of == "groups" && (1..=DELTA_IDS_MAX).contains(&ids.len()) => {
            let clauses: Vec<String> = ids.iter().map(|id| format!("id%20eq%20'{id}'")).collect();
            Ok(format!("/{of}/delta?$select={select}&$filter={}", clauses.join("%20or%20")))
        }
        DeltaFrom::Start { ids } => unfit(
            Kind::Refused,
            format!("a delta of {of} cannot start with {} ids (1 to {DELTA_IDS_MAX} groups)", ids.len()),
        ),
        DeltaFrom::Link(link) => match links::below_version(graph, link) {
            Some(path) => Ok(path.to_owned()),
            None => unfit(Kind::Garbled, "the stored delta link leads elsewhere".to_owned()),
        },
    }
}
