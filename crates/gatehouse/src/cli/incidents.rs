//! `gatehouse incidents`: what happened to break-glass accounts, and a person's answer to it.

use super::console::{Console, Failure};
use super::open::{Context, Errors, Format, Opened};
use super::requests::person;
use crate::text;
use access::incidents::document::{List, document};
use access::incidents::{Incident, IncidentId, Status, Verdict};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use engine::incidents::{Filter, Refused};
use engine::{By, Engine};

/// The fewest digits that name an incident: with fewer, a slip of the finger would name another one.
const DIGITS_MIN: usize = 6;

/// The longest comment, in characters, as in the HTTP API.
const COMMENT_CHARS_MAX: usize = 1000;

/// List incidents of break-glass accounts; look at one, acknowledge it, give the verdict
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "An incident is one use of a break-glass account, or a change to one, to what keeps it usable or to
what watches it. While it is open, people are paged step by step ([[escalation]]) until somebody
acknowledges it. An acknowledgement stops that for a while: without a verdict within
verdict_within ([break_glass], 30 minutes) people are paged again. The verdict closes it:
  drill     an announced or planned test
  genuine   a real emergency, and the right people
  misuse    somebody used the account who should not have
  unknown   nobody can say

ID is an incident's id, or its first digits: at least six, and no other may begin so. Who answers
is named with --by. Reading changes nothing.

Exit status: 0, 1 refused or failed; nothing was changed then.

Examples:
  gatehouse incidents --status open
  gatehouse incidents show 3f2a9c1b
  gatehouse incidents acknowledge 3f2a9c1b --by lead@northwind.example --reason \"calling Dora\"
  gatehouse incidents verdict 3f2a9c1b genuine --by lead@northwind.example --reason \"MFA was down\"
  gatehouse incidents --customer contoso --format json |
    jq '.incidents[] | select(.status == \"open\")'"
)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<Sub>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Only this customer's
    #[arg(long, value_name = "CUSTOMER")]
    customer: Option<String>,
    /// Only those of this status
    #[arg(long, value_name = "STATUS", value_parser = status())]
    status: Option<Status>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Subcommand)]
enum Sub {
    /// All of them, the newest first: the same as without a word
    List(ListArgs),
    /// One incident: what is known, who was paged and how that went, and everything that happened
    Show {
        /// The incident
        #[arg(value_name = "ID")]
        id: String,
        /// How the answer is written
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Say that you look after it: nobody else is paged for a while
    #[command(
        after_help = "It answers everything that the same page named. It is no verdict: without one in time, people are
paged again. Of the two who used the account, let the other one answer.

Example:
  gatehouse incidents acknowledge 3f2a9c1b --by lead@northwind.example"
    )]
    Acknowledge(Answer),
    /// Say what it was, and close it
    #[command(after_help = "A new sign-in opens a new incident, whatever was said about this one.

Example:
  gatehouse incidents verdict 3f2a9c1b drill --by lead@northwind.example --reason \"as announced\"")]
    Verdict {
        /// The incident
        #[arg(value_name = "ID")]
        id: String,
        /// What it was: drill, genuine, misuse or unknown
        #[arg(value_name = "VERDICT", value_parser = verdict())]
        verdict: Verdict,
        #[command(flatten)]
        said: Said,
    },
}

#[derive(Debug, clap::Args)]
struct Answer {
    /// The incident
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    said: Said,
}

#[derive(Debug, clap::Args)]
struct Said {
    /// Who answers: a person's mail address
    #[arg(long, value_name = "MAIL")]
    by: String,
    /// What there is to say, for the record and for the others
    #[arg(long, alias = "comment", value_name = "TEXT")]
    reason: Option<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The names of the contract, which the list shows too.
fn status() -> impl TypedValueParser<Value = Status> {
    PossibleValuesParser::new(Status::ALL.map(Status::name))
        .map(|name| Status::named(&name).expect("one of the names that were offered"))
}

fn verdict() -> impl TypedValueParser<Value = Verdict> {
    PossibleValuesParser::new(Verdict::ALL.map(Verdict::name))
        .map(|name| Verdict::named(&name).expect("one of the names that were offered"))
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    match &args.what {
        None => list(&args.list, context, console).await,
        Some(Sub::List(args)) => list(args, context, console).await,
        Some(Sub::Show { id, format }) => show(id, *format, context, console).await,
        Some(Sub::Acknowledge(answer)) => say(&answer.id, None, &answer.said, context, console).await,
        Some(Sub::Verdict { id, verdict, said }) => say(id, Some(*verdict), said, context, console).await,
    }
}

async fn list(args: &ListArgs, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    let engine = opened.engine_on_store()?;
    let mut filter = Filter { customer: args.customer.clone(), status: args.status, after: None };
    let mut all = Vec::new();
    loop {
        let page = engine.incidents(&filter, None).await.map_err(failure)?;
        all.extend(page.incidents);
        match page.next {
            Some(next) => filter.after = Some(next),
            None => break,
        }
    }
    // One who left the configuration may have incidents still, so only a name that leads to nothing is a mistake.
    if let (true, Some(name)) = (all.is_empty(), &args.customer) {
        opened.chosen(std::slice::from_ref(name))?;
    }
    all.sort_by(|one, other| (other.opened_at, &other.id).cmp(&(one.opened_at, &one.id)));
    match args.format {
        Format::Json => console.json(&List { incidents: all.iter().map(document).collect(), next: None })?,
        Format::Text => console.answer(&text::incidents(&all))?,
    }
    Ok(0)
}

async fn show(id: &str, format: Format, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    let engine = opened.engine_on_store()?;
    let id = named(&engine, id).await?;
    let incident = engine.incident(&id, None).await.map_err(failure)?;
    match format {
        Format::Json => console.json(&document(&incident))?,
        Format::Text => console.answer(&text::incident(&incident, opened.called(&incident)))?,
    }
    Ok(0)
}

/// An acknowledgement, or with a verdict the end.
async fn say(
    id: &str,
    verdict: Option<Verdict>,
    said: &Said,
    context: &Context,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let who = person(&said.by)?;
    let comment = said.reason.as_deref().map(str::trim).filter(|comment| !comment.is_empty());
    if comment.is_some_and(|comment| comment.chars().count() > COMMENT_CHARS_MAX) {
        return Err(
            Failure::new(format!("--reason is longer than {COMMENT_CHARS_MAX} characters")).hint("nothing was changed")
        );
    }
    // A customer whose file has errors must not keep anybody from answering.
    let opened = context.open(Errors::Skip, console)?;
    let engine = opened.engine_on_store()?;
    let id = named(&engine, id).await?;
    let by = By { who, asserted: true, comment: comment.map(str::to_owned) };
    let answered = match verdict {
        None => engine.acknowledge(&id, None, &by, true).await,
        Some(verdict) => engine.give_verdict(&id, None, verdict, &by).await,
    };
    let incident = match answered {
        Ok(incident) => incident,
        Err(Refused::WrongState(why)) => {
            let incident = engine.incident(&id, None).await.map_err(failure)?;
            let Some(already) = already(&incident, verdict, &by.who) else {
                return Err(failure(Refused::WrongState(why)));
            };
            console.tell(&already);
            incident
        }
        Err(refused) => return Err(failure(refused)),
    };
    if incident.status == Status::Closed
        && let Err(error) = engine.journal_closed(std::slice::from_ref(&id)).await
    {
        console.tell(&format!("the verdict counts; the journal gets it from the timer ({error})"));
    }
    match said.format {
        Format::Json => console.json(&document(&incident))?,
        Format::Text => {
            console.answer(&text::incident_in_short(&incident, opened.called(&incident)))?;
            for line in text::incident_next(&incident) {
                console.answer(&format!("  {line}\n"))?;
            }
        }
    }
    Ok(0)
}

/// The same person gave the same verdict before: the same command twice is no mistake.
fn already(incident: &Incident, verdict: Option<Verdict>, who: &str) -> Option<String> {
    let given = incident.verdict.as_ref().filter(|given| given.by.eq_ignore_ascii_case(who))?;
    (Some(given.verdict) == verdict).then(|| format!("{who} gave this verdict already, at {}", given.at))
}

/// The incident that these digits name.
async fn named(engine: &Engine, text: &str) -> Result<IncidentId, Failure> {
    let digits = text.trim().to_ascii_lowercase();
    if digits.len() < DIGITS_MIN || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let text =
            format!("{text:?} does not name an incident: its id, or the first digits of it, at least {DIGITS_MIN}");
        return Err(Failure::new(text).hint("gatehouse incidents lists them"));
    }
    let mut ids = engine.incident_ids(&digits).await?;
    match ids.len() {
        1 => Ok(ids.remove(0)),
        0 => Err(failure(Refused::NotFound(digits))),
        _ => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            Err(Failure::new(format!("{digits} begins more than one id: {}", ids.join(", ")))
                .hint("give one digit more than they have in common"))
        }
    }
}

fn failure(refused: Refused) -> Failure {
    match refused {
        Refused::NotFound(_) => Failure::new(refused.to_string()).hint("gatehouse incidents lists them"),
        Refused::WrongState(why) => {
            Failure::new(why).hint("nothing was changed; gatehouse incidents show ID says how it ended, and by whom")
        }
        Refused::Failed(error) => error.into(),
    }
}

impl Opened {
    /// What people call an incident's customer.
    pub(super) fn called<'a>(&'a self, incident: &'a Incident) -> &'a str {
        let customer = self.config.customer_of(incident.tenant_id);
        customer.map_or(&incident.customer, |customer| &customer.display_name)
    }
}
