//! A refusal by Graph, sorted by what the caller can do about it.

use super::messages;
use crate::error::{Error, Kind};
use crate::pipeline::call::{Call, Content, Reply};
use uuid::Uuid;

/// The code for a report of a tenant without Entra ID P1 (page "List signIns").
const UNLICENSED: &str = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

/// What a status other than success means for any call. Throttling and faults have been dealt with before.
pub(super) fn sort(tenant: Uuid, call: &Call, reply: &Reply) -> Error {
    let kind = match reply.error() {
        // Without the service's own body, somebody in between has answered.
        None if reply.status != 401 => Kind::Garbled,
        _ if reply.code() == "Authorization_IdentityNotFound" => Kind::NoConsent,
        _ => match reply.status {
            401 => Kind::Unauthorized,
            403 if reply.code() == UNLICENSED => Kind::Unlicensed,
            403 => Kind::Forbidden { permission: call.permission },
            // The second is seen when an object was made a moment ago.
            404 if absent(reply) || reply.code() == "Directory_ObjectNotFound" => {
                Kind::Missing { id: reply.error().and_then(|(_, message)| messages::missing_object(message)) }
            }
            _ => Kind::Refused,
        },
    };
    let mut error = Error::from_reply(kind, tenant, &call.operation, reply);
    if error.message.is_empty() {
        error.message = match reply.content {
            Content::NotJson => "the answer is not JSON".to_owned(),
            Content::Empty | Content::Json(_) => "the answer does not say why".to_owned(),
        };
    }
    error
}

/// Whether the answer says that an object is not there. The status alone does not: proxies and delta tokens use it too.
pub(super) fn absent(reply: &Reply) -> bool {
    reply.status == 404 && matches!(reply.code(), "Request_ResourceNotFound" | "ResourceNotFound")
}

/// Whether a delta link is too old (page "Use delta query to track changes"; the codes as observed, since the page leaves
/// them open).
pub(super) fn delta_expired(reply: &Reply) -> bool {
    const CODES: [&str; 4] = ["syncStateNotFound", "resyncRequired", "Directory_ExpiredPageToken", "UnknownError"];
    let code = reply.code();
    reply.status == 410
        || (matches!(reply.status, 400 | 404) && CODES.iter().any(|known| known.eq_ignore_ascii_case(code)))
}

/// Whether a page's link is too old, so that the listing has to start again.
pub(super) fn page_expired(reply: &Reply) -> bool {
    reply.status == 400 && reply.code() == "Directory_ExpiredPageToken"
}

/// What a refused invitation means. The texts for blocked domains are not published, so every 400 is taken as a word about
/// the address; the tenant as a whole answers 403.
pub(super) fn sort_invitation(tenant: Uuid, call: &Call, reply: &Reply) -> Error {
    let mut error = sort(tenant, call, reply);
    let message = reply.error().map_or("", |(_, message)| message);
    let about_address = match error.kind {
        Kind::Refused => reply.status == 400,
        Kind::Forbidden { .. } => messages::is_cross_tenant_block(message),
        _ => false,
    };
    if about_address {
        error.kind = Kind::InvitationRefused { existing: messages::existing_user(message) };
    } else if matches!(error.kind, Kind::Forbidden { .. }) && messages::is_suspicious_activity(message) {
        error.kind = Kind::InvitationsBlocked;
    }
    error
}
