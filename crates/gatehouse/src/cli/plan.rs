//! `gatehouse plan`: what should be, against what is. It never constructs a writer.

use super::console::{Console, Failure};
use super::open::{Context, Errors, Format};
use super::progress::each;
use crate::text;
use access::plan::{CustomerPlan, Plan};

/// Survey the tenants and print the plan, changing nothing
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Both sides are read afresh. Exit status: 0; with --detailed-exitcode 0 nothing to do, 2 changes,
3 something is held; 1 always means that a customer could not be planned.

Examples:
  gatehouse plan                       every customer
  gatehouse plan contoso fabrikam      these two
  gatehouse plan --format json | jq '.customers[].steps[] | select(.action == \"remove_member\")'"
)]
pub(super) struct Args {
    /// Customers by name; without any, all of them
    #[arg(value_name = "CUSTOMER")]
    customers: Vec<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Say by the exit status what the plan holds: 0 nothing to do, 2 changes, 3 something held, 1 error
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    let names = opened.chosen(&args.customers)?;
    let engine = opened.engine()?;
    let plans = each(&names, "planning", console, async |name: String| engine.plan(&[name]).await).await;
    let mut parts = Vec::new();
    for plan in plans {
        parts.extend(plan?.customers);
    }
    let plan = Plan::new(parts);
    match args.format {
        Format::Json => console.json(&plan)?,
        Format::Text => console.answer(&text::plan(&plan))?,
    }
    let failed = opened.has_errors || plan.customers.iter().any(is_unplanned);
    Ok(match (failed, args.detailed_exitcode) {
        (true, _) => 1,
        (false, false) => 0,
        (false, true) => detailed(&plan),
    })
}

/// What the exit status says of a plan that was made.
fn detailed(plan: &Plan) -> u8 {
    match &plan.totals {
        totals if totals.held > 0 => 3,
        _ if plan.customers.iter().any(has_lost_its_source) => 1,
        totals if totals.steps > 0 => 2,
        _ => 0,
    }
}

/// The customer could not be surveyed, so its plan says nothing.
fn is_unplanned(part: &CustomerPlan) -> bool {
    part.problems.iter().any(|problem| problem.code == "not_planned")
}

/// A partner group that the configuration names was deleted, or something could not be read. Nobody is removed for it,
/// but nothing converges either.
pub(super) fn has_lost_its_source(part: &CustomerPlan) -> bool {
    const CODES: [&str; 5] = ["source_gone", "source_unread", "target_unread", "deny_unread", "survey_incomplete"];
    part.problems.iter().any(|problem| CODES.contains(&problem.code.as_str()))
}
