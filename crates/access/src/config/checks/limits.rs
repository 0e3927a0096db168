//! `[limits]`: a lower file may only tighten.

use crate::config::files::{LowerLimits, PackageTable};
use crate::config::folder::Sources;
use crate::config::limits::{self, CUSTOMER_WIDE, PROGRAM_WIDE, Slip, loosens, narrow};
use crate::config::model::Limits;
use crate::config::places::Places;
use crate::config::problem::ConfigProblem;
use jiff::civil::Date;

pub(super) fn all(sources: &Sources, today: Date, found: &mut Vec<ConfigProblem>) {
    // Without the program's limits nothing below can be judged.
    let Some(program) = &sources.program else { return };
    let program = limits::of_program(&program.parts.limits);
    for profile in sources.profiles.values() {
        let limits = table(&profile.places, "limits", program, &profile.parts.limits, today, found);
        packages(&profile.places, limits, &profile.parts.packages, today, found);
    }
    for customer in &sources.customers {
        let profile = customer.parts.profile.as_ref().and_then(|profile| sources.profiles.get(profile));
        let above = profile.map_or(program, |profile| narrow(program, &profile.parts.limits, today).0);
        let limits = table(&customer.places, "limits", above, &customer.parts.limits, today, found);
        packages(&customer.places, limits, &customer.parts.packages, today, found);
    }
}

fn packages(places: &Places, above: Limits, packages: &[PackageTable], today: Date, found: &mut Vec<ConfigProblem>) {
    for (index, package) in packages.iter().enumerate() {
        let at = format!("packages[{index}].limits");
        table(places, &at, above, &package.limits, today, found);
        let written = package.limits.numbers().iter().any(|(key, written)| *key == CUSTOMER_WIDE && written.is_some());
        if written {
            let text = "counts per customer: it has no effect in a package";
            found.push(places.warning(&format!("{at}.{CUSTOMER_WIDE}"), "limit_without_effect", text));
        }
    }
}

fn table(
    places: &Places,
    at: &str,
    above: Limits,
    table: &LowerLimits,
    today: Date,
    found: &mut Vec<ConfigProblem>,
) -> Limits {
    let (limits, slips) = narrow(above, table, today);
    for (key, slip) in slips {
        let at = format!("{at}.{key}");
        found.push(match slip {
            Slip::WithoutUntil if places.is_whole(&at_until(&at)) => places
                .error(&at, "limit_loosened", "is looser than above: a limit here may only be tighter")
                .hint("to loosen it for a while, write `until = \"2026-12-31\"` and `reason = \"…\"` beside it"),
            Slip::WithoutUntil => continue,
            Slip::WithoutReason => {
                places.error(&at, "loosened_without_reason", "is looser than above, without a `reason`")
            }
            Slip::Expired => places
                .warning(
                    &at,
                    "loosened_expired",
                    "was looser than above until a day that is over: the limit above holds",
                )
                .hint("remove it, or give a later `until`"),
        });
    }
    for (key, written) in table.numbers() {
        if written.is_some() && PROGRAM_WIDE.contains(&key) {
            let text = "counts over all customers: it has no effect outside gatehouse.toml";
            found.push(places.warning(&format!("{at}.{key}"), "limit_without_effect", text));
        }
    }
    if (table.until.is_some() || table.reason.is_some()) && !loosens(above, table) && places.is_whole(at) {
        let text = "has `until` or `reason`, and no limit that is looser than above";
        found.push(places.warning(at, "nothing_loosened", text));
    }
    limits
}

/// The `until` beside a limit.
fn at_until(at: &str) -> String {
    at.rfind('.').map_or_else(|| "until".to_owned(), |dot| format!("{}.until", &at[..dot]))
}
