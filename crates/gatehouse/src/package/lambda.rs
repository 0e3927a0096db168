//! What AWS Lambda starts on `provided.al2023`: one program with the name `bootstrap`. What wakes it is configured
//! outside, so nothing else is in the package.

use std::path::Path;

/// The name that the runtime starts.
pub(super) const EXECUTABLE: &str = "bootstrap";
/// The zip's name, in the same folder.
pub(super) const ZIP: &str = "bootstrap.zip";

/// See [`super::Host::foreign`].
pub(super) fn foreign(names: &[String]) -> Option<String> {
    names.iter().find(|name| *name != EXECUTABLE && *name != ZIP).map(|name| format!("it has {name}"))
}

/// See [`super::Host::next`].
pub(super) fn next(zip: &Path) -> String {
    let zip = zip.display();
    format!(
        "Next:
  1. store the configuration where the function reads it, now and after each change:
       gatehouse publish --config FOLDER --to s3://BUCKET/PREFIX
     Its [store] is one that lasts, such as s3://BUCKET/PREFIX.
  2. make the function and what it needs, once: infra/aws of the repository has the template for `sam deploy`, whose
     CodeUri is {zip}. By hand it is a function of runtime provided.al2023 and architecture x86_64 with
     the variables GATEHOUSE_CONFIG=s3://BUCKET/PREFIX, GATEHOUSE_QUEUE_URL, and each secret that the configuration
     names as env:NAME.
  3. deploy after each release:
       aws lambda update-function-code --function-name NAME --architectures x86_64 --zip-file fileb://{zip}
  4. look whether it is up:
       curl https://FUNCTION_URL_OR_API/api/v1/health
"
    )
}
