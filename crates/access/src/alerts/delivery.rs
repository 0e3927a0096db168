//! A delivery: what came in, before anything is known of it.

use super::alert::Alert;
use super::finding::Finding;
use super::found::Ours;
use super::json::Json;
use super::mend::mend;
use super::shapes;
use serde_json::Deserializer;
use std::borrow::Cow;

/// What came in.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The body, as it came.
    pub body: &'a [u8],
    /// Its type, as its header says.
    pub content_type: Option<&'a str>,
    /// The other headers, their names in lower case. Only those of cloud events (`ce-…`) matter.
    pub headers: &'a [(&'a str, &'a str)],
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// There is nothing to take.
    Refused(Refused),
    /// Event Grid asks whether we want its events. Wants 200 and `{"validationResponse": code}`. The address beside the
    /// code is never called: anybody could subscribe us so.
    Validation {
        /// What to answer.
        code: String,
    },
    /// An alert, whatever it is.
    Alert(Box<Alert>),
}

/// Why there is nothing to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The body is empty.
    Empty,
    /// The body is what a browser sends of an HTML form.
    MediaType,
}

impl Refused {
    /// The HTTP status that says so. Azure repeats neither.
    pub fn status(self) -> u16 {
        match self {
            Self::Empty => 400,
            Self::MediaType => 415,
        }
    }
}

/// Reads a delivery. Total: whatever the bytes, it ends, in time and memory that their number bounds.
///
/// Of more findings than an alert keeps, those are kept that differ: each account, each result.
pub fn read(delivery: &Delivery<'_>) -> Reading {
    read_for(delivery, &|_| true)
}

/// Reads a delivery like [`read`]. Of more findings than an alert keeps, those that are `ours` come before strangers':
/// a body may hold the sign-ins of a whole tenant.
pub fn read_for(delivery: &Delivery<'_>, ours: &dyn Fn(&Finding) -> bool) -> Reading {
    let body = delivery.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(delivery.body);
    if body.trim_ascii().is_empty() {
        return Reading::Refused(Refused::Empty);
    }
    if is_form(delivery.content_type, body.trim_ascii()) {
        return Reading::Refused(Refused::MediaType);
    }
    let (json, notes) = match tree(body) {
        Ok(read) => read,
        Err(why) => return Reading::Alert(Box::new(Alert::unreadable(&why))),
    };
    if let Some(code) = shapes::validation(&json) {
        return Reading::Validation { code: code.to_owned() };
    }
    let mut alert = read_tree(&json, delivery.headers, ours);
    notes.iter().for_each(|note| alert.note(note));
    if let Some(name) = json.doubled() {
        alert.note(&format!("`{name}` is written twice: the last counts"));
    }
    Reading::Alert(Box::new(alert))
}

fn read_tree(json: &Json, headers: &[(&str, &str)], ours: Ours<'_>) -> Alert {
    shapes::binary_cloud_event(json, headers, ours).unwrap_or_else(|| shapes::read(json, ours))
}

/// Whether it is a form, which no alert is. Several programs call whatever they send one unless they are told not to: what
/// looks like JSON is taken for that. Of no other type is it known that it cannot be an alert.
fn is_form(content_type: Option<&str>, body: &[u8]) -> bool {
    let kind = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let looks_like_json = matches!(body.first(), Some(b'{' | b'['));
    matches!(kind.as_str(), "application/x-www-form-urlencoded" | "multipart/form-data") && !looks_like_json
}

/// The body as a tree, with notes about what had to be overlooked. Of several documents, one after the other, a list.
fn tree(body: &[u8]) -> Result<(Json, Vec<&'static str>), String> {
    let text = String::from_utf8_lossy(body);
    let mut notes = Vec::new();
    if matches!(text, Cow::Owned(_)) {
        notes.push("bytes that are no text were replaced");
    }
    let (mut documents, mut error) = documents(&text);
    if error.is_some()
        && let Some(mended) = mend(&text)
    {
        (documents, error) = self::documents(&mended);
        notes.push("characters or numbers that cannot be were replaced");
    }
    match (documents.len(), error) {
        (0, error) => return Err(error.unwrap_or_else(|| "there is nothing in it".into())),
        (_, Some(_)) => notes.push("what follows the alert is not JSON, and was left out"),
        (_, None) => {}
    }
    if documents.len() > 1 {
        return Ok((Json::List(documents), notes));
    }
    Ok((documents.swap_remove(0), notes))
}

/// The documents in the text, up to the first that cannot be read. Whatever is nested deeper than serde_json's limit of
/// 128 cannot.
fn documents(text: &str) -> (Vec<Json>, Option<String>) {
    let mut read = Vec::new();
    for document in Deserializer::from_str(text).into_iter::<Json>() {
        match document {
            Ok(json) => read.push(json),
            Err(error) => return (read, Some(error.to_string())),
        }
    }
    (read, None)
}
