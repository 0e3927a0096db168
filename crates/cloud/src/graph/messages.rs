//! The service's sentences that we have to recognise.
//!
//! Entra answers many different refusals with one status and one code, so that only the message tells them apart. Messages
//! may change; they are matched here and nowhere else, loosely and without regard to case. All are as observed in
//! production, unless a comment says more.

use uuid::Uuid;

/// A member or unit member that was to be added is there already.
pub(crate) fn is_there_already(message: &str) -> bool {
    has(message, "added object references already exist") || is_conflicting_object(message)
}

/// An object with the same key exists: a unit's member, a unique name.
pub(crate) fn is_conflicting_object(message: &str) -> bool {
    has(message, "conflicting object with one or more of the specified property values")
        || has(message, "another object with the same value for property")
}

/// A member that was to be removed is not there.
pub(crate) fn is_not_there(message: &str) -> bool {
    has(message, "removed object references do not exist")
}

/// Microsoft's abuse detection has closed the tenant for invitations.
pub(crate) fn is_suspicious_activity(message: &str) -> bool {
    has(message, "blocked for this directory due to suspicious activity")
}

/// The settings of one of the two tenants keep this address out; the status has been 400 and 403 (page "Troubleshoot B2B
/// collaboration").
pub(crate) fn is_cross_tenant_block(message: &str) -> bool {
    has(message, "cross-tenant access settings")
}

/// The user who has an invited address already: "… already exists in the directory as object ID: {id}. …".
pub(crate) fn existing_user(message: &str) -> Option<Uuid> {
    if has(message, "already exists in the directory") { first_id(message) } else { None }
}

/// The object that a 404 names: "Resource '{id}' does not exist or one of its …".
pub(crate) fn missing_object(message: &str) -> Option<Uuid> {
    first_id(message)
}

fn has(message: &str, part: &str) -> bool {
    message.to_ascii_lowercase().contains(part)
}

fn first_id(message: &str) -> Option<Uuid> {
    let words = message.split(|c: char| !(c.is_ascii_hexdigit() || c == '-'));
    words.filter(|word| word.len() == 36).find_map(|word| Uuid::try_parse(word).ok())
}
