//! Why a person has, had or lacks access.

use super::words::{visible, wrap};
use engine::membership::why::Why;

/// Now, what is planned, and what happened.
pub fn why(why: &Why) -> String {
    let mut text = format!("{} in {}\n", why.mail, why.customer);
    let planned = if why.planned.is_empty() { vec!["nothing".to_owned()] } else { why.planned.clone() };
    let nothing = "the journal says nothing of this person".to_owned();
    let history = if why.history.is_empty() { vec![nothing] } else { why.history.clone() };
    for (title, lines) in [("now", &why.now), ("the next run would do", &planned), ("what happened", &history)] {
        text.push_str(&format!("\n{title}\n"));
        lines.iter().for_each(|line| text.push_str(&wrap("  ", &visible(line))));
    }
    text
}
