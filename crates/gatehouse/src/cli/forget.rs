//! `gatehouse forget`: stop looking after what vanished from the configuration on purpose.

use super::console::{Console, Failure};
use super::deciding::Deciding;
use super::open::{Context, Errors};

/// Stop looking after a customer or package that was taken out of the configuration
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What vanishes from the configuration changes nobody's access: it is a problem (`customer_gone`,
`package_gone`, `target_unnamed`) until it is back or somebody says that it is meant. Forgetting
ends the record, not the access: who has it keeps it. To take access away, offboard the customer
(or empty the package's partner groups) first. A customer's journal stays and can be verified.

Refused for what is still in the configuration. Without --confirm or --yes it only shows what it
comes to. Exit status: 0, 1 a failure.

Examples:
  gatehouse forget contoso --package old-name    memberships that nothing asks for any more
  gatehouse forget 44444444-4444-4444-8444-444444444444
                                                 a customer who is gone, by tenant id or last name
  gatehouse forget fabrikam --by lead@northwind.example --reason \"contract ended\" --confirm 31"
)]
pub(super) struct Args {
    /// The customer: a name, or the tenant id of one who is in the configuration no more
    #[arg(value_name = "CUSTOMER|TENANT_ID")]
    customer: String,
    /// Only what this package asked for; the customer stays
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    #[command(flatten)]
    deciding: Deciding,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let go = args.deciding.go()?;
    // A customer whose file has errors is out of the configuration by mistake.
    let opened = context.open(Errors::Refuse, console)?;
    let engine = opened.engine_on_store()?;
    let proposal = match &args.package {
        Some(package) => engine.forget_package(&args.customer, package, &go).await?,
        None => engine.forget_customer(&args.customer, &go).await?,
    };
    args.deciding.answer(&proposal, console)
}
