//! Somebody comes back from Microsoft's consent page.

use super::document::{StateDocument, hashed, state_path};
use crate::{Engine, Error};
use access::config::Customer;
use access::onboarding::{CallBack, Landing, Onboarding, Refusal, Rejected, Stage};
use std::time::Duration;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landed {
    /// Nothing was changed, and why. Whoever sits in front of the browser is told the same whatever the reason is.
    Nothing(Rejected),
    /// Nobody consented.
    Refused {
        /// The customer's name.
        customer: String,
        /// Why, and what to do.
        refusal: Refusal,
    },
    /// The browser comes from another tenant than the one that was invited.
    WrongTenant {
        /// The customer's name.
        customer: String,
    },
    /// Somebody consented.
    Consented {
        /// The customer's name.
        customer: String,
        /// What people call it.
        display_name: String,
        /// How far the customer is by now.
        stage: Stage,
    },
}

/// Why a call-back was not taken.
enum Not {
    Rejected(Rejected),
    Store(store::Error),
}

impl From<store::Error> for Not {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl Engine {
    /// Takes the query of a call-back. Nothing is changed without a state of ours that is open and was never used. A consent
    /// is then proven: by a token, by what the tenant says of itself. `patience` is how long that may take; what is not done
    /// by then the next look does.
    ///
    /// # Errors
    /// The store. The link is not used up then, unless the store did not say.
    pub async fn consent_call_back(&self, query: &str, patience: Duration) -> Result<Landed, Error> {
        let nothing = |rejected: Rejected| {
            tracing::info!(why = rejected.words(), "a call-back from the consent page was not taken");
            Ok(Landed::Nothing(rejected))
        };
        let Some(call) = CallBack::read(query) else { return nothing(Rejected::Unknown) };
        let hash = hashed(&call.state);
        let known = self.store.read::<StateDocument>(&state_path(&hash)).await?;
        let customer = known.and_then(|known| self.customer_of(known.value.tenant));
        let Some(customer) = customer else { return nothing(Rejected::Unknown) };
        match self.come_back(customer, &hash, &call).await {
            Err(Not::Rejected(rejected)) => nothing(rejected),
            Err(Not::Store(error)) => Err(error.into()),
            Ok((_, Landing::Refused(refusal))) => Ok(Landed::Refused { customer: customer.name.clone(), refusal }),
            Ok((_, Landing::WrongTenant)) => Ok(Landed::WrongTenant { customer: customer.name.clone() }),
            Ok((record, Landing::Consented)) => {
                let stage = match self.look_onboarding(&customer.name, patience).await {
                    Ok(looked) => looked.record.stage,
                    Err(error) => {
                        tracing::warn!(%error, customer = customer.name, "a consent was not looked at yet");
                        record.stage
                    }
                };
                let (customer, display_name) = (customer.name.clone(), customer.display_name.clone());
                Ok(Landed::Consented { customer, display_name, stage })
            }
        }
    }

    async fn come_back(&self, customer: &Customer, hash: &str, call: &CallBack) -> Result<(Onboarding, Landing), Not> {
        let (app, now) = (self.app_of(customer), self.clock.now());
        self.change_onboarding(&customer.name, customer.tenant_id, |record| {
            record.came_back(hash, call, app, now).map_err(Not::Rejected)
        })
        .await
    }
}
