//! `gatehouse unbar`: somebody may come back.

use super::console::{Console, Failure};
use super::leave::WhomArgs;
use super::open::{Context, Errors};

/// Take back the bar of a person who left
#[derive(Debug, clap::Args)]
#[command(after_help = "From the next tick on the configuration counts for them again: where it wants them they are
added, and a guest whom we disabled is enabled. It takes a named person to let somebody back in.

Example:
  gatehouse unbar ana@northwind.example --by lead@northwind.example --reason \"came back\"")]
pub(super) struct Args {
    #[command(flatten)]
    whom: WhomArgs,
    /// Who orders it: a person's name, for the journal
    #[arg(long, value_name = "WHO")]
    by: String,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    let found = opened.engine()?.unbar(&args.whom.whom(), &args.by, &args.reason).await?;
    let name = found.mail.unwrap_or_else(|| found.person.to_string());
    console.answer(&format!("{name} is not barred any more: the next run does what the configuration says\n"))?;
    Ok(0)
}
