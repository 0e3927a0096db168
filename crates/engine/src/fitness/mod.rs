//! The fitness of a customer's break-glass accounts: reads what `access::fitness` judges.
//!
//! Nothing is written, and a piece that cannot be read leaves the others as they are. Graph is asked in two waves, since
//! which groups matter follows from the policies; Azure is asked meanwhile.

mod accounts;
pub(crate) mod azure;
mod shapes;
mod tenant;
pub(crate) mod unread;

use crate::{Engine, Error};
use access::config::Customer;
use access::fitness::{Case, Cause, Facts, GLOBAL_ADMINISTRATOR, Read, Report, Unread, audit, exclusion_groups};
use accounts::{ask_account, read_account};
use azure::read_azure;
use cloud::graph::fitness::About;
use cloud::graph::{Answer, Ask, Reader};
use futures::future::join;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenant::{
    administrators, ask_group, certificates, domain, fido2, group, holders, people_in, policies, security_defaults,
};

impl Engine {
    /// Audits the customer's break-glass accounts. `last_drill` is when a drill was last carried through, by our own record.
    ///
    /// # Errors
    /// A name that is not in the configuration. Whatever cannot be read is in the report as unknown, and why.
    pub async fn audit_break_glass(
        &self,
        customer: &str,
        last_drill: Read<Option<Timestamp>>,
    ) -> Result<Report, Error> {
        let customer = self.customer(customer)?;
        let facts = self.read_fitness(customer, last_drill).await;
        let (declared, now) = (&customer.break_glass, self.clock.now());
        Ok(audit(&Case { customer: &customer.name, declared, facts: &facts, now }))
    }

    /// When a drill of this customer last went as it should, by our own record.
    ///
    /// # Errors
    /// A name that is not in the configuration. A record that cannot be read is unread, and why.
    pub async fn last_drill_of(&self, customer: &str) -> Result<Read<Option<Timestamp>>, Error> {
        let tenant = self.customer(customer)?.tenant_id;
        let last = self.last_drill(tenant).await;
        Ok(last.map_err(|error| Unread::new(Cause::Failed, format!("our own record of drills: {error}"))))
    }

    async fn read_fitness(&self, customer: &Customer, last_drill: Read<Option<Timestamp>>) -> Facts {
        let reader = self.graph.reader(customer.tenant_id.0);
        let (mut facts, azure) =
            join(first_wave(&reader, customer, last_drill), read_azure(&self.graph, customer, self.clock.now())).await;
        azure.into_facts(&mut facts);
        second_wave(&reader, customer, &mut facts).await;
        facts
    }
}

/// The answers of one wave, taken in the order of its questions.
struct Answers(std::vec::IntoIter<Result<Answer, cloud::Error>>);

impl Answers {
    fn next(&mut self) -> Result<Answer, cloud::Error> {
        self.0.next().expect("one answer for each question")
    }
}

async fn ask(reader: &Reader, asks: Vec<Ask>) -> Answers {
    Answers(reader.ask(asks).await.into_iter())
}

/// Everything that can be asked without having read anything.
async fn first_wave(reader: &Reader, customer: &Customer, last_drill: Read<Option<Timestamp>>) -> Facts {
    let accounts = &customer.break_glass.accounts;
    let domains: BTreeSet<String> = accounts.iter().filter_map(|account| domain_of(&account.upn)).collect();
    let mut asks: Vec<Ask> = accounts.iter().flat_map(|account| ask_account(account.id.0)).collect();
    asks.extend([About::SecurityDefaults, About::Policies, About::Fido2, About::Certificates].map(Ask::Fitness));
    asks.push(Ask::RoleHolders { role: GLOBAL_ADMINISTRATOR.0 });
    asks.extend(domains.iter().map(|name| Ask::Fitness(About::Domain { name: name.clone() })));
    // One request each, a second apart: last, so that they keep nothing else waiting.
    asks.extend(accounts.iter().map(|account| Ask::Fitness(About::Risk { user: account.id.0 })));
    let mut answers = ask(reader, asks).await;
    let mut found: Vec<_> = accounts.iter().map(|account| read_account(account, &mut answers)).collect();
    let security_defaults = security_defaults(answers.next());
    let policies = policies(answers.next());
    let (fido2, certificates) = (fido2(answers.next()), certificates(answers.next()));
    let administrators = holders(answers.next(), accounts);
    let domains = domains.into_iter().map(|name| (name, domain(answers.next()))).collect();
    for account in &mut found {
        account.risk = accounts::risk(answers.next());
    }
    Facts {
        accounts: found,
        domains,
        security_defaults,
        policies,
        fido2,
        certificates,
        administrators,
        last_drill,
        ..azure::nothing()
    }
}

/// What follows from the first: the groups of the exclusions, what stands behind other administrators, and the domains of
/// accounts that are not named as declared.
async fn second_wave(reader: &Reader, customer: &Customer, facts: &mut Facts) {
    let groups = exclusion_groups(facts, &customer.break_glass);
    let others = people_in(&facts.administrators);
    let names: BTreeSet<String> = facts
        .accounts
        .iter()
        .filter_map(|account| account.user.as_ref().ok()?.as_ref()?.upn.as_deref())
        .filter_map(domain_of)
        .filter(|name| !facts.domains.contains_key(name))
        .collect();
    let mut asks: Vec<Ask> = groups.iter().flat_map(|group| ask_group(*group)).collect();
    asks.extend(others.iter().map(|id| Ask::Fitness(About::GroupContents { group: *id })));
    asks.extend(names.iter().map(|name| Ask::Fitness(About::Domain { name: name.clone() })));
    if asks.is_empty() {
        return;
    }
    let mut answers = ask(reader, asks).await;
    facts.groups = groups.into_iter().map(|id| (id, group(&mut answers))).collect::<BTreeMap<_, _>>();
    administrators(&mut facts.administrators, &others, &mut answers);
    facts.domains.extend(names.into_iter().map(|name| (name, domain(answers.next()))));
}

/// The domain of a user principal name, lower case.
fn domain_of(upn: &str) -> Option<String> {
    upn.rsplit_once('@').map(|(_, domain)| domain.to_lowercase())
}
