//! What a command comes to, and what came of it.

use super::plan::steps;
use super::words::{count, wrap};
use access::plan::RELEASE_COMMAND;
use engine::membership::commands::Proposal;

/// So many entries of a long list are told; programs find all in the JSON.
const ENTRIES_MAX: usize = 40;

/// One command, for people.
pub fn proposal(proposal: &Proposal) -> String {
    let mut text = String::new();
    let people = count(proposal.people as usize, "person", "people");
    let head = format!("{} in {}", proposal.command, proposal.customer);
    match (proposal.is_empty(), &proposal.done) {
        (true, _) => text.push_str(&format!("{head}: nothing to do\n")),
        (false, None) => text.push_str(&format!("{head} would concern {people}:\n")),
        (false, Some(done)) => {
            let mut parts = vec![format!("{} done", count(done.applied as usize, "step", "steps"))];
            if done.waiting > 0 {
                parts.push(format!("{} for the next run", count(done.waiting as usize, "step waits", "steps wait")));
            }
            if !done.failures.is_empty() {
                parts.push(format!("{} failed", count(done.failures.len(), "step", "steps")));
            }
            let number = done.number.map(|number| format!(" (run r{number})")).unwrap_or_default();
            text.push_str(&format!("{head}: {people}, {}{number}\n", parts.join(", ")));
            done.failures.iter().for_each(|failure| text.push_str(&wrap("  ! ", failure)));
        }
    }
    text.push_str(&steps(&proposal.steps));
    for entry in proposal.entries.iter().take(ENTRIES_MAX) {
        text.push_str(&wrap("  = ", entry));
    }
    if let Some(more) = proposal.entries.len().checked_sub(ENTRIES_MAX).filter(|more| *more > 0) {
        text.push_str(&format!("    and {more} more (--format json lists them)\n"));
    }
    for held in &proposal.held {
        let sentence = held.text.replace(RELEASE_COMMAND, "--release with the digest below");
        text.push_str(&wrap("  ! ", &format!("held by {} ({}): {sentence}", held.rail, held.package)));
    }
    for line in steps(&proposal.held_steps).lines() {
        text.push_str(&format!("  {line}\n"));
    }
    if !proposal.digest.is_empty() {
        text.push_str(&format!("    digest of the held steps: {}\n", proposal.digest));
    }
    if !proposal.left.is_empty() {
        text.push_str("left as it is:\n");
        for alike in proposal.left.chunk_by(|a, b| a.why == b.why) {
            match alike {
                [one] => text.push_str(&wrap("  . ", &format!("{}: {}", one.what, one.why))),
                several => {
                    let what: Vec<&str> = several.iter().map(|one| one.what.as_str()).collect();
                    text.push_str(&wrap("  . ", &format!("{} times: {}", several.len(), several[0].why)));
                    text.push_str(&wrap("      ", &what.join(", ")));
                }
            }
        }
    }
    for note in &proposal.notes {
        text.push_str(&wrap("note: ", note));
    }
    if proposal.done.is_none() && !proposal.is_empty() {
        text.push_str(&wrap(
            "",
            &format!(
                "Nothing was changed. To do it, say the same with --by WHO --reason TEXT --confirm {}",
                proposal.people
            ),
        ));
    }
    text
}
