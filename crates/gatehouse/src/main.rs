//! The program's entry: everything is in the library, so that tests can call it too.

use gatehouse::cli;
use gatehouse::settings::Process;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;

#[tokio::main]
async fn main() -> ExitCode {
    // Not locked: under a host, log lines go to standard output too.
    let (mut out, mut err) = (io::stdout(), io::stderr());
    cli::run_process(std::env::args_os(), Arc::new(Process), &mut out, &mut err).await.into()
}
