//! What is kept of an incident.

use super::{IncidentId, Kind, PageRecord, PageState, Severity, Stage, Status, Verdict, What, seen};
use crate::alerts::Window;
use crate::ids::{GuestId, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many sign-ins, alerts and accounts of one incident are kept by name; beyond that only their number grows.
pub const LISTED_MAX: usize = 50;

/// How many lines an incident's history has at most: the first half of them and the latest stay.
pub const HISTORY_MAX: usize = 200;

/// One incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// The customer's tenant; the partner's own where an alert names a customer who is not in the configuration.
    pub tenant_id: TenantId,
    /// The customer's name at the time: a label.
    pub customer: String,
    /// What it is about.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub status: Status,
    /// Whether it is a test notice: never paged as real, never escalated.
    pub test: bool,
    /// The drill that announced it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub drill: Option<String>,
    /// The accounts concerned.
    pub accounts: Vec<Account>,
    /// The sign-ins, as far as they are known.
    pub sign_ins: Vec<SignIn>,
    /// What else is known, each with its label, in the order in which people read it.
    #[serde(default)]
    pub facts: Vec<(String, String)>,
    /// Every road by which we heard of it.
    pub alerts: Vec<Heard>,
    /// How often we heard of it, those that are not listed included.
    pub heard: u32,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it happened, where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub occurred_at: Option<Timestamp>,
    /// When the first page is due: at once, but for steps of a sign-in that are no outcome yet.
    pub page_from: Timestamp,
    /// How far the escalation is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stage: Option<Stage>,
    /// How often people were called anew: somebody had answered, or it got worse. A service that keeps alerts tells nobody
    /// more of one that somebody looks after, so each call is an alert of its own there.
    #[serde(default)]
    pub anew: u32,
    /// What is and was sent.
    pub pages: Vec<PageRecord>,
    /// The incident in whose pages this one is named: while people are paged for that, they are not for this.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub with: Option<IncidentId>,
    /// The incidents that this one's pages name.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub announces: Vec<IncidentId>,
    /// Whether more is to be read about it.
    #[serde(default)]
    pub wants: Option<Wants>,
    /// We saw it ourselves, and by then an alert about it must have come; else alerts do not reach us.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub awaits: Option<Timestamp>,
    /// It is the same as this incident, which was opened by an alert that did not name it: whatever is heard of it belongs
    /// there, and this document only says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub same_as: Option<IncidentId>,
    /// Who looks after it, and until when.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acknowledged: Option<Acknowledged>,
    /// How it was judged.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<Given>,
    /// Everything that happened.
    pub history: Vec<Change>,
    /// When it was copied into the journal, after it was closed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub journalled: Option<Timestamp>,
}

/// A break-glass account, as the configuration declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its object id.
    pub id: GuestId,
    /// Its name.
    pub upn: String,
}

/// A sign-in, or an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// Its id in the log.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Timestamp>,
    /// Whose: the object id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<Uuid>,
    /// The result's code; `0` is success.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub result: Option<String>,
    /// From where.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ip: Option<String>,
    /// To what.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub app: Option<String>,
}

/// One road by which we heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The stored bytes, by their id; or what else told us, such as `watch_sign_ins`.
    pub id: String,
    /// When it came.
    pub at: Timestamp,
    /// Its shape and state, such as `log_v2 fired`.
    pub what: String,
    /// The alert's own id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alert: Option<String>,
    /// The rule.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule: Option<String>,
}

/// What is still to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wants {
    /// From when on the logs are to be asked.
    pub from: Timestamp,
    /// Up to when.
    pub to: Timestamp,
    /// How often they were asked.
    pub attempts: u32,
    /// When they are asked next.
    pub next: Timestamp,
    /// Where the alert names no entry of the log: those within this time are what it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub claims: Option<Window>,
    /// The entry of the audit log, and what it was done to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub change: Option<Changed>,
}

/// A change of which the audit log knows more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// What was changed.
    pub target: Uuid,
    /// The entry's id, in lower case.
    pub entry: String,
}

/// That somebody looks after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Who, by mail address or caller's name.
    pub by: String,
    /// Whether a machine only says so.
    pub asserted: bool,
    /// Since when.
    pub at: Timestamp,
    /// Without a verdict until then people are paged again.
    pub until: Timestamp,
}

/// A verdict that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Which.
    pub verdict: Verdict,
    /// By whom.
    pub by: String,
    /// Whether a machine only says so.
    pub asserted: bool,
    /// When.
    pub at: Timestamp,
    /// Their words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment: Option<String>,
}

/// Something that happened to an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happened,
    /// Where the incident stood after it.
    pub status: Status,
    /// Who did it; `None`: nobody, time or a message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It was opened.
    Opened,
    /// The same came by another road.
    Heard,
    /// A step of the escalation began.
    Escalated,
    /// The escalation came to its end, and nobody had answered.
    Unanswered,
    /// A channel took nothing, and was given up.
    Undelivered,
    /// More was read about it.
    Detailed,
    /// Nothing more can be read about it.
    Unread,
    /// We saw it ourselves, and no alert about it came.
    Unalerted,
    /// It is worse than it looked.
    Raised,
    /// Somebody looks after it.
    Acknowledged,
    /// Whoever did gave no verdict in time.
    Lapsed,
    /// It was judged.
    Judged,
}

/// A drill that is announced for a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// Its id.
    pub id: String,
    /// The one account that will be used.
    pub account: GuestId,
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The incident of the one sign-in that it covers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub incident: Option<IncidentId>,
}

/// Lists it by name, unless it is listed or there are enough; whether it was.
pub(super) fn listed<T: PartialEq + Clone>(list: &mut Vec<T>, one: &T) -> bool {
    let is_new = !list.contains(one) && list.len() < LISTED_MAX;
    if is_new {
        list.push(one.clone());
    }
    is_new
}

impl Incident {
    /// The page of the HTTP API about it.
    pub fn path(&self) -> String {
        format!("/api/v1/incidents/{}", self.id)
    }

    /// Whether nothing of it is left to do.
    pub fn is_done(&self) -> bool {
        let owes_nothing = self.wants.is_none() && self.awaits.is_none();
        self.status == Status::Closed && owes_nothing && self.pages.iter().all(PageRecord::is_over)
    }

    /// Whether an alert about it reached us: what we read ourselves is none.
    pub fn has_alert(&self) -> bool {
        self.alerts.iter().any(|heard| !seen::is_own(heard))
    }

    /// Whether nobody can have heard of it although they should: each channel that was paged refused, or there is none.
    pub fn is_unheard(&self, now: Timestamp) -> bool {
        let failing = |page: &PageRecord| matches!(page.state, PageState::Failed | PageState::Dead);
        let mut pages = self.pages.iter().filter(|page| page.what == What::Page && !page.dropped).peekable();
        let calls = self.status == Status::Open && !self.test && self.page_from <= now;
        let nobody = pages.peek().is_none() && self.with.is_none() && self.announces.is_empty();
        calls && (nobody || (pages.peek().is_some() && pages.all(failing)))
    }

    /// Whether it belongs into the journal and was not copied there yet.
    pub fn owes_journal(&self) -> bool {
        self.status == Status::Closed && self.journalled.is_none() && self.same_as.is_none()
    }

    /// Which of the calls this channel was told of, or is about to be: the first is 0. Where it keeps alerts, it may have
    /// one of each.
    pub fn alerts_at(&self, channel: &str) -> Vec<u32> {
        let opens = |page: &&PageRecord| page.channel == channel && page.what.opens_alert();
        let counts = |page: &&PageRecord| page.may_be_known() || !page.is_over();
        let mut alerts: Vec<u32> = self.pages.iter().filter(opens).filter(counts).map(|page| page.anew).collect();
        alerts.sort_unstable();
        alerts.dedup();
        alerts
    }

    /// When people were last called anew; `None`: they were not.
    pub(super) fn called_anew_at(&self) -> Option<Timestamp> {
        let is_of_it = |page: &&PageRecord| page.what.opens_alert() && page.anew == self.anew;
        let first = self.pages.iter().find(is_of_it).map(|page| page.made);
        (self.anew > 0).then(|| first.unwrap_or(self.page_from))
    }

    /// From now on people are called anew.
    pub(super) fn call_anew(&mut self) {
        // Whom nobody called is called for the first time.
        if self.pages.iter().any(|page| page.what.opens_alert()) {
            self.anew += 1;
        }
    }

    /// Writes a line of its history.
    pub(super) fn note(&mut self, at: Timestamp, what: Happened, by: Option<&str>, note: Option<String>) {
        if self.history.len() >= HISTORY_MAX {
            // What began it and what came last are worth more than what is between.
            self.history.remove(HISTORY_MAX / 2);
        }
        self.history.push(Change { at, what, status: self.status, by: by.map(str::to_owned), note });
    }
}
