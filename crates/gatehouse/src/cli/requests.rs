//! `gatehouse requests`: what people asked for, and a person's decision on it.

use super::console::{Console, Failure};
use super::open::{Context, Errors, Format, Opened};
use super::{refused, wishes};
use crate::text::{self, Shown};
use access::config::Requests;
use access::requests::document::{List, document};
use access::requests::{Request, RequestId, Status, mail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use engine::requests::{Caller, Decide, Deciding, Filter, Refused};
use engine::{By, Engine};

/// The fewest digits that name a request: with fewer, a slip of the finger would name another one.
const DIGITS_MIN: usize = 6;

/// The longest comment, in characters, as in the HTTP API.
const COMMENT_CHARS_MAX: usize = 1000;

/// List requests for access; look at one, approve, reject, extend or cancel it
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "A request is somebody's wish that a person gets a package for a while; gatehouse invite makes
one, and so do ticketing systems over the HTTP API. It waits for the approvals that the package's
[packages.requests] asks for (waiting_approval), is carried out (accepted, invited, active), and
when its time is over the access is taken away and seen to be gone (expired). It can also end
rejected, cancelled or failed.

ID is a request's id, or its first digits: at least six, and no other may begin so. Who decides is
named with --by; the journal says that the command line says so.

Exit status: 0, 1 refused or failed; nothing was changed then.

Examples:
  gatehouse requests --status waiting_approval
  gatehouse requests show 3f2a9c1b
  gatehouse requests approve 3f2a9c1b --by lead@northwind.example --reason \"agreed by phone\"
  gatehouse requests extend 3f2a9c1b --for 24h --by lead@northwind.example
  gatehouse requests --customer contoso --format json | jq '.invitations[].endsAt'")]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
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
enum What {
    /// One request: who, what, where, until when, and everything that happened
    Show {
        /// The request
        #[arg(value_name = "ID")]
        id: String,
        /// How the answer is written
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Say yes; with the last approval that is needed, it is carried out at once
    Approve(Decision),
    /// Say no to a request that waits for approvals
    Reject(Decision),
    /// Let it last longer: --for is the new total, from its start
    #[command(after_help = "Whoever lets somebody stay longer grants access: an extension needs the approvals that the
request needed, and each of these people names the same new total.

Example:
  gatehouse requests extend 3f2a9c1b --for 24h --by lead@northwind.example")]
    Extend {
        /// The new total from its start, in whole hours or days: 24h, 2d
        #[arg(long = "for", value_name = "HOURS", value_parser = wishes::hours)]
        hours: u32,
        #[command(flatten)]
        decision: Decision,
    },
    /// Take it back, or end its access now
    Cancel(Decision),
}

#[derive(Debug, clap::Args)]
struct Decision {
    /// The request
    #[arg(value_name = "ID")]
    id: String,
    /// Who decides: a person's mail address
    #[arg(long, value_name = "MAIL")]
    by: String,
    /// Why, for the journal and the ticket
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

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    match &args.what {
        None => list(args, context, console).await,
        Some(What::Show { id, format }) => show(id, *format, context, console).await,
        Some(What::Approve(decision)) => decide(Decide::Approve, decision, context, console).await,
        Some(What::Reject(decision)) => decide(Decide::Reject, decision, context, console).await,
        Some(What::Cancel(decision)) => decide(Decide::Cancel, decision, context, console).await,
        Some(What::Extend { hours, decision }) => {
            decide(Decide::Extend { hours: *hours }, decision, context, console).await
        }
    }
}

async fn list(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    let engine = opened.engine_on_store()?;
    let mut filter = Filter { customer: args.customer.clone(), status: args.status, after: None };
    let mut all = Vec::new();
    loop {
        let page = engine.requests(&Caller::command_line(), &filter).await;
        let page = page.map_err(|refused| refused::failure(refused, None))?;
        all.extend(page.requests);
        match page.next {
            Some(next) => filter.after = Some(next),
            None => break,
        }
    }
    // One who left the configuration may have requests still, so only a name that leads to nothing is a mistake.
    if let (true, Some(name)) = (all.is_empty(), &args.customer) {
        opened.chosen(std::slice::from_ref(name))?;
    }
    // What was asked last is what people look for.
    all.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
    match args.format {
        Format::Json => console.json(&List { invitations: all.iter().map(document).collect(), next: None })?,
        Format::Text => {
            let shown: Vec<Shown<'_>> = all.iter().map(|request| opened.shown(request)).collect();
            console.answer(&text::requests(&shown))?;
        }
    }
    Ok(0)
}

async fn show(id: &str, format: Format, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    let engine = opened.engine_on_store()?;
    let whole = named(&engine, id).await?;
    let request = engine.request(&Caller::command_line(), &whole).await;
    let request = request.map_err(|refused| refused::failure(refused, None))?;
    match format {
        Format::Json => console.json(&document(&request))?,
        Format::Text => console.answer(&text::request(&opened.shown(&request)))?,
    }
    Ok(0)
}

async fn decide(
    decide: Decide,
    decision: &Decision,
    context: &Context,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let by = person(&decision.by)?;
    let comment = decision.reason.as_deref().map(str::trim).filter(|comment| !comment.is_empty());
    if comment.is_some_and(|comment| comment.chars().count() > COMMENT_CHARS_MAX) {
        return Err(
            Failure::new(format!("--reason is longer than {COMMENT_CHARS_MAX} characters")).hint("nothing was changed")
        );
    }
    // A customer whose file has errors must not keep anybody's access from being ended.
    let errors = match decide {
        Decide::Approve | Decide::Extend { .. } => Errors::Refuse,
        Decide::Reject | Decide::Cancel => Errors::Skip,
    };
    let opened = context.open(errors, console)?;
    // Whoever grants is looked up in the tenants first. Access is taken away by the hosts, where it cannot be from here.
    let engine = match decide {
        Decide::Approve | Decide::Extend { .. } => opened.engine()?,
        Decide::Reject | Decide::Cancel => opened.engine_on_store()?,
    };
    let id = named(&engine, &decision.id).await?;
    let caller = Caller::command_line();
    let by = By { who: by, asserted: true, comment: comment.map(str::to_owned) };
    let deciding = Deciding { caller: &caller, by: &by, named: true };
    let request = match engine.decide_request(&id, decide, &deciding).await {
        Ok(request) => request,
        Err(Refused::WrongState(text)) => {
            let request = engine.request(&caller, &id).await.map_err(|refused| refused::failure(refused, None))?;
            let Some(already) = already(&request, decide, &by.who) else {
                return Err(refused::failure(Refused::WrongState(text), Some(&decision.id)));
            };
            console.tell(&already);
            request
        }
        Err(Refused::Forbidden(text)) => {
            let text = text.strip_prefix("this person ").map(|rest| format!("{} {rest}", by.who)).unwrap_or(text);
            return Err(refused::failure(Refused::Forbidden(text), Some(&decision.id)));
        }
        Err(refused) => return Err(refused::failure(refused, Some(&decision.id))),
    };
    match decision.format {
        Format::Json => console.json(&document(&request))?,
        Format::Text => console.answer(&text::request_in_short(&opened.shown(&request)))?,
    }
    Ok(0)
}

/// The same person decided the same before: the same command twice is no mistake.
fn already(request: &Request, decide: Decide, who: &str) -> Option<String> {
    let same = |by: &str| by.eq_ignore_ascii_case(who);
    match decide {
        Decide::Approve => {
            let approval = request.approvals.iter().find(|one| one.hours.is_none() && same(&one.by))?;
            Some(format!("already approved by {} at {}", approval.by, approval.at))
        }
        Decide::Reject if request.status == Status::Rejected => {
            let last = request.history.last().filter(|change| change.by.as_deref().is_some_and(same))?;
            Some(format!("already rejected by {who} at {}", last.at))
        }
        _ => None,
    }
}

/// The request that these digits name.
async fn named(engine: &Engine, text: &str) -> Result<RequestId, Failure> {
    let digits = text.trim().to_ascii_lowercase();
    if digits.len() < DIGITS_MIN || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Failure::new(format!(
            "{text:?} does not name a request: its id, or the first digits of it, at least {DIGITS_MIN}"
        ))
        .hint("gatehouse requests lists them"));
    }
    let mut ids = engine.request_ids(&digits).await?;
    match ids.len() {
        1 => Ok(ids.remove(0)),
        0 => Err(refused::failure(Refused::NotFound(digits), None)),
        _ => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            Err(Failure::new(format!("{digits} begins more than one id: {}", ids.join(", ")))
                .hint("give one digit more than they have in common"))
        }
    }
}

/// `--by`, as requests hold people.
pub(super) fn person(by: &str) -> Result<String, Failure> {
    mail(by.trim()).ok_or_else(|| {
        Failure::new(format!("--by {by}: not a mail address"))
            .hint("a named person decides and asks: --by you@example.com; nothing was changed")
    })
}

impl Opened {
    /// A request with the rules that hold for it now.
    pub(super) fn shown<'a>(&'a self, request: &'a Request) -> Shown<'a> {
        Shown { request, rules: self.rules(request) }
    }

    fn rules(&self, request: &Request) -> Option<&Requests> {
        let customer = self.config.customer_of(request.tenant_id)?;
        customer.packages.iter().find(|package| package.name == request.package)?.requests.as_ref()
    }
}
