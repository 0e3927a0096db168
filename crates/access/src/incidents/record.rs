//! What the journal keeps of a closed incident.

use super::{Account, Change, Given, Incident, IncidentId, Kind, Severity, SignIn};
use crate::ids::TenantId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The most characters of a note where the whole history would be too large for a block of the journal.
const NOTE_MAX: usize = 200;

/// A closed incident: what it was, how it was judged, and everything that happened. A writer that died may have left it in
/// the journal twice; by its id it is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentRecord {
    /// Its id.
    pub id: IncidentId,
    /// The customer's tenant.
    pub tenant_id: TenantId,
    /// The customer's name at the time.
    pub customer: String,
    /// What it was about.
    pub kind: Kind,
    /// How bad it was.
    pub severity: Severity,
    /// Whether it was a test.
    pub test: bool,
    /// The drill that covered it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub drill: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it happened.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub occurred_at: Option<Timestamp>,
    /// The accounts concerned.
    pub accounts: Vec<Account>,
    /// The sign-ins.
    pub sign_ins: Vec<SignIn>,
    /// How often it was heard of.
    pub heard: u32,
    /// Which channels took a page.
    pub paged: Vec<String>,
    /// Which did not.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unpaged: Vec<String>,
    /// How it was judged; `None`: it was a test.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<Given>,
    /// Everything that happened.
    pub history: Vec<Change>,
}

impl IncidentRecord {
    /// What is kept of this one.
    pub fn of(incident: &Incident) -> Self {
        let pages = || incident.pages.iter().filter(|page| page.what == super::What::Page);
        let paged = names(pages().filter(|page| page.state == super::PageState::Sent).map(|page| &page.channel));
        let mut unpaged = names(pages().map(|page| &page.channel));
        unpaged.retain(|channel| !paged.contains(channel));
        Self {
            id: incident.id.clone(),
            tenant_id: incident.tenant_id,
            customer: incident.customer.clone(),
            kind: incident.kind,
            severity: incident.severity,
            test: incident.test,
            drill: incident.drill.clone(),
            opened_at: incident.opened_at,
            occurred_at: incident.occurred_at,
            accounts: incident.accounts.clone(),
            sign_ins: incident.sign_ins.clone(),
            heard: incident.heard,
            paged,
            unpaged,
            verdict: incident.verdict.clone(),
            history: incident.history.clone(),
        }
    }

    /// The same with every note cut short.
    pub fn shortened(mut self) -> Self {
        for change in &mut self.history {
            change.note = change.note.take().map(|note| note.chars().take(NOTE_MAX).collect());
        }
        self
    }
}

fn names<'a>(channels: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for channel in channels {
        if !names.contains(channel) {
            names.push(channel.clone());
        }
    }
    names
}
