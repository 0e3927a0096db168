//! What the configuration asks of customers that nobody should overlook, though nothing is wrong with it.

use super::apps::{DEFAULT_APP, Rights};
use super::model::{Config, Customer};
use crate::permissions::{needed_by_customer, of_app};
use std::collections::BTreeSet;

/// What nobody should overlook: packages that give directory roles, and scoped rights that are worth nothing because the
/// registration lists more.
pub fn notices(config: &Config) -> Vec<String> {
    config.customers.iter().flat_map(|customer| [roles(customer), shared_app(config, customer)]).flatten().collect()
}

/// Which permission giving roles needs, and what it means.
fn roles(customer: &Customer) -> Option<String> {
    let giving: Vec<&str> = customer
        .packages
        .iter()
        .filter(|package| !package.roles.is_empty())
        .map(|package| package.name.as_str())
        .collect();
    let packages = if giving.len() == 1 { "package" } else { "packages" };
    (!giving.is_empty()).then(|| {
        format!(
            "customer {}, {packages} {}: `roles` needs the permission RoleManagement.ReadWrite.Directory there, which makes the app as powerful as a Global Administrator. Without it plans list who is to be given or to lose which role, for a person to do by hand.",
            customer.name,
            giving.join(", ")
        )
    })
}

/// A registration is consented to as a whole, so that one which others need more of gives the scope away.
fn shared_app(config: &Config, customer: &Customer) -> Option<String> {
    if customer.rights == Rights::Consent {
        return None;
    }
    let own: BTreeSet<&str> = needed_by_customer(config, customer).iter().map(|one| one.name).collect();
    let app = customer.app.as_deref().unwrap_or(DEFAULT_APP);
    let besides: Vec<&str> = of_app(config, app)
        .iter()
        .filter(|one| one.writes && !one.optional && !own.contains(one.name))
        .map(|one| one.name)
        .collect();
    (!besides.is_empty()).then(|| {
        format!(
            "customer {}: has `rights = \"scoped\"` and consents all the same to what the app {app} lists for other customers: {}. Give it an app of its own ([apps.NAME]).",
            customer.name,
            besides.join(", ")
        )
    })
}
