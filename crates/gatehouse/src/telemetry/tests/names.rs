//! The table, the code, the page about observing, the dashboard and the rules name the same metrics.

use crate::telemetry::{Kind, METRICS, Metric};
use regex_lite::Regex;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(super) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path, ending)),
            false if path.to_string_lossy().ends_with(ending) => found.push(path),
            false => {}
        }
    }
    found
}

fn matches(text: &str, pattern: &str) -> BTreeSet<String> {
    Regex::new(pattern).unwrap().find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

#[test]
fn the_code_emits_what_the_table_has_and_nothing_else() {
    let mut emitted = BTreeSet::new();
    for folder in ["crates/cloud/src", "crates/engine/src", "crates/gatehouse/src", "crates/store/src", "functions"] {
        for file in files(&root().join(folder), ".rs") {
            if !file.to_string_lossy().contains("tests") {
                let text = fs::read_to_string(file).unwrap();
                emitted.extend(matches(&text, r"\b(monotonic_counter|gauge|histogram)\.gatehouse[a-z._]*[a-z]"));
            }
        }
    }
    let table: BTreeSet<String> =
        METRICS.iter().map(|metric| format!("{}{}", metric.kind.prefix(), metric.name)).collect();
    assert_eq!(emitted, table);
    assert!(METRICS.is_sorted_by_key(|metric| metric.name));
}

fn row(metric: &Metric) -> String {
    let kind = match metric.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    };
    let attributes: Vec<String> = metric.attributes.iter().map(|name| format!("`{name}`")).collect();
    format!("| `{}` | {kind} | `{}` | {} | {} |", metric.name, metric.unit, attributes.join(", "), metric.tells)
}

#[test]
fn the_page_about_observing_has_the_table() {
    let page = fs::read_to_string(root().join("docs/observing.md")).unwrap();
    let listed: Vec<&str> = page.lines().filter(|line| line.starts_with("| `gatehouse.")).collect();
    let expected: Vec<String> = METRICS.iter().map(row).collect();
    assert_eq!(listed, expected, "the table is:\n{}", expected.join("\n"));
}

/// What a metric is called in Prometheus (OpenTelemetry, "Prometheus and OpenMetrics Compatibility").
fn in_prometheus(metric: &Metric) -> Vec<String> {
    let base = metric.name.replace('.', "_");
    let unit = match metric.unit {
        "s" => "_seconds",
        "1" => "_ratio",
        _ => "",
    };
    match metric.kind {
        Kind::Counter => vec![format!("{base}{unit}_total")],
        Kind::Gauge => vec![format!("{base}{unit}")],
        Kind::Histogram => ["bucket", "sum", "count"].map(|part| format!("{base}{unit}_{part}")).into(),
    }
}

#[test]
fn dashboard_and_rules_ask_for_metrics_that_there_are() {
    let folder = root().join("infra/observability");
    let known: BTreeSet<String> = METRICS.iter().flat_map(in_prometheus).collect();
    for name in ["dashboard.json", "rules.yaml"] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let used = matches(&text, r"\bgatehouse_[a-z_]+");
        let unknown: Vec<_> = used.difference(&known).collect();
        assert!(unknown.is_empty() && used.len() > 5, "{name}: {unknown:?}");
    }
    let dashboard = fs::read_to_string(folder.join("dashboard.json")).unwrap();
    let panels = serde_json::from_str::<serde_json::Value>(&dashboard).unwrap()["panels"].as_array().unwrap().len();
    let shown = matches(&dashboard, r"\bgatehouse_[a-z_]+");
    let hidden: Vec<&str> = METRICS
        .iter()
        .filter(|metric| !in_prometheus(metric).iter().any(|name| shown.contains(name)))
        .map(|metric| metric.name)
        .collect();
    assert!(hidden.is_empty() && panels >= 12, "no panel shows {hidden:?}");
    let names: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
    let queries = fs::read_to_string(folder.join("queries.kql")).unwrap();
    let asked = matches(&queries, r#""gatehouse\.[a-z._]+""#);
    let unknown: Vec<_> = asked.iter().filter(|name| !names.contains(name.trim_matches('"'))).collect();
    assert!(unknown.is_empty() && asked.len() > 5, "{unknown:?}");
}
