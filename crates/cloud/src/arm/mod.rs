//! Azure Resource Manager: reading resources, listing them, and the alerts that have fired.

mod alerts;
mod links;
#[cfg(test)]
mod tests;

pub use alerts::FiredAlert;
pub(crate) use links::clean;

use crate::azure;
use crate::endpoints::Api;
use crate::error::{Error, Kind};
use crate::graph::Graph;
use crate::pipeline::call::{Call, Content, Cost, Effect};
use http::Method;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// The most pages of one listing. A page of alerts has up to 250, one of resources up to 1,000.
pub const PAGES_MAX: u32 = 100;

/// The least role for all that is read here (page "Roles, permissions, and security in Azure Monitor").
const ROLE: &str = "Monitoring Reader";

/// Reads what Azure Resource Manager tells of one tenant's subscriptions, and of the tenant itself.
#[derive(Clone)]
pub struct Arm {
    graph: Graph,
    tenant: Uuid,
}

impl Arm {
    pub(crate) fn new(graph: Graph, tenant: Uuid) -> Self {
        Self { graph, tenant }
    }

    /// The tenant that is asked.
    pub fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// One resource, or whatever else one `GET` answers with. `path_and_query` starts with a slash and has its
    /// `api-version`, such as `/subscriptions/…/providers/Microsoft.Insights/actionGroups/x?api-version=2023-01-01`; what
    /// has to be escaped in it is.
    ///
    /// # Errors
    /// [`Kind::Missing`] says that the resource is not there; [`Kind::NoRole`] that we may not know; every other kind
    /// that nothing was learnt.
    pub async fn get(&self, path_and_query: &str) -> Result<Value, Error> {
        let operation = format!("read {}", short(path_and_query));
        let path =
            clean(path_and_query).map_err(|reason| Error::new(Kind::Refused, self.tenant, &operation, reason))?;
        self.read(&path, &operation).await
    }

    /// Every object of a listing, over all its pages: never a part.
    ///
    /// # Errors
    /// As [`Arm::get`]. A link to a page on another host is not followed, and more than [`PAGES_MAX`] pages are not read:
    /// both are [`Kind::Garbled`].
    pub async fn list(&self, path_and_query: &str) -> Result<Vec<Value>, Error> {
        let operation = format!("list {}", short(path_and_query));
        let garbled = |message: String| Error::new(Kind::Garbled, self.tenant, &operation, message);
        let mut path =
            clean(path_and_query).map_err(|reason| Error::new(Kind::Refused, self.tenant, &operation, reason))?;
        let mut all = Vec::new();
        for _ in 0..PAGES_MAX {
            let mut page = self.read(&path, &operation).await?;
            let Some(Value::Array(items)) = page.get_mut("value").map(Value::take) else {
                return Err(garbled("the answer has no list at value".to_owned()));
            };
            all.extend(items);
            match page.get("nextLink") {
                None | Some(Value::Null) => return Ok(all),
                // Some services end with this.
                Some(Value::String(link)) if link.is_empty() => return Ok(all),
                Some(link) => {
                    let base = &self.graph.pipeline.endpoints.resource_manager;
                    let next = link.as_str().and_then(|link| links::below(base, link));
                    path = next.ok_or_else(|| garbled("the link to the next page leads elsewhere".to_owned()))?;
                }
            }
        }
        Err(garbled(format!("the answer has more than {PAGES_MAX} pages")))
    }

    /// The log alerts that fired in a subscription within the last day and are still listed, whatever has become of them.
    /// Azure keeps them for 30 days (page "Alerts - Get All").
    pub async fn fired_alerts(&self, subscription: Uuid) -> Result<Vec<FiredAlert>, Error> {
        let path = alerts::path(subscription);
        let found = self.list(&path).await?;
        let read = |alert: &Value| {
            alerts::read(alert).map_err(|wrong| {
                let operation = format!("list {}", short(&path));
                Error::new(Kind::Garbled, self.tenant, &operation, wrong.to_string())
            })
        };
        found.iter().map(read).collect()
    }

    async fn read(&self, path: &str, operation: &str) -> Result<Value, Error> {
        let call = Call {
            api: Api::ResourceManager,
            method: Method::GET,
            path: path.to_owned(),
            eventual: false,
            beta: false,
            body: None,
            effect: Effect::Read,
            cost: Cost { management: 1, ..Cost::default() },
            operation: operation.to_owned(),
            permission: "",
        };
        let reply = self.graph.pipeline.one(self.tenant, call.clone()).await?;
        if !reply.ok() {
            return Err(azure::sort(self.tenant, &call, &reply, ROLE));
        }
        match reply.content {
            // A success by its status, an error by its body.
            Content::Json(body) if body.is_object() && body.get("error").is_none() => Ok(body),
            Content::Json(_) | Content::Empty | Content::NotJson => {
                let message = "the answer is no JSON object, or is cut off";
                let mut error = Error::new(Kind::Garbled, self.tenant, operation, message);
                (error.status, error.request_id) = (Some(reply.status), reply.request_id);
                Err(error)
            }
        }
    }
}

/// What is asked for, in an error: without the query, and not longer than a line.
fn short(path_and_query: &str) -> String {
    path_and_query
        .split('?')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|letter| !letter.is_control())
        .take(300)
        .collect()
}

/// When something was, as Azure writes it.
fn time(value: Option<&Value>) -> Option<Timestamp> {
    value?.as_str()?.parse().ok()
}
