//! What the functions and the command line give and get.

use crate::Error;
use access::alerts;
use access::incidents::{Incident, IncidentId, Refusal, Status};
use http::HeaderMap;
use thiserror::Error;

/// A call to the address of a customer's alerts, as it came.
#[derive(Debug, Clone, Copy)]
pub struct AlertCall<'a> {
    /// The customer that the address names.
    pub customer: &'a str,
    /// Who called.
    pub caller: &'a str,
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// How it announced itself.
    pub content_type: Option<&'a str>,
    /// The headers that belong to what it says: those of CloudEvents and Event Grid, by lower-case name.
    pub headers: &'a [(&'a str, &'a str)],
    /// Whether a body was announced that did not come.
    pub lost_its_body: bool,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// An alert, and it is stored.
    Taken(Taken),
    /// Somebody asks whether events may be sent here: the code to answer.
    Validation(String),
    /// Nothing that could be an alert.
    Nothing(alerts::Refused),
}

/// An alert that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The id of its bytes.
    pub id: String,
    /// The incidents that it opened, or belongs to.
    pub incidents: Vec<IncidentId>,
}

/// A call to the address where the service of a channel says what people answered there, as it came.
#[derive(Debug, Clone, Copy)]
pub struct ChannelCall<'a> {
    /// The channel that the address names; of a customer's own channel `CUSTOMER/NAME`.
    pub channel: &'a str,
    /// All headers: the signature is in them.
    pub headers: &'a HeaderMap,
    /// The body, byte for byte.
    pub body: &'a [u8],
}

/// What the service of a channel is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelAnswer {
    /// There is no such channel, it hears nothing, or somebody else has called.
    Denied,
    /// It asks whether the address is ours: this text is the answer.
    Challenge(String),
    /// Slack was heard. Whoever pressed a button reads in Slack what came of it.
    Slack,
    /// PagerDuty was heard.
    PagerDuty,
    /// It could not be done now: it is to be sent again.
    Later,
}

/// Why an alert is not stored. People were told all the same, as far as that was possible.
#[derive(Debug, Error)]
#[error("the alert could not be stored: {0}")]
pub struct Untaken(pub String);

/// Which incidents are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this customer.
    pub customer: Option<String>,
    /// In this status.
    pub status: Option<Status>,
    /// From where the last page ended.
    pub after: Option<IncidentId>,
}

/// A page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The incidents.
    pub incidents: Vec<Incident>,
    /// What to ask for next.
    pub next: Option<IncidentId>,
}

/// Why somebody does not get what they want.
#[derive(Debug, Error)]
pub enum Refused {
    /// There is no such incident, or none that they may see.
    #[error("there is no incident {0}")]
    NotFound(String),
    /// It is not in a state in which that can be done.
    #[error("{0}")]
    WrongState(&'static str),
    /// It could not be done now.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::WrongState(refusal.detail())
    }
}
