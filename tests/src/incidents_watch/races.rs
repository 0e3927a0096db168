//! An alert, a second process, a failing store: whoever comes in between, the sign-in is paged, and once where that can be.

use super::town::{Town, alert_id, fact, log_alert, text};
use crate::world::World;
use access::incidents::{Drill, Kind, Severity};
use cloud_sim::{Fault, What, When};
use engine::incidents::AlertCall;
use futures::future::join;
use jiff::SignedDuration;
use std::sync::Arc;
use store::faulty::{self, Faulty};

/// A town in which somebody has just signed in, a minute after the last look.
async fn used() -> (Town, String) {
    let mut town = Town::new();
    town.minute().await;
    let id = town.sign_in(0, 0).to_string();
    town.world.pass(SignedDuration::from_mins(1)).await;
    (town, id)
}

fn alert(town: &Town, id: &str) -> String {
    let user = town.bg[0].to_string();
    log_alert(&alert_id(1), town.now(), &[("SignInId", id), ("UserId", &user), ("ResultType", "0")]).to_string()
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_comes_while_we_read_makes_one_incident_and_one_page() {
    let (mut town, id) = used().await;
    let (engine, body) = (town.engine(), alert(&town, &id));
    let call = AlertCall {
        customer: "contoso",
        caller: "alerts.contoso",
        body: body.as_bytes(),
        content_type: Some("application/json"),
        headers: &[],
        lost_its_body: false,
    };
    let (seen, taken) = join(engine.watch_sign_ins(), engine.take_alert(&call)).await;
    seen.expect("the store works");
    taken.expect("it is stored");
    town.minutes(20).await;
    let pages = town.ears.heard().iter().filter(|told| told["state"] == "triggered").count();
    assert_eq!((pages, town.incidents(Kind::SignIn).await.len()), (1, 1));
    assert!(town.incidents(Kind::DeliveryBroken).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn two_processes_that_read_at_the_same_moment_page_once() {
    let (mut town, _) = used().await;
    let one = town.engine();
    town.restart();
    let (one, two) = (one, town.engine());
    let (first, second) = join(one.watch_sign_ins(), two.watch_sign_ins()).await;
    first.and(second).expect("the store works");
    town.minutes(3).await;
    assert_eq!(town.ears.lines().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_at_any_operation_delays_a_page_by_a_minute_at_most() {
    let (town, _) = used().await;
    let documents = Arc::new(Faulty::new(town.world.documents.clone()));
    town.telling(engine(&town.world, documents.clone())).watch_sign_ins().await.expect("the store works");
    let operations = documents.operations();
    assert!(operations > 6, "{operations}");
    for fault in [faulty::Fault::Before, faulty::Fault::Lost, faulty::Fault::After] {
        for number in 1..=operations {
            let (mut town, _) = used().await;
            let documents = Arc::new(Faulty::new(town.world.documents.clone()));
            documents.fault(number, fault);
            let failing = town.telling(engine(&town.world, documents.clone()));
            let _ = failing.watch_sign_ins().await;
            town.minute().await;
            assert!(!town.ears.heard().is_empty(), "{fault:?} at {number}");
            assert_eq!(town.incidents(Kind::SignIn).await.len(), 1, "{fault:?} at {number}");
            town.minutes(17).await;
            assert_eq!(town.incidents(Kind::DeliveryBroken).await.len(), 1, "{fault:?} at {number}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_while_the_logs_are_read_costs_no_detail_and_no_name() {
    let mut town = unnamed().await;
    let documents = Arc::new(Faulty::new(town.world.documents.clone()));
    let reading = town.telling(engine(&town.world, documents.clone()));
    reading.follow_incidents().await.expect("the store works");
    let operations = documents.operations();
    assert!(operations > 10, "{operations}");
    for number in 1..=operations {
        town = unnamed().await;
        let documents = Arc::new(Faulty::new(town.world.documents.clone()));
        documents.fault(number, faulty::Fault::After);
        let failing = town.telling(engine(&town.world, documents.clone()));
        let _ = failing.follow_incidents().await;
        town.minutes(5).await;
        let incidents = town.incidents(Kind::SignIn).await;
        let [incident] = incidents.as_slice() else { panic!("{number}: {incidents:#?}") };
        assert_eq!(
            (incident.accounts.len(), incident.sign_ins.len(), incident.wants.is_none()),
            (1, 1, true),
            "{number}"
        );
        let heard = town.ears.heard();
        let details: Vec<_> = heard.iter().filter(|told| told["state"] == "updated").collect();
        assert!(
            !details.is_empty() && details[1..].iter().all(|told| told["mayRepeat"] == true),
            "{number}: {heard:#?}"
        );
        // And the entry's own alert is part of it.
        let id = incident.sign_ins[0].id.clone().expect("an id");
        let body: serde_json::Value = serde_json::from_str(&alert(&town, &id)).expect("JSON");
        town.alert(&body).await;
        assert_eq!((town.incidents(Kind::SignIn).await.len(), town.ears.lines().len()), (1, 0), "{number}");
    }
}

/// An alert that names nobody was paged a minute ago.
async fn unnamed() -> Town {
    let mut town = Town::new().workspace();
    town.contoso.set_premium(false);
    town.sign_in(0, 0);
    town.world.pass(SignedDuration::from_secs(30)).await;
    let now = town.now();
    town.alert(&log_alert(&alert_id(9), now, &[])).await;
    town.world.pass(SignedDuration::from_mins(1)).await;
    town.ears.heard();
    town
}

fn engine(world: &World, documents: Arc<dyn store::Documents>) -> engine::Engine {
    world.engine_on(documents, Arc::new(world.sim.clone()))
}

#[tokio::test(start_paused = true)]
async fn sign_ins_are_paged_although_the_audit_log_cannot_be_read() {
    let mut town = Town::new();
    let refused = What::Status(403, "Authorization_RequestDenied");
    town.world.sim.fault(Fault::new("GET /auditLogs/directoryAudits", When::Every, refused));
    town.minutes(6).await;
    town.ears.heard();
    town.sign_in(0, 0);
    town.minutes(16).await;
    assert_eq!(town.incidents(Kind::SignIn).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_announced_drill_labels_what_we_see_ourselves_and_the_missing_alert_is_missed_all_the_same() {
    let mut town = Town::new();
    town.minute().await;
    let from = town.now();
    let drill = Drill {
        id: "drill-1".into(),
        account: access::ids::GuestId(town.bg[0]),
        from,
        until: from + SignedDuration::from_mins(30),
        incident: None,
    };
    announce(&town, &drill).await;
    town.sign_in(0, 0);
    town.minute().await;
    let heard = town.ears.heard();
    assert_eq!((&heard[0]["drill"], text(&heard[0]["severity"])), (&true.into(), "warning"));
    assert!(fact(&heard[0], "Seen in").starts_with("our own reading"));
    town.sign_in(0, 0);
    town.minute().await;
    let heard = town.ears.heard();
    assert_eq!((&heard[0]["drill"], text(&heard[0]["severity"])), (&false.into(), "critical"), "it covers one");
    town.minutes(16).await;
    assert_eq!(town.incidents(Kind::DeliveryBroken).await[0].severity, Severity::High);
}

/// Writes the announcement as the command does.
async fn announce(town: &Town, drill: &Drill) {
    let document = serde_json::json!({ "v": 1, "w": uuid::Uuid::from_u128(7), "value": { "announced": drill } });
    let path = format!("drills/{}", town.contoso.id());
    let documents: &dyn store::Documents = &town.world.documents;
    documents.create(&path, bytes::Bytes::from(document.to_string())).await.expect("the store works");
}
