//! Telling people of holds, lost consent and problems: one notice for each cause, sent at least once to each channel.
//!
//! A run names the causes that it found ([`causes`]); a cause is one document, whichever and however many customers it
//! concerns ([`register`]). What is wrong with no customer but with the program or the configuration is noticed by whoever
//! meets with it ([`program`], [`gone`]). Where
//! people are to answer they are told again ([`question`]). The minute tick looks at the causes that have something to send, and at no other ([`tell`]);
//! what each channel is to get, and when, [`deliver`] says, purely.

pub(crate) mod causes;
mod deliver;
mod document;
mod gone;
mod program;
mod question;
mod register;
mod tell;

pub(crate) use document::Question;
pub(crate) use gone::CUSTOMER_GONE;
pub(crate) use program::{CREDENTIAL_REFUSED, POISON, TICK_MISSED, TICKET_UNTOLD, stands_still};

use notify::{Channel, Ways};
use std::collections::BTreeMap;

/// The folder of the causes' documents, by id.
const NOTICES: &str = "notice";

/// The kind of the markers of causes that have something to send: `open/notice/<id>`.
const MARKER: &str = "notice";

/// How notices leave.
pub struct Outbox {
    /// The channels of the configuration by name; or why one cannot be used, without any secret.
    pub channels: BTreeMap<String, Result<Channel, String>>,
    /// The ways out.
    pub ways: Ways,
}
