//! Which incidents an alert opens, or belongs to.

use super::declared::{account_of, touches};
use super::incident::{Changed, Wants, listed};
use super::said::{facts_of, from_alert};
use super::{Account, Change, Drill, Happened, Heard, Incident, IncidentId, Kind, Severity, SignIn, Status};
use crate::alerts::{Alert, Finding, FindingKind, Shape, Window, is_interrupt};
use crate::config::{BreakGlass, Customer};
use crate::ids::TenantId;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Attempts without an id of their own are one where account, app, address and result are equal within so long.
const BUCKET_SECONDS: i64 = 600;

/// Tokens that an app fetches by itself after a sign-in are one incident for each account, app and address in an hour.
const BACKGROUND_SECONDS: i64 = 3600;

/// A step of a sign-in (a second factor is asked for) is no outcome: people hear of it after so long, unless the outcome
/// came before.
const INTERRUPT_PATIENCE: SignedDuration = SignedDuration::from_mins(2);

/// The logs are asked for so long before what an alert's rule looked at, since rows come late.
const ROWS_BEFORE: SignedDuration = SignedDuration::from_hours(1);

/// An attempt without an id of its own is looked for so long before and after its time.
const ALIKE_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// What an alert says of its time is believed within so long before it came.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The label of whose account it is, and what stands there while nobody knows.
pub(super) const ACCOUNT: &str = "Account";
pub(super) const ASKING: &str = "not named in the alert: the logs are being asked";

/// Under which circumstances an alert came.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The customer whose address it came to; `None`: there is no such customer in the configuration.
    pub customer: Option<&'a Customer>,
    /// The name in the address.
    pub name: &'a str,
    /// The customer's tenant; the partner's where there is no customer.
    pub tenant: TenantId,
    /// The id of the stored bytes.
    pub raw: &'a str,
    /// When it came.
    pub received: Timestamp,
    /// The drill that is announced for the customer.
    pub drill: Option<&'a Drill>,
}

/// An incident as an alert shows it: to be opened, or to be folded into the one that is known by its id.
pub type Opening = Incident;

/// What an alert opens, at least one incident unless it only repeats what a whole tenant's log says of other people.
/// None comes twice.
pub fn openings(alert: &Alert, around: &Circumstances<'_>) -> Vec<Opening> {
    let nothing = BreakGlass::default();
    let declared = around.customer.map_or(&nothing, |customer| &customer.break_glass);
    // Somebody may have given a real rule the name of a sample.
    if alert.test && !is_own_rule(alert, declared) {
        return vec![test(alert, around)];
    }
    let mut found: Vec<Opening> = Vec::new();
    for finding in &alert.findings {
        let Some(opening) = of_finding(alert, finding, declared, around) else { continue };
        match found.iter_mut().find(|other| other.id == opening.id) {
            Some(known) => merge(known, opening),
            None => found.push(opening),
        }
    }
    if alert.findings.is_empty() {
        found.push(of_alert(alert, around));
    }
    found
}

/// An incident about an alert of which nothing at all could be read.
pub fn unread(raw: &str, around: &Circumstances<'_>, why: &str) -> Opening {
    let mut opening = new(Kind::Unreadable, raw, Severity::Critical, around);
    opening.alerts.push(Heard {
        id: raw.into(),
        at: around.received,
        what: "unreadable".into(),
        alert: None,
        rule: None,
    });
    opening.facts.push(("Why".into(), why.into()));
    opening
}

/// Whether the alert names one of the customer's rules.
fn is_own_rule(alert: &Alert, declared: &BreakGlass) -> bool {
    let name = |rule: &str| rule.rsplit('/').next().unwrap_or_default().to_lowercase();
    alert.rule.as_ref().is_some_and(|rule| declared.rules.iter().any(|own| name(own) == name(rule)))
}

fn test(alert: &Alert, around: &Circumstances<'_>) -> Opening {
    // The samples of the test button always have the same ids: each press is a test of its own.
    let key = format!("test {}", around.raw);
    let mut opening = new(Kind::Other, &key, Severity::Info, around);
    opening.test = true;
    opening.status = Status::Closed;
    opening.history.iter_mut().for_each(|change| change.status = Status::Closed);
    from_alert(&mut opening, alert, around);
    opening
}

/// An alert without anything in it that names what happened.
pub(super) fn of_alert(alert: &Alert, around: &Circumstances<'_>) -> Opening {
    let key = alert_key(alert, around);
    let (kind, severity) = match alert.shape {
        Shape::Unreadable | Shape::Unrecognised => (Kind::Unreadable, Severity::Critical),
        Shape::LogV2 | Shape::SimpleLog | Shape::LogV1 | Shape::LogV1Own | Shape::ApplicationInsights => {
            (Kind::SignIn, Severity::Critical)
        }
        Shape::Sentinel | Shape::GraphAlert | Shape::GraphRisk => (Kind::SignIn, Severity::Critical),
        Shape::ServiceHealth | Shape::ResourceHealth => (Kind::Health, Severity::High),
        Shape::ActivityLog => (Kind::Tamper, Severity::High),
        _ => (Kind::Other, Severity::Warning),
    };
    let mut opening = new(kind, &key, severity, around);
    from_alert(&mut opening, alert, around);
    if kind == Kind::SignIn {
        unnamed(&mut opening, alert, around);
    }
    opening
}

/// Two findings about one thing, such as the two targets of one change: the worse of them says how bad it is.
fn merge(known: &mut Opening, other: Opening) {
    known.severity = known.severity.min(other.severity);
    known.page_from = known.page_from.min(other.page_from);
    known.occurred_at = known.occurred_at.or(other.occurred_at);
    known.wants = known.wants.take().or(other.wants);
    for account in &other.accounts {
        listed(&mut known.accounts, account);
    }
    for fact in &other.facts {
        listed(&mut known.facts, fact);
    }
}

fn of_finding(alert: &Alert, finding: &Finding, declared: &BreakGlass, around: &Circumstances<'_>) -> Option<Opening> {
    let account = account_of(finding, declared);
    let mut opening = match finding.kind {
        FindingKind::SignIn => match &account {
            Some(account) => sign_in(finding, account, around),
            // One condition of several names nobody: it may be anybody.
            None if finding.user.is_none() && finding.upn.is_none() => return Some(nobody(alert, finding, around)),
            // A whole tenant's log is full of other people.
            None if alert.shape == Shape::EventHub => return None,
            None => stranger(finding, around),
        },
        FindingKind::Change => {
            let concerns = account.is_some() || touches(finding, declared);
            if !concerns && alert.shape == Shape::EventHub {
                return None;
            }
            change(finding, around)
        }
        FindingKind::Tamper => {
            let severity = if finding.severe { Severity::Critical } else { Severity::High };
            new(Kind::Tamper, &event_or(finding, alert, around), severity, around)
        }
        FindingKind::Health => {
            let severity = if finding.severe { Severity::Critical } else { Severity::High };
            new(Kind::Health, &event_or(finding, alert, around), severity, around)
        }
        FindingKind::Other => new(Kind::Other, &event_or(finding, alert, around), Severity::Warning, around),
    };
    opening.accounts.extend(account);
    opening.occurred_at = finding.at;
    opening.wants = wants(finding, opening.kind, alert.window.as_ref(), around);
    facts_of(&mut opening, finding);
    from_alert(&mut opening, alert, around);
    Some(opening)
}

/// What the logs are to be asked about a finding.
pub(super) fn wants(
    finding: &Finding,
    kind: Kind,
    window: Option<&Window>,
    around: &Circumstances<'_>,
) -> Option<Wants> {
    let received = around.received;
    let at = finding.at.unwrap_or(received).clamp(received - AGE_MAX, received);
    let from = window.map_or(at, |window| window.from.clamp(received - AGE_MAX, at)) - ROWS_BEFORE;
    let is_named = finding.event.as_ref().is_some_and(|event| Uuid::try_parse(event).is_ok());
    let (claims, change) = match kind {
        // A name that is no entry's, such as that of another product's alert, is not in the log.
        Kind::SignIn if is_named || finding.interactive == Some(false) => (None, None),
        Kind::SignIn => (Some(Window { from: at - ALIKE_WITHIN, to: at + ALIKE_WITHIN }), None),
        Kind::Change => (None, Some(Changed { target: finding.user?, entry: finding.event.clone()? })),
        _ => return None,
    };
    Some(Wants { from, to: received, attempts: 0, next: received, claims, change })
}

pub(super) fn sign_in(finding: &Finding, account: &Account, around: &Circumstances<'_>) -> Opening {
    let at = finding.at.unwrap_or(around.received);
    let background = finding.interactive == Some(false);
    let key = match (&finding.event, background) {
        (Some(id), false) => id.clone(),
        // A success is never one with attempts.
        (_, true) if may_be_success(finding) => composite(finding, account, at, BACKGROUND_SECONDS, "background"),
        (_, true) => composite(finding, account, at, BACKGROUND_SECONDS, "background, failed"),
        (None, false) => composite(finding, account, at, BUCKET_SECONDS, finding.result.as_deref().unwrap_or_default()),
    };
    let result = finding.result.as_deref();
    let severity = if may_be_success(finding) { Severity::Critical } else { Severity::High };
    let mut opening = new(Kind::SignIn, &key, severity, around);
    if result.is_some_and(is_interrupt) {
        opening.page_from = around.received + INTERRUPT_PATIENCE;
    }
    opening.sign_ins.push(SignIn {
        id: finding.event.clone(),
        at: finding.at,
        user: Some(account.id.0),
        result: finding.result.clone(),
        ip: finding.ip.clone(),
        app: finding.app.clone(),
    });
    // A step of the sign-in, or a mistyped password, must not use up the drill of the sign-in itself.
    let is_it = may_be_success(finding) && !background;
    let drill = around.drill.filter(|drill| is_it && covers(drill, account, at, &opening.id));
    if let Some(drill) = drill {
        opening.drill = Some(drill.id.clone());
        opening.severity = Severity::Warning;
    }
    opening
}

/// A sign-in of which the alert does not say whose it is: the logs know.
fn nobody(alert: &Alert, finding: &Finding, around: &Circumstances<'_>) -> Opening {
    let key = event_or(finding, alert, around);
    let mut opening = new(Kind::SignIn, &key, Severity::Critical, around);
    opening.occurred_at = finding.at;
    facts_of(&mut opening, finding);
    from_alert(&mut opening, alert, around);
    unnamed(&mut opening, alert, around);
    if let (Some(wants), Some(_)) = (&mut opening.wants, &finding.event) {
        // The entry has a name, only nobody says whose it is.
        wants.claims = None;
    }
    opening
}

/// Says that nobody is named, and that the logs are to be asked.
fn unnamed(opening: &mut Opening, alert: &Alert, around: &Circumstances<'_>) {
    opening.facts.push((ACCOUNT.into(), ASKING.into()));
    let received = around.received;
    let said = alert.window.as_ref().filter(|window| received - AGE_MAX <= window.from && window.from <= received);
    let from = said.map_or(received - ALIKE_WITHIN, |window| window.from);
    let to = said.map_or(received, |window| window.to.min(received));
    opening.wants = Some(Wants {
        from: from - ROWS_BEFORE,
        to: received,
        attempts: 0,
        next: received,
        claims: Some(Window { from, to }),
        change: None,
    });
}

/// Whether the drill announced this sign-in: its account, in its time, and no other sign-in before.
fn covers(drill: &Drill, account: &Account, at: Timestamp, incident: &IncidentId) -> bool {
    let is_free = drill.incident.as_ref().is_none_or(|covered| covered == incident);
    is_free && drill.account == account.id && drill.from <= at && at <= drill.until
}

/// Somebody who is no declared account: the rule asks for somebody whom the configuration does not know.
fn stranger(finding: &Finding, around: &Circumstances<'_>) -> Opening {
    let who = finding.user.map(|id| id.to_string()).or_else(|| finding.upn.clone()).unwrap_or_default();
    let at = finding.at.unwrap_or(around.received).as_second() / BUCKET_SECONDS;
    let key = finding.event.clone().unwrap_or_else(|| format!("{who} {at}"));
    let mut opening = new(Kind::Other, &format!("sign-in {key}"), Severity::High, around);
    let who = finding.upn.clone().unwrap_or(who);
    opening.facts.push(("Account".into(), format!("{who} (not one of the declared break-glass accounts)")));
    opening.sign_ins.push(SignIn {
        id: finding.event.clone(),
        at: finding.at,
        user: finding.user,
        result: finding.result.clone(),
        ip: finding.ip.clone(),
        app: finding.app.clone(),
    });
    opening
}

/// A change. A rule may find somebody else's id in it: whoever is added to a group that policies exclude, for one. That the
/// rule found it is reason enough.
pub(super) fn change(finding: &Finding, around: &Circumstances<'_>) -> Opening {
    let key = finding.event.clone().unwrap_or_else(|| {
        let target = finding.user.map(|id| id.to_string()).unwrap_or_default();
        let at = finding.at.unwrap_or(around.received).as_second() / BUCKET_SECONDS;
        format!("{target} {} {at}", finding.operation.as_deref().unwrap_or_default())
    });
    let severity = if finding.severe { Severity::Critical } else { Severity::High };
    new(Kind::Change, &key, severity, around)
}

/// What makes a finding one: its own event, else the alert's, else the bytes.
fn event_or(finding: &Finding, alert: &Alert, around: &Circumstances<'_>) -> String {
    finding.event.clone().unwrap_or_else(|| alert_key(alert, around))
}

/// What makes an alert one: its id, else its bytes. Bytes that never change (an empty body, a playbook's own text) are
/// another alert after a while, long after every sender has given up repeating the first.
fn alert_key(alert: &Alert, around: &Circumstances<'_>) -> String {
    match &alert.id {
        Some(id) => format!("alert {id}"),
        None => format!("alert {} {}", around.raw, around.received.as_second().div_euclid(BUCKET_SECONDS)),
    }
}

/// Whether somebody is in: what is not said may be a success.
fn may_be_success(finding: &Finding) -> bool {
    finding.result.as_deref().is_none_or(|code| code == "0")
}

/// What attempts without an id have in common.
fn composite(finding: &Finding, account: &Account, at: Timestamp, seconds: i64, what: &str) -> String {
    let bucket = at.as_second().div_euclid(seconds);
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    format!("{}|{}|{}|{what}|{bucket}", account.id, text(&finding.app), text(&finding.ip))
}

/// A new incident, with nothing known but what it is.
pub(super) fn new(kind: Kind, key: &str, severity: Severity, around: &Circumstances<'_>) -> Opening {
    Incident {
        id: IncidentId::of(around.tenant, kind, key),
        tenant_id: around.tenant,
        customer: around.customer.map_or(around.name, |customer| &customer.name).to_owned(),
        kind,
        severity,
        status: Status::Open,
        test: false,
        drill: None,
        accounts: Vec::new(),
        sign_ins: Vec::new(),
        facts: Vec::new(),
        alerts: Vec::new(),
        heard: 1,
        opened_at: around.received,
        occurred_at: None,
        page_from: around.received,
        stage: None,
        anew: 0,
        pages: Vec::new(),
        with: None,
        announces: Vec::new(),
        wants: None,
        awaits: None,
        same_as: None,
        acknowledged: None,
        verdict: None,
        history: vec![Change {
            at: around.received,
            what: Happened::Opened,
            status: Status::Open,
            by: None,
            note: None,
        }],
        journalled: None,
    }
}
