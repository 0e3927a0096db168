//! `GET /api/v1/health`: status and version for anybody, what is red for callers with `read`.

use crate::{Inside, json};
use access::config::May;
use bytes::Bytes;
use engine::{Health, Red};
use http::{Request, Response, StatusCode};

pub(crate) async fn handle(inside: &Inside, request: Request<Bytes>) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    // A caller who is not let in gets what anybody gets: a monitor needs no key, and a wrong key learns nothing.
    let reader = inside.gate.identify(&parts, &body).await.ok().filter(|known| known.may_any(&[May::Read]));
    let mut health = inside.engine.health(reader.is_some()).await;
    // The engine was asked for no details without a reader; they must not leave here even by a mistake.
    let Some(known) = reader else {
        let health = Health { red: None, noted: Vec::new(), ..health };
        return json::response(StatusCode::OK, &health);
    };
    let may_see = |item: &Red| item.customer.as_ref().is_none_or(|name| known.may_see(name));
    health.red.iter_mut().for_each(|red| red.retain(may_see));
    health.noted.retain(may_see);
    json::response(StatusCode::OK, &health)
}

#[cfg(test)]
mod tests;
