//! `gatehouse serve`: everything on one machine.

use super::console::{Console, Failure};
use super::open::{Context, Errors};
use crate::hosts::local::{self, Local};
use crate::hosts::{Host, logs, stop};
use crate::telemetry::Telemetry;
use crate::wiring::Place;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Run timers, queue and HTTP API in this process, on this machine
#[derive(Debug, clap::Args)]
#[command(after_help = "It listens on 127.0.0.1 until Ctrl-C or SIGTERM. The functions are those that run on Azure.

Examples:
  gatehouse serve --config ./config
  GATEHOUSE_LOG=debug gatehouse serve --port 8080")]
pub(super) struct Args {
    /// The port of the HTTP API; 0 takes any free one
    #[arg(long, default_value_t = 7071, value_name = "PORT")]
    port: u16,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let listener = local::bind(args.port).await?;
    // Opened once here for its errors: a person is watching, and should not have to wait for the first timer.
    let opened = context.open(Errors::Refuse, console)?;
    opened.engine()?;
    let place = opened.place;
    let mut telemetry = None;
    if console.is_process {
        let filter = context.settings.log.as_deref().unwrap_or("info");
        telemetry = place.telemetry()?;
        logs::start_with(logs::Reader::Person, Some(filter), telemetry.as_deref())?;
        for why in &context.settings.otlp_problems {
            tracing::error!(why, "telemetry");
        }
    }
    console.tell(&format!("listening on {}; Ctrl-C stops", address(&listener)));
    host(place, listener, telemetry).await?;
    Ok(0)
}

/// Where a listener is reached.
pub(super) fn address(listener: &TcpListener) -> String {
    listener.local_addr().map_or_else(|_| "127.0.0.1".into(), |address| format!("http://{address}"))
}

/// Serves until a signal says to stop.
pub(super) async fn host(
    place: Place,
    listener: TcpListener,
    telemetry: Option<Arc<Telemetry>>,
) -> Result<(), Failure> {
    let (clock, random) = (place.doors.clock.clone(), place.doors.random.clone());
    let host = Host::new(functions::all(), Box::new(place), clock, random).observed(telemetry.clone());
    Local::new(Arc::new(host)).serve(listener, stop::on_signal()).await?;
    if let Some(telemetry) = telemetry {
        telemetry.finish().await;
    }
    Ok(())
}
