//! What no alert tells of: what we read in the logs ourselves, and alerts that fired and never came.

use super::declared::{account_of, touches};
use super::opening::{change, new, of_alert, sign_in, wants};
use super::said::facts_of;
use super::{Circumstances, Heard, Incident, Kind, Opening, Severity, Status};
use crate::alerts::{Alert, AlertState, Finding, FindingKind, Shape, Window, identifier, shown};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// An alert about a sign-in must have come so long after we saw it ourselves. A rule that looks each five minutes at a log
/// whose rows come after ten has fired by then.
pub const ALERT_WITHIN: SignedDuration = SignedDuration::from_mins(15);

/// A rule that fired looked at about so much.
const LOOKED_AT: SignedDuration = SignedDuration::from_mins(15);

/// What stands for the bytes of an alert where there was none.
const READING: &str = "watch_sign_ins";
const LISTING: &str = "fired_alerts";

/// Whether it is something that we read ourselves.
pub(super) fn is_own(heard: &Heard) -> bool {
    matches!(heard.id.as_str(), READING | LISTING)
}

/// The incident that an entry of the sign-in log or the audit log opens, or belongs to; `None`: it is about nobody that the
/// configuration names. The rules are those for alerts.
pub fn seen(finding: &Finding, around: &Circumstances<'_>) -> Option<Opening> {
    let declared = &around.customer?.break_glass;
    let account = account_of(finding, declared);
    let (mut opening, log) = match finding.kind {
        FindingKind::SignIn => (sign_in(finding, account.as_ref()?, around), "sign-in log"),
        FindingKind::Change if account.is_some() || touches(finding, declared) => {
            (change(finding, around), "audit log")
        }
        _ => return None,
    };
    opening.accounts.extend(account);
    opening.occurred_at = finding.at;
    facts_of(&mut opening, finding);
    opening.facts.push(("Seen in".into(), format!("our own reading of the {log}; no alert has come")));
    if opening.kind == Kind::SignIn {
        opening.awaits = Some(around.received + ALERT_WITHIN);
        // Graph has told what it knows; a workspace may know more.
        opening.wants = wants(finding, Kind::SignIn, None, around).filter(|_| declared.workspace.is_some());
    }
    opening.alerts.push(own(READING, log, around.received));
    Some(opening)
}

/// An alert that fired and that nobody sent us, or that was lost on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedAlert {
    /// Its id, as Azure lists it.
    pub id: String,
    /// Its rule.
    pub rule: String,
    /// When it fired.
    pub fired_at: Timestamp,
}

/// The incident of an alert that did not reach us: the one that it would have opened by its id alone, since a listing says
/// no more.
pub fn missed(alert: &MissedAlert, around: &Circumstances<'_>) -> Opening {
    let rule = alert.rule.rsplit('/').next().and_then(shown);
    let fired = Alert {
        shape: Shape::LogV2,
        state: AlertState::Fired,
        test: false,
        id: identifier(&alert.id),
        rule,
        fired_at: Some(alert.fired_at),
        window: Some(Window { from: alert.fired_at - LOOKED_AT, to: alert.fired_at }),
        said_tenant: None,
        workspace: None,
        findings: Vec::new(),
        findings_count: 0,
        notes: Vec::new(),
    };
    let mut opening = of_alert(&fired, around);
    opening.alerts.iter_mut().for_each(|heard| {
        heard.id = LISTING.into();
        heard.what = "list of fired alerts".into();
    });
    opening.occurred_at = Some(alert.fired_at);
    opening.awaits = Some(around.received);
    opening.facts.push(("Seen in".into(), "Azure's own list of fired alerts; the alert never reached us".into()));
    opening
}

/// That alerts do not reach us, as this incident shows: one incident for a customer and day, into which every further sign
/// of it folds.
pub fn undelivered(shown_by: &Incident, around: &Circumstances<'_>) -> Opening {
    let day = around.received.to_zoned(TimeZone::UTC).date();
    let mut opening = new(Kind::DeliveryBroken, &day.to_string(), Severity::High, around);
    opening.accounts.clone_from(&shown_by.accounts);
    opening.sign_ins.clone_from(&shown_by.sign_ins);
    opening.occurred_at = shown_by.occurred_at;
    let why = match shown_by.alerts.iter().find(|heard| heard.id == LISTING) {
        Some(listed) => format!("an alert of rule {} fired and never came", listed.rule.as_deref().unwrap_or("?")),
        None => format!("none came within {} minutes of our own reading", ALERT_WITHIN.as_mins()),
    };
    opening.facts.push(("Alert".into(), why));
    opening.facts.push(("About incident".into(), shown_by.id.to_string()));
    opening.alerts.push(own(shown_by.id.as_str(), "no alert", around.received));
    opening
}

/// The document that says of an opening that it is the same as this incident.
pub fn alias(opening: &Opening, same_as: &Incident) -> Incident {
    let mut alias = Incident {
        status: Status::Closed,
        same_as: Some(same_as.id.clone()),
        wants: None,
        awaits: None,
        alerts: Vec::new(),
        ..opening.clone()
    };
    alias.history.iter_mut().for_each(|change| change.status = Status::Closed);
    alias
}

fn own(id: &str, what: &str, at: Timestamp) -> Heard {
    Heard { id: id.into(), at, what: what.into(), alert: None, rule: None }
}
