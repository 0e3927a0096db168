//! What people said in PagerDuty comes late.

use super::anew::lead;
use super::town::Town;
use crate::incidents::ChannelAnswer;
use access::incidents::{Event, Severity, Status};
use jiff::SignedDuration;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_that_could_not_be_noted_counts_for_nothing_that_was_raised_since() {
    let town = Town::new().await;
    let (incident, other) = town.two_sign_ins().await;
    town.change(&incident.id, |incident| incident.severity = Severity::High).await;
    let (headers, body) = town.acknowledging("duty", "E1", incident.id.as_str(), SignedDuration::ZERO);
    town.away(&["incidents/"]);
    assert_eq!(town.call("duty", &headers, &body).await, ChannelAnswer::Later);
    town.away(&[]);
    town.engine.clock.sleep(Duration::from_secs(5 * 60)).await;
    let raise = Event::Raise { severity: Severity::Critical, why: "five attempts".into() };
    town.engine.pager().await.happen(&incident.id, &raise).await.unwrap();
    town.engine.clock.sleep(Duration::from_secs(2 * 60)).await;
    assert_eq!(town.call("duty", &headers, &body).await, ChannelAnswer::PagerDuty);
    assert_eq!(town.incident(&incident.id).await.status, Status::Open);
    assert_eq!(town.incident(&other.id).await.status, Status::Acknowledged, "of this one nothing new was said");
    // Whoever sees what it is now, and looks after it, is heard.
    let (headers, body) = town.acknowledging("duty", "E2", &format!("{}:2", incident.id), SignedDuration::ZERO);
    assert_eq!(town.call("duty", &headers, &body).await, ChannelAnswer::PagerDuty);
    assert_eq!(town.incident(&incident.id).await.status, Status::Acknowledged);
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_from_before_another_one_lapsed_does_not_begin_to_count() {
    let town = Town::new().await;
    let incident = town.sign_in("contoso").await;
    town.engine.acknowledge(&incident.id, None, &lead(), true).await.unwrap();
    town.engine.clock.sleep(Duration::from_secs(31 * 60)).await;
    town.engine.follow_incidents().await.unwrap();
    let (headers, body) = town.acknowledging("duty", "E1", incident.id.as_str(), SignedDuration::from_mins(20));
    assert_eq!(town.call("duty", &headers, &body).await, ChannelAnswer::PagerDuty);
    assert_eq!(town.incident(&incident.id).await.status, Status::Open);
}
