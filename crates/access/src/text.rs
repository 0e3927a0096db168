//! Characters that lie about a text.

/// Whether a character is not seen, or turns the direction of what is: with one, two names look the same, or a text says
/// another thing than it shows (Unicode's default ignorable code points of general use, and its bidirectional controls).
pub fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}
