//! `GET /api/v1/consent`: Microsoft's consent page sends an administrator's browser here.
//!
//! Nobody authenticates: whoever comes proves with the link's state that they were invited, and nothing else that the address
//! says is believed. Every address that is none of an open link gets the same page, whatever it says.

use crate::Inside;
use crate::page::{Page, Said, unavailable};
use access::onboarding::Stage;
use bytes::Bytes;
use engine::onboarding::Landed;
use http::{Request, Response, StatusCode};

pub(crate) async fn handle(inside: &Inside, request: Request<Bytes>) -> Response<Bytes> {
    let query = request.uri().query().unwrap_or_default();
    match inside.engine.consent_call_back(query).await {
        Ok(Landed::Nothing(_)) => show(
            StatusCode::NOT_FOUND,
            "This link leads nowhere (any more)",
            "It was used before, it is older than 15 minutes, or it was not made here. If you have consented, that holds \
             all the same, and your partner will see it. If you have not, ask your partner for a new link.",
        ),
        Ok(Landed::Refused { refusal, .. }) => show(StatusCode::OK, "There is no consent yet", refusal.page),
        Ok(Landed::WrongTenant { .. }) => show(
            StatusCode::OK,
            "That was another organization",
            "You were signed in to another organization than the one that was invited, so nothing of this was taken. Ask \
             your partner for a new link, and sign in as an administrator of the right one. If you did consent there and \
             did not mean to, delete the application under Enterprise applications in the Entra admin center.",
        ),
        Ok(Landed::Consented { display_name, stage, .. }) => {
            let heading = format!("Thank you: the consent of {display_name} has arrived");
            show(StatusCode::OK, &heading, next(stage))
        }
        Err(error) => {
            tracing::error!(%error, "a call-back from the consent page could not be taken");
            unavailable()
        }
    }
}

/// What comes next, for somebody who has consented.
fn next(stage: Stage) -> &'static str {
    match stage {
        Stage::Invited | Stage::ConsentPending | Stage::Consented => {
            "Microsoft is still making it known, which takes some minutes. There is nothing more to do here: close this page. \
             Your partner looks at it, and tells you if something is missing."
        }
        Stage::Verified | Stage::Degraded => {
            "It is checked that it is your organization's. Your partner now goes through what else is needed, and tells you \
             what is missing. There is nothing more to do here: close this page."
        }
        Stage::Configured => {
            "Everything that is needed is there. Your partner now confirms with you, by another way than this page, that you \
             meant it. There is nothing more to do here: close this page."
        }
        Stage::Ready => "Everything that is needed is there. There is nothing more to do here: close this page.",
    }
}

fn show(status: StatusCode, heading: &str, state: &str) -> Response<Bytes> {
    let page: Page<'_, ()> =
        Page { title: "Consent", heading: heading.into(), state: state.into(), facts: Vec::new(), form: None };
    page.respond(status, Said::Nothing)
}

#[cfg(test)]
mod tests;
