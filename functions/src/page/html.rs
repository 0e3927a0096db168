//! A page in HTML.

use super::form::{self, Form, Layout};
use access::text::is_unseen;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use jiff::Timestamp;
use std::fmt::Write;

/// The pages' looks. They are part of each page, so its policy names them by their hash.
pub(crate) const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:40rem;padding:0 1rem}dt{font-weight:600;margin-top:.5rem}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}label{display:block;font-weight:600;margin-top:1rem}input,textarea{box-sizing:border-box;font:inherit;padding:.4rem;width:100%}button{font:inherit;margin:1rem .5rem 0 0;padding:.5rem 1.5rem}.said{border-left:.3rem solid;padding-left:.7rem}";

/// Nothing may be loaded or run, no site may show the page inside of its own, and the form goes nowhere else.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'sha256-w/EGsJyWJofwP2lM14TuwdqMOTNw2zFGbyAqXuKpt8Q='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What is said above everything else.
pub(crate) enum Said<'a, D> {
    /// Somebody looks.
    Nothing,
    /// What was wished is done.
    Yes(&'a str),
    /// It is not, why, and what was filled in.
    No(&'a str, Option<&'a Form<D>>),
}

/// What a page shows. Everything is text, and escaped here.
pub(crate) struct Page<'a, D: 'static> {
    /// What the browser calls it.
    pub(crate) title: &'static str,
    /// What it is about.
    pub(crate) heading: String,
    /// Where that stands, in sentences.
    pub(crate) state: String,
    /// What is known of it, each with its label.
    pub(crate) facts: Vec<(String, String)>,
    /// The form to answer with, where there is something to answer.
    pub(crate) form: Option<&'a Layout<D>>,
}

impl<D> Page<'_, D> {
    /// The answer that shows it.
    pub(crate) fn respond(&self, status: StatusCode, said: Said<'_, D>) -> Response<Bytes> {
        let mut main = format!("<h1>{}</h1>\n", text(&self.heading));
        if let Said::Yes(words) | Said::No(words, _) = &said {
            let _ = writeln!(main, "<p class=\"said\" role=\"status\">{}</p>", text(words));
        }
        let _ = writeln!(main, "<p>{}</p>\n<dl>", text(&self.state));
        for (name, value) in &self.facts {
            let _ = writeln!(main, "<dt>{}</dt><dd>{}</dd>", text(name), text(value));
        }
        main.push_str("</dl>\n");
        if let (Some(layout), Said::Nothing | Said::No(..)) = (self.form, &said) {
            let entered = if let Said::No(_, entered) = said { entered } else { None };
            main.push_str(&form::html(layout, entered));
        }
        respond(status, self.title, &main)
    }
}

/// The page of every wrong address.
pub(crate) fn missing() -> Response<Bytes> {
    respond(
        StatusCode::NOT_FOUND,
        "Gatehouse",
        "<h1>There is no such page</h1>\n<p>The link is not whole, or it was not made here. Open the one in the message again.</p>\n",
    )
}

/// The page where the store does not answer.
pub(crate) fn unavailable() -> Response<Bytes> {
    let main = "<h1>Not possible now</h1>\n<p>Try again in a minute.</p>\n";
    respond(StatusCode::SERVICE_UNAVAILABLE, "Gatehouse", main)
}

fn respond(status: StatusCode, title: &str, main: &str) -> Response<Bytes> {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{main}</main>\n</body>\n</html>\n"
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

/// A time as people read it.
pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A text from outside, fit for the inside of an element and of a quoted attribute: without markup, and without
/// characters that nobody sees or that turn the direction of what follows.
pub(crate) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            c if is_unseen(c) => {}
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
