//! `gatehouse report`: the journal of one customer, told for people.

use crate::membership::documents::{SNAPSHOT, SnapshotDocument};
use crate::{Engine, Error};
use access::config::Customer;
use access::plan::Target;
use access::report::{Names, Of, Report, Telling};
use cloud::graph::{Answer, Ask};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

impl Engine {
    /// Who had what in this customer, when and why. The journal alone tells it; groups and units are asked for their
    /// names, and keep their ids where they do not answer. Changes nothing.
    pub async fn report(
        &self,
        customer: &str,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Report, Error> {
        let customer = self.customer(customer)?;
        let mut journal = self.journal(customer, None)?;
        let mut telling = Telling::default();
        while let Some(block) = journal.next().await? {
            block.entries.iter().for_each(|entry| telling.fold(block.at, entry));
        }
        let snapshot = self.store.read::<SnapshotDocument>(SNAPSHOT).await?;
        let people = snapshot.map(|kept| kept.value.snapshot.people).unwrap_or_default();
        let address = |person: &access::plan::Person| person.address(self.config.address);
        let people = people.iter().filter_map(|(id, person)| Some((*id, address(person)?))).collect();
        let names = Names { places: self.place_names(customer, &telling.places()).await, people };
        let of = Of {
            customer: customer.display_name.clone(),
            tenant_id: customer.tenant_id,
            partner: self.config.partner.name.clone(),
            from,
            to,
        };
        Ok(telling.report(of, &names))
    }

    /// The display names of places, as far as they can be read.
    async fn place_names(&self, customer: &Customer, places: &BTreeSet<Target>) -> BTreeMap<Target, String> {
        let places: Vec<Target> = places.iter().copied().collect();
        let asks = places.iter().map(|target| match target {
            Target::Group(id) => Ask::Group { id: id.0 },
            Target::Unit(id) | Target::Role(_, id) => Ask::Unit { id: id.0 },
        });
        let answers = self.customer_reader(customer).ask(asks.collect()).await;
        let named = places.into_iter().zip(answers).filter_map(|(target, answer)| {
            let name = match target {
                Target::Group(_) => answer.and_then(Answer::group).ok()??.display_name?,
                Target::Unit(_) => answer.and_then(Answer::unit).ok()??.display_name?,
                Target::Role(role, _) => {
                    format!("role {role} in {}", answer.and_then(Answer::unit).ok()??.display_name?)
                }
            };
            Some((target, name))
        });
        named.collect()
    }
}
