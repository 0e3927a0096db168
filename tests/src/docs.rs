//! What the pages for people promise, held against the tree.

use access::config::{Folder, Severity, load};
use jiff::civil::date;
use std::collections::{BTreeMap, BTreeSet};
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

/// What GitHub makes of a heading for links: letters and digits in lower case, `-` for spaces, and nothing of the rest.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn every_link_to_a_part_of_a_page_leads_to_a_heading() {
    let mut pages = Vec::new();
    texts(root(), ".md", &mut pages);
    let headings: BTreeMap<&str, BTreeSet<String>> = pages
        .iter()
        .map(|(page, text)| {
            let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#'));
            (page.as_str(), headings.map(|heading| anchor(heading.trim())).collect())
        })
        .collect();
    let mut broken = Vec::new();
    let mut checked = 0;
    for (page, text) in &pages {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let Some((path, part)) = link.split_once('#').filter(|_| !link.contains("://")) else { continue };
            let mut target: Vec<&str> = page.split('/').collect();
            if !path.is_empty() {
                target.pop();
                for step in path.split('/') {
                    match step {
                        ".." => {
                            target.pop();
                        }
                        step => target.push(step),
                    }
                }
            }
            checked += 1;
            if !headings.get(target.join("/").as_str()).is_some_and(|parts| parts.contains(part)) {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(checked > 50, "{checked} links");
    assert_eq!(broken, [""; 0]);
}

/// Texts by the file that they belong to.
type Files = BTreeMap<String, String>;

/// Every example of a configuration on a page. A comment names the file; without one it is `gatehouse.toml`, but for what a
/// customer alone has.
fn examples(page: &str) -> Vec<Files> {
    let mut found = Vec::new();
    for block in page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let of_customer = block.contains("[break_glass]") || block.contains("[break_glass.webhook]");
        let mut file = if of_customer { "customers/contoso.toml" } else { "gatehouse.toml" };
        let mut files = Files::new();
        for line in block.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.strip_prefix("# ").filter(|named| named.ends_with(".toml")) {
                Some(named) => file = named.trim_start_matches("config/"),
                None => files.entry(file.to_owned()).or_default().extend([line, "\n"]),
            }
        }
        found.push(files);
    }
    found
}

/// The text with something real in the place of `…`, `APP` and whatever is called an id.
fn filled(example: &str, ids: &mut u32) -> String {
    let parts = example.split('"').enumerate().map(|(number, part)| {
        if number % 2 == 0 || !(part == "…" || part == "APP" || part.ends_with("_ID")) {
            let part = part.replace("URL/", "https://gatehouse.example/");
            return part.replace("ACCOUNT/", "account1/").replace("BUCKET/", "bucket/");
        }
        *ids += 1;
        format!("99999999-0000-4000-8000-{ids:012}")
    });
    parts.collect::<Vec<_>>().join("\"")
}

/// A folder of these files, with what each of them must have before anything else.
fn folder(mut files: Files) -> Folder {
    const PARTNER: &str = "partner = { name = \"Northwind\", tenant_id = \"11111111-1111-4111-8111-111111111111\" }\n";
    const APP: &str = "app = { client_id = \"22222222-2222-4222-8222-222222222222\", credential = { certificate = \"env:CERTIFICATE\" } }\n";
    const TENANT: &str = "tenant_id = \"44444444-4444-4444-8444-444444444444\"\n";
    files.entry("gatehouse.toml".to_owned()).or_default();
    let whole = |(file, text): (String, String)| {
        let table: toml::Table = text.parse().unwrap();
        let needed: &[_] =
            if file == "gatehouse.toml" { &[("partner", PARTNER), ("app", APP)] } else { &[("tenant_id", TENANT)] };
        let missing = needed.iter().filter(|(key, _)| !table.contains_key(*key)).map(|(_, text)| *text);
        (file, missing.chain([text.as_str()]).collect())
    };
    Folder { files: files.into_iter().map(whole).collect() }
}

/// Examples of one page belong together until one of them says something else of the same key.
#[test]
fn every_example_of_a_configuration_can_be_used() {
    let mut pages = Vec::new();
    texts(root(), ".md", &mut pages);
    let (mut wrong, mut tried, mut ids) = (Vec::new(), 0, 0);
    for (page, text) in &pages {
        let mut folders = vec![Files::new()];
        for example in examples(text) {
            let example: Files = example.into_iter().map(|(file, text)| (file, filled(&text, &mut ids))).collect();
            let mut together = folders.last().unwrap().clone();
            for (file, text) in &example {
                together.entry(file.clone()).or_default().push_str(text);
            }
            if together.values().all(|text| text.parse::<toml::Table>().is_ok()) {
                folders.pop();
                folders.push(together);
            } else {
                folders.push(example);
            }
            tried += 1;
        }
        for files in folders {
            let problems = load(&folder(files), date(2026, 11, 22)).problems;
            let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
            wrong.extend(errors.map(|problem| format!("{page}: {problem}")));
        }
    }
    assert!(tried > 15, "{tried} examples");
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn the_smallest_configuration_has_nothing_wrong_with_it() {
    let page = std::fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with("The smallest one")).unwrap();
    let files: Files = examples(section).into_iter().flatten().collect();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["customers/contoso.toml", "gatehouse.toml"]);
    let loaded = load(&Folder { files: files.into_iter().collect() }, date(2026, 11, 22));
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    assert_eq!(loaded.config.unwrap().customers.len(), 1);
}

/// Names of variables in the source: texts in capitals with `_` between, and what is read under names of the shell.
#[test]
fn every_variable_that_the_program_reads_has_a_row() {
    let mut sources = Vec::new();
    texts(&root().join("crates/gatehouse/src"), ".rs", &mut sources);
    let mut read: BTreeSet<&str> = BTreeSet::from(["USER", "LOGNAME", "USERNAME"]);
    for (_, text) in sources.iter().filter(|(file, _)| !file.contains("test")) {
        let is_name = |word: &&str| {
            let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            word.trim_end_matches('_').contains('_')
                && word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.chars().all(fits)
        };
        read.extend(text.lines().flat_map(|line| line.split('"').skip(1).step_by(2)).filter(is_name));
    }
    read.retain(|name| !name.starts_with("CARGO_"));
    assert!(read.contains("GATEHOUSE_CONFIG") && read.contains("OTEL_SDK_DISABLED"), "{read:?}");
    let page = std::fs::read_to_string(root().join("docs/hosts.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with("Variables")).unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let told: BTreeSet<&str> = rows.flat_map(|cell| cell.split(", ")).map(|name| name.trim_matches('`')).collect();
    let missing: Vec<_> = read.difference(&told).collect();
    assert_eq!(missing, [&""; 0]);
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
