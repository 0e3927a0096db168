//! One request to Graph, taken apart; and its answer before it becomes bytes.

use super::refusal::Refusal;
use serde_json::Value;
use std::collections::BTreeMap;

/// A request below the version, from an HTTP request or from an item of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// The path as sent, without the version and the query.
    pub(crate) path: String,
    /// The path's segments, decoded, with casts and function calls in their short form.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
    pub(crate) in_batch: bool,
}

impl Call {
    /// Reads the part of a URL below the version: `/groups/…?$top=5`.
    pub(crate) fn parse(method: &str, url: &str, headers: BTreeMap<String, String>, body: Value) -> Self {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let segments = path.split('/').filter(|segment| !segment.is_empty()).map(segment).collect();
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let path = format!("/{}", path.trim_start_matches('/'));
        Self { method: method.to_ascii_uppercase(), path, segments, query, headers, body, in_batch: false }
    }

    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The properties named by `$select`, or `None` without it.
    pub(crate) fn select(&self) -> Option<Vec<&str>> {
        self.option("$select").map(|names| names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect())
    }

    /// Whether the request says that it can live with an index that lags: the key to the advanced queries.
    pub(crate) fn is_eventual(&self) -> bool {
        self.headers.get("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
    }

    /// A text property of the body.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }

    pub(crate) fn object(&self) -> Result<&serde_json::Map<String, Value>, Refusal> {
        self.body.as_object().ok_or_else(|| {
            Refusal::bad_request("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
        })
    }
}

fn segment(raw: &str) -> String {
    let decoded = percent_decoded(raw);
    let short = decoded.strip_suffix("()").unwrap_or(&decoded);
    match short.strip_prefix("microsoft.graph.") {
        Some(name) => format!("graph.{name}"),
        None => short.to_owned(),
    }
}

fn percent_decoded(raw: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(raw.len()), raw.bytes());
    while let Some(byte) = rest.next() {
        let escaped = (byte == b'%').then(|| {
            let mut ahead = rest.clone();
            let high = char::from(ahead.next()?).to_digit(16)?;
            let low = char::from(ahead.next()?).to_digit(16)?;
            rest = ahead;
            u8::try_from(high * 16 + low).ok()
        });
        bytes.push(escaped.flatten().unwrap_or(byte));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An answer. A body of `null` is no body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, headers: Vec::new(), body }
    }

    pub(crate) fn created(body: Value) -> Self {
        Self { status: 201, headers: Vec::new(), body }
    }

    pub(crate) fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: Value::Null }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_out_decoded_and_in_their_short_form() {
        for (url, expected) in [
            ("/users/a_b.example%23EXT%23@c.example?$select=id", vec!["users", "a_b.example#EXT#@c.example"]),
            ("groups/1/members/microsoft.graph.user", vec!["groups", "1", "members", "graph.user"]),
            ("/users/delta()", vec!["users", "delta"]),
            ("/groups(uniqueName='o''brien')", vec!["groups(uniqueName='o''brien')"]),
            ("/users/100%", vec!["users", "100%"]),
        ] {
            assert_eq!(Call::parse("get", url, BTreeMap::new(), Value::Null).segments, expected);
        }
    }
}
