//! What the system counts for this process (Linux).
#![allow(clippy::disallowed_methods, reason = "a measurement needs the machine's own clock")]

use crate::job::Account;
use std::time::Instant;

/// Ticks of processor time in a second, the same on every Linux that Rust runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Measures from here on.
pub struct Watch {
    started: Instant,
    cpu: f64,
}

impl Watch {
    /// The clock starts.
    pub fn start() -> Self {
        Self { started: Instant::now(), cpu: cpu_seconds() }
    }

    /// What was used since.
    pub fn read(&self) -> Account {
        Account {
            seconds: self.started.elapsed().as_secs_f64(),
            cpu_seconds: cpu_seconds() - self.cpu,
            peak_mib: peak_mib(),
        }
    }
}

/// Processor time of this process so far; 0 where the system does not tell.
pub fn cpu_seconds() -> f64 {
    cpu_seconds_of(std::process::id())
}

/// Processor time of a process so far; 0 where the system does not tell.
pub fn cpu_seconds_of(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The second field is a name in brackets, which may hold spaces; user and system time are the 14th and 15th.
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}

/// The most memory that this process ever had resident; 0 where the system does not tell.
pub fn peak_mib() -> f64 {
    peak_mib_of(std::process::id())
}

/// The most memory that a process ever had resident; 0 where the system does not tell.
pub fn peak_mib_of(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    let kib: f64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or_default();
    kib / 1024.0
}
