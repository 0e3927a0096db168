//! `[onboarding]` of `gatehouse.toml`

use crate::config::words::HttpsUrl;
use schemars::JsonSchema;
use serde::Deserialize;

/// [onboarding]
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct OnboardingTable {
    /// Where Microsoft's consent page sends the browser back to: exactly as the app registration has it.
    pub(in crate::config) redirect: Option<HttpsUrl>,
}
