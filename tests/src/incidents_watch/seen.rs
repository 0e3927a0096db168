//! Sign-ins and changes that only our own reading shows.

use super::town::{Town, alert_id, fact, log_alert, text};
use access::incidents::{Kind, Severity, Status};
use engine::By;
use std::sync::Arc;
use store::faulty::Faulty;

fn by() -> By {
    By { who: "ola@northwind.example".into(), asserted: false, comment: None }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_no_alert_tells_of_is_paged_within_a_minute_and_says_how_it_was_seen() {
    let mut town = Town::new();
    town.minutes(2).await;
    town.sign_in(0, 0);
    town.minute().await;
    let heard = town.ears.heard();
    let [page] = heard.as_slice() else { panic!("one page: {heard:#?}") };
    assert_eq!(text(&page["title"]), "The break-glass account bg1@contoso.onmicrosoft.com of contoso signed in");
    assert_eq!((text(&page["severity"]), text(&page["state"])), ("critical", "triggered"));
    assert_eq!(fact(page, "Seen in"), "our own reading of the sign-in log; no alert has come");
    assert_eq!((fact(page, "IP"), fact(page, "Client")), ("203.0.113.24", "Browser"));
    assert_eq!(fact(page, "Second factor"), "MFA requirement satisfied by claim in the token");
    town.minutes(13).await;
    assert_eq!(town.ears.lines(), Vec::<String>::new(), "an alert may still come");
    assert!(town.incidents(Kind::DeliveryBroken).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn without_an_alert_in_time_the_way_of_alerts_is_broken_once_a_day_and_names_the_sign_ins() {
    let mut town = Town::new();
    town.minute().await;
    let first = town.sign_in(0, 0);
    town.minutes(17).await;
    let lines = town.ears.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[1], "triggered: Break-glass alerts of contoso do not reach us");
    let second = town.sign_in(1, 50126);
    town.minutes(18).await;
    let broken = town.incidents(Kind::DeliveryBroken).await;
    let [broken] = broken.as_slice() else { panic!("one a day: {broken:#?}") };
    let ids: Vec<_> = broken.sign_ins.iter().filter_map(|one| one.id.clone()).collect();
    assert_eq!(ids, [first.to_string(), second.to_string()]);
    assert_eq!((broken.severity, broken.heard), (Severity::High, 2));
    assert_eq!(town.ears.lines().len(), 1, "only the sign-in itself pages again");
    // Judged meanwhile, it is missed all the same.
    let third = town.sign_in(0, 0);
    town.minute().await;
    let open = town.incidents(Kind::SignIn).await;
    let of_third = open.iter().find(|one| one.sign_ins[0].id == Some(third.to_string())).expect("it is paged");
    let engine = town.engine();
    let verdict = access::incidents::Verdict::Genuine;
    engine.give_verdict(&of_third.id, None, verdict, &by()).await.expect("it is open");
    town.minutes(17).await;
    assert_eq!(town.incidents(Kind::DeliveryBroken).await[0].heard, 3);
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_comes_later_belongs_to_it_and_pages_nobody_again() {
    let mut town = Town::new();
    town.minute().await;
    let id = town.sign_in(0, 0).to_string();
    town.minutes(5).await;
    assert_eq!(town.ears.lines().len(), 1);
    let user = town.bg[0].to_string();
    let now = town.now();
    let dimensions =
        [("SignInId", id.as_str()), ("UserId", user.as_str()), ("ResultType", "0"), ("IPAddress", "203.0.113.24")];
    town.alert(&log_alert(&alert_id(1), now, &dimensions)).await;
    town.minutes(30).await;
    assert_eq!(town.ears.lines(), Vec::<String>::new());
    let known = town.incidents(Kind::SignIn).await;
    assert_eq!((known.len(), known[0].heard, known[0].status), (1, 2, Status::Open));
    assert!(town.incidents(Kind::DeliveryBroken).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_an_alert_told_of_is_not_found_again_whoever_reads() {
    let mut town = Town::new();
    town.minute().await;
    let id = town.sign_in(0, 0).to_string();
    let (user, now) = (town.bg[0].to_string(), town.now());
    let dimensions = [("SignInId", id.as_str()), ("UserId", user.as_str()), ("ResultType", "0")];
    town.alert(&log_alert(&alert_id(1), now, &dimensions)).await;
    for _ in 0..3 {
        town.restart();
        town.minutes(10).await;
    }
    let lines = town.ears.lines();
    assert_eq!(lines.len(), 2, "the page, and what the log adds: {lines:?}");
    let incidents = town.incidents(Kind::SignIn).await;
    assert_eq!((incidents.len(), incidents[0].heard), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn many_attempts_that_are_found_together_are_one_page() {
    let mut town = Town::new();
    town.minute().await;
    for _ in 0..60 {
        town.sign_in(0, 50126);
    }
    town.sign_in(1, 0);
    town.minute().await;
    let heard = town.ears.heard();
    let [page, raised] = heard.as_slice() else { panic!("one page, and that it is a burst: {heard:#?}") };
    assert!(text(&raised["text"]).starts_with("5 or more attempts on this account"), "{raised:#?}");
    assert_eq!((&page["incidentsCount"], text(&page["severity"])), (&50.into(), "critical"));
    assert!(text(&page["title"]).ends_with("bg2@contoso.onmicrosoft.com of contoso signed in"), "the worst leads");
    town.minute().await;
    let more = town.ears.heard();
    assert!(more.iter().any(|page| page["incidentsCount"] == 11), "and the rest: {more:#?}");
    assert_eq!(town.incidents(Kind::SignIn).await.len(), 61);
}

#[tokio::test(start_paused = true)]
async fn a_change_to_an_account_or_to_what_keeps_it_usable_is_an_incident() {
    let mut town = Town::new();
    let group = town.contoso.add_group("Conditional Access exclusions");
    let policy = uuid::Uuid::from_u128(0x90);
    town.customer().break_glass.guarded.groups = vec![access::ids::GroupId(group)];
    town.customer().break_glass.guarded.policies = vec![policy];
    town.minute().await;
    let (admin, bg) = (town.admin, town.bg[0]);
    let entry = town.contoso.reset_password(bg, admin);
    town.minutes(6).await;
    let heard = town.ears.heard();
    assert_eq!(heard.len(), 1, "{heard:#?}");
    let title = "The break-glass account bg1@contoso.onmicrosoft.com of contoso was changed: Reset user password";
    assert_eq!(text(&heard[0]["title"]), title);
    assert_eq!(fact(&heard[0], "Seen in"), "our own reading of the audit log; no alert has come");
    // The customer's own rule is later.
    let now = town.now();
    let (target, actor) = (bg.to_string(), admin.to_string());
    let dimensions = [
        ("AuditId", entry.as_str()),
        ("OperationName", "Reset user password"),
        ("TargetId", target.as_str()),
        ("Actor", actor.as_str()),
    ];
    town.alert(&log_alert(&alert_id(1), now, &dimensions)).await;
    town.contoso.add_to_group(admin, group, admin);
    town.contoso.change_policy(policy, admin);
    town.minutes(6).await;
    let changes = town.incidents(Kind::Change).await;
    assert_eq!(changes.len(), 3, "{changes:#?}");
    assert!(changes.iter().all(|change| change.awaits.is_none()), "not every customer has a rule for changes");
}

#[tokio::test(start_paused = true)]
async fn a_process_killed_between_any_two_operations_leaves_a_sign_in_that_is_paged() {
    let (mut number, mut operations) = (0, u64::MAX);
    while number <= operations {
        let mut town = Town::new();
        town.minute().await;
        town.sign_in(0, 0);
        town.world.pass(jiff::SignedDuration::from_mins(1)).await;
        let documents = Arc::new(Faulty::new(town.world.documents.clone()));
        let dying = town.telling(town.world.engine_on(documents.clone(), Arc::new(town.world.sim.clone())));
        documents.kill_after(number);
        let _ = dying.watch_sign_ins().await;
        if operations == u64::MAX && documents.operations() < number {
            operations = documents.operations();
        }
        town.restart();
        town.minutes(3).await;
        let heard = town.ears.heard();
        assert!(!heard.is_empty(), "killed after {number}");
        assert!(heard[1..].iter().all(|page| page["mayRepeat"] == true), "killed after {number}: {heard:#?}");
        number += 1;
    }
    assert!(operations > 6, "{operations}");
}
