//! Amazon S3, and services that speak its language.

use super::answers::Where;
use super::strangers::Strangers;
use super::wire::Wire;
use super::{Eraser, Keys, Objects, connector, no_retries};
use async_trait::async_trait;
use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, AwsCredential, AwsCredentialProvider, Checksum, S3ConditionalPut};
use object_store::client::CredentialProvider;
use std::fmt;
use std::sync::Arc;

/// A bucket; all names begin with `prefix`.
pub(super) fn open(bucket: &str, prefix: &str, objects: Objects) -> Result<(Arc<dyn ObjectStore>, Eraser), String> {
    let Keys::Aws { id, secret, session } = objects.keys else {
        return Err("s3:// needs an access key of AWS, or the role of a Lambda function".into());
    };
    let region = objects.region.ok_or("s3:// needs the bucket's region")?;
    let credentials: AwsCredentialProvider =
        Arc::new(Proof(Arc::new(AwsCredential { key_id: id, secret_key: secret, token: session })));
    let wire = Arc::new(Wire {
        transport: objects.transport,
        clock: objects.clock,
        random: objects.random,
        place: Where::S3 { bucket: bucket.into(), region: region.clone() },
        tokens: None,
        strangers: Strangers::below(prefix),
    });
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(region)
        .with_credentials(credentials)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        // A bucket with object lock takes nothing without a checksum.
        .with_checksum_algorithm(Checksum::SHA256)
        // One plain request for each document that is removed: its answer is the whole answer.
        .with_disable_bulk_delete(true)
        .with_http_connector(connector(&wire))
        .with_retry(no_retries());
    if let Some(endpoint) = objects.endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    let store = builder.build().map_err(|error| format!("the bucket {bucket} cannot be used: {error}"))?;
    Ok((Arc::new(store), Eraser::Store))
}

/// What proves who we are.
struct Proof(Arc<AwsCredential>);

/// No value: it is a secret.
impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof(…)")
    }
}

#[async_trait]
impl CredentialProvider for Proof {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        Ok(self.0.clone())
    }
}
