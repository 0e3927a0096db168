//! `gatehouse drill`: use a break-glass account on purpose, and measure what happens.

use super::console::{Console, Failure};
use super::open::{Context, Errors, Format, Opened};
use super::progress::bar;
use crate::text;
use access::config::BreakGlass;
use access::drills::DrillRecord;
use engine::Engine;
use engine::drills::Announce;
use jiff::SignedDuration;
use serde::Serialize;
use std::time::Duration;

/// How often the store is looked at while somebody waits.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// How often in a row looking may fail before the command gives up: five minutes.
const FAILURES_MAX: u32 = 100;

/// Announce a use of a break-glass account, wait for it, and measure how it reaches people
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A drill has two persons (one of them signs in), one account and one sign-in. First every channel of
the customer's escalation is told; then the window is open. The sign-in is paged like any other, but
marked DRILL, and the escalation is gone through once. People acknowledge and judge it as always
(`gatehouse incidents`). A second sign-in, another account or another time is real.

The command waits and tells each stage: sign-in, alert received, first page taken, acknowledged,
verdict. It passes when all of them were reached and the verdict is drill. When no alert comes by
the end of the window it fails and says where to look. Stopping the command stops nothing: the
minute timer measures on, and --wait comes back to it. Leave time after the sign-in: the log is
minutes late.

Without --announce and --wait it shows the drills that are kept (the last 20), the latest in full.
Microsoft advises a drill at least every 90 days, and after people or the subscription changed.

Exit status: 0 it passed, or was announced (--no-wait), or was shown; 1 it failed or was refused.

Examples:
  gatehouse drill contoso --announce 30m --account bg1@contoso.onmicrosoft.com \\
    --by dora@northwind.example --with lead@northwind.example
  gatehouse drill contoso --wait
  gatehouse drill contoso --show --format json | jq '.drills[0].seconds'"
)]
pub(super) struct Args {
    /// The customer's name
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    /// Announce a drill whose sign-in comes within so long: 5m to 4h
    #[arg(long, value_name = "DURATION", value_parser = window, requires_all = ["account", "by", "with"])]
    announce: Option<SignedDuration>,
    /// The one account that is used: its user principal name
    #[arg(long, value_name = "UPN", requires = "announce")]
    account: Option<String>,
    /// Who announces it: a person's mail address
    #[arg(long, value_name = "MAIL", requires = "announce")]
    by: Option<String>,
    /// The second person: another mail address
    #[arg(long, value_name = "MAIL", requires = "announce")]
    with: Option<String>,
    /// In place of a drill that goes on: that one has failed
    #[arg(long, requires = "announce")]
    again: bool,
    /// Wait for the drill that goes on, to its end; with --announce that is what it does anyway
    #[arg(long, conflicts_with = "no_wait")]
    wait: bool,
    /// Return as soon as it is announced
    #[arg(long, requires = "announce")]
    no_wait: bool,
    /// Show the drills that are kept
    #[arg(long, conflicts_with_all = ["announce", "wait"])]
    show: bool,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Whole minutes or hours. Whether it is a fit window is said where drills are announced.
fn window(text: &str) -> Result<SignedDuration, String> {
    let wrong = || "whole minutes or hours, such as 30m or 2h".to_owned();
    let (digits, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        _ => return Err(wrong()),
    };
    let count = digits.parse::<u32>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    count.map(|count| SignedDuration::from_mins(i64::from(count) * minutes)).ok_or_else(wrong)
}

pub(super) async fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    // Another customer's file with errors is no reason to skip a drill.
    let opened = context.open(Errors::Skip, console)?;
    let engine = opened.engine_on_store()?;
    let declared = opened.declared(&args.customer)?;
    let shown = Shown { args, declared };
    let Some(wish) = args.wish() else {
        return if args.wait {
            shown.wait(&engine, &opened, console).await
        } else {
            shown.show(&engine, console).await
        };
    };
    let record = engine.announce_drill(&wish).await.map_err(refused)?;
    shown.announced(&record, console);
    if args.no_wait {
        shown.answer(&record, console)?;
        return Ok(0);
    }
    shown.wait(&engine, &opened, console).await
}

fn refused(error: engine::Error) -> Failure {
    match error {
        engine::Error::BadInput(_) | engine::Error::Busy(_) => {
            Failure::new(error.to_string()).hint("nothing was announced")
        }
        other => other.into(),
    }
}

impl Args {
    fn wish(&self) -> Option<Announce<'_>> {
        Some(Announce {
            customer: &self.customer,
            account: self.account.as_deref()?,
            by: self.by.as_deref()?,
            with: self.with.as_deref()?,
            window: self.announce?,
            again: self.again,
        })
    }
}

impl Opened {
    fn declared(&self, name: &str) -> Result<&BreakGlass, Failure> {
        let customer = self.config.customers.iter().find(|customer| customer.name == name);
        let customer = customer.ok_or_else(|| Failure::from(engine::Error::UnknownCustomer(name.to_owned())))?;
        Ok(&customer.break_glass)
    }
}

/// How drills are shown to whoever asked.
struct Shown<'a> {
    args: &'a Args,
    declared: &'a BreakGlass,
}

impl Shown<'_> {
    fn announced(&self, record: &DrillRecord, console: &mut Console<'_>) {
        for told in record.told.iter().filter(|told| !told.taken) {
            let why = told.why.as_deref().unwrap_or("no outcome");
            console.tell(&format!(
                "WARNING: channel {} was not told of the drill ({why}): whoever is behind it will take it for real",
                told.channel
            ));
        }
        let told: Vec<&str> = record.told.iter().filter(|told| told.taken).map(|told| told.channel.as_str()).collect();
        let told = if told.is_empty() { "nobody was told".into() } else { format!("told: {}", told.join(", ")) };
        let until = record.until.strftime("%Y-%m-%d %H:%M:%S UTC");
        console.tell(&format!("the drill is announced until {until}; {told}"));
        console.tell(&format!("now sign in once with {}, as {} or {}", record.account.upn, record.by, record.with));
    }

    /// Waits until the drill is over, and tells each stage as it is reached.
    async fn wait(&self, engine: &Engine, opened: &Opened, console: &mut Console<'_>) -> Result<u8, Failure> {
        let clock = &opened.place.doors.clock;
        let name = &self.args.customer;
        let progress = bar(0, "waiting", console.is_process);
        let mut told = [false; 5];
        let mut failures = 0;
        let record = loop {
            match engine.follow_drill(name).await {
                Ok(None) => {
                    return Err(Failure::new(format!("no drill was ever announced for {name}"))
                        .hint("gatehouse drill CUSTOMER --announce 30m --account UPN --by MAIL --with MAIL"));
                }
                Ok(Some(record)) => {
                    failures = 0;
                    for (index, is_told) in told.iter_mut().enumerate().filter(|(_, is_told)| !**is_told) {
                        if let Some(line) = text::drill_stage(&record, index) {
                            progress.suspend(|| console.tell(&line));
                            *is_told = true;
                        }
                    }
                    if record.ended.is_some() {
                        break record;
                    }
                    let left = record.until.duration_since(clock.now()).max(SignedDuration::ZERO);
                    let next = told.iter().position(|is_told| !is_told).unwrap_or_default();
                    let next = record.stages().get(next).map_or("the end", |(stage, _)| stage);
                    progress.set_message(format!("for: {next} (the window is open for {} min)", left.as_mins()));
                    progress.tick();
                }
                Err(error) if error.is_transient() && failures < FAILURES_MAX => {
                    if failures == 0 {
                        progress.suspend(|| console.tell(&format!("{error}; looking again")));
                    }
                    failures += 1;
                }
                Err(error) => {
                    let command = format!("the drill goes on without this command: gatehouse drill {name} --wait");
                    return Err(Failure::from(error).hint(command));
                }
            }
            clock.sleep(LOOK_EVERY).await;
        };
        progress.finish_and_clear();
        self.answer(&record, console)?;
        if record.passed() {
            return Ok(0);
        }
        let missing = record.ended.as_ref().and_then(|ended| ended.missing);
        console.tell(&format!(
            "the drill of {name} FAILED: {}",
            missing.map_or("it did not end well", |one| one.clause())
        ));
        Ok(1)
    }

    async fn show(&self, engine: &Engine, console: &mut Console<'_>) -> Result<u8, Failure> {
        let records = engine.drills(&self.args.customer).await?;
        if self.args.format == Format::Json {
            console.json(&Answer { customer: &self.args.customer, drills: records.iter().map(Drill::of).collect() })?;
            return Ok(0);
        }
        let Some(last) = records.first() else {
            console.answer("no drills\n")?;
            return Ok(0);
        };
        console.answer(&text::drill(last, &self.args.customer, self.declared))?;
        if let [_, earlier @ ..] = records.as_slice()
            && !earlier.is_empty()
        {
            console.answer(&format!("\nearlier\n{}", text::drills(earlier)))?;
        }
        Ok(0)
    }

    fn answer(&self, record: &DrillRecord, console: &mut Console<'_>) -> Result<(), Failure> {
        match self.args.format {
            Format::Json => console.json(&Drill::of(record))?,
            Format::Text => console.answer(&text::drill(record, &self.args.customer, self.declared))?,
        }
        Ok(())
    }
}

/// What programs read.
#[derive(Serialize)]
struct Answer<'a> {
    customer: &'a str,
    drills: Vec<Drill<'a>>,
}

#[derive(Serialize)]
struct Drill<'a> {
    #[serde(flatten)]
    record: &'a DrillRecord,
    /// Whether it went as it should; null while it goes on.
    passed: Option<bool>,
    seconds: Seconds,
}

/// How long each stage took from the one before.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Seconds {
    sign_in_to_alert: Option<f64>,
    alert_to_page: Option<f64>,
    page_to_acknowledgement: Option<f64>,
    acknowledgement_to_verdict: Option<f64>,
}

impl<'a> Drill<'a> {
    fn of(record: &'a DrillRecord) -> Self {
        let between =
            |from: Option<jiff::Timestamp>, to: Option<jiff::Timestamp>| Some(to?.duration_since(from?).as_secs_f64());
        Self {
            record,
            passed: record.ended.as_ref().map(|_| record.passed()),
            seconds: Seconds {
                sign_in_to_alert: between(record.signed_in, record.alerted),
                alert_to_page: between(record.alerted, record.paged),
                page_to_acknowledgement: between(record.paged, record.acknowledged),
                acknowledgement_to_verdict: between(record.acknowledged, record.judged),
            },
        }
    }
}
