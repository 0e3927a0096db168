//! `[channels]`, `[[escalation]]`, `[notices]`: where notices go.

use super::services;
use crate::config::channels::NoticeKind;
use crate::config::files::{ChannelTable, ProgramFile};
use crate::config::folder::Source;
use crate::config::problem::ConfigProblem;
use crate::config::read::nearest;
use crate::config::words;

pub(super) fn all(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    for (name, channel) in &program.parts.channels {
        one(program, name, channel, found);
    }
    for (index, step) in program.parts.escalation.iter().enumerate() {
        channels_exist(program, &format!("escalation[{index}].channels"), &step.channels, found);
    }
    for (kind, channels) in &program.parts.notices {
        let at = format!("notices.{kind}");
        kind_is_known(program, &at, kind, found);
        channels_exist(program, &at, channels, found);
    }
}

/// One table, of the program or of a customer.
pub(super) fn one<T>(source: &Source<T>, name: &str, channel: &ChannelTable, found: &mut Vec<ConfigProblem>) {
    let at = format!("channels.{name}");
    key_is_name(source, &at, name, found);
    has_one_kind(source, &at, channel, found);
    services::one(&source.places, &at, channel, found);
}

/// A notice of a kind that nobody makes would never come, and its absence would be taken for good news.
fn kind_is_known(program: &Source<ProgramFile>, at: &str, kind: &str, found: &mut Vec<ConfigProblem>) {
    if NoticeKind::named(kind).is_some() {
        return;
    }
    let known = || NoticeKind::ALL.into_iter().map(NoticeKind::name);
    let problem = program.places.error(at, "unknown_notice", "there is no such kind of notice");
    found.push(match nearest(kind, known()) {
        Some((name, true)) => problem.hint(format!("did you mean `{name}`?")),
        _ => problem.hint(format!("the kinds are {}", known().collect::<Vec<_>>().join(", "))),
    });
}

/// The name in `[callers.<name>]` and its like follows the rule for all names.
pub(super) fn key_is_name<T>(program: &Source<T>, at: &str, name: &str, found: &mut Vec<ConfigProblem>) {
    if let Err(complaint) = words::check("name", name) {
        found.push(program.places.error(at, complaint.code, complaint.text));
    }
}

fn has_one_kind<T>(program: &Source<T>, at: &str, channel: &ChannelTable, found: &mut Vec<ConfigProblem>) {
    match channel.kinds().as_slice() {
        [_] => {}
        [] if !program.places.is_whole(at) => {}
        [] => found.push(
            program
                .places
                .error(at, "channel_without_kind", "names no service")
                .hint(format!("one of {}", ChannelTable::KINDS.join(", "))),
        ),
        kinds => {
            let text = format!("names several services ({}): make a channel of each", kinds.join(", "));
            found.push(program.places.error(at, "channel_with_kinds", text));
        }
    }
}

fn channels_exist(program: &Source<ProgramFile>, at: &str, names: &[String], found: &mut Vec<ConfigProblem>) {
    for (index, name) in names.iter().enumerate() {
        let channels = &program.parts.channels;
        // A channel that is there but could not be read has its own problem.
        if channels.contains_key(name) || !program.places.is_whole(&format!("channels.{name}")) {
            continue;
        }
        let problem = program.places.error(&format!("{at}[{index}]"), "unknown_channel", "there is no such channel");
        found.push(match nearest(name, channels.keys().map(String::as_str)) {
            Some((name, true)) => problem.hint(format!("did you mean `{name}`?")),
            _ => problem.hint("describe it in a table [channels.<name>]"),
        });
    }
}
