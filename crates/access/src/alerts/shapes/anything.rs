//! JSON of no known shape, such as what the author of an old rule made up: whatever can be found in it by name.

use super::super::alert::{Alert, Shape, Window};
use super::super::found::{Found, Ours};
use super::super::json::Json;
use super::super::query::Table;
use super::super::row::{Row, each_row};
use super::super::row_finding::findings;
use super::super::text::shown;
use super::super::{dates, links};
use super::{finished, said_tenant};
use uuid::Uuid;

const RULE: [&str; 5] = ["alertRule", "alertRuleName", "rule", "ruleName", "title"];
const WORKSPACE: [&str; 2] = ["workspaceId", "workspace"];
const FROM: [&str; 3] = ["windowStartTime", "SearchIntervalStartTimeUtc", "start"];
const TO: [&str; 3] = ["windowEndTime", "SearchIntervalEndtimeUtc", "end"];

/// It has no id: what a rule's author put there may be the same in every alert.
pub(super) fn read(json: &Json, ours: Ours<'_>) -> Alert {
    let mut alert = Alert::new(Shape::Unrecognised);
    let mut found = Found::new(ours);
    walk(json, &mut alert, &mut found);
    alert.rule = RULE.iter().find_map(|name| shown(json.get(name).scalar()?));
    if json.get("schemaId").is("azureMonitorCommonAlertSchema") {
        alert.note("it says that it is of the common schema, and has no `essentials`");
    }
    finished(alert, found)
}

/// Everything that names somebody, however deep it stands. The tree is no deeper than serde_json reads.
pub(super) fn walk(json: &Json, alert: &mut Alert, found: &mut Found<'_>) {
    json.items().iter().for_each(|item| walk(item, alert, found));
    if !json.is_object() {
        findings(&Row::of_pairs(json), Table::Unknown).into_iter().for_each(|finding| found.push(finding));
        return;
    }
    each_row(json, |row| findings(row, Table::Unknown).into_iter().for_each(|finding| found.push(finding)));
    findings(&Row::of_object(json), Table::Unknown).into_iter().for_each(|finding| found.push(finding));
    alert.said_tenant = alert.said_tenant.take().or_else(|| said_tenant(json));
    let id = |name: &&str| Uuid::parse_str(json.get(name).text()?.trim()).ok();
    alert.workspace = alert.workspace.or_else(|| WORKSPACE.iter().find_map(id));
    let date = |names: &[&str]| names.iter().find_map(|name| dates::quiet(json.get(name).text()?));
    alert.window = alert.window.or_else(|| Window::of(date(&FROM), date(&TO)));
    for (_, value) in json.fields() {
        if let Some((workspace, window)) = value.text().filter(|text| text.starts_with("https:")).and_then(links::read)
        {
            alert.workspace = alert.workspace.or(workspace);
            alert.window = alert.window.or(window);
        }
        walk(value, alert, found);
    }
}
