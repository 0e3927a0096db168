//! Incidents: a table of many, one in full, and where one stands.

use super::words::{count, table, visible, wrap};
use access::alerts::result_name;
use access::incidents::{Change, Happened, Incident, PageRecord, PageState, SignIn, Status, What};
use engine::incidents::title;
use jiff::Timestamp;

/// How many digits of an id people see; where two incidents have them in common, all are shown.
const DIGITS: usize = 8;

/// A table: what, where, how bad, since when, and below each what it waits for.
pub fn incidents(all: &[Incident]) -> String {
    if all.is_empty() {
        return "no incidents\n".into();
    }
    let head = ["INCIDENT", "STATUS", "SEVERITY", "CUSTOMER", "WHAT", "OPENED"];
    let rows: Vec<[String; 6]> = all.iter().map(|one| row(one, all)).collect();
    let (mut text, lines) = table(head, &rows);
    for (one, line) in all.iter().zip(lines) {
        text.push_str(&line);
        text.push_str(&below(one));
    }
    let each = Status::ALL.into_iter().filter_map(|status| {
        let number = all.iter().filter(|one| one.status == status).count();
        (number > 0).then(|| format!("{number} {}", status.name()))
    });
    let total = count(all.len(), "incident", "incidents");
    text.push_str(&wrap("", &format!("{total}: {}", each.collect::<Vec<_>>().join(", "))));
    text
}

fn row(one: &Incident, all: &[Incident]) -> [String; 6] {
    let digits = short_id(one);
    let shares = all.iter().filter(|other| short_id(other) == digits).count() > 1;
    let shown = if shares { one.id.to_string() } else { digits.to_owned() };
    let status = match &one.verdict {
        Some(given) => format!("closed ({})", given.verdict.name()),
        None => one.status.name().to_owned(),
    };
    let whose = match one.accounts.as_slice() {
        [] => String::new(),
        [first] => format!(" {}", visible(&first.upn)),
        [first, rest @ ..] => format!(" {} and {} more", visible(&first.upn), rest.len()),
    };
    let what = format!("{}{}{whose}", label(one), one.kind.name());
    [shown, status, one.severity.name().to_owned(), one.customer.clone(), what, minute(one.opened_at)]
}

/// What somebody must know first: that it was a test, or announced.
fn label(one: &Incident) -> &'static str {
    match (one.test, one.drill.is_some()) {
        (true, _) => "TEST ",
        (false, true) => "DRILL ",
        (false, false) => "",
    }
}

fn below(one: &Incident) -> String {
    let untaken = one.pages.iter().any(|page| !page.dropped && is_failing(page));
    match one.status {
        Status::Closed if untaken && one.test => wrap("  ! ", &untaken_pages(one)),
        Status::Closed => String::new(),
        Status::Open if untaken => wrap("  ! ", &stands(one)),
        _ => wrap("  ? ", &stands(one)),
    }
}

/// Where an incident stands, in a clause.
fn stands(one: &Incident) -> String {
    let untaken = untaken_pages(one);
    let untaken = if untaken.is_empty() { untaken } else { format!("; {untaken}") };
    match (one.status, &one.acknowledged, &one.verdict) {
        (Status::Closed, _, Some(given)) => format!("{}, says {}", given.verdict.name(), given.by),
        (Status::Closed, ..) if one.test => "a test: nobody has to do anything".into(),
        (Status::Closed, ..) => "over".into(),
        (Status::Acknowledged, Some(given), _) => {
            format!("{} looks after it; without a verdict by {} people are paged again", given.by, minute(given.until))
        }
        (Status::Acknowledged, None, _) => "somebody looks after it".into(),
        (Status::Open, ..) => match &one.stage {
            _ if one.with.is_some() && one.stage.is_none() => {
                format!("nobody has answered; the pages of another incident name it{untaken}")
            }
            None => format!("nobody was paged yet{untaken}"),
            Some(stage) if stage.ended => format!("everybody was paged and nobody answered{untaken}"),
            Some(stage) => {
                let paged = taken(one);
                let whom = if paged.is_empty() { "nobody".to_owned() } else { paged.join(", ") };
                format!(
                    "nobody has answered; paged {whom} (step {}, round {}){untaken}",
                    stage.step + 1,
                    stage.round + 1
                )
            }
        },
    }
}

/// The channels that took a page, each once.
fn taken(one: &Incident) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for page in one.pages.iter().filter(|page| page.what == What::Page && page.state == PageState::Sent) {
        if !names.contains(&page.channel.as_str()) {
            names.push(&page.channel);
        }
    }
    names
}

fn untaken_pages(one: &Incident) -> String {
    let mut lines: Vec<String> = Vec::new();
    for page in one.pages.iter().filter(|page| !page.dropped && is_failing(page)) {
        let why = visible(page.why.as_deref().unwrap_or("no outcome"));
        let line = format!("channel {} did not take a page: {why}", page.channel);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("; ")
}

fn is_failing(page: &PageRecord) -> bool {
    matches!(page.state, PageState::Failed | PageState::Dead)
}

/// One incident in full, with everything that happened and what can be done now. `display` is what people call the
/// customer.
pub fn incident(one: &Incident, display: &str) -> String {
    let mut text = format!("incident {}\n\n", one.id);
    let mut tell = |name: &str, value: String| text.push_str(&wrap(&format!("  {name:10} "), &value));
    tell("status", status(one));
    tell("what", format!("{}{}", label(one), visible(&title(one, display))));
    tell("kind", format!("{}, {}", one.kind.name(), one.severity.name()));
    tell("customer", one.customer.clone());
    for account in &one.accounts {
        tell("account", format!("{} ({})", visible(&account.upn), account.id));
    }
    for sign_in in &one.sign_ins {
        tell("sign-in", in_words(sign_in));
    }
    for (label, value) in &one.facts {
        tell("known", format!("{}: {}", visible(label), visible(value)));
    }
    if let Some(occurred) = one.occurred_at {
        tell("happened", second(occurred));
    }
    if !one.alerts.is_empty() {
        let first: Vec<String> =
            one.alerts.iter().map(|heard| format!("{} at {}", visible(&heard.what), second(heard.at))).collect();
        let heard = count(one.heard as usize, "time", "times");
        tell("heard", format!("{heard}: {}", first.join(", ")));
    }
    if !one.pages.is_empty() {
        text.push_str("\npages\n");
        one.pages.iter().for_each(|page| text.push_str(&wrap("  ", &page_line(page))));
    }
    text.push_str("\nwhat happened\n");
    for change in &one.history {
        text.push_str(&wrap("  ", &format!("{}  {}", second(change.at), change_line(change))));
    }
    let next = incident_next(one);
    if !next.is_empty() {
        text.push_str("\nwhat can be done\n");
        next.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    text
}

/// An incident in a line or two, after somebody answered.
pub fn incident_in_short(one: &Incident, display: &str) -> String {
    let head = format!("incident {}: {}{}", short_id(one), label(one), visible(&title(one, display)));
    format!("{}{}", wrap("", &head), wrap("  ", &status(one)))
}

/// The commands that fit, for whoever looks at it.
pub fn incident_next(one: &Incident) -> Vec<String> {
    let digits = short_id(one);
    let verdict = format!("gatehouse incidents verdict {digits} drill|genuine|misuse|unknown --by MAIL");
    match one.status {
        Status::Open => vec![format!("gatehouse incidents acknowledge {digits} --by MAIL"), verdict],
        Status::Acknowledged => vec![verdict],
        Status::Closed => Vec::new(),
    }
}

/// So much of the id as people see.
pub(super) fn short_id(one: &Incident) -> &str {
    &one.id.as_str()[..DIGITS]
}

fn status(one: &Incident) -> String {
    format!("{}: {}", one.status.name(), stands(one))
}

fn in_words(one: &SignIn) -> String {
    let parts = [
        one.at.map(second),
        one.result.as_deref().map(|code| format!("{} ({})", result_name(code), visible(code))),
        one.app.as_deref().map(visible),
        one.ip.as_deref().map(|ip| format!("from {}", visible(ip))),
        one.id.as_deref().map(|id| format!("id {}", visible(id))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn page_line(page: &PageRecord) -> String {
    let what = match page.what {
        What::Page => format!("page (step {}, round {})", page.step + 1, page.round + 1),
        What::Details => "details".into(),
        What::Raised => "word that it is worse than it looked".into(),
        What::DeadLetter => "word that another channel took nothing".into(),
        What::Acknowledged => "word that somebody answered".into(),
        What::Closed => "the verdict".into(),
    };
    let state = match page.state {
        _ if page.dropped => "not needed any more".into(),
        PageState::Waiting => "not sent yet".to_owned(),
        PageState::Sent => "taken".into(),
        PageState::Failed => "not taken yet".into(),
        PageState::Dead => "given up".into(),
    };
    let attempts = if page.attempts > 1 { format!(", {} attempts", page.attempts) } else { String::new() };
    let repeat = if page.may_repeat { ", may have arrived twice" } else { "" };
    let why = page.why.as_deref().map(|why| format!(": {}", visible(why))).unwrap_or_default();
    let at = second(page.at.unwrap_or(page.made));
    format!("{at}  {what} to {}: {state}{attempts}{repeat}{why}", page.channel)
}

fn change_line(change: &Change) -> String {
    let what = match change.what {
        Happened::Opened => "opened",
        Happened::Heard => "heard of again",
        Happened::Escalated => "nobody answered: the next are paged",
        Happened::Unanswered => "nobody answered",
        Happened::Undelivered => "not delivered",
        Happened::Detailed => "more was read",
        Happened::Unread => "nothing more can be read",
        Happened::Unalerted => "no alert came",
        Happened::Raised => "worse than it looked",
        Happened::Acknowledged => "acknowledged",
        Happened::Lapsed => "open again",
        Happened::Judged => "judged",
    };
    let by = change.by.as_deref().map(|by| format!(" by {}", visible(by))).unwrap_or_default();
    let note = change.note.as_deref().map(|note| format!(": {}", visible(note))).unwrap_or_default();
    format!("{what}{by}{note}")
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
