//! No arguments: whoever started us says in the environment what to be.

use super::console::Failure;
use crate::hosts::azure::{self, EXIT_STOPPED};
use crate::hosts::lambda::{Lambda, Sqs};
use crate::hosts::{Host, logs, stop};
use crate::settings;
use crate::telemetry::Telemetry;
use crate::wiring::Place;
use outside::Https;
use std::sync::Arc;

/// Serves the Azure Functions host at the port that it chose. Everything but the port waits for the first invocation:
/// the host wants an answer at once, and a configuration that is broken is told to every invocation, where it is seen.
pub(super) async fn azure(port: u16, place: Place) -> Result<u8, Failure> {
    let listener = azure::bind(port).await?;
    let telemetry = observe(&place)?;
    let (clock, random) = (place.doors.clock.clone(), place.doors.random.clone());
    let host = Host::new(functions::all(), Box::new(place), clock, random).observed(telemetry.clone());
    azure::serve(Arc::new(host), listener, stop::on_signal()).await?;
    if let Some(telemetry) = telemetry {
        telemetry.finish().await;
    }
    Ok(EXIT_STOPPED)
}

/// Starts the log of a host, and traces and metrics where the environment asks for them. A mistake there is told in the log:
/// a host gives up after a few early ends of its program, and neither is worth that.
pub(super) fn observe(place: &Place) -> Result<Option<Arc<Telemetry>>, Failure> {
    let (telemetry, why_none) = match place.telemetry() {
        Ok(telemetry) => (telemetry, None),
        Err(why) => (None, Some(why)),
    };
    let start = |filter: Option<&str>| logs::start_with(logs::Reader::Host, filter, telemetry.as_deref());
    if let Err(why) = start(place.settings.log.as_deref()) {
        start(None)?;
        tracing::error!(why, "logging as if GATEHOUSE_LOG were not set");
    }
    for why in place.settings.otlp_problems.iter().chain(&why_none) {
        tracing::error!(why, "telemetry");
    }
    Ok(telemetry)
}

/// Serves AWS Lambda. The first event is asked for before anything is read: what is broken is told to every invocation.
pub(super) async fn lambda(place: Place) -> Result<u8, Failure> {
    if !place.settings.lambda_lacks.is_empty() {
        let lacks = place.settings.lambda_lacks.join(", ");
        return Err(Failure::new(format!("{} is set, but not {lacks}", settings::LAMBDA))
            .hint("Lambda sets them all; set them too where something else stands in for it"));
    }
    let telemetry = observe(&place)?;
    let (clock, random) = (place.doors.clock.clone(), place.doors.random.clone());
    let queue = place.settings.queue.clone().zip(place.settings.aws.clone()).map(|(queue, keys)| {
        let transport = place.doors.transport.clone().unwrap_or_else(|| Arc::new(Https::new(Vec::new())));
        Sqs::new(queue, keys, transport, random.clone())
    });
    let host = Host::new(functions::all(), Box::new(place), clock, random).observed(telemetry);
    Lambda::new(Arc::new(host), queue).serve().await?;
    Ok(0)
}
