//! `gatehouse report`: who had what, fit to hand to the customer.

use super::console::{Console, Failure};
use super::open::{Context, Errors};
use crate::text;
use clap::ValueEnum;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Tell who had what in a customer, when and why, fit to hand to the customer
#[derive(Debug, clap::Args)]
#[command(after_help = "It reads the journal, and asks the customer's tenant only for the names of groups and units.
Memberships that overlap the period are listed with their whole duration. Days are those of UTC.
Exit status: 0.

Examples:
  gatehouse report contoso
  gatehouse report contoso --from 2026-01-01 --to 2026-03-31 --format markdown > contoso-q1.md
  gatehouse report contoso --format csv > access.csv")]
pub(super) struct Args {
    /// The customer's name
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    /// The first day
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last day
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// How the report is written; csv has the memberships alone
    #[arg(long, value_enum, default_value_t)]
    format: As,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum As {
    #[default]
    #[value(alias = "human")]
    Text,
    Markdown,
    Json,
    Csv,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(Failure::new(format!("the period begins on {from} and ends before it, on {to}")));
    }
    let day_after = |day: Date| day.checked_add(1.day()).map_err(|error| Failure::new(error.to_string()));
    let (from, to) = (args.from.map(start).transpose()?, args.to.map(day_after).transpose()?.map(start).transpose()?);
    if let Err(why) = opened.engine() {
        console.tell(&format!("the names of groups and units are missing: {}", why.text));
    }
    let report = opened.engine_on_store()?.report(&args.customer, from, to).await?;
    match args.format {
        As::Text => console.answer(&text::report(&report))?,
        As::Markdown => console.answer(&text::markdown(&report))?,
        As::Csv => console.answer(&text::csv(&report))?,
        As::Json => console.json(&report)?,
    }
    Ok(0)
}

/// The first moment of a day.
fn start(day: Date) -> Result<Timestamp, Failure> {
    let zoned = day.to_zoned(TimeZone::UTC).map_err(|error| Failure::new(error.to_string()))?;
    Ok(zoned.timestamp())
}
