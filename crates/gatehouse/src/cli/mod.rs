//! The command line: one file for each command, its arguments and its doing together.

mod console;
mod demo;
mod hosted;

use crate::settings::{Lookup, Settings};
use clap::{Parser, Subcommand};
use console::{Console, Failure};
use std::ffi::OsString;
use std::io::Write;
use std::sync::Arc;

/// Keeps a partner's engineers in its customers' Microsoft Entra tenants
#[derive(Debug, Parser)]
#[command(name = "gatehouse", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
}

/// Runs one command line; returns the exit status.
pub async fn run(
    args: impl IntoIterator<Item = OsString>,
    env: Arc<dyn Lookup>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let mut console = Console { out, err, is_watched: false };
    let args: Vec<OsString> = args.into_iter().collect();
    if args.len() < 2 {
        let Ok(settings) = Settings::read(env.clone()) else { return 1 };
        if let Some(port) = settings.azure_port {
            return match hosted::azure(port, settings).await {
                Ok(status) => status,
                Err(failure) => {
                    console.fail(&failure);
                    1
                }
            };
        }
        if settings.lambda {
            return hosted::lambda(&mut console);
        }
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            console.tell(&error.to_string());
            return 2;
        }
    };
    let ended: Result<u8, Failure> = match cli.command {
        Command::Demo(args) => demo::run(args, &mut console).await,
    };
    match ended {
        Ok(status) => status,
        Err(failure) => {
            console.fail(&failure);
            1
        }
    }
}
