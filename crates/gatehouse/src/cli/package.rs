//! `gatehouse package`: a folder that can be deployed.

use super::console::{Console, Failure};
use crate::package;
use std::path::PathBuf;

/// Make a folder that can be deployed
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  gatehouse package azure --out ./app")]
pub(super) struct Args {
    #[command(subcommand)]
    host: Hosted,
}

#[derive(Debug, clap::Subcommand)]
enum Hosted {
    /// For Azure Functions, as a custom handler
    Azure {
        /// A new or empty folder, or one that an earlier call made
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<u8, Failure> {
    let Hosted::Azure { out } = &args.host;
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("this program's file cannot be found: {error}")))?;
    let next = package::azure(out, &program)?;
    console.answer(&next)?;
    if cfg!(debug_assertions) {
        console.tell("\nThis program was built for development: large and slow. Deploy one built with --release.");
    }
    Ok(0)
}
