//! Why something is not known, in words for somebody who was paged at night.

use cloud::{Error, Kind};

/// What could not be read, why, and what would mend it.
pub(in crate::incidents) fn gap(what: &str, error: &Error) -> String {
    let why = match &error.kind {
        Kind::Unlicensed => "the tenant needs Entra ID P1 for it".to_owned(),
        Kind::Forbidden { permission } => format!("the app lacks the permission {permission} in the tenant"),
        Kind::NoRole { role } => format!("the app has no role on it ({role} is enough; a new one may take an hour)"),
        Kind::NoConsent => "an administrator of the tenant has to consent to the app".to_owned(),
        Kind::NoSuchTenant => "there is no such tenant in this cloud".to_owned(),
        Kind::TenantClosed => {
            "the tenant is blocked, or lets our app in no more: its administrator has to see to it".to_owned()
        }
        Kind::BadCredential => "Microsoft refuses the app's own credential".to_owned(),
        Kind::Missing { .. } => "it is not there: look at the id in the configuration".to_owned(),
        Kind::Throttled { .. } => "Microsoft asks us to wait".to_owned(),
        Kind::NoCredential => "this machine has no credential to ask with".to_owned(),
        Kind::NeverSent => "Microsoft cannot be reached from here".to_owned(),
        Kind::Unavailable | Kind::Unclear => "it does not answer".to_owned(),
        _ => match (error.status, error.code.as_str()) {
            (Some(status), "") => format!("Microsoft answered {status}"),
            (Some(status), code) => format!("Microsoft answered {status} {code}"),
            (None, _) => "the answer could not be used".to_owned(),
        },
    };
    format!("{what} could not be read: {why}")
}

/// An answer that is not all.
pub(super) fn partial(why: &str) -> String {
    let why: String = why.chars().take(200).collect();
    format!("only a part was read: {why}")
}
