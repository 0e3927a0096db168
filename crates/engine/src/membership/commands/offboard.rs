//! `gatehouse offboard`: everything of ours leaves a customer, and what stays is told.

use super::errand::{Decision, Errand, release};
use super::{Go, Proposal};
use crate::{Engine, Error};
use access::config::{Customer, Mode};
use access::ledger::{Entry, Ledger};
use access::plan::{Action, Left, Planned, plan};

impl Engine {
    /// Shows what offboarding comes to, or does it: for that the configuration must say `mode = "offboard"`, or the
    /// next run would put everybody back.
    pub async fn offboard(&self, customer: &str, go: &Go) -> Result<Proposal, Error> {
        let customer = self.customer(customer)?;
        if *go != Go::Look && customer.mode != Mode::Offboard {
            return Err(Error::BadInput(format!(
                "{0} is not in mode offboard, so the next run would put everybody back; nothing was changed. Say mode = \"offboard\" in customers/{0}.toml first",
                customer.name
            )));
        }
        let command = "offboard".to_string();
        let errand = Errand { engine: self, customer, command, mode: Mode::Offboard, strangers: false };
        errand
            .go(go, &|input, ledger, told| {
                // What Microsoft refused a while ago is tried now, since a person asks for it.
                let mut ledger = ledger.without_pauses();
                let seen = plan(&input.with_ledger(&ledger));
                let release = release(&seen.plan, told, self.clock.now());
                ledger.fold(&Entry::Decided(release.clone()));
                // Judged as if it were released: what is still held then, nobody can release.
                let planned = plan(&input.with_ledger(&ledger));
                let left = rest(&ledger, &planned);
                let tells = vec![by_hand(self, customer)];
                let ask = planned.ask.clone();
                let release = Some(release).filter(|release| !release.steps.is_empty());
                Ok(Decision { planned: Some(planned), release, left, tells, ask, ..Decision::default() })
            })
            .await
    }
}

/// What stays in the customer's tenant once these steps are done.
fn rest(ledger: &Ledger, planned: &Planned) -> Vec<Left> {
    let mut left = Vec::new();
    let goes = |guest| {
        planned.drafts.iter().any(|draft| {
            let ends = matches!(draft.step.action, Action::DisableGuest | Action::DeleteGuest);
            draft.step.guest == Some(guest) && ends
        })
    };
    for row in ledger.guests.values().filter(|row| row.deleted.is_none()) {
        let what = format!("guest {}", row.guest);
        if !row.ours {
            left.push(Left { what, why: "was there before us, so the guest stays".into() });
        } else if row.disabled.is_none() && !goes(row.guest) {
            left.push(Left {
                what,
                why: "was invited by us and is not disabled (has_other_access tells why, if so)".into(),
            });
        }
    }
    for (name, group) in &ledger.groups {
        left.push(Left {
            what: format!("group {name:?} ({group})"),
            why: "was made by us; the customer may use it by now".into(),
        });
    }
    left.extend(
        planned.plan.problems.iter().map(|problem| Left { what: problem.code.clone(), why: problem.text.clone() }),
    );
    left.sort();
    left
}

/// What only the customer can end.
fn by_hand(engine: &Engine, customer: &Customer) -> String {
    format!(
        "by hand, by an administrator of {}: delete the enterprise application of app {} (that ends the consent), and the Azure Lighthouse delegations to {}; then take customers/{}.toml out of the configuration and run: gatehouse forget {}",
        customer.display_name,
        engine.config.app_of(customer).client_id,
        engine.config.partner.name,
        customer.name,
        customer.tenant_id
    )
}
