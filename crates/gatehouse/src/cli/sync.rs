//! `gatehouse sync`: plans, judges, applies.

use super::console::{Console, Failure};
use super::open::{Context, Errors, Format, Opened};
use super::plan::has_lost_its_source;
use super::progress::each;
use crate::text;
use access::config::Mode;
use engine::{By, Confirm, Engine, Error, How, Outcome, Run};
use serde::Serialize;

/// Plan, let the rails judge, and carry out what they let through
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Customers in mode `enforce` are changed. Those in `observe` are only reported, and do not change the
exit status: 0 converged, 3 something is held or waits for the next run, 1 a customer failed.

Examples:
  gatehouse sync                                   every customer
  gatehouse sync contoso --enforce                 one customer in `observe`, changed this once
  gatehouse sync --release sha256:78f1… --comment \"they did change teams\"
                                                   let exactly the held steps of this digest through
  gatehouse sync --release cause:1f00… --confirm 12
                                                   the same wherever one cause holds steps, of 12 people in all"
)]
pub(super) struct Args {
    /// Customers by name; without any, all of them (with --release: those that hold this plan)
    #[arg(value_name = "CUSTOMER")]
    customers: Vec<String>,
    /// Carry out the plan of customers in `observe` too, for this one run
    #[arg(long)]
    enforce: bool,
    /// Let exactly the held steps of this digest, or of this cause in all customers, through, as `gatehouse plan` shows it
    #[arg(long, value_name = "DIGEST|CAUSE")]
    release: Option<String>,
    /// How many people a cause concerns in all customers, as `gatehouse plan` shows it
    #[arg(long, value_name = "N", requires = "release")]
    confirm: Option<u32>,
    /// Say that Microsoft's support has lifted its block on invitations to these customers
    #[arg(long, requires = "customers")]
    invitations_lifted: bool,
    /// Who decides, for the journal; otherwise whoever is logged in
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// Why, for the journal
    #[arg(long, value_name = "WORDS", requires = "release")]
    comment: Option<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Refuse, console)?;
    let mut names = opened.chosen(&args.customers)?;
    let engine = opened.engine()?;
    if args.release.is_some() || args.invitations_lifted {
        let who = args.by.clone().or_else(|| context.settings.user.clone());
        let who = who.ok_or_else(|| {
            Failure::new("a decision needs a name for the journal, and nobody is logged in")
                .hint("--by you@example.com")
        })?;
        let by = By { who, asserted: false, comment: args.comment.clone() };
        if args.invitations_lifted {
            for name in &names {
                engine.lift_invitations_block(name, &by).await.map_err(|error| Failure::new(error.to_string()))?;
            }
        }
        if let Some(digest) = &args.release {
            names = if digest.starts_with("cause:") {
                let people = args.confirm.ok_or_else(|| {
                    Failure::new("a cause is released with the number of people that it concerns; nothing was released")
                        .hint("--confirm N, as gatehouse plan shows it")
                })?;
                release_together(&engine, digest, people, &names, &by, console).await?
            } else {
                release(&engine, digest, names, &by, args.enforce, console).await?
            };
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

async fn sync_all(
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

/// Records the decision and returns who is concerned. A plan that nobody stored yet (it was seen in `gatehouse plan`
/// alone) is made by a run first; that run holds it again.
async fn release(
    engine: &Engine,
    digest: &str,
    names: Vec<String>,
    by: &By,
    enforce: bool,
    console: &mut Console<'_>,
) -> Result<Vec<String>, Failure> {
    let mut released = engine.release(digest, Some(&names), by).await;
    if matches!(released, Err(Error::NoSuchPlan(_))) {
        // Nothing is changed for a digest that nobody's plan has: it may be mistyped. Those whose plan has it are run
        // once, which stores what is held there.
        let seen = engine.plan(&names).await.map_err(|error| Failure::from(error).hint("nothing was released"))?;
        let unread: Vec<String> = seen.customers.iter().filter_map(not_planned).collect();
        let theirs: Vec<String> =
            seen.customers.into_iter().filter(|part| part.digest == digest).map(|part| part.customer).collect();
        if theirs.is_empty() && !unread.is_empty() {
            return Err(Failure::new(unread.join("\nerror: ")).hint("nothing was released"));
        }
        let mut failures = Vec::new();
        for (name, outcome) in theirs.iter().zip(sync_all(engine, &theirs, enforce, console).await) {
            if let Outcome::Failed { text, .. } = outcome.unwrap_or_else(|error| failed(name, &error)) {
                failures.push(text);
            }
        }
        released = engine.release(digest, Some(&names), by).await;
        // The plan may be the one of a customer that could not be read: "no such plan" would send people looking for a
        // mistake of theirs.
        if matches!(released, Err(Error::NoSuchPlan(_))) && !failures.is_empty() {
            return Err(Failure::new(failures.join("\nerror: ")).hint("nothing was released"));
        }
    }
    let released = released?;
    console.tell(&format!("released by {}: the held steps of {}", by.who, released.join(", ")));
    Ok(released)
}

/// Records the decision on everything that one cause holds in these customers and returns them. What a run has not
/// stored yet, or no longer, is not decided on.
async fn release_together(
    engine: &Engine,
    cause: &str,
    people: u32,
    names: &[String],
    by: &By,
    console: &mut Console<'_>,
) -> Result<Vec<String>, Failure> {
    let confirm = Confirm { customers: None, people };
    let decided = engine.decide_together(cause, true, confirm, Some(names), by).await.map_err(|error| match error {
        Error::NoSuchPlan(_) => Failure::new(format!("no run holds anything for {cause}; nothing was released"))
            .hint("gatehouse sync, which stores what it holds, then gatehouse plan"),
        error => error.into(),
    })?;
    let done = decided.customers.join(", ");
    if !decided.customers.is_empty() {
        console.tell(&format!("released by {}: what {cause} holds in {done}", by.who));
    }
    if let Some((customer, why)) = decided.open.first() {
        return Err(Failure::new(format!(
            "not released yet in {} customers, first {customer}: {why}",
            decided.open.len()
        ))
        .hint("the same command again finishes it"));
    }
    if !decided.changed.is_empty() {
        return Err(Failure::new(format!("other steps are held by now in {}", decided.changed.join(", ")))
            .hint("gatehouse plan shows them"));
    }
    Ok(decided.customers)
}

fn failed(customer: &str, error: &Error) -> Outcome {
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
    if format == Format::Human {
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

/// Why a customer could not be planned, if so.
fn not_planned(part: &access::plan::CustomerPlan) -> Option<String> {
    let problem = part.problems.iter().find(|problem| problem.code == "not_planned")?;
    Some(format!("customer {}: {}", part.customer, problem.text))
}
