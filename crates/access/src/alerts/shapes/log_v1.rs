//! Log search alerts by older rules (API 2018-04-16), in the common schema and in their own, on Log Analytics and on
//! Application Insights (*Sample payloads for log search alerts using webhook actions*). Their rows arrive, unless they
//! are over 256 KB.

use super::super::alert::{Alert, Shape};
use super::super::dates::window;
use super::super::finding::Finding;
use super::super::found::{Found, Ours};
use super::super::json::Json;
use super::super::links;
use super::super::query::table;
use super::super::row::{Row, each_row};
use super::super::row_finding::findings;
use super::super::text::shown;
use super::finished;
use uuid::Uuid;

/// The schema of its own: the same fields, without an envelope and so without an id.
pub(super) fn own(data: &Json, shape: Shape, ours: Ours<'_>) -> Alert {
    let mut alert = Alert::new(shape);
    let mut found = Found::new(ours);
    read(data, &mut alert, &mut found);
    alert.rule = data.get("AlertRuleName").scalar().and_then(shown);
    finished(alert, found)
}

pub(super) fn read(context: &Json, alert: &mut Alert, found: &mut Found<'_>) {
    let table = table(context.get("SearchQuery"));
    alert.window = window(context, &["SearchIntervalStartTimeUtc"], &["SearchIntervalEndtimeUtc"], alert);
    alert.workspace = context.get("WorkspaceId").text().and_then(|id| Uuid::parse_str(id.trim()).ok());
    links::take(context, alert);
    // One name in the common schema, the other in their own.
    let results = ["SearchResults", "SearchResult"].map(|name| context.get(name));
    for result in results {
        each_row(result, |row| findings(row, table).into_iter().for_each(|finding| found.push(finding)));
    }
    if found.is_empty() {
        let count = context.get("ResultCount").count();
        for finding in findings(&Row::of_pairs(context.get("Dimensions")), table) {
            found.push(Finding { rows: finding.rows.or(count), ..finding });
        }
    }
    // `IncludedSearchResults` is a text; `IncludeSearchResults` is what was wished for.
    let left_out = context.get("IncludedSearchResults").truth() == Some(false);
    if left_out && results.iter().all(|result| result.is_null()) {
        alert.note("its results were left out: they are over 256 KB");
    }
}
