//! The command line: one file for each command, its arguments and its doing together.
//!
//! Standard output is the answer and can be piped; standard error is the conversation. Every command ends with the
//! status that its help names; a command line that cannot be understood ends with 1, since `plan` gives 2 a meaning.

mod adopt;
mod audit;
mod check;
mod console;
mod deciding;
mod demo;
mod desk;
mod drill;
mod forget;
mod held;
mod hosted;
mod incidents;
mod invite;
mod journal;
mod leave;
mod offboard;
mod onboard;
mod open;
mod package;
mod page;
mod pause;
mod permissions;
mod plan;
mod progress;
mod publish;
mod refused;
mod report;
mod requests;
mod resume;
mod schema;
mod serve;
mod sync;
#[cfg(test)]
mod tests;
mod unbar;
mod undo;
mod unveto;
mod why;
mod wishes;

use crate::hosts::logs;
use crate::settings::{Lookup, Settings};
use crate::wiring::{Doors, Place};
use clap::{CommandFactory, Parser, Subcommand};
use console::{Console, Failure};
use futures::future::LocalBoxFuture;
use open::Context;
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// Keeps a partner's engineers in its customers' Microsoft Entra tenants
#[derive(Debug, Parser)]
#[command(name = "gatehouse", version, max_term_width = 100)]
#[command(after_help = "Begin with:
  gatehouse demo --once              what it does, on simulated tenants
  gatehouse --config DIR check       whether your configuration can be used
  gatehouse --config DIR plan        what it would do in your customers' tenants
  gatehouse --config DIR sync        do it

Environment:
  GATEHOUSE_CONFIG   the configuration folder, or where one is published (az://, s3://, file:)
  GATEHOUSE_LOG      what is logged, such as info or warn,engine=debug
  GATEHOUSE_URL      where the public reaches a host: https://HOST
  OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS
                     where a host sends traces and metrics
  SSL_CERT_FILE      root certificates instead of the system's
  and the variables that the configuration names as env:NAME

With the configuration of a host, at a desk:
  GATEHOUSE_STORAGE_TOKEN     a token of yours for the store in Azure
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
                              credentials of yours for the store in S3
  GATEHOUSE_APP_CERTIFICATE   a PEM file with a certificate of the app and its key, where the
                              hosts sign in with a managed identity

Without a command it serves the host that started it: Azure Functions (FUNCTIONS_CUSTOMHANDLER_PORT)
or AWS Lambda (AWS_LAMBDA_RUNTIME_API). Started by neither, it prints this help.")]
struct Cli {
    /// The configuration folder, or where one is published, instead of GATEHOUSE_CONFIG
    #[arg(long, global = true, value_name = "DIR|URL", help_heading = "For every command")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Check(check::Args),
    Permissions(permissions::Args),
    Plan(plan::Args),
    Sync(sync::Args),
    Why(why::Args),
    Journal(journal::Args),
    Report(report::Args),
    Audit(audit::Args),
    Adopt(adopt::Args),
    Undo(undo::Args),
    Unveto(unveto::Args),
    Forget(forget::Args),
    Onboard(onboard::Args),
    Offboard(offboard::Args),
    Invite(invite::Args),
    Requests(requests::Args),
    Incidents(incidents::Args),
    Drill(drill::Args),
    Page(page::Args),
    Leave(leave::Args),
    Unbar(unbar::Args),
    Pause(pause::Args),
    Resume(resume::Args),
    Serve(serve::Args),
    Schema(schema::Args),
    Package(package::Args),
    Publish(publish::Args),
}

/// Runs the process's own command line: with log lines, and with progress where somebody is watching. Returns the exit
/// status.
pub async fn run_process(
    args: impl IntoIterator<Item = OsString>,
    env: Arc<dyn Lookup>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    dispatch(args, env, Doors::system(), &mut Console { out, err, is_process: true }).await
}

/// Runs one command line with these doors and leaves nothing behind in the process: no log, no progress. `args` begins
/// with the program's name. Returns the exit status.
pub async fn run(
    args: impl IntoIterator<Item = OsString>,
    env: Arc<dyn Lookup>,
    doors: Doors,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    dispatch(args, env, doors, &mut Console { out, err, is_process: false }).await
}

async fn dispatch(
    args: impl IntoIterator<Item = OsString>,
    env: Arc<dyn Lookup>,
    doors: Doors,
    console: &mut Console<'_>,
) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            console.tell(error.to_string().trim_end());
            return 1;
        }
        Err(help) => {
            // Nobody reads the help any more: nothing is lost.
            let _ = console.answer(&help.to_string());
            return 0;
        }
    };
    let ended = match Settings::read(env) {
        Ok(settings) => perform(cli, settings, doors, console).await,
        Err(problems) => Err(Failure::new(problems.join("\nerror: ")).hint("these are variables of the environment")),
    };
    ended.unwrap_or_else(|failure| {
        console.fail(&failure);
        1
    })
}

async fn perform(cli: Cli, settings: Settings, doors: Doors, console: &mut Console<'_>) -> Result<u8, Failure> {
    let Some(command) = cli.command else {
        return match settings.azure_port {
            Some(port) => {
                hosted::azure(
                    port,
                    Place { folder: cli.config.or(settings.config.clone()).unwrap_or_default(), settings, doors },
                )
                .await
            }
            None if settings.lambda => {
                let folder = cli.config.or(settings.config.clone()).unwrap_or_default();
                hosted::lambda(Place { folder, settings, doors }).await
            }
            None => {
                console.answer(&Cli::command().render_help().to_string())?;
                Ok(0)
            }
        };
    };
    if console.is_process && !matches!(command, Command::Serve(_) | Command::Demo(_)) {
        logs::start(logs::Reader::Person, settings.log.as_deref())?;
    }
    let needs_configuration =
        !matches!(command, Command::Demo(_) | Command::Schema(_) | Command::Package(_) | Command::Publish(_));
    let context = Context::new(cli.config, settings, doors, needs_configuration).await;
    // Boxed, each by itself: together they would make one future of the size of all.
    let running: LocalBoxFuture<'_, Result<u8, Failure>> = match &command {
        Command::Demo(args) => Box::pin(demo::run(args, &context, console)),
        Command::Check(args) => Box::pin(std::future::ready(check::run(args, &context, console))),
        Command::Permissions(args) => Box::pin(std::future::ready(permissions::run(args, &context, console))),
        Command::Plan(args) => Box::pin(plan::run(args, &context, console)),
        Command::Sync(args) => Box::pin(sync::run(args, &context, console)),
        Command::Why(args) => Box::pin(why::run(args, &context, console)),
        Command::Journal(args) => Box::pin(journal::run(args, &context, console)),
        Command::Report(args) => Box::pin(report::run(args, &context, console)),
        Command::Audit(args) => Box::pin(audit::run(args, &context, console)),
        Command::Adopt(args) => Box::pin(adopt::run(args, &context, console)),
        Command::Undo(args) => Box::pin(undo::run(args, &context, console)),
        Command::Unveto(args) => Box::pin(unveto::run(args, &context, console)),
        Command::Forget(args) => Box::pin(forget::run(args, &context, console)),
        Command::Onboard(args) => Box::pin(onboard::run(args, &context, console)),
        Command::Offboard(args) => Box::pin(offboard::run(args, &context, console)),
        Command::Invite(args) => Box::pin(invite::run(args, &context, console)),
        Command::Requests(args) => Box::pin(requests::run(args, &context, console)),
        Command::Incidents(args) => Box::pin(incidents::run(args, &context, console)),
        Command::Drill(args) => Box::pin(drill::run(args, &context, console)),
        Command::Page(args) => Box::pin(page::run(args, &context, console)),
        Command::Leave(args) => Box::pin(leave::run(args, &context, console)),
        Command::Unbar(args) => Box::pin(unbar::run(args, &context, console)),
        Command::Pause(args) => Box::pin(pause::run(args, &context, console)),
        Command::Resume(args) => Box::pin(resume::run(args, &context, console)),
        Command::Serve(args) => Box::pin(serve::run(args, &context, console)),
        Command::Schema(args) => Box::pin(std::future::ready(schema::run(args, console))),
        Command::Package(args) => Box::pin(std::future::ready(package::run(args, console))),
        Command::Publish(args) => Box::pin(publish::run(args, &context, console)),
    };
    running.await
}
