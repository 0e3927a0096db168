//! Faults as values: which requests go wrong, how often, and how.

use std::time::Duration;
use uuid::Uuid;

/// One kind of trouble, aimed at some requests.
#[derive(Debug, Clone)]
pub struct Fault {
    /// `METHOD /path`: `*` stands for any method or one path segment, `**` at the end for any rest. The path has no
    /// version and no query; the token endpoint is `POST /*/oauth2/v2.0/token`, a batch envelope `POST /$batch`.
    pub on: String,
    /// Only in this tenant, or in all.
    pub tenant: Option<Uuid>,
    /// How often.
    pub when: When,
    /// What goes wrong.
    pub what: What,
}

impl Fault {
    /// A fault in every tenant.
    pub fn new(on: &str, when: When, what: What) -> Self {
        Self { on: on.to_owned(), tenant: None, when, what }
    }

    /// The same fault in one tenant only.
    pub fn in_tenant(self, tenant: Uuid) -> Self {
        Self { tenant: Some(tenant), ..self }
    }
}

/// Which of the matching requests a fault hits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// All.
    Every,
    /// The n-th alone, counted from 1.
    Nth(u32),
    /// The first n.
    Times(u32),
    /// Each with this probability, drawn from the simulator's seed.
    Probability(f64),
}

/// What goes wrong. On an item of a batch, what cuts a connection cuts the whole envelope's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// 429, with or without `Retry-After`; nothing is done.
    Throttle {
        /// The pause that is asked for.
        retry_after: Option<Duration>,
    },
    /// This status and code; nothing is done.
    Status(u16, &'static str),
    /// It is done, and answered with this status and code all the same.
    StatusAfter(u16, &'static str),
    /// The request never leaves the client.
    NeverSent,
    /// The connection breaks before anything is done.
    ResetBefore,
    /// It is done, and the answer is lost.
    ResetAfter,
    /// It is done, and half of the answer's JSON comes.
    CutJson,
    /// A gateway's 502 page instead of an answer; nothing is done.
    HtmlGateway,
    /// It is done, and the answer takes so much longer.
    Slow(Duration),
}

/// The faults that are set, and how often each has matched.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    set: Vec<(Fault, u32)>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.set.push((fault, 0));
    }

    pub(crate) fn clear(&mut self) {
        self.set.clear();
    }

    /// The trouble that this request is in. All faults that match count it; the first that hits decides.
    pub(crate) fn strike(
        &mut self,
        method: &str,
        path: &str,
        tenant: Option<Uuid>,
        rng: &mut fastrand::Rng,
    ) -> Option<What> {
        let mut struck = None;
        for (fault, seen) in &mut self.set {
            if fault.tenant.is_some() && fault.tenant != tenant || !matches(&fault.on, method, path) {
                continue;
            }
            *seen += 1;
            let hits = match fault.when {
                When::Every => true,
                When::Nth(n) => *seen == n,
                When::Times(n) => *seen <= n,
                When::Probability(probability) => rng.f64() < probability,
            };
            if hits && struck.is_none() {
                struck = Some(fault.what);
            }
        }
        struck
    }
}

fn matches(pattern: &str, method: &str, path: &str) -> bool {
    let (wanted, segments) = pattern.split_once(' ').unwrap_or(("*", pattern));
    if wanted != "*" && !wanted.eq_ignore_ascii_case(method) {
        return false;
    }
    let mut path = path.trim_matches('/').split('/');
    for segment in segments.trim_matches('/').split('/') {
        match (segment, path.next()) {
            ("**", _) => return true,
            (_, None) => return false,
            ("*", Some(_)) => {}
            (literal, Some(found)) if literal == found => {}
            // A template's `{id}` is any one segment, so that routes can be copied from the documentation.
            (literal, Some(_)) if literal.starts_with('{') => {}
            _ => return false,
        }
    }
    path.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_paths_segment_by_segment() {
        for (pattern, method, path, expected) in [
            ("POST /invitations", "POST", "/invitations", true),
            ("POST /invitations", "GET", "/invitations", false),
            ("* /groups/*/members", "GET", "/groups/1/members", true),
            ("GET /groups/{id}/members", "GET", "/groups/1/members", true),
            ("GET /groups/*", "GET", "/groups/1/members", false),
            ("GET /groups/**", "GET", "/groups/1/members", true),
            ("GET /groups/*/members", "GET", "/groups/1", false),
        ] {
            assert_eq!(matches(pattern, method, path), expected, "{pattern} against {method} {path}");
        }
    }

    #[test]
    fn a_fault_strikes_as_often_as_it_says() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut struck = |when| {
            let mut faults = Faults::default();
            faults.add(Fault::new("GET /users", when, What::ResetAfter));
            (0..4).map(|_| faults.strike("GET", "/users", None, &mut rng).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(struck(When::Every), [true; 4]);
        assert_eq!(struck(When::Nth(2)), [false, true, false, false]);
        assert_eq!(struck(When::Times(2)), [true, true, false, false]);
        assert_eq!(struck(When::Probability(0.0)), [false; 4]);
    }

    #[test]
    fn a_fault_in_one_tenant_leaves_the_others_alone() {
        let mut rng = fastrand::Rng::with_seed(1);
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut faults = Faults::default();
        faults.add(Fault::new("* /**", When::Every, What::NeverSent).in_tenant(one));
        assert_eq!(faults.strike("GET", "/users", Some(two), &mut rng), None);
        assert_eq!(faults.strike("GET", "/users", Some(one), &mut rng), Some(What::NeverSent));
    }
}
