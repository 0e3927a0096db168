//! What the environment says about the collector (OpenTelemetry, "OTLP Exporter Configuration" and "General SDK
//! configuration"). A value that cannot be used is told in the log and left out: no deployment stands still for it.

use http::{HeaderName, HeaderValue, Uri};

/// Where traces and metrics go, as the base of `/v1/traces` and `/v1/metrics`. Without it nothing is exported.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// Headers of each export, such as a key: `name=value,name=value`, values percent-encoded.
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
/// How this program is called there; `gatehouse` if it is not said.
const SERVICE: &str = "OTEL_SERVICE_NAME";
/// More about this deployment, written as headers are: `deployment.environment.name=production`.
const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
/// Only `http/protobuf` is spoken.
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
/// `true` turns everything off.
const DISABLED: &str = "OTEL_SDK_DISABLED";

/// The most headers, and the most attributes, that are taken.
const PAIRS_MAX: usize = 32;

/// A collector and how to speak to it.
#[derive(Debug, Clone)]
pub struct Otlp {
    /// The base address, `https` and without a slash at its end.
    pub(super) endpoint: String,
    /// Headers of each export. Their values are secrets, and print as such.
    pub(super) headers: Vec<(String, HeaderValue)>,
    /// The service's name.
    pub(super) service: String,
    /// More attributes of the resource.
    pub(super) attributes: Vec<(String, String)>,
}

impl Otlp {
    /// What the variables say (`get` gives those that are set and not empty), and what is wrong with them. The words never
    /// hold a header's value.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> (Option<Self>, Vec<String>) {
        let mut wrong = Vec::new();
        if get(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return (None, wrong);
        }
        let Some(endpoint) = get(ENDPOINT) else { return (None, wrong) };
        let Some(endpoint) = base(&endpoint) else {
            wrong.push(format!(
                "{ENDPOINT} is not an https address without user, query and fragment: nothing is exported"
            ));
            return (None, wrong);
        };
        if get(PROTOCOL).is_some_and(|protocol| protocol != "http/protobuf") {
            wrong.push(format!("{PROTOCOL}: only http/protobuf is spoken, and is what is sent"));
        }
        let mut headers = Vec::new();
        for (name, value) in pairs(&get(HEADERS).unwrap_or_default(), HEADERS, &mut wrong) {
            let is_name = name.parse::<HeaderName>().is_ok() && !is_ours(&name);
            let value = HeaderValue::try_from(value).ok().filter(|value| is_name && value.to_str().is_ok());
            match value {
                Some(mut value) => {
                    value.set_sensitive(true);
                    headers.push((name.to_ascii_lowercase(), value));
                }
                None => wrong.push(format!("{HEADERS}: {name:?} cannot be a header of an export and is left out")),
            }
        }
        let attributes = pairs(&get(ATTRIBUTES).unwrap_or_default(), ATTRIBUTES, &mut wrong);
        let named = attributes.iter().find(|(name, _)| name == "service.name").map(|(_, value)| value.clone());
        let service = get(SERVICE).or(named).unwrap_or_else(|| "gatehouse".into());
        (Some(Self { endpoint, headers, service, attributes }), wrong)
    }

    /// The collector's host, for messages: a path may hold a key.
    pub(super) fn host(&self) -> String {
        let uri = self.endpoint.parse::<Uri>().ok();
        uri.and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default()
    }
}

/// The address without a slash at its end, if it is one.
fn base(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let plain = uri.query().is_none() && !text.contains('#') && !uri.authority()?.as_str().contains('@');
    let usable = uri.scheme_str() == Some("https") && !uri.host()?.is_empty() && plain;
    usable.then(|| text.trim_end_matches('/').to_owned())
}

/// Headers that say what is sent, which is not the operator's to say.
fn is_ours(name: &str) -> bool {
    ["content-type", "content-length", "content-encoding", "host", "transfer-encoding", "connection"]
        .iter()
        .any(|ours| name.eq_ignore_ascii_case(ours))
}

/// The pairs of such a list, in their order.
fn pairs(list: &str, variable: &str, wrong: &mut Vec<String>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (place, item) in list.split(',').map(str::trim).enumerate().filter(|(_, item)| !item.is_empty()) {
        let pair = item.split_once('=').map(|(name, value)| (name.trim(), decoded(value.trim())));
        match pair {
            Some((name, Some(value))) if !name.is_empty() && pairs.len() < PAIRS_MAX => {
                pairs.push((name.to_owned(), value));
            }
            // Neither name nor value: what has no `=` may be a key that was pasted alone.
            _ => {
                wrong.push(format!("{variable}: item {} is not name=value (at most {PAIRS_MAX}): left out", place + 1))
            }
        }
    }
    pairs
}

/// Percent-decoding; `None` where it does not end in text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
                rest = after;
            }
            (b'%', _) => return None,
            (byte, after) => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}
