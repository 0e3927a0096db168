//! `gatehouse package`: a folder and a zip that can be deployed.

use super::console::{Console, Failure};
use crate::package::{Host, Package, Program};
use std::path::PathBuf;

/// Make a folder that can be deployed, and its zip
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  gatehouse package azure --out ./app
  gatehouse package lambda --out ./function --program target/release/gatehouse")]
pub(super) struct Args {
    #[command(subcommand)]
    host: Hosted,
}

#[derive(Debug, clap::Subcommand)]
enum Hosted {
    /// For Azure Functions, as a custom handler: DIR and DIR.zip
    Azure(Order),
    /// For AWS Lambda on provided.al2023: DIR/bootstrap and DIR/bootstrap.zip
    Lambda(Order),
}

#[derive(Debug, clap::Args)]
struct Order {
    /// A new or empty folder, or one that an earlier call made
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The program to put in, for 64-bit Linux on x86-64; this very one if not given
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Package a program even if it needs a newer glibc than the cloud is known to have
    #[arg(long)]
    any_glibc: bool,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<u8, Failure> {
    let (host, order) = match &args.host {
        Hosted::Azure(order) => (Host::Azure, order),
        Hosted::Lambda(order) => (Host::Lambda, order),
    };
    // Before anything is written: it may be that the zip would have no name.
    host.zip(&order.out)?;
    let program = match &order.program {
        Some(program) => program.clone(),
        None => std::env::current_exe()
            .map_err(|error| Failure::new(format!("this program's file cannot be found: {error}")))?,
    };
    let package = Package::new(host, Program::read(&program)?, order.any_glibc)?;
    package.write_folder(&order.out)?;
    package.write_zip(&order.out)?;
    console.answer(&package.next(&order.out)?)?;
    for warning in package.warnings() {
        console.tell(&format!("\nwarning: {warning}"));
    }
    if cfg!(debug_assertions) && order.program.is_none() {
        console.tell("\nThis program was built for development: large and slow. Deploy one built with --release.");
    }
    Ok(0)
}
