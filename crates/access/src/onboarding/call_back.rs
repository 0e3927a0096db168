//! What Microsoft's consent page sends the browser back with, and what its errors mean.
//!
//! Page "Admin consent on the Microsoft identity platform". `admin_consent=True` comes on failure as well, so it is not
//! looked at; whether `error` is there decides. Nothing in it is proof of anything: anybody can type an address.

use crate::ids::TenantId;
use serde::{Deserialize, Serialize};

/// The longest query that is read, in bytes; Microsoft's are under 1 KB.
pub const QUERY_BYTES_MAX: usize = 8 * 1024;

/// The most characters that are kept of an error's description.
const DESCRIPTION_CHARS_MAX: usize = 300;

/// A call-back, read but not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallBack {
    /// What we gave the link.
    pub state: String,
    /// The tenant that it claims, if it names one.
    pub tenant: Option<TenantId>,
    /// `error` and its description, where there is one.
    pub error: Option<(String, String)>,
}

impl CallBack {
    /// Reads the query of an address. `None`: it is no call-back: without exactly one state, with something twice, or with a
    /// tenant that is no id.
    pub fn read(query: &str) -> Option<Self> {
        if query.len() > QUERY_BYTES_MAX {
            return None;
        }
        let (mut state, mut tenant, mut error, mut description) = (None, None, None, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let field = match name.as_ref() {
                "state" => &mut state,
                "tenant" => &mut tenant,
                "error" => &mut error,
                "error_description" => &mut description,
                _ => continue,
            };
            // Of two, who knows which one is meant.
            if field.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        let tenant = tenant.map(|text| text.parse().ok()).map_or(Some(None), |id| id.map(Some))?;
        let error = error.filter(|error| !error.is_empty());
        let error = error.map(|error| (error, description.unwrap_or_default()));
        Some(Self { state: state.filter(|state| !state.is_empty())?, tenant, error })
    }
}

/// The query of a whole address, as a browser shows it.
pub fn query_of(address: &str) -> Option<&str> {
    let (_, query) = address.trim().split_once('?')?;
    query.split('#').next()
}

/// What a refused consent comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// The administrator said no, or closed the page.
    Declined,
    /// Whoever signed in may not consent.
    NotAllowed,
    /// It was sent to somebody who may: wait.
    Waiting,
    /// The app registration, or one that it needs, is not what the tenant can find.
    App,
    /// Microsoft is unwell: again later.
    Later,
    /// Something else.
    Other,
}

/// A refusal, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it comes to.
    pub refused: Refused,
    /// What happened and what to do, for us.
    pub text: String,
    /// The same for whoever sits in front of the browser, in words of ours alone.
    pub page: &'static str,
}

/// What an error of the consent page means. AADSTS65004 is documented on the page above; the other numbers are on the page
/// "Microsoft Entra authentication and authorization error codes".
pub fn refusal(error: &str, description: &str) -> Refusal {
    let number = number_in(description);
    let refused = match (number, error) {
        (Some(65004), _) => Refused::Declined,
        (Some(90094), _) => Refused::NotAllowed,
        (Some(90095), _) => Refused::Waiting,
        (Some(700_016 | 650_052 | 650_051), _) | (_, "invalid_client" | "unauthorized_client") => Refused::App,
        (_, "consent_required" | "access_denied") => Refused::Declined,
        (_, "temporarily_unavailable" | "server_error") => Refused::Later,
        _ => Refused::Other,
    };
    let (what, page) = match refused {
        Refused::Declined => (
            "the administrator declined, or closed the page: nothing was consented to. Talk to them, and send a new link",
            "Nothing was consented to. If that was a mistake, ask your partner for a new link.",
        ),
        Refused::NotAllowed => (
            "whoever signed in may not consent: permissions of Microsoft Graph take a Privileged Role Administrator or a \
             Global Administrator of the customer. Send a new link to one of them",
            "You may not consent for your organization. A Privileged Role Administrator or a Global Administrator has to: ask \
             your partner for a new link for one of them.",
        ),
        Refused::Waiting => (
            "the request went to the customer's reviewers of consent. Wait; the next look sees it when they have approved",
            "Your request went to those who review consent in your organization. There is nothing more to do here.",
        ),
        Refused::App => (
            "the customer's tenant cannot find the app, or a service that it asks permissions of: [app] client_id is wrong, \
             the registration is not multi-tenant (AzureADMultipleOrgs), or the tenant lacks the service. Look at the app \
             registration in the partner's tenant",
            "The application could not be found. Your partner has to look at its registration; nothing was consented to.",
        ),
        Refused::Later => (
            "Microsoft was not able to finish it: send a new link in a while",
            "Microsoft could not finish it now. Ask your partner for a new link in a while.",
        ),
        Refused::Other => (
            "Microsoft refused for another reason; its words are the best hint. Send a new link when it is mended",
            "It did not work, and nothing was consented to. Your partner sees the reason that Microsoft gave.",
        ),
    };
    let said = said(error, description);
    Refusal { refused, text: format!("{what} (Microsoft said: {said})"), page }
}

/// The number of the first `AADSTS…` in a text.
fn number_in(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once("AADSTS")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// The service's words on one line, without what follows the first: trace ids and times.
fn said(error: &str, description: &str) -> String {
    let line = description.split(['\r', '\n']).next().unwrap_or_default();
    let line = line.split(" Trace ID").next().unwrap_or_default();
    let whole = if line.is_empty() { error.to_owned() } else { format!("{error}: {line}") };
    whole.chars().filter(|c| !c.is_control()).take(DESCRIPTION_CHARS_MAX).collect()
}
