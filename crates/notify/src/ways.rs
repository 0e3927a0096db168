//! The ways out that channels take.

use crate::SecretText;
use async_trait::async_trait;
use outside::{Mailer, Transport};
use std::fmt;
use std::sync::Arc;

/// What channels need of the world. Cheap to clone.
#[derive(Clone)]
pub struct Ways {
    /// HTTPS, to wherever the operator says.
    pub transport: Arc<dyn Transport>,
    /// Tokens for Microsoft Graph in the partner's tenant; `None`: nothing is sent by Graph.
    pub tokens: Option<Arc<dyn Tokens>>,
    /// Mail servers; `None`: nothing is sent by them.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// What AWS lets us in with where a channel has no key of its own.
    pub aws: Option<AwsKeys>,
}

impl Ways {
    /// HTTPS alone.
    pub fn by(transport: Arc<dyn Transport>) -> Self {
        Self { transport, tokens: None, mailer: None, aws: None }
    }
}

impl fmt::Debug for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ways").finish_non_exhaustive()
    }
}

/// Signs in to the partner's tenant, for Microsoft Graph.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// The token that is sent to Graph, kept or new, within ten seconds. The error says why there is none, without any
    /// secret.
    async fn token(&self) -> Result<SecretText, String>;

    /// Where Graph is: an origin without a trailing slash.
    fn graph(&self) -> String;

    /// Graph did not accept the token: the next one is fetched anew.
    fn refused(&self);
}

/// Credentials of AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsKeys {
    /// The access key's id.
    pub id: SecretText,
    /// The access key's secret.
    pub secret: SecretText,
    /// What goes with them where they are lent for a while.
    pub session: Option<SecretText>,
}
