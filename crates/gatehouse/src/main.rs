//! The program's entry, until the command line is in place: the Azure host when the environment names its port,
//! otherwise `package azure --out DIR`.

use async_trait::async_trait;
use functions::Inside;
use gatehouse::hosts::azure::{self, EXIT_STOPPED};
use gatehouse::hosts::{Host, Wiring, logs, stop};
use outside::{SystemClock, SystemRandom};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

struct Unwired;

#[async_trait]
impl Wiring for Unwired {
    async fn build(&self) -> Result<Inside, String> {
        Err("there is no configuration; set GATEHOUSE_CONFIG".into())
    }
}

#[allow(clippy::disallowed_methods, reason = "until settings.rs reads the environment")]
fn port() -> Option<u16> {
    std::env::var("FUNCTIONS_CUSTOMHANDLER_PORT").ok()?.parse().ok()
}

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the command line")]
#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ended = match (port(), arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice()) {
        (Some(port), []) => serve(port).await.map(|()| ExitCode::from(EXIT_STOPPED)),
        (_, ["package", "azure", "--out", out]) => std::env::current_exe()
            .map_err(|error| error.to_string())
            .and_then(|program| gatehouse::package::azure(Path::new(out), &program))
            .map(|next| {
                println!("{next}");
                ExitCode::SUCCESS
            }),
        _ => Err("usage: gatehouse package azure --out DIR".into()),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

async fn serve(port: u16) -> Result<(), String> {
    let listener = azure::bind(port).await?;
    logs::start(logs::Reader::Host, None)?;
    let host =
        Host::new(functions::all(), Box::new(Unwired), Arc::new(SystemClock::new()), Arc::new(SystemRandom));
    azure::serve(Arc::new(host), listener, stop::on_signal()).await
}
