//! A metric alert in its own schema (*Noncommon alert schema definitions*). It names nobody: it is an alert like any
//! other, and for people to look at.

use super::super::alert::{Alert, Shape};
use super::super::dates::date;
use super::super::json::Json;
use super::super::text::shown;
use super::{said_tenant, state};

pub(super) fn own(data: &Json) -> Alert {
    let mut alert = Alert::new(Shape::Metric);
    alert.state = state(data.every("status"), &["Deactivated", "Resolved"]);
    alert.rule = data.at(&["context", "name"]).scalar().and_then(shown);
    alert.fired_at = date(data.get("context"), &["timestamp"], &mut alert);
    alert.said_tenant = said_tenant(data.get("properties"));
    alert
}
