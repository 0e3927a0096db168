//! What people are told of an incident, in words.

use access::alerts::{is_interrupt, result_name};
use access::incidents::{Claimed, Incident, Kind, PageRecord, PageState, SignIn, What};
use notify::{Act, Page};

/// How many incidents a page names; the rest is a number.
const NAMED_MAX: usize = 20;

/// The message about this incident, and about `others` that it announces.
pub(super) fn page(
    incident: &Incident,
    others: &[Incident],
    claimed: &Claimed,
    display: &str,
    link: Option<String>,
) -> Page {
    let count = 1 + others.len();
    let title = match count {
        1 => title(incident, display),
        _ => format!("{count} break-glass incidents at {display}: {}", title(incident, display)),
    };
    let mut text = claimed.note.clone().map(|note| sentence(&note)).unwrap_or_default();
    if matches!(claimed.what, What::Page | What::Raised | What::DeadLetter) {
        let advice = advice(incident);
        text = if text.is_empty() { advice.into() } else { format!("{text} {advice}") };
    }
    let by = match claimed.what {
        What::Acknowledged => incident.acknowledged.as_ref().map(|given| given.by.clone()),
        What::Closed => incident.verdict.as_ref().map(|given| format!("{} ({})", given.by, given.verdict.name())),
        _ => None,
    };
    let announced: Vec<&Incident> = std::iter::once(incident).chain(others).collect();
    Page {
        act: match claimed.what {
            What::Page | What::Raised => Act::Trigger,
            What::Details | What::DeadLetter => Act::Update,
            What::Acknowledged => Act::Acknowledge,
            What::Closed => Act::Resolve,
        },
        key: incident.id.to_string(),
        alerts: alerts(incident, claimed),
        follows: follows(incident, claimed),
        message: format!("{}-{}", incident.id, claimed.number),
        severity: announced.iter().map(|one| one.severity).min().unwrap_or(incident.severity),
        test: incident.test,
        drill: announced.iter().all(|one| one.drill.is_some()),
        may_repeat: claimed.may_repeat,
        customer: display.to_owned(),
        title,
        text,
        facts: announced.iter().take(NAMED_MAX).flat_map(|one| facts(one, count > 1)).collect(),
        incidents: announced.iter().take(NAMED_MAX).map(|one| one.id.to_string()).collect(),
        count: count as u32,
        link,
        at: incident.occurred_at.unwrap_or(incident.opened_at),
        by,
    }
}

/// Which alerts the message is about, where the channel keeps such: whoever answers has answered all of them.
fn alerts(incident: &Incident, claimed: &Claimed) -> Vec<u32> {
    let all = match claimed.what {
        What::Acknowledged | What::Closed => incident.alerts_at(&claimed.channel),
        What::Page | What::Details | What::Raised | What::DeadLetter => Vec::new(),
    };
    if all.is_empty() { vec![claimed.anew] } else { all }
}

/// Whether the channel took a message that opened the same alert.
fn follows(incident: &Incident, claimed: &Claimed) -> bool {
    let earlier = |page: &&PageRecord| page.channel == claimed.channel && page.number < claimed.number;
    let mut earlier = incident.pages.iter().filter(earlier);
    earlier.any(|page| page.what.opens_alert() && page.anew == claimed.anew && page.state == PageState::Sent)
}

/// One line: what happened, to whom, where.
pub fn title(incident: &Incident, customer: &str) -> String {
    let account = match incident.accounts.as_slice() {
        [] => "break-glass account".to_owned(),
        [one] => format!("break-glass account {}", one.upn),
        [one, rest @ ..] => format!("break-glass account {} and {} more", one.upn, rest.len()),
    };
    let operation = incident.facts.iter().find(|(label, _)| label == "What").map(|(_, what)| what.as_str());
    match incident.kind {
        Kind::SignIn if incident.accounts.is_empty() => {
            format!("A break-glass account of {customer} was used: which one is not known yet")
        }
        Kind::SignIn => match incident.sign_ins.last().and_then(|one| one.result.as_deref()) {
            None | Some("0") => format!("The {account} of {customer} signed in"),
            Some(code) if is_interrupt(code) => format!("Somebody is signing in with the {account} of {customer}"),
            Some(_) => format!("Somebody tried to sign in with the {account} of {customer}"),
        },
        Kind::Change if incident.accounts.is_empty() => {
            format!(
                "What keeps the break-glass accounts of {customer} usable was changed: {}",
                operation.unwrap_or("?")
            )
        }
        Kind::Change => format!("The {account} of {customer} was changed: {}", operation.unwrap_or("?")),
        Kind::Tamper => {
            format!("The watch over the break-glass accounts of {customer} was changed: {}", operation.unwrap_or("?"))
        }
        Kind::Health => format!("The watch over the break-glass accounts of {customer} is not well"),
        Kind::Unreadable => format!("An alert of {customer} arrived that could not be read"),
        Kind::Other if incident.test => match operation {
            None => format!("A test alert of {customer} arrived"),
            Some(what) => format!("A {what} of {customer}"),
        },
        Kind::Other if !incident.sign_ins.is_empty() => {
            format!("An alert of {customer} is about somebody who is no break-glass account")
        }
        Kind::Other => format!("An alert of {customer} arrived"),
        Kind::DeliveryBroken => format!("Break-glass alerts of {customer} do not reach us"),
        Kind::Rotate => format!("A break-glass credential of {customer} must be changed"),
    }
}

/// What to do.
fn advice(incident: &Incident) -> &'static str {
    if incident.test {
        return "This is a test: nobody has to do anything. It shows that alerts of this customer reach people.";
    }
    if incident.drill.is_some() {
        return "A drill was announced for it. Acknowledge it, and give the verdict drill once you know that it was.";
    }
    match incident.kind {
        Kind::SignIn => {
            "If nobody on the call list did this, treat it as a compromise: revoke the account's sessions, change its credential. Acknowledge, find out, give a verdict."
        }
        Kind::Change => "If nobody planned this change, treat it as an attack. Acknowledge, find out, give a verdict.",
        Kind::Tamper => {
            "Until it is put back, a use of the accounts may go unseen. Find out who did it and why, and put it back."
        }
        Kind::Health => {
            "Until it is well again, a use of the accounts may go unseen. Look at the rule and its workspace."
        }
        Kind::Unreadable => {
            "It may stand for a use of a break-glass account. Look at the customer's sign-in log and at the stored alert."
        }
        Kind::Other => "Look at the alert, and at the rule that sent it here.",
        Kind::DeliveryBroken => {
            "A sign-in was seen in the log and no alert came for it. Look at the alert rule, its action group and the way here; until then only the slower reading of the log watches."
        }
        Kind::Rotate => "Somebody who knows it has left the partner. Change the credential, and the list of holders.",
    }
}

/// What is known, each with its label, in the order in which somebody woken at night needs it.
fn facts(incident: &Incident, named: bool) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut fact = |label: &str, value: String| facts.push((label.to_owned(), value));
    if named {
        fact("Incident", incident.id.to_string());
    }
    for account in &incident.accounts {
        fact("Account", account.upn.clone());
        fact("Object id", account.id.to_string());
    }
    for sign_in in &incident.sign_ins {
        for (label, value) in of_sign_in(sign_in) {
            fact(label, value);
        }
    }
    for (label, value) in &incident.facts {
        fact(label, value.clone());
    }
    if incident.sign_ins.iter().all(|one| one.at.is_none())
        && let Some(at) = incident.occurred_at
    {
        fact("Time", seconds(at));
    }
    fact("Alert received", seconds(incident.opened_at));
    if !named {
        fact("Incident", incident.id.to_string());
    }
    facts
}

/// A time as people read it: nobody needs its nanoseconds at night.
fn seconds(at: jiff::Timestamp) -> String {
    jiff::Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

fn of_sign_in(sign_in: &SignIn) -> Vec<(&'static str, String)> {
    let result = sign_in.result.as_deref().map(|code| format!("{} ({code})", result_name(code)));
    [
        ("Result", result),
        ("App", sign_in.app.clone()),
        ("IP", sign_in.ip.clone()),
        ("Sign-in time", sign_in.at.map(seconds)),
        ("Sign-in id", sign_in.id.clone()),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some((label, value?)))
    .collect()
}

/// The text with a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
