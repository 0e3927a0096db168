//! What it takes to get into the object store that the configuration names.

use super::{NO_IDENTITY, Place};
use crate::settings::{AWS_KEYS, Settings};
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
        (StorePlace::Azure { .. }, None) => {
            identity(&place.settings, place.settings.azure_client_id.clone(), clock).map_err(str::to_owned)?
        }
        (StorePlace::S3 { .. }, _) => match &place.settings.aws_own {
            Some(keys) => of_aws(keys),
            None => return Err(no_aws_keys()),
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
        (None, StorePlace::S3 { .. }) => of_environment(&place.settings),
        (Some(StoreCredential::ManagedIdentity(id)), _) => {
            token_or_identity(&place.settings, id.to_string(), place.doors.clock.clone())
        }
        (None, _) => match &config.app.credential {
            config::Credential::ManagedIdentity(id) => {
                token_or_identity(&place.settings, id.to_string(), place.doors.clock.clone())
            }
            config::Credential::ClientSecret(_) | config::Credential::Certificate(_) => {
                Err("credential: nothing says who we are there; write credential = { managed_identity = … }".into())
            }
        },
    }
}

/// Tokens of a managed identity of the machine; `None`: of the one that it gave to the whole app.
fn identity(settings: &Settings, client_id: Option<String>, clock: Arc<dyn Clock>) -> Result<Keys, &'static str> {
    let (endpoint, header) = settings.identity.clone().ok_or(NO_IDENTITY)?;
    let identity = Identity { client_id, endpoint, header, local: Arc::new(PlainLocal::default()) };
    Ok(Keys::Tokens(Arc::new(OfIdentity(IdentityTokens::new(identity, STORAGE, clock)))))
}

/// A person's token where people give commands, else the identity that the configuration names: a token of an hour that
/// was left in a host's settings must not stop it.
fn token_or_identity(settings: &Settings, client_id: String, clock: Arc<dyn Clock>) -> Result<Keys, String> {
    match settings.storage_token.as_ref().filter(|_| settings.is_desk()) {
        Some(token) => Ok(Keys::Tokens(Arc::new(OfPerson(token.clone())))),
        None => identity(settings, Some(client_id), clock).map_err(|why| format!("credential: {why}")),
    }
}

/// The credentials of the function's role, or of the person who gives a command.
fn of_environment(settings: &Settings) -> Result<Keys, String> {
    settings.aws_own.as_ref().map(of_aws).ok_or_else(|| format!("credential: {}", no_aws_keys()))
}

fn no_aws_keys() -> String {
    format!("{} and {} are not set", AWS_KEYS[0], AWS_KEYS[1])
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
