//! What the pages for people promise, held against the tree.

use std::collections::BTreeSet;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

fn texts(folder: &Path, ending: &str, found: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() {
            if !(name.starts_with('.') || name == "target" || name == "node_modules" || name == "dist") {
                texts(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            let shown = path.strip_prefix(root()).unwrap().display().to_string();
            found.push((shown, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A tree that is under way may hold a page that is not written yet, and a reader would follow the link all the same.
#[test]
fn every_link_between_pages_leads_to_a_file() {
    let mut pages = Vec::new();
    texts(root(), ".md", &mut pages);
    assert!(pages.len() > 15, "{}", pages.len());
    let mut broken = Vec::new();
    for (page, text) in &pages {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
                continue;
            }
            if !root().join(page).parent().unwrap().join(path).exists() {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

#[test]
fn every_test_of_the_threat_model_is_there() {
    let mut sources = Vec::new();
    texts(root(), ".rs", &mut sources);
    let mut tests = BTreeSet::new();
    for (_, text) in &sources {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (number, line) in lines.iter().enumerate() {
            let Some(rest) = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn ")) else { continue };
            let above = lines[number.saturating_sub(3)..number].iter();
            if above.clone().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test")) {
                tests.insert(rest.split('(').next().unwrap_or_default());
            }
        }
    }
    let page = std::fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    // Names of tests are sentences; every other word in quotes is shorter.
    let named: BTreeSet<&str> =
        page.split('`').skip(1).step_by(2).filter(|word| word.matches('_').count() >= 3).collect();
    assert!(named.len() > 40, "{}", named.len());
    let missing: Vec<_> = named.difference(&tests).collect();
    assert_eq!(missing, [&""; 0]);
}
