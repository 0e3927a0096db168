//! `gatehouse sync`: plans, judges, applies.

use super::console::{Console, Failure};
use super::held::Deciding;
use super::open::{Context, Errors, Format, Opened};
use super::plan::has_lost_its_source;
use super::progress::each;
use crate::text;
use access::config::Mode;
use engine::{By, Engine, Error, How, Outcome, Run};
use serde::Serialize;

/// Plan, let the rails judge, and carry out what they let through
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Customers in mode `enforce` are changed. Those in `observe` are only reported, and do not change
the exit status: 0 converged, 3 something is held or waits for the next run, 1 a customer
failed.

Examples:
  gatehouse sync                      every customer
  gatehouse sync contoso --enforce    one customer in `observe`, changed this once
  gatehouse sync --release sha256:78f1… --by lead@northwind.example --reason \"new teams\"
                                      let exactly the held steps of this digest through
  gatehouse sync --release cause:1f00… --confirm 12 --by lead@northwind.example
                                      the same wherever one cause holds steps, of 12 people in all
  gatehouse sync --refuse sha256:78f1… --by lead@northwind.example
                                      hold them as long as they are planned, or until a release"
)]
pub(super) struct Args {
    /// Customers by name; without any, all of them (with --release and --refuse: those that hold this plan)
    #[arg(value_name = "CUSTOMER")]
    customers: Vec<String>,
    /// Carry out the plan of customers in `observe` too, for this one run
    #[arg(long)]
    enforce: bool,
    /// Let exactly the held steps of this digest, or of this cause in all customers, through, as `gatehouse plan` shows it
    #[arg(long, value_name = "DIGEST|CAUSE")]
    release: Option<String>,
    /// Refuse these held steps: they stay held as long as they are planned, or until a release
    #[arg(long, value_name = "DIGEST|CAUSE", conflicts_with = "release")]
    refuse: Option<String>,
    /// How many people a cause concerns in all customers, as `gatehouse plan` shows it
    #[arg(long, value_name = "N")]
    confirm: Option<u32>,
    /// Say that Microsoft's support has lifted its block on invitations to these customers
    #[arg(long, requires = "customers")]
    invitations_lifted: bool,
    /// Who decides: a named person, for the journal; required with --release, --refuse and --invitations-lifted
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why, for the journal
    #[arg(long, alias = "comment", value_name = "TEXT")]
    reason: Option<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Refuse, console)?;
    let mut names = opened.chosen(&args.customers)?;
    let engine = opened.engine()?;
    let decision = args.release.as_ref().map(|name| (name, true)).or(args.refuse.as_ref().map(|name| (name, false)));
    if decision.is_none() && (args.confirm.is_some() || args.reason.is_some()) {
        return Err(Failure::new("--confirm and --reason go with --release or --refuse"));
    }
    if decision.is_some() || args.invitations_lifted {
        let who = args.by.as_deref().map(str::trim).filter(|who| !who.is_empty()).ok_or_else(|| {
            Failure::new("a decision needs a named person, for the journal; nothing was done")
                .hint("--by you@example.com, and --reason \"why\"")
        })?;
        // Nobody proves on the command line who they are.
        let by = By { who: who.to_owned(), asserted: true, comment: args.reason.clone() };
        if args.invitations_lifted {
            for name in &names {
                engine.lift_invitations_block(name, &by).await.map_err(|error| Failure::new(error.to_string()))?;
            }
        }
        if let Some((name, allow)) = decision {
            let held = Deciding { engine: &engine, name, allow, by: &by, enforce: args.enforce };
            names = held.decide(names, args.confirm, console).await?;
        }
    }
    let outcomes = sync_all(&engine, &names, args.enforce, console).await;
    let mut results = Vec::new();
    for (name, outcome) in names.iter().zip(outcomes) {
        // What one customer's store does must not hide how the others fared.
        let outcome = outcome.unwrap_or_else(|error| failed(name, &error));
        results.push(Synced { may_write: may_write(&opened, name, args.enforce), name: name.clone(), outcome });
    }
    answer(&results, args.format, console)?;
    Ok(results
        .iter()
        .map(Synced::status)
        .max_by_key(|status| [0, 3, 1].iter().position(|known| known == status))
        .unwrap_or(0))
}

pub(super) async fn sync_all(
    engine: &Engine,
    names: &[String],
    enforce: bool,
    console: &Console<'_>,
) -> Vec<Result<Outcome, Error>> {
    // Leaver first: nobody is let in anywhere before those who must go are out everywhere. What fails here fails again
    // in the customer's own run, which tells it.
    let mut ahead = engine.take_out_leavers(names).await.unwrap_or_default();
    let how = How { fresh: true, enforce };
    let outcomes = each(names, "syncing", console, async |name: String| engine.sync(&name, how).await).await;
    let after = |(name, outcome)| match (ahead.remove(name), outcome) {
        (Some(ahead), Ok(Outcome::Ran(run))) => Ok(Outcome::Ran(Box::new(run.after(&ahead)))),
        (_, outcome) => outcome,
    };
    names.iter().zip(outcomes).map(after).collect()
}

pub(super) fn failed(customer: &str, error: &Error) -> Outcome {
    Outcome::Failed { text: format!("customer {customer}: {error}"), retry: error.is_transient() }
}

fn may_write(opened: &Opened, name: &str, enforce: bool) -> bool {
    let mode = opened.config.customers.iter().find(|customer| customer.name == *name).map(|customer| customer.mode);
    matches!(mode, Some(Mode::Enforce | Mode::Offboard)) || (enforce && mode == Some(Mode::Observe))
}

/// One customer and how its run ended.
struct Synced {
    name: String,
    outcome: Outcome,
    may_write: bool,
}

impl Synced {
    /// What this customer makes of the exit status.
    fn status(&self) -> u8 {
        match &self.outcome {
            _ if !self.may_write => 0,
            Outcome::Unchanged | Outcome::Paused => 0,
            Outcome::Busy | Outcome::Failed { .. } => 1,
            Outcome::Ran(run) if !run.failures.is_empty() => 1,
            Outcome::Ran(run) if !run.plan.held.is_empty() => 3,
            Outcome::Ran(run) if has_lost_its_source(&run.plan) => 1,
            // Held back by a budget or by time instead of by a rail: not converged either.
            Outcome::Ran(run) if run.waiting > 0 => 3,
            Outcome::Ran(_) => 0,
        }
    }
}

/// What programs read.
#[derive(Serialize)]
struct Answer<'a> {
    customers: Vec<AnswerOne<'a>>,
}

#[derive(Serialize)]
struct AnswerOne<'a> {
    customer: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    run: Option<&'a Run>,
}

fn answer(results: &[Synced], format: Format, console: &mut Console<'_>) -> Result<(), Failure> {
    if format == Format::Text {
        for Synced { name, outcome, may_write } in results {
            console.answer(&text::run(&text::Done { customer: name, outcome, may_write: *may_write }))?;
        }
        return Ok(());
    }
    let one = |synced: &'_ Synced| -> (&'static str, Option<String>) {
        match &synced.outcome {
            Outcome::Unchanged => ("unchanged", None),
            Outcome::Busy => ("busy", None),
            Outcome::Paused => ("paused", None),
            Outcome::Failed { text, .. } => ("failed", Some(text.clone())),
            Outcome::Ran(_) => ("ran", None),
        }
    };
    let words: Vec<_> = results.iter().map(one).collect();
    let customers = results.iter().zip(&words).map(|(synced, (outcome, error))| AnswerOne {
        customer: &synced.name,
        outcome,
        error: error.as_deref(),
        run: match &synced.outcome {
            Outcome::Ran(run) => Some(run),
            _ => None,
        },
    });
    console.json(&Answer { customers: customers.collect() })?;
    Ok(())
}
