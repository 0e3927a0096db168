//! How the world must look in the end: everybody wanted is in, nobody else of the partner's is, and the books are right.

use super::wishes::{Place, wishes};
use super::{Checkers, inside};
use crate::world::World;
use access::ids::{GuestId, TenantId};
use access::ledger::{Entry, Ledger};
use access::plan::Target;
use engine::membership::documents::{Body, body_path};
use engine::membership::orders::{ORDERS, OrdersDocument, PROGRAM};
use std::collections::BTreeSet;
use store::journal::{self, Journal};
use uuid::Uuid;

impl Checkers {
    /// What is still missing, or too much, or left to do; nothing when the world has converged. `either` names
    /// memberships that may be there or not, such as those that the customer took away.
    pub(crate) async fn not_converged(&self, world: &World, either: &BTreeSet<(Uuid, String)>) -> Vec<String> {
        let mut left = Vec::new();
        let live = wishes(self, &self.seen().barred);
        for (tenant, place, wanted) in live.places() {
            let handle = self.tenant(tenant);
            let places: Vec<Place> = match place {
                Place::Created => {
                    let made = self.seen().created.get(&tenant).cloned().unwrap_or_default();
                    made.into_iter().map(Place::Object).collect()
                }
                place => vec![place],
            };
            if places.is_empty() {
                left.push(format!("the group of ours in {tenant} was never made"));
            }
            // Whoever is deleted keeps the membership, unseen.
            let alive = handle.users();
            for place in places {
                let ours = inside(&handle, place).into_iter().filter(|member| alive.contains(member));
                let inside: BTreeSet<String> = ours.filter_map(|member| handle.mail(member)).collect();
                let is_either =
                    |mail: &str| matches!(place, Place::Object(target) if either.contains(&(target, mail.to_owned())));
                let people = |mail: &&String| mail.ends_with(crate::world::DOMAIN) && !is_either(mail);
                left.extend(
                    wanted.difference(&inside).filter(people).map(|mail| format!("{mail} is not in {place:?}")),
                );
                left.extend(
                    inside.difference(wanted).filter(people).map(|mail| format!("{mail} is still in {place:?}")),
                );
            }
        }
        match world.engine().plan(&[]).await {
            Ok(plan) => {
                for part in plan.customers {
                    left.extend(part.steps.iter().map(|step| format!("{}: {} is planned", part.customer, step.action)));
                    left.extend(part.held.iter().map(|held| format!("{}: {}", part.customer, held.text)));
                }
            }
            Err(error) => left.push(format!("nothing can be planned: {error}")),
        }
        let health = world.engine().health(true).await;
        left.extend(health.red.into_iter().flatten().map(|red| format!("red: {} {}", red.code, red.text)));
        left
    }

    /// What is wrong with the journals: each customer's must be whole and fold to the ledger that is stored, and the
    /// program's must be whole and tell of every order.
    pub(crate) async fn wrong_books(&self, world: &World) -> Vec<String> {
        let store = world.engine().store().clone();
        let mut wrong = Vec::new();
        if let Some(orders) = store.read::<OrdersDocument>(ORDERS).await.expect("the store works") {
            let report = journal::verify(&store, PROGRAM, orders.value.chain).await.expect("the store works");
            wrong.extend(report.problems.iter().map(|problem| format!("the program: {problem:?}")));
            wrong.extend(orders.value.owed.iter().map(|note| format!("not in the journal: {note}")));
        }
        for customer in &self.config.customers {
            let chain = customer.tenant_id.to_string();
            let report = journal::verify(&store, &chain, None).await.expect("the store works");
            wrong.extend(report.problems.iter().map(|problem| format!("{}: {problem:?}", customer.name)));
            let mut ledger = Ledger::default();
            let mut journal = Journal::<Entry>::from_start(&store, &chain).expect("a chain");
            while let Some(block) = journal.next().await.expect("a block") {
                block.entries.iter().for_each(|entry| ledger.fold(entry));
            }
            let path = body_path(TenantId(customer.tenant_id.0));
            let body = store.read::<Body>(&path).await.expect("the store works");
            if body.is_some_and(|body| body.value.ledger != ledger) {
                wrong.push(format!("{}: the ledger is not what the journal folds to", customer.name));
            }
            wrong.extend(self.wrong_owners(customer.tenant_id.0, &ledger));
        }
        wrong
    }

    /// Guests and memberships that the ledger counts as ours though they are not, or the other way round.
    fn wrong_owners(&self, tenant: Uuid, ledger: &Ledger) -> Vec<String> {
        let seen = self.seen();
        let handle = self.tenant(tenant);
        let mut wrong = Vec::new();
        for row in ledger.guests.values() {
            if row.ours != seen.guests.contains(&row.guest.0) {
                wrong.push(format!("guest {}: ours by the ledger: {}", row.guest, row.ours));
            }
        }
        let known: BTreeSet<Uuid> = ledger.guests.values().map(|row| row.guest.0).collect();
        let of_tenant = seen.guests.iter().filter(|guest| handle.users().contains(guest));
        wrong.extend(
            of_tenant.filter(|guest| !known.contains(guest)).map(|guest| format!("guest {guest} is forgotten")),
        );
        for (target, rows) in &ledger.rows {
            let place = match target {
                Target::Group(id) => Place::Object(id.0),
                Target::Unit(id) => Place::Object(id.0),
                Target::Role(role, unit) => Place::Role(role.0, unit.0),
            };
            for guest in inside(&handle, place) {
                let (by_ledger, by_world) = (rows.contains_key(&GuestId(guest)), seen.ours.contains(&(place, guest)));
                if by_ledger != by_world {
                    wrong.push(format!("{guest} in {place:?}: ours by the ledger: {by_ledger}, in truth: {by_world}"));
                }
            }
        }
        wrong
    }
}
