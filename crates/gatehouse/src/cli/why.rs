//! `gatehouse why`: one person in one customer.

use super::console::{Console, Failure};
use super::open::{Context, Errors, Format};
use crate::text;

/// Explain why a person has, had or lacks access in a customer
#[derive(Debug, clap::Args)]
#[command(after_help = "It reads configuration, store and journal, asks both tenants, and changes nothing.
Exit status: 0, 1 a failure.

Example:
  gatehouse why contoso ana@northwind.example")]
pub(super) struct Args {
    /// The customer's name
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    /// The person's mail address at the partner
    #[arg(value_name = "MAIL")]
    mail: String,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    opened.chosen(std::slice::from_ref(&args.customer))?;
    let why = opened.engine()?.why(&args.customer, &args.mail).await?;
    match args.format {
        Format::Json => console.json(&why)?,
        Format::Text => console.answer(&text::why(&why))?,
    }
    Ok(0)
}
