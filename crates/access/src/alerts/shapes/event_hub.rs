//! Diagnostic records as diagnostic settings write them to an event hub: the log itself, row by row, of everybody in the
//! tenant.

use super::super::alert::{Alert, Shape};
use super::super::finding::Finding;
use super::super::found::{Found, Ours};
use super::super::json::Json;
use super::super::query::Table;
use super::super::row::Row;
use super::super::row_finding::findings;
use super::super::text::shown;
use super::{finished, graph_risk};

pub(super) fn is_records(json: &Json) -> bool {
    json.get("records").items().iter().any(|record| !record.get("category").is_null())
}

pub(super) fn is_record(json: &Json) -> bool {
    ["category", "operationName", "properties"].iter().all(|name| !json.get(name).is_null())
}

pub(super) fn read(records: &[Json], ours: Ours<'_>) -> Alert {
    let mut alert = Alert::new(Shape::EventHub);
    let mut found = Found::new(ours);
    for record in records {
        let tenant = record.get("tenantId").scalar().and_then(shown);
        if alert.said_tenant.is_some() && tenant.is_some() && tenant != alert.said_tenant {
            alert.note("its records are about several tenants");
        }
        alert.said_tenant = alert.said_tenant.take().or(tenant);
        of_record(record).into_iter().for_each(|finding| found.push(finding));
    }
    finished(alert, found)
}

fn of_record(record: &Json) -> Vec<Finding> {
    let properties = record.get("properties");
    if !properties.get("riskEventType").is_null() {
        return graph_risk::finding(properties).into_iter().collect();
    }
    let category = record.get("category").text().unwrap_or_default().trim().to_ascii_lowercase();
    let table = match category.as_str() {
        "signinlogs" => Table::SignIns { interactive: Some(true) },
        "noninteractiveusersigninlogs" => Table::SignIns { interactive: Some(false) },
        "auditlogs" => Table::Audits,
        "administrative" => Table::Activity,
        // No person's account is in these.
        "managedidentitysigninlogs" | "serviceprincipalsigninlogs" => return Vec::new(),
        _ => Table::Unknown,
    };
    findings(&Row::of_objects(&[properties, record]), table)
}
