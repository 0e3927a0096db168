//! People are called anew, and PagerDuty really calls them.

use super::pagerduty::State;
use super::town::Town;
use crate::By;
use crate::incidents::ChannelAnswer;
use access::incidents::{Details, Event, Severity, Status, Verdict};
use jiff::SignedDuration;
use std::time::Duration;

pub(super) fn lead() -> By {
    By { who: "lead@northwind.example".into(), asserted: true, comment: None }
}

#[tokio::test(start_paused = true)]
async fn pagerduty_rings_anew_each_time_an_acknowledgement_lapses_and_counts_whichever_alert_is_answered() {
    let town = Town::new().await;
    let incident = town.sign_in("contoso").await;
    let mut keys = vec![incident.id.to_string()];
    for number in 2..=4 {
        assert_eq!(town.pager_duty().rang(), keys);
        let (headers, body) =
            town.acknowledging("duty", &format!("E{number}"), &keys[number - 2], SignedDuration::ZERO);
        assert_eq!(town.call("duty", &headers, &body).await, ChannelAnswer::PagerDuty);
        assert_eq!(town.incident(&incident.id).await.status, Status::Acknowledged);
        assert!(town.pager_duty().states().iter().all(|state| *state == State::Acknowledged));
        town.engine.clock.sleep(Duration::from_secs(31 * 60)).await;
        town.engine.follow_incidents().await.unwrap();
        assert_eq!(town.incident(&incident.id).await.status, Status::Open);
        keys.push(format!("{}:{number}", incident.id));
    }
    assert_eq!(town.pager_duty().rang(), keys);
    town.engine.give_verdict(&incident.id, None, Verdict::Misuse, &lead()).await.unwrap();
    assert_eq!(town.pager_duty().states(), [State::Resolved; 4]);
    assert_eq!(town.pager_duty().rang(), keys, "what is over rings nobody");
}

#[tokio::test(start_paused = true)]
async fn pagerduty_rings_anew_when_what_somebody_looks_after_or_never_saw_gets_worse() {
    let raise = Event::Raise { severity: Severity::Critical, why: "five attempts".into() };
    for (event, is_answered) in [(&raise, true), (&raise, false), (&Event::NoDrill, true), (&Event::NoDrill, false)] {
        let town = Town::new().await;
        let incident = town.sign_in("contoso").await;
        town.change(&incident.id, |incident| {
            incident.severity = Severity::Warning;
            incident.drill = matches!(event, Event::NoDrill).then(|| "d1".into());
        })
        .await;
        if is_answered {
            town.engine.acknowledge(&incident.id, None, &lead(), true).await.unwrap();
        }
        town.engine.pager().await.happen(&incident.id, event).await.unwrap();
        town.engine.follow_incidents().await.unwrap();
        assert_eq!(
            town.pager_duty().rang(),
            [incident.id.to_string(), format!("{}:2", incident.id)],
            "{event:?} {is_answered}"
        );
    }
}

/// News of an alert that nobody has to answer any more, or never had to, wake nobody.
#[tokio::test(start_paused = true)]
async fn news_of_an_incident_open_no_alert_in_pagerduty() {
    let town = Town::new().await;
    let incident = town.sign_in("contoso").await;
    town.engine.acknowledge(&incident.id, None, &lead(), true).await.unwrap();
    let details = Details { entries: 1, facts: vec![("Second factor".into(), "FIDO2".into())], ..Details::default() };
    town.engine.pager().await.happen(&incident.id, &Event::Read(details)).await.unwrap();
    town.engine.follow_incidents().await.unwrap();
    let last = town.told("events.pagerduty.com").pop().unwrap();
    assert!(last.contains("Details: "), "{last}");
    assert_eq!(town.pager_duty().rang().len(), 1);
    assert_eq!(town.pager_duty().states(), [State::Acknowledged]);
}
