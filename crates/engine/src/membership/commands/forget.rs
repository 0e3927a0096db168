//! `gatehouse forget`: we stop looking after what vanished from the configuration on purpose. Nothing is written to
//! Microsoft; the journal's chain stays.

use super::{Done, Go, Proposal, Told};
use crate::membership::dirty;
use crate::membership::documents::{Body, Head, LEASES, body_path, head_path};
use crate::membership::plans::RED;
use crate::{Engine, Error};
use access::config::{BreakGlass, Customer, Mode, Rights};
use access::ids::TenantId;
use access::ledger::{Entry, Ledger, forget_customer, forget_package};
use std::collections::BTreeSet;
use store::markers;

impl Engine {
    /// Shows what forgetting a package of a customer comes to, or does it: memberships of ours for which it asked, in
    /// places where it asks no more. Refused while the configuration names them.
    pub async fn forget_package(&self, customer: &str, package: &str, go: &Go) -> Result<Proposal, Error> {
        let customer = self.customer(customer)?;
        let entries = |ledger: &Ledger| {
            let entries = forget_package(ledger, customer, package, self.clock.now());
            let known = customer.packages.iter().any(|one| one.name == package);
            match entries.is_empty() {
                true if known => Err(Error::BadInput(format!(
                    "package {package} of {} is still in the configuration and names every place where it has memberships; nothing was changed",
                    customer.name
                ))),
                true => Err(Error::BadInput(format!(
                    "{} has no memberships of ours for a package {package} that nothing else asks for",
                    customer.name
                ))),
                false => Ok(entries),
            }
        };
        let command = format!("forget --package {package}");
        let proposal = self.forget(customer, command, go, entries, async || Ok(())).await?;
        if proposal.done.is_some() {
            self.mark_dirty(customer).await?;
        }
        Ok(proposal)
    }

    /// Shows what forgetting a whole customer (by tenant id, or by the name it had) comes to, or does it. Refused
    /// while the customer is in the configuration.
    pub async fn forget_customer(&self, customer: &str, go: &Go) -> Result<Proposal, Error> {
        let tenant = self.gone_tenant(customer).await?;
        let gone = gone(tenant, customer);
        let entries = |ledger: &Ledger| Ok(forget_customer(ledger, self.clock.now()));
        let mut proposal = self
            .forget(&gone, "forget".into(), go, entries, async || {
                // The body goes last: while it is there, the customer is listed as gone and can be forgotten again.
                let tenant_text = tenant.to_string();
                self.store.delete(&head_path(tenant)).await?;
                markers::clear(&self.store, RED, &tenant_text).await?;
                markers::clear(&self.store, dirty::MARKER, &tenant_text).await?;
                self.store.delete(&body_path(tenant)).await?;
                if let Err(error) = self.report_forgotten(tenant).await {
                    tracing::warn!(%tenant, %error, "the notice that it is gone ends within the hour");
                }
                Ok(())
            })
            .await?;
        proposal.notes.push(format!("its state is removed from the store; its journal stays (journal/{tenant})"));
        Ok(proposal)
    }

    async fn forget(
        &self,
        customer: &Customer,
        command: String,
        go: &Go,
        entries: impl Fn(&Ledger) -> Result<Vec<Entry>, Error>,
        clear: impl AsyncFnOnce() -> Result<(), Error>,
    ) -> Result<Proposal, Error> {
        match go {
            Go::Look => {
                let body = self.store.read::<Body>(&body_path(customer.tenant_id)).await?;
                let (_, ledger, _) = self.unfold(customer, body.as_ref().map(|kept| &kept.value)).await?;
                Ok(proposal(customer, command, &entries(&ledger)?))
            }
            Go::Do(told) => {
                self.under_lease(customer, async |lease| {
                    let mut chain = self.chain(customer, &lease).await?;
                    let entries = entries(&chain.ledger)?;
                    let mut proposal = proposal(customer, command, &entries);
                    Told::check(told, &customer.name, proposal.people)?;
                    let at = self.clock.now();
                    let applied = entries.len() as u32;
                    chain.note(told.entry(&proposal.command, at));
                    entries.into_iter().for_each(|entry| chain.note(entry));
                    chain.commit(at).await?;
                    proposal.done = Some(Done { applied, waiting: 0, failures: Vec::new(), number: chain.first });
                    clear().await?;
                    Ok(proposal)
                })
                .await
            }
        }
    }

    /// The tenant of a customer who is in the configuration no more.
    async fn gone_tenant(&self, customer: &str) -> Result<TenantId, Error> {
        let asked = customer.parse::<TenantId>().ok();
        let configured = self.config.customers.iter().find(|one| one.name == customer || Some(one.tenant_id) == asked);
        if let Some(one) = configured {
            return Err(Error::BadInput(format!(
                "{} is still in the configuration, so nothing is forgotten; take customers/{}.toml out first",
                one.name, one.name
            )));
        }
        let mut found = Vec::new();
        for path in self.store.list(LEASES).await? {
            let Ok(tenant) = path.trim_start_matches(LEASES).parse::<TenantId>() else { continue };
            if self.customer_of(tenant).is_some() {
                continue;
            }
            let body = self.store.read::<Body>(&body_path(tenant)).await?;
            let head = self.store.read::<Head>(&head_path(tenant)).await?;
            let name = body.as_ref().and_then(|kept| Some(kept.value.last.as_ref()?.customer.clone()));
            if Some(tenant) == asked && (body.is_some() || head.is_some()) || name.as_deref() == Some(customer) {
                found.push(tenant);
            }
        }
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(Error::BadInput(format!(
                "nothing is known of {customer} but perhaps a journal; there is nothing to forget"
            ))),
            several => Err(Error::BadInput(format!(
                "{} tenants were once named {customer}; name one by its tenant id",
                several.len()
            ))),
        }
    }
}

/// A customer who is in the configuration no more.
fn gone(tenant_id: TenantId, name: &str) -> Customer {
    Customer {
        name: name.into(),
        display_name: name.into(),
        tenant_id,
        mode: Mode::Paused,
        app: None,
        rights: Rights::Consent,
        domains: BTreeSet::new(),
        deny: None,
        protect: BTreeSet::new(),
        packages: Vec::new(),
        break_glass: BreakGlass::default(),
    }
}

fn proposal(customer: &Customer, command: String, entries: &[Entry]) -> Proposal {
    let mut proposal = Proposal::new(&customer.name, customer.tenant_id, command);
    let mut guests = BTreeSet::new();
    for entry in entries {
        match entry {
            Entry::Forgotten { target, guest, .. } => {
                guests.insert(*guest);
                proposal.entries.push(format!("guest {guest} in {target}: not looked after any more, stays there"));
            }
            Entry::GuestForgotten { guest, .. } => {
                guests.insert(*guest);
                proposal.entries.push(format!("guest {guest}: not looked after any more, stays as they are"));
            }
            Entry::GrantSettled { request, .. } => {
                proposal.entries.push(format!("request {request}: its end is not looked after any more"));
            }
            _ => {}
        }
    }
    proposal.people = guests.len() as u32;
    proposal.notes.push("nothing is written to Microsoft: who has access there keeps it".into());
    proposal
}
