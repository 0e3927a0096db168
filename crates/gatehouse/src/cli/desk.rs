//! What to do where the configuration is a host's, and this machine lacks what the host has.

use super::console::Failure;
use crate::wiring::NO_IDENTITY;

/// How a person gets into the store on Azure.
const STORAGE: &str = "the store takes a token of yours: export GATEHOUSE_STORAGE_TOKEN=$(az account get-access-token \
                       --resource https://storage.azure.com/ --query accessToken --output tsv)";

/// How a person gets into the store on AWS.
const AWS: &str = "the store takes credentials of yours: eval \"$(aws configure export-credentials --format env)\"";

/// How a person's command gets into tenants.
const APP: &str = "this command asks tenants: set GATEHOUSE_APP_CERTIFICATE to a PEM file that holds a certificate of \
                   the app registration and its key (docs/azure.md); or decide by the HTTP API of the host, which has \
                   plans, requests and incidents";

/// Where everything else is that cannot be found.
const SECRETS: &str = "gatehouse.toml says where secrets and state are: env:NAME is a variable of this command, \
                       file:PATH a file or folder, seen from gatehouse.toml";

/// Why nothing could be opened, with what to do about it here.
pub(super) fn unopened(text: String) -> Failure {
    let hint = hint(&text).unwrap_or(SECRETS);
    Failure::new(text).hint(hint)
}

/// What to do about this text, if it is about what hosts have and people's machines have not.
pub(super) fn hint(text: &str) -> Option<&'static str> {
    let is_store = text.starts_with("[store]") || text.starts_with("the store ");
    match text.contains(NO_IDENTITY) {
        true if is_store => Some(STORAGE),
        true => Some(APP),
        false => (is_store && text.contains("AWS_ACCESS_KEY_ID")).then_some(AWS),
    }
}
