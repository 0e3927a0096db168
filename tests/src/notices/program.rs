//! Notices of what is wrong with the program or the configuration, and with no customer's tenant.

use super::{Receiver, minute, router, telling};
use crate::world::World;
use access::config::{Customer, NoticeKind};
use engine::membership::commands::{Go, Told};
use engine::{Engine, How};
use jiff::SignedDuration;
use std::sync::Arc;
use store::faulty::Faulty;

/// Three customers in whom we have memberships, with problems routed to a channel; nothing is wrong.
async fn settled() -> (World, Arc<Receiver>, Engine) {
    let mut world = World::new();
    router(&mut world, &[NoticeKind::Problems]);
    let source = world.partner.add_group("Engineers");
    world.people(3, &[source]);
    for name in ["adatum", "contoso", "fabrikam"] {
        let tenant = world.customer(name);
        let target = tenant.add_group("Partner");
        world.package("second-line", &[source], &[target]);
    }
    let receiver = Arc::new(Receiver::default());
    let engine = telling(&world, receiver.clone());
    for name in ["adatum", "contoso", "fabrikam"] {
        engine.sync(name, How { fresh: true, enforce: false }).await.expect("the store works");
    }
    engine.tick().await.expect("a tick");
    assert_eq!(told(&receiver), []);
    (world, receiver, engine)
}

async fn minutes(world: &World, engine: &Engine, count: usize) {
    for _ in 0..count {
        minute(world, engine).await;
    }
}

/// What was said, and of which customers, in order.
fn told(receiver: &Receiver) -> Vec<(String, Vec<String>)> {
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let got = receiver.got();
    let data = got.iter().map(|one| &one.body["data"]);
    data.map(|data| {
        let customers = data["customers"].as_array().expect("a list").iter().map(text).collect();
        (format!("{} {}", text(&data["state"]), text(&data["title"])), customers)
    })
    .collect()
}

fn expected(says: &[(&str, &str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    says.iter().map(|(state, title, names)| (format!("{state} {title}"), owned(names))).collect()
}

fn id(receiver: &Receiver, number: usize) -> String {
    receiver.got()[number].body["data"]["id"].as_str().expect("an id").to_owned()
}

/// A process with the customers of these names alone.
fn with(world: &mut World, all: &[Customer], names: &[&str], receiver: &Arc<Receiver>) -> Engine {
    world.config.customers = all.iter().filter(|one| names.contains(&one.name.as_str())).cloned().collect();
    telling(world, receiver.clone())
}

#[tokio::test(start_paused = true)]
async fn customers_who_vanish_from_the_configuration_are_one_notice_until_they_are_back_or_forgotten() {
    const TITLE: &str = "Customers are missing from the configuration";
    let (mut world, receiver, _) = settled().await;
    let all = world.config.customers.clone();

    let engine = with(&mut world, &all, &["fabrikam"], &receiver);
    minutes(&world, &engine, 90).await;
    let mut says: Vec<(&str, &str, &[&str])> = vec![("opened", TITLE, &["adatum", "contoso"])];
    assert_eq!(told(&receiver), expected(&says), "once, also when it is looked at again after an hour");
    assert_eq!(receiver.got()[0].body["data"]["command"], "gatehouse check");

    // One is back and another one is not: as many as before, and yet news.
    let engine = with(&mut world, &all, &["contoso"], &receiver);
    minutes(&world, &engine, 16).await;
    says.push(("updated", TITLE, &["adatum", "fabrikam"]));
    assert_eq!(told(&receiver), expected(&says));

    let yes = Go::Do(Told { by: "lead@northwind.example".into(), reason: "their contract ended".into(), people: None });
    engine.forget_customer("adatum", &yes).await.expect("it is gone");
    minutes(&world, &engine, 2).await;
    assert_eq!(told(&receiver), expected(&says), "the other is missing still");
    let engine = with(&mut world, &all, &["contoso", "fabrikam"], &receiver);
    minutes(&world, &engine, 70).await;
    says.push(("resolved", TITLE, &["fabrikam"]));
    assert_eq!(told(&receiver), expected(&says));

    let engine = with(&mut world, &all, &["fabrikam"], &receiver);
    minutes(&world, &engine, 2).await;
    says.push(("opened", TITLE, &["contoso"]));
    assert_eq!(told(&receiver), expected(&says), "anew");
    assert_ne!(id(&receiver, 0), id(&receiver, 3), "another occurrence");
    engine.forget_customer("contoso", &yes).await.expect("it is gone");
    minutes(&world, &engine, 1).await;
    says.push(("resolved", TITLE, &["contoso"]));
    assert_eq!(told(&receiver), expected(&says), "at once");
    assert_eq!(engine.health(true).await.red, Some(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_missing_costs_a_tick_nothing_while_the_configuration_stays_the_same() {
    let (mut world, receiver, _) = settled().await;
    let all = world.config.customers.clone();
    let engine = with(&mut world, &all, &["fabrikam"], &receiver);
    minutes(&world, &engine, 2).await;
    world.documents.reset();
    minutes(&world, &engine, 1).await;
    assert_eq!(world.documents.counts("lease").lists, 0);
    assert_eq!(world.documents.counts("notice").reads(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_stood_still_is_told_of_when_it_runs_again_and_once() {
    const TITLE: &str = "The minute timer stood still";
    let (world, receiver, engine) = settled().await;
    world.pass(SignedDuration::from_mins(10)).await;
    engine.tick().await.expect("a tick");
    assert_eq!(told(&receiver), [], "ten minutes are not long");

    world.pass(SignedDuration::from_secs(10 * 60 + 1)).await;
    engine.tick().await.expect("a tick");
    assert_eq!(told(&receiver), expected(&[("opened", TITLE, &[])]), "by the very tick that finds it");
    let text = receiver.got()[0].body["data"]["text"].to_string();
    assert!(text.contains("it last ran at 2026-11-02T09:10:"), "{text}");
    minutes(&world, &engine, 10).await;
    assert_eq!(told(&receiver).len(), 1);
    assert_eq!(engine.health(true).await.red, Some(Vec::new()), "it runs again");
    minutes(&world, &engine, 1).await;
    assert_eq!(told(&receiver), expected(&[("opened", TITLE, &[]), ("resolved", TITLE, &[])]));

    world.pass(SignedDuration::from_mins(30)).await;
    engine.tick().await.expect("a tick");
    assert_eq!(told(&receiver).len(), 3);
    assert_ne!(id(&receiver, 0), id(&receiver, 2), "another occurrence");
}

#[tokio::test(start_paused = true)]
async fn while_the_minute_timer_stands_still_the_hourly_one_tells_people() {
    let (world, receiver, engine) = settled().await;
    for _ in 0..3 {
        world.pass(SignedDuration::from_hours(1)).await;
        engine.renew_subscriptions().await.expect("the store works");
        assert_eq!(receiver.states("problems"), ["opened"], "once");
    }
    engine.tick().await.expect("a tick");
    assert_eq!(receiver.states("problems"), ["opened"], "the tick that comes at last finds the same");
    minutes(&world, &engine, 11).await;
    assert_eq!(receiver.states("problems"), ["opened", "resolved"]);
}

#[tokio::test(start_paused = true)]
async fn messages_that_nobody_can_read_are_one_notice_until_none_came_for_a_day() {
    const TITLE: &str = "sync_customer got a message that it can do nothing with";
    let (world, receiver, engine) = settled().await;
    let bury = async || engine.record_poison("sync_customer", "what it said", "not JSON").await.expect("it is kept");
    for _ in 0..3 {
        bury().await;
    }
    minutes(&world, &engine, 5).await;
    assert_eq!(told(&receiver), expected(&[("opened", TITLE, &[])]));
    let data = receiver.got()[0].body["data"].to_string();
    assert!(data.contains("not JSON") && !data.contains("what it said"), "{data}");

    minutes(&world, &engine, 23 * 60).await;
    bury().await;
    minutes(&world, &engine, 24 * 60).await;
    assert_eq!(told(&receiver).len(), 1, "another one within the day, and a day after that");
    minutes(&world, &engine, 1).await;
    assert_eq!(told(&receiver), expected(&[("opened", TITLE, &[]), ("resolved", TITLE, &[])]));
    bury().await;
    minutes(&world, &engine, 1).await;
    assert_eq!(told(&receiver).len(), 3);
    assert_ne!(id(&receiver, 0), id(&receiver, 2), "another occurrence");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_recorded_is_told_of_wherever_the_process_was_killed_meanwhile() {
    let mut number = 0;
    loop {
        let (world, receiver, engine) = settled().await;
        let documents = Arc::new(Faulty::new(world.documents.clone()));
        let dying = world.engine_on(documents.clone(), Arc::new(world.sim.clone()));
        documents.kill_after(number);
        if dying.record_poison("sync_customer", "x", "not JSON").await.is_err() {
            // It is delivered again.
            engine.record_poison("sync_customer", "x", "not JSON").await.expect("the store works");
        }
        minutes(&world, &engine, 3).await;
        assert_eq!(receiver.states("problems"), ["opened"], "killed after {number}");
        let red = engine.health(true).await.red.expect("details");
        assert_eq!(red.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(), ["poison"], "killed after {number}");
        if documents.operations() < number {
            break;
        }
        number += 1;
    }
    assert!(number > 3, "{number}");
}

/// Its fifth delivery may be lost with the process, so each one after that records it.
#[tokio::test(start_paused = true)]
async fn a_message_that_goes_on_failing_is_shown_once_for_a_week_after_it_last_came() {
    let (world, _, engine) = settled().await;
    let shown = async || {
        let red = engine.health(true).await.red.expect("details");
        red.into_iter().filter(|one| one.code == "poison").map(|one| one.text).collect::<Vec<_>>()
    };
    let message = r#"{"customer":"contoso"}"#;
    for (delivery, why) in [(5, "failed 5 times: no answer"), (6, "failed 6 times: no answer")] {
        engine.record_poison("sync_customer", message, why).await.expect("it is kept");
        assert_eq!(shown().await, [format!("sync_customer can do nothing with a message ({why}): {message}")]);
        world.pass(SignedDuration::from_hours(delivery)).await;
    }
    world.pass(SignedDuration::from_hours(7 * 24 - 6)).await;
    assert_eq!(shown().await.len(), 1);
    world.pass(SignedDuration::from_secs(1)).await;
    assert_eq!(shown().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_message_for_a_customer_who_was_just_taken_out_says_so_and_is_shown_for_an_hour() {
    let (mut world, ..) = settled().await;
    let gone = world.config.customers.remove(0).name;
    let engine = world.engine();
    let shown = async || {
        let red = engine.health(true).await.red.expect("details");
        red.into_iter().filter(|one| one.code == "poison").map(|one| one.text).collect::<Vec<_>>()
    };
    let message = format!(r#"{{"customer":"{gone}"}}"#);
    engine.record_poison("sync_customer", &message, "there is no such customer").await.expect("it is kept");
    world.pass(SignedDuration::from_hours(1)).await;
    let [text] = shown().await.try_into().expect("one line");
    assert!(text.contains(&format!("for {gone}, who is not in the configuration")), "{text}");
    assert!(text.contains("nothing is wrong"), "{text}");
    world.pass(SignedDuration::from_secs(1)).await;
    assert_eq!(shown().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_wants_to_hear_of_is_not_written_down() {
    let (mut world, ..) = settled().await;
    world.config.notices.clear();
    world.config.customers.truncate(1);
    let engine = world.engine();
    engine.record_poison("sync_customer", "x", "not JSON").await.expect("it is kept");
    world.pass(SignedDuration::from_mins(11)).await;
    let codes = async || {
        let red = engine.health(true).await.red.expect("details");
        red.into_iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(codes().await, ["poison", "tick_missed", "customer_gone", "customer_gone"]);
    engine.tick().await.expect("a tick");
    assert_eq!(codes().await, ["poison", "customer_gone", "customer_gone"]);
    assert_eq!(engine.store().list("notice").await.expect("the store works"), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn strangers_at_an_alert_address_cost_the_store_little_and_are_told_of_once() {
    let (world, receiver, engine) = settled().await;
    let calls = async |name: &str, calls: u32| {
        world.documents.reset();
        for _ in 0..calls {
            engine.alert_turned_away(name).await;
        }
        let counts = world.documents.counts("");
        counts.reads() + counts.writes()
    };
    // Read, written and marked; then nothing for a minute.
    assert_eq!(calls("contoso", 100).await, 3);
    world.pass(SignedDuration::from_secs(59)).await;
    assert_eq!(calls("contoso", 100).await, 0);
    world.pass(SignedDuration::from_secs(1)).await;
    assert_eq!(calls("contoso", 100).await, 4);
    // Whether somebody is a customer does not show in what it takes.
    assert_eq!(calls("nobody", 100).await, 4);
    for name in 0..2_000 {
        engine.alert_turned_away(&format!("name-{name}")).await;
    }
    assert_eq!(calls("one-more", 1).await, 0, "so many names are no customers'");
    assert_eq!(calls("adatum", 1).await, 3, "a customer is not forgotten for them");
    minutes(&world, &engine, 3).await;
    assert_eq!(receiver.states("problems"), ["opened", "opened"]);
}
