//! `gatehouse offboard`: everything of ours leaves a customer.

use super::console::{Console, Failure};
use super::deciding::Deciding;
use super::open::{Context, Errors};

/// Take everything of ours out of a customer's tenant
#[derive(Debug, clap::Args)]
#[command(after_help = "Every membership and scoped role that Gatehouse gave or adopted is taken away, and guests whom
it invited are disabled (and deleted only as [leavers] says). What was there before it stays,
and so do guests who have other access; all of that is listed, with what an administrator of the
customer must remove by hand. Nothing is ever added.

First say mode = \"offboard\" in the customer's file: runs then plan this and hold it for a
person. Then confirm the number of people that this command shows: exactly its steps are let
through and done. What cannot be finished at once (a budget, replication), the following runs
finish. Exit status: 0, 3 something is held or waits, 1 a failure.

Examples:
  gatehouse offboard contoso
  gatehouse offboard contoso --by lead@northwind.example --reason \"contract ended\" --confirm 31
  gatehouse report contoso --format markdown     who had what, for the customer's files")]
pub(super) struct Args {
    /// The customer's name
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    #[command(flatten)]
    deciding: Deciding,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let go = args.deciding.go_confirmed()?;
    let opened = context.open(Errors::Refuse, console)?;
    let proposal = opened.engine()?.offboard(&args.customer, &go).await?;
    args.deciding.answer(&proposal, console)
}
