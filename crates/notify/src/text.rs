//! Untrusted text, made fit to be shown.

/// Without control characters (line ends become spaces) and without those that turn the direction of what follows, and
/// not longer than `max` characters.
pub(crate) fn plain(text: &str, max: usize) -> String {
    let hidden = |c: &char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !hidden(c)).collect();
    if clean.chars().count() <= max {
        return clean;
    }
    clean.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}
