//! Why something was not read, in words for people.

use access::fitness::{Cause, Unread};
use cloud::{Error, Kind};

/// The first licence that Microsoft asks for: logs, sign-in times, registrations, Conditional Access.
pub(crate) const P1: &str = "Entra ID P1";

/// The second: Privileged Identity Management, Entra ID Protection.
pub(crate) const P2: &str = "Entra ID P2";

/// Why something was not read. `licence` is the one that the service may ask for.
pub(crate) fn unread(error: &Error, licence: Option<&str>) -> Unread {
    if let Some(licence) = licence.filter(|_| is_about_licence(error)) {
        return Unread::new(Cause::NoLicence, format!("the tenant has no {licence}, without which it is not shown"));
    }
    let (cause, why) = match &error.kind {
        Kind::Forbidden { permission } => {
            (Cause::Forbidden, format!("refused (403): the app needs the application permission {permission}"))
        }
        Kind::NoRole { role } => (Cause::Forbidden, format!("refused: the app needs the role {role} on the resource")),
        Kind::NoConsent | Kind::Unauthorized | Kind::BadCredential | Kind::TenantClosed => {
            (Cause::Forbidden, error.to_string())
        }
        Kind::Throttled { .. } => (Cause::Throttled, "the service asks for a pause (429)".to_owned()),
        Kind::Missing { .. } => (Cause::Absent, error.to_string()),
        _ => (Cause::Failed, error.to_string()),
    };
    Unread::new(cause, why)
}

/// Whether the service refuses for want of a licence. Each service says it in its own way (as observed): reports with
/// `Authentication_RequestFromNonPremiumTenantOrB2CTenant`, Privileged Identity Management with `AadPremiumLicenseRequired`,
/// Entra ID Protection in words alone.
fn is_about_licence(error: &Error) -> bool {
    let (code, message) = (error.code.to_lowercase(), error.message.to_lowercase());
    let is_refusal = matches!(error.kind, Kind::Unlicensed | Kind::Forbidden { .. } | Kind::Refused);
    is_refusal
        && (error.kind == Kind::Unlicensed
            || code.contains("nonpremiumtenant")
            || code.contains("license")
            || message.contains("licensed for this feature")
            || message.contains("premium license"))
}

/// The answer was none to the question.
pub(crate) fn nothing(what: &str) -> Unread {
    Unread::new(Cause::Absent, format!("the service does not show {what}"))
}
