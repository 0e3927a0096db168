//! Whether the tenant's logs reach the place where the alert rules look.

use super::case::Case;
use super::judged::Judged;
use std::collections::BTreeSet;

/// What the rules look at, in the words of diagnostic settings.
const CATEGORIES: [&str; 3] = ["SignInLogs", "NonInteractiveUserSignInLogs", "AuditLogs"];

/// ARM ids come in any case.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one.trim_matches('/').eq_ignore_ascii_case(other.trim_matches('/'))
}

pub(super) fn exported(case: &Case<'_>, judged: &mut Judged) {
    let exports = match &case.facts.exports {
        Ok(exports) => exports,
        Err(unread) => return judged.unknown("", unread),
    };
    let expected = case.declared.workspace.as_ref().and_then(|workspace| workspace.resource.as_deref());
    for category in CATEGORIES {
        let name = category.to_lowercase();
        let sent =
            exports.iter().filter(|export| export.categories.contains(&name) || export.categories.contains("alllogs"));
        let places: BTreeSet<&str> = sent.filter_map(|export| export.workspace.as_deref()).collect();
        match expected {
            _ if places.is_empty() => judged.fail(format!("{category} goes to no workspace")),
            Some(expected) if places.iter().any(|place| is_same(place, expected)) => judged.pass(),
            Some(_) => judged.fail(format!("{category} goes to another workspace than the one that is watched")),
            None => judged.unknown(
                &format!("whether {category} goes to the right workspace"),
                &case.unsaid("break_glass.workspace.resource"),
            ),
        }
    }
}

pub(super) fn arrive(case: &Case<'_>, judged: &mut Judged) {
    match &case.facts.arrived {
        Ok(0) => judged.fail("no sign-in of anybody arrived within the last 24 hours"),
        Ok(count) => judged.pass_with(format!("{count} within the last 24 hours")),
        Err(unread) => judged.unknown("", unread),
    }
}
