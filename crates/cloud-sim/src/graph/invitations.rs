//! `POST /invitations`: every reason to refuse, in order, and the guest that comes out.

use super::Turn;
use super::call::{Answer, Call};
use super::refusal::Refusal;
use crate::directory::Change;
use crate::tenant::InvitesFrom;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// Characters that "invitation resource type" forbids in an address.
const FORBIDDEN: &str = "~!#$%^&*()+=[]{}\\/|;:'<>?,";
const DAY: Duration = Duration::from_secs(24 * 3600);

pub(crate) fn create(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    call.object()?;
    let required = |name: &str| {
        let missing = || Refusal::new(400, "BadRequest", format!("The {name} property is required."));
        call.text(name).filter(|text| !text.is_empty()).ok_or_else(missing)
    };
    let (mail, redirect) = (required("invitedUserEmailAddress")?, required("inviteRedirectUrl")?);
    let reset = call.body.get("resetRedemption").and_then(Value::as_bool).unwrap_or_default();
    if reset || call.body.get("invitedUser").is_some() {
        return Err(Refusal::new(
            501,
            "NotImplemented",
            "The simulator neither resets redemptions nor converts users.",
        ));
    }
    let domain = check_address(mail)?;
    check_policy(turn, &domain)?;
    check_groups(turn, mail)?;
    let (user, again) = match existing(turn, mail)? {
        Some(guest) => (guest, true),
        None => (new_guest(turn, call, mail)?, false),
    };
    let (now, mail) = (turn.now, mail.to_owned());
    turn.tenant.invitations.count(now);
    let mailed = call.body.get("sendInvitationMessage").and_then(Value::as_bool).unwrap_or_default();
    turn.note(Change::GuestInvited { user, mail: mail.clone(), again, mailed });
    let invitation = turn.tenant.fresh_id();
    let accepted =
        turn.tenant.directory.users.get(&user).and_then(|user| user.external).is_some_and(|one| one.accepted);
    let tenant = turn.tenant.id;
    let body = json!({
        "@odata.context": format!("{}#invitations/$entity", turn.metadata()),
        "id": invitation,
        "inviteRedeemUrl": format!("{}/redeem?tenant={tenant}&user={invitation}&ver=2.0", turn.options.login_base),
        "invitedUserDisplayName": call.text("invitedUserDisplayName"),
        "invitedUserType": call.text("invitedUserType").unwrap_or("Guest"),
        "invitedUserEmailAddress": mail,
        "sendInvitationMessage": mailed,
        "resetRedemption": false,
        "inviteRedirectUrl": redirect,
        "status": if accepted { "Completed" } else { "PendingAcceptance" },
        "invitedUserMessageInfo": {
            "messageLanguage": null,
            "customizedMessageBody": null,
            "ccRecipients": [{ "emailAddress": { "name": null, "address": null } }],
        },
        "invitedUser": { "id": user },
    });
    Ok(Answer::created(body))
}

fn refused(message: &str) -> Refusal {
    Refusal::new(400, "BadRequest", message)
}

/// The domain of an address that can be invited at all.
fn check_address(mail: &str) -> Result<String, Refusal> {
    let (local, domain) = mail.split_once('@').unwrap_or((mail, ""));
    let odd = local.is_empty()
        || domain.is_empty()
        || domain.contains('@')
        || mail.contains(|c: char| FORBIDDEN.contains(c) || c.is_whitespace() || c == '"')
        || local.starts_with(['.', '-'])
        || local.ends_with(['.', '-']);
    if odd {
        return Err(refused("The invited user email address is not valid."));
    }
    Ok(domain.to_lowercase())
}

/// The tenant's rules, in the order in which the service was seen to apply them.
fn check_policy(turn: &Turn<'_>, domain: &str) -> Result<(), Refusal> {
    let policy = &turn.tenant.invitations;
    if policy.from == InvitesFrom::Nobody {
        let message =
            "Guest invitations not allowed for your company. Contact your company administrator for more details.";
        return Err(Refusal::new(403, "Forbidden", message));
    }
    if policy.suspicious {
        let message = "Invitations are blocked for this directory due to suspicious activity. Please contact Microsoft support for help.";
        return Err(Refusal::new(403, "Forbidden", message));
    }
    if policy.per_day_max.is_some_and(|most| policy.sent_within(turn.now, DAY) >= most) {
        let message = "The directory object quota limit for the Tenant has been exceeded. Please ask your administrator to increase the quota limit or delete objects to reduce the used quota.";
        return Err(Refusal::new(403, "Directory_QuotaExceeded", message));
    }
    let listed = policy.allowed_domains.is_empty() || policy.allowed_domains.contains(domain);
    if !listed || policy.blocked_domains.contains(domain) {
        // The service's own text was never published.
        return Err(refused(
            "The domain of the invited address is not allowed by the external collaboration settings of this directory.",
        ));
    }
    if policy.cross_tenant_blocked.contains(domain) || !policy.lets_in(domain) {
        return Err(refused(
            "This invitation is blocked by cross-tenant access settings. Admins in both your organization and the invited user's organization must configure cross-tenant access settings to allow the invitation.",
        ));
    }
    if turn.tenant.owns_domain(domain) {
        return Err(refused(
            "This user cannot be invited because the domain of the user's email address is a verified domain of this directory.",
        ));
    }
    Ok(())
}

fn check_groups(turn: &Turn<'_>, mail: &str) -> Result<(), Refusal> {
    let groups = turn.tenant.directory.groups.values();
    let taken = groups.filter_map(|group| group.settings.mail.as_deref()).any(|one| one.eq_ignore_ascii_case(mail));
    if taken { Err(refused("Group email address is not supported.")) } else { Ok(()) }
}

/// Somebody with this address who is here already: a guest is invited again, anybody else is a refusal.
fn existing(turn: &mut Turn<'_>, mail: &str) -> Result<Option<Uuid>, Refusal> {
    let directory = &turn.tenant.directory;
    let mut found = directory.with_address(mail).filter(|id| directory.users.contains_key(id)).collect::<Vec<_>>();
    // A living object is taken before a deleted one.
    found.sort_by_key(|id| directory.users.get(id).is_some_and(|user| user.deleted.is_some()));
    let Some(id) = found.into_iter().find(|id| {
        directory.users.get(id).is_some_and(|user| {
            user.mail.as_deref().is_some_and(|one| one.eq_ignore_ascii_case(mail)) || user.external.is_none()
        })
    }) else {
        return Ok(None);
    };
    let Some(user) = directory.users.get(&id) else { return Ok(None) };
    if user.external.is_some() && user.deleted.is_none() && user.enabled {
        return Ok(Some(id));
    }
    let blocked = if user.enabled {
        ". They can use that account to sign in to shared apps and resources."
    } else {
        ", but the account is blocked from signing in. If the account is unblocked, they can use that account to sign in to shared apps and resources."
    };
    Err(refused(&format!("The invited user already exists in the directory as object ID: {id}{blocked}")))
}

fn new_guest(turn: &mut Turn<'_>, call: &Call, mail: &str) -> Result<Uuid, Refusal> {
    let member = match call.text("invitedUserType") {
        None | Some("Guest") => false,
        Some("Member") => true,
        Some(_) => return Err(refused("The invitedUserType property is not valid.")),
    };
    let (id, born) = (turn.tenant.fresh_id(), turn.born());
    turn.tenant.make_guest(id, mail, call.text("invitedUserDisplayName"), member, born);
    Ok(id)
}
