//! Which trace an invocation belongs to: W3C's header where a caller sent one, else AWS X-Ray's.

use ::http::HeaderMap;

/// The trace, as a `traceparent` of version 00.
pub(super) fn of(headers: &HeaderMap, xray: Option<&str>) -> Option<String> {
    let sent = headers.get("traceparent").and_then(|value| value.to_str().ok());
    sent.map(str::to_owned).or_else(|| from_xray(xray?))
}

/// `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1` (page "X-Ray concepts", tracing header):
/// the root without its version and dashes is the trace's id, of the same 32 digits as W3C's. Without a parent there is
/// nothing to continue.
fn from_xray(header: &str) -> Option<String> {
    let part = |name: &str| header.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    let (time, rest) = part("Root")?.strip_prefix("1-")?.split_once('-')?;
    let parent = part("Parent")?;
    let sampled = if part("Sampled") == Some("1") { "01" } else { "00" };
    Some(format!("00-{time}{rest}-{parent}-{sampled}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_of_xray_is_told_in_the_words_of_w3c_and_a_callers_own_comes_first() {
        const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";
        let trace = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8";
        let check = |header: &str, expected: Option<String>| assert_eq!(from_xray(header), expected, "{header}");
        check(&format!("{ROOT};Parent=53995c3f42cd8ad8;Sampled=1"), Some(format!("{trace}-01")));
        check(&format!("{ROOT}; Parent=53995c3f42cd8ad8; Sampled=0; Lineage=1:a"), Some(format!("{trace}-00")));
        check(ROOT, None);
        check("Self=1-67891234-12456789abcdef012345678", None);
        check("", None);
        let mut headers = HeaderMap::new();
        let xray = format!("{ROOT};Parent=53995c3f42cd8ad8");
        assert_eq!(of(&headers, Some(&xray)), Some(format!("{trace}-00")));
        headers.insert("traceparent", "theirs".parse().unwrap());
        assert_eq!(of(&headers, Some(&xray)), Some("theirs".into()));
    }
}
