//! Slack and PagerDuty call, with incidents that were opened by alerts and paged to stand-ins for both.

mod anew;
mod late;
mod pagerduty;
mod reopened;
mod repeated;
mod town;

use super::{NO_INCIDENT, NOT_KNOWN};
use crate::By;
use crate::incidents::{ChannelAnswer, ChannelCall, Filter};
use access::incidents::{Happened, Incident, Status, Verdict};
use http::HeaderMap;
use jiff::SignedDuration;
use notify::answers::UNKNOWN_PERSON;
use serde_json::json;
use std::time::Duration;
use town::{OLA, Town};

fn acknowledgements(incident: &Incident) -> usize {
    incident.history.iter().filter(|change| change.what == Happened::Acknowledged).count()
}

#[tokio::test(start_paused = true)]
async fn a_button_in_slack_acknowledges_everything_that_the_message_named() {
    let town = Town::new().await;
    let (lead, other) = town.two_sign_ins().await;
    assert_eq!(town.press("ops", "bg_ack", OLA, lead.id.as_str()).await, ChannelAnswer::Slack);
    for id in [&lead.id, &other.id] {
        let incident = town.incident(id).await;
        let given = incident.acknowledged.as_ref().unwrap();
        assert_eq!(
            (incident.status, given.by.as_str(), given.asserted),
            (Status::Acknowledged, "ola@northwind.example", true)
        );
        let last = incident.history.last().unwrap();
        assert_eq!(last.note.as_deref(), Some("a button in Slack, as channel ops says"));
    }
    let told = town.told("hooks.slack.com");
    assert!(
        told.last().unwrap().contains("You look after it now, and after 1 more that the message names."),
        "{told:?}"
    );
    let pager_duty = town.told("events.pagerduty.com");
    assert!(pager_duty.last().unwrap().contains(r#""event_action":"acknowledge""#), "{pager_duty:?}");
}

#[tokio::test(start_paused = true)]
async fn a_press_that_comes_again_counts_once_and_a_second_press_counts() {
    let town = Town::new().await;
    let lead = town.sign_in("contoso").await;
    let (headers, body) = town.pressing("bg_ack", OLA, lead.id.as_str());
    for _ in 0..3 {
        assert_eq!(town.call("ops", &headers, &body).await, ChannelAnswer::Slack);
        town.engine.clock.sleep(Duration::from_secs(60)).await;
    }
    let incident = town.incident(&lead.id).await;
    assert_eq!((acknowledgements(&incident), town.told("hooks.slack.com").len()), (1, 1));
    town.press("ops", "bg_ack", OLA, lead.id.as_str()).await;
    assert_eq!(acknowledgements(&town.incident(&lead.id).await), 2);
}

#[tokio::test(start_paused = true)]
async fn a_press_closes_only_what_a_drill_announced() {
    for announced in [false, true] {
        let town = Town::new().await;
        let (lead, other) = town.two_sign_ins().await;
        if announced {
            town.change(&lead.id, |incident| incident.drill = Some("d1".into())).await;
        }
        town.press("ops", "bg_drill", OLA, lead.id.as_str()).await;
        let (lead, other) = (town.incident(&lead.id).await, town.incident(&other.id).await);
        let verdict = lead.verdict.as_ref().map(|given| (given.verdict, given.by.as_str(), given.asserted));
        let told = town.told("hooks.slack.com").pop().unwrap();
        if announced {
            assert_eq!(verdict, Some((Verdict::Drill, "ola@northwind.example", true)));
            assert!(told.contains("Closed: it was the drill that was announced. The others"), "{told}");
        } else {
            assert_eq!((lead.status, verdict), (Status::Acknowledged, None));
            assert!(
                told.contains("No drill was announced for it, so it is not closed. You look after it now"),
                "{told}"
            );
        }
        assert_eq!((other.status, other.verdict), (Status::Acknowledged, None));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_not_among_the_channels_people_and_what_is_no_incident_change_nothing() {
    let town = Town::new().await;
    let lead = town.sign_in("contoso").await;
    let check = async |user: &str, key: &str, says: &str| {
        assert_eq!(town.press("ops", "bg_ack", user, key).await, ChannelAnswer::Slack);
        let told = town.told("hooks.slack.com").pop().unwrap();
        assert!(told.contains(says), "{told}");
    };
    check("U999", lead.id.as_str(), UNKNOWN_PERSON).await;
    check(OLA, "bg:other-key", NO_INCIDENT).await;
    check(OLA, "ffffffffffffffffffffffffffffffff", NO_INCIDENT).await;
    assert_eq!(town.incident(&lead.id).await.status, Status::Open);
    let by = By { who: "lead@northwind.example".into(), asserted: true, comment: None };
    town.engine.give_verdict(&lead.id, None, Verdict::Misuse, &by).await.unwrap();
    check(OLA, lead.id.as_str(), "Nothing was done: the incident is closed.").await;
    check(OLA, lead.id.as_str(), "Nothing was done: the incident is closed.").await;
}

#[tokio::test(start_paused = true)]
async fn only_the_channels_own_service_is_heard() {
    let town = Town::new().await;
    let lead = town.sign_in("contoso").await;
    let (slack, press) = town.pressing("bg_ack", OLA, lead.id.as_str());
    let (duty, acknowledged) = town.acknowledging("duty", "E1", lead.id.as_str(), SignedDuration::ZERO);
    let mut older = slack.clone();
    older.remove("x-slack-signature");
    for (channel, headers, body) in [
        ("nobody", &slack, &press),
        ("OPS", &slack, &press),
        ("contoso/ops", &slack, &press),
        ("duty", &slack, &press),
        ("plain", &slack, &press),
        ("broken", &slack, &press),
        ("ops", &duty, &acknowledged),
        ("fabrikam/desk", &duty, &acknowledged),
        ("ops", &slack, &format!("{press}&x=1")),
        ("ops", &older, &press),
        ("ops", &HeaderMap::new(), &press),
    ] {
        let call = ChannelCall { channel, headers, body: body.as_bytes() };
        assert_eq!(town.engine.channel_answer(&call).await, ChannelAnswer::Denied, "{channel}");
    }
    town.engine.clock.sleep(Duration::from_secs(301)).await;
    assert_eq!(town.call("ops", &slack, &press).await, ChannelAnswer::Denied, "signed too long ago");
    assert_eq!(town.incident(&lead.id).await.status, Status::Open);
    assert!(town.told("hooks.slack.com").is_empty());
}

#[tokio::test(start_paused = true)]
async fn slack_gets_its_challenge_back_where_it_is_signed() {
    let town = Town::new().await;
    let body = r#"{"token":"XXYYZZ","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}"#;
    let challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P".to_owned();
    assert_eq!(town.call("ops", &town.signed(body), body).await, ChannelAnswer::Challenge(challenge));
    assert_eq!(town.call("ops", &HeaderMap::new(), body).await, ChannelAnswer::Denied);
    // What is signed and means nothing to us is no reason to be called again.
    for odd in ["payload=%7B", "{}", r#"{"type":"view_submission"}"#] {
        assert_eq!(town.call("ops", &town.signed(odd), odd).await, ChannelAnswer::Slack, "{odd}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_in_pagerduty_counts_once_however_often_it_comes() {
    let town = Town::new().await;
    let (lead, other) = town.two_sign_ins().await;
    let (headers, body) = town.acknowledging("duty", "E1", lead.id.as_str(), SignedDuration::ZERO);
    assert_eq!(town.call("duty", &headers, &body).await, ChannelAnswer::PagerDuty);
    for id in [&lead.id, &other.id] {
        let given = town.incident(id).await.acknowledged.unwrap();
        assert_eq!((given.by.as_str(), given.asserted), ("Ola Nordmann (PagerDuty PLH1HKV)", true));
    }
    let until = town.incident(&lead.id).await.acknowledged.unwrap().until;
    // No verdict came, so people are paged again: nobody who recorded the webhook silences that.
    town.engine.clock.sleep(Duration::from_secs(31 * 60)).await;
    town.engine.follow_incidents().await.unwrap();
    assert_eq!(town.incident(&lead.id).await.status, Status::Open);
    assert_eq!(town.call("duty", &headers, &body).await, ChannelAnswer::PagerDuty);
    let incident = town.incident(&lead.id).await;
    assert_eq!((incident.status, incident.acknowledged.unwrap().until), (Status::Open, until));
}

/// The configuration's `verdict_within` is half an hour.
#[tokio::test(start_paused = true)]
async fn an_acknowledgement_that_would_count_no_more_does_not_begin_to() {
    let just = SignedDuration::from_mins(30) - SignedDuration::from_secs(1);
    for (ago, status) in [(just, Status::Acknowledged), (SignedDuration::from_mins(30), Status::Open)] {
        let town = Town::new().await;
        let lead = town.sign_in("contoso").await;
        let (headers, body) = town.acknowledging("duty", "E1", lead.id.as_str(), ago);
        assert_eq!(town.call("duty", &headers, &body).await, ChannelAnswer::PagerDuty);
        assert_eq!(town.incident(&lead.id).await.status, status, "{ago}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_resolved_in_pagerduty_or_is_no_incident_of_ours_changes_nothing() {
    let town = Town::new().await;
    let lead = town.sign_in("contoso").await;
    let before = town.incident(&lead.id).await;
    for kind in ["incident.resolved", "incident.triggered", "incident.escalated", "pagey.ping"] {
        let event = json!({ "event": { "id": "E2", "event_type": kind, "agent": { "id": "PLH1HKV", "type": "user_reference" },
            "occurred_at": town.engine.clock.now(), "data": { "incident_key": lead.id } } });
        let body = event.to_string();
        assert_eq!(town.call("duty", &town.signed_by("duty", &body), &body).await, ChannelAnswer::PagerDuty, "{kind}");
    }
    for key in ["held-0011223344", "ffffffffffffffffffffffffffffffff"] {
        let (headers, body) = town.acknowledging("duty", key, key, SignedDuration::ZERO);
        assert_eq!(town.call("duty", &headers, &body).await, ChannelAnswer::PagerDuty);
    }
    assert_eq!(town.incident(&lead.id).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_customers_own_channel_answers_for_that_customer_alone() {
    let town = Town::new().await;
    let (contoso, fabrikam) = (town.sign_in("contoso").await, town.sign_in("fabrikam").await);
    for (incident, status) in [(&contoso, Status::Open), (&fabrikam, Status::Acknowledged)] {
        let (headers, body) =
            town.acknowledging("desk", incident.id.as_str(), incident.id.as_str(), SignedDuration::ZERO);
        assert_eq!(town.call("fabrikam/desk", &headers, &body).await, ChannelAnswer::PagerDuty);
        assert_eq!(town.incident(&incident.id).await.status, status);
    }
    // The program's own channels answer for all.
    town.press("ops", "bg_ack", OLA, contoso.id.as_str()).await;
    let page = town.engine.incidents(&Filter::default(), None).await.unwrap();
    assert!(page.incidents.iter().all(|incident| incident.status == Status::Acknowledged));
}

#[tokio::test(start_paused = true)]
async fn what_the_store_does_not_take_is_not_lost() {
    let town = Town::new().await;
    let lead = town.sign_in("contoso").await;
    let (headers, body) = town.acknowledging("duty", "E1", lead.id.as_str(), SignedDuration::ZERO);
    town.away(&["incidents/"]);
    assert_eq!(town.call("duty", &headers, &body).await, ChannelAnswer::Later);
    town.press("ops", "bg_ack", OLA, lead.id.as_str()).await;
    let told = town.told("hooks.slack.com").pop().unwrap();
    assert!(told.contains(NOT_KNOWN), "{told}");
    town.away(&[]);
    assert_eq!(town.incident(&lead.id).await.status, Status::Open);
    assert_eq!(town.call("duty", &headers, &body).await, ChannelAnswer::PagerDuty);
    assert_eq!(town.incident(&lead.id).await.status, Status::Acknowledged);
}

/// Slack gives up after three seconds, PagerDuty after five.
#[tokio::test(start_paused = true)]
async fn services_are_answered_in_time_however_slow_everybody_else_is() {
    let town = Town::new().await;
    let (lead, _) = town.two_sign_ins().await;
    town.slow(true);
    let start = town.engine.clock.monotonic();
    town.press("ops", "bg_ack", OLA, lead.id.as_str()).await;
    assert!(town.engine.clock.monotonic() - start < Duration::from_millis(2_500));
    town.engine.clock.sleep(Duration::from_secs(30)).await;
    assert!(town.told("hooks.slack.com").last().unwrap().contains("You look after it now"));
}
