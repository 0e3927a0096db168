//! Where a customer's coming in is kept.

use crate::{Engine, Error};
use access::ids::TenantId;
use access::onboarding::Onboarding;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Document, Kept, UPDATE_ATTEMPTS_MAX};

/// A customer's coming in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct OnboardingDocument(pub(super) Onboarding);

impl Document for OnboardingDocument {
    const V: u32 = 1;
}

/// Which tenant a link was made for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct StateDocument {
    pub(super) tenant: TenantId,
}

impl Document for StateDocument {
    const V: u32 = 1;
}

/// The folder of the documents, by tenant.
pub(super) fn path(tenant: TenantId) -> String {
    format!("onboarding/{tenant}")
}

/// The folder of the links, by the hash of their state.
pub(super) fn state_path(hash: &str) -> String {
    format!("consent/{hash}")
}

/// What is kept of a state: whoever reads the store cannot come back with it.
pub(super) fn hashed(state: &str) -> String {
    crate::membership::partner::hex(&Sha256::digest(state.as_bytes()))
}

impl Engine {
    /// Changes what is kept of a customer, from nothing if need be, until nobody writes in between. `change` may be called
    /// several times, and only its last answer counts; an error changes nothing.
    pub(super) async fn change_onboarding<T, E: From<store::Error>>(
        &self,
        customer: &str,
        tenant: TenantId,
        mut change: impl FnMut(&mut Onboarding) -> Result<T, E>,
    ) -> Result<(Onboarding, T), E> {
        let path = path(tenant);
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let kept: Option<Kept<OnboardingDocument>> = self.store.read(&path).await?;
            let mut record =
                kept.as_ref().map_or_else(|| Onboarding::new(customer, tenant), |kept| kept.value.0.clone());
            let answer = change(&mut record)?;
            let document = OnboardingDocument(record);
            let written = match &kept {
                Some(kept) => self.store.replace(kept, document).await,
                None => self.store.create(&path, document).await,
            };
            match written {
                Ok(kept) => return Ok((kept.value.0, answer)),
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(store::Error::Conflict.into())
    }

    /// What is kept of a customer; `None`: nothing was ever begun, and nobody looked.
    ///
    /// # Errors
    /// A name that is not in the configuration, or the store.
    pub async fn onboarding(&self, customer: &str) -> Result<Option<Onboarding>, Error> {
        let tenant = self.customer(customer)?.tenant_id;
        let kept = self.store.read::<OnboardingDocument>(&path(tenant)).await?;
        Ok(kept.map(|kept| kept.value.0))
    }
}
