//! Which app registration a customer consents to, what that asks for, and by what right the app writes.

use super::model::{App, Config, Customer};
use crate::ids::UnitId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The name of the app registration in `[app]`.
pub const DEFAULT_APP: &str = "default";

impl Config {
    /// The app registration that the customer consents to.
    pub fn app_of(&self, customer: &Customer) -> &App {
        customer.app.as_ref().and_then(|name| self.apps.get(name)).unwrap_or(&self.app)
    }

    /// Every app registration with its name, that of `[app]` ([`DEFAULT_APP`]) first.
    pub fn all_apps(&self) -> impl Iterator<Item = (&str, &App)> {
        let further = self.apps.iter().map(|(name, app)| (name.as_str(), app));
        std::iter::once((DEFAULT_APP, &self.app)).chain(further)
    }
}

/// What the registration of an app asks customers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Granted {
    /// Whatever its customers' configuration needs.
    #[default]
    All,
    /// Nothing that writes: its customers can be watched, planned for and audited.
    Read,
}

/// By what right we write in a customer's tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Rights {
    /// By permissions that hold in the whole tenant.
    #[default]
    Consent,
    /// By directory roles of our app that hold within administrative units; in the whole tenant it can only invite.
    Scoped {
        /// The units in which our app is meant to hold them; at least one.
        units: BTreeSet<UnitId>,
    },
}

impl Rights {
    /// The units that rights are scoped to; `None`: they hold in the whole tenant.
    pub fn units(&self) -> Option<&BTreeSet<UnitId>> {
        match self {
            Self::Consent => None,
            Self::Scoped { units } => Some(units),
        }
    }
}
