//! `gatehouse unveto`: a person says that what the customer took away may be given again.

use super::{Done, Go, Proposal};
use crate::membership::documents::{Body, body_path};
use crate::{Engine, Error};
use access::config::Customer;
use access::ids::{GuestId, PersonId};
use access::ledger::{Entry, Ledger};
use access::plan::Target;

impl Engine {
    /// Shows which vetoes of this person (by mail address or object id) there are, or lifts them; of one place or of
    /// all. A guest whom the customer disabled or deleted is never touched again, whatever is lifted.
    pub async fn unveto(&self, customer: &str, mail: &str, place: Option<Target>, go: &Go) -> Result<Proposal, Error> {
        let customer = self.customer(customer)?;
        let person = self.named_person(mail).await?;
        match go {
            Go::Look => {
                let body = self.store.read::<Body>(&body_path(customer.tenant_id)).await?;
                let (_, ledger, _) = self.unfold(customer, body.as_ref().map(|kept| &kept.value)).await?;
                Ok(proposal(customer, mail, &vetoes(&ledger, person, place)))
            }
            Go::Do(told) => {
                let done = self.under_lease(customer, async |lease| {
                    let mut chain = self.chain(customer, &lease).await?;
                    let vetoes = vetoes(&chain.ledger, person, place);
                    let mut proposal = proposal(customer, mail, &vetoes);
                    told.check(&customer.name, proposal.people)?;
                    if proposal.is_empty() {
                        return Ok(proposal);
                    }
                    let at = self.clock.now();
                    chain.note(told.entry(&proposal.command, at));
                    for (target, guest) in vetoes {
                        chain.note(Entry::Unvetoed { target, guest, at });
                    }
                    chain.commit(at).await?;
                    let applied = proposal.entries.len() as u32;
                    proposal.done = Some(Done { applied, waiting: 0, failures: Vec::new(), number: chain.first });
                    Ok(proposal)
                });
                let proposal = done.await?;
                if proposal.done.is_some() {
                    self.mark_dirty(customer).await?;
                }
                Ok(proposal)
            }
        }
    }

    /// Who has this address at the partner (or this object id).
    async fn named_person(&self, mail: &str) -> Result<PersonId, Error> {
        if let Ok(id) = mail.trim().parse() {
            return Ok(id);
        }
        let partner = self.fresh_partner().await?;
        let same = |text: &Option<String>| text.as_deref().is_some_and(|text| text.eq_ignore_ascii_case(mail.trim()));
        let found: Vec<PersonId> = partner
            .snapshot
            .people
            .iter()
            .filter(|(_, person)| same(&person.mail) || same(&person.upn))
            .map(|(id, _)| *id)
            .collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(Error::BadInput(format!("nobody in the partner's groups has the address {mail}"))),
            several => Err(Error::BadInput(format!(
                "{} people of the partner have the address {mail}; name one by object id",
                several.len()
            ))),
        }
    }
}

fn vetoes(ledger: &Ledger, person: PersonId, place: Option<Target>) -> Vec<(Target, GuestId)> {
    let here = ledger.rows.iter().filter(|(target, _)| place.is_none_or(|place| place == **target));
    here.flat_map(|(target, rows)| {
        let vetoed = rows.iter().filter(|(_, row)| row.person == person && row.vanished.is_some());
        vetoed.map(|(guest, _)| (*target, *guest))
    })
    .collect()
}

fn proposal(customer: &Customer, mail: &str, vetoes: &[(Target, GuestId)]) -> Proposal {
    let mut proposal = Proposal::new(&customer.name, customer.tenant_id, format!("unveto {mail}"));
    proposal.people = u32::from(!vetoes.is_empty());
    let word = |(target, _): &(Target, GuestId)| format!("{mail} may be added to {target} again");
    proposal.entries = vetoes.iter().map(word).collect();
    proposal.notes.push(
        "the next run adds whoever the configuration still wants; a guest whom the customer disabled or deleted is never touched again".into(),
    );
    proposal
}
