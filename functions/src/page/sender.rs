//! Who sent a page's form, and by which link they came.

use super::form::{self, Form, Layout};
use super::html::{Page, Said};
use crate::{Denied, Inside, Known};
use bytes::Bytes;
use engine::By;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use std::borrow::Cow;

/// A form, and who sent it.
pub(crate) struct Received<D> {
    pub(crate) form: Form<D>,
    /// The caller whose credential it holds, with the right that the form needs.
    pub(crate) known: Known,
    /// The person of the token; else the one whom the form names, asserted by the caller.
    pub(crate) by: By,
}

/// The link of the address, if there is exactly one.
pub(crate) fn link(parts: &Parts) -> Option<Cow<'_, str>> {
    let query = parts.uri.query().unwrap_or_default();
    let mut links = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "link");
    match (links.next(), links.next()) {
        (Some((_, link)), None) => Some(link),
        _ => None,
    }
}

/// The form that was sent to this page. The error is the answer to send: nothing may be done.
pub(crate) async fn receive<D: Copy>(
    inside: &Inside,
    parts: &Parts,
    body: &[u8],
    page: &Page<'_, D>,
    layout: &Layout<D>,
) -> Result<Received<D>, Box<Response<Bytes>>> {
    let no = |status, why: &str, form: Option<&Form<D>>| Box::new(page.respond(status, Said::No(why, form)));
    if !is_same_origin(&parts.headers) {
        let why = "This was sent from another site. Open the link of the message, and answer there.";
        return Err(no(StatusCode::FORBIDDEN, why, None));
    }
    let form = form::read(layout, &parts.headers, body).map_err(|unfit| no(unfit.status, unfit.text, None))?;
    let known = match inside.gate.identify(&credential(&form.key), &[]).await {
        Ok(known) => known,
        Err(Denied::Wrong) => {
            let mut answer = no(StatusCode::UNAUTHORIZED, "This key is not known here.", Some(&form));
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return Err(answer);
        }
        Err(Denied::Unavailable(why)) => {
            tracing::error!(why, "callers cannot be told apart");
            let why = "The key cannot be checked now. Try again soon.";
            return Err(no(StatusCode::SERVICE_UNAVAILABLE, why, Some(&form)));
        }
    };
    if !known.may_any(&[layout.needs]) {
        return Err(no(StatusCode::FORBIDDEN, layout.without, Some(&form)));
    }
    let (who, asserted) = match &known.person {
        Some(person) => (person.clone(), false),
        None => (form.mail.clone(), true),
    };
    let by = By { who, asserted, comment: form.comment.clone() };
    Ok(Received { form, known, by })
}

/// The key, as a caller of the API sends it. Nothing else of what the browser sent goes with it.
fn credential(key: &str) -> Parts {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.method = Method::POST;
    if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {key}")) {
        value.set_sensitive(true);
        parts.headers.insert(AUTHORIZATION, value);
    }
    parts
}

/// Whether the form was sent from the page itself, as far as the browser says. Browsers that send `Sec-Fetch-Site` know
/// best: the page asks for no referrer, and with that `Origin` is `null` (Fetch Standard, "append a request `Origin`
/// header").
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    match text("origin") {
        None | Some("null") => true,
        Some(origin) => {
            let from = origin.split_once("://").map(|(_, host)| host);
            // Behind a gateway only it knows by which name it was called; a form cannot set these headers.
            let ours = ["host", "x-forwarded-host", "x-original-host"].into_iter().filter_map(text);
            let mut ours = ours.flat_map(|hosts| hosts.split(',').map(str::trim));
            from.is_some_and(|from| ours.any(|host| host.eq_ignore_ascii_case(from)))
        }
    }
}
