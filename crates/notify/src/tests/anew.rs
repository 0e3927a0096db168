//! People are called anew, at services that tell nobody more of an alert that somebody looks after.

use super::page;
use super::stand::{self, Answered, Stand, answer, channel, now, sends};
use crate::{ALERTS_MAX, Act, Page, Sent, send_page};
use access::config::Service;
use std::sync::Arc;

/// What the service is asked for, and under which key: one line for each request.
fn asked(lines: &[String]) -> Vec<String> {
    let mut asked = Vec::new();
    for line in lines {
        if ["GET ", "POST ", "PATCH "].iter().any(|method| line.starts_with(method)) {
            asked.push(line.split_once("&sysparm_fields").map_or(line.as_str(), |(line, _)| line).to_owned());
        }
        if ["dedup_key", "event_action", "alias", "correlation_id"].iter().any(|name| line.starts_with(name)) {
            let last = asked.last_mut().unwrap();
            last.push_str(&format!(" {line}"));
        }
    }
    asked
}

async fn told(service: Service, page: &Page) -> Vec<String> {
    let (sent, lines) = sends(&channel(service), page).await;
    assert_eq!(sent, Sent::Taken);
    asked(&lines)
}

const EVENTS: &str = "POST https://events.pagerduty.com/v2/enqueue";
const ALERTS: &str = "https://api.atlassian.com/jsm/ops/api/55555555-5555-4555-8555-555555555555/v1/alerts";
const LOOK: &str = "GET https://records.example/api/now/table/incident?sysparm_query=correlation_id=";

#[tokio::test]
async fn each_call_opens_an_alert_of_its_own() {
    for (alert, key) in [(0, "5a1c7f0e93d24a55"), (1, "5a1c7f0e93d24a55:2"), (7, "5a1c7f0e93d24a55:8")] {
        let page = Page { alerts: vec![alert], ..page() };
        let event = format!("{EVENTS} dedup_key = \"{key}\" event_action = \"trigger\"");
        assert_eq!(told(stand::pagerduty(), &page).await, [event]);
        assert_eq!(told(stand::jsm(), &page).await, [format!("POST {ALERTS} alias = \"{key}\"")]);
        let made = "POST https://records.example/api/now/table/incident?sysparm_fields=sys_id,number";
        let made = format!("{made} correlation_id = \"{key}\"");
        assert_eq!(told(stand::servicenow(), &page).await, [format!("{LOOK}{key}"), made]);
    }
}

#[tokio::test]
async fn whoever_answers_answers_for_every_alert_that_is_there() {
    for (act, action) in [(Act::Acknowledge, "acknowledge"), (Act::Resolve, "resolve")] {
        let page = Page { act, alerts: vec![0, 2], ..page() };
        let events = ["5a1c7f0e93d24a55", "5a1c7f0e93d24a55:3"]
            .map(|key| format!("{EVENTS} dedup_key = \"{key}\" event_action = \"{action}\""));
        assert_eq!(told(stand::pagerduty(), &page).await, events);
        let mut aliases = told(stand::jsm(), &page).await;
        aliases.retain(|line| line.starts_with("GET"));
        let looks = ["5a1c7f0e93d24a55", "5a1c7f0e93d24a55%3A3"].map(|key| format!("GET {ALERTS}/alias?alias={key}"));
        assert_eq!(aliases, looks);
        let mut records = told(stand::servicenow(), &page).await;
        records.retain(|line| line.starts_with("GET"));
        assert_eq!(records, ["5a1c7f0e93d24a55", "5a1c7f0e93d24a55:3"].map(|key| format!("{LOOK}{key}")));
    }
}

/// What one alert did not hear is said again to all: it changes nothing there.
#[tokio::test]
async fn an_answer_that_one_alert_did_not_take_is_given_again() {
    let stand = Arc::new(Stand::answering([answer(202, ""), answer(503, "")]));
    let page = Page { act: Act::Resolve, alerts: vec![0, 1], ..page() };
    let sent = send_page(&stand.ways(), &channel(stand::pagerduty()), &page, now()).await;
    assert!(matches!(sent, Sent::Later { .. }), "{sent:?}");
}

#[tokio::test]
async fn the_latest_alerts_hear_of_an_answer() {
    for (alerts, told_of) in [(ALERTS_MAX, ALERTS_MAX), (ALERTS_MAX + 1, ALERTS_MAX)] {
        let page = Page { act: Act::Resolve, alerts: (0..).take(alerts).collect(), ..page() };
        let events = told(stand::pagerduty(), &page).await;
        assert_eq!(events.len(), told_of);
        assert!(events.last().unwrap().contains(&format!("5a1c7f0e93d24a55:{alerts}\"")), "{events:?}");
    }
}

#[tokio::test]
async fn channels_without_alerts_get_one_message() {
    let page = Page { act: Act::Resolve, alerts: vec![0, 1, 2], ..page() };
    for service in [stand::teams(), stand::slack_app(), stand::webhook(), stand::sns("duty")] {
        assert_eq!(told(service, &page).await.len(), 1);
    }
}

/// The next round of an escalation that nobody answers.
#[tokio::test]
async fn an_incident_in_servicenow_says_that_people_are_paged_once_more_for_it() {
    let found = || -> Answered {
        let record = r#"{"sys_id":"9d385017c611228701d22104cc95c371","correlation_id":"5a1c7f0e93d24a55"}"#;
        answer(200, &format!(r#"{{"result":[{record}]}}"#))
    };
    for (follows, requests) in [(false, 1), (true, 2)] {
        let stand = Arc::new(Stand::answering([found()]));
        let page = Page { follows, ..page() };
        let sent = send_page(&stand.ways(), &channel(stand::servicenow()), &page, now()).await;
        assert_eq!((sent, asked(&stand.lines()).len()), (Sent::Taken, requests));
    }
}
