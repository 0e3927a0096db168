//! What the logs add to an incident after its page.

use super::town::{Town, WORKSPACE, alert_id, fact, law, log_alert, text};
use access::incidents::{Kind, Status};
use cloud_sim::{Fault, What, When};
use jiff::SignedDuration;
use std::time::Duration;

const QUERY: &str = "POST /logs/v1/workspaces/*/query";

async fn alert_about(town: &mut Town, id: &str) {
    let (user, now) = (town.bg[0].to_string(), town.now());
    let dimensions = [("SignInId", id), ("UserId", user.as_str()), ("ResultType", "0"), ("IPAddress", "203.0.113.24")];
    town.alert(&log_alert(&alert_id(1), now, &dimensions)).await;
}

#[tokio::test(start_paused = true)]
async fn the_page_comes_first_and_one_notice_tells_what_the_workspace_knows() {
    let mut town = Town::new().workspace();
    let id = town.sign_in(0, 0).to_string();
    alert_about(&mut town, &id).await;
    assert_eq!(town.ears.lines().len(), 1);
    let asked = town.world.sim.count(|one| one.path.contains("query"));
    assert_eq!(asked, 0, "nobody waits for a log to be paged");
    town.minutes(20).await;
    let heard = town.ears.heard();
    let [details] = heard.as_slice() else { panic!("one notice: {heard:#?}") };
    assert_eq!(text(&details["state"]), "updated");
    assert_eq!(text(&details["text"]), "1 sign-in in the logs.");
    assert_eq!((fact(details, "Place"), fact(details, "Device")), ("Oslo, NO", "Edge 130.0.0, Windows10"));
    assert_eq!(fact(details, "App"), "Azure Portal");
    let hosts_asked = town.world.sim.count(|one| one.path.contains("query"));
    assert_eq!(hosts_asked, 1, "and the log once");
    let incident = &town.incidents(Kind::SignIn).await[0];
    assert_eq!((incident.sign_ins.len(), incident.sign_ins[0].app.as_deref()), (1, Some("Azure Portal")));
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_names_nobody_learns_who_it_was_and_a_later_one_with_the_name_pages_nobody_again() {
    let mut town = Town::new().workspace();
    // Only the workspace knows, and late.
    town.contoso.set_premium(false);
    town.world.sim.configure(|options| options.workspace_latency = Duration::from_secs(6 * 60));
    let id = town.sign_in(1, 0).to_string();
    town.world.pass(SignedDuration::from_secs(30)).await;
    let now = town.now();
    town.alert(&log_alert(&alert_id(1), now, &[])).await;
    let heard = town.ears.heard();
    assert_eq!(text(&heard[0]["title"]), "A break-glass account of contoso was used: which one is not known yet");
    town.minutes(5).await;
    let told: Vec<_> = town.ears.heard().into_iter().filter(|told| told["kind"] == "incident").collect();
    assert!(told.is_empty(), "rows come late, and nothing is said before they do: {told:#?}");
    town.minutes(8).await;
    let heard = town.ears.heard();
    let told: Vec<_> = heard.iter().filter(|told| told["kind"] == "incident").collect();
    let [details] = told.as_slice() else { panic!("one notice: {heard:#?}") };
    assert_eq!((fact(details, "Account"), fact(details, "Sign-in id")), ("bg2@contoso.onmicrosoft.com", id.as_str()));
    let user = town.bg[1].to_string();
    let now = town.now();
    let named = [("SignInId", id.as_str()), ("UserId", user.as_str()), ("ResultType", "0")];
    let answered = town.alert(&log_alert(&alert_id(2), now, &named)).await;
    town.minutes(3).await;
    assert!(town.ears.heard().iter().all(|told| told["kind"] != "incident"), "it is known");
    let incidents = town.incidents(Kind::SignIn).await;
    let [incident] = incidents.as_slice() else { panic!("one: {incidents:#?}") };
    assert_eq!((incident.heard, incident.status, incident.sign_ins.len()), (2, Status::Open, 1));
    // Whoever follows the answer of the second alert comes to the same incident.
    let by_alias = town.engine().incident(&answered[0].parse().expect("an id"), None).await.expect("it is there");
    assert_eq!(by_alias.id, incident.id);
    // Another sign-in is another incident.
    let other = town.sign_in(1, 0).to_string();
    let (user, now) = (town.bg[1].to_string(), town.now());
    town.alert(&log_alert(&alert_id(3), now, &[("SignInId", other.as_str()), ("UserId", user.as_str())])).await;
    assert_eq!(town.ears.lines().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_said_once_and_with_what_would_mend_it() {
    let mut town = Town::new().workspace();
    town.contoso.set_premium(false);
    town.contoso.set_workspace(WORKSPACE, |workspace| workspace.readable = false);
    let id = town.sign_in(0, 0).to_string();
    alert_about(&mut town, &id).await;
    town.minutes(60).await;
    let heard: Vec<_> = town.ears.heard().into_iter().filter(|told| told["kind"] == "incident").collect();
    let [_, details] = heard.as_slice() else { panic!("a page and a notice: {heard:#?}") };
    assert_eq!(
        text(&details["text"]),
        "No details could be read: the workspace could not be read: the app has no role on it (Log Analytics Data \
         Reader is enough; a new one may take an hour); the sign-in log could not be read: the tenant needs Entra ID P1 \
         for it."
    );
}

#[tokio::test(start_paused = true)]
async fn graph_tells_where_the_workspace_does_not_and_the_gap_is_said() {
    for (fault, words) in [
        (What::Status(503, "ServiceUnavailable"), "the workspace could not be read: it does not answer"),
        (What::Partial, "only a part was read: PartialError"),
    ] {
        let mut town = Town::new().workspace();
        town.world.sim.fault(Fault::new(QUERY, When::Every, fault));
        let id = town.sign_in(0, 0).to_string();
        alert_about(&mut town, &id).await;
        town.minutes(4).await;
        let heard = town.ears.heard();
        let [_, details] = heard.as_slice() else { panic!("a page and a notice: {heard:#?}") };
        assert!(text(&details["text"]).starts_with("1 sign-in in the logs, and not all could be read"), "{details:#?}");
        assert!(text(&details["text"]).contains(words), "{details:#?}");
        assert_eq!(fact(details, "Client"), "Browser");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_of_which_no_log_knows_is_looked_for_an_hour_and_then_that_is_said() {
    let mut town = Town::new().workspace();
    alert_about(&mut town, "66ea54eb-0000-4000-8000-000000000001").await;
    town.ears.heard();
    town.minutes(47).await;
    assert_eq!(town.ears.lines(), Vec::<String>::new());
    town.minutes(4).await;
    let heard = town.ears.heard();
    assert_eq!(heard.len(), 1, "{heard:#?}");
    assert_eq!(text(&heard[0]["text"]), "The logs show nothing.");
    let queries = town.world.sim.count(|one| one.path.contains("query"));
    assert_eq!(queries, 5, "after 2, 5, 10 and 30 minutes");
}

#[tokio::test(start_paused = true)]
async fn reading_the_logs_finds_another_use_and_pages_for_it() {
    let mut town = Town::new().workspace();
    town.contoso.set_premium(false);
    let other = town.sign_in(1, 0).to_string();
    let id = town.sign_in(0, 0).to_string();
    let mut stolen = town.a_sign_in(0, 0);
    stolen.ip = "198.51.100.7".into();
    town.contoso.sign_in_silently(stolen);
    town.contoso.sign_in_silently(town.a_sign_in(0, 0));
    // Of this account's own rows alone.
    alert_about(&mut town, &id).await;
    town.minutes(2).await;
    let told: Vec<_> = town.ears.heard().into_iter().filter(|told| told["kind"] == "incident").collect();
    let pages: Vec<_> = told.iter().filter(|told| told["state"] == "triggered").collect();
    assert_eq!(pages.len(), 2, "the sign-in, and a token renewed elsewhere: {told:#?}");
    assert_eq!(fact(pages[1], "IP"), "198.51.100.7");
    let details = told.iter().find(|told| told["state"] == "updated").expect("details");
    assert_eq!(fact(details, "Tokens renewed"), "Azure Portal from 203.0.113.24");
    // An alert that names nobody asks for all.
    let now = town.now();
    let opened = town.alert(&log_alert(&alert_id(9), now, &[])).await;
    town.minutes(2).await;
    let incidents = town.incidents(Kind::SignIn).await;
    let unnamed = incidents.iter().find(|one| one.id.as_str() == opened[0]);
    let ids: Vec<_> = unnamed.expect("it is there").sign_ins.iter().filter_map(|one| one.id.clone()).collect();
    assert!(ids.contains(&other), "{ids:?}");
}

#[tokio::test(start_paused = true)]
async fn a_change_learns_who_did_it_and_what_was_changed() {
    let mut town = Town::new();
    let (bg, admin) = (town.bg[0], town.admin);
    town.minutes(1).await;
    let entry = town.contoso.add_method(bg, admin);
    let (target, now) = (bg.to_string(), town.now());
    let operation = "Admin registered security info";
    let dimensions = [("AuditId", entry.as_str()), ("OperationName", operation), ("TargetId", target.as_str())];
    town.alert(&log_alert(&alert_id(1), now, &dimensions)).await;
    town.minutes(10).await;
    let heard = town.ears.heard();
    let [_, details] = heard.as_slice() else { panic!("a page and a notice: {heard:#?}") };
    assert_eq!(text(&details["text"]), "1 entry in the audit log.");
    assert_eq!(fact(details, "Done by"), "admin@contoso.onmicrosoft.com");
    assert!(fact(details, "Changed").starts_with("StrongAuthenticationMethod: "), "{details:#?}");
}

#[tokio::test(start_paused = true)]
async fn no_link_of_an_alert_is_ever_followed_and_the_workspace_is_the_configured_one() {
    let mut town = Town::new().workspace();
    let id = town.sign_in(0, 0).to_string();
    alert_about(&mut town, &id).await;
    town.minutes(3).await;
    let requests = town.world.sim.requests();
    let queries: Vec<_> = requests.iter().filter(|one| one.path.contains("query")).collect();
    assert!(!queries.is_empty());
    let wanted = format!("/logs/v1/workspaces/{WORKSPACE}/query");
    assert!(queries.iter().all(|one| one.path == wanted), "{queries:#?}");
    assert!(!law().is_empty());
}

#[tokio::test(start_paused = true)]
async fn many_incidents_of_one_customer_ask_the_logs_together() {
    let mut town = Town::new().workspace();
    for number in 0..30 {
        let id = town.sign_in(0, 50126).to_string();
        let (user, now) = (town.bg[0].to_string(), town.now());
        let dimensions = [("SignInId", id.as_str()), ("UserId", user.as_str()), ("ResultType", "50126")];
        town.alert(&log_alert(&alert_id(number), now, &dimensions)).await;
    }
    town.minutes(3).await;
    assert_eq!(town.world.sim.count(|one| one.path.contains("query")), 1);
    let incidents = town.incidents(Kind::SignIn).await;
    assert_eq!(incidents.len(), 30);
    assert!(incidents.iter().all(|one| one.wants.is_none() && one.facts.iter().any(|(label, _)| label == "Place")));
}
