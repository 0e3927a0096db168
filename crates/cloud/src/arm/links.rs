//! Paths that go to Azure Resource Manager, and links that come back.

use std::fmt::Write;
use url::Url;

/// A path and query fit for a request: blanks and letters beyond ASCII, which names of resources may have, are escaped. What
/// could lead elsewhere is refused.
pub(crate) fn clean(path_and_query: &str) -> Result<String, String> {
    let path = path_and_query.split('?').next().unwrap_or_default();
    if !path.starts_with('/') || path.starts_with("//") {
        return Err("the path does not start with one slash".to_owned());
    }
    let climbs =
        path.split('/').any(|part| matches!(part.to_ascii_lowercase().as_str(), ".." | "." | "%2e%2e" | "%2e"));
    if climbs {
        return Err("the path leads upwards".to_owned());
    }
    let mut clean = String::with_capacity(path_and_query.len());
    for letter in path_and_query.chars() {
        match letter {
            '#' | '\\' => return Err(format!("the path has a {letter:?} in it")),
            _ if letter.is_control() => return Err("the path has a control character in it".to_owned()),
            '!'..='~' if !matches!(letter, '"' | '<' | '>' | '^' | '`' | '{' | '|' | '}') => clean.push(letter),
            _ => {
                for byte in letter.to_string().bytes() {
                    write!(clean, "%{byte:02X}").expect("writing to memory does not fail");
                }
            }
        }
    }
    Ok(clean)
}

/// The path and query of a link, if it leads to where `base` is: a token must never follow one to anywhere else. The service
/// names its port in some links and not in others.
pub(super) fn below(base: &str, link: &str) -> Option<String> {
    let (base, link) = (Url::parse(base).ok()?, Url::parse(link).ok()?);
    let is_same = link.scheme() == base.scheme()
        && link.host_str() == base.host_str()
        && link.port_or_known_default() == base.port_or_known_default()
        && link.username().is_empty()
        && link.password().is_none()
        && link.fragment().is_none();
    let path = link.path().strip_prefix(base.path().trim_end_matches('/'))?;
    let query = link.query().map(|query| format!("?{query}")).unwrap_or_default();
    (is_same && path.starts_with('/')).then(|| format!("{path}{query}"))
}
