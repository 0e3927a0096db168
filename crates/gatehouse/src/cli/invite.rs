//! `gatehouse invite`: ask for access for somebody, or for many.

use super::console::{Console, Failure};
use super::open::{Context, Errors, Format, Opened};
use super::progress::bar;
use super::refused::{self, Naming, Reason, argument, column};
use super::requests::person;
use super::wishes::{self, CSV_BYTES_MAX, Wish, Words};
use crate::text::{self, Invited};
use access::requests::Request;
use access::requests::document::{Document, document};
use engine::Engine;
use engine::requests::{Caller, Made, Refused};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The longest name that a wish can be given, as in the HTTP API.
const KEY_CHARS_MAX: usize = 255;

/// The most problems of a file that are shown; nobody mends more at once.
const SHOWN_MAX: usize = 50;

/// Ask for access to a customer's package for somebody, for a while
#[derive(Debug, clap::Args)]
#[command(
    after_help = "It makes a request, as a ticketing system does: held against the package's [packages.requests] and
the customer's `domains`, with the same approvals and the same end. Who asks is named with --by, and
cannot approve it. Where nobody has to approve, it is carried out at once.

The same command again names the same request and makes nothing new: a wish is the same by its
ticket, customer, package and person, until a day after it is over. --key makes it another one.

A file of wishes has a line each, and a first line that names the columns:
  customer,package,mail,for,ticket,reason,given_name,surname
(the last two may be missing). Nothing is asked for while any line cannot be read. Lines are asked
for one after the other; run it again after a failure: what was asked before is not asked twice.

Exit status: 0 all were accepted, 1 some were refused or failed.

Examples:
  gatehouse invite contoso second-line ana@northwind.example --for 8h --ticket INC0012345 \\
    --reason \"mail flow is down\" --by dora@northwind.example
  gatehouse invite --csv wishes.csv --by dora@northwind.example --dry-run
  gatehouse invite --csv wishes.csv --by dora@northwind.example --format json |
    jq '.rows[] | select(.result == \"refused\")'"
)]
pub(super) struct Args {
    /// The customer's name
    #[arg(value_name = "CUSTOMER", required_unless_present = "csv", conflicts_with = "csv")]
    customer: Option<String>,
    /// The package, which people must be able to ask for
    #[arg(value_name = "PACKAGE", required_unless_present = "csv", conflicts_with = "csv")]
    package: Option<String>,
    /// Who is to have access: their mail address
    #[arg(value_name = "MAIL", required_unless_present = "csv", conflicts_with = "csv")]
    mail: Option<String>,
    /// How long from its start, in whole hours or days: 8h, 2d
    #[arg(long = "for", value_name = "HOURS", required_unless_present = "csv", conflicts_with = "csv")]
    hours: Option<String>,
    /// The ticket's number, where the package wants one
    #[arg(long, value_name = "NUMBER", conflicts_with = "csv")]
    ticket: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", required_unless_present = "csv", conflicts_with = "csv")]
    reason: Option<String>,
    /// The invitee's given name
    #[arg(long, value_name = "NAME", conflicts_with = "csv")]
    given_name: Option<String>,
    /// The invitee's surname
    #[arg(long, value_name = "NAME", conflicts_with = "csv")]
    surname: Option<String>,
    /// A name for this wish: the same wish under another name is another request
    #[arg(long, value_name = "KEY", conflicts_with = "csv")]
    key: Option<String>,
    /// Many wishes, from a file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Who asks: a person's mail address
    #[arg(long, value_name = "MAIL")]
    by: String,
    /// Only hold it against the policy: nothing is asked for
    #[arg(long)]
    dry_run: bool,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let by = person(&args.by)?;
    let (wishes, naming): (Vec<Wish>, Naming) = match &args.csv {
        Some(file) => (from_file(file, &by, console)?, column),
        None => (vec![args.single(&by)?], argument),
    };
    if args.key.as_ref().is_some_and(|key| key.is_empty() || key.chars().count() > KEY_CHARS_MAX) {
        return Err(Failure::new(format!("--key: 1 to {KEY_CHARS_MAX} characters")).hint("nothing was asked for"));
    }
    let opened = context.open(if args.dry_run { Errors::Skip } else { Errors::Refuse }, console)?;
    let engine = opened.engine()?;
    let progress = bar(wishes.len() as u64, "asking", console.is_process);
    let mut rows = Vec::new();
    // One after the other: what nobody has to approve is carried out on the way.
    for wish in &wishes {
        progress.set_message(wish.words.mail.clone());
        rows.push(Row { wish, came: args.ask(&engine, wish, naming).await });
        progress.inc(1);
    }
    progress.finish_and_clear();
    let is_fine = rows.iter().all(|row| matches!(row.came, Came::Made(_) | Came::Allowed));
    match args.format {
        Format::Json => console.json(&Answer { rows: rows.iter().map(Row::answer).collect() })?,
        Format::Text if args.csv.is_some() => {
            let told: Vec<Invited<'_>> = rows.iter().map(|row| row.told(&opened)).collect();
            console.answer(&text::invited(&told))?;
        }
        Format::Text => {
            for row in rows {
                row.tell(&opened, console)?;
            }
        }
    }
    Ok(u8::from(!is_fine))
}

impl Args {
    fn single(&self, by: &str) -> Result<Wish, Failure> {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        let words = Words {
            customer: given(&self.customer),
            package: given(&self.package),
            mail: given(&self.mail),
            hours: given(&self.hours),
            ticket: given(&self.ticket),
            reason: given(&self.reason),
            given_name: given(&self.given_name),
            surname: given(&self.surname),
        };
        wishes::single(words, by).map_err(|reasons| refused::told(&reasons, None))
    }

    async fn ask(&self, engine: &Engine, wish: &Wish, naming: Naming) -> Came {
        let caller = Caller::command_line();
        let asked = match self.dry_run {
            true => engine.policy_allows(&caller, &wish.asked).await.map(|()| Came::Allowed),
            false => {
                let made = engine.request_access(&caller, self.key.as_deref(), &wish.asked).await;
                made.map(|made| Came::Made(Box::new(made)))
            }
        };
        asked.unwrap_or_else(|refused| Came::of(refused, naming))
    }
}

fn from_file(file: &Path, by: &str, console: &mut Console<'_>) -> Result<Vec<Wish>, Failure> {
    let name = file.display();
    let failed = |error: std::io::Error| Failure::new(format!("the file {name} cannot be read: {error}"));
    let size = std::fs::metadata(file).map_err(failed)?.len();
    if size > CSV_BYTES_MAX as u64 {
        return Err(Failure::new(format!("the file {name} is larger than {CSV_BYTES_MAX} bytes: split it")));
    }
    let bytes = std::fs::read(file).map_err(failed)?;
    wishes::table(&bytes, by).map_err(|wrong| {
        wrong.iter().take(SHOWN_MAX).for_each(|line| console.tell(&format!("{name}:{line}")));
        if wrong.len() > SHOWN_MAX {
            console.tell(&format!("and {} more", wrong.len() - SHOWN_MAX));
        }
        Failure::new(format!("{name} cannot be read as wishes")).hint("nothing was asked for; gatehouse invite --help")
    })
}

/// What came of a wish.
enum Came {
    Made(Box<Made>),
    Allowed,
    Refused(Vec<Reason>),
    Failed(engine::Error),
}

impl Came {
    fn of(refused: Refused, naming: Naming) -> Self {
        refused::reasons(refused, naming).map_or_else(Self::Failed, Self::Refused)
    }

    fn request(&self) -> Option<&Request> {
        match self {
            Self::Made(made) => Some(&made.request),
            Self::Allowed | Self::Refused(_) | Self::Failed(_) => None,
        }
    }
}

/// A wish, and what came of it.
struct Row<'a> {
    wish: &'a Wish,
    came: Came,
}

impl Row<'_> {
    fn result(&self) -> &'static str {
        match &self.came {
            Came::Made(made) if made.again => "again",
            Came::Made(_) => "made",
            Came::Allowed => "allowed",
            Came::Refused(_) => "refused",
            Came::Failed(_) => "failed",
        }
    }

    /// For programs.
    fn answer(&self) -> AnswerRow<'_> {
        let Words { customer, package, mail, .. } = &self.wish.words;
        let reasons = match &self.came {
            Came::Made(_) | Came::Allowed => Vec::new(),
            Came::Refused(reasons) => reasons.clone(),
            Came::Failed(error) => vec![Reason { code: "failed".into(), part: None, text: error.to_string() }],
        };
        let request = self.came.request().map(document);
        AnswerRow { line: self.wish.line, customer, package, mail, result: self.result(), request, reasons }
    }

    /// In a table.
    fn told<'a>(&'a self, opened: &'a Opened) -> Invited<'a> {
        let Words { customer, package, mail, .. } = &self.wish.words;
        let problems = match &self.came {
            Came::Made(_) | Came::Allowed => Vec::new(),
            Came::Refused(reasons) => reasons.iter().map(Reason::line).collect(),
            Came::Failed(error) => vec![error.to_string()],
        };
        let (line, result) = (self.wish.line.unwrap_or_default(), self.result());
        let shown = self.came.request().map(|request| opened.shown(request));
        Invited { line, customer, package, mail, result, shown, problems }
    }

    /// By itself.
    fn tell(self, opened: &Opened, console: &mut Console<'_>) -> Result<(), Failure> {
        let made = match self.came {
            Came::Made(made) => made,
            Came::Allowed => return Ok(console.answer("allowed by the policy; nothing was asked for\n")?),
            Came::Refused(reasons) => return Err(refused::told(&reasons, None)),
            Came::Failed(error) => return Err(error.into()),
        };
        let request = &made.request;
        if made.again {
            console.tell(&format!("asked for before, at {}: it is the same request", request.created_at));
        }
        console.answer(&text::request_in_short(&opened.shown(request)))?;
        for line in text::next(request) {
            console.answer(&format!("  {line}\n"))?;
        }
        Ok(())
    }
}

/// What programs read.
#[derive(Serialize)]
struct Answer<'a> {
    rows: Vec<AnswerRow<'a>>,
}

#[derive(Serialize)]
struct AnswerRow<'a> {
    /// Null where the command itself was the wish.
    line: Option<u64>,
    customer: &'a str,
    package: &'a str,
    mail: &'a str,
    result: &'static str,
    request: Option<Document<'a>>,
    reasons: Vec<Reason>,
}
