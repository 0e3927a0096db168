//! `gatehouse adopt`: memberships of the partner's people that are there and not ours are looked after from now on.

use super::errand::{Decision, Errand};
use super::{Go, Proposal};
use crate::{Engine, Error};
use access::plan::{Adopt, adopt};

impl Engine {
    /// Shows which memberships can be adopted, or adopts them. Nothing is written to Microsoft; what nobody wants, the
    /// next run removes under the rails.
    pub async fn adopt(&self, customer: &str, what: &Adopt, go: &Go) -> Result<Proposal, Error> {
        let customer = self.customer(customer)?;
        if let Some(name) = &what.package
            && !customer.packages.iter().any(|package| package.name == *name)
        {
            return Err(Error::BadInput(format!("{} has no package named {name}", customer.name)));
        }
        let command = match &what.package {
            Some(name) => format!("adopt --package {name}"),
            None => "adopt".into(),
        };
        let errand = Errand { engine: self, customer, command, mode: customer.mode, strangers: true };
        errand
            .go(go, &|input, _, _| {
                let found = adopt(input, what);
                let mut tells = Vec::new();
                if !found.going.is_empty() {
                    tells.push(format!(
                        "{} of these people will be removed by the next run: nobody wants them there",
                        found.going.len()
                    ));
                }
                if !found.held.is_empty() {
                    tells.push(format!(
                        "{} of these people nobody wants there; a rail will hold their removal for a person to release",
                        found.held.len()
                    ));
                }
                Ok(Decision {
                    adopted: found.steps,
                    notes: found.notes,
                    left: found.left,
                    tells,
                    ask: found.ask,
                    ..Decision::default()
                })
            })
            .await
    }
}
