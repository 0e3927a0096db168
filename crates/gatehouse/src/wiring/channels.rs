//! How people are told: the channels with their secrets, and the ways out.

use super::Place;
use access::config::{self, Config};
use access::ids::TenantId;
use async_trait::async_trait;
use cloud::graph::Graph;
use notify::{Channel, Heartbeat, SecretText, Tokens, Ways};
use outside::Smtp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a page waits for a token: as long as for a service's answer.
const SIGN_IN_WITHIN: Duration = Duration::from_secs(10);

impl Place {
    /// The channels with their secrets. One whose secret cannot be read is not left out: what was to go there is tried
    /// again, and `health` says why it did not arrive.
    pub(super) fn channels(&self, config: &Config) -> BTreeMap<String, Result<Channel, String>> {
        let resolve = |(name, channel): (&String, &config::Channel)| {
            let resolved = Channel::resolve(channel, |secret| self.settings.secret(secret, &self.folder));
            if let Err(why) = &resolved {
                tracing::error!(channel = name, why, "nothing can be sent to the channel");
            }
            (name.clone(), resolved)
        };
        config.channels.iter().map(resolve).collect()
    }

    /// Where a sign of life goes, if the configuration says so. An address that cannot be used is red in `health`.
    pub(super) fn heartbeat(&self, config: &Config) -> Result<Option<Heartbeat>, String> {
        let Some(secret) = &config.paging.heartbeat else { return Ok(None) };
        let address = self.settings.secret(secret, &self.folder);
        if let Err(why) = &address {
            tracing::error!(why, "[break_glass] heartbeat cannot be called");
        }
        Ok(Some(Heartbeat::new(address, self.transport(config)?)))
    }

    /// The ways out that channels take. Addresses that the operator configures share no client with Microsoft's; mail
    /// through Graph is sent with the login that everything else has.
    pub(super) fn ways(&self, config: &Config, graph: &Graph) -> Result<Ways, String> {
        let partner = Partner { graph: graph.clone(), tenant: config.partner.tenant_id };
        Ok(Ways {
            transport: self.transport(config)?,
            tokens: Some(Arc::new(partner)),
            mailer: Some(Arc::new(Smtp::new(self.extra_roots(config)?))),
            aws: self.settings.aws.clone(),
        })
    }
}

/// The partner's own tenant, in which mail is sent.
struct Partner {
    graph: Graph,
    tenant: TenantId,
}

#[async_trait]
impl Tokens for Partner {
    async fn token(&self) -> Result<SecretText, String> {
        let token = tokio::time::timeout(SIGN_IN_WITHIN, self.graph.token(self.tenant.0, SIGN_IN_WITHIN)).await;
        let token = token.map_err(|_| format!("nobody signed us in within {} s", SIGN_IN_WITHIN.as_secs()))?;
        token.map(|token| SecretText::new(token.reveal())).map_err(|error| error.to_string())
    }

    fn graph(&self) -> String {
        self.graph.origin().to_owned()
    }

    fn refused(&self) {
        self.graph.forget_token(self.tenant.0);
    }
}
