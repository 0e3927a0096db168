//! `/api/v1/incidents/{id}/answer?link=…`: the page that the link in a page leads to.
//!
//! Looking at it answers nothing, so that a mail filter that opens the link silences no alarm. A person answers by sending
//! the form, which holds the credential of a caller that may operate; from there on it is the ordinary deed, with that
//! person named by that caller. Who acknowledges here answers a page, and with it everything that the page named.

mod page;

use crate::Inside;
use crate::page::{Received, Said, link, minute, missing, receive, unavailable};
use access::incidents::{Incident, IncidentId, Verdict};
use bytes::Bytes;
use engine::Error;
use engine::incidents::Refused;
use http::request::Parts;
use http::{Method, Response, StatusCode};

/// What a person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// They look after it.
    Acknowledge,
    /// They judge it.
    Judge(Verdict),
}

/// The whole answer to a request for the page of this id, or for sending its form.
pub(super) async fn answer(inside: &Inside, parts: &Parts, body: &[u8], id: &str) -> Response<Bytes> {
    let incident = match find(inside, parts, id).await {
        Ok(incident) => incident,
        Err(answer) => return *answer,
    };
    match parts.method {
        Method::GET | Method::HEAD => page::of(&incident).respond(StatusCode::OK, Said::Nothing),
        Method::POST => take(inside, parts, body, &incident).await,
        _ => missing(),
    }
}

/// The incident that the link was made for. The answer to every wrong address is the same page.
async fn find(inside: &Inside, parts: &Parts, id: &str) -> Result<Incident, Box<Response<Bytes>>> {
    let missing = || Box::new(missing());
    let id: IncidentId = id.parse().map_err(|_| missing())?;
    let link = link(parts).ok_or_else(missing)?;
    inside.engine.incident_by_link(&id, &link).await.map_err(|why| match why {
        Refused::Failed(error) => {
            tracing::warn!(%error, "the page of an incident");
            Box::new(unavailable())
        }
        _ => missing(),
    })
}

async fn take(inside: &Inside, parts: &Parts, body: &[u8], incident: &Incident) -> Response<Bytes> {
    let Received { form, known, by } = match receive(inside, parts, body, &page::of(incident), &page::ANSWER).await {
        Ok(received) => received,
        Err(answer) => return *answer,
    };
    let (id, customers) = (&incident.id, known.seen());
    let done = match form.decide {
        Answer::Acknowledge => inside.engine.acknowledge(id, customers.as_deref(), &by, true).await,
        Answer::Judge(verdict) => inside.engine.give_verdict(id, customers.as_deref(), verdict, &by).await,
    };
    match done {
        Ok(after) => page::of(&after).respond(StatusCode::OK, Said::Yes(&outcome(form.decide, &after))),
        // A caller that may not see this customer learns no more than from a wrong address.
        Err(Refused::NotFound(_)) => missing(),
        Err(why) => {
            let (status, text) = why_not(&why);
            // Mostly it is another one by now.
            let now = find(inside, parts, id.as_str()).await;
            page::of(now.as_ref().unwrap_or(incident)).respond(status, Said::No(&text, Some(&form)))
        }
    }
}

fn outcome(answer: Answer, after: &Incident) -> String {
    match (answer, &after.acknowledged) {
        (Answer::Judge(verdict), _) => format!("The incident is closed. Your verdict: {}.", page::words(verdict)),
        (Answer::Acknowledge, Some(given)) => format!(
            "You look after it now. Find out what happened and open this link again to give a verdict, until {}: without one people are paged again.",
            minute(given.until)
        ),
        (Answer::Acknowledge, None) => "You look after it now.".into(),
    }
}

fn why_not(why: &Refused) -> (StatusCode, String) {
    match why {
        Refused::WrongState(text) => (StatusCode::CONFLICT, format!("Nothing was done: {text}.")),
        Refused::NotFound(_) => (StatusCode::NOT_FOUND, "Nothing was done: there is no such incident.".into()),
        Refused::Failed(error) => {
            tracing::warn!(%error, "an answer on the page of an incident");
            let status = match error {
                Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::SERVICE_UNAVAILABLE,
            };
            (status, "It is not known whether that was noted. Open the link again in a minute.".into())
        }
    }
}

#[cfg(test)]
mod tests;
