//! What is kept of a cause and of what each channel was told about it.

use super::NOTICES;
use access::config::NoticeKind;
use jiff::Timestamp;
use notify::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Document;

/// One cause. Its document stays when it is over: the next occurrence is written over it, so that none is ever deleted
/// by somebody who looked a moment too early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NoticeDocument {
    /// What it is about.
    pub(super) kind: NoticeKind,
    /// A stable code, for `health`.
    pub(super) code: String,
    /// One line.
    pub(super) title: String,
    /// What happened and what to do.
    pub(super) text: String,
    /// The command that goes on where more than one customer is concerned.
    pub(super) command: Option<String>,
    /// When this occurrence began; part of every id that goes out.
    pub(super) opened: Timestamp,
    /// Nobody is told before: some causes end by themselves.
    pub(super) not_before: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) over: Option<Timestamp>,
    /// Whether it is about the program and not about customers; then somebody has to report it again and again.
    pub(super) program: bool,
    /// When it was last reported.
    pub(super) seen: Timestamp,
    /// What people are asked, where they are to answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) question: Option<Question>,
    /// The customers that it concerns, by tenant.
    pub(super) customers: BTreeMap<String, Concerned>,
    /// What each channel was told, by name.
    pub(super) channels: BTreeMap<String, Delivery>,
}

impl Document for NoticeDocument {
    const V: u32 = 1;
}

impl NoticeDocument {
    /// Takes a customer out. The channels count as told of one less, so that whoever comes in their place is told of.
    pub(super) fn leave(&mut self, tenant: &str) {
        if self.customers.remove(tenant).is_some() {
            self.channels.values_mut().for_each(|delivery| delivery.told = delivery.told.saturating_sub(1));
        }
    }
}

/// What people are asked by a cause that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// The page on which they answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) link: Option<String>,
    /// How often they were to be told once more.
    pub(crate) rounds: u32,
    /// How much of what happened is in it: whoever knows less changes nothing.
    pub(crate) as_of: usize,
}

/// A customer whom a cause concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Concerned {
    /// Its name.
    pub(super) name: String,
    /// The command that goes on for this customer alone.
    pub(super) command: Option<String>,
}

/// What one channel was told of a cause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Delivery {
    /// How many messages were made for it; the last number is part of a message's id.
    pub(super) made: u32,
    /// Of how many customers it was told.
    pub(super) told: u32,
    /// How often the messages that were made for it say that people are still asked.
    #[serde(default)]
    pub(super) rounds: u32,
    /// When it took the last message that says that the cause is there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) told_at: Option<Timestamp>,
    /// What is on its way.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) message: Option<Message>,
    /// Why a message was given up: a dead letter.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) dead: Option<String>,
}

/// A message that is on its way. What it says does not change from one attempt to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Message {
    /// Its number within the channel.
    pub(super) number: u32,
    /// What it says of the cause.
    pub(super) state: State,
    /// The customers that it names.
    pub(super) customers: Vec<String>,
    /// How many there are.
    pub(super) count: u32,
    /// The command that it gives.
    pub(super) command: Option<String>,
    /// Its words, where the cause's own may become others.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) text: Option<String>,
    /// When it was made.
    pub(super) at: Timestamp,
    /// How often it was sent.
    pub(super) attempts: u32,
    /// When it is sent next.
    pub(super) next: Timestamp,
    /// Until when somebody is sending it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) claimed: Option<Timestamp>,
    /// Whether an earlier attempt may have arrived.
    #[serde(default)]
    pub(super) may_repeat: bool,
}

/// Where the cause with this id is kept.
pub(super) fn path(id: &str) -> String {
    format!("{NOTICES}/{id}")
}
