//! What people are told about incidents, before it takes the shape of a channel.

use access::incidents::Severity;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many incidents a page names; the rest is a number.
pub const INCIDENTS_NAMED_MAX: usize = 20;

/// How many facts a page shows.
pub const FACTS_MAX: usize = 20;

/// How many alerts about one incident are answered for at a service that keeps alerts: the latest ones. People are called
/// anew when half an hour passes without a verdict, so these are more than a day of that.
pub const ALERTS_MAX: usize = 50;

/// What a page says of its incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Somebody has to look, now.
    Trigger,
    /// There is more to know than was told.
    Update,
    /// Somebody looks after it.
    Acknowledge,
    /// It is over.
    Resolve,
}

/// One message about one incident, or about several that one alert opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What it says.
    pub act: Act,
    /// The lead incident's id: the same in every message about it, and what services that know alerts keep it under.
    pub key: String,
    /// The alerts that it is about, where a service keeps such: one that somebody looks after tells nobody more, so each
    /// time that people are called anew is an alert of its own, from 0. A new one names itself; whoever answers answers for
    /// all that are there, of which at most [`ALERTS_MAX`] hear of it.
    pub alerts: Vec<u32>,
    /// Whether a message that opened the same alert was taken before this one was made.
    pub follows: bool,
    /// Names this message: the same in every attempt to send it. Lower-case letters, digits and `-`.
    pub message: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it is a test: it says so first.
    pub test: bool,
    /// Whether it is an announced drill: it says so first.
    pub drill: bool,
    /// Whether an earlier attempt may have been delivered although its answer never came.
    pub may_repeat: bool,
    /// The customer, by its name for people.
    pub customer: String,
    /// One line.
    pub title: String,
    /// What happened and what to do.
    pub text: String,
    /// What is known, by name: the values came from outside. At most [`FACTS_MAX`] are shown.
    pub facts: Vec<(String, String)>,
    /// The incidents that it announces, by id; at most [`INCIDENTS_NAMED_MAX`] are shown.
    pub incidents: Vec<String>,
    /// How many incidents there are.
    pub count: u32,
    /// The page on which people acknowledge: ours, and the one address that is shown as a link.
    pub link: Option<String>,
    /// Since when.
    pub at: Timestamp,
    /// Who acknowledged it, or gave the verdict.
    pub by: Option<String>,
}
