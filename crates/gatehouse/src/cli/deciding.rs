//! What commands that decide something have in common: they show first what they come to, and want a name and a reason.

use super::console::{Console, Failure};
use super::open::Format;
use crate::text;
use engine::membership::commands::{Go, Proposal, Told};

/// Who gives an order, and why: orders count at once, so both are required.
#[derive(Debug, clap::Args)]
pub(super) struct OrderedBy {
    /// Who orders it: a named person, for the journal
    #[arg(long, value_name = "NAME")]
    pub(super) by: String,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,
}

/// Who decides, why, and whether it is to be done.
#[derive(Debug, clap::Args)]
pub(super) struct Deciding {
    /// Who decides: a named person, for the journal
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do it, if exactly so many people are concerned; without this or --yes it is only shown
    #[arg(long, value_name = "N", conflicts_with = "yes")]
    confirm: Option<u32>,
    /// Do it, however many people are concerned
    #[arg(long)]
    yes: bool,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

impl Deciding {
    /// Whether to show it or to do it; doing needs a name and a reason.
    pub(super) fn go(&self) -> Result<Go, Failure> {
        if !self.yes && self.confirm.is_none() {
            return Ok(Go::Look);
        }
        let given =
            |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let (Some(by), Some(reason)) = (given(&self.by), given(&self.reason)) else {
            return Err(Failure::new(
                "a decision needs a named person and a reason, for the journal; nothing was done",
            )
            .hint("--by you@example.com --reason \"why\""));
        };
        Ok(Go::Do(Told { by, reason, people: self.confirm }))
    }

    /// The same where the number of people must be confirmed.
    pub(super) fn go_confirmed(&self) -> Result<Go, Failure> {
        if self.yes {
            return Err(Failure::new("--yes is not enough here; nothing was done")
                .hint("look at it without --yes, and confirm the number of people that it shows: --confirm N"));
        }
        self.go()
    }

    /// Writes the answer. The exit status: 0; 3 where something is held or waits; 1 where something failed.
    pub(super) fn answer(&self, proposal: &Proposal, console: &mut Console<'_>) -> Result<u8, Failure> {
        match self.format {
            Format::Json => console.json(proposal)?,
            Format::Text => console.answer(&text::proposal(proposal))?,
        }
        Ok(match &proposal.done {
            None => 0,
            Some(done) if !done.failures.is_empty() => 1,
            Some(done) if done.waiting > 0 || !proposal.held.is_empty() => 3,
            Some(_) => 0,
        })
    }
}
