//! `docs/operating.md` has a row for everything that can be shown: each problem of a plan, each reason for red, each rail.

use super::names::{files, root};
use regex_lite::Regex;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// The codes that these files give, by what stands around a code in the source.
fn codes(files: Vec<PathBuf>, patterns: &[&str]) -> BTreeSet<String> {
    let patterns: Vec<Regex> = patterns.iter().map(|pattern| Regex::new(pattern).unwrap()).collect();
    let mut codes = BTreeSet::new();
    for file in files.into_iter().filter(|file| !file.to_string_lossy().contains("test")) {
        let text = fs::read_to_string(file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
        for pattern in &patterns {
            codes.extend(pattern.captures_iter(&text).map(|found| found[1].to_owned()));
        }
    }
    codes
}

/// What the first column of a table has, in the section with this heading.
fn rows(page: &str, heading: &str) -> BTreeSet<String> {
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let first = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let ticked = first.filter(|cell| cell.starts_with('`'));
    ticked.flat_map(|cell| cell.split(", ").map(|code| code.trim_matches('`').to_owned()).collect::<Vec<_>>()).collect()
}

#[test]
fn every_problem_of_a_plan_has_a_row() {
    let found = codes(
        files(&root().join("crates/access/src/plan"), ".rs"),
        &[
            r#"\(\s*"([a-z][a-z0-9]*(?:_[a-z0-9]+)*)"\s*,"#,
            r#"Unusable\(\*?\w+,\s*"([a-z_]+)""#,
            r#"const (?:UNREAD|UNCONFIRMED|STEP_REFUSED): &str = "([a-z_]+)""#,
        ],
    );
    let page = fs::read_to_string(root().join("docs/operating.md")).unwrap();
    let mut rows = rows(&page, "Problems of plans");
    assert!(rows.remove("not_planned"), "the engine's own");
    assert!(found.len() > 40, "{found:?}");
    assert_eq!(found, rows);
}

#[test]
fn every_red_reason_has_a_row() {
    let sources = ["crates/engine/src", "crates/gatehouse/src/hosts"].map(|folder| files(&root().join(folder), ".rs"));
    let found = codes(
        sources.concat(),
        &[
            r#"\b(?:code:|add\(|code =)\s*"([a-z_]+)""#,
            r#"\bconst (?:[A-Z]+_)?(?:LOST|MISSING|CLOSED|REFUSED|UNREAD|MISSED|POISON|UNTOLD|GONE|SIGN_INS_UNREAD|NOT_RUN|NEWER|BROKEN): &str = "([a-z_]+)""#,
            r#""(alerts_unlisted)""#,
        ],
    );
    let page = fs::read_to_string(root().join("docs/operating.md")).unwrap();
    let rows = rows(&page, "Red reasons");
    // Of notices, of pages that ask and of requests; and what is noted.
    let elsewhere = ["alerts_refused", "approval_wanted", "extended_too_late", "not_planned", "paused"];
    let expected: BTreeSet<String> =
        found.into_iter().filter(|code| !elsewhere.contains(&code.as_str())).chain(["held_…".to_owned()]).collect();
    assert!(expected.len() > 20, "{expected:?}");
    assert_eq!(expected, rows);
}

#[test]
fn every_rail_is_named() {
    let page = fs::read_to_string(root().join("docs/operating.md")).unwrap();
    for file in files(&root().join("crates/access/src/plan/rails"), ".rs") {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(name == "mod" || page.contains(&format!("[`{name}`](rails.md#{name})")), "{name}");
    }
}
