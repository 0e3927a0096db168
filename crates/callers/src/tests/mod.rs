//! Requests in, callers out: with what vendors really send, and at every limit.

mod alerts;
mod never_panics;
mod recorded;
mod schemes;
mod tokens;
mod who;

use crate::{Auth, Callers, Denied, ResolvedCaller, Secret};
use access::config::May;
use http::Request;
use http::request::Parts;
use jiff::Timestamp;

/// 2026-11-20T09:00:00Z, when the recorded requests were signed.
const SIGNED_AT: i64 = 1_795_165_200;

fn now() -> Timestamp {
    Timestamp::from_second(SIGNED_AT).expect("within range")
}

fn secrets(secrets: &[&str]) -> Vec<Secret> {
    secrets.iter().map(|secret| Secret::new(*secret)).collect()
}

fn caller(auth: Auth) -> ResolvedCaller {
    ResolvedCaller { auth, may: [May::Request].into(), customers: None }
}

/// Callers that must all be usable.
fn callers(callers: impl IntoIterator<Item = (&'static str, Auth)>) -> Callers {
    let callers = callers.into_iter().map(|(name, auth)| (name.to_owned(), caller(auth))).collect();
    let (callers, unusable) = Callers::new(callers);
    assert_eq!(unusable, []);
    callers
}

fn parts(path: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).expect("the test's request is well formed").into_parts().0
}

fn identify(callers: &Callers, headers: &[(&str, &str)], body: &str, now: Timestamp) -> Result<String, Denied> {
    callers
        .identify(&parts("/api/v1/invitations", headers), body.as_bytes(), now, None)
        .map(|known| known.name.to_owned())
}

/// Whether one caller with this auth is let in, now.
fn is_let_in(auth: Auth, headers: &[(&str, &str)], body: &str) -> bool {
    identify(&callers([("one", auth)]), headers, body, now()).is_ok()
}
