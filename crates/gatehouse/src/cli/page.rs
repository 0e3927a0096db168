//! `gatehouse page --test`: whether pages arrive.

use super::console::{Console, Failure};
use super::open::{Context, Errors, Format};
use super::progress::bar;
use super::requests::person;
use crate::text;
use access::incidents::document::document;

/// Send a page that says TEST through every channel, and show which of them took it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "With a customer: the channels of its escalation. Without: every channel that is configured, those of
customers included. One after the other, each once; nothing is tried again and nobody is called
further. It is kept as an incident (test), so that it can be shown later. A service that keeps
alerts open (PagerDuty, Jira Service Management) keeps this one too: close it there.

That a service took a page does not prove that anybody saw it: look at the telephone.

Exit status: 0 every channel took it, 1 one did not.

Examples:
  gatehouse page --test
  gatehouse page --test contoso --by lead@northwind.example
  gatehouse page --test contoso --channel duty --format json | jq '.pages[]'"
)]
pub(super) struct Args {
    /// A test: the one kind of page that a command sends
    #[arg(long, required = true)]
    test: bool,
    /// The customer whose escalation is meant; otherwise all channels
    #[arg(value_name = "CUSTOMER")]
    customer: Option<String>,
    /// Only this channel
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Who wants to know: a person's mail address, for those who get it
    #[arg(long, value_name = "MAIL")]
    by: Option<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let by = args.by.as_deref().map(person).transpose()?;
    let opened = context.open(Errors::Skip, console)?;
    let engine = opened.engine_on_store()?;
    let progress = bar(0, "paging", console.is_process);
    let sent = engine
        .page_test(args.customer.as_deref(), args.channel.as_deref(), by.as_deref(), |channel| {
            progress.set_message(channel.to_owned());
            progress.inc(1);
        })
        .await;
    progress.finish_and_clear();
    let tested = sent.map_err(|error| Failure::from(error).hint("nothing was sent"))?;
    match args.format {
        Format::Json => console.json(&document(&tested.incident))?,
        Format::Text => console.answer(&text::page_test(&tested.incident))?,
    }
    Ok(u8::from(!tested.all_taken()))
}
