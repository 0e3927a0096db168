//! What callers of the HTTP API see of an incident. The names are a contract.

use super::{Change, Happened, Heard, Incident, IncidentId, Kind, PageState, Severity, SignIn, Status, Verdict, What};
use crate::ids::GuestId;
use jiff::Timestamp;
use serde::Serialize;

/// An incident as the HTTP API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document<'a> {
    /// The incident's id.
    pub id: &'a IncidentId,
    /// The customer's name.
    pub customer: &'a str,
    /// What it is about.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub status: Status,
    /// Whether it was a test notice.
    pub test: bool,
    /// Whether a drill announced it.
    pub drill: bool,
    /// The accounts concerned.
    pub accounts: Vec<AccountDocument<'a>>,
    /// The sign-ins.
    pub sign_ins: Vec<SignInDocument<'a>>,
    /// What else is known.
    pub facts: Vec<FactDocument<'a>>,
    /// By which roads we heard of it.
    pub alerts: Vec<AlertDocument<'a>>,
    /// How often we heard of it.
    pub heard: u32,
    /// What is and was sent to people.
    pub pages: Vec<PageDocument<'a>>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it happened.
    pub occurred_at: Option<Timestamp>,
    /// Who looks after it.
    pub acknowledged_by: Option<&'a str>,
    /// Until when, without a verdict.
    pub acknowledged_until: Option<Timestamp>,
    /// How it was judged.
    pub verdict: Option<VerdictDocument<'a>>,
    /// Everything that happened.
    pub history: Vec<ChangeDocument<'a>>,
}

/// A break-glass account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountDocument<'a> {
    /// Its object id.
    pub id: GuestId,
    /// Its name.
    pub upn: &'a str,
}

/// A sign-in, or an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignInDocument<'a> {
    /// Its id in the log.
    pub id: Option<&'a str>,
    /// When.
    pub at: Option<Timestamp>,
    /// The result's code.
    pub result: Option<&'a str>,
    /// From where.
    pub ip: Option<&'a str>,
    /// To what.
    pub app: Option<&'a str>,
}

/// Something known, with its label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactDocument<'a> {
    /// What it is.
    pub label: &'a str,
    /// The fact.
    pub value: &'a str,
}

/// One road by which we heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertDocument<'a> {
    /// The stored bytes.
    pub id: &'a str,
    /// When it came.
    pub at: Timestamp,
    /// Its shape and state.
    pub what: &'a str,
    /// The alert's own id.
    pub alert_id: Option<&'a str>,
    /// The rule.
    pub rule: Option<&'a str>,
}

/// A message to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageDocument<'a> {
    /// To whom.
    pub channel: &'a str,
    /// What it says.
    pub what: What,
    /// The step of the escalation, from 1.
    pub step: u32,
    /// How often the whole escalation had been gone through by then, from 1.
    pub round: u32,
    /// Where it stands.
    pub state: PageState,
    /// How often it was sent.
    pub attempts: u32,
    /// When the last attempt ended; of one that was not sent yet, when it was owed.
    pub at: Timestamp,
    /// Whether it may have arrived twice.
    pub may_repeat: bool,
    /// Why it was not taken.
    pub why: Option<&'a str>,
}

/// A verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerdictDocument<'a> {
    /// Which.
    pub verdict: Verdict,
    /// By whom.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
    /// Their words.
    pub comment: Option<&'a str>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeDocument<'a> {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happened,
    /// Where the incident stood after it.
    pub status: Status,
    /// Who did it.
    pub by: Option<&'a str>,
    /// In words.
    pub note: Option<&'a str>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct List<'a> {
    /// The incidents, the newest first.
    pub incidents: Vec<Document<'a>>,
    /// What to ask for next; `None`: there is no more.
    pub next: Option<String>,
}

/// The incident as callers see it.
pub fn document(incident: &Incident) -> Document<'_> {
    let answered = incident.acknowledged.as_ref().filter(|_| incident.status != Status::Open);
    Document {
        id: &incident.id,
        customer: &incident.customer,
        kind: incident.kind,
        severity: incident.severity,
        status: incident.status,
        test: incident.test,
        drill: incident.drill.is_some(),
        accounts: incident.accounts.iter().map(|one| AccountDocument { id: one.id, upn: &one.upn }).collect(),
        sign_ins: incident.sign_ins.iter().map(sign_in).collect(),
        facts: incident.facts.iter().map(|(label, value)| FactDocument { label, value }).collect(),
        alerts: incident.alerts.iter().map(alert).collect(),
        heard: incident.heard,
        pages: incident.pages.iter().map(page).collect(),
        opened_at: incident.opened_at,
        occurred_at: incident.occurred_at,
        acknowledged_by: answered.map(|given| given.by.as_str()),
        acknowledged_until: answered.filter(|_| incident.verdict.is_none()).map(|given| given.until),
        verdict: incident.verdict.as_ref().map(|given| VerdictDocument {
            verdict: given.verdict,
            by: &given.by,
            at: given.at,
            comment: given.comment.as_deref(),
        }),
        history: incident.history.iter().map(change).collect(),
    }
}

fn sign_in(one: &SignIn) -> SignInDocument<'_> {
    SignInDocument {
        id: one.id.as_deref(),
        at: one.at,
        result: one.result.as_deref(),
        ip: one.ip.as_deref(),
        app: one.app.as_deref(),
    }
}

fn alert(one: &Heard) -> AlertDocument<'_> {
    AlertDocument {
        id: &one.id,
        at: one.at,
        what: &one.what,
        alert_id: one.alert.as_deref(),
        rule: one.rule.as_deref(),
    }
}

fn page(one: &super::PageRecord) -> PageDocument<'_> {
    PageDocument {
        channel: &one.channel,
        what: one.what,
        step: one.step + 1,
        round: one.round + 1,
        state: one.state,
        attempts: one.attempts,
        at: one.at.unwrap_or(one.made),
        may_repeat: one.may_repeat,
        why: one.why.as_deref(),
    }
}

fn change(one: &Change) -> ChangeDocument<'_> {
    ChangeDocument { at: one.at, what: one.what, status: one.status, by: one.by.as_deref(), note: one.note.as_deref() }
}
