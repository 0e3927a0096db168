//! What systems are sent, held against recorded requests, and what follows from each answer.

mod answers;
mod delivering;
mod fetching;
mod posting;
mod recorded;
mod texts;
mod walks;

use super::exchange::{Answer, Step, exchange};
use super::{Desk, TicketKey, Told};
use crate::Sent;
use access::config::{self, DeskSystem, SecretRef, ServiceNowAuth, TicketEvent, ZendeskStatus};
use bytes::Bytes;
use http::Request;
use jiff::SignedDuration;
use std::fmt::Write;

/// The names of all systems.
const SYSTEMS: [&str; 8] =
    ["servicenow", "servicenow-client", "jira", "zendesk", "freshservice", "halopsa", "connectwise", "autotask"];

fn configured(system: &str) -> config::Desk {
    let secret = || SecretRef::Env("SECRET".into());
    let servicenow = |auth| DeskSystem::ServiceNow {
        table: "sc_req_item".into(),
        auth,
        states: [(TicketEvent::Invited, "3".to_owned())].into(),
    };
    let (url, system) = match system {
        "servicenow" => ("https://example.service-now.com", servicenow(ServiceNowAuth::Basic(secret()))),
        "servicenow-client" => ("https://example.service-now.com", servicenow(ServiceNowAuth::Client(secret()))),
        "jira" => {
            let transitions = [(TicketEvent::Active, "761".to_owned())].into();
            ("https://example.atlassian.net", DeskSystem::Jira { auth: secret(), internal: true, transitions })
        }
        "zendesk" => {
            let states = [(TicketEvent::Expired, ZendeskStatus::Solved)].into();
            ("https://example.zendesk.com", DeskSystem::Zendesk { auth: secret(), states })
        }
        "freshservice" => ("https://example.freshservice.com", DeskSystem::Freshservice { auth: secret() }),
        "halopsa" => ("https://halo.example.com", DeskSystem::Halopsa { client: secret() }),
        "connectwise" => {
            let client_id = "00000000-0000-4000-8000-000000000000".parse().unwrap();
            ("https://api-na.myconnectwise.net", DeskSystem::Connectwise { auth: secret(), client_id })
        }
        "autotask" => {
            let system = DeskSystem::Autotask { auth: secret(), integration_code: SecretRef::Env("CODE".into()) };
            ("https://webservices1.autotask.net", system)
        }
        other => panic!("no system is called {other}"),
    };
    config::Desk { url: url.into(), system }
}

fn desk(system: &str) -> Desk {
    let secret = if system == "freshservice" { "hush" } else { "gatehouse:hush" };
    Desk::resolve(&configured(system), |_| Ok(secret.as_bytes().to_vec())).unwrap()
}

/// What is told to a ticket of this system.
fn told(system: &str) -> Told {
    let (id, number) = match system {
        "servicenow" | "servicenow-client" => ("6816f79cc0a8016401c5a33be04be441", "RITM0010023"),
        "jira" => ("10142", "ACC-142"),
        "zendesk" => ("35436", "#35436"),
        "freshservice" => ("2417", "SR-2417"),
        "halopsa" => ("4471", "4471"),
        "connectwise" => ("90211", "90211"),
        _ => ("351182", "T20261120.0002"),
    };
    Told {
        request: "0123456789abcdef0123456789abcdef".into(),
        number: 2,
        event: TicketEvent::Invited,
        invitee: "kari.nordmann@partner.example.com".into(),
        customer: "contoso".into(),
        package: "tier2-intune".into(),
        ends_at: Some("2026-11-20T17:00:00Z".parse().unwrap()),
        detail: None,
        ticket: TicketKey { id: Some(id.into()), number: Some(number.into()) },
        again: false,
    }
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, after: None, body: Bytes::copy_from_slice(body.as_bytes()) }
}

/// The requests of a delivery that is answered like this, and how it ends.
fn walk(desk: &Desk, told: &Told, answers: &[Answer]) -> String {
    let mut lines = String::new();
    let mut exchange = match exchange(desk, told) {
        Ok(exchange) => exchange,
        Err(sent) => return shown(&sent),
    };
    let mut step = exchange.begin();
    for answer in answers {
        let Step::Ask(request) = &step else { panic!("{lines}\nended before the answer {answer:?}: {step:?}") };
        writeln!(lines, "{} -> {}", line(request), answer.status).unwrap();
        step = exchange.next(answer);
    }
    lines
        + &match step {
            Step::Done(sent) => shown(&sent),
            Step::Ask(request) => line(&request),
        }
}

fn line(request: &Request<Bytes>) -> String {
    format!("{} {}", request.method(), request.uri().path_and_query().map_or("", |path| path.as_str()))
}

fn shown(sent: &Sent) -> String {
    match sent {
        Sent::Taken => "taken".into(),
        Sent::Never { why } => format!("never: {why}"),
        Sent::Later { why, after: None, .. } => format!("later: {why}"),
        Sent::Later { why, after: Some(after), .. } => format!("later, in {}: {why}", seconds(*after)),
    }
}

fn seconds(duration: SignedDuration) -> String {
    format!("{} s", duration.as_secs())
}
