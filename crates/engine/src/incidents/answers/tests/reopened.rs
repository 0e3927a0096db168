//! What was done with is not, after all.

use super::anew::lead;
use super::town::Town;
use access::incidents::{Event, Heard, Incident, Severity, Status, Verdict};

/// An attempt that was judged, and of which nothing is left to do.
async fn judged(town: &Town) -> Incident {
    let incident = town.sign_in("contoso").await;
    town.change(&incident.id, |incident| {
        incident.severity = Severity::High;
        incident.wants = None;
        incident.sign_ins[0].result = Some("50126".into());
    })
    .await;
    town.engine.give_verdict(&incident.id, None, Verdict::Unknown, &lead()).await.unwrap();
    for _ in 0..2 {
        town.engine.follow_incidents().await.unwrap();
    }
    assert_eq!(town.marked().await, Vec::<String>::new());
    town.incident(&incident.id).await
}

/// The same sign-in, of which another alert says that it succeeded.
fn success(incident: &Incident) -> Event {
    let mut heard = incident.clone();
    let alert = Heard { id: "another".into(), ..heard.alerts.remove(0) };
    heard.alerts = vec![alert];
    heard.sign_ins[0].result = Some("0".into());
    Event::Heard(Box::new(heard))
}

#[tokio::test(start_paused = true)]
async fn what_was_judged_as_an_attempt_and_was_a_success_is_paged_by_the_timer() {
    let town = Town::new().await;
    let incident = judged(&town).await;
    town.engine.pager().await.happen(&incident.id, &success(&incident)).await.unwrap();
    assert_eq!(town.incident(&incident.id).await.status, Status::Open);
    assert_eq!(town.marked().await, [format!("open/incidents/{}", incident.id)]);
    town.engine.follow_incidents().await.unwrap();
    assert_eq!(town.pager_duty().rang(), [incident.id.to_string(), format!("{}:2", incident.id)]);
}

/// What only repeats what is known is no work.
#[tokio::test(start_paused = true)]
async fn what_stays_closed_is_not_marked() {
    let town = Town::new().await;
    let incident = judged(&town).await;
    let Event::Heard(mut again) = success(&incident) else { unreachable!() };
    again.sign_ins[0].result = Some("50126".into());
    town.engine.pager().await.happen(&incident.id, &Event::Heard(again)).await.unwrap();
    let known = town.incident(&incident.id).await;
    assert_eq!((known.status, known.heard, town.marked().await.len()), (Status::Closed, 2, 0));
}
