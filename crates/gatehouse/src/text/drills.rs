//! A drill: how far it is, what it showed, and where to look when it failed.

use super::words::{visible, wrap};
use access::config::BreakGlass;
use access::drills::{DrillRecord, Missing, Told};
use jiff::{SignedDuration, Timestamp};

/// One drill in full. `customer` is its name in commands; `declared` is what the configuration says now.
pub fn drill(record: &DrillRecord, customer: &str, declared: &BreakGlass) -> String {
    let how = match &record.ended {
        None => "goes on".to_owned(),
        Some(ended) => match ended.missing {
            None => "passed".into(),
            Some(missing) => format!("FAILED: {}", missing.clause()),
        },
    };
    let mut text = wrap("", &format!("drill of {customer} with {}: {how}", record.account.upn));
    let mut tell = |name: &str, value: String| text.push_str(&wrap(&format!("  {name:16}  "), &value));
    let (from, until) = (second(record.from), minute(record.until));
    tell("announced", format!("{from}, by {} and {}, until {until}", record.by, record.with));
    tell("told beforehand", list(&record.told));
    let stages = record.stages().into_iter().zip(record.durations());
    for ((name, at), took) in stages {
        let value = match at {
            None if name == "sign-in" && record.alerted.is_some() => "not said by the alert".to_owned(),
            None => "-".into(),
            Some(at) => {
                let took = took.map(|took| format!(", {}", later(took))).unwrap_or_default();
                format!("{}{took}{}", second(at), who(record, name))
            }
        };
        tell(name, value);
    }
    if !record.pages.is_empty() {
        tell("paged", list(&record.pages));
    }
    if let Some(id) = &record.incident {
        tell("incident", format!("gatehouse incidents show {}", &id.as_str()[..8]));
    }
    for other in &record.beside {
        let whose = other.account.as_deref().map(|upn| format!(" {}", visible(upn))).unwrap_or_default();
        tell("also", format!("{}{whose}: gatehouse incidents show {}", other.kind.name(), &other.id.as_str()[..8]));
    }
    let after = record.ended.as_ref().zip(record.alerted).filter(|(ended, alerted)| ended.at < *alerted);
    if after.is_some() {
        tell("too late", "the alert came after the drill had ended".into());
    }
    if let Some(missing) = record.ended.as_ref().and_then(|ended| ended.missing) {
        text.push_str("\nwhat to look at\n");
        look_at(missing, record, customer, declared).iter().for_each(|line| text.push_str(&wrap("  - ", line)));
    }
    text
}

/// All drills that are kept, a line each, the newest first.
pub fn drills(records: &[DrillRecord]) -> String {
    let mut text = String::new();
    for record in records {
        let how = match &record.ended {
            None => "goes on".to_owned(),
            Some(ended) => ended.missing.map_or("passed".into(), |missing| format!("FAILED: {}", missing.clause())),
        };
        let page = record
            .signed_in
            .zip(record.paged)
            .map(|(from, to)| format!(", sign-in to page {}", took(to.duration_since(from))));
        let answer = record
            .paged
            .zip(record.acknowledged)
            .map(|(from, to)| format!(", page to answer {}", took(to.duration_since(from))));
        let (page, answer) = (page.unwrap_or_default(), answer.unwrap_or_default());
        let line = format!("{}  {}  {how}{page}{answer}", minute(record.from), record.account.upn);
        text.push_str(&wrap("  ", &line));
    }
    text
}

/// What was reached, in a line: for whoever waits. `index` is the place among [`DrillRecord::stages`].
pub fn stage(record: &DrillRecord, index: usize) -> Option<String> {
    let (name, at) = *record.stages().get(index)?;
    let took = record.durations().get(index).copied().flatten();
    let took = took.map(|took| format!(", {}", later(took))).unwrap_or_default();
    Some(format!("{}  {name}{took}{}", second(at?), who(record, name)))
}

fn who(record: &DrillRecord, stage: &str) -> String {
    let by = |by: &Option<String>| by.as_deref().map(|by| format!(", by {}", visible(by))).unwrap_or_default();
    match (stage, record.verdict) {
        ("acknowledged", _) => by(&record.acknowledged_by),
        ("verdict", Some(verdict)) => format!(": {}{}", verdict.name(), by(&record.judged_by)),
        _ => String::new(),
    }
}

/// The way from the sign-in to people, from where it is known to be broken.
fn look_at(missing: Missing, record: &DrillRecord, customer: &str, declared: &BreakGlass) -> Vec<String> {
    let rule = match declared.rules.as_slice() {
        [] => "the alert rule (none is named in the customer's file): enabled, looking at least every 5 minutes"
            .to_owned(),
        rules => format!("the alert rule {}: enabled, looking at least every 5 minutes", rules.join(", ")),
    };
    let rule = format!("{rule}, its query holding the object id {}", record.account.id);
    let group = match &declared.action_group {
        None => "the action group (none is named in the customer's file)".to_owned(),
        Some(id) => format!("the action group {id}"),
    };
    let group = format!("{group}: enabled, named by the rule, and not silenced by an alert processing rule");
    let webhook = format!(
        "its webhook: POST to /api/v1/alerts/{customer}, with the key or audience of [break_glass.webhook]; a call that \
         was turned away is in this program's log and makes an incident"
    );
    let channels = format!("the channels: gatehouse page --test {customer} shows which of them take a page");
    match missing {
        Missing::Announcement => {
            vec!["announce it again: nothing was expected, and a sign-in would have counted as real".into()]
        }
        Missing::Alert => {
            let export = match &declared.workspace {
                Some(workspace) => format!(
                    "the export: the customer's diagnostic setting sends SignInLogs to the workspace {}",
                    workspace.id
                ),
                None => "the export: the customer's diagnostic setting sends SignInLogs to its workspace".into(),
            };
            let sign_in = format!("whether {} signed in at all: the customer's sign-in log", record.account.upn);
            let watch = "watch_sign_ins: it did not see the sign-in either; this program's log says whether it may read that log";
            vec![sign_in, export, rule, group, webhook, watch.into()]
        }
        Missing::AlertOfSeen => vec![rule, group, webhook],
        Missing::ThisAlert => vec![
            "the incidents above: whose sign-in they show, and when".into(),
            format!("{rule}; split by the dimensions UserId and SignInId, so that the alert says who signed in"),
        ],
        Missing::Page => vec![channels],
        Missing::Acknowledgement => vec![
            "the escalation: whether the people behind these channels were there, and knew what to do".into(),
            channels,
        ],
        Missing::Verdict => vec!["whoever acknowledged ends it: gatehouse incidents verdict ID drill --by MAIL".into()],
        Missing::OtherVerdict => vec![
            "the incident: somebody says that this was not the drill. Treat it as what they say, and drill again"
                .into(),
        ],
        Missing::Replaced => Vec::new(),
    }
}

fn list(told: &[Told]) -> String {
    if told.is_empty() {
        return "nobody".into();
    }
    let one = |told: &Told| match (&told.why, told.taken) {
        (_, true) => told.channel.clone(),
        (Some(why), false) => format!("NOT {}: {}", told.channel, visible(why)),
        (None, false) => format!("NOT {} yet", told.channel),
    };
    told.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn later(duration: SignedDuration) -> String {
    if duration.is_negative() {
        format!("{} before", took(duration.abs()))
    } else {
        format!("{} later", took(duration))
    }
}

/// A duration as people say it.
fn took(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        ..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
