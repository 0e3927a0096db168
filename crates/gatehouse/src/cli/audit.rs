//! `gatehouse audit`: looks at what the program does not change.

use super::console::{Console, Failure};
use super::open::{Context, Errors, Format};
use super::progress::each;
use crate::text;
use access::fitness::{Report, Verdict};
use clap::Subcommand;
use engine::Error;
use serde::Serialize;

/// Look at customers' tenants, changing nothing
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    BreakGlass(BreakGlass),
}

/// Check whether the break-glass accounts would work, and whether anybody would see them used
#[derive(Debug, clap::Args)]
#[command(after_help = "Every check is explained in docs/break-glass-audit.md, with the permission that it needs. What
cannot be read is unknown and never passes.

Exit status: 0 everything passes, 1 something fails, 2 something is unknown and nothing fails.

Examples:
  gatehouse audit break-glass                  every customer
  gatehouse audit break-glass contoso          one of them
  gatehouse audit break-glass --format json |
    jq '.customers[].findings[] | select(.verdict == \"fail\")'")]
struct BreakGlass {
    /// Customers by name; without any, all of them
    #[arg(value_name = "CUSTOMER")]
    customers: Vec<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What programs read.
#[derive(Serialize)]
struct Answer<'a> {
    customers: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    verdict: Verdict,
    #[serde(flatten)]
    report: &'a Report,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let What::BreakGlass(args) = &args.what;
    let opened = context.open(Errors::Skip, console)?;
    let names = opened.chosen(&args.customers)?;
    let engine = opened.engine()?;
    let reports = each(&names, "auditing", console, async |name: String| {
        let last = engine.last_drill_of(&name).await?;
        engine.audit_break_glass(&name, last).await
    });
    // Nothing that a tenant does is an error here: only a name that the configuration has not.
    let reports: Vec<Report> = reports.await.into_iter().collect::<Result<_, Error>>()?;
    match args.format {
        Format::Json => {
            let customers = reports.iter().map(|report| One { verdict: report.verdict(), report }).collect();
            console.json(&Answer { customers })?;
        }
        Format::Text => console.answer(&text::fitness(&reports))?,
    }
    let worst = reports.iter().map(Report::verdict).min();
    Ok(match worst {
        _ if opened.has_errors => 1,
        Some(Verdict::Fail) => 1,
        Some(Verdict::Unknown) => 2,
        Some(Verdict::Pass | Verdict::NotApplicable) | None => 0,
    })
}
