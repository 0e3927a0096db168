//! The entries of a customer's journal.

use super::{Grant, always, is_true};
use crate::ids::{GroupId, GuestId, ObjectId, PersonId, TenantId};
use crate::plan::{Action, Step, Target};
use crate::requests::{Change, RequestId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// One fact or decision, in the order in which it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// The first entry: whose people these are.
    Partner {
        /// The partner's tenant.
        tenant_id: TenantId,
    },
    /// We are about to write.
    Intent(Box<Intent>),
    /// What became of an intent.
    Outcome {
        /// The intent's number.
        intent: u64,
        /// How it ended.
        #[serde(flatten)]
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
    /// A membership that was there before us, desired by the configuration, is looked after from now on.
    Adopted {
        /// Where.
        target: Target,
        /// Whose.
        guest: GuestId,
        /// For whom the guest stands.
        person: PersonId,
        /// The packages that ask for it.
        packages: BTreeSet<String>,
        /// When.
        at: Timestamp,
    },
    /// The first complete run in `enforce` on a target is done.
    AdoptionDone {
        /// Where.
        target: Target,
    },
    /// Nothing of ours is left on a target, and nobody looks after it any more: should the configuration name it again, the
    /// first complete run in `enforce` is still to come.
    AdoptionOpen {
        /// Where.
        target: Target,
    },
    /// A survey shows a membership of ours.
    Confirmed {
        /// Where.
        target: Target,
        /// Whose.
        guest: GuestId,
    },
    /// A survey shows that a membership is gone, as we wanted (or nobody wants it any more).
    Ended {
        /// Where.
        target: Target,
        /// Whose.
        guest: GuestId,
    },
    /// A survey shows that a membership of ours is gone, and it was not us.
    Vanished {
        /// Where.
        target: Target,
        /// Whose.
        guest: GuestId,
        /// When we saw it.
        at: Timestamp,
    },
    /// A survey shows who stands for a person, and whether we made that guest.
    Known {
        /// The person.
        person: PersonId,
        /// The guest.
        guest: GuestId,
        /// Whether we invited them.
        ours: bool,
        /// When.
        at: Timestamp,
    },
    /// A survey shows that somebody undid what we did to a guest: enabled whom we disabled, or restored whom we
    /// deleted. If the customer blocks that guest later, the block is theirs.
    Undone {
        /// The guest.
        guest: GuestId,
        /// What was undone: `disable_guest` or `delete_guest`.
        action: Action,
    },
    /// An intent that no survey can settle any more is closed without an effect.
    Closed {
        /// The intent's number.
        intent: u64,
    },
    /// The packages that ask for a membership are others now.
    Reasons {
        /// Where.
        target: Target,
        /// Whose.
        guest: GuestId,
        /// The packages.
        packages: BTreeSet<String>,
        /// Whether a partner group is among what asks.
        #[serde(skip_serializing_if = "is_true", default = "always")]
        standing: bool,
    },
    /// A person let held steps through, or refused them.
    Decided(Release),
    /// Steps that a person refused are planned no more, so their refusal is over.
    RefusalEnded {
        /// The digest or cause that was refused.
        digest: String,
        /// These steps of it; none: all, as in journals of earlier versions.
        #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
        steps: BTreeSet<StepKey>,
        /// When.
        at: Timestamp,
    },
    /// Microsoft refuses invitations for this tenant ("suspicious activity").
    InvitationsBlocked {
        /// When we were told.
        at: Timestamp,
    },
    /// A person says that Microsoft lifted the block on invitations.
    InvitationsLifted {
        /// Who says so.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// A person told us to do something besides keeping the customer as configured. What it comes to follows, under
    /// the same lease.
    Commanded(Commanded),
    /// A person lifts what the customer's taking away says: the next plan may add them again.
    Unvetoed {
        /// Where.
        target: Target,
        /// Whose.
        guest: GuestId,
        /// When.
        at: Timestamp,
    },
    /// We stop looking after a membership. It stays in the customer's tenant as it is.
    Forgotten {
        /// Where.
        target: Target,
        /// Whose.
        guest: GuestId,
        /// When.
        at: Timestamp,
    },
    /// We stop looking after a guest, who stays in the customer's tenant as they are.
    GuestForgotten {
        /// The person.
        person: PersonId,
        /// The guest.
        guest: GuestId,
        /// When.
        at: Timestamp,
    },
    /// A request is carried out from now on: the person is to have the package until the end of the grant.
    Granted(Grant),
    /// A grant ends at another time: later, or now, because somebody took it back.
    GrantChanged {
        /// The request.
        request: RequestId,
        /// The new end.
        until: Timestamp,
        /// Who says so.
        by: String,
        /// Their words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        note: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// A survey after a grant's end shows the person absent from the package's places, or kept there by something else.
    GrantSettled {
        /// The request.
        request: RequestId,
        /// What else keeps them there.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        kept_by: Option<String>,
        /// When the survey was taken.
        at: Timestamp,
    },
    /// Something happened to a request: a copy of its history, which its own document keeps.
    Requested {
        /// The request.
        request: RequestId,
        /// What happened.
        #[serde(flatten)]
        change: Change,
    },
    /// A run took over a lease that its holder never released: entries of older epochs end here.
    TakenOver {
        /// The new epoch.
        epoch: u64,
    },
}

/// What a named person told us to do, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commanded {
    /// The command, as in `undo r12`.
    pub command: String,
    /// Who.
    pub by: String,
    /// Their words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A write that we are about to make: one write, its people, and the survey that showed what it wants to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Its number, unique in this customer's journal.
    pub number: u64,
    /// The step.
    pub step: Step,
    /// The packages that ask for it.
    pub packages: BTreeSet<String>,
    /// When the survey was taken that the step rests on.
    pub survey: Timestamp,
    /// When it was written.
    pub at: Timestamp,
    /// Whether an earlier intent for the same effect was never settled: then "already there" means ours.
    pub retry: bool,
    /// Whether a person released it, so that it uses no budget of the rails over time.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub released: bool,
    /// Whether a partner group asks for what it gives; else a grant alone does.
    #[serde(skip_serializing_if = "is_true", default = "always")]
    pub standing: bool,
}

/// How a write ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// The invitation gave this guest.
    Invited {
        /// The guest.
        guest: GuestId,
    },
    /// The group was made.
    Created {
        /// The group.
        group: GroupId,
    },
    /// It was there before us.
    AlreadyThere,
    /// It was gone before us.
    NotThere,
    /// It was refused, and nothing changed.
    Refused {
        /// Why, for people; without secrets.
        text: String,
    },
    /// It was never sent.
    NotSent,
    /// Nobody knows whether it was done.
    Unclear {
        /// Why, for people.
        text: String,
    },
}

/// In words, for people.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => write!(f, "done"),
            Self::Invited { guest } => write!(f, "invited as guest {guest}"),
            Self::Created { group } => write!(f, "made as group {group}"),
            Self::AlreadyThere => write!(f, "was there before us"),
            Self::NotThere => write!(f, "was gone before us"),
            Self::Refused { text } => write!(f, "refused: {text}"),
            Self::NotSent => write!(f, "not sent; a later run tries again"),
            Self::Unclear { text } => write!(f, "unclear until the next survey: {text}"),
        }
    }
}

/// Names a step across runs: what a digest covers and a release lets through (no texts, times or names).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StepKey {
    /// What.
    pub action: Action,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<Target>,
    /// The group of ours that is still to be created, where `target` cannot name it yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group_name: Option<String>,
    /// Whom: the person's id, or a stranger's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub who: Option<ObjectId>,
}

impl StepKey {
    /// The key of a step.
    pub fn of(step: &Step) -> Self {
        let who = step.person.map(ObjectId::from).or(step.guest.map(ObjectId::from));
        Self { action: step.action, target: step.target, group_name: step.group_name.clone(), who }
    }
}

/// A named person's decision on held steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The digest that the person saw, or the cause of the holds in several customers.
    pub digest: String,
    /// Whether the steps may go through; `false`: refused.
    pub allow: bool,
    /// Exactly these.
    pub steps: BTreeSet<StepKey>,
    /// Who decided.
    pub by: String,
    /// Whether it is only said, by a machine caller or on the command line, that it was they.
    pub asserted: bool,
    /// Their words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Until when it holds; `None`: as long as its steps are planned, as a refusal does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
}

impl Release {
    /// Whether it still holds at this time. Whether what is held has changed since, a plan says.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}
