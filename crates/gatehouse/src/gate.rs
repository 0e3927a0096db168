//! The gate of the HTTP API: the configured callers, the time that signatures are held against, and the keys of tokens.

mod key_sets;

pub(crate) use key_sets::KeySets;

use access::config::{Config, May};
use async_trait::async_trait;
use callers::Callers;
use functions::{Denied, Gate, Known};
use http::request::Parts;
use outside::Clock;
use std::sync::Arc;

/// No customer has this name: a file's name is never empty.
const NOBODY: &str = "";

/// Tells the configured callers apart.
pub struct Configured {
    callers: Callers,
    customers: Vec<String>,
    clock: Arc<dyn Clock>,
    key_sets: KeySets,
}

impl Configured {
    /// A gate for these callers of this configuration.
    pub(crate) fn new(callers: Callers, config: &Config, clock: Arc<dyn Clock>, key_sets: KeySets) -> Self {
        let customers = config.customers.iter().map(|customer| customer.name.clone()).collect();
        Self { callers, customers, clock, key_sets }
    }
}

#[async_trait]
impl Gate for Configured {
    async fn identify(&self, parts: &Parts, body: &[u8]) -> Result<Known, Denied> {
        let (mut keys, mut out_of_reach) = (None, None);
        if let Some(wanted) = self.callers.wants(parts, self.clock.now()) {
            match self.key_sets.get(&wanted).await {
                Ok(found) => keys = Some(found),
                Err(why) => out_of_reach = Some(why),
            }
        }
        let known = self.callers.identify(parts, body, self.clock.now(), keys.as_deref());
        let known = known.map_err(|_| out_of_reach.map_or(Denied::Wrong, Denied::Unavailable))?;
        const RIGHTS: [May; 6] = [May::Request, May::Approve, May::Alert, May::Operate, May::Release, May::Read];
        // Only a caller without a list may see a name that is on no list.
        let limited = !known.may_see(NOBODY);
        let seen = || self.customers.iter().filter(|name| known.may_see(name)).cloned().collect();
        Ok(Known {
            name: known.name.to_owned(),
            may: RIGHTS.into_iter().filter(|right| known.may(*right)).collect(),
            customers: limited.then(seen),
            account: known.person.as_ref().map(|person| (person.tenant, person.object)),
            person: known.person.as_ref().map(|person| person.address.clone()),
            delivery: known.delivery.clone(),
            invocation: known.invocation.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
