//! `gatehouse unbar`: somebody may come back.

use super::console::{Console, Failure};
use super::deciding::OrderedBy;
use super::leave::WhomArgs;
use super::open::{Context, Errors};

/// Take back the bar of a person who left
#[derive(Debug, clap::Args)]
#[command(after_help = "From the next tick on the configuration counts for them again: where it wants them they are
added, and a guest whom we disabled is enabled. It takes a named person to let somebody back in.
Exit status: 0, 1 a failure: nothing was changed.

Example:
  gatehouse unbar ana@northwind.example --by lead@northwind.example --reason \"came back\"")]
pub(super) struct Args {
    #[command(flatten)]
    whom: WhomArgs,
    #[command(flatten)]
    ordered: OrderedBy,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    let found = opened.engine_on_store()?.unbar(&args.whom.whom(), &args.ordered.by, &args.ordered.reason).await?;
    let name = found.mail.unwrap_or_else(|| found.person.to_string());
    console.answer(&format!("{name} is not barred any more: the next run does what the configuration says\n"))?;
    Ok(0)
}
