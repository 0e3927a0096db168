//! No arguments: whoever started us says in the environment what to be.

use super::console::Failure;
use crate::hosts::azure::{self, EXIT_STOPPED};
use crate::hosts::lambda::{Lambda, Sqs};
use crate::hosts::{Host, logs, stop};
use crate::settings;
use crate::wiring::Place;
use outside::Https;
use std::sync::Arc;

/// Serves the Azure Functions host at the port that it chose. Everything but the port waits for the first invocation:
/// the host wants an answer at once, and a configuration that is broken is told to every invocation, where it is seen.
pub(super) async fn azure(port: u16, place: Place) -> Result<u8, Failure> {
    let listener = azure::bind(port).await?;
    start_logs(&place)?;
    let (clock, random) = (place.doors.clock.clone(), place.doors.random.clone());
    let host = Host::new(functions::all(), Box::new(place), clock, random);
    azure::serve(Arc::new(host), listener, stop::on_signal()).await?;
    Ok(EXIT_STOPPED)
}

/// Serves AWS Lambda. The first event is asked for before anything is read: what is broken is told to every invocation.
pub(super) async fn lambda(place: Place) -> Result<u8, Failure> {
    if !place.settings.lambda_lacks.is_empty() {
        let lacks = place.settings.lambda_lacks.join(", ");
        return Err(Failure::new(format!("{} is set, but not {lacks}", settings::LAMBDA))
            .hint("Lambda sets them all; set them too where something else stands in for it"));
    }
    start_logs(&place)?;
    let (clock, random) = (place.doors.clock.clone(), place.doors.random.clone());
    let queue = place.settings.queue.clone().zip(place.settings.aws.clone()).map(|(queue, keys)| {
        let transport = place.doors.transport.clone().unwrap_or_else(|| Arc::new(Https::new(Vec::new())));
        Sqs::new(queue, keys, transport, random.clone())
    });
    let host = Host::new(functions::all(), Box::new(place), clock, random);
    Lambda::new(Arc::new(host), queue).serve().await?;
    Ok(0)
}

/// The host gives up after a few early ends of its program, and a log filter is not worth that.
fn start_logs(place: &Place) -> Result<(), Failure> {
    if let Err(why) = logs::start(logs::Reader::Host, place.settings.log.as_deref()) {
        logs::start(logs::Reader::Host, None)?;
        tracing::error!(why, "logging as if GATEHOUSE_LOG were not set");
    }
    Ok(())
}
