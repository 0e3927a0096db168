//! The form of a page, and what it sends.

use super::html::text;
use crate::decision::{COMMENT_CHARS_MAX, is_email};
use access::config::May;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap};
use std::borrow::Cow;
use std::fmt::Write;

/// The largest form, in bytes: the longest comment in characters that take twelve each, and a token of an ordinary length.
pub(crate) const FORM_BYTES_MAX: usize = 32 * 1024;

/// What stands in a page's form beside what all of them ask.
pub(crate) struct Layout<D: 'static> {
    /// The right that the caller needs whose credential is sent.
    pub(crate) needs: May,
    /// What somebody reads whose caller does not have it.
    pub(crate) without: &'static str,
    /// What the field for the credential is called.
    pub(crate) key: &'static str,
    /// The buttons: what each sends, what stands on it, and what it decides.
    pub(crate) buttons: &'static [(&'static str, &'static str, D)],
    /// What somebody reads who pressed none of them.
    pub(crate) press: &'static str,
}

/// What somebody filled in. `Debug` is left out on purpose: it holds a key.
pub(crate) struct Form<D> {
    pub(crate) decide: D,
    pub(crate) mail: String,
    pub(crate) comment: Option<String>,
    pub(crate) key: String,
}

/// Why a form is none.
pub(super) struct Unfit {
    pub(super) status: StatusCode,
    pub(super) text: &'static str,
}

const fn unfit(status: StatusCode, text: &'static str) -> Unfit {
    Unfit { status, text }
}

/// The form that was sent.
pub(super) fn read<D: Copy>(layout: &Layout<D>, headers: &HeaderMap, body: &[u8]) -> Result<Form<D>, Unfit> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(unfit(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Answer with the form on this page."));
    }
    if body.len() > FORM_BYTES_MAX {
        return Err(unfit(StatusCode::PAYLOAD_TOO_LARGE, "That is more than can be sent. Write less."));
    }
    let [mut mail, mut comment, mut key, mut decision] = [const { None }; 4];
    for (name, value) in url::form_urlencoded::parse(body) {
        let field: &mut Option<Cow<'_, str>> = match name.as_ref() {
            "mail" => &mut mail,
            "comment" => &mut comment,
            "key" => &mut key,
            "decision" => &mut decision,
            _ => return Err(unfit(StatusCode::BAD_REQUEST, "Answer with the form on this page.")),
        };
        // Of two, who knows which one was meant.
        if field.replace(value).is_some() {
            return Err(unfit(StatusCode::BAD_REQUEST, "Answer with the form on this page."));
        }
    }
    let pressed = layout.buttons.iter().find(|(name, ..)| decision.as_deref() == Some(*name));
    let Some((_, _, decide)) = pressed else { return Err(unfit(StatusCode::BAD_REQUEST, layout.press)) };
    // As for the other decisions.
    let mail = mail.as_deref().map(str::trim).filter(|mail| is_email(mail));
    let mail = mail.ok_or(unfit(StatusCode::UNPROCESSABLE_ENTITY, "Say who you are, by your mail address."))?;
    // Browsers send line ends as two characters, and count one.
    let comment = comment.map(|comment| comment.replace("\r\n", "\n").trim().to_owned());
    let comment = comment.filter(|comment| !comment.is_empty());
    if comment.as_ref().is_some_and(|comment| comment.chars().count() > COMMENT_CHARS_MAX) {
        return Err(unfit(StatusCode::UNPROCESSABLE_ENTITY, "The comment is too long: at most 1,000 characters."));
    }
    let key = key.as_deref().map(str::trim).unwrap_or_default();
    Ok(Form { decide: *decide, mail: mail.to_owned(), comment, key: key.to_owned() })
}

/// The form to fill in. It goes to the page's own address, link included. The key is never filled in again.
pub(super) fn html<D>(layout: &Layout<D>, entered: Option<&Form<D>>) -> String {
    let mail = entered.map_or_else(String::new, |form| text(&form.mail));
    let comment = entered.and_then(|form| form.comment.as_deref()).map_or_else(String::new, text);
    // Return in a field presses the first button: that one does nothing, so that nobody decides by a slip.
    let mut html = format!(
        "<form method=\"post\" autocomplete=\"off\">\n<button type=\"submit\" disabled hidden></button>\n<label for=\"mail\">Your mail address</label>\n<input id=\"mail\" name=\"mail\" type=\"email\" required maxlength=\"320\" autocomplete=\"off\" value=\"{mail}\">\n<label for=\"comment\">Comment</label>\n<textarea id=\"comment\" name=\"comment\" rows=\"3\" maxlength=\"1000\">\n{comment}</textarea>\n<label for=\"key\">{}</label>\n<input id=\"key\" name=\"key\" type=\"password\" required autocomplete=\"off\">\n",
        layout.key
    );
    for (name, label, _) in layout.buttons {
        let _ = writeln!(html, "<button type=\"submit\" name=\"decision\" value=\"{name}\">{label}</button>");
    }
    html.push_str("</form>\n");
    html
}
