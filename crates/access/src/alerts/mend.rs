//! JSON with a fault that costs nothing but one value: mended, so that the rest can be read.
//!
//! A strict reader refuses a whole alert because of half a character in a display name, or a number that no
//! computer can hold. Whoever chooses the name could so choose what we can read.

/// The text with halves of surrogate pairs replaced by the replacement character, and numbers without bounds by null.
/// `None` where there is nothing of the kind.
pub(super) fn mend(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_string = false;
    let mut mended = false;
    while let Some(first) = rest.bytes().next() {
        let (length, instead) = match first {
            b'"' => {
                in_string = !in_string;
                (1, None)
            }
            b'\\' if in_string => escape(rest),
            b'-' | b'0'..=b'9' if !in_string => number(rest),
            _ => (plain(rest), None),
        };
        out.push_str(instead.unwrap_or(&rest[..length]));
        mended |= instead.is_some();
        rest = &rest[length..];
    }
    mended.then_some(out)
}

/// How far the text goes on with nothing of interest.
fn plain(text: &str) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let next = text[first..].find(|c: char| matches!(c, '"' | '\\' | '-' | '0'..='9'));
    next.map_or(text.len(), |next| first + next)
}

/// The length of the escape that the text begins with, and what is to stand there instead.
fn escape(text: &str) -> (usize, Option<&'static str>) {
    match unit(text) {
        None => (text.chars().take(2).map(char::len_utf8).sum(), None),
        Some(0xd800..=0xdbff) if matches!(unit(&text[6..]), Some(0xdc00..=0xdfff)) => (12, None),
        Some(0xd800..=0xdfff) => (6, Some("\\ufffd")),
        Some(_) => (6, None),
    }
}

/// The UTF-16 unit whose escape the text begins with.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
}

fn number(text: &str) -> (usize, Option<&'static str>) {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')).unwrap_or(text.len());
    let without_bounds = text[..end].parse().is_ok_and(f64::is_infinite);
    (end, without_bounds.then_some("null"))
}

#[cfg(test)]
mod tests {
    use super::mend;

    #[test]
    fn half_of_a_pair_is_replaced_and_a_whole_pair_stays() {
        let mended = r#"{"a": "\ufffdx\ud83d\ude00\ufffd", "b": "\\ud800"}"#;
        assert_eq!(mend(r#"{"a": "\ud800x\ud83d\ude00\uDC00", "b": "\\ud800"}"#).as_deref(), Some(mended));
    }

    #[test]
    fn a_number_that_nothing_can_hold_is_no_number() {
        assert_eq!(mend(r#"[1e308, -1e999, "1e999"]"#).as_deref(), Some(r#"[1e308, null, "1e999"]"#));
    }

    #[test]
    fn what_is_whole_or_quite_broken_stays() {
        for text in ["", "{}", r#"{"a": "\u12"#, "\"\\", "\"\\é", "-", r#""\ud83d\ude00""#] {
            assert_eq!(mend(text), None, "{text}");
        }
    }
}
