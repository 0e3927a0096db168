//! What a ticket is told, before it takes the shape of a system.

use crate::Sent;
use crate::text::{html, plain};
use access::config::TicketEvent;
use jiff::Timestamp;

/// The most characters of a name, and of the detail. With what is around them a note stays below 3,200 characters, the
/// least that a system takes (Autotask's notes of old; the others take more).
const NAME_MAX: usize = 320;
const DETAIL_MAX: usize = 1_500;

/// One thing that happened to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The request's id. Letters, digits and `-`.
    pub request: String,
    /// The number of what happened, within the request: the same in every attempt to tell it, and no other's.
    pub number: u32,
    /// What happened.
    pub event: TicketEvent,
    /// Whom the request is about, by mail.
    pub invitee: String,
    /// The customer, by name.
    pub customer: String,
    /// The package, by name.
    pub package: String,
    /// Until when the access lasts, or lasted.
    pub ends_at: Option<Timestamp>,
    /// Why, or what to do.
    pub detail: Option<String>,
    /// The ticket.
    pub ticket: TicketKey,
    /// Whether an attempt to tell it was begun before: then it may be there already.
    pub again: bool,
}

/// How the ticketing system named the ticket. It came from outside: what is not shaped like a key of the system is
/// never put into an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketKey {
    /// The system's own key.
    pub id: Option<String>,
    /// The number that people use.
    pub number: Option<String>,
}

impl TicketKey {
    /// The first of id and number (without a leading `#`) that has this shape.
    pub(crate) fn shaped(&self, fits: impl Fn(&str) -> bool) -> Option<&str> {
        let number = self.number.as_deref().map(|number| number.strip_prefix('#').unwrap_or(number));
        [self.id.as_deref(), number].into_iter().flatten().find(|key| fits(key))
    }

    /// The key of a system that numbers its tickets.
    pub(crate) fn decimal(&self) -> Result<&str, Sent> {
        let fits = |key: &str| is_number(key);
        self.shaped(fits).ok_or_else(|| unusable("a number"))
    }
}

/// Up to 18 digits, which fit every system's integers.
pub(crate) fn is_number(key: &str) -> bool {
    (1..=18).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_digit())
}

/// The end of a delivery to a ticket whose key cannot be one.
pub(crate) fn unusable(shape: &str) -> Sent {
    Sent::Never { why: format!("neither the ticket's id nor its number is {shape}") }
}

impl Told {
    /// The mark at the beginning of the note, by which it is found again. No other text of a note has brackets.
    pub(crate) fn mark(&self) -> String {
        format!("[Gatehouse {}-{}]", self.request, self.number)
    }

    /// The note, in one line of plain text: no control characters, and no brackets but the mark's (which also keeps
    /// texts of others from being taken for ServiceNow's `[code]`).
    pub(crate) fn text(&self) -> String {
        let clean = |text: &str, max| plain(text, max).replace('[', "(").replace(']', ")");
        let what = match self.event {
            TicketEvent::WaitingApproval => "Request waits for approval",
            TicketEvent::Accepted => "Request accepted",
            TicketEvent::Invited => "Invitation sent",
            TicketEvent::Active => "Access given",
            TicketEvent::EndingSoon => "Access ends soon",
            TicketEvent::Extended => "Access extended",
            TicketEvent::Expired => "Access ended",
            TicketEvent::Rejected => "Request rejected",
            TicketEvent::Cancelled => "Request cancelled",
            TicketEvent::Failed => "Request failed",
        };
        let (invitee, customer) = (clean(&self.invitee, NAME_MAX), clean(&self.customer, NAME_MAX));
        let mut text = format!("{} {what}: {invitee}, {} at {customer}", self.mark(), clean(&self.package, NAME_MAX));
        if let Some(until) = self.ends_at {
            text.push_str(&format!("; access until {until}"));
        }
        if let Some(detail) = &self.detail {
            text.push_str(&format!(". {}", clean(detail, DETAIL_MAX)));
        }
        text
    }

    /// The note as HTML that shows the same text.
    pub(crate) fn html(&self) -> String {
        html(&self.text())
    }
}
