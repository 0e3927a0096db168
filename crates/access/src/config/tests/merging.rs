//! Profiles and limits: what a customer gets in the end.

use super::{CONTOSO, PROGRAM, TODAY, check, config, folder, loaded};
use crate::config::{Limits, Package, load};
use expect_test::expect;

const PROFILE: &str = r#"
[[packages]]
name = "desk"
members = ["aaaaaaaa-0000-4000-8000-0000000000dd"]
groups = ["bbbbbbbb-0000-4000-8000-0000000000dd"]
[[packages]]
name = "shared"
members = ["aaaaaaaa-0000-4000-8000-000000000002"]
groups = ["bbbbbbbb-0000-4000-8000-000000000002"]
"#;

/// The packages of a customer with a profile, after `program`, `customer` and `profile` were added to the files.
fn packages(program: &str, customer: &str, profile: &str) -> Vec<Package> {
    let program = format!("{PROGRAM}{program}");
    let customer = format!("profile = \"standard\"\n{customer}{CONTOSO}");
    let profile = format!("{profile}{PROFILE}");
    let files = [
        ("gatehouse.toml", program.as_str()),
        ("customers/contoso.toml", &customer),
        ("profiles/standard.toml", &profile),
    ];
    config(&files).customers.remove(0).packages
}

/// `limits` as a dotted key, so that it can stand before tables.
fn limits_of_shared(program: &str, profile: &str, shared: &str, customer: &str) -> Limits {
    let profile_file = format!("{profile}\n{PROFILE}{shared}");
    let program = format!("{PROGRAM}{program}");
    let customer = format!("profile = \"standard\"\n{customer}\n{CONTOSO}");
    let files = [
        ("gatehouse.toml", program.as_str()),
        ("customers/contoso.toml", &customer),
        ("profiles/standard.toml", &profile_file),
    ];
    config(&files).customers[0].packages[1].limits
}

#[test]
fn what_the_customer_says_replaces_the_profiles_package_of_the_same_name() {
    let packages = packages("", "", "");
    let names: Vec<_> = packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(names, ["desk", "shared"]);
    let members: Vec<_> = packages[0].members.iter().map(ToString::to_string).collect();
    assert_eq!(members, ["aaaaaaaa-0000-4000-8000-000000000001"], "nothing of the profile's package is left in it");
}

#[test]
fn protect_adds_up_over_all_files() {
    let id = |digit: &str| format!("ffffffff-0000-4000-8000-00000000000{digit}");
    let program = format!("{PROGRAM}[limits]\nprotect = [\"{}\"]", id("1"));
    let profile =
        format!("limits.protect = [\"{}\"]\n{PROFILE}[packages.limits]\nprotect = [\"{}\"]", id("2"), id("3"));
    let customer = format!("profile = \"standard\"\nlimits.protect = [\"{}\"]{CONTOSO}", id("4"));
    let files = [
        ("gatehouse.toml", program.as_str()),
        ("customers/contoso.toml", &customer),
        ("profiles/standard.toml", &profile),
    ];
    let protect: Vec<_> = config(&files).customers[0].protect.iter().map(ToString::to_string).collect();
    assert_eq!(protect, [id("1"), id("2"), id("3"), id("4")]);
}

#[test]
fn drift_is_the_programs_unless_a_package_says_otherwise() {
    use crate::config::Drift;
    let packages = packages("[sync]\ndrift = \"repair\"", "", "");
    assert_eq!(packages[0].drift, Drift::Repair);
    let customer = format!("{CONTOSO}drift = \"respect\"");
    let program = format!("{PROGRAM}[sync]\ndrift = \"repair\"");
    let config = config(&[("gatehouse.toml", &program), ("customers/contoso.toml", &customer)]);
    assert_eq!(config.customers[0].packages[0].drift, Drift::Respect);
}

#[test]
fn the_tightest_limit_holds_in_a_shared_package() {
    let removals =
        |program, profile, shared, customer| limits_of_shared(program, profile, shared, customer).removals_max;
    assert_eq!(removals("", "", "", ""), 10);
    assert_eq!(removals("[limits]\nremovals_max = 8", "", "", ""), 8);
    assert_eq!(removals("", "limits.removals_max = 7", "", ""), 7);
    assert_eq!(removals("", "", "[packages.limits]\nremovals_max = 6", ""), 6);
    assert_eq!(removals("", "", "", "limits.removals_max = 5"), 5);
    assert_eq!(
        removals("", "limits.removals_max = 7", "[packages.limits]\nremovals_max = 6", "limits.removals_max = 5"),
        5
    );
    assert_eq!(removals("", "", "[packages.limits]\nremovals_max = 3", "limits.removals_max = 5"), 3);
}

#[test]
fn a_limit_that_counts_per_customer_is_taken_from_the_customer() {
    let limits = limits_of_shared("", "limits.removals_per_day_max = 9", "", "limits.removals_per_day_max = 4");
    assert_eq!(limits.removals_per_day_max, 4);
}

/// The customer's limit of removals and the problems, with this in its `[limits]` over the default of 10.
fn loosened(limits: &str) -> (Option<u32>, String) {
    let customer = format!("{limits}{CONTOSO}");
    let loaded = loaded(&[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", &customer)]);
    let limit = loaded.config.and_then(|config| Some(config.customers.first()?.packages[0].limits.removals_max));
    (limit, loaded.problems.iter().map(|problem| format!("{}: {}", problem.line.unwrap_or(0), problem.code)).collect())
}

#[test]
fn a_lower_file_may_tighten_freely_and_loosen_only_until_a_day_with_a_reason() {
    let until = "limits.until = \"2026-11-22\"\n";
    let reason = "limits.reason = \"merger\"\n";
    let ok = |limit| (Some(limit), String::new());
    assert_eq!(loosened("limits.removals_max = 10\n"), ok(10), "the same is not looser");
    assert_eq!(loosened("limits.removals_max = 0\n"), ok(0));
    assert_eq!(loosened("limits.removals_max = 11\n"), (None, "1: limit_loosened".into()));
    assert_eq!(loosened(&format!("limits.removals_max = 11\n{reason}")), (None, "1: limit_loosened".into()));
    assert_eq!(loosened(&format!("limits.removals_max = 11\n{until}")), (None, "1: loosened_without_reason".into()));
    assert_eq!(loosened(&format!("limits.removals_max = 11\n{until}{reason}")), ok(11));
    assert_eq!(loosened(&format!("limits.removals_max = 9\n{until}{reason}")), (Some(9), "1: nothing_loosened".into()));
}

#[test]
fn a_loosened_limit_holds_through_its_last_day_and_then_the_one_above_holds_again() {
    let customer = format!("limits = {{ removals_max = 11, until = \"2026-11-22\", reason = \"merger\" }}\n{CONTOSO}");
    let folder = folder(&[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", &customer)]);
    let limit =
        |today| load(&folder, today).config.expect("a warning at most").customers[0].packages[0].limits.removals_max;
    assert_eq!(limit(TODAY), 11);
    assert_eq!(limit(TODAY.tomorrow().expect("it comes")), 10);
    let problems = load(&folder, TODAY.tomorrow().expect("it comes")).problems;
    expect![[r#"
        customers/contoso.toml:1: warning: limits.removals_max: was looser than above until a day that is over: the limit above holds
          hint: remove it, or give a later `until`
    "#]].assert_eq(&super::report(&problems));
}

#[test]
fn a_limit_where_it_has_no_effect_is_pointed_out() {
    let customer = format!(
        "limits.leavers_per_hour_all_max = 1\n{CONTOSO}[packages.limits]\nremovals_per_day_max = 1\nnew_person_customers_max = 1\n"
    );
    check(
        &[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", &customer)],
        expect![[r#"
        customers/contoso.toml:1: warning: limits.leavers_per_hour_all_max: counts over all customers: it has no effect outside gatehouse.toml
        customers/contoso.toml:10: warning: packages[0].limits.removals_per_day_max: counts per customer: it has no effect in a package
        customers/contoso.toml:11: warning: packages[0].limits.new_person_customers_max: counts over all customers: it has no effect outside gatehouse.toml
    "#]],
    );
    let config = loaded(&[("gatehouse.toml", PROGRAM), ("customers/contoso.toml", &customer)]).config;
    assert_eq!(config.expect("only warnings").customers[0].packages[0].limits, Limits::default());
}

#[test]
fn a_broken_customer_or_profile_takes_only_its_own_customers_out() {
    let fabrikam = CONTOSO.replace('4', "5");
    let shared = format!("profile = \"standard\"\n{}", CONTOSO.replace('4', "6"));
    let names = |files: &[(&str, &str)]| -> Vec<String> {
        let config = loaded(files).config.expect("gatehouse.toml is right");
        config.customers.into_iter().map(|customer| customer.name).collect()
    };
    let files = |contoso, profile| {
        names(&[
            ("gatehouse.toml", PROGRAM),
            ("customers/contoso.toml", contoso),
            ("customers/fabrikam.toml", &fabrikam),
            ("customers/tailspin.toml", &shared),
            ("profiles/standard.toml", profile),
        ])
    };
    assert_eq!(files(CONTOSO, PROFILE), ["contoso", "fabrikam", "tailspin"]);
    assert_eq!(files("tenant_id = 1", PROFILE), ["fabrikam", "tailspin"]);
    assert_eq!(files(CONTOSO, "x = 1"), ["contoso", "fabrikam"]);
}
