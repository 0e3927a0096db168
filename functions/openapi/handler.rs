//! `GET /api/v1/openapi.json`: the HTTP API, described for programs. Nobody needs a right for it.
//!
//! The description is kept by hand, the paths of each function beside its `function.json`: what callers rely on is a
//! contract, which does not follow from our types, and a change of it is to be seen as one. The tests hold it against
//! the routes, the codes, the limits and real answers.

use crate::json;
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Map, Value};
use std::sync::OnceLock;

/// What all paths share: schemas, answers, and how callers prove themselves.
const SHARED: &str = include_str!("shared.json");

/// The paths, by the function that answers them.
pub(crate) const PATHS: [(&str, &str); 8] = [
    ("break_glass_alert", include_str!("../break_glass_alert/paths.json")),
    ("consent", include_str!("../consent/paths.json")),
    ("directory_changes", include_str!("../directory_changes/paths.json")),
    ("health", include_str!("../health/paths.json")),
    ("incidents", include_str!("../incidents/paths.json")),
    ("invitations", include_str!("../invitations/paths.json")),
    ("openapi", include_str!("paths.json")),
    ("plans", include_str!("../plans/paths.json")),
];

pub(crate) fn handle() -> Response<Bytes> {
    static BODY: OnceLock<Value> = OnceLock::new();
    json::response(StatusCode::OK, BODY.get_or_init(description))
}

fn description() -> Value {
    let read = |text| serde_json::from_str::<Map<String, Value>>(text).expect("a test reads every part");
    let mut whole = read(SHARED);
    whole["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    let paths = PATHS.into_iter().flat_map(|(_, paths)| read(paths)).collect();
    whole.insert("paths".to_owned(), Value::Object(paths));
    Value::Object(whole)
}

#[cfg(test)]
mod tests;
