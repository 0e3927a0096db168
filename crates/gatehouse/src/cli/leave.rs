//! `gatehouse leave`: the day somebody is dismissed.

use super::console::{Console, Failure};
use super::deciding::OrderedBy;
use super::open::{Context, Errors, Format};
use crate::text;
use access::ids::PersonId;
use engine::membership::leave::{Leaving, State, Whom};
use serde::Serialize;
use std::time::Duration;

/// Bar a person and take them out of every customer at once
#[derive(Debug, clap::Args)]
#[command(after_help = "First the person is barred: from that moment no run puts them anywhere, until a named person
takes it back with gatehouse unbar. Then they are taken out of everything of ours in all
customers in `enforce` at once, their guests that are ours are disabled and signed out whatever
[leavers] says, and each customer is read again to show what is true. A customer in another mode
is only listed. What is left when the time is over, the timer goes on with.

Exit status: 0 nothing of ours is left anywhere, 3 something is held, waits or is for somebody
to do by hand, 1 something failed.

Examples:
  gatehouse leave ana@northwind.example --by lead@northwind.example --reason \"left today\"
  gatehouse leave --id 7b0c3f2e-… --by lead@northwind.example --reason \"left today\" --format json")]
pub(super) struct Args {
    #[command(flatten)]
    whom: WhomArgs,
    #[command(flatten)]
    ordered: OrderedBy,
    /// How many seconds customers that are busy or do not answer are tried again
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=3600))]
    wait: u64,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Who is meant, by address or by id.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct WhomArgs {
    /// The person's mail address or sign-in name at the partner
    #[arg(value_name = "MAIL")]
    mail: Option<String>,
    /// The person's object id in the partner's tenant instead
    #[arg(long, value_name = "ID")]
    id: Option<PersonId>,
}

impl WhomArgs {
    pub(super) fn whom(&self) -> Whom {
        match (&self.id, &self.mail) {
            (Some(id), _) => Whom::Id(*id),
            (None, mail) => Whom::Mail(mail.clone().unwrap_or_default()),
        }
    }
}

/// What programs read.
#[derive(Serialize)]
struct Answer<'a> {
    person: PersonId,
    mail: Option<&'a str>,
    proven: bool,
    #[serde(flatten)]
    leaving: &'a Leaving,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    // A customer whose file has errors must not keep anybody from being taken out of the others.
    let opened = context.open(Errors::Skip, console)?;
    let engine = opened.engine_on_store()?;
    let found = engine.find_person(&args.whom.whom()).await?;
    engine.bar(&found, &args.ordered.by, &args.ordered.reason).await?;
    let name = found.mail.clone().unwrap_or_else(|| found.person.to_string());
    console.tell(&format!("{name} is barred: no run puts them anywhere from now on"));
    let leaving = engine.take_out(found.person, Duration::from_secs(args.wait)).await.map_err(|error| {
        Failure::from(error)
            .hint("the bar stands, and the timer takes them out; run the same command again to see it done")
    })?;
    let worst = leaving.customers.iter().map(|one| one.state).max().unwrap_or(State::Gone);
    let proven = worst == State::Gone && !opened.has_errors;
    match args.format {
        Format::Json => {
            let mail = found.mail.as_deref();
            console.json(&Answer { person: found.person, mail, proven, leaving: &leaving })?;
        }
        Format::Human => console.answer(&text::leaving(&name, &leaving))?,
    }
    Ok(match worst {
        _ if opened.has_errors => 1,
        State::Gone => 0,
        State::Left => 3,
        State::Failed => 1,
    })
}
