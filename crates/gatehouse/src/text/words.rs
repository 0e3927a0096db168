//! Numbers with their nouns, and lines of a bearable width.

use super::WIDTH;
use access::text::is_unseen;

/// `1 person`, `3 people`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Words that came from outside, without what a terminal would obey, what nobody sees, and what turns the direction of
/// the words after it.
pub(super) fn visible(text: &str) -> String {
    let obeyed = |c: char| c.is_control() && !c.is_whitespace();
    text.chars().map(|c| if obeyed(c) || is_unseen(c) { '\u{fffd}' } else { c }).collect()
}

/// The head and then the rows of a table, a line each, the columns as wide as their widest cell.
pub(super) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> (String, Vec<String>) {
    let mut widths = head.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &[String; N]| {
        let padded: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    (line(&head.map(str::to_owned)), rows.iter().map(line).collect())
}

/// Breaks a text at spaces so that lines stay below [`WIDTH`]; the first starts with `first`, the others with as many
/// spaces. What has no spaces (an id, a command's digest) is never broken.
pub fn wrap(first: &str, text: &str) -> String {
    let indent = " ".repeat(first.chars().count());
    let (mut lines, mut line, mut is_fresh) = (String::new(), first.to_owned(), true);
    for word in text.split_whitespace() {
        if !is_fresh && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line.clone_from(&indent);
            is_fresh = true;
        }
        if !is_fresh {
            line.push(' ');
        }
        line.push_str(word);
        is_fresh = false;
    }
    lines.push_str(line.trim_end());
    lines.push('\n');
    lines
}
