//! `[channels]`, `[[escalation]]`, `[notices]`: where notices go.

use crate::config::files::{ChannelTable, ProgramFile};
use crate::config::folder::Source;
use crate::config::problem::ConfigProblem;
use crate::config::read::nearest;
use crate::config::words;

/// Words in the name of a setting whose value is a secret.
const SECRET_WORDS: [&str; 4] = ["password", "secret", "token", "key"];

pub(super) fn all(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    for (name, channel) in &program.parts.channels {
        let at = format!("channels.{name}");
        key_is_name(program, &at, name, found);
        has_one_kind(program, &at, channel, found);
        settings_hold_no_secrets(program, &at, channel, found);
    }
    for (index, step) in program.parts.escalation.iter().enumerate() {
        channels_exist(program, &format!("escalation[{index}].channels"), &step.channels, found);
    }
    for (kind, channels) in &program.parts.notices {
        let at = format!("notices.{kind}");
        key_is_name(program, &at, kind, found);
        channels_exist(program, &at, channels, found);
    }
}

/// The name in `[callers.<name>]` and its like follows the rule for all names.
pub(super) fn key_is_name(program: &Source<ProgramFile>, at: &str, name: &str, found: &mut Vec<ConfigProblem>) {
    if let Err(complaint) = words::check("name", name) {
        found.push(program.places.error(at, complaint.code, complaint.text));
    }
}

fn has_one_kind(program: &Source<ProgramFile>, at: &str, channel: &ChannelTable, found: &mut Vec<ConfigProblem>) {
    let kinds: Vec<&str> = channel.kinds().into_iter().map(|(kind, _)| kind).collect();
    match kinds.as_slice() {
        [_] => {}
        [] if !program.places.is_whole(at) => {}
        [] => found.push(
            program
                .places
                .error(at, "channel_without_kind", "names no service")
                .hint("one of teams, slack, pagerduty, webhook, mail, smtp, jsm, sns, twilio, servicenow"),
        ),
        _ => {
            let text = format!("names several services ({}): make a channel of each", kinds.join(", "));
            found.push(program.places.error(at, "channel_with_kinds", text));
        }
    }
}

fn settings_hold_no_secrets(
    program: &Source<ProgramFile>,
    at: &str,
    channel: &ChannelTable,
    found: &mut Vec<ConfigProblem>,
) {
    for (kind, settings) in channel.kinds() {
        for (key, value) in settings.into_iter().flatten() {
            let is_secret = key.split('_').any(|part| SECRET_WORDS.contains(&part.to_ascii_lowercase().as_str()));
            if let (true, Err(complaint)) = (is_secret, words::check("secret", &value.0)) {
                let problem = program.places.error(&format!("{at}.{kind}.{key}"), complaint.code, complaint.text);
                found.push(ConfigProblem { hint: complaint.hint.map(str::to_owned), ..problem });
            }
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
