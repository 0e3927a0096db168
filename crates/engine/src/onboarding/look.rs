//! A look at how far a customer is.

use super::begin::Begin;
use crate::{Engine, Error};
use access::onboarding::{Case, Facts, Look, Onboarding, granted, look};
use access::permissions::Permission;
use futures::stream::{StreamExt, TryStreamExt};
use std::time::Duration;

/// How many customers' documents are read at once.
const AT_ONCE_MAX: usize = 16;

/// What stands for the link in a fix: it is made when somebody asks for it, and lives for a quarter of an hour.
const LINK: &str = "the link of gatehouse onboard";

/// What a look found.
#[derive(Debug, Clone)]
pub struct Looked {
    /// What is kept by now.
    pub record: Onboarding,
    /// Every permission that the configuration needs, and whether it was given; `None`: not known.
    pub permissions: Vec<(Permission, Option<bool>)>,
}

impl Engine {
    /// Reads what the customer's configuration needs of its tenant, judges it and keeps what was found. Where somebody
    /// consented moments ago, the token is asked for again for as long as `patience` lasts.
    ///
    /// # Errors
    /// A name that is not in the configuration, or the store. What Microsoft refuses is a finding.
    pub async fn look_onboarding(&self, customer: &str, patience: Duration) -> Result<Looked, Error> {
        let customer = self.customer(customer)?;
        let before = self.onboarding(&customer.name).await?;
        let before = before.unwrap_or_else(|| Onboarding::new(&customer.name, customer.tenant_id));
        let facts = self.read_onboarding(customer, &before, patience).await;
        let at = self.clock.now();
        let (record, permissions) = self
            .change_onboarding::<_, Error>(&customer.name, customer.tenant_id, |record| {
                let copy = record.clone();
                let case = Case { config: &self.config, customer, record: &copy, facts: &facts, link: LINK };
                record.looked(&customer.name, Look { at, findings: look(&case) }, name(&facts));
                Ok(granted(&case))
            })
            .await?;
        Ok(Looked { record, permissions })
    }

    /// What is kept of every customer of the configuration, by name.
    ///
    /// # Errors
    /// The store.
    pub async fn onboardings(&self) -> Result<Vec<(String, Option<Onboarding>)>, Error> {
        futures::stream::iter(&self.config.customers)
            .map(async |customer| Ok((customer.name.clone(), self.onboarding(&customer.name).await?)))
            .buffered(AT_ONCE_MAX)
            .try_collect()
            .await
    }

    /// Says which domain the tenant must have verified, without making a link.
    ///
    /// # Errors
    /// As [`Engine::begin_onboarding`].
    pub async fn expect_domain(&self, wish: &Begin<'_>) -> Result<(), Error> {
        let customer = self.customer(wish.customer)?;
        let Some(text) = wish.domain else { return Ok(()) };
        let domain = super::begin::read_domain(text)?;
        let at = self.clock.now();
        self.change_onboarding::<_, Error>(&customer.name, customer.tenant_id, |record| {
            record.expects(&domain, wish.by, at);
            Ok(())
        })
        .await?;
        Ok(())
    }
}

fn name(facts: &Facts) -> Option<String> {
    facts.organization.as_ref().ok()?.as_ref()?.name.clone()
}
