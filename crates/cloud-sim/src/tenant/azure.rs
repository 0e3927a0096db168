//! What a tenant has in Azure: resources as JSON, workspaces that its logs flow into, and alerts that fired.

use super::TenantHandle;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The state behind Azure Resource Manager and Log Analytics.
#[derive(Debug, Clone, Default)]
pub(crate) struct Azure {
    /// Resources by their ids in lower case.
    pub(crate) resources: BTreeMap<String, Value>,
    /// Subscriptions that something was ever in, in lower case.
    pub(crate) subscriptions: BTreeSet<String>,
    pub(crate) workspaces: BTreeMap<Uuid, Workspace>,
    /// Whether no application has a role on anything.
    pub(crate) closed: bool,
}

/// A workspace, into which the tenant's logs flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its ARM id.
    pub resource: String,
    /// Which of its tables are filled: `SigninLogs`, `AADNonInteractiveUserSignInLogs`, `AuditLogs`.
    pub tables: BTreeSet<String>,
    /// Whether applications have a role on it.
    pub readable: bool,
    /// Whether its own address takes tokens that applications got with client credentials.
    pub direct: bool,
}

/// The tables that a workspace can have.
pub(crate) const TABLES: [&str; 3] = ["SigninLogs", "AADNonInteractiveUserSignInLogs", "AuditLogs"];

impl TenantHandle {
    /// Puts a resource there, or another in its place: what `GET` of its id gives. `id`, `name` and `type` are filled in where
    /// `body` does not have them. Settings of the tenant itself (`/providers/microsoft.aadiam/diagnosticSettings/…`) are
    /// resources too.
    pub fn set_resource(&self, id: &str, body: Value) {
        let parts: Vec<&str> = id.trim_matches('/').split('/').collect();
        let providers = parts.iter().rposition(|part| part.eq_ignore_ascii_case("providers"));
        let kind = providers.map(|at| {
            let after = &parts[at + 1..];
            let types = after.iter().skip(1).step_by(2);
            after.first().into_iter().chain(types).copied().collect::<Vec<_>>().join("/")
        });
        let mut body = body;
        for (name, value) in [("id", Some(id)), ("name", parts.last().copied()), ("type", kind.as_deref())] {
            if body.get(name).is_none() {
                body[name] = json!(value);
            }
        }
        self.with(|tenant| {
            if let ["subscriptions", subscription, ..] = parts.as_slice() {
                tenant.azure.subscriptions.insert(subscription.to_lowercase());
            }
            tenant.azure.resources.insert(id.to_lowercase(), body);
        });
    }

    /// Changes a resource, if it is there.
    pub fn change_resource(&self, id: &str, change: impl FnOnce(&mut Value)) {
        self.with(|tenant| tenant.azure.resources.get_mut(&id.to_lowercase()).map(change));
    }

    /// Takes a resource away. Its subscription stays.
    pub fn remove_resource(&self, id: &str) {
        self.with(|tenant| tenant.azure.resources.remove(&id.to_lowercase()));
    }

    /// Takes every application's roles in Azure, or gives them back: without, all of it is 403.
    pub fn set_azure_roles(&self, given: bool) {
        self.with(|tenant| tenant.azure.closed = !given);
    }

    /// Makes a workspace with this id, into which all logs of the tenant flow from the beginning on, and which applications
    /// may read. It is a resource too.
    pub fn add_workspace(&self, id: Uuid, resource: &str) {
        let tables = TABLES.map(str::to_owned).into_iter().collect();
        let workspace = Workspace { resource: resource.to_owned(), tables, readable: true, direct: true };
        self.set_resource(resource, json!({ "properties": { "customerId": id, "provisioningState": "Succeeded" } }));
        self.with(|tenant| tenant.azure.workspaces.insert(id, workspace));
    }

    /// Changes a workspace.
    pub fn set_workspace(&self, id: Uuid, change: impl FnOnce(&mut Workspace)) {
        self.with(|tenant| tenant.azure.workspaces.get_mut(&id).map(change));
    }

    /// A log alert rule fires, now. Azure lists the alert; nobody is told by this. Returns the alert's id. A further alert of
    /// the same rule is another one.
    pub fn fire_alert(&self, rule: &str, target: &str) -> String {
        let subscription = rule.trim_matches('/').split('/').nth(1).unwrap_or_default().to_owned();
        let (name, now) = (self.with(super::Tenant::fresh_id), self.sim.wall());
        let id = format!("/subscriptions/{subscription}/providers/Microsoft.AlertsManagement/alerts/{name}");
        let body = json!({ "properties": { "essentials": {
            "severity": "Sev0",
            "signalType": "Log",
            "alertState": "New",
            "monitorCondition": "Fired",
            "monitorService": "Log Alerts V2",
            "targetResource": target,
            "alertRule": rule,
            "startDateTime": now,
            "lastModifiedDateTime": now,
        } } });
        self.set_resource(&id, body);
        id
    }
}
