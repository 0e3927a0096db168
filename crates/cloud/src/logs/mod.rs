//! Log Analytics: queries in a customer's workspace.
//!
//! Workspace and window come from the configuration and the caller, never from a link: a token must not follow one.

mod rows;
#[cfg(test)]
mod tests;

pub use rows::{ROWS_MAX, Row, Rows};

use crate::arm;
use crate::azure;
use crate::endpoints::Api;
use crate::error::{Error, Kind};
use crate::graph::Graph;
use crate::pipeline::call::{Call, Content, Cost, Effect, Reply};
use http::Method;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// The least role on the workspace.
const ROLE: &str = "Log Analytics Data Reader";

/// The application permission that the direct road needs besides.
const PERMISSION: &str = "Data.Read";

/// Asks the workspaces of one tenant.
#[derive(Clone)]
pub struct Logs {
    graph: Graph,
    tenant: Uuid,
    resource: Option<String>,
}

impl Logs {
    pub(crate) fn new(graph: Graph, tenant: Uuid) -> Self {
        Self { graph, tenant, resource: None }
    }

    /// With the workspace's ARM id, so that there is a second road when the direct one refuses our kind of token: through
    /// Azure Resource Manager. Microsoft's pages contradict each other about whether it does (page "Azure Monitor Log
    /// Analytics API errors").
    pub fn also_through(self, resource: Option<&str>) -> Self {
        Self { resource: resource.map(str::to_owned), ..self }
    }

    /// The rows that a query gives in a workspace, looking at this window. A workspace without data gives none.
    ///
    /// # Errors
    /// [`Kind::NoRole`] says that we may not look, and so nothing about what is there. An answer without a table is
    /// [`Kind::Garbled`], even where its status says success.
    pub async fn query(&self, workspace: Uuid, kql: &str, from: Timestamp, to: Timestamp) -> Result<Rows, Error> {
        let body = json!({ "query": kql, "timespan": format!("{from}/{to}") });
        let call = |api, path| Call {
            api,
            method: Method::POST,
            path,
            eventual: false,
            beta: false,
            body: Some(body.clone()),
            effect: Effect::Read,
            cost: Cost { queries: 1, ..Cost::default() },
            operation: format!("query the logs of workspace {workspace}"),
            permission: PERMISSION,
        };
        let direct = self.send(call(Api::LogAnalytics, format!("/v1/workspaces/{workspace}/query"))).await;
        let (refused, resource) = match (direct, &self.resource) {
            (Err(error), Some(resource)) if refuses_us(&error) => (error, resource),
            (ended, _) => return ended,
        };
        let path = format!("{}/api/query?api-version=2020-08-01", resource.trim_end_matches('/'));
        let path = match arm::clean(&path) {
            Ok(path) => path,
            Err(_) => return Err(refused),
        };
        self.send(call(Api::ResourceManager, path)).await.map_err(|second| {
            let message = format!("{}; and through Azure Resource Manager: {}", refused.message, second.message);
            Error { message, ..if second.transient() { second } else { refused } }
        })
    }

    async fn send(&self, call: Call) -> Result<Rows, Error> {
        let reply = self.graph.pipeline.one(self.tenant, call.clone()).await?;
        let garbled = |message: String| {
            let mut error = Error::from_reply(Kind::Garbled, self.tenant, &call.operation, &reply);
            if error.message.is_empty() {
                error.message = message;
            }
            error
        };
        match &reply {
            Reply { status: 204, .. } => Ok(Rows::default()),
            Reply { content: Content::Json(body), .. } if reply.ok() => {
                let partial = reply.error().map(|(code, message)| {
                    let inner = azure::innermost(&reply.content).map(|inner| format!(": {inner}")).unwrap_or_default();
                    format!("{code}: {message}{inner}").chars().take(crate::error::MESSAGE_MAX).collect()
                });
                rows::read(body, partial).map_err(|wrong| garbled(wrong.to_string()))
            }
            // Seen when the content type is missing: it is no answer, and above all not "no rows".
            Reply { content: Content::Empty, .. } if reply.ok() => Err(garbled("the answer is empty".to_owned())),
            _ if reply.ok() => Err(garbled("the answer is not JSON, or is cut off".to_owned())),
            _ => Err(azure::sort(self.tenant, &call, &reply, ROLE)),
        }
    }
}

/// Whether the direct road does not let us in, for which the other one may be open.
fn refuses_us(error: &Error) -> bool {
    match error.kind {
        Kind::Unauthorized | Kind::NoRole { .. } => true,
        // The tenant does not know the Log Analytics API: nobody there has ever used it.
        Kind::Refused => matches!(error.code.as_str(), "AADSTS500011" | "AADSTS650052"),
        _ => false,
    }
}
