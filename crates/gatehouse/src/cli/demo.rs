//! `gatehouse demo`: the whole product on simulated tenants.

use super::console::{Console, Failure};
use super::open::Context;
use super::serve;
use crate::demo::{API_KEY, Broken, Ending, Home, StoryClock, tell};
use crate::hosts::{local, logs};
use outside::{Clock, SystemClock};
use std::path::PathBuf;
use std::sync::Arc;

/// Show the whole product on simulated tenants: no cloud, no account, no secret
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatehouse demo --once               tell the story and end
  gatehouse demo                      tell it, then serve the HTTP API on the simulated tenants
  gatehouse demo --once --dir ./demo  keep configuration and journal in ./demo, to look at")]
pub(super) struct Args {
    /// Tell the story to its end and stop, instead of going on as a running host
    #[arg(long)]
    once: bool,
    /// The port of the HTTP API; 0 takes any free one
    #[arg(long, default_value_t = 7071, value_name = "PORT", conflicts_with = "once")]
    port: u16,
    /// A new or empty folder for configuration and state; otherwise one for temporary files
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Output(error) => error.into(),
            Broken::Failed(text) => Self::new(text),
        }
    }
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    // Before the story is told: a port that is taken should not come as its end.
    let listener = if args.once { None } else { Some(local::bind(args.port).await?) };
    let time: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let Some(listener) = listener else {
        let home = Home::make(args.dir.as_deref(), Arc::new(StoryClock::new(time)))?;
        tell(&home, Ending::Released, console.out).await?;
        console.tell(&format!("\n{}", what_is_left(&home.folder.display().to_string())));
        return Ok(0);
    };
    // Other processes work on the same tenants and the same state, so this one must have their time.
    let mut home = Home::make(args.dir.as_deref(), time)?;
    home.open().await?;
    let folder = home.folder.display().to_string();
    let digest = tell(&home, Ending::Open, console.out).await?;
    let address = serve::address(&listener);
    console.answer(&format!(
        "\n== The same tenants, with a running host\n\n\
         Timers, queue and HTTP API are at work on the simulated tenants at {address}. In another terminal:\n\n\
         \x20 curl {address}/api/v1/health -H 'X-API-Key: {API_KEY}'\n\
         \x20 curl {address}/api/v1/plans -H 'X-API-Key: {API_KEY}'\n\n\
         Let the twelve removals through; the next minute's run carries them out:\n\n\
         \x20 curl {address}/api/v1/plans/{digest}/release -H 'X-API-Key: {API_KEY}' \\\n\
         \x20   -H 'Content-Type: application/json' -d '{{\"by\":{{\"email\":\"you@northwind.example\"}}}}'\n\n"
    ))?;
    console.tell(&format!("{}\nCtrl-C stops.", what_to_try(&folder)));
    if console.is_process {
        logs::start(logs::Reader::Person, Some(context.settings.log.as_deref().unwrap_or("info")))?;
    }
    serve::host(home.place(), listener, None).await?;
    Ok(0)
}

/// What a story that is over leaves to look at.
fn what_is_left(folder: &str) -> String {
    format!(
        "Configuration and journal are in {folder}. Next:\n\
         \x20 gatehouse --config {folder} check\n\
         \x20 gatehouse --config {folder} journal tailspin\n\
         \x20 gatehouse --config {folder} journal verify\n\
         (its tenants are gone; `gatehouse demo` without --once keeps them, for every other command)"
    )
}

/// What to try while the tenants are there.
fn what_to_try(folder: &str) -> String {
    format!(
        "Or on the command line, as on real tenants:\n\
         \x20 gatehouse --config {folder} plan\n\
         \x20 gatehouse --config {folder} why contoso dmitri@northwind.example\n\
         \x20 gatehouse --config {folder} journal tailspin\n\
         Or let somebody in for a while; the answer says how the lead (lead@northwind.example) approves it:\n\
         \x20 gatehouse --config {folder} invite fabrikam security walid@northwind.example --for 8h \\\n\
         \x20   --ticket INC0012345 --reason \"a firewall is to be moved\" --by dora@northwind.example\n\
         \x20 gatehouse --config {folder} requests\n\
         Or see whether people can be reached, and what was paged:\n\
         \x20 gatehouse --config {folder} page --test contoso\n\
         \x20 gatehouse --config {folder} incidents"
    )
}
