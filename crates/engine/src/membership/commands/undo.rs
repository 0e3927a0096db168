//! `gatehouse undo`: the inverse of one run, from the journal.

use super::errand::{self, Decision, Errand};
use super::{Go, Proposal};
use crate::{Engine, Error};
use access::config::{Customer, Mode};
use access::ledger::{Effects, Entry, RunNumbers};
use access::plan::{Undo, Undoing, undo};

impl Engine {
    /// Shows what undoing a run comes to, or does it. `anyway`: also what the next run would do again; `release`: the
    /// digest of held steps that a person has seen, so that exactly these pass.
    pub async fn undo(
        &self,
        customer: &str,
        run: u64,
        anyway: bool,
        release: Option<&str>,
        go: &Go,
    ) -> Result<Proposal, Error> {
        let customer = self.customer(customer)?;
        let effects = self.effects(customer).await?;
        if !effects.knows(run) {
            return Err(Error::BadInput(format!(
                "the journal of {} has no run r{run}; gatehouse journal {} shows their numbers",
                customer.name, customer.name
            )));
        }
        let command = format!("undo r{run}");
        // While the customer is paused, by the configuration or by an order, no run does anything again at once.
        let paused = self.orders().await?.pause_of(customer.tenant_id, self.clock.now()).is_some();
        let mode = if paused { Mode::Paused } else { customer.mode };
        let errand = Errand { engine: self, customer, command, mode, strangers: false };
        errand
            .go(go, &|input, ledger, told| {
                let what = Undo { effects: &effects, run, anyway };
                let mut undoing = undo(input, &what);
                let mut decided = None;
                if let Some(digest) = release {
                    let differs = undoing.planned.plan.digest != digest;
                    if differs && !undoing.planned.ask.is_empty() {
                        // Not final yet; nothing is released before it is.
                        return Ok(Decision { ask: undoing.planned.ask, ..Decision::default() });
                    }
                    if differs {
                        return Err(Error::PlanChanged(format!(
                            "{}: the held steps are others than those of {digest}; look again",
                            customer.name
                        )));
                    }
                    let release = errand::release(&undoing.planned.plan, told, self.clock.now());
                    let mut ledger = ledger.clone();
                    ledger.fold(&Entry::Decided(release.clone()));
                    undoing = undo(&input.with_ledger(&ledger), &what);
                    decided = Some(release);
                }
                let Undoing { planned, notes, left } = undoing;
                let words = notes.iter().filter_map(forgotten).collect();
                let ask = planned.ask.clone();
                Ok(Decision {
                    planned: Some(planned),
                    notes,
                    words,
                    release: decided,
                    left,
                    ask,
                    ..Decision::default()
                })
            })
            .await
    }

    /// What all runs of this customer did.
    pub(super) async fn effects(&self, customer: &Customer) -> Result<Effects, Error> {
        let mut journal = self.journal(customer, None)?;
        let (mut effects, mut numbers) = (Effects::default(), RunNumbers::default());
        while let Some(block) = journal.next().await? {
            let run = numbers.next(block.seq, block.epoch);
            block.entries.iter().for_each(|entry| effects.fold(run, entry));
        }
        Ok(effects)
    }
}

fn forgotten(entry: &Entry) -> Option<String> {
    match entry {
        Entry::Forgotten { target, guest, .. } => {
            Some(format!("guest {guest} in {target} was adopted, and is not ours any more; the membership stays"))
        }
        _ => None,
    }
}
