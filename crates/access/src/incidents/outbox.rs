//! What is to be sent of an incident, and how that ended. Claimed before it is sent, settled after: a process that dies in
//! between leaves a claim without an outcome, and the message is sent again as one that may repeat.

use super::{Incident, Status};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long whoever sends a message has for it; longer than the send time-out of 10 s, so that nobody else sends it
/// meanwhile.
pub const CLAIM: SignedDuration = SignedDuration::from_secs(30);

/// One message to one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRecord {
    /// Its number in the incident, from 1: with the incident's id it names the message in every attempt.
    pub number: u32,
    /// To whom.
    pub channel: String,
    /// What it says.
    pub what: What,
    /// In which round of the escalation it was made.
    pub round: u32,
    /// In which step.
    pub step: u32,
    /// Which of the calls it belongs to, as in [`Incident::anew`].
    #[serde(default)]
    pub anew: u32,
    /// What it says beside what the incident itself says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    /// Where it stands.
    pub state: PageState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was owed.
    pub made: Timestamp,
    /// When it is sent next.
    pub next: Timestamp,
    /// Until when somebody is sending it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub claimed: Option<Timestamp>,
    /// Whether an earlier attempt may have arrived.
    #[serde(default)]
    pub may_repeat: bool,
    /// When the last attempt ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Timestamp>,
    /// Why it was not taken, without any secret.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// Whether somebody else was told that it was given up.
    #[serde(default)]
    pub told: bool,
    /// Whether it need not be sent any more: somebody answered before, or it is said elsewhere.
    #[serde(default)]
    pub dropped: bool,
}

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Somebody is wanted.
    Page,
    /// More is known.
    Details,
    /// It is worse than it looked.
    Raised,
    /// Another channel took nothing.
    DeadLetter,
    /// Somebody looks after it.
    Acknowledged,
    /// It was judged.
    Closed,
}

impl What {
    /// Whether it calls for somebody.
    pub const fn calls(self) -> bool {
        matches!(self, Self::Page | Self::Raised | Self::DeadLetter)
    }

    /// Whether a service that keeps alerts opens one for it. Everything else belongs to one that is there.
    pub const fn opens_alert(self) -> bool {
        matches!(self, Self::Page | Self::Raised)
    }
}

/// Where a message stands. The names are a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageState {
    /// It was not sent yet.
    Waiting,
    /// The channel took it.
    Sent,
    /// The channel did not take it; it is sent again.
    Failed,
    /// It was given up.
    Dead,
}

impl PageState {
    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Dead => "dead",
        }
    }
}

impl PageRecord {
    /// Whether nothing more is done about it.
    pub fn is_over(&self) -> bool {
        match self.state {
            PageState::Sent => true,
            PageState::Dead => self.told,
            PageState::Waiting | PageState::Failed => self.dropped,
        }
    }

    /// Whether somebody may have heard it.
    pub(super) fn may_be_known(&self) -> bool {
        self.state == PageState::Sent || self.may_repeat || self.claimed.is_some()
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let open = matches!(self.state, PageState::Waiting | PageState::Failed) && !self.dropped;
        open && self.next <= now && self.claimed.is_none_or(|until| until <= now)
    }
}

/// A message to send now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its number.
    pub number: u32,
    /// To whom.
    pub channel: String,
    /// What it says.
    pub what: What,
    /// What it says besides.
    pub note: Option<String>,
    /// Which of the calls it belongs to, as in [`Incident::anew`].
    pub anew: u32,
    /// Whether an earlier attempt may have arrived.
    pub may_repeat: bool,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The channel took it.
    Taken,
    /// It may be taken later.
    Later {
        /// When it is sent again; `None`: not any more.
        next: Option<Timestamp>,
        /// Why not now.
        why: String,
        /// Whether it may have been taken all the same.
        unclear: bool,
    },
    /// It will never be taken.
    Never {
        /// Why.
        why: String,
    },
}

/// Claims everything that is to be sent now. The incident must be stored before anything is sent.
///
/// What calls for somebody need not be said again once somebody has answered.
pub fn claim(incident: &mut Incident, now: Timestamp) -> Vec<Claimed> {
    let mut claimed = Vec::new();
    let is_answered = incident.status != Status::Open && !incident.test;
    for page in &mut incident.pages {
        if !page.is_due(now) {
            continue;
        }
        if is_answered && page.what.calls() {
            page.may_repeat |= page.claimed.take().is_some();
            page.dropped = true;
            continue;
        }
        // A claim without an outcome: whoever had it may have sent it.
        page.may_repeat |= page.claimed.is_some();
        page.claimed = Some(now + CLAIM);
        page.attempts += 1;
        claimed.push(Claimed {
            number: page.number,
            channel: page.channel.clone(),
            what: page.what,
            note: page.note.clone(),
            anew: page.anew,
            may_repeat: page.may_repeat,
        });
    }
    claimed
}

/// Takes in how an attempt to send this message ended.
pub fn settle(incident: &mut Incident, number: u32, outcome: &Outcome, now: Timestamp) {
    let Some(page) = incident.pages.iter_mut().find(|page| page.number == number && !page.is_over()) else { return };
    page.claimed = None;
    page.at = Some(now);
    match outcome {
        Outcome::Taken => {
            page.state = PageState::Sent;
            page.why = None;
        }
        Outcome::Later { next: Some(next), why, unclear } => {
            page.state = PageState::Failed;
            page.may_repeat |= *unclear;
            page.next = *next;
            page.why = Some(why.clone());
        }
        Outcome::Later { next: None, why, .. } | Outcome::Never { why } => {
            page.state = PageState::Dead;
            page.why = Some(why.clone());
        }
    }
}
