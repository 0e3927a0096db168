//! What is kept of a drill.

use crate::incidents::{Account, IncidentId, Kind, Verdict};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// One drill, from its announcement to its end. What is kept is also what programs are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DrillRecord {
    /// Its id: 32 hexadecimal digits.
    pub id: String,
    /// The customer's name at the time: a label.
    pub customer: String,
    /// The one account that is used.
    pub account: Account,
    /// Who announced it, by mail address.
    pub by: String,
    /// The second person, by mail address. One of the two signs in.
    pub with: String,
    /// From when on the sign-in is expected.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// When the channels had been told and the window was opened; `None`: it never was, and whatever happens counts as
    /// real.
    pub announced: Option<Timestamp>,
    /// Which channels were told beforehand, and which did not take it.
    pub told: Vec<Told>,
    /// The incident of the sign-in.
    pub incident: Option<IncidentId>,
    /// When the account signed in, by the log.
    pub signed_in: Option<Timestamp>,
    /// When the first alert about it came in.
    pub alerted: Option<Timestamp>,
    /// When the first channel took a page.
    pub paged: Option<Timestamp>,
    /// When somebody first answered.
    pub acknowledged: Option<Timestamp>,
    /// Who did.
    pub acknowledged_by: Option<String>,
    /// When the verdict was given.
    pub judged: Option<Timestamp>,
    /// By whom.
    pub judged_by: Option<String>,
    /// Which.
    pub verdict: Option<Verdict>,
    /// What became of the page on each channel.
    pub pages: Vec<Told>,
    /// What else came up for the customer meanwhile, while the sign-in itself was not seen.
    pub beside: Vec<Beside>,
    /// How it ended; `None`: it goes on.
    pub ended: Option<Ended>,
    /// When it was copied into the journal.
    pub journalled: Option<Timestamp>,
}

/// What became of a message to a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// The channel.
    pub channel: String,
    /// Whether it took the message.
    pub taken: bool,
    /// When that was known; `None`: it was not sent yet.
    pub at: Option<Timestamp>,
    /// Why it did not take it, without any secret.
    pub why: Option<String>,
}

/// Another incident of the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Beside {
    /// Its id.
    pub id: IncidentId,
    /// What it is about.
    pub kind: Kind,
    /// Whose account, where it names one.
    pub account: Option<String>,
}

/// How a drill ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// What was missing; `None`: everything went as it should.
    pub missing: Option<Missing>,
}

/// Why a drill did not go as it should: the first thing that is missing on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// It was never announced: whoever was about to died before the channels were told.
    Announcement,
    /// No alert about the sign-in came, and the log was not seen to show one either.
    Alert,
    /// The sign-in was seen in the log, and no alert came.
    AlertOfSeen,
    /// Alerts came, and none of them was the announced sign-in.
    ThisAlert,
    /// No channel took a page.
    Page,
    /// Nobody acknowledged.
    Acknowledgement,
    /// Nobody said that it was the drill.
    Verdict,
    /// It was judged to be something else than a drill.
    OtherVerdict,
    /// Another drill was announced in its place.
    Replaced,
}

impl Missing {
    /// The same in a clause.
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Announcement => "it was never announced: the command that announced it broke off",
            Self::Alert => "no alert came, and the sign-in log was not seen to show a sign-in either",
            Self::AlertOfSeen => "the sign-in was seen in the log, and no alert came for it",
            Self::ThisAlert => "alerts came, and none of them was about the announced sign-in",
            Self::Page => "the alert came, and no channel took a page",
            Self::Acknowledgement => "people were paged, and nobody acknowledged",
            Self::Verdict => "somebody acknowledged, and nobody gave the verdict",
            Self::OtherVerdict => "the verdict is that it was no drill",
            Self::Replaced => "another drill was announced in its place",
        }
    }
}

impl DrillRecord {
    /// Whether everything went as it should, from the sign-in to the verdict.
    pub fn passed(&self) -> bool {
        self.ended.as_ref().is_some_and(|ended| ended.missing.is_none())
    }

    /// The stages of the way in their order, each with its time where it was reached.
    pub fn stages(&self) -> [(&'static str, Option<Timestamp>); 5] {
        [
            ("sign-in", self.signed_in),
            ("alert received", self.alerted),
            ("first page taken", self.paged),
            ("acknowledged", self.acknowledged),
            ("verdict", self.judged),
        ]
    }

    /// How long each stage took from the one before that is known, in the order of [`DrillRecord::stages`].
    pub fn durations(&self) -> [Option<SignedDuration>; 5] {
        let mut before: Option<Timestamp> = None;
        self.stages().map(|(_, at)| {
            let took = at.zip(before).map(|(at, before)| at.duration_since(before));
            before = at.or(before);
            took
        })
    }
}
