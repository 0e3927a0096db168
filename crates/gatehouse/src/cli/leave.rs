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
    /// How long customers that are busy or do not answer are tried again: 0s to 1h
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = wait)]
    wait: Duration,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The longest wait, in seconds.
const WAIT_MAX: u64 = 3600;

/// Whole seconds, minutes or an hour; a number alone is seconds.
fn wait(text: &str) -> Result<Duration, String> {
    let wrong = || "whole seconds or minutes, an hour at most, such as 60s or 5m".to_owned();
    let digits = text.trim_end_matches(['s', 'm', 'h']);
    let seconds = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    // A sign is no part of a duration.
    let count = digits.parse::<u64>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let whole = count.and_then(|count| count.checked_mul(seconds)).filter(|whole| *whole <= WAIT_MAX);
    whole.map(Duration::from_secs).ok_or_else(wrong)
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
    let leaving = engine.take_out(found.person, args.wait).await.map_err(|error| {
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
        Format::Text => console.answer(&text::leaving(&name, &leaving))?,
    }
    Ok(match worst {
        _ if opened.has_errors => 1,
        State::Gone => 0,
        State::Left => 3,
        State::Failed => 1,
    })
}

#[cfg(test)]
mod tests {
    use super::wait;

    #[test]
    fn a_wait_is_a_duration_of_an_hour_at_most_and_a_number_alone_is_seconds() {
        let table = [
            ("0", Some(0)),
            ("60", Some(60)),
            ("60s", Some(60)),
            ("5m", Some(300)),
            ("1h", Some(3600)),
            ("3600s", Some(3600)),
        ];
        for (text, seconds) in table {
            assert_eq!(wait(text).ok().map(|wait| wait.as_secs()), seconds, "{text}");
        }
        for text in ["3601", "61m", "2h", "", "s", "+5s", "1ms", "5 m", "1.5m", "18446744073709551615h"] {
            assert!(wait(text).is_err(), "{text}");
        }
    }
}
