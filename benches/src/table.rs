//! The figures as people read them.

use crate::cloud::Tally;
use crate::job::Account;

/// One contender in one scenario.
#[derive(Debug, Clone)]
pub struct Row {
    /// The scenario, in words.
    pub scenario: String,
    /// Who.
    pub contender: &'static str,
    /// Its own account.
    pub account: Account,
    /// What the cloud saw.
    pub tally: Tally,
}

const HEADS: [&str; 13] = [
    "scenario",
    "contender",
    "wall s",
    "requests",
    "units",
    "429",
    "429 %",
    "missing",
    "still in",
    "wrongly out",
    "invited twice",
    "peak MiB",
    "CPU s, own + cloud",
];

/// A Markdown table.
pub fn table(rows: &[Row]) -> String {
    let mut text = line(&HEADS.map(str::to_owned));
    text.push_str(&line(&HEADS.map(|_| "---".to_owned())));
    for row in rows {
        text.push_str(&line(&cells(row)));
    }
    text
}

fn cells(row: &Row) -> [String; 13] {
    let Row { scenario, contender, account, tally } = row;
    let share = 100.0 * tally.throttled as f64 / (tally.calls.max(1)) as f64;
    let wall = match tally.last_removal {
        gone if gone > 0.0 => format!("{:.2} (gone after {gone:.2})", account.seconds),
        _ => format!("{:.2}", account.seconds),
    };
    [
        scenario.clone(),
        (*contender).to_owned(),
        wall,
        tally.requests.to_string(),
        tally.units.to_string(),
        tally.throttled.to_string(),
        format!("{share:.1}"),
        tally.missing_later.map_or(tally.missing.to_string(), |later| format!("{}, then {later}", tally.missing)),
        tally.lingering.to_string(),
        tally.wrong_removals.to_string(),
        tally.duplicates.to_string(),
        format!("{:.0}", account.peak_mib),
        format!("{:.2} + {:.2}", account.cpu_seconds, tally.cloud_cpu_seconds),
    ]
}

fn line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}
