//! Which secrets the configuration refers to.

use super::apps::DEFAULT_APP;
use super::model::{CallerAuth, Config, Credential, SecretRef};
use super::store::StoreCredential;
use super::tickets::Desk;

/// Every reference to a secret, with the key that holds it; in the order of the files.
pub fn secrets(config: &Config) -> Vec<(SecretRef, String)> {
    let apps = config.all_apps().filter_map(|(name, app)| {
        let table = if name == DEFAULT_APP { "app".to_owned() } else { format!("apps.{name}") };
        match &app.credential {
            Credential::ClientSecret(secret) => Some((secret.clone(), format!("{table}.credential.client_secret"))),
            Credential::Certificate(secret) => Some((secret.clone(), format!("{table}.credential.certificate"))),
            Credential::ManagedIdentity(_) => None,
        }
    });
    let store = match &config.store_access.credential {
        Some(StoreCredential::AccountKey(key)) => Some((key.clone(), "store.credential.account_key".to_owned())),
        Some(StoreCredential::AccessKey { secret, .. }) => Some((secret.clone(), "store.credential.secret".to_owned())),
        Some(StoreCredential::ManagedIdentity(_)) | None => None,
    };
    let callers = config.callers.iter().flat_map(|(name, caller)| {
        let (scheme, secrets): (_, &[SecretRef]) = match &caller.auth {
            CallerAuth::ApiKey(secrets) => ("api_key", secrets),
            CallerAuth::StandardWebhooks(secrets) => ("standard_webhooks", secrets),
            CallerAuth::HubSignature(secrets) => ("hub_signature", secrets),
            CallerAuth::Zendesk(secrets) => ("zendesk", secrets),
            CallerAuth::Basic(secrets) => ("basic", secrets),
            CallerAuth::ConnectWise(secrets) => ("connectwise", secrets),
            CallerAuth::Autotask(secrets) => ("autotask", secrets),
            CallerAuth::Entra { .. } => ("entra", &[]),
        };
        let callback = caller.callback_auth.as_ref().map(|auth| {
            let (secret, scheme) = auth.secret();
            (secret.clone(), format!("callers.{name}.callback_auth.{scheme}"))
        });
        // Names with a dot are those of customers' webhooks, which only this scheme of theirs gives a secret.
        let key = match name.strip_prefix("alerts.").and_then(|name| name.strip_suffix(".key")) {
            Some(customer) => format!("customers.{customer}.break_glass.webhook.key"),
            None => format!("callers.{name}.auth.{scheme}"),
        };
        secrets.iter().map(move |secret| (secret.clone(), key.clone())).chain(callback)
    });
    let tickets = config.callers.iter().flat_map(|(name, caller)| {
        let secrets = caller.ticket.iter().flat_map(Desk::secrets);
        secrets.map(move |(secret, key)| (secret.clone(), format!("callers.{name}.ticket.{key}")))
    });
    let channels = config.channels.iter().flat_map(|(name, channel)| {
        let secrets = channel.service.secrets().into_iter();
        secrets.map(move |(secret, key)| (secret.clone(), format!("channels.{name}.{key}")))
    });
    let heartbeat = config.paging.heartbeat.iter().map(|url| (url.clone(), "break_glass.heartbeat".to_owned()));
    apps.chain(store).chain(callers).chain(tickets).chain(channels).chain(heartbeat).collect()
}
