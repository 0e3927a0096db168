//! Which function a public request is for.
//!
//! On Azure the host matches routes before it relays a request; here the same templates are matched again, so that
//! every host reaches the same function and nothing else. Only HTTP functions have routes: no address of the public
//! leads to a timer or a queue.

use crate::Function;
use http::Method;

/// What stands before every public path, as in host.json.
pub const PREFIX: &str = "/api/";

/// The HTTP function for this method and path (without the query); `None`: there is none.
pub fn route<'f>(functions: &'f [Function], method: &Method, path: &str) -> Option<&'f Function> {
    let path = path.strip_prefix(PREFIX)?;
    functions.iter().filter(|function| function.is_http()).find(|function| {
        let Some(trigger) = function.definition.trigger() else { return false };
        let methods = trigger.methods.as_deref().unwrap_or_default();
        let template = trigger.route.as_deref().unwrap_or(function.name);
        methods.iter().any(|name| name.eq_ignore_ascii_case(method.as_str())) && matches(template, path)
    })
}

/// Templates have fixed segments, `{name}` for one segment, and at the end `{*name}` for any number of them, none
/// included. Fixed segments match in any case, as they do on Azure.
fn matches(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for part in template.split('/') {
        if part.starts_with("{*") {
            return true;
        }
        let fits = match segments.next() {
            Some(segment) if part.starts_with('{') => !segment.is_empty(),
            Some(segment) => segment.eq_ignore_ascii_case(part),
            None => false,
        };
        if !fits {
            return false;
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_finds_its_function_by_method_and_path() {
        let functions = crate::all();
        let check = |method: &str, path: &str, expected: Option<&str>| {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            assert_eq!(route(&functions, &method, path).map(|function| function.name), expected, "{method} {path}");
        };
        check("GET", "/api/v1/plans", Some("plans"));
        check("POST", "/api/v1/plans/sha256:0a/release", Some("plans"));
        check("GET", "/api/V1/Health", Some("health"));
        check("POST", "/api/v1/directory-changes", Some("directory_changes"));
        check("DELETE", "/api/v1/plans", None);
        check("POST", "/api/v1/health", None);
        check("GET", "/api/v1/health/", None);
        check("GET", "/api/v1/healthy", None);
        check("GET", "/api/v1/plansx", None);
        check("GET", "/v1/health", None);
        check("GET", "/apiv1/health", None);
        check("GET", "/", None);
    }

    #[test]
    fn a_template_has_fixed_free_and_catch_all_segments() {
        let check = |template: &str, path: &str, expected: bool| {
            assert_eq!(matches(template, path), expected, "{template} {path}");
        };
        check("v1/alerts/{customer}", "v1/alerts/contoso", true);
        check("v1/alerts/{customer}", "v1/alerts/", false);
        check("v1/alerts/{customer}", "v1/alerts", false);
        check("v1/alerts/{customer}", "v1/alerts/contoso/x", false);
        check("v1/plans/{*rest}", "v1/plans", true);
        check("v1/plans/{*rest}", "v1/plans/", true);
        check("v1/plans/{*rest}", "v1/plans/a/b", true);
    }
}
