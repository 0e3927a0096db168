//! Untrusted text, made fit to be shown.

use access::text::is_unseen;

/// Without control characters (line ends become spaces) and without those that turn the direction of what follows or
/// are not seen, and not longer than `max` characters.
pub(crate) fn plain(text: &str, max: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !is_unseen(*c)).collect();
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
        if word.contains("://") || word.to_ascii_lowercase().contains("www.") {
            word.replace("://", "[:]//").replace('.', "[.]")
        } else {
            without_hosts(word)
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The word with every name of a host in it taken apart. Numbers and addresses of machines are none, nor are the domains
/// of mail addresses, and nobody makes a link of the middle of a path such as an Azure resource id.
fn without_hosts(word: &str) -> String {
    let is_path = word.starts_with('/');
    let (mut clean, mut rest, mut before) = (String::with_capacity(word.len()), word, None);
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c| is_of_host(c) != is_of_host(first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(length);
        let is_within = before == Some('@') || (is_path && before == Some('/'));
        match is_of_host(first) && !is_within && is_host(run) {
            true => clean.push_str(&run.replace('.', "[.]")),
            false => clean.push_str(run),
        }
        (before, rest) = (run.chars().next_back(), after);
    }
    clean
}

fn is_of_host(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// Whether a reader may take this for the name of a host: at least two parts, the last one of two letters or more.
fn is_host(run: &str) -> bool {
    let name = run.trim_matches('.');
    name.rsplit_once('.').is_some_and(|(_, last)| last.chars().count() >= 2 && last.chars().any(char::is_alphabetic))
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
            ("evil.example", "evil[.]example"),
            ("x/y,evil.example", "x/y,evil[.]example"),
            ("(evil.example):evil.xn--p1ai.", "(evil[.]example):evil[.]xn--p1ai[.]"),
            ("bücher.example", "bücher[.]example"),
            ("a@b.example,evil.example", "a@b.example,evil[.]example"),
            ("e.g. version 1.2.3-4 of it. Then", "e.g. version 1.2.3-4 of it. Then"),
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
