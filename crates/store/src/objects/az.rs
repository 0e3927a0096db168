//! Azure Blob Storage.

use super::answers::Where;
use super::failure::Failure;
use super::strangers::Strangers;
use super::wire::Wire;
use super::{Keys, Objects, Tokens, connector, no_retries};
use async_trait::async_trait;
use http::Request;
use object_store::ObjectStore;
use object_store::azure::{
    AzureAccessKey, AzureAuthorizer, AzureCredential, AzureCredentialProvider, MicrosoftAzureBuilder,
};
use object_store::client::{CredentialProvider, HttpRequestBody};
use object_store::path::Path;
use std::fmt;
use std::sync::Arc;

/// A container of a storage account; all names begin with `prefix`.
pub(super) fn open(
    account: &str,
    container: &str,
    prefix: &str,
    objects: Objects,
) -> Result<(Arc<dyn ObjectStore>, super::Eraser), String> {
    let (proof, tokens) = match objects.keys {
        Keys::Account(key) => {
            let key = AzureAccessKey::try_new(key.trim()).map_err(|_| "the account key is not base64".to_owned())?;
            (Proof::Key(Arc::new(AzureCredential::AccessKey(key))), None)
        }
        Keys::Tokens(tokens) => (Proof::Tokens(tokens.clone()), Some(tokens)),
        Keys::Aws { .. } => return Err("az:// needs a managed identity or an account key, not a key of AWS".into()),
    };
    let base = objects.endpoint.unwrap_or_else(|| format!("https://{account}.blob.core.windows.net"));
    let base = base.trim_end_matches('/').to_owned();
    let place = Where::Azure { account: account.into(), container: container.into() };
    let wire = Arc::new(Wire {
        transport: objects.transport,
        clock: objects.clock,
        random: objects.random,
        place,
        tokens,
        strangers: Strangers::below(prefix),
    });
    let credentials: AzureCredentialProvider = Arc::new(proof);
    let store = MicrosoftAzureBuilder::new()
        .with_account(account)
        .with_container_name(container)
        .with_endpoint(base.clone())
        .with_credentials(credentials.clone())
        .with_http_connector(connector(&wire))
        .with_retry(no_retries())
        .build()
        .map_err(|error| format!("the container {container} cannot be used: {error}"))?;
    let eraser = Eraser { wire, credentials, account: account.into(), container_url: format!("{base}/{container}") };
    Ok((Arc::new(store), super::Eraser::Azure(eraser)))
}

/// What proves who we are.
enum Proof {
    Key(Arc<AzureCredential>),
    Tokens(Arc<dyn Tokens>),
}

/// No value: it is a secret.
impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof(…)")
    }
}

#[async_trait]
impl CredentialProvider for Proof {
    type Credential = AzureCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AzureCredential>> {
        match self {
            Self::Key(key) => Ok(key.clone()),
            Self::Tokens(tokens) => match tokens.token().await {
                Ok(token) => Ok(Arc::new(AzureCredential::BearerToken(token))),
                // Without a token nothing is sent.
                Err(why) => Err(object_store::Error::Generic {
                    store: "MicrosoftAzure",
                    source: Box::new(Failure::Unavailable(why)),
                }),
            },
        }
    }
}

/// Removes blobs one by one ("Delete Blob").
pub(super) struct Eraser {
    wire: Arc<Wire>,
    credentials: AzureCredentialProvider,
    account: String,
    container_url: String,
}

impl Eraser {
    pub(super) async fn erase(&self, name: &Path) -> Result<(), Failure> {
        let credential = self.credentials.get_credential().await.map_err(|error| Failure::of_read(&error))?;
        // A blob of which somebody took a snapshot could not be removed otherwise.
        let request =
            Request::delete(format!("{}/{name}", self.container_url)).header("x-ms-delete-snapshots", "include");
        let mut request = request
            .body(HttpRequestBody::empty())
            .map_err(|error| Failure::Invalid(format!("{} is no usable address: {error}", self.container_url)))?;
        AzureAuthorizer::new(&credential, &self.account)
            .try_authorize(&mut request)
            .map_err(|error| Failure::of_read(&error))?;
        self.wire.exchange(request).await.map(drop)
    }
}
