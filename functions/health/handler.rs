//! `GET /api/v1/health`: status and version for anybody, what is red for callers with `read`.

use crate::{Inside, json};
use access::config::May;
use bytes::Bytes;
use engine::{Glance, Health, Red};
use http::header::{AGE, HeaderValue};
use http::{Request, Response, StatusCode};
use std::sync::Arc;
use std::time::Duration;

pub(crate) async fn handle(inside: &Inside, request: Request<Bytes>) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    // A caller who is not let in gets what anybody gets: a monitor needs no key, and a wrong key learns nothing.
    let reader = inside.gate.identify(&parts, &body).await.ok().filter(|known| known.may_any(&[May::Read]));
    let Some(known) = reader else {
        let Glance { health, age } = Arc::clone(&inside.engine).glance().await;
        // There are no details in it; they must not leave here even by a mistake.
        return answer(&Health { red: None, noted: Vec::new(), ..health }, age);
    };
    let mut health = inside.engine.health().await;
    let may_see = |item: &Red| item.customer.as_ref().is_none_or(|name| known.may_see(name));
    health.red.iter_mut().for_each(|red| red.retain(may_see));
    health.noted.retain(may_see);
    answer(&health, Duration::ZERO)
}

/// The answer, with the age of what it says: whole seconds, rounded up.
fn answer(health: &Health, age: Duration) -> Response<Bytes> {
    let mut response = json::response(StatusCode::OK, health);
    let seconds = u64::try_from(age.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
    response.headers_mut().insert(AGE, HeaderValue::from(seconds));
    response
}

#[cfg(test)]
mod tests;
