//! Links in alerts. They are never followed: a link that is called gets our token, and anybody may have written it. What
//! they say of the workspace and the time is taken, and compared with the configuration by others.

use super::alert::{Alert, Window};
use super::dates;
use super::json::Json;
use url::{Host, Url};
use uuid::Uuid;

/// The longest link that is looked at, in bytes: it holds the rule's query, encoded.
const LINK_BYTES_MAX: usize = 32 * 1024;

/// Where the query API is (*Access the Azure Monitor Log Analytics API*).
const HOSTS: [&str; 3] = ["api.loganalytics.io", "api.loganalytics.azure.com", "api.loganalytics.us"];

/// The names under which links to the query API stand, in all shapes.
const NAMES: [&str; 2] = ["linkToFilteredSearchResultsAPI", "linkToSearchResultsAPI"];

/// Takes workspace and window out of the links to the rows, where the alert has none yet.
pub(super) fn take(json: &Json, alert: &mut Alert) {
    for link in NAMES.iter().filter_map(|name| json.get(name).text()) {
        match read(link) {
            Some((workspace, window)) => {
                alert.workspace = alert.workspace.or(workspace);
                alert.window = alert.window.or(window);
            }
            None if leads_elsewhere(link) => alert.note("a link to its rows leads to another place than Azure's API"),
            None => {}
        }
    }
}

/// The workspace and the window in a link to the query API.
pub(super) fn read(link: &str) -> Option<(Option<Uuid>, Option<Window>)> {
    let url = parse(link)?;
    if !is_plain_https(&url) || !HOSTS.contains(&url.host_str()?) {
        return None;
    }
    let mut path = url.path_segments()?;
    let workspace = match (path.next(), path.next(), path.next()) {
        (Some("v1"), Some("workspaces"), Some(id)) => Uuid::parse_str(id).ok(),
        _ => None,
    };
    let timespan = url.query_pairs().find(|(name, _)| name == "timespan").map(|(_, value)| value);
    let window = timespan
        .as_deref()
        .and_then(|span| span.split_once('/'))
        .and_then(|(from, to)| Window::of(dates::quiet(from), dates::quiet(to)));
    Some((workspace, window))
}

fn parse(link: &str) -> Option<Url> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    if link.len() > LINK_BYTES_MAX || link.contains(odd) { None } else { Url::parse(link).ok() }
}

fn is_plain_https(url: &Url) -> bool {
    url.scheme() == "https" && url.username().is_empty() && url.password().is_none() && url.port().is_none()
}

/// A link that somebody made to look like Azure's. Application Insights has a host of its own.
fn leads_elsewhere(link: &str) -> bool {
    let Some(url) = parse(link) else { return false };
    let is_azures = |name: &str| HOSTS.contains(&name) || name == "api.applicationinsights.io";
    !(is_plain_https(&url) && matches!(url.host(), Some(Host::Domain(name)) if is_azures(name)))
}

#[cfg(test)]
mod tests {
    use super::read;

    const PATH: &str = "/v1/workspaces/0f1e2d3c-4b5a-4697-8877-665544332211/query?query=x";

    #[test]
    fn a_link_to_the_api_says_workspace_and_window() {
        let span = "&timespan=2026-11-20T02%3a11%3a00.0000000Z%2f2026-11-20T02%3a41%3a00.0000000Z";
        let (workspace, window) = read(&format!("https://api.loganalytics.io{PATH}{span}")).expect("it is one");
        assert_eq!(workspace.expect("it names one").to_string(), "0f1e2d3c-4b5a-4697-8877-665544332211");
        let window = window.expect("it names one");
        assert_eq!(format!("{} {}", window.from, window.to), "2026-11-20T02:11:00Z 2026-11-20T02:41:00Z");
    }

    #[test]
    fn any_other_link_says_nothing() {
        for link in [
            "http://api.loganalytics.io",
            "https://api.loganalytics.io:444",
            "https://api.loganalytics.io@attacker.example.net",
            "https://user@api.loganalytics.io",
            "https://api.loganalytics.io.attacker.example.net",
            "https://attacker.example.net\\@api.loganalytics.io",
            "https://169.254.169.254",
            "javascript:alert(1)//",
        ] {
            assert_eq!(read(&format!("{link}{PATH}")), None, "{link}");
        }
    }
}
