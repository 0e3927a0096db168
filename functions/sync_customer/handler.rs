//! One message, one customer: survey, plan, judge, apply, journal.

use crate::{Done, Inside, Message, Retry};
use engine::{Error, How, Outcome};
use serde::Deserialize;

/// The message; members of a newer sender are ignored.
#[derive(Deserialize)]
struct Named {
    customer: String,
}

pub(crate) async fn handle(inside: &Inside, message: Message) -> Result<Done, Retry> {
    let named: Named = match serde_json::from_str(&message.text) {
        Ok(named) => named,
        Err(error) => {
            return bury(inside, &message, &format!("the message is not {{\"customer\":NAME}}: {error}")).await;
        }
    };
    // On the invocation's own lines, too.
    tracing::Span::current().record("customer", &named.customer);
    match inside.engine.sync(&named.customer, How::default()).await {
        Ok(outcome) => end(&named.customer, outcome),
        Err(error @ Error::UnknownCustomer(_)) => {
            let why = format!("{error}; where they were taken out of it just now, nothing is wrong");
            bury(inside, &message, &why).await
        }
        // A bug is tried again too: five failures make it poison, which somebody looks at.
        Err(error) if error.is_transient() || matches!(error, Error::Internal(_)) => {
            Err(Retry { why: format!("{}: {error}", named.customer) })
        }
        // Somebody has to mend something first; the next tick sends a message of its own.
        Err(error) => {
            tracing::error!(customer = named.customer, %error, "not synced");
            Ok(Done { messages: Vec::new(), logs: vec![format!("{}: {error}", named.customer)] })
        }
    }
}

fn end(customer: &str, outcome: Outcome) -> Result<Done, Retry> {
    let note = match outcome {
        Outcome::Failed { text, retry: true } => return Err(Retry { why: text }),
        Outcome::Failed { text, retry: false } => text,
        Outcome::Unchanged => format!("{customer}: nothing to do"),
        Outcome::Busy => format!("{customer}: another run is at work and was told to run again"),
        Outcome::Paused => format!("{customer}: paused"),
        Outcome::Ran(run) => format!(
            "{customer}: {} of {} steps done, {} waiting, {} held, {} failed",
            run.applied,
            run.plan.steps.len(),
            run.waiting,
            run.plan.held_steps.len(),
            run.failures.len()
        ),
    };
    Ok(Done { messages: Vec::new(), logs: vec![note] })
}

/// Delivering this message again can never help: it is recorded where a person sees it, and is done with.
async fn bury(inside: &Inside, message: &Message, why: &str) -> Result<Done, Retry> {
    match inside.engine.record_poison("sync_customer", &message.text, why).await {
        Ok(()) => Ok(Done { messages: Vec::new(), logs: vec![format!("recorded as poison: {why}")] }),
        Err(error) => Err(Retry { why: format!("a message that cannot be done ({why}) was not recorded: {error}") }),
    }
}

#[cfg(test)]
mod tests;
