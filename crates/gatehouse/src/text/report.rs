//! A report on one customer: plain text, Markdown and CSV, in an order that does not change.

use super::words::{count, wrap};
use access::report::{Access, Decision, Event, Report};
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeSet;

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

fn person(one: &Access) -> String {
    one.mail.clone().unwrap_or_else(|| format!("person {}", one.person))
}

fn until(one: &Access) -> String {
    one.until.map_or_else(|| "now".into(), moment)
}

fn packages(one: &Access) -> String {
    one.packages.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn ended(one: &Access) -> String {
    one.ended.clone().unwrap_or_default()
}

/// The period in words; its end is exclusive, so the last day is the one before.
fn period(report: &Report) -> String {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let last = |at: Timestamp| day(at.checked_sub(1.second()).unwrap_or(at));
    match (report.from, report.to) {
        (None, None) => "since the beginning".into(),
        (Some(from), None) => format!("since {}", day(from)),
        (None, Some(to)) => format!("up to {}", last(to)),
        (Some(from), Some(to)) => format!("{} to {}", day(from), last(to)),
    }
}

fn summary(report: &Report) -> String {
    let people: BTreeSet<_> = report.access.iter().map(|one| one.person).collect();
    let present = report.access.iter().filter(|one| one.until.is_none()).count();
    format!(
        "{}, {} ({present} at present), {}",
        count(people.len(), "person", "people"),
        count(report.access.len(), "membership", "memberships"),
        count(report.decisions.len(), "decision", "decisions")
    )
}

fn title(report: &Report) -> String {
    format!("Access of {} to {}", report.partner, report.customer)
}

fn head(report: &Report) -> String {
    format!("tenant {}, {}; times are UTC", report.tenant_id, period(report))
}

fn released(by: Option<&String>) -> String {
    by.map(|by| format!("; released by {by}")).unwrap_or_default()
}

fn decided(one: &Decision) -> String {
    let asserted = if one.asserted { " (named, not proven)" } else { "" };
    format!("{}{asserted}", one.by)
}

/// As plain text.
pub fn report(report: &Report) -> String {
    let mut text = format!("{}\n{}\n{}\n", title(report), head(report), summary(report));
    text.push_str("\nwho had what\n");
    for of in report.access.chunk_by(|a, b| a.person == b.person && a.mail == b.mail) {
        let Some(first) = of.first() else { continue };
        text.push_str(&format!("  {}\n", person(first)));
        for one in of {
            text.push_str(&wrap(
                "    ",
                &format!("{}: {} to {} ({})", one.place, moment(one.from), until(one), packages(one)),
            ));
            text.push_str(&wrap("      ", &format!("{}{}", one.how, released(one.released_by.as_ref()))));
            if let Some(ended) = &one.ended {
                text.push_str(&wrap("      ", ended));
            }
        }
    }
    none(report.access.is_empty(), &mut text);
    text.push_str("\nwhat was done to guests and groups\n");
    for one in &report.events {
        let line =
            format!("{}  {} {}: {}{}", moment(one.at), one.who, one.what, one.why, released(one.released_by.as_ref()));
        text.push_str(&wrap("  ", &line));
    }
    none(report.events.is_empty(), &mut text);
    text.push_str("\nwhat people decided\n");
    for one in &report.decisions {
        let words = one.words.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
        text.push_str(&wrap("  ", &format!("{}  {}: {}{words}", moment(one.at), decided(one), one.what)));
    }
    none(report.decisions.is_empty(), &mut text);
    text
}

fn none(is_empty: bool, text: &mut String) {
    if is_empty {
        text.push_str("  nothing\n");
    }
}

/// As Markdown.
pub fn markdown(report: &Report) -> String {
    let mut text = format!("# {}\n\n{}\n\n{}\n", cell(&title(report)), cell(&head(report)), summary(report));
    let access = |one: &Access| {
        let how = format!("{}{}", one.how, released(one.released_by.as_ref()));
        vec![person(one), one.place.clone(), moment(one.from), until(one), packages(one), how, ended(one)]
    };
    let columns = ["Person", "Place", "From", "Until", "Package", "How", "End"];
    table("Who had what", &columns, report.access.iter().map(access), &mut text);
    let event = |one: &Event| {
        let by = one.released_by.clone().unwrap_or_default();
        vec![moment(one.at), one.who.clone(), one.what.clone(), one.why.clone(), by]
    };
    let columns = ["When", "Who", "What", "Why", "Released by"];
    table("What was done to guests and groups", &columns, report.events.iter().map(event), &mut text);
    let decision =
        |one: &Decision| vec![moment(one.at), decided(one), one.what.clone(), one.words.clone().unwrap_or_default()];
    let columns = ["When", "Who", "What", "Why"];
    table("What people decided", &columns, report.decisions.iter().map(decision), &mut text);
    text
}

fn table(title: &str, columns: &[&str], rows: impl Iterator<Item = Vec<String>>, text: &mut String) {
    text.push_str(&format!("\n## {title}\n\n| {} |\n|{}\n", columns.join(" | "), " --- |".repeat(columns.len())));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|one| cell(one)).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}

/// Text from outside as it stands in a table: no markup of its own, no line breaks.
fn cell(text: &str) -> String {
    let mut safe = String::new();
    for one in text.chars() {
        match one {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' => safe.extend(['\\', one]),
            one if one.is_control() => safe.push(' '),
            one => safe.push(one),
        }
    }
    safe
}

/// The memberships as CSV (RFC 4180).
pub fn csv(report: &Report) -> String {
    let mut text = "person,person_id,guest_id,place,target,from,until,packages,how,end,released_by\r\n".to_owned();
    for one in &report.access {
        let fields = [
            one.mail.clone().unwrap_or_default(),
            one.person.to_string(),
            one.guest.to_string(),
            one.place.clone(),
            one.target.to_string(),
            one.from.to_string(),
            one.until.map(|at| at.to_string()).unwrap_or_default(),
            packages(one),
            one.how.clone(),
            ended(one),
            one.released_by.clone().unwrap_or_default(),
        ];
        let fields: Vec<String> = fields.iter().map(|one| field(one)).collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

/// One field. What a spreadsheet would take for a formula is made text by an apostrophe: names come from outside.
fn field(text: &str) -> String {
    let guarded = match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    };
    if guarded.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", guarded.replace('"', "\"\""));
    }
    guarded
}
