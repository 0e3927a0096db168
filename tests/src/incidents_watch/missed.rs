//! Alerts that fired and never came.

use super::town::{Town, fact, law, log_alert, resource, rule, text};
use access::incidents::Kind;

fn town() -> Town {
    let mut town = Town::new();
    town.customer().break_glass.rules = vec![rule().to_uppercase()];
    town.customer().break_glass.subscriptions = vec![super::town::SUBSCRIPTION];
    // Something of theirs is in the subscription.
    town.contoso.set_resource(&rule(), serde_json::json!({}));
    town
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_fired_and_never_came_is_paged_and_the_way_of_alerts_is_broken() {
    let mut town = town();
    town.minutes(2).await;
    let other = resource("Microsoft.Insights/scheduledQueryRules/somebody-elses");
    town.contoso.fire_alert(&other, &law());
    let id = town.contoso.fire_alert(&rule(), &law());
    town.minutes(9).await;
    assert_eq!(town.ears.lines(), Vec::<String>::new(), "it may still be on its way");
    town.minutes(13).await;
    let heard = town.ears.heard();
    let pages: Vec<_> = heard.iter().filter(|told| told["state"] == "triggered").collect();
    let [missed, broken] = pages.as_slice() else { panic!("two pages: {heard:#?}") };
    assert_eq!(text(&missed["title"]), "A break-glass account of contoso was used: which one is not known yet");
    assert!(fact(missed, "Seen in").starts_with("Azure's own list of fired alerts"), "{missed:#?}");
    assert_eq!(text(&broken["title"]), "Break-glass alerts of contoso do not reach us");
    assert_eq!(fact(broken, "Alert"), "an alert of rule bg-sign-in fired and never came");
    town.restart();
    town.minutes(60).await;
    let again: Vec<_> = town.ears.heard().into_iter().filter(|told| told["state"] == "triggered").collect();
    assert!(again.is_empty(), "once: {again:#?}");
    // It comes after all: it is the same.
    let now = town.now();
    town.alert(&log_alert(&id, now, &[])).await;
    assert_eq!(town.ears.lines(), Vec::<String>::new());
    assert_eq!(town.incidents(Kind::SignIn).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_came_is_not_missed_whoever_took_it_and_however_its_id_is_written() {
    let mut town = town();
    town.minutes(2).await;
    let id = town.contoso.fire_alert(&rule(), &law());
    let now = town.now();
    let written = id.replace("/providers/", "/resourceGroups/rg/providers/").to_uppercase();
    town.alert(&log_alert(&written, now, &[])).await;
    town.restart();
    town.minutes(70).await;
    let pages: Vec<_> = town.ears.heard().into_iter().filter(|told| told["state"] == "triggered").collect();
    assert_eq!(pages.len(), 1, "{pages:#?}");
    assert!(town.incidents(Kind::DeliveryBroken).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_may_not_be_read_is_said_once_and_takes_nothing_away() {
    let mut town = town();
    town.contoso.set_azure_roles(false);
    let logs = town.minutes(45).await;
    assert_eq!(logs.iter().filter(|line| line.contains("Monitoring Reader")).count(), 1, "{logs:#?}");
    town.sign_in(0, 0);
    town.minute().await;
    assert_eq!(town.incidents(Kind::SignIn).await.len(), 1);
    town.contoso.set_azure_roles(true);
    let logs = town.minutes(11).await;
    assert_eq!(logs.iter().filter(|line| line.contains("can be listed again")).count(), 1, "{logs:#?}");
}
