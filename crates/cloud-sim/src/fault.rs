//! Faults as values: which requests go wrong, how often, and how.

use crate::graph;
use std::time::Duration;
use uuid::Uuid;

/// One kind of trouble, aimed at some requests.
#[derive(Debug, Clone)]
pub struct Fault {
    /// `METHOD /path`: `*` stands for any method or one path segment, `**` at the end for any rest. The path has no
    /// version and no query; the token endpoint is `POST /*/oauth2/v2.0/token`, a batch envelope `POST /$batch`. Paths of
    /// Azure Resource Manager have `/management` before them, and a log query is `POST /logs/v1/workspaces/*/query`. A path
    /// that a [`Recorded::route`](crate::Recorded::route) names means that route alone.
    pub on: String,
    /// Only in this tenant, or in all.
    pub tenant: Option<Uuid>,
    /// How many of the matching requests are left alone first.
    pub skip: u32,
    /// How often.
    pub when: When,
    /// What goes wrong.
    pub what: What,
}

impl Fault {
    /// A fault in every tenant.
    pub fn new(on: &str, when: When, what: What) -> Self {
        Self { on: on.to_owned(), tenant: None, skip: 0, when, what }
    }

    /// The same fault, counting only from the match after the first `skip`.
    pub fn after(self, skip: u32) -> Self {
        Self { skip, ..self }
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
    /// The first, and all that come within this time after it.
    For(Duration),
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
    /// It is done, and answered with this status and code all the same. A 429 has been seen after a change only on an
    /// item of a batch: a request of its own is not done then.
    StatusAfter(u16, &'static str),
    /// The request never leaves the client. On an item of a batch it is as [`What::ResetBefore`]: the envelope has left,
    /// and other items may be done.
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
    /// The page of somebody in between comes instead of an answer, with this status. As an item of a batch it is that
    /// item's answer.
    ProxyPage {
        /// The status of the page, which may well be a success.
        status: u16,
        /// Whether the request was carried out all the same.
        done: bool,
    },
    /// 200, but an error in the body; nothing is done.
    ErrorBody,
    /// A list shows the first half of its page, rounded down, as if that were all; a delta keeps its last link.
    HalfPage,
    /// It is done, and the answer comes without its body; the status stays.
    EmptyBody,
    /// A log query gives the first half of its rows, rounded down, and says that an error cut it short.
    Partial,
    /// A list comes as an empty page with a link to the rest; never twice in a row, so that reading ends.
    EmptyPage,
    /// A list shows every object twice.
    Twice,
    /// Memberships, and what applications made, are shown as they were so long ago. [`SimOptions::history`] says how far
    /// back memberships are remembered.
    ///
    /// [`SimOptions::history`]: crate::SimOptions::history
    Stale(Duration),
    /// It is done, and a batch's answer says nothing about it; alone, the connection breaks.
    Unanswered,
    /// The login service refuses with this AADSTS number.
    SignIn(u32),
}

impl What {
    /// Whether the request is not carried out, so that its answer is made up.
    pub(crate) fn is_undone(self) -> bool {
        matches!(self, Self::NeverSent | Self::ResetBefore | Self::HtmlGateway | Self::ProxyPage { done: false, .. })
    }

    /// The same on a request that is no item of a batch.
    pub(crate) fn alone(self) -> Self {
        match self {
            Self::StatusAfter(429, code) => Self::Status(429, code),
            other => other,
        }
    }

    /// Whether, on an item of a batch, it spoils the whole envelope.
    pub(crate) fn spoils_envelope(self) -> bool {
        matches!(
            self,
            Self::NeverSent | Self::ResetBefore | Self::ResetAfter | Self::CutJson | Self::HtmlGateway | Self::Slow(_)
        )
    }
}

/// The faults that are set, and how often each has matched.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    set: Vec<Set>,
}

/// A fault that is set.
#[derive(Debug, Clone)]
struct Set {
    fault: Fault,
    /// Whether it is aimed at one route.
    by_route: bool,
    /// How often it matched, those that it leaves alone included.
    matched: u32,
    /// When it first hit.
    since: Option<Duration>,
}

/// One request, as faults are aimed at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) route: Option<&'static str>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        let path = fault.on.split_once(' ').map_or(fault.on.as_str(), |(_, path)| path);
        let by_route = graph::is_route(path);
        self.set.push(Set { fault, by_route, matched: 0, since: None });
    }

    pub(crate) fn clear(&mut self) {
        self.set.clear();
    }

    /// The trouble that this request is in. All faults that match count it; the first that hits decides.
    pub(crate) fn strike(
        &mut self,
        asked: Asked<'_>,
        tenant: Option<Uuid>,
        now: Duration,
        rng: &mut fastrand::Rng,
    ) -> Option<What> {
        let Asked { method, path, route } = asked;
        let mut struck = None;
        for Set { fault, by_route, matched, since } in &mut self.set {
            // A route's path may fit a more special one's too: `/groups/{id}` the path `/groups/delta`.
            let path = if *by_route { route.unwrap_or(path) } else { path };
            let is_route = |on: &str| on.split_once(' ').is_some_and(|(_, wanted)| wanted == path);
            let fits = matches(&fault.on, method, path) && (!*by_route || is_route(&fault.on));
            if fault.tenant.is_some() && fault.tenant != tenant || !fits {
                continue;
            }
            *matched += 1;
            let Some(seen) = matched.checked_sub(fault.skip).filter(|seen| *seen > 0) else { continue };
            let hits = match fault.when {
                When::Every => true,
                When::Nth(n) => seen == n,
                When::Times(n) => seen <= n,
                When::For(time) => now < *since.get_or_insert(now) + time,
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

    const USERS: Asked<'_> = Asked { method: "GET", path: "/users", route: Some("/users") };

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
            (0..4).map(|_| faults.strike(USERS, None, Duration::ZERO, &mut rng).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(struck(When::Every), [true; 4]);
        assert_eq!(struck(When::Nth(2)), [false, true, false, false]);
        assert_eq!(struck(When::Times(2)), [true, true, false, false]);
        assert_eq!(struck(When::Probability(0.0)), [false; 4]);
    }

    #[test]
    fn a_fault_on_a_route_leaves_alone_what_only_looks_like_it() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut faults = Faults::default();
        faults.add(Fault::new("GET /groups/{id}", When::Every, What::ResetAfter));
        let mut struck = |path, route| {
            let asked = Asked { method: "GET", path, route: Some(route) };
            faults.strike(asked, None, Duration::ZERO, &mut rng).is_some()
        };
        assert!(struck("/groups/1", "/groups/{id}"));
        assert!(!struck("/groups/delta", "/groups/delta"));
    }

    #[test]
    fn a_fault_that_lasts_begins_with_the_first_match_that_it_does_not_leave_alone() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut faults = Faults::default();
        faults.add(Fault::new("GET /users", When::For(Duration::from_secs(600)), What::ResetAfter).after(1));
        let mut struck = |second| faults.strike(USERS, None, Duration::from_secs(second), &mut rng).is_some();
        assert_eq!([0, 500, 1_099, 1_100, 5_000].map(&mut struck), [false, true, true, false, false]);
    }

    #[test]
    fn a_fault_in_one_tenant_leaves_the_others_alone() {
        let mut rng = fastrand::Rng::with_seed(1);
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut faults = Faults::default();
        faults.add(Fault::new("* /**", When::Every, What::NeverSent).in_tenant(one));
        assert_eq!(faults.strike(USERS, Some(two), Duration::ZERO, &mut rng), None);
        assert_eq!(faults.strike(USERS, Some(one), Duration::ZERO, &mut rng), Some(What::NeverSent));
    }
}
