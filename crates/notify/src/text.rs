//! Untrusted text, made fit to be shown.

/// Without control characters (line ends become spaces) and without those that turn the direction of what follows or
/// are not seen, and not longer than `max` characters.
pub(crate) fn plain(text: &str, max: usize) -> String {
    let hidden = |c: &char| matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !hidden(c)).collect();
    cut(&clean, max)
}

/// The text, or as much of it as leaves room for a sign that there is more: at most `max` characters.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

/// The text for readers that make links of addresses by themselves: none is left that they would recognise.
///
/// Written as people in security write it: `https[:]//evil[.]example`.
pub(crate) fn unlinked(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let host = word.split('/').next().unwrap_or_default();
        let is_path = host.len() < word.len() && host.contains('.');
        match word.contains("://") || is_path || word.to_ascii_lowercase().contains("www.") {
            true => word.replace("://", "[:]//").replace('.', "[.]"),
            false => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The text in HTML.
pub(crate) fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::{cut, plain, unlinked};

    #[test]
    fn nothing_that_looks_like_an_address_is_left_and_everything_else_is() {
        for (text, expected) in [
            ("see https://evil.example/a.b now", "see https[:]//evil[.]example/a[.]b now"),
            ("HTTPS://EVIL.example", "HTTPS[:]//EVIL[.]example"),
            ("(WWW.evil.example)", "(WWW[.]evil[.]example)"),
            ("evil.example/a", "evil[.]example/a"),
            ("bg-01@examplecorp.onmicrosoft.com", "bg-01@examplecorp.onmicrosoft.com"),
            ("203.0.113.77 (Oslo, NO)", "203.0.113.77 (Oslo, NO)"),
            ("/subscriptions/1/providers/microsoft.insights", "/subscriptions/1/providers/microsoft.insights"),
            ("R&D / second line: 3.5 h", "R&D / second line: 3.5 h"),
            ("", ""),
        ] {
            assert_eq!(unlinked(text), expected);
        }
    }

    #[test]
    fn what_nobody_sees_is_left_out_and_what_is_too_long_says_so() {
        assert_eq!(plain("a\u{202e}b\u{200b}c\u{feff}\r\nd\u{2028}e\u{61c}", 99), "abc  de");
        assert_eq!((cut("abc", 3).as_str(), cut("abcd", 3).as_str(), cut("", 0).as_str()), ("abc", "ab…", ""));
    }
}
