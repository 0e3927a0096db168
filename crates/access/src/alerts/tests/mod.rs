//! Every kind of body that is known to arrive, and many that should not.

mod bounds;
mod malformed;
mod meaning;
mod payloads;
mod shapes;

use super::{Alert, Delivery, Finding, Reading, read};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/alerts/tests/payloads");

fn body(file: &str) -> Vec<u8> {
    std::fs::read(Path::new(FOLDER).join(file)).expect("the file is there")
}

/// The files in a folder of payloads, by name.
fn files(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(Path::new(FOLDER).join(folder)).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it is listed").path()).filter(|path| path.is_file());
    let name = |path: PathBuf| path.file_name().expect("it has a name").to_string_lossy().into_owned();
    let mut names: Vec<_> = paths.map(name).collect();
    names.sort();
    names
}

fn reading(body: &[u8]) -> Reading {
    read(&Delivery { body, content_type: Some("application/json; charset=utf-8"), headers: &[] })
}

fn alert(body: &[u8]) -> Alert {
    match reading(body) {
        Reading::Alert(alert) => *alert,
        other => panic!("no alert: {other:?}"),
    }
}

/// The alert in a file that is known by its number.
fn sample(number: &str) -> Alert {
    let file = files("").into_iter().find(|file| file.starts_with(number)).expect("there is one");
    alert(&body(&file))
}

/// A reading in few lines; what is not there is not written.
fn shown(reading: &Reading) -> String {
    let alert = match reading {
        Reading::Alert(alert) => alert,
        Reading::Refused(why) => return format!("refused {why:?} {}\n", why.status()),
        Reading::Validation { code } => return format!("validation {code}\n"),
    };
    let mut out = format!("{:?} {:?}{}", alert.shape, alert.state, if alert.test { " TEST" } else { "" });
    let word = |out: &mut String, name: &str, value: Option<String>| {
        if let Some(value) = value {
            write!(out, " {name}={value}").expect("a text takes it");
        }
    };
    word(&mut out, "rule", alert.rule.clone());
    word(&mut out, "fired", alert.fired_at.map(|at| at.to_string()));
    word(&mut out, "window", alert.window.map(|window| format!("{}/{}", window.from, window.to)));
    word(&mut out, "tenant", alert.said_tenant.clone());
    word(&mut out, "workspace", alert.workspace.map(|id| id.to_string()));
    word(&mut out, "id", alert.id.clone());
    out.push('\n');
    for finding in alert.findings.iter().take(4) {
        out.push_str(&line(finding));
    }
    if alert.findings_count > 4 {
        writeln!(out, "  … {} kept of {}", alert.findings.len(), alert.findings_count).expect("a text takes it");
    }
    alert.notes.iter().for_each(|note| writeln!(out, "  note: {note}").expect("a text takes it"));
    out
}

fn line(finding: &Finding) -> String {
    let fields = [
        ("event", finding.event.clone()),
        ("user", finding.user.map(|id| id.to_string())),
        ("upn", finding.upn.clone()),
        ("at", finding.at.map(|at| at.to_string())),
        ("result", finding.result.clone()),
        ("ip", finding.ip.clone()),
        ("app", finding.app.clone()),
        ("interactive", finding.interactive.map(|is| is.to_string())),
        ("operation", finding.operation.clone()),
        ("actor", finding.actor.clone()),
        ("resource", finding.resource.clone()),
        ("rows", finding.rows.map(|rows| rows.to_string())),
    ];
    let said = fields.into_iter().filter_map(|(name, value)| Some(format!(" {name}={}", value?)));
    let severe = if finding.severe { " SEVERE" } else { "" };
    format!("  {:?}{severe}{}\n", finding.kind, said.collect::<String>())
}
