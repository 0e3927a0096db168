//! The portal's Test button sends fixed samples, and nothing in them says "test" (*Action groups*).

use super::alert::Alert;
use super::json::Json;

/// Whether a body in the common schema is such a sample: two of its marks at least, since somebody may well name a rule
/// `test-…`, and no account in it, since no sample names one.
pub(super) fn is_test(data: &Json, alert: &Alert) -> bool {
    let names_somebody = alert.findings.iter().any(|finding| finding.user.is_some() || finding.upn.is_some());
    !names_somebody && marks(data) >= 2
}

fn marks(data: &Json) -> usize {
    let essentials = data.get("essentials");
    let text = |name: &str| essentials.get(name).text().unwrap_or_default().trim().to_ascii_lowercase();
    let (id, description) = (text("alertId"), text("description"));
    let in_test_group = |target: &Json| target.text().is_some_and(|id| id.to_ascii_lowercase().contains("/test-rg/"));
    let sample_keys = |properties: &Json| ["customKey1", "customKey2"].iter().all(|key| !properties.get(key).is_null());
    [
        text("alertRule").starts_with("test-"),
        essentials.get("alertTargetIDs").items().iter().any(in_test_group),
        description == "alert rule description" || description.starts_with("delivery confirmation: this is a sample"),
        sample_keys(data.get("customProperties")) || sample_keys(data.at(&["alertContext", "properties"])),
        id.ends_with("/test_alert") || id.contains("/alerts/eeeeeeee-4444-"),
    ]
    .into_iter()
    .filter(|mark| *mark)
    .count()
}
