//! What the page's form sends.

use super::is_mail;
use crate::decision::COMMENT_CHARS_MAX;
use engine::requests::Decide;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap};
use std::borrow::Cow;

/// The largest form, in bytes: the longest comment in characters that take twelve each, and a token of an ordinary length.
pub(super) const FORM_BYTES_MAX: usize = 32 * 1024;

/// What somebody filled in. `Debug` is left out on purpose: it holds a key.
pub(super) struct Form {
    pub(super) decide: Decide,
    pub(super) mail: String,
    pub(super) comment: Option<String>,
    pub(super) key: String,
}

/// Why a form is none.
pub(super) struct Unfit {
    pub(super) status: StatusCode,
    pub(super) text: &'static str,
}

const fn unfit(status: StatusCode, text: &'static str) -> Unfit {
    Unfit { status, text }
}

pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Form, Unfit> {
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
    let decide = match decision.as_deref() {
        Some("approve") => Decide::Approve,
        Some("reject") => Decide::Reject,
        _ => return Err(unfit(StatusCode::BAD_REQUEST, "Approve or reject: press one of the two buttons.")),
    };
    let mail = mail.as_deref().map(str::trim).filter(|mail| is_mail(mail));
    let mail = mail.ok_or(unfit(StatusCode::UNPROCESSABLE_ENTITY, "Say who you are, by your mail address."))?;
    // Browsers send line ends as two characters, and count one.
    let comment = comment.map(|comment| comment.replace("\r\n", "\n").trim().to_owned());
    let comment = comment.filter(|comment| !comment.is_empty());
    if comment.as_ref().is_some_and(|comment| comment.chars().count() > COMMENT_CHARS_MAX) {
        return Err(unfit(StatusCode::UNPROCESSABLE_ENTITY, "The comment is too long: at most 1,000 characters."));
    }
    let key = key.as_deref().map(str::trim).unwrap_or_default();
    Ok(Form { decide, mail: mail.to_owned(), comment, key: key.to_owned() })
}
