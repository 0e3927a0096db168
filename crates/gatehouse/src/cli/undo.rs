//! `gatehouse undo`: the way back from one run.

use super::console::{Console, Failure};
use super::deciding::Deciding;
use super::open::{Context, Errors};

/// Undo what one run did in a customer
#[derive(Debug, clap::Args)]
#[command(after_help = "The journal knows what each run did. Its steps are taken back, as far as the customer's tenant
still is as the run left it: who was added is removed, who was removed is added, who was
disabled is enabled (and the other way round), who was deleted is restored, what was adopted is
ours no longer. A guest whom the run invited is disabled, not deleted; a group that it made
stays. What a later run or the customer changed since is left alone, and nobody comes back who
has left the partner or is on the stop list. The rails judge the steps as always; what they hold
passes with --release DIGEST.

What the configuration still wants would be done again by the next run: it is shown and left,
unless the customer is paused, or with --anyway. Without --confirm or --yes nothing is changed.
Exit status: 0, 3 something is held or waits, 1 a failure.

Examples:
  gatehouse journal contoso                    the runs and their numbers
  gatehouse undo r12 --customer contoso
  gatehouse undo r12 --customer contoso --confirm 9 \\
    --by lead@northwind.example --reason \"wrong group\"")]
pub(super) struct Args {
    /// The run's number, as `gatehouse journal` and `gatehouse sync` show it
    #[arg(value_name = "RUN", value_parser = number)]
    run: u64,
    /// The customer's name
    #[arg(long, value_name = "CUSTOMER")]
    customer: String,
    /// Also what the next run would do again, because the configuration still wants it
    #[arg(long)]
    anyway: bool,
    /// Let exactly the held steps of this digest through
    #[arg(long, value_name = "DIGEST")]
    release: Option<String>,
    #[command(flatten)]
    deciding: Deciding,
}

/// `r12` or `12`.
fn number(text: &str) -> Result<u64, String> {
    text.strip_prefix('r').unwrap_or(text).parse().map_err(|_| format!("{text:?} is no run; they look like r12"))
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let go = args.deciding.go()?;
    let opened = context.open(Errors::Refuse, console)?;
    let engine = opened.engine()?;
    let proposal = engine.undo(&args.customer, args.run, args.anyway, args.release.as_deref(), &go).await?;
    args.deciding.answer(&proposal, console)
}
