//! Narrowing: the limits of a lower file may tighten those above, and loosen them only until a day, with a reason.

use super::files::{LowerLimits, Numbers, ProgramLimits};
use super::model::Limits;
use jiff::civil::Date;

/// The keys whose limit counts over all customers: below `gatehouse.toml` they have no effect.
pub(super) const PROGRAM_WIDE: [&str; 3] =
    ["removals_per_hour_all_max", "leavers_per_hour_all_max", "new_person_customers_max"];

/// The key whose limit counts per customer: in a package it has no effect.
pub(super) const CUSTOMER_WIDE: &str = "removals_per_day_max";

/// Why a limit that is looser than above does not simply hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slip {
    /// No day is given up to which it is meant.
    WithoutUntil,
    /// No reason is given.
    WithoutReason,
    /// The day is over: the limit above holds again.
    Expired,
}

/// The limits below `above` in a table, and each key there that is looser without right.
pub(super) fn narrow(above: Limits, table: &LowerLimits, today: Date) -> (Limits, Vec<(&'static str, Slip)>) {
    let mut limits = above;
    let mut slips = Vec::new();
    for (key, written) in table.numbers() {
        let Some(written) = written.filter(|_| !PROGRAM_WIDE.contains(&key)) else { continue };
        let limit = slot(&mut limits, key);
        if written > *limit {
            let slip = match &table.until {
                None => Some(Slip::WithoutUntil),
                Some(_) if table.reason.is_none() => Some(Slip::WithoutReason),
                Some(until) if until.0 < today => Some(Slip::Expired),
                Some(_) => None,
            };
            if let Some(slip) = slip {
                slips.push((key, slip));
                continue;
            }
        }
        *limit = written;
    }
    (limits, slips)
}

/// Whether a table holds a limit looser than `above`.
pub(super) fn loosens(above: Limits, table: &LowerLimits) -> bool {
    let mut above = above;
    table.numbers().into_iter().any(|(key, written)| written.is_some_and(|written| written > *slot(&mut above, key)))
}

/// The program's limits: what is written over the defaults.
pub(super) fn of_program(table: &ProgramLimits) -> Limits {
    over(Limits::default(), table.numbers())
}

/// A profile's package in a customer: the package's own numbers, unless the customer tightened them further.
pub(super) fn of_shared_package(profile: Limits, package: Limits, written: &LowerLimits, customer: Limits) -> Limits {
    let (mut profile, mut package, mut customer) = (profile, package, customer);
    let mut limits = customer;
    for (key, written) in written.numbers() {
        let (own, shared, here) = (*slot(&mut package, key), *slot(&mut profile, key), *slot(&mut customer, key));
        *slot(&mut limits, key) = match written {
            None => here,
            Some(_) if here < shared => own.min(here),
            Some(_) => own,
        };
    }
    limits
}

/// Takes the numbers that count more widely than one package from where they do count.
pub(super) fn widened(package: Limits, customer: Limits, program: Limits) -> Limits {
    Limits {
        removals_per_day_max: customer.removals_per_day_max,
        removals_per_hour_all_max: program.removals_per_hour_all_max,
        leavers_per_hour_all_max: program.leavers_per_hour_all_max,
        new_person_customers_max: program.new_person_customers_max,
        ..package
    }
}

fn over(mut limits: Limits, numbers: Numbers) -> Limits {
    for (key, written) in numbers {
        if let Some(written) = written {
            *slot(&mut limits, key) = written;
        }
    }
    limits
}

fn slot<'a>(limits: &'a mut Limits, key: &str) -> &'a mut u32 {
    match key {
        "removals_max" => &mut limits.removals_max,
        "removals_percent_max" => &mut limits.removals_percent_max,
        "removals_per_day_max" => &mut limits.removals_per_day_max,
        "removals_per_hour_all_max" => &mut limits.removals_per_hour_all_max,
        "leavers_per_hour_all_max" => &mut limits.leavers_per_hour_all_max,
        "additions_max" => &mut limits.additions_max,
        _ => &mut limits.new_person_customers_max,
    }
}
