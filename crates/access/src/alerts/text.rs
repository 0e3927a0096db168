//! Texts out of bodies, as they may be kept and shown.

use crate::text::is_unseen;
use sha2::{Digest, Sha256};

/// The longest text that is kept of anything in an alert, in characters.
pub const TEXT_CHARS_MAX: usize = 200;

/// A text as it may be shown: one line, at most [`TEXT_CHARS_MAX`] characters.
///
/// Line ends and other control characters become blanks. What cannot be seen, or turns the direction of what can, becomes
/// a mark that shows: leaving it out would make one name of two.
pub fn shown(text: &str) -> Option<String> {
    let mut chars = text.trim_matches(|c: char| c.is_whitespace() || c.is_control()).chars().map(visible);
    let mut out: String = chars.by_ref().take(TEXT_CHARS_MAX).collect();
    if chars.next().is_some() {
        out.pop();
        out.push('…');
    }
    (!out.is_empty()).then_some(out)
}

fn visible(c: char) -> char {
    match c {
        c if c.is_control() => ' ',
        '\u{2028}' | '\u{2029}' => ' ',
        c if is_unseen(c) => '\u{fffd}',
        c => c,
    }
}

/// An id as alerts keep it, for comparing: in lower case, and `None` where it is empty or nothing but noughts. Only ASCII
/// letters change, so that no letter becomes another that looks like it.
///
/// Of an id that could not be kept as it is, as ARM ids may be, the end is kept and a hash of what was written. Whoever
/// compares with an id in an alert compares with what this makes of the other.
pub fn identifier(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    if text.chars().all(|c| matches!(c, '0' | '-')) {
        return None;
    }
    if text.chars().count() <= TEXT_CHARS_MAX && text.chars().all(|c| visible(c) == c) {
        return Some(text);
    }
    let hash: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    let skipped = text.chars().count().saturating_sub(TEXT_CHARS_MAX - 2 - hash.len());
    let end: String = text.chars().map(visible).skip(skipped).collect();
    Some(format!("…{end}~{hash}"))
}

#[cfg(test)]
mod tests {
    use super::{TEXT_CHARS_MAX, identifier, shown};

    #[test]
    fn a_text_is_one_line_that_shows_what_it_holds() {
        assert_eq!(shown(" a\r\nBcc: b\u{0}").as_deref(), Some("a  Bcc: b"));
        assert_eq!(shown("bg\u{200b}-\u{202e}01").as_deref(), Some("bg\u{fffd}-\u{fffd}01"));
        assert_eq!(shown(" \t\u{0} "), None);
    }

    #[test]
    fn a_text_is_cut_after_its_two_hundredth_character() {
        let just = "é".repeat(TEXT_CHARS_MAX);
        assert_eq!(shown(&just), Some(just.clone()));
        let cut = shown(&format!("{just}é")).expect("there is a text");
        assert_eq!((cut.chars().count(), cut.ends_with("é…")), (TEXT_CHARS_MAX, true));
    }

    #[test]
    fn ids_that_are_too_long_stay_apart() {
        let stem = "/Incidents".repeat(20);
        let ids: Vec<_> = ["", "1", "2"].map(|beginning| identifier(&format!("{beginning}{stem}"))).into();
        assert_eq!(ids[0], Some(stem.to_lowercase()), "it is just short enough");
        assert_ne!(ids[1], ids[2]);
        for id in ids[1..].iter().flatten() {
            assert!(id.chars().count() == TEXT_CHARS_MAX && id.contains("/incidents~"), "{id}");
        }
        assert_eq!(identifier(&format!("1{stem}")), identifier(&format!("1{}", stem.to_uppercase())));
    }

    #[test]
    fn letters_that_look_alike_stay_apart_in_ids() {
        assert_ne!(identifier("\u{212a}ey"), identifier("key"));
        assert_ne!(identifier("a\u{200b}b"), identifier("ab"));
        assert_ne!(identifier("a\u{200b}b"), identifier("a\u{200c}b"));
    }

    #[test]
    fn nought_is_nobodys_id() {
        assert_eq!(identifier("00000000-0000-0000-0000-000000000000"), None);
        assert_eq!(identifier("  "), None);
    }
}
