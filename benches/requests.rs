//! How many requests for access a second one host accepts, with its store on this machine's disk.
//!
//! ```text
//! cargo bench -p bench --bench requests                             8, 16 and 32 clients, 10 s each
//! cargo bench -p bench --bench requests -- --clients 64 --seconds 30
//! ```
//!
//! Needs Linux. The store is in the folder for temporary files (`TMPDIR`), which should be on a disk.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program whose output is a table")]

use bench::{asking, run};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), String> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    // `cargo bench` adds `--bench` by itself.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [asking::PART, folder, port] => return runtime.block_on(asking::part(Path::new(folder), port)),
        _ if runtime.block_on(run::part(&arguments))? => return Ok(()),
        _ => {}
    }
    let (mut clients, mut seconds) = (vec![8, 16, 32], 10_u32);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let number = words.next().and_then(|word| word.parse::<u32>().ok());
        let number = number.ok_or_else(|| format!("a number belongs behind {word}"))?;
        match word.as_str() {
            "--clients" => clients = vec![number as usize],
            "--seconds" => seconds = number,
            other => return Err(format!("{other} is neither --clients nor --seconds")),
        }
    }
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    for clients in clients {
        let row = asking::measure(&program, clients, Duration::from_secs(seconds.into()))?;
        eprint!("{}", asking::table(std::slice::from_ref(&row)));
        rows.push(row);
    }
    print!("{}", asking::table(&rows));
    Ok(())
}
