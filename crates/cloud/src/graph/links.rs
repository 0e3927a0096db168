//! Links that come from outside, and text that goes into ours.

use std::fmt::Write;

/// The path and query below `/v1.0` of a link that the service gave. A token must never follow a link to anywhere else, so
/// anything that does not start as our own addresses do is foreign.
pub(super) fn below_version<'a>(graph: &str, link: &'a str) -> Option<&'a str> {
    let path = link.strip_prefix(graph)?.strip_prefix("/v1.0")?;
    let clean = path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\'));
    let climbs = path.split('?').next().is_some_and(|path| path.split('/').any(|part| part == ".."));
    (path.starts_with('/') && clean && !climbs).then_some(path)
}

/// Text as an OData literal within a URL: quoted, quotes doubled, everything else escaped that has a meaning there.
pub(super) fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for byte in text.bytes() {
        match byte {
            b'\'' => literal.push_str("''"),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => literal.push(byte.into()),
            _ => write!(literal, "%{byte:02X}").expect("writing to memory does not fail"),
        }
    }
    literal.push('\'');
    literal
}
