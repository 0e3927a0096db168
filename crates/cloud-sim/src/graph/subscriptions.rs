//! `/subscriptions`: who wants to be told of changes. The handshake with the address comes before [`create`] is called.

use super::Turn;
use super::call::{Answer, Call};
use super::query::page;
use super::refusal::Refusal;
use crate::notify::Subscription;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

/// "Maximum length of subscription per resource type": directory objects, under 29 days.
const LIFE_MAX: SignedDuration = SignedDuration::from_mins(41_760);
/// Shorter lives are raised to this.
const LIFE_MIN: SignedDuration = SignedDuration::from_mins(45);
/// Per app and tenant.
const COUNT_MAX: usize = 100;
const CLIENT_STATE_MAX: usize = 128;

fn invalid(message: &str) -> Refusal {
    Refusal::new(400, "InvalidRequest", message)
}

/// Looks at what a subscription asks for. Runs before the handshake and again after it.
pub(crate) fn check(turn: &Turn<'_>, call: &Call) -> Result<Subscription, Refusal> {
    let required = |name: &str| call.text(name).ok_or_else(|| invalid(&format!("The {name} property is required.")));
    let (resource, change_type, url) = (required("resource")?, required("changeType")?, required("notificationUrl")?);
    let collection = resource.trim_matches('/').split('/').next().unwrap_or_default().to_lowercase();
    let permission = match collection.as_str() {
        "users" => ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"],
        "groups" => ["Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All"],
        _ => return Err(invalid("The resource does not support change notifications.")),
    };
    if !permission.iter().any(|permission| turn.may(permission)) {
        return Err(Refusal::denied());
    }
    if change_type.split(',').any(|one| !matches!(one.trim(), "updated" | "deleted")) {
        return Err(invalid("changeType supports updated and deleted for users and groups."));
    }
    let lifecycle_url = call.text("lifecycleNotificationUrl");
    if !url.starts_with("https://") || lifecycle_url.is_some_and(|url| !url.starts_with("https://")) {
        return Err(invalid("Notification endpoints must use HTTPS."));
    }
    let client_state = call.text("clientState");
    if client_state.is_some_and(|state| state.chars().count() > CLIENT_STATE_MAX) {
        return Err(invalid("clientState is longer than 128 characters."));
    }
    let consent = turn.tenant.consents.get(&turn.app);
    Ok(Subscription {
        app: turn.app,
        creator: consent.map(|consent| consent.service_principal).unwrap_or_default(),
        resource: resource.to_owned(),
        change_type: change_type.to_owned(),
        url: url.to_owned(),
        lifecycle_url: lifecycle_url.map(str::to_owned),
        client_state: client_state.map(str::to_owned),
        expires: expiry(turn, required("expirationDateTime")?)?,
    })
}

fn expiry(turn: &Turn<'_>, text: &str) -> Result<Timestamp, Refusal> {
    let wanted: Timestamp = text.parse().map_err(|_| invalid("expirationDateTime is not a date."))?;
    let life = wanted.duration_since(turn.wall);
    if life > LIFE_MAX {
        return Err(invalid("Subscription expiration can only be 41760 minutes in the future."));
    }
    if life <= SignedDuration::ZERO {
        return Err(invalid("Subscription expiration must be in the future."));
    }
    Ok(if life < LIFE_MIN { turn.wall + LIFE_MIN } else { wanted })
}

pub(crate) fn create(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let subscription = check(turn, call)?;
    let (wall, app) = (turn.wall, turn.app);
    turn.tenant.subscriptions.retain(|_, one| one.expires > wall);
    let own = turn.tenant.subscriptions.values().filter(|one| one.app == app);
    if own.clone().any(|one| one.resource == subscription.resource && one.change_type == subscription.change_type) {
        return Err(Refusal::new(409, "Conflict", "A subscription already exists for the specified resource."));
    }
    if own.count() >= COUNT_MAX {
        let message = format!("Subscription quota exceeded: at most {COUNT_MAX} per application and tenant.");
        return Err(Refusal::new(403, "Forbidden", message));
    }
    let id = turn.tenant.fresh_id();
    turn.tenant.subscriptions.insert(id, subscription);
    Ok(Answer::created(entity(turn, id)))
}

fn show(turn: &Turn<'_>, id: Uuid) -> Value {
    let Some(one) = turn.tenant.subscriptions.get(&id) else { return Value::Null };
    json!({
        "id": id,
        "resource": one.resource,
        "applicationId": one.app,
        "changeType": one.change_type,
        "clientState": one.client_state,
        "notificationUrl": one.url,
        "notificationQueryOptions": null,
        "lifecycleNotificationUrl": one.lifecycle_url,
        "expirationDateTime": one.expires,
        "creatorId": one.creator,
        "includeResourceData": null,
        "latestSupportedTlsVersion": "v1_2",
        "encryptionCertificate": null,
        "encryptionCertificateId": null,
        "notificationUrlAppId": null,
    })
}

fn entity(turn: &Turn<'_>, id: Uuid) -> Value {
    let mut body = show(turn, id);
    body["@odata.context"] = json!(format!("{}#subscriptions/$entity", turn.metadata()));
    body
}

fn find(turn: &Turn<'_>) -> Result<Uuid, Refusal> {
    let id = turn.id(0)?;
    let found = turn.tenant.subscriptions.get(&id);
    let own = found.is_some_and(|one| one.app == turn.app && one.expires > turn.wall);
    own.then_some(id).ok_or_else(|| Refusal::new(404, "ResourceNotFound", "The object was not found."))
}

pub(crate) fn list(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let own = turn.tenant.subscriptions.iter().filter(|(_, one)| one.app == turn.app && one.expires > turn.wall);
    let ids: Vec<_> = own.map(|(id, _)| *id).collect();
    page(turn, call, "subscriptions", &ids, show)
}

pub(crate) fn get(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let id = find(turn)?;
    Ok(Answer::ok(entity(turn, id)))
}

pub(crate) fn renew(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let id = find(turn)?;
    let expires = call.text("expirationDateTime").ok_or_else(|| invalid("expirationDateTime is required."))?;
    let expires = expiry(turn, expires)?;
    if let Some(one) = turn.tenant.subscriptions.get_mut(&id) {
        one.expires = expires;
    }
    Ok(Answer::ok(entity(turn, id)))
}

pub(crate) fn delete(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let id = find(turn)?;
    turn.tenant.subscriptions.remove(&id);
    Ok(Answer::no_content())
}

pub(crate) fn reauthorize(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    find(turn)?;
    Ok(Answer::no_content())
}
