//! `gatehouse unveto`: what the customer took away may be given again.

use super::console::{Console, Failure};
use super::deciding::Deciding;
use super::open::{Context, Errors};
use access::plan::Target;

/// Say that a person whom the customer took out may be added again
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Under drift = \"respect\" what a customer took away stays away (`vetoed` in the plan) until a person
says otherwise, best after asking the customer. The next run then adds whoever the configuration
still wants. A guest whom the customer disabled or deleted is never touched again; only they can
bring such a guest back. Without --confirm or --yes it only shows the vetoes.

Exit status: 0, 1 a failure.

Examples:
  gatehouse unveto contoso ana@northwind.example
  gatehouse unveto contoso ana@northwind.example \\
    --target group:99999999-9999-4999-8999-999999999999 \\
    --by lead@northwind.example --reason \"Contoso agreed, CHG0031337\" --yes"
)]
pub(super) struct Args {
    /// The customer's name
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    /// The person's mail address at the partner, or object id
    #[arg(value_name = "MAIL")]
    mail: String,
    /// Only here: group:ID, unit:ID or role:ID@ID
    #[arg(long, value_name = "TARGET")]
    target: Option<Target>,
    #[command(flatten)]
    deciding: Deciding,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let go = args.deciding.go()?;
    let opened = context.open(Errors::Refuse, console)?;
    let proposal = opened.engine()?.unveto(&args.customer, &args.mail, args.target, &go).await?;
    args.deciding.answer(&proposal, console)
}
