//! Roles on resources in Azure: no application permissions, and given by other people.

use crate::config::Customer;

/// A role on a resource that our app's service principal has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzureRole {
    /// As Azure calls it.
    pub role: &'static str,
    /// The ARM id of what it is held on; where the configuration does not say it, how it is known instead.
    pub scope: String,
    /// Which key of the configuration asks for it, and for what.
    pub why: &'static str,
}

/// The roles on Azure resources that a customer's configuration needs.
pub fn azure_roles(customer: &Customer) -> Vec<AzureRole> {
    let table = &customer.break_glass;
    let workspace = table.workspace.as_ref().map(|workspace| AzureRole {
        role: "Log Analytics Data Reader",
        scope: workspace.resource.clone().unwrap_or_else(|| format!("the workspace with id {}", workspace.id)),
        why: "`break_glass.workspace`: the rows behind an alert",
    });
    let subscriptions = table.subscriptions.iter().map(|id| AzureRole {
        role: "Monitoring Reader",
        scope: format!("/subscriptions/{id}"),
        why: "`break_glass.subscriptions`: alerts that fired and did not reach us",
    });
    // Where the tenant itself writes its logs to is no subscription's matter.
    let export = table.workspace.as_ref().filter(|workspace| workspace.resource.is_some()).map(|_| AzureRole {
        role: "Reader",
        scope: "/providers/Microsoft.aadiam".to_owned(),
        why: "`gatehouse audit break-glass`: whether the tenant's logs are exported; given by a Global Administrator with elevated access",
    });
    workspace.into_iter().chain(subscriptions).chain(export).collect()
}
