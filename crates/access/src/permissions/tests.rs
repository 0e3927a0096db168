//! What each key of the configuration asks for. Whether it is enough, and no more than that, is tried against the
//! simulated cloud elsewhere.

use super::known::ALL;
use super::*;
use crate::config::{Folder, load};
use expect_test::{Expect, expect};
use jiff::civil::date;
use std::collections::BTreeSet;

const PROGRAM: &str = "
[partner]
name = 'Northwind'
tenant_id = '11111111-1111-4111-8111-111111111111'
[app]
client_id = '22222222-2222-4222-8222-222222222222'
credential = { certificate = 'env:CERTIFICATE' }
";

const CONTOSO: &str = "
tenant_id = '44444444-4444-4444-8444-444444444444'
domains = ['northwind.example']
";

const DESK: &str = "
[[packages]]
name = 'desk'
members = ['aaaaaaaa-0000-4000-8000-000000000001']
groups = ['bbbbbbbb-0000-4000-8000-000000000001']
";

fn config(program: &str, customers: &[(&str, &str)]) -> Config {
    let mut files = vec![("gatehouse.toml".to_owned(), format!("{PROGRAM}{program}"))];
    files.extend(customers.iter().map(|(name, text)| (format!("customers/{name}.toml"), (*text).to_owned())));
    let loaded = load(&Folder { files }, date(2026, 11, 22));
    assert!(!loaded.has_errors(), "{:?}", loaded.problems);
    loaded.config.expect("there are no errors")
}

/// One customer with these keys above and below its packages.
fn contoso(program: &str, above: &str, below: &str) -> Config {
    config(program, &[("contoso", &format!("{above}{CONTOSO}{below}"))])
}

fn lines(permissions: &[Permission]) -> String {
    let line = |one: &Permission| format!("{}{} | {}\n", one.name, if one.optional { "?" } else { "" }, one.why);
    permissions.iter().map(line).collect()
}

fn names(permissions: &[Permission]) -> BTreeSet<&'static str> {
    permissions.iter().map(|one| one.name).collect()
}

fn check(config: &Config, expect: Expect) {
    expect.assert_eq(&lines(&needed_by_customer(config, &config.customers[0])));
}

#[test]
fn planning_reads_and_asks_for_nothing_that_writes() {
    let config = contoso("", "", DESK);
    check(&config, expect![[]]);
    assert!(needed_by_customer(&config, &config.customers[0]).iter().all(|one| !one.writes));
}

#[test]
fn enforcing_adds_what_the_keys_write() {
    let more = "units = ['cccccccc-0000-4000-8000-000000000001']
        roles = [{ role = 'dddddddd-0000-4000-8000-000000000001', unit = 'cccccccc-0000-4000-8000-000000000001' }]";
    let leavers = "[leavers]\ndisable = 'unused'\ndelete_after = '30d'\nrevoke_sessions = true";
    check(&contoso(leavers, "mode = 'enforce'", &format!("{DESK}{more}")), expect![[]]);
}
