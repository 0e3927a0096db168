//! Log search alerts by rules of API 2020-05-01 or later. No rows arrive: what a rule splits by arrives as dimensions,
//! which may be null or empty. A Simple Log Alert has a row, as names and values, and null for nearly everything else.

use super::super::alert::{Alert, Shape};
use super::super::dates::window;
use super::super::finding::{Finding, FindingKind};
use super::super::found::Found;
use super::super::json::Json;
use super::super::query::{Table, table};
use super::super::row::Row;
use super::super::{links, row_finding};

pub(super) fn read(context: &Json, alert: &mut Alert, found: &mut Found<'_>) {
    let condition = context.get("condition");
    alert.window = window(condition, &["windowStartTime"], &["windowEndTime"], alert);
    let entries = condition.get("allOf");
    if !entries.is_null() && !matches!(entries, Json::List(_)) {
        alert.note("`allOf` is no list: it was not read");
    }
    let mut silent = Vec::new();
    for entry in entries.items() {
        links::take(entry, alert);
        if !entry.get("event").is_null() {
            alert.shape = Shape::SimpleLog;
        }
        let findings = of_entry(entry);
        if findings.is_empty() {
            silent.push(unnamed(entry));
        }
        findings.into_iter().for_each(|finding| found.push(finding));
    }
    // What no condition names, the rows behind the alert do. Beside others that name somebody it has to be said.
    if !found.is_empty() {
        silent.into_iter().for_each(|finding| found.push(finding));
    }
}

fn of_entry(entry: &Json) -> Vec<Finding> {
    let table = table(entry.get("searchQuery"));
    let event = entry.get("event");
    let is_one_row = event.items().first().is_some_and(Json::is_object);
    let rows = if is_one_row { std::slice::from_ref(event) } else { event.items() };
    let mut findings: Vec<Finding> =
        rows.iter().flat_map(|row| row_finding::findings(&Row::of_pairs(row), table)).collect();
    let dimensions = row_finding::findings(&Row::of_pairs(entry.get("dimensions")), table);
    let count = entry.get("metricValue").count();
    findings.extend(dimensions.into_iter().map(|finding| Finding { rows: finding.rows.or(count), ..finding }));
    findings
}

/// Rows of which nothing is known but how many they are.
fn unnamed(entry: &Json) -> Finding {
    let (kind, interactive) = match table(entry.get("searchQuery")) {
        Table::SignIns { interactive } => (FindingKind::SignIn, interactive),
        Table::Audits => (FindingKind::Change, None),
        Table::Activity => (FindingKind::Tamper, None),
        Table::Unknown => (FindingKind::Other, None),
    };
    Finding { rows: entry.get("metricValue").count(), interactive, ..Finding::new(kind) }
}
