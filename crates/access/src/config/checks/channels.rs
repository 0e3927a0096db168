//! `[channels]`, `[[escalation]]`, `[notices]`: where notices go.

use crate::config::channels::NoticeKind;
use crate::config::files::{ChannelTable, ProgramFile};
use crate::config::folder::Source;
use crate::config::problem::ConfigProblem;
use crate::config::read::nearest;
use crate::config::words;

/// Words in the name of a setting whose value is a secret.
const SECRET_WORDS: [&str; 4] = ["password", "secret", "token", "key"];

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
        somebody_hears(program, &at, channels, found);
    }
}

/// One table, of the program or of a customer.
pub(super) fn one<T>(source: &Source<T>, name: &str, channel: &ChannelTable, found: &mut Vec<ConfigProblem>) {
    let at = format!("channels.{name}");
    key_is_name(source, &at, name, found);
    has_one_kind(source, &at, channel, found);
    settings_hold_no_secrets(source, &at, channel, found);
    is_of_this_version(source, &at, channel, found);
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

/// What is configured and never told anything, somebody should know about.
fn is_of_this_version<T>(program: &Source<T>, at: &str, channel: &ChannelTable, found: &mut Vec<ConfigProblem>) {
    if let ([(kind, _)], None) = (channel.kinds().as_slice(), channel.resolve()) {
        let text = match *kind {
            "slack" => "a Slack app is not in this version: nothing is sent there".to_owned(),
            kind => format!("{kind} is not in this version: nothing is sent there"),
        };
        let problem = program.places.warning(at, "channel_unavailable", text);
        found.push(problem.hint("teams, slack (a webhook's URL), pagerduty and webhook can be used"));
    }
}

/// A notice that goes nowhere is an accident that nobody hears of.
fn somebody_hears(program: &Source<ProgramFile>, at: &str, names: &[String], found: &mut Vec<ConfigProblem>) {
    let tables = &program.parts.channels;
    let is_unavailable =
        |name: &String| tables.get(name).is_some_and(|table| !table.kinds().is_empty() && table.resolve().is_none());
    if !names.is_empty() && names.iter().all(is_unavailable) {
        let text = "would go nowhere: none of its channels is in this version";
        found.push(program.places.error(at, "notice_without_channel", text));
    }
}

/// The name in `[callers.<name>]` and its like follows the rule for all names.
pub(super) fn key_is_name<T>(program: &Source<T>, at: &str, name: &str, found: &mut Vec<ConfigProblem>) {
    if let Err(complaint) = words::check("name", name) {
        found.push(program.places.error(at, complaint.code, complaint.text));
    }
}

fn has_one_kind<T>(program: &Source<T>, at: &str, channel: &ChannelTable, found: &mut Vec<ConfigProblem>) {
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

fn settings_hold_no_secrets<T>(program: &Source<T>, at: &str, channel: &ChannelTable, found: &mut Vec<ConfigProblem>) {
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
