//! The login service's answers, sorted. Its error codes are in Microsoft's page "Microsoft Entra authentication and
//! authorization error codes", but for those of tenants that are shut: an inactive one is described in the page "Tenant
//! inaccessible due to inactivity", one that was given up by the maintainers of Microsoft's own library (MSAL for .NET), and
//! an API that is switched off in a tenant says so itself (observed).

use super::proof::Fields;
use super::{OPERATION, refusal};
use crate::SecretText;
use crate::error::{Error, Kind};
use crate::pipeline::call::{Content, Reply};
use crate::pipeline::retry;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

/// The most characters that are kept of a message from outside.
const MESSAGE_MAX: usize = 300;

/// What an answer means.
#[derive(Debug)]
pub(super) enum Sorted {
    /// A token, and how long it lives.
    Token {
        /// The token.
        text: SecretText,
        /// How long it lives.
        life: Duration,
    },
    /// What we signed was outside its time, or signed by a key that was just changed: once more with a new one.
    SignAgain(Error),
    /// The service is unwell, or asks for a pause.
    Later(Error, Option<Duration>),
    /// No.
    Refused(Error),
}

/// Sorts an answer of the token endpoint. `sent` is what must not show up in a message.
pub(super) fn sort(tenant: Uuid, reply: &Reply, sent: &Fields) -> Sorted {
    let body = match &reply.content {
        Content::Json(body) => body,
        Content::Empty | Content::NotJson => &Value::Null,
    };
    if reply.status == 200 {
        let token = body.get("access_token").and_then(Value::as_str);
        // Older endpoints write the number as text.
        let life = body.get("expires_in").and_then(|life| life.as_u64().or_else(|| life.as_str()?.parse().ok()));
        return match (token, life) {
            (Some(token), Some(life)) => {
                Sorted::Token { text: SecretText::new(token), life: Duration::from_secs(life) }
            }
            _ => {
                let message = "the answer has no access_token, or no number at expires_in";
                Sorted::Refused(Error::new(Kind::Garbled, tenant, OPERATION, message))
            }
        };
    }
    let text = |name| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = body.get("error_codes").and_then(|codes| codes.get(0)).and_then(Value::as_u64);
    let code = number.map_or_else(|| text("error").to_owned(), |number| format!("AADSTS{number}"));
    let error = |kind| refusal(kind, tenant, reply, code.clone(), message(text("error_description"), sent));
    match number.unwrap_or_default() {
        700_016 | 7_000_229 | 7_000_112 | 90_099 => Sorted::Refused(error(Kind::NoConsent)),
        // Inactive, given up, the API switched off, a policy in the way.
        5_000_225 | 5_000_224 | 500_014 | 53_003 => Sorted::Refused(error(Kind::TenantClosed)),
        90_002 => Sorted::Refused(error(Kind::NoSuchTenant)),
        700_024 | 50_012 | 500_133 => Sorted::SignAgain(error(Kind::BadCredential)),
        90_055 => Sorted::Later(error(Kind::Throttled { retry_after: reply.retry_after }), reply.retry_after),
        90_006 | 90_012 | 90_024 | 90_033 | 90_090 | 90_091 | 50_000 => {
            Sorted::Later(error(Kind::Unavailable), reply.retry_after)
        }
        _ if reply.status == 429 => {
            Sorted::Later(error(Kind::Throttled { retry_after: reply.retry_after }), reply.retry_after)
        }
        _ if retry::faulty(reply) || matches!(text("error"), "temporarily_unavailable" | "server_error") => {
            Sorted::Later(error(Kind::Unavailable), reply.retry_after)
        }
        _ if matches!(text("error"), "invalid_client" | "invalid_grant") => Sorted::Refused(error(Kind::BadCredential)),
        _ if text("error").is_empty() => Sorted::Refused(error(Kind::Garbled)),
        _ => Sorted::Refused(error(Kind::Refused)),
    }
}

/// The first sentence of the description: what follows are trace ids and times. Cleared of what we sent, should it be
/// quoted.
fn message(description: &str, sent: &Fields) -> String {
    let end = ["\r", "\n", " Trace ID"].iter().filter_map(|mark| description.find(mark)).min();
    let mut message: String = description[..end.unwrap_or(description.len())].to_owned();
    for (_, secret) in sent {
        if !secret.reveal().is_empty() {
            message = message.replace(secret.reveal(), "…");
        }
    }
    message.chars().take(MESSAGE_MAX).collect()
}

/// The tenant that a token was made for, if it says so. The signature is for Graph to check, not for us.
pub(super) fn tenant_of(token: &str) -> Option<Uuid> {
    claims(token)?.get("tid")?.as_str()?.parse().ok()
}

/// Whether the token says that it was made for an app, and names no permission: such tokens are issued, and only Graph
/// turns them away (page "Microsoft identity platform and the OAuth 2.0 client credentials flow"). A token that cannot be
/// read says nothing.
pub(super) fn is_bare(token: &str) -> bool {
    let Some(claims) = claims(token).filter(|claims| claims.get("appid").is_some()) else { return false };
    claims.get("roles").and_then(Value::as_array).is_none_or(Vec::is_empty)
}

/// The application permissions that a token carries; `None` where it cannot be read. A token that can be read and has no
/// `roles` carries none (page "OAuth 2.0 client credentials flow").
pub(super) fn permissions_of(token: &str) -> Option<BTreeSet<String>> {
    let claims = claims(token)?;
    claims.get("tid")?;
    let roles = claims.get("roles").and_then(Value::as_array).into_iter().flatten();
    Some(roles.filter_map(Value::as_str).map(str::to_owned).collect())
}

fn claims(token: &str) -> Option<Value> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}
