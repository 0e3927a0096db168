//! `gatehouse pause`: nothing goes on until somebody has looked.

use super::console::{Console, Failure};
use super::deciding::OrderedBy;
use super::open::{Context, Errors, Opened};
use access::orders::until;

/// Let nothing go on in some customers, or in all, for a while
#[derive(Debug, clap::Args)]
#[command(
    after_help = "While a customer is paused, plans show what waits, and nothing is done but taking out people who
must go: disabled or deleted at the partner, barred, on the customer's stop list, or at the end
of a grant. With --everything not even that. A run that is under way stops before its next wave
of writes. The pause ends by itself, after 90 days at most.

WHEN is a duration (30m, 4h, 2d), a day (2026-12-31: its end, in UTC) or a time
(2026-12-31T18:00Z). Exit status: 0, 1 a failure: nothing was paused.

Examples:
  gatehouse pause contoso --until 4h --by ops@northwind.example --reason \"they migrate\"
  gatehouse pause --all --until 2026-12-31 --everything \\
    --by ops@northwind.example --reason \"incident 4711\""
)]
pub(super) struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    /// Until when
    #[arg(long, value_name = "WHEN")]
    until: String,
    /// Keep back even the removal of people who must go
    #[arg(long)]
    everything: bool,
    #[command(flatten)]
    ordered: OrderedBy,
}

/// Which customers: some, or all.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(super) struct ScopeArgs {
    /// Customers by name
    #[arg(value_name = "CUSTOMER", conflicts_with = "all")]
    customers: Vec<String>,
    /// All customers, those of later too
    #[arg(long)]
    all: bool,
}

impl ScopeArgs {
    /// The customers; `None`: all.
    pub(super) fn chosen(&self, opened: &Opened) -> Result<Option<Vec<String>>, Failure> {
        if self.all { Ok(None) } else { opened.chosen(&self.customers).map(Some) }
    }

    /// The customers in words.
    pub(super) fn words(&self) -> String {
        if self.all { "all customers".into() } else { self.customers.join(", ") }
    }
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    let customers = args.scope.chosen(&opened)?;
    let engine = opened.engine_on_store()?;
    let end = until(&args.until, opened.place.doors.clock.now())
        .map_err(|unfit| Failure::new(format!("--until {}: {unfit}", args.until)).hint("nothing was paused"))?;
    engine.pause(customers.as_deref(), &args.ordered.by, &args.ordered.reason, end, args.everything).await?;
    let what = if args.everything { "nothing at all is done" } else { "only people who must go are taken out" };
    let names = args.scope.words();
    let resume = if args.scope.all { "--all".into() } else { args.scope.customers.join(" ") };
    console.answer(&format!(
        "{names}: paused until {}; {what}\nto go on before: gatehouse resume {resume} --by YOU --reason WHY\n",
        end.strftime("%Y-%m-%d %H:%M UTC")
    ))?;
    Ok(0)
}
