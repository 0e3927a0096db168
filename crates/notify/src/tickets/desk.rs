//! A ticketing system with its secrets resolved.

use super::oauth::Client;
use crate::channel::SecretText;
use access::config::{self, DeskSystem, SecretRef, ServiceNowAuth, TicketEvent, ZendeskStatus};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest base of a system, in bytes: what comes after it is short, and both together are a valid address.
const BASE_BYTES_MAX: usize = 2048;

/// A ticketing system that can be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    base: String,
    pub(crate) host: String,
    /// What proves us in every request; marked as sensitive, so that nothing prints it.
    headers: HeaderMap,
    pub(crate) system: System,
}

/// The systems, with what only they need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum System {
    ServiceNow { table: String, client: Option<Client>, states: BTreeMap<TicketEvent, String> },
    Jira { internal: bool, transitions: BTreeMap<TicketEvent, String> },
    Zendesk { states: BTreeMap<TicketEvent, ZendeskStatus> },
    Freshservice,
    Halopsa { client: Client },
    Connectwise,
    Autotask,
}

impl Desk {
    /// The system of the configuration, with its secrets read by `read`. The error says what is wrong, and repeats no
    /// secret.
    pub fn resolve(desk: &config::Desk, read: impl Fn(&SecretRef) -> Result<Vec<u8>, String>) -> Result<Self, String> {
        let text = |secret: &SecretRef| {
            let text = String::from_utf8(read(secret)?).map_err(|_| "the secret is not text".to_owned())?;
            // An editor's or a shell's line end is never part of a password or a key.
            Ok::<_, String>(text.trim_end_matches(['\r', '\n']).to_owned())
        };
        let pair = |secret: &SecretRef, shape: &str| {
            let text = text(secret)?;
            let (name, word) = text.split_once(':').unwrap_or_default();
            if name.is_empty() || word.is_empty() {
                return Err(format!("the secret must be {shape}"));
            }
            Ok::<_, String>((name.to_owned(), word.to_owned()))
        };
        let basic = |secret: &SecretRef, shape: &str| {
            let (name, word) = pair(secret, shape)?;
            Ok::<_, String>((AUTHORIZATION, basic(&format!("{name}:{word}"))))
        };
        let client = |secret: &SecretRef| {
            let (id, secret) = pair(secret, "CLIENT_ID:CLIENT_SECRET")?;
            Ok::<_, String>(Client { id: SecretText::new(id), secret: SecretText::new(secret) })
        };
        let mut headers = Vec::new();
        let system = match &desk.system {
            DeskSystem::ServiceNow { table, auth, states } => {
                let client = match auth {
                    ServiceNowAuth::Basic(secret) => {
                        headers.push(basic(secret, "USER:PASSWORD")?);
                        None
                    }
                    ServiceNowAuth::Client(secret) => Some(client(secret)?),
                };
                System::ServiceNow { table: table.clone(), client, states: states.clone() }
            }
            DeskSystem::Jira { auth, internal, transitions } => {
                headers.push(basic(auth, "MAIL:TOKEN")?);
                System::Jira { internal: *internal, transitions: transitions.clone() }
            }
            DeskSystem::Zendesk { auth, states } => {
                headers.push(basic(auth, "MAIL/token:TOKEN")?);
                System::Zendesk { states: states.clone() }
            }
            DeskSystem::Freshservice { auth } => {
                let key = text(auth)?;
                if key.is_empty() || key.contains(':') {
                    return Err("the secret must be an API key alone".into());
                }
                // The key is the user's name, and the password is any text (page "Authentication", Freshservice API).
                headers.push((AUTHORIZATION, self::basic(&format!("{key}:X"))));
                System::Freshservice
            }
            DeskSystem::Halopsa { client: secret } => System::Halopsa { client: client(secret)? },
            DeskSystem::Connectwise { auth, client_id } => {
                headers.push(basic(auth, "COMPANY+PUBLIC_KEY:PRIVATE_KEY")?);
                headers.push((HeaderName::from_static("clientid"), sensitive(&client_id.to_string())?));
                System::Connectwise
            }
            DeskSystem::Autotask { auth, integration_code } => {
                let (user, secret) = pair(auth, "USER_NAME:SECRET")?;
                headers.push((HeaderName::from_static("username"), sensitive(&user)?));
                headers.push((HeaderName::from_static("secret"), sensitive(&secret)?));
                let code = sensitive(&text(integration_code)?)?;
                headers.push((HeaderName::from_static("apiintegrationcode"), code));
                System::Autotask
            }
        };
        let (base, host) = base(&desk.url)?;
        Ok(Self { base, host, headers: headers.into_iter().collect(), system })
    }

    /// A GET of this path, which begins with `/` and is made of characters that an address may hold.
    pub(crate) fn get(&self, path: &str) -> Request<Bytes> {
        self.request(Method::GET, path, "", Bytes::new())
    }

    /// A request with a JSON body.
    pub(crate) fn json(&self, method: Method, path: &str, body: &Value) -> Request<Bytes> {
        self.request(method, path, "application/json", Bytes::from(body.to_string()))
    }

    /// A POST of a form.
    pub(crate) fn form(&self, path: &str, body: String) -> Request<Bytes> {
        self.request(Method::POST, path, "application/x-www-form-urlencoded", Bytes::from(body))
    }

    fn request(&self, method: Method, path: &str, content: &'static str, body: Bytes) -> Request<Bytes> {
        let address = format!("{}{path}", self.base).parse::<Uri>();
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = address.expect("the base is an address, and only checked characters are added to it");
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        if !content.is_empty() {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content));
        }
        request
    }
}

/// The base without a trailing slash, and its host. It is https, always.
fn base(url: &str) -> Result<(String, String), String> {
    let wrong = || "the address is not an https URL".to_owned();
    let url = url.trim_end_matches('/');
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
    if uri.scheme_str() != Some("https") || uri.query().is_some() || url.len() > BASE_BYTES_MAX {
        return Err(wrong());
    }
    Ok((url.to_owned(), host.to_owned()))
}

/// Basic authentication with `user:password`.
pub(super) fn basic(pair: &str) -> HeaderValue {
    let header = sensitive(&format!("Basic {}", STANDARD.encode(pair)));
    header.expect("base64 is fit for a header")
}

/// A header that nothing prints.
pub(super) fn sensitive(text: &str) -> Result<HeaderValue, String> {
    let header = HeaderValue::from_str(text).map_err(|_| "the secret is not fit for a header".to_owned());
    let mut header = header?;
    header.set_sensitive(true);
    Ok(header)
}
