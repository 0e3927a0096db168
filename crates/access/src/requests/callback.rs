//! Addresses to report back to, out of a body: only where the configuration says.

use std::collections::BTreeSet;
use url::Url;

/// Why we do not report back to this address; `None`: we do. `listed` are the caller's `callbacks`, `host` (then its
/// port is 443) or `host:port`.
pub(super) fn refused(address: &str, listed: &BTreeSet<String>) -> Option<&'static str> {
    // Programs disagree about these, and what is checked here is not to lead elsewhere later.
    if !address.chars().all(|c| c.is_ascii_graphic() && c != '\\') {
        return Some("holds characters that do not belong into a URL");
    }
    let Ok(url) = Url::parse(address) else { return Some("is not a URL") };
    if url.scheme() != "https" {
        return Some("must begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("must not hold a user or a password");
    }
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Some("names no host");
    };
    // An address in numbers passes as any host does: when exactly these numbers are listed.
    let is_listed = listed.contains(&format!("{host}:{port}")) || (port == 443 && listed.contains(host));
    (!is_listed).then_some("its host and port are not listed in `callbacks` of the caller")
}
