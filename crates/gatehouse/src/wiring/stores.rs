//! What it takes to get into the object store that the configuration names.

use super::Place;
use crate::settings::{AWS_KEYS, STORAGE_TOKEN, Settings};
use access::config::{self, Cloud, Config, StoreCredential, StorePlace};
use async_trait::async_trait;
use cloud::{Identity, IdentityTokens};
use outside::{Clock, Https, PlainLocal};
use std::sync::Arc;
use store::{Keys, Objects, Tokens};

/// Azure Storage's own name for itself in every cloud (page "Authorize access to blobs using Microsoft Entra ID").
const STORAGE: &str = "https://storage.azure.com/";

/// The way to the object store; `None` for a store on this machine. Nothing is sent yet.
///
/// Simulated tenants have no simulated store: this is always the real way out.
pub(super) fn objects(place: &Place, config: &Config) -> Result<Option<Objects>, String> {
    let named = StorePlace::parse(&config.store_url).map_err(str::to_owned)?;
    if !named.is_remote() {
        return Ok(None);
    }
    let keys = keys(place, config, &named)?;
    Ok(Some(Objects {
        transport: Arc::new(Https::new(place.extra_roots(config)?)),
        clock: place.doors.clock.clone(),
        random: place.doors.random.clone(),
        endpoint: config.store_access.endpoint.clone().or_else(|| endpoint(&named, &config.cloud)),
        region: config.store_access.region.clone().or_else(|| place.settings.aws_region.clone()),
        keys,
    }))
}

/// The way to the store of a published configuration, with what the environment alone gives; `None` for one on this
/// machine.
pub(super) fn published(place: &Place, url: &str) -> Result<Option<Objects>, String> {
    let named = StorePlace::parse(url).map_err(str::to_owned)?;
    let clock = place.doors.clock.clone();
    let keys = match (&named, &place.settings.storage_token) {
        (StorePlace::Azure { .. }, Some(token)) => Keys::Tokens(Arc::new(OfPerson(token.clone()))),
        (StorePlace::Azure { .. }, None) => identity(&place.settings, place.settings.azure_client_id.clone(), clock)
            .map_err(|why| format!("{why}; a person sets {STORAGE_TOKEN} to what `az account get-access-token --resource https://storage.azure.com/ --query accessToken --output tsv` prints"))?,
        (StorePlace::S3 { .. }, _) => match &place.settings.aws_own {
            Some(keys) => of_aws(keys),
            None => return Err(format!("{} and {} are not set", AWS_KEYS[0], AWS_KEYS[1])),
        },
        (StorePlace::Memory | StorePlace::Folder(_), _) => return Ok(None),
    };
    Ok(Some(Objects {
        transport: Arc::new(Https::new(Vec::new())),
        clock: place.doors.clock.clone(),
        random: place.doors.random.clone(),
        endpoint: place.settings.config_endpoint.clone(),
        region: place.settings.aws_region.clone(),
        keys,
    }))
}

/// The service's base in the sovereign clouds (page "Compare Azure Government and global Azure" and its like for China).
fn endpoint(named: &StorePlace, cloud: &Cloud) -> Option<String> {
    let StorePlace::Azure { account, .. } = named else { return None };
    match cloud {
        Cloud::UsGovernment => Some(format!("https://{account}.blob.core.usgovcloudapi.net")),
        Cloud::China => Some(format!("https://{account}.blob.core.chinacloudapi.cn")),
        Cloud::Public | Cloud::Custom { .. } => None,
    }
}

fn keys(place: &Place, config: &Config, named: &StorePlace) -> Result<Keys, String> {
    let secret = |secret: &config::SecretRef, key: &str| {
        place.secret_text(secret).map_err(|why| format!("credential.{key}: {why}"))
    };
    match (&config.store_access.credential, named) {
        (Some(StoreCredential::AccountKey(key)), _) => Ok(Keys::Account(secret(key, "account_key")?)),
        (Some(StoreCredential::AccessKey { id, secret: of }), _) => {
            Ok(Keys::Aws { id: id.clone(), secret: secret(of, "secret")?, session: None })
        }
        (Some(StoreCredential::ManagedIdentity(id)), _) => {
            identity(&place.settings, Some(id.to_string()), place.doors.clock.clone())
        }
        (None, StorePlace::S3 { .. }) => role(&place.settings),
        (None, _) => match &config.app.credential {
            config::Credential::ManagedIdentity(id) => {
                identity(&place.settings, Some(id.to_string()), place.doors.clock.clone())
            }
            config::Credential::ClientSecret(_) | config::Credential::Certificate(_) => {
                Err("credential: nothing says who we are there; write credential = { managed_identity = … }".into())
            }
        },
    }
}

/// Tokens of a managed identity of the machine; `None`: of the one that it gave to the whole app.
pub(crate) fn identity(settings: &Settings, client_id: Option<String>, clock: Arc<dyn Clock>) -> Result<Keys, String> {
    let (endpoint, header) =
        settings.identity.clone().ok_or("this machine has no managed identity (IDENTITY_ENDPOINT is not set)")?;
    let identity = Identity { client_id, endpoint, header, local: Arc::new(PlainLocal::default()) };
    Ok(Keys::Tokens(Arc::new(OfIdentity(IdentityTokens::new(identity, STORAGE, clock)))))
}

/// The credentials of the function's role.
pub(crate) fn role(settings: &Settings) -> Result<Keys, String> {
    let keys = settings.aws.as_ref().ok_or(
        "credential: AWS Lambda did not start us, so there is no role; write credential = { access_key = …, secret = … }",
    )?;
    Ok(of_aws(keys))
}

fn of_aws(keys: &notify::AwsKeys) -> Keys {
    Keys::Aws {
        id: keys.id.reveal().to_owned(),
        secret: keys.secret.reveal().to_owned(),
        session: keys.session.as_ref().map(|session| session.reveal().to_owned()),
    }
}

/// What somebody was given for an hour. There is no other when it has ended.
struct OfPerson(cloud::SecretText);

#[async_trait]
impl Tokens for OfPerson {
    async fn token(&self) -> Result<String, String> {
        Ok(self.0.reveal().to_owned())
    }

    async fn forget(&self) {}
}

struct OfIdentity(IdentityTokens);

#[async_trait]
impl Tokens for OfIdentity {
    async fn token(&self) -> Result<String, String> {
        Ok(self.0.token().await?.reveal().to_owned())
    }

    async fn forget(&self) {
        self.0.forget().await;
    }
}

#[cfg(test)]
mod tests;
