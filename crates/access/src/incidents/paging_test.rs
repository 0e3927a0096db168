//! Somebody wants to see whether pages arrive: an incident that is none, kept as evidence.

use super::opening::new;
use super::outbox::{CLAIM, PageRecord, PageState, What};
use super::{Change, Circumstances, Happened, Incident, Kind, Severity, Status};
use crate::config::Customer;
use crate::ids::TenantId;
use jiff::Timestamp;

/// A test of the channels.
#[derive(Debug, Clone, Copy)]
pub struct PageTest<'a> {
    /// Whose channels; `None`: all there are.
    pub customer: Option<&'a Customer>,
    /// The customer's tenant; the partner's where there is no customer.
    pub tenant: TenantId,
    /// Whose channels, in a word: the customer's name, or the partner's.
    pub name: &'a str,
    /// Names this test.
    pub key: &'a str,
    /// Who wants it.
    pub by: Option<&'a str>,
    /// The channels, in the order in which they are tried.
    pub channels: &'a [String],
    /// When.
    pub at: Timestamp,
}

/// The incident of a test, with one page for each channel: claimed for as long as trying one after the other can take, so
/// that nobody else sends them meanwhile.
pub fn page_test(test: &PageTest<'_>) -> Incident {
    let around = Circumstances {
        customer: test.customer,
        name: test.name,
        tenant: test.tenant,
        raw: "",
        received: test.at,
        drill: None,
    };
    let mut incident = new(Kind::Other, &format!("page test {}", test.key), Severity::Info, &around);
    incident.test = true;
    incident.facts.push(("What".into(), "test of the channels".into()));
    incident.status = Status::Closed;
    incident.history = vec![Change {
        at: test.at,
        what: Happened::Opened,
        status: Status::Closed,
        by: test.by.map(str::to_owned),
        note: Some("somebody wanted to see whether pages arrive".into()),
    }];
    let all = i32::try_from(test.channels.len()).unwrap_or(i32::MAX);
    let numbered = (1..).zip(test.channels);
    incident.pages = numbered
        .map(|(number, channel)| PageRecord {
            number,
            channel: channel.clone(),
            what: What::Page,
            round: 0,
            step: 0,
            anew: 0,
            note: None,
            state: PageState::Waiting,
            attempts: 1,
            made: test.at,
            next: test.at,
            claimed: Some(test.at + CLAIM * all),
            may_repeat: false,
            at: None,
            why: None,
            told: false,
            dropped: false,
        })
        .collect();
    incident
}
