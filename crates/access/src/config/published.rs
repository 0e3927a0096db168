//! What a configuration may not refer to once it is published: nothing lies beside it any more.

use super::folder::PROGRAM;
use super::model::{Cloud, Config, SecretRef};
use super::problem::{ConfigProblem, Severity};
use super::secrets::secrets;
use std::collections::BTreeSet;

/// What a host that has only the texts of this configuration could not find: secrets in files, and paths that begin at
/// the folder. Each is an error that names its place and what to write instead.
pub fn unpublishable(config: &Config) -> Vec<ConfigProblem> {
    let mut problems = BTreeSet::new();
    for (secret, key) in secrets(config) {
        if let SecretRef::File(_) = secret {
            let (file, key) = place(&key);
            problems.insert(problem(
                &file,
                &key,
                "secret_in_file",
                "a published configuration takes no secrets out of files: none lies beside it on the hosts",
                "write env:NAME, and set the variable on each host (an app setting, or a Key Vault reference)",
            ));
        }
    }
    if let Cloud::Custom { ca_file: Some(file), .. } = &config.cloud
        && !file.starts_with('/')
    {
        problems.insert(problem(
            PROGRAM,
            "cloud.ca_file",
            "relative_path",
            "a published configuration has no folder where this path could begin",
            "write the whole path of a file that is there on each host, or set SSL_CERT_FILE there",
        ));
    }
    if let Some(path) = config.store_url.strip_prefix("file:")
        && !path.starts_with('/')
    {
        problems.insert(problem(
            PROGRAM,
            "store.url",
            "relative_path",
            "a published configuration has no folder where this path could begin",
            "name a store that all hosts reach: az://ACCOUNT/CONTAINER/PREFIX or s3://BUCKET/PREFIX, or file: with the whole path",
        ));
    }
    problems.into_iter().collect()
}

/// The file in which a key of [`secrets`] is written, and the key there.
fn place(key: &str) -> (String, String) {
    let of_customer = |name: &str, key: String| (format!("customers/{name}.toml"), key);
    if let Some((name, key)) = key.strip_prefix("customers.").and_then(|rest| rest.split_once('.')) {
        return of_customer(name, key.to_owned());
    }
    // A customer's own channel has the name customer/name.
    if let Some((name, rest)) = key.strip_prefix("channels.").and_then(|rest| rest.split_once('/')) {
        return of_customer(name, format!("channels.{rest}"));
    }
    (PROGRAM.to_owned(), key.to_owned())
}

fn problem(file: &str, key: &str, code: &'static str, text: &str, hint: &str) -> ConfigProblem {
    ConfigProblem {
        file: file.into(),
        line: None,
        column: None,
        key: key.into(),
        severity: Severity::Error,
        code,
        text: text.into(),
        hint: Some(hint.into()),
    }
}
