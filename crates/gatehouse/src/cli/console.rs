//! Where answers and conversation go, and how a command ends badly.

use super::desk;
use crate::text::wrap;
use std::io::{self, Write};

/// Standard output is the answer, standard error the conversation.
pub(super) struct Console<'a> {
    /// The answer: what a pipe gets.
    pub(super) out: &'a mut dyn Write,
    /// The conversation: errors, hints, what goes on.
    pub(super) err: &'a mut dyn Write,
    /// Whether this is the process's own command line, so that log and progress belong to it.
    pub(super) is_process: bool,
}

impl Console<'_> {
    /// Writes a piece of the answer.
    pub(super) fn answer(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// Writes a value as JSON, for programs.
    pub(super) fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *self.out, value)?;
        writeln!(self.out)
    }

    /// Tells something beside the answer. What cannot be told is not worth ending for.
    pub(super) fn tell(&mut self, text: &str) {
        let _ = writeln!(self.err, "{text}");
    }

    /// Tells why a command failed, and what to do about it.
    pub(super) fn fail(&mut self, failure: &Failure) {
        if failure.is_silent {
            return;
        }
        let _ = writeln!(self.err, "error: {}", failure.text);
        if let Some(hint) = &failure.hint {
            let _ = write!(self.err, "\n{}", wrap("hint: ", hint));
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(super) struct Failure {
    /// What failed, and for whom.
    pub(super) text: String,
    /// What to do next.
    pub(super) hint: Option<String>,
    /// Nobody reads the answer any more (`gatehouse plan | head`): not worth a word.
    pub(super) is_silent: bool,
}

impl Failure {
    /// A failure without a hint.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), hint: None, is_silent: false }
    }

    /// Adds what to do next.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// The end of a chain of causes, which says what happened: what was passed on from one layer to the next is left out.
fn last_words(chain: &str) -> &str {
    chain.rmatch_indices(": ").nth(1).map_or(chain, |(at, found)| &chain[at + found.len()..])
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let is_silent = error.kind() == io::ErrorKind::BrokenPipe;
        Self { is_silent, ..Self::new(format!("the answer could not be written: {error}")) }
    }
}

impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Self {
        use engine::Error;
        let failure = Self::new(error.to_string());
        match error {
            Error::Cloud { what, source } if source.kind == cloud::Kind::NeverSent => {
                Self::new(format!("could not {what} (tenant {}): {}", source.tenant, last_words(&source.message))).hint(
                    "nothing left this machine: is there a network between here and Microsoft? Then the same again",
                )
            }
            _ if error.is_of_this_machine() => desk::unopened(failure.text),
            Error::Store(_) => {
                failure.hint("[store] in gatehouse.toml says where state is kept; is it there, and writable?")
            }
            Error::Newer(_) => failure.hint("the hosts run a newer gatehouse than this one: use the same"),
            Error::UnknownCustomer(_) => failure.hint("a customer's name is its file's: customers/NAME.toml"),
            Error::NoSuchPlan(_) | Error::PlanChanged(_) => failure.hint(
                "held steps change with the tenants: look at gatehouse plan, and release the digest that it shows",
            ),
            Error::Busy(_) | Error::Lost(_) | Error::PartnerUnread(_) | Error::TicketUnread(_) => {
                failure.hint("try again in a moment")
            }
            Error::Cloud { .. } | Error::PartnerChanged(_) | Error::BadInput(_) | Error::Internal(_) => failure,
        }
    }
}
