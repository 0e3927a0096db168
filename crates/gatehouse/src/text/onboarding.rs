//! How far customers are in coming in, what is missing, and what to do about it.

use super::words::{table, visible, wrap};
use access::onboarding::{Finding, Onboarding, Verdict};
use access::permissions::Permission;
use jiff::Timestamp;

/// The indent of what belongs to a finding.
const UNDER: &str = "              ";

/// What is shown of one customer.
#[derive(Debug, Clone, Copy)]
pub struct Customer<'a> {
    /// What is kept.
    pub record: &'a Onboarding,
    /// What the configuration needs, and whether it was given.
    pub permissions: &'a [(Permission, Option<bool>)],
    /// A link that was just made, and until when its call-back is taken.
    pub link: Option<(&'a str, Timestamp)>,
}

/// One customer in full.
pub fn onboarding(shown: &Customer<'_>) -> String {
    let record = shown.record;
    let mut text = wrap("", &format!("{}: {}", record.customer, record.stage));
    text.push_str(&wrap("  ", record.stage.words()));
    let mut tell = |name: &str, value: String| text.push_str(&wrap(&format!("  {name:<11}"), &visible(&value)));
    tell("tenant", record.tenant_id.to_string());
    if let Some(verified) = &record.verified {
        let name = verified.name.as_ref().map_or_else(String::new, |name| format!(", \"{name}\""));
        tell("verified", format!("{}{name}", minute(verified.at)));
    }
    if let Some(domain) = &record.domain {
        tell("domain", domain.clone());
    }
    if let Some(confirmed) = &record.confirmed {
        tell("confirmed", format!("{}, by {}: {}", minute(confirmed.at), confirmed.by, confirmed.how));
    }
    if let Some(first) = record.history.first() {
        let by = first.by.as_deref().map_or_else(String::new, |by| format!(", by {by}"));
        tell("begun", format!("{}{by}", minute(first.at)));
    }
    if let Some(refused) = record.last_refusal().filter(|_| record.verified.is_none()) {
        tell("refused", format!("{}: {}", minute(refused.at), refused.note.as_deref().unwrap_or_default()));
    }
    if let Some(look) = &record.look {
        text.push_str("\nprobes\n");
        look.findings.iter().for_each(|finding| text.push_str(&row(finding)));
    }
    if shown.link.is_some() || shown.permissions.iter().any(|(_, given)| *given != Some(true)) {
        text.push_str("\nwhat the app asks for, and which keys need it\n");
        shown.permissions.iter().for_each(|one| text.push_str(&permission(one)));
    }
    if let Some((url, until)) = shown.link {
        text.push_str(&link(url, until));
    }
    text
}

/// A link for an administrator of the customer.
pub fn link(url: &str, until: Timestamp) -> String {
    let words = format!(
        "for a Privileged Role Administrator or Global Administrator of the customer. It is a secret, good once; the way back \
         is taken until {}, and a consent counts whenever it is given",
        minute(until)
    );
    format!("\nlink\n{}  {url}\n", wrap("  ", &words))
}

/// All customers, a line each.
pub fn onboardings(all: &[(String, Option<Onboarding>)]) -> String {
    let cells = |(name, record): &(String, Option<Onboarding>)| match record {
        None => [name.clone(), "invited".into(), "never looked at".into(), "-".into()],
        Some(record) => {
            let looked = record.look.as_ref().map_or_else(|| "never looked at".to_owned(), |look| minute(look.at));
            [name.clone(), record.stage.to_string(), looked, missing(record)]
        }
    };
    let rows: Vec<_> = all.iter().map(cells).collect();
    let (head, lines) = table(["customer", "stage", "last look", "what is missing"], &rows);
    head + &lines.concat()
}

fn missing(record: &Onboarding) -> String {
    let findings = record.look.iter().flat_map(|look| &look.findings).filter(|one| one.needed);
    let bad = findings.filter(|one| matches!(one.verdict, Verdict::Missing | Verdict::Unknown));
    let mut names: Vec<String> =
        bad.map(|one| format!("{}{}", one.probe, if one.verdict == Verdict::Unknown { "?" } else { "" })).collect();
    if record.confirmed.is_none() {
        names.push("confirmation".into());
    }
    if names.is_empty() { "-".into() } else { names.join(", ") }
}

fn row(finding: &Finding) -> String {
    let word = match (finding.verdict, finding.needed) {
        (Verdict::Missing, true) => "MISSING",
        (verdict, _) => verdict.name(),
    };
    let advice = if finding.needed || finding.verdict == Verdict::Ok { "" } else { " (advised)" };
    let mut text = wrap(&format!("  {word:<9}{:>2} ", finding.number), &format!("{}{advice}", finding.title));
    for reason in &finding.reasons {
        text.push_str(&wrap(&format!("{UNDER}- "), &visible(reason)));
    }
    if let Some(fix) = &finding.fix {
        text.push_str(&wrap(&format!("{UNDER}do: "), &visible(fix)));
    }
    text
}

fn permission((needed, given): &(Permission, Option<bool>)) -> String {
    let word = match given {
        Some(true) => "given",
        Some(false) if needed.optional => "not given",
        Some(false) => "MISSING",
        None => "?",
    };
    let optional = if needed.optional { " (optional)" } else { "" };
    wrap(&format!("  {word:<10}{:<41}", needed.name), &format!("{}{optional}", needed.why))
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
