//! What the configuration asks of customers that nobody should overlook, though nothing is wrong with it.

use super::model::Config;

/// One sentence or two for each package that gives directory roles: which permission that needs, and what it means.
pub fn notices(config: &Config) -> Vec<String> {
    let mut notices = Vec::new();
    for customer in &config.customers {
        let giving: Vec<&str> = customer
            .packages
            .iter()
            .filter(|package| !package.roles.is_empty())
            .map(|package| package.name.as_str())
            .collect();
        if !giving.is_empty() {
            notices.push(format!(
                "customer {}, {} {}: `roles` needs the permission RoleManagement.ReadWrite.Directory there, which makes the app as powerful as a Global Administrator. Without it plans list who is to be given or to lose which role, for a person to do by hand.",
                customer.name,
                if giving.len() == 1 { "package" } else { "packages" },
                giving.join(", ")
            ));
        }
    }
    notices
}
