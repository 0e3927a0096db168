//! Several alerts in one body.

use super::super::alert::{Alert, AlertState, Shape, Window};
use super::super::finding::{Finding, FindingKind};
use super::super::found::{Found, Ours};
use super::super::json::Json;
use super::{finished, read_at};

/// One alert of them all. It fired if one of them did, and is a test if all are. It has no id: who sends lists may put
/// other things together the next time.
pub(super) fn read(items: &[Json], ours: Ours<'_>, level: usize) -> Alert {
    if let [one] = items {
        return read_at(one, ours, level + 1);
    }
    let mut whole = Alert::new(Shape::Unrecognised);
    let mut found = Found::new(ours);
    whole.state = AlertState::Resolved;
    whole.test = true;
    for item in items {
        let one = read_at(item, ours, level + 1);
        let silent = silent(&one);
        take_in(&mut whole, &one);
        found.absorb(one.findings, one.findings_count);
        silent.into_iter().for_each(|finding| found.push(finding));
    }
    if items.iter().all(|item| !item.is_object()) {
        whole.note("none of what is in its list is an object");
    }
    finished(whole, found)
}

/// An alert that fired and names nobody, beside others that do.
fn silent(alert: &Alert) -> Option<Finding> {
    let says_something = alert.id.is_some() || alert.rule.is_some();
    let is_silent = alert.findings.is_empty() && alert.state == AlertState::Fired && !alert.test && says_something;
    is_silent.then(|| Finding {
        event: alert.id.clone(),
        at: alert.fired_at,
        operation: alert.rule.clone(),
        ..Finding::new(FindingKind::Other)
    })
}

fn take_in(whole: &mut Alert, one: &Alert) {
    if whole.shape == Shape::Unrecognised {
        whole.shape = one.shape;
    }
    whole.state = whole.state.min(one.state);
    whole.test &= one.test;
    whole.rule = whole.rule.take().or_else(|| one.rule.clone());
    whole.window = match (whole.window, one.window) {
        (Some(all), Some(one)) => Some(Window { from: all.from.min(one.from), to: all.to.max(one.to) }),
        (all, one) => all.or(one),
    };
    if whole.workspace.is_some() && one.workspace.is_some() && whole.workspace != one.workspace {
        whole.note("it names several workspaces: the first counts");
    }
    whole.workspace = whole.workspace.or(one.workspace);
    if whole.said_tenant.is_some() && one.said_tenant.is_some() && whole.said_tenant != one.said_tenant {
        whole.note("it names several tenants: the first counts");
    }
    whole.said_tenant = whole.said_tenant.take().or_else(|| one.said_tenant.clone());
    one.notes.iter().for_each(|note| whole.note(note));
}
