//! The folder in, problems and configuration out.

mod alerts;
mod apps;
mod break_glass;
mod complete;
mod escalation;
mod meaning;
mod merging;
mod never_panics;
mod notices;
mod published;
mod reference;
mod requests;
mod services;
mod shapes;
mod stores;
mod tickets;

use super::{Config, ConfigProblem, Folder, Loaded, load};
use expect_test::Expect;
use jiff::civil::{Date, date};

/// The day of all tests that do not speak of days.
const TODAY: Date = date(2026, 11, 22);

/// The smallest `gatehouse.toml`.
const PROGRAM: &str = r#"
[partner]
name = "Northwind"
tenant_id = "11111111-1111-4111-8111-111111111111"
[app]
client_id = "22222222-2222-4222-8222-222222222222"
credential = { certificate = "env:CERTIFICATE" }
"#;

/// The smallest customer without a warning.
const CONTOSO: &str = r#"
tenant_id = "44444444-4444-4444-8444-444444444444"
domains = ["northwind.example"]
[[packages]]
name = "desk"
members = ["aaaaaaaa-0000-4000-8000-000000000001"]
groups = ["bbbbbbbb-0000-4000-8000-000000000001"]
"#;

fn folder(files: &[(&str, &str)]) -> Folder {
    Folder { files: files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect() }
}

fn loaded(files: &[(&str, &str)]) -> Loaded {
    load(&folder(files), TODAY)
}

/// Loads files that must be right.
fn config(files: &[(&str, &str)]) -> Config {
    let Loaded { config, problems } = loaded(files);
    assert_eq!(report(&problems), "");
    config.expect("there are no problems")
}

fn report(problems: &[ConfigProblem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

/// The problems of a whole folder, as people see them.
fn check(files: &[(&str, &str)], expect: Expect) {
    expect.assert_eq(&report(&loaded(files).problems));
}

/// The problems of `gatehouse.toml` with `more` below its smallest form.
fn check_program(more: &str, expect: Expect) {
    check(&[("gatehouse.toml", &format!("{PROGRAM}{more}")), ("customers/contoso.toml", CONTOSO)], expect);
}

/// The problems of one customer.
fn check_customer(customer: &str, expect: Expect) {
    check(&[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", customer)], expect);
}

/// The problems of the smallest customer with `more` in its package.
fn check_package(more: &str, expect: Expect) {
    check_customer(&format!("{CONTOSO}{more}"), expect);
}
