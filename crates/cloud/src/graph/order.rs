//! From a write to its request, and from the request's end to the write's outcome.

use super::models::UNIT_SCOPE;
use super::write::{BIND_MAX, Done, Write};
use super::{messages, refusal};
use crate::endpoints::Api;
use crate::error::{Error, Kind};
use crate::json::{self, Wrong};
use crate::pipeline::Finished;
use crate::pipeline::call::{Call, Content, Cost, Effect, Reply};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// Why a write must not be sent: kind, operation, message.
pub(super) type Unfit = (Kind, String, String);

/// What an order is about, as far as its outcome depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Invite,
    /// The guest who must come back.
    InviteAgain(Uuid),
    AddOne,
    AddMany,
    Remove,
    Change,
    Delete,
    Restore,
    Create,
}

/// A write with its request.
#[derive(Debug, Clone)]
pub(super) struct Order {
    /// The request.
    pub(super) call: Call,
    /// The group or unit whose members it changes.
    pub(super) container: Option<Uuid>,
    sort: Sort,
}

impl Write {
    /// Every object that the write names.
    pub(super) fn objects(&self) -> Vec<Uuid> {
        match self {
            Self::Invite { .. } | Self::CreateGroup { .. } | Self::Subscribe { .. } => Vec::new(),
            Self::RenewSubscription { .. } | Self::Unsubscribe { .. } => Vec::new(),
            Self::AddMembers { group, users } => users.iter().chain([group]).copied().collect(),
            Self::RemoveMember { group, user } => vec![*user, *group],
            Self::AddToUnit { unit, user } | Self::RemoveFromUnit { unit, user } => vec![*user, *unit],
            Self::GrantRole { unit, user, .. } | Self::RevokeRole { unit, user, .. } => vec![*user, *unit],
            Self::SetEnabled { user, .. }
            | Self::RevokeSessions { user }
            | Self::InviteAgain { user, .. }
            | Self::DeleteUser { user }
            | Self::RestoreUser { user } => vec![*user],
        }
    }

    /// The group or unit whose members it changes, or within which it gives or takes a role.
    fn container(&self) -> Option<Uuid> {
        match self {
            Self::AddMembers { group, .. } | Self::RemoveMember { group, .. } => Some(*group),
            Self::AddToUnit { unit, .. } | Self::RemoveFromUnit { unit, .. } => Some(*unit),
            Self::GrantRole { unit, .. } | Self::RevokeRole { unit, .. } => Some(*unit),
            _ => None,
        }
    }
}

/// Takes the member's *reference* out of the container. Without `/$ref` at its end the same request deletes the member
/// itself (page "Remove member"), so this is the only place that writes such a path.
fn remove_reference(container: &str, member: Uuid) -> (Method, String) {
    (Method::DELETE, format!("{container}/members/{member}/$ref"))
}

fn reference(graph: &str, member: Uuid) -> Value {
    format!("{graph}/v1.0/directoryObjects/{member}").into()
}

/// The request for a write.
pub(super) fn compose(write: &Write, graph: &str) -> Result<Order, Unfit> {
    let group_path = |group: &Uuid| format!("/groups/{group}");
    let unit_path = |unit: &Uuid| format!("/directory/administrativeUnits/{unit}");
    let mut cost = Cost { units: 1, writes: 1, ..Cost::default() };
    let (sort, operation, permission, (method, path), body) = match write {
        Write::Invite { mail, display_name, redirect_url, send_mail } => {
            cost.invitations = 1;
            let mut body = json!({
                "invitedUserEmailAddress": mail, "inviteRedirectUrl": redirect_url, "sendInvitationMessage": send_mail,
            });
            if let Some(name) = display_name {
                body["invitedUserDisplayName"] = name.as_str().into();
            }
            let target = (Method::POST, "/invitations".to_owned());
            (Sort::Invite, "invite a guest".to_owned(), "User.Invite.All", target, Some(body))
        }
        Write::InviteAgain { user, mail, redirect_url } => {
            cost.invitations = 1;
            let body = json!({
                "invitedUserEmailAddress": mail, "inviteRedirectUrl": redirect_url, "sendInvitationMessage": true,
            });
            let target = (Method::POST, "/invitations".to_owned());
            let operation = format!("invite guest {user} again");
            (Sort::InviteAgain(*user), operation, "User.Invite.All", target, Some(body))
        }
        Write::AddMembers { group, users } => {
            let operation = format!("add {} users to group {group}", users.len());
            check_users(users).map_err(|message| (Kind::Refused, operation.clone(), message))?;
            if let [user] = users.as_slice() {
                let operation = format!("add user {user} to group {group}");
                let target = (Method::POST, format!("{}/members/$ref", group_path(group)));
                let body = json!({ "@odata.id": reference(graph, *user) });
                (Sort::AddOne, operation, "GroupMember.ReadWrite.All", target, Some(body))
            } else {
                // A third of a write for each, as Microsoft told the maker of another sync tool.
                cost.writes = u32::try_from(users.len().div_ceil(3)).expect("at most 20 users").max(1);
                let references: Vec<Value> = users.iter().map(|user| reference(graph, *user)).collect();
                let body = json!({ "members@odata.bind": references });
                let target = (Method::PATCH, group_path(group));
                (Sort::AddMany, operation, "GroupMember.ReadWrite.All", target, Some(body))
            }
        }
        Write::RemoveMember { group, user } => {
            let operation = format!("remove user {user} from group {group}");
            let target = remove_reference(&group_path(group), *user);
            (Sort::Remove, operation, "GroupMember.ReadWrite.All", target, None)
        }
        Write::AddToUnit { unit, user } => {
            let operation = format!("add user {user} to administrative unit {unit}");
            let target = (Method::POST, format!("{}/members/$ref", unit_path(unit)));
            let body = json!({ "@odata.id": reference(graph, *user) });
            (Sort::AddOne, operation, "AdministrativeUnit.ReadWrite.All", target, Some(body))
        }
        Write::RemoveFromUnit { unit, user } => {
            let operation = format!("remove user {user} from administrative unit {unit}");
            let target = remove_reference(&unit_path(unit), *user);
            (Sort::Remove, operation, "AdministrativeUnit.ReadWrite.All", target, None)
        }
        Write::GrantRole { role, unit, user } => {
            let operation = format!("give user {user} role {role} within administrative unit {unit}");
            let target = (Method::POST, "/roleManagement/directory/roleAssignments".to_owned());
            let scope = format!("{UNIT_SCOPE}{unit}");
            let body = json!({ "principalId": user, "roleDefinitionId": role, "directoryScopeId": scope });
            (Sort::AddOne, operation, ROLE_WRITE, target, Some(body))
        }
        Write::RevokeRole { assignment, unit, user } => {
            let operation = format!("take a role within administrative unit {unit} from user {user}");
            check_assignment(assignment).map_err(|message| (Kind::Refused, operation.clone(), message))?;
            let target = (Method::DELETE, format!("/roleManagement/directory/roleAssignments/{assignment}"));
            (Sort::Delete, operation, ROLE_WRITE, target, None)
        }
        Write::SetEnabled { user, enabled } => {
            let operation = format!("{} user {user}", if *enabled { "enable" } else { "disable" });
            let target = (Method::PATCH, format!("/users/{user}"));
            let body = json!({ "accountEnabled": enabled });
            (Sort::Change, operation, "User.EnableDisableAccount.All", target, Some(body))
        }
        Write::RevokeSessions { user } => {
            let operation = format!("end the sessions of user {user}");
            let target = (Method::POST, format!("/users/{user}/revokeSignInSessions"));
            (Sort::Change, operation, "User.RevokeSessions.All", target, None)
        }
        Write::DeleteUser { user } => {
            let target = (Method::DELETE, format!("/users/{user}"));
            (Sort::Delete, format!("delete user {user}"), "User.DeleteRestore.All", target, None)
        }
        Write::RestoreUser { user } => {
            let target = (Method::POST, format!("/directory/deletedItems/{user}/restore"));
            (Sort::Restore, format!("restore user {user}"), "User.DeleteRestore.All", target, None)
        }
        Write::Subscribe { resource, url, client_state, expires } => {
            let body = json!({
                "changeType": "updated,deleted", "resource": resource, "notificationUrl": url,
                "lifecycleNotificationUrl": url, "clientState": client_state, "expirationDateTime": expires.to_string(),
            });
            let permission = if resource == "/users" { "User.Read.All" } else { "Group.Read.All" };
            let target = (Method::POST, "/subscriptions".to_owned());
            (Sort::Create, format!("subscribe to changes of {resource}"), permission, target, Some(body))
        }
        Write::RenewSubscription { id, expires } => {
            let target = (Method::PATCH, format!("/subscriptions/{id}"));
            let body = json!({ "expirationDateTime": expires.to_string() });
            (Sort::Change, format!("renew subscription {id}"), "Group.Read.All", target, Some(body))
        }
        Write::Unsubscribe { id } => {
            let target = (Method::DELETE, format!("/subscriptions/{id}"));
            (Sort::Delete, format!("end subscription {id}"), "Group.Read.All", target, None)
        }
        Write::CreateGroup { display_name, description, unique_name } => {
            let body = json!({
                "displayName": display_name, "description": description, "uniqueName": unique_name,
                "mailNickname": nickname(unique_name), "mailEnabled": false, "securityEnabled": true, "groupTypes": [],
            });
            let operation = format!("create the group with unique name {unique_name:?}");
            let target = (Method::POST, "/groups".to_owned());
            (Sort::Create, operation, "Group.Create", target, Some(body))
        }
    };
    let once = matches!(sort, Sort::Invite | Sort::InviteAgain(_) | Sort::Create);
    let effect = if once { Effect::Once } else { Effect::Repeatable };
    let (api, eventual, beta) = (Api::Graph, false, false);
    let call = Call { api, method, path, eventual, beta, body, effect, cost, operation, permission };
    Ok(Order { call, container: write.container(), sort })
}

/// Giving and taking directory roles. It is as powerful as a Global Administrator, since it can make one (page
/// "Microsoft Graph permissions reference").
const ROLE_WRITE: &str = "RoleManagement.ReadWrite.Directory";

/// An assignment's id goes into the path of a `DELETE`, so it must be of the letters that the service makes ids of.
fn check_assignment(id: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !id.is_empty() && id.bytes().all(fits) { Ok(()) } else { Err(format!("{id:?} is no role assignment's id")) }
}

fn check_users(users: &[Uuid]) -> Result<(), String> {
    if users.is_empty() || users.len() > BIND_MAX {
        return Err(format!("{} users in one write, must be 1 to {BIND_MAX}", users.len()));
    }
    let mut sorted = users.to_vec();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("user {} is named twice", pair[0])),
        None => Ok(()),
    }
}

/// A group needs one, though a group without mail never uses it: 64 letters and digits at most.
fn nickname(unique_name: &str) -> String {
    let nickname: String = unique_name.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    if nickname.is_empty() { "group".to_owned() } else { nickname }
}

impl Order {
    /// Whether it adds many members at once.
    pub(super) fn binds(&self) -> bool {
        self.sort == Sort::AddMany
    }

    /// Whether it invites.
    pub(super) fn invites(&self) -> bool {
        matches!(self.sort, Sort::Invite | Sort::InviteAgain(_))
    }

    /// The outcome.
    pub(super) fn finish(&self, end: Finished, tenant: Uuid) -> Result<Done, Error> {
        let reply = end.outcome?;
        let outcome = if reply.ok() { self.done(&reply, tenant) } else { self.refused(&reply, end.tried, tenant) };
        outcome.map_err(|mut error| {
            // After an attempt that may have worked, a refusal of the next says nothing about the first.
            if end.doubt {
                error.kind = Kind::Unclear;
            }
            error
        })
    }

    fn done(&self, reply: &Reply, tenant: Uuid) -> Result<Done, Error> {
        let made = match self.sort {
            Sort::Invite | Sort::InviteAgain(_) => invited(reply),
            Sort::Create => body(reply).and_then(|body| Ok(Done::Created { id: json::guid(body, "id")? })),
            // A page of somebody in between is no word of the service.
            _ if reply.content == Content::NotJson => Err(Wrong::at("", "JSON")),
            // A success by its status and an error by its body is neither.
            _ if reply.error().is_some() => Err(Wrong::at("error", "nothing")),
            _ => Ok(Done::Done),
        };
        if let (Sort::InviteAgain(user), Ok(Done::Invited { guest, .. })) = (self.sort, &made)
            && *guest != user
        {
            let message = "the service answers with another user than the guest";
            let error = Error::new(Kind::WrongGuest { made: *guest }, tenant, &self.call.operation, message);
            return Err(Error { status: Some(reply.status), request_id: reply.request_id.clone(), ..error });
        }
        // It was made, but what was made cannot be read: that is for a read to find out.
        made.map_err(|wrong| {
            let error = Error::new(Kind::Unclear, tenant, &self.call.operation, wrong.to_string());
            Error { status: Some(reply.status), request_id: reply.request_id.clone(), ..error }
        })
    }

    /// What a refusal means: for some writes that there is nothing left to do. After an attempt that reached the service
    /// that state is taken as our own work.
    fn refused(&self, reply: &Reply, tried: bool, tenant: Uuid) -> Result<Done, Error> {
        let message = reply.error().map_or("", |(_, message)| message);
        let conflict = matches!(reply.status, 400 | 409);
        let ours_or = |found: Done| if tried { Done::Done } else { found };
        let mut error = refusal::sort(tenant, &self.call, reply);
        match self.sort {
            Sort::Invite | Sort::InviteAgain(_) => return Err(refusal::sort_invitation(tenant, &self.call, reply)),
            Sort::AddOne if conflict && messages::is_there_already(message) => return Ok(ours_or(Done::AlreadyThere)),
            Sort::AddMany if conflict && messages::is_there_already(message) => {
                error.kind = if tried { Kind::Unclear } else { Kind::Conflict };
            }
            Sort::Create if conflict && messages::is_conflicting_object(message) => error.kind = Kind::Conflict,
            Sort::Remove if conflict && messages::is_not_there(message) => return Ok(ours_or(Done::NotThere)),
            // The answer is the same for a missing group and a missing member; only the id tells.
            Sort::Remove => match error.kind {
                Kind::Missing { id } if id != self.container || id.is_none() => return Ok(ours_or(Done::NotThere)),
                _ => {}
            },
            Sort::Delete if matches!(error.kind, Kind::Missing { .. }) => return Ok(ours_or(Done::NotThere)),
            // Not in the bin any more, after we tried to take it out.
            Sort::Restore if tried && matches!(error.kind, Kind::Missing { .. }) => return Ok(Done::Done),
            _ => {}
        }
        Err(error)
    }
}

fn body(reply: &Reply) -> Result<&json::Object, Wrong> {
    match &reply.content {
        Content::Json(body) => json::object(body),
        Content::Empty | Content::NotJson => Err(Wrong::at("", "JSON")),
    }
}

fn invited(reply: &Reply) -> Result<Done, Wrong> {
    let body = body(reply)?;
    let user = body.get("invitedUser").map_or_else(|| Err(Wrong::at("invitedUser", "object")), json::object)?;
    let guest = json::guid(user, "id").map_err(|wrong| wrong.inside("invitedUser"))?;
    Ok(Done::Invited { guest, status: json::optional_text(body, "status")?.unwrap_or_default() })
}
