//! `gatehouse resume`: a pause ends before its time.

use super::console::{Console, Failure};
use super::deciding::OrderedBy;
use super::open::{Context, Errors};
use super::pause::ScopeArgs;

/// End a pause before its time
#[derive(Debug, clap::Args)]
#[command(after_help = "The customers are looked at with the next tick, and what waited is judged by the rails then.
--all ends the pause of all customers; one that was paused by itself stays paused until it is
resumed by its name. Exit status: 0, 1 a failure: nothing was changed.

Examples:
  gatehouse resume contoso --by ops@northwind.example --reason \"the migration is over\"
  gatehouse resume --all --by ops@northwind.example --reason \"incident 4711 is closed\"")]
pub(super) struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    ordered: OrderedBy,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    let customers = args.scope.chosen(&opened)?;
    opened.engine_on_store()?.resume(customers.as_deref(), &args.ordered.by, &args.ordered.reason).await?;
    console.answer(&format!("{}: resumed; the next tick looks at them\n", args.scope.words()))?;
    Ok(0)
}
