//! The page in HTML: no script, nothing from elsewhere, and every text from outside escaped.

use super::form::Form;
use access::requests::{Request, Status};
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use jiff::Timestamp;
use std::fmt::Write;

/// The page's looks. They are part of the page, so its policy names them by their hash.
pub(super) const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:40rem;padding:0 1rem}dt{font-weight:600;margin-top:.5rem}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}label{display:block;font-weight:600;margin-top:1rem}input,textarea{box-sizing:border-box;font:inherit;padding:.4rem;width:100%}button{font:inherit;margin:1rem .5rem 0 0;padding:.5rem 1.5rem}.said{border-left:.3rem solid;padding-left:.7rem}";

/// Nothing may be loaded or run, no site may show the page inside of its own, and the form goes nowhere else.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'sha256-w/EGsJyWJofwP2lM14TuwdqMOTNw2zFGbyAqXuKpt8Q='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What is said above the request.
pub(super) enum Said<'a> {
    /// Somebody looks.
    Nothing,
    /// What was wished is done.
    Yes(&'a str),
    /// It is not, why, and what was filled in.
    No(&'a str, Option<&'a Form>),
}

/// The page of a request.
pub(super) fn of(status: StatusCode, request: &Request, said: Said<'_>) -> Response<Bytes> {
    let mut main = format!("<h1>Access to {} in {}</h1>\n", text(&request.package), text(&request.customer));
    if let Said::Yes(words) | Said::No(words, _) = &said {
        let _ = writeln!(main, "<p class=\"said\" role=\"status\">{}</p>", text(words));
    }
    let _ = writeln!(main, "<p>{}</p>\n<dl>", text(&state(request)));
    for (name, value) in facts(request) {
        let _ = writeln!(main, "<dt>{name}</dt><dd>{}</dd>", text(&value));
    }
    main.push_str("</dl>\n");
    if request.status == Status::WaitingApproval && !matches!(said, Said::Yes(_)) {
        let entered = if let Said::No(_, entered) = said { entered } else { None };
        main.push_str(&form(entered));
    }
    respond(status, &main)
}

/// The page of every wrong address.
pub(super) fn missing() -> Response<Bytes> {
    respond(
        StatusCode::NOT_FOUND,
        "<h1>There is no such page</h1>\n<p>The link is not whole, or it was not made here. Open the one in the message again.</p>\n",
    )
}

/// The page where the store does not answer.
pub(super) fn unavailable() -> Response<Bytes> {
    respond(StatusCode::SERVICE_UNAVAILABLE, "<h1>Not possible now</h1>\n<p>Try again in a minute.</p>\n")
}

fn respond(status: StatusCode, main: &str) -> Response<Bytes> {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n<title>A request for access</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{main}</main>\n</body>\n</html>\n"
    );
    let mut response = Response::new(Bytes::from(html));
    *response.status_mut() = status;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // For browsers that do not know `frame-ancestors`.
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Where the request stands, in one sentence.
fn state(request: &Request) -> String {
    let detail = || request.detail.as_ref().map_or_else(String::new, |detail| format!(" ({detail})"));
    match request.status {
        Status::WaitingApproval => match request.asking {
            Some(asking) => format!("It waits for approval, until {}.", minute(asking.until)),
            None => "It waits for approval.".into(),
        },
        Status::Accepted => format!("It is approved, and the access is being given.{}", detail()),
        Status::Invited => "It is approved, and the person is invited.".into(),
        Status::Active => match request.ends_at {
            Some(end) => format!("It is approved; the access is there until {}.", minute(end)),
            None => "It is approved, and the access is there.".into(),
        },
        Status::Expired if request.starts_at.is_none() => "Nobody answered in time. It must be asked for anew.".into(),
        Status::Expired => "It is over, and the access is gone.".into(),
        Status::Rejected => format!("It was rejected.{}", detail()),
        Status::Cancelled => format!("It was taken back.{}", detail()),
        Status::Failed => format!("It could not be carried out.{}", detail()),
    }
}

fn facts(request: &Request) -> Vec<(&'static str, String)> {
    let invitee = &request.invitee;
    let names = [&invitee.given_name, &invitee.surname].into_iter().flatten().map(String::as_str);
    let whom: Vec<&str> = names.chain([invitee.email.as_str()]).collect();
    let by = match &request.requested_by {
        Some(mail) => format!("{mail}, as {} says", request.caller),
        None => request.caller.clone(),
    };
    let hours = if request.hours == 1 { "1 hour".into() } else { format!("{} hours", request.hours) };
    let mut facts = vec![
        ("For whom", whom.join(" ")),
        ("How long", hours),
        ("Asked for by", by),
        ("Asked for at", minute(request.created_at)),
    ];
    if let Some(ticket) = &request.ticket {
        // Its address, too, is a text and no link: it came from outside.
        let parts = [&ticket.system, &ticket.number, &ticket.id, &ticket.url];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        facts.push(("Ticket", parts.join(", ")));
    }
    facts.push(("Reason", request.reason.clone()));
    for approval in &request.approvals {
        let says = if approval.asserted { ", as the caller says" } else { "" };
        let comment = approval.comment.as_ref().map_or_else(String::new, |comment| format!(": {comment}"));
        facts.push(("Approved by", format!("{}{says}, at {}{comment}", approval.by, minute(approval.at))));
    }
    facts.push(("Request", request.id.to_string()));
    facts
}

/// The form. It goes to the page's own address, link included. The key is never filled in again.
fn form(entered: Option<&Form>) -> String {
    let mail = entered.map_or_else(String::new, |form| text(&form.mail));
    let comment = entered.and_then(|form| form.comment.as_deref()).map_or_else(String::new, text);
    // Return in a field presses the first button: that one does nothing, so that nobody approves by a slip.
    format!(
        "<form method=\"post\" autocomplete=\"off\">\n<button type=\"submit\" disabled hidden></button>\n<label for=\"mail\">Your mail address</label>\n<input id=\"mail\" name=\"mail\" type=\"email\" required maxlength=\"320\" autocomplete=\"off\" value=\"{mail}\">\n<label for=\"comment\">Comment</label>\n<textarea id=\"comment\" name=\"comment\" rows=\"3\" maxlength=\"1000\">\n{comment}</textarea>\n<label for=\"key\">Key of a caller that may approve</label>\n<input id=\"key\" name=\"key\" type=\"password\" required autocomplete=\"off\">\n<button type=\"submit\" name=\"decision\" value=\"approve\">Approve</button>\n<button type=\"submit\" name=\"decision\" value=\"reject\">Reject</button>\n</form>\n"
    )
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A text from outside, fit for the inside of an element and of a quoted attribute: without markup, and without
/// characters that nobody sees or that turn the direction of what follows.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => {}
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
