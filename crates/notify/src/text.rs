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
    let mut unlinked = String::with_capacity(text.len());
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            unlinked.push(' ');
        }
        match (word.find("://"), word.to_ascii_lowercase().contains("www.")) {
            (Some(_), _) => unlinked.push_str(&word.replace("://", "[:]//").replace('.', "[.]")),
            (None, true) => unlinked.push_str(&word.replace('.', "[.]")),
            (None, false) => unlinked.push_str(word),
        }
    }
    unlinked
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
