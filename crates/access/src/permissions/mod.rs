//! Which application permissions a configuration needs, in whose tenant, and for which of its keys.
//!
//! [`needed_by_customer`] and [`needed_by_partner`] go through the configuration key by key; [`of_app`] is what the
//! registration of one app has to list, since customers consent to that list as a whole. What the program needs in the
//! partner's tenant alone does not belong there: it is given there directly.

mod azure;
mod customer;
mod known;
mod list;
mod partner;
mod scoped;
#[cfg(test)]
mod tests;

pub use azure::{AzureRole, azure_roles};
pub use customer::needed_by_customer;
pub use known::{Known, Resource, named};
pub use list::{Permission, Side};
pub use partner::needed_by_partner;
pub use scoped::{
    BuiltIn, DIRECTORY_READERS, GROUPS_ADMINISTRATOR, Held, OwnRole, USER_ADMINISTRATOR, own_roles, reads, wanting,
};

use crate::config::{Config, Customer, DEFAULT_APP};
use list::List;

/// What the registration of the app has to list: all that its customers need, with the reasons of each once. An app with no
/// customer, or of no such name, lists nothing. Optional is what no customer needs to work.
pub fn of_app(config: &Config, app: &str) -> Vec<Permission> {
    needed_by_all(config, customers_of(config, app))
}

/// What these customers need, all together.
pub fn needed_by_all<'a>(config: &Config, customers: impl Iterator<Item = &'a Customer>) -> Vec<Permission> {
    let mut list = List::new(Side::Customer);
    customers.for_each(|customer| list.merge(needed_by_customer(config, customer)));
    list.sorted()
}

/// The customers that consent to the app of this name.
pub fn customers_of<'a>(config: &'a Config, app: &'a str) -> impl Iterator<Item = &'a Customer> {
    config.customers.iter().filter(move |customer| customer.app.as_deref().unwrap_or(DEFAULT_APP) == app)
}
