//! `gatehouse demo`: the whole product on simulated tenants.

use super::console::{Console, Failure};
use crate::demo::{Broken, Ending, Home, tell};
use std::path::PathBuf;

/// Show the whole product on simulated tenants: no cloud, no account, no secret
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatehouse demo --once               tell the story and end
  gatehouse demo                      tell it, then serve the HTTP API on the simulated tenants
  gatehouse demo --once --dir ./demo  keep the configuration and the journal in ./demo")]
pub struct Args {
    /// Tell the story to its end and stop, instead of going on as a running host
    #[arg(long)]
    once: bool,
    /// The port of the HTTP API
    #[arg(long, default_value_t = 7071, value_name = "PORT")]
    port: u16,
    /// A new or empty folder for configuration and state; otherwise one for temporary files
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub async fn run(args: Args, console: &mut Console<'_>) -> Result<u8, Failure> {
    let home = Home::make(args.dir.as_deref())?;
    let told = tell(&home, Ending::Released, console.out).await;
    told.map_err(|broken| match broken {
        Broken::Output(error) => Failure::from(error),
        Broken::Failed(text) => Failure::new(text),
    })?;
    let folder = home.folder.display();
    console.tell(&format!("\nThe configuration and the journal are in {folder}."));
    Ok(0)
}
