//! What an incident is about, where it stands, and how it was judged in the end.

use serde::{Deserialize, Serialize};

/// What an incident is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody signed in with a break-glass account, or tried to.
    SignIn,
    /// A break-glass account, or what keeps it usable, was changed; or it changed something.
    Change,
    /// What watches the accounts was changed, deleted or switched off.
    Tamper,
    /// What watches the accounts is not well.
    Health,
    /// An alert that could not be read.
    Unreadable,
    /// An alert about something else.
    Other,
    /// A sign-in came to our eyes and no alert followed: the way of the alerts is broken.
    DeliveryBroken,
    /// Somebody who knows a credential has left: it must be changed.
    Rotate,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::SignIn,
        Self::Change,
        Self::Tamper,
        Self::Health,
        Self::Unreadable,
        Self::Other,
        Self::DeliveryBroken,
        Self::Rotate,
    ];

    /// Its name in what is stored and sent. The names are a contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Change => "change",
            Self::Tamper => "tamper",
            Self::Health => "health",
            Self::Unreadable => "unreadable",
            Self::Other => "other",
            Self::DeliveryBroken => "delivery_broken",
            Self::Rotate => "rotate",
        }
    }
}

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// People are paged until somebody answers.
    Open,
    /// Somebody looks after it, for a while.
    Acknowledged,
    /// It was judged; or it was a test.
    Closed,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Open, Self::Acknowledged, Self::Closed];

    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Closed => "closed",
        }
    }

    /// The status with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// How an incident was judged: the classes of Microsoft's post-mortem (page "Manage emergency access accounts in
/// Microsoft Entra ID").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// An announced or planned test.
    Drill,
    /// A real emergency, and the right people.
    Genuine,
    /// Somebody used the account who should not have.
    Misuse,
    /// Nobody can say.
    Unknown,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 4] = [Self::Drill, Self::Genuine, Self::Misuse, Self::Unknown];

    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drill => "drill",
            Self::Genuine => "genuine",
            Self::Misuse => "misuse",
            Self::Unknown => "unknown",
        }
    }

    /// The verdict with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}
