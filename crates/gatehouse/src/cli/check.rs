//! `gatehouse check`: what is wrong with the configuration, without asking anybody.

use super::console::{Console, Failure};
use super::open::{Context, Format};
use crate::text::{count, wrap};
use access::config::{Config, Loaded, SecretRef, Severity, notices, secrets};
use std::collections::BTreeSet;

/// Check the configuration, offline and line by line
#[derive(Debug, clap::Args)]
#[command(after_help = "Every problem is named with its file and line. Exit status: 0 it can be used, 1 it has errors.

Examples:
  gatehouse check --config ./config
  gatehouse check --format json | jq '.problems[] | select(.severity == \"error\")'")]
pub(super) struct Args {
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let (_, loaded) = context.load()?;
    let status = u8::from(loaded.has_errors());
    if args.format == Format::Json {
        let notices = loaded.config.as_ref().map(notices).unwrap_or_default();
        let answer = serde_json::json!({ "ok": status == 0, "problems": loaded.problems, "notices": notices });
        console.json(&answer)?;
        return Ok(status);
    }
    for problem in &loaded.problems {
        console.answer(&format!("{problem}\n"))?;
    }
    console.answer(&last_line(&loaded))?;
    Ok(status)
}

fn last_line(loaded: &Loaded) -> String {
    let errors = loaded.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let warnings = loaded.problems.len() - errors;
    let warned = if warnings == 0 { String::new() } else { format!(", {}", count(warnings, "warning", "warnings")) };
    match &loaded.config {
        Some(config) if errors == 0 => {
            format!("ok: {}{warned}\n{}{}", read(config), to_provide(config), to_consent(config))
        }
        _ => format!("{}{warned}\n", count(errors, "error", "errors")),
    }
}

/// The secrets that every command but this one needs; whether they are there is not looked at.
fn to_provide(config: &Config) -> String {
    let names: BTreeSet<String> = secrets(config)
        .into_iter()
        .map(|(secret, _)| match secret {
            SecretRef::Env(name) => format!("env:{name}"),
            SecretRef::File(path) => format!("file:{path}"),
        })
        .collect();
    let names: Vec<_> = names.into_iter().collect();
    if names.is_empty() { String::new() } else { wrap("secrets to provide: ", &names.join(", ")) }
}

/// What the customers are asked for that nobody should overlook.
fn to_consent(config: &Config) -> String {
    notices(config).iter().map(|notice| wrap("mind: ", notice)).collect()
}

fn read(config: &Config) -> String {
    let packages = || config.customers.iter().flat_map(|customer| &customer.packages);
    let sources: BTreeSet<_> = packages().flat_map(access::config::Package::sources).collect();
    let targets: usize = packages().map(|package| package.groups.len()).sum();
    format!(
        "{}, {}, {} of the partner, {} of customers",
        count(config.customers.len(), "customer", "customers"),
        count(packages().count(), "package", "packages"),
        count(sources.len(), "group", "groups"),
        count(targets, "group", "groups"),
    )
}
