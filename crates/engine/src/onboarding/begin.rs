//! A link is made.

use super::document::{StateDocument, hashed, state_path};
use crate::{Engine, Error};
use access::config::Customer;
use access::ids::ObjectId;
use access::onboarding::record::LINK_LIFE;
use access::onboarding::{Link, Onboarding, domain};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

/// The bytes of a link's state.
const STATE_BYTES: usize = 32;

/// Somebody wants a link.
#[derive(Debug, Clone, Copy)]
pub struct Begin<'a> {
    /// The customer's name.
    pub customer: &'a str,
    /// Who wants it.
    pub by: &'a str,
    /// A domain that the customer gave in the order; `None`: as before.
    pub domain: Option<&'a str>,
}

/// A link was made.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The address for an administrator of the customer. It is a secret until it was used: whoever has it can say that
    /// somebody consented.
    pub url: String,
    /// Until when the call-back is taken.
    pub until: Timestamp,
    /// What is kept.
    pub record: Onboarding,
}

impl Engine {
    /// Makes a link to Microsoft's consent page for an administrator of the customer. Links made before stay good.
    ///
    /// # Errors
    /// [`Error::BadInput`] where nobody knows where the browser is to come back to, or for a domain that is none.
    pub async fn begin_onboarding(&self, wish: &Begin<'_>) -> Result<Begun, Error> {
        let customer = self.customer(wish.customer)?;
        let redirect = self.consent_redirect().ok_or_else(|| {
            Error::BadInput(
                "it is not known where Microsoft's consent page sends the browser back to: say it in gatehouse.toml, \
                 [onboarding] redirect = \"https://HOST/api/v1/consent\", exactly as the app registration lists it"
                    .into(),
            )
        })?;
        let domain = wish.domain.map(read_domain).transpose()?;
        let state = {
            let mut bytes = [0; STATE_BYTES];
            self.random.fill(&mut bytes);
            URL_SAFE_NO_PAD.encode(bytes)
        };
        let (hash, made, app) = (hashed(&state), self.clock.now(), self.app_of(customer));
        let tenant_id = customer.tenant_id;
        let link = Link { hash, app, tenant_id, by: wish.by.into(), made, until: made + LINK_LIFE, used: None };
        // First, so that no link is given out that leads nowhere.
        self.store.create(&state_path(&link.hash), StateDocument { tenant: tenant_id }).await?;
        let until = link.until;
        let (record, dropped) = self
            .change_onboarding::<_, Error>(&customer.name, tenant_id, |record| {
                if let Some(domain) = &domain {
                    record.expects(domain, wish.by, made);
                }
                Ok(record.begun(link.clone()))
            })
            .await?;
        for hash in dropped {
            if let Err(error) = self.store.delete(&state_path(&hash)).await {
                tracing::warn!(%error, "a link that is over is still kept");
            }
        }
        let url = self.graph.consent_link(tenant_id.0, app.0, &redirect, &state);
        Ok(Begun { url, until, record })
    }

    /// Where Microsoft's consent page sends the browser back to.
    pub fn consent_redirect(&self) -> Option<String> {
        let own = || self.public_host().map(|host| format!("{host}/api/v1/consent"));
        self.config.consent_redirect.clone().or_else(own)
    }

    /// The app that the customer consents to.
    pub(super) fn app_of(&self, customer: &Customer) -> ObjectId {
        self.config.app_of(customer).client_id
    }
}

pub(super) fn read_domain(text: &str) -> Result<String, Error> {
    domain(text).ok_or_else(|| Error::BadInput(format!("{text:?} is not the name of a domain")))
}
