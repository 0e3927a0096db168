//! What the page says of an incident.

use super::Answer;
use crate::page::{Layout, Page, minute};
use access::config::May;
use access::incidents::{Incident, Status, Verdict};
use engine::incidents::title;

/// How an incident is answered.
pub(super) const ANSWER: Layout<Answer> = Layout {
    needs: May::Operate,
    without: "This key may not answer for incidents.",
    key: "Key of a caller that may answer for incidents",
    buttons: &[
        ("acknowledge", "Acknowledge", Answer::Acknowledge),
        ("drill", "Verdict: a drill", Answer::Judge(Verdict::Drill)),
        ("genuine", "Verdict: a real emergency", Answer::Judge(Verdict::Genuine)),
        ("misuse", "Verdict: misuse", Answer::Judge(Verdict::Misuse)),
        ("unknown", "Verdict: nobody can say", Answer::Judge(Verdict::Unknown)),
    ],
    press: "Acknowledge, or give a verdict: press one of the buttons.",
};

/// The page of an incident.
pub(super) fn of(incident: &Incident) -> Page<'static, Answer> {
    let waits = !incident.test && incident.status != Status::Closed;
    Page {
        title: "A break-glass incident",
        heading: title(incident, &incident.customer),
        state: state(incident),
        facts: facts(incident),
        form: waits.then_some(&ANSWER),
    }
}

/// A verdict, as people say it.
pub(super) fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Drill => "a drill",
        Verdict::Genuine => "a real emergency, and the right people",
        Verdict::Misuse => "somebody used the account who should not have",
        Verdict::Unknown => "nobody can say",
    }
}

/// Where the incident stands, in sentences.
fn state(incident: &Incident) -> String {
    let says = |asserted: bool| if asserted { ", as a caller says" } else { "" };
    if incident.test {
        return "It was a test: nobody has to answer.".into();
    }
    let stands = match (incident.status, &incident.acknowledged, &incident.verdict) {
        (Status::Closed, _, Some(given)) => {
            let verdict = words(given.verdict);
            format!("It is closed. {} judged it{}: {verdict}.", given.by, says(given.asserted))
        }
        (Status::Closed, ..) => "It is closed.".into(),
        (Status::Acknowledged, Some(given), _) => {
            let until = minute(given.until);
            format!(
                "{} looks after it{}. Without a verdict people are paged again at {until}.",
                given.by,
                says(given.asserted)
            )
        }
        (Status::Open, Some(given), _) => {
            format!("Nobody looks after it: {} acknowledged it, and no verdict came. People are being paged.", given.by)
        }
        (_, _, _) => "Nobody looks after it yet. People are being paged.".into(),
    };
    let others = match incident.announces.len() {
        0 => "",
        1 => {
            " The message named one more incident: whoever acknowledges this one looks after both. A verdict is for this one alone."
        }
        _ => {
            " The message named more incidents: whoever acknowledges this one looks after all of them. A verdict is for this one alone."
        }
    };
    let drill = if incident.drill.is_some() { " A drill was announced for it." } else { "" };
    format!("{stands}{drill}{}", if incident.status == Status::Closed { "" } else { others })
}

fn facts(incident: &Incident) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| facts.push((name.to_owned(), value));
    fact("Customer", incident.customer.clone());
    fact("How bad", incident.severity.to_string());
    for account in &incident.accounts {
        fact("Account", format!("{} ({})", account.upn, account.id));
    }
    for sign_in in &incident.sign_ins {
        let result = sign_in.result.as_ref().map(|code| format!("result {code}"));
        let ip = sign_in.ip.as_ref().map(|ip| format!("from {ip}"));
        let app = sign_in.app.as_ref().map(|app| format!("to {app}"));
        let at = sign_in.at.map(|at| at.to_string());
        let parts: Vec<String> = [at, result, ip, app].into_iter().flatten().collect();
        fact("Sign-in", parts.join(", "));
    }
    for (name, value) in &incident.facts {
        fact(name, value.clone());
    }
    fact("Since", minute(incident.occurred_at.unwrap_or(incident.opened_at)));
    for change in incident.history.iter().filter(|change| change.by.is_some()) {
        let by = change.by.as_deref().unwrap_or_default();
        let note = change.note.as_ref().map_or_else(String::new, |note| format!(": {note}"));
        fact("Answered", format!("{}, {by}, {}{note}", minute(change.at), change.status.name()));
    }
    for other in &incident.announces {
        fact("Named with it", other.to_string());
    }
    fact("Incident", incident.id.to_string());
    facts
}
