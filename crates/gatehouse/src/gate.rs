//! The gate of the HTTP API: the configured callers, and the time that signatures are held against.

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
}

impl Configured {
    /// A gate for these callers of this configuration.
    pub fn new(callers: Callers, config: &Config, clock: Arc<dyn Clock>) -> Self {
        let customers = config.customers.iter().map(|customer| customer.name.clone()).collect();
        Self { callers, customers, clock }
    }
}

#[async_trait]
impl Gate for Configured {
    async fn identify(&self, parts: &Parts, body: &[u8]) -> Result<Known, Denied> {
        let known = self.callers.identify(parts, body, self.clock.now()).map_err(|_| Denied::Wrong)?;
        const RIGHTS: [May; 6] = [May::Request, May::Approve, May::Alert, May::Operate, May::Release, May::Read];
        // Only a caller without a list may see a name that is on no list.
        let limited = !known.may_see(NOBODY);
        let seen = || self.customers.iter().filter(|name| known.may_see(name)).cloned().collect();
        Ok(Known {
            name: known.name.to_owned(),
            may: RIGHTS.into_iter().filter(|right| known.may(*right)).collect(),
            customers: limited.then(seen),
            person: None,
        })
    }
}

#[cfg(test)]
mod tests;
