//! `gatehouse adopt`: look after memberships that are there and not ours.

use super::console::{Console, Failure};
use super::deciding::Deciding;
use super::open::{Context, Errors};
use access::plan::Adopt;

/// Look after memberships of the partner's people that are there and not ours
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What a plan calls `stranger` or `stale` was not made by Gatehouse, so it is left alone. Adopting
it means that the configuration decides about it from now on: whoever nobody wants there is
removed by the next run, under the rails. Only memberships of people of the partner can be
adopted, never those of the customer's own users, nor where it is not certain for whom a guest
stands. A guest never becomes ours.

Without --confirm or --yes it only shows what would be adopted. Exit status: 0, 1 a failure.

Examples:
  gatehouse adopt contoso
  gatehouse adopt contoso --package second-line --person ana@northwind.example
  gatehouse adopt contoso --by lead@northwind.example --reason \"agreed with Contoso\" --confirm 12"
)]
pub(super) struct Args {
    /// The customer's name
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    /// Only in the groups and units of this package
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// Only this person's, by mail address; may be repeated
    #[arg(long, value_name = "MAIL")]
    person: Vec<String>,
    #[command(flatten)]
    deciding: Deciding,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let go = args.deciding.go()?;
    let opened = context.open(Errors::Refuse, console)?;
    let people = args.person.iter().map(|mail| mail.trim().to_lowercase()).collect();
    let what = Adopt { package: args.package.clone(), people };
    let proposal = opened.engine()?.adopt(&args.customer, &what, &go).await?;
    args.deciding.answer(&proposal, console)
}
