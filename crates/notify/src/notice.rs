//! What people are told, before it takes the shape of a channel.

use access::config::NoticeKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many customers a notice names; the rest is a number.
pub const NAMED_MAX: usize = 20;

/// Where a cause stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is new.
    Opened,
    /// It reaches further than was told.
    Updated,
    /// Somebody has to answer, and has not: it is said again.
    Reminded,
    /// It is over.
    Resolved,
}

impl State {
    /// Its name in what is sent.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Reminded => "reminded",
            Self::Resolved => "resolved",
        }
    }
}

/// One message about one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// Where the cause stands.
    pub state: State,
    /// Names this occurrence of the cause: the same in every message about it. Letters, digits and `-`.
    pub id: String,
    /// Names this message: the same in every attempt to send it. Letters, digits and `-`.
    pub message: String,
    /// One line.
    pub title: String,
    /// What happened and what to do.
    pub text: String,
    /// The customers, by name; at most [`NAMED_MAX`] of them.
    pub customers: Vec<String>,
    /// How many customers there are.
    pub count: u32,
    /// The command that goes on from here.
    pub command: Option<String>,
    /// A page of this program that goes on from here: the one address in a notice that is shown as a link, so none that
    /// came from outside.
    pub link: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Whether an earlier attempt may have been delivered although its answer never came.
    pub may_repeat: bool,
}
