//! Alerts that have fired, as Azure lists them.

use crate::json::{self, Wrong};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// An alert that Azure Monitor has raised, whether or not anybody was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiredAlert {
    /// Its ARM id in lower case; the same as in the webhook's `alertId`.
    pub id: String,
    /// The ARM id of the rule in lower case, if it is told.
    pub rule: Option<String>,
    /// What the rule looked at: the ARM id in lower case of the workspace.
    pub target: Option<String>,
    /// `Fired` or `Resolved`.
    pub condition: Option<String>,
    /// What people have made of it: `New`, `Acknowledged` or `Closed`.
    pub state: Option<String>,
    /// `Sev0` to `Sev4`.
    pub severity: Option<String>,
    /// When it fired.
    pub fired_at: Option<Timestamp>,
}

/// Log alerts of the last day (page "Alerts - Get All").
pub(super) fn path(subscription: Uuid) -> String {
    format!(
        "/subscriptions/{subscription}/providers/Microsoft.AlertsManagement/alerts\
         ?api-version=2019-03-01&timeRange=1d&monitorService=Log%20Alerts%20V2"
    )
}

/// One alert of the listing. Only the id must be there: an alert that cannot be read in full has fired all the same.
pub(super) fn read(alert: &Value) -> Result<FiredAlert, Wrong> {
    let object = json::object(alert)?;
    let essentials = object.get("properties").and_then(|properties| properties.get("essentials"));
    let text = |name: &str| {
        let text = essentials?.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    Ok(FiredAlert {
        id: json::text(object, "id")?.to_lowercase(),
        rule: text("alertRule").map(|id| id.to_lowercase()),
        target: text("targetResource").map(|id| id.to_lowercase()),
        condition: text("monitorCondition"),
        state: text("alertState"),
        severity: text("severity"),
        fired_at: super::time(essentials.and_then(|essentials| essentials.get("startDateTime"))),
    })
}
