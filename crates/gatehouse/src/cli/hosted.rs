//! No arguments: whoever started us says in the environment what to be.

use super::console::Failure;
use crate::hosts::azure::{self, EXIT_STOPPED};
use crate::hosts::{Host, logs, stop};
use crate::settings;
use crate::wiring::Place;
use std::sync::Arc;

/// Serves the Azure Functions host at the port that it chose. Everything but the port waits for the first invocation:
/// the host wants an answer at once, and a configuration that is broken is told to every invocation, where it is seen.
pub(super) async fn azure(port: u16, place: Place) -> Result<u8, Failure> {
    let listener = azure::bind(port).await?;
    if let Err(why) = logs::start(logs::Reader::Host, place.settings.log.as_deref()) {
        // The host gives up after a few early ends of its program, and a log filter is not worth that.
        logs::start(logs::Reader::Host, None)?;
        tracing::error!(why, "logging as if GATEHOUSE_LOG were not set");
    }
    let (clock, random) = (place.doors.clock.clone(), place.doors.random.clone());
    let host = Host::new(functions::all(), Box::new(place), clock, random);
    azure::serve(Arc::new(host), listener, stop::on_signal()).await?;
    Ok(EXIT_STOPPED)
}

/// AWS Lambda comes later.
pub(super) fn lambda() -> Failure {
    Failure::new("this version does not run on AWS Lambda; a later one will").hint(format!(
        "{} is set, so Lambda started this program. It runs on Azure Functions (gatehouse package azure) and by itself \
         (gatehouse serve)",
        settings::LAMBDA
    ))
}
