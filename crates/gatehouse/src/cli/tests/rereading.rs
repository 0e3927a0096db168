//! Hosts that go on while the configuration is published anew.

use super::Terminal;
use crate::hosts::Host;
use crate::settings::Settings;
use crate::wiring::Place;
use bytes::Bytes;
use functions::{Message, Reply, Timer, Wake};
use http::{HeaderMap, Request};
use serde_json::Value;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

impl Terminal {
    /// A process of a host that works with what is published. It builds nothing before it is woken.
    fn host(&self) -> Host {
        let mut env = self.env.clone();
        env.insert("GATEHOUSE_CONFIG".into(), self.url());
        let settings = Settings::read(Arc::new(env)).unwrap();
        let folder = settings.config.clone().unwrap();
        let place = Place { folder, settings, doors: self.doors.clone() };
        let (clock, random) = (self.doors.clock.clone(), self.doors.random.clone());
        Host::new(functions::all(), Box::new(place), clock, random)
    }

    async fn sleep(&self, time: Duration) {
        self.doors.clock.sleep(time).await;
    }

    fn was_looked_after(&self, tenant: &str) -> bool {
        self.home.folder.join(format!("state/customers/{tenant}/head")).exists()
    }
}

/// Wakes the function; what it answered.
pub(super) async fn wake(host: &Host, function: &str, wake: Wake) -> Reply {
    host.wake(host.function(function).unwrap(), &host.invocation(&HeaderMap::new()), wake).await
}

/// Fires a timer; the messages that it sent.
async fn fire(host: &Host, function: &str) -> Vec<String> {
    match wake(host, function, Wake::Timer(Timer { past_due: false })).await {
        Reply::Done(done) => done.messages.into_iter().flat_map(|(_, texts)| texts).collect(),
        other => panic!("{function}: {other:?}"),
    }
}

pub(super) async fn deliver(host: &Host, messages: &[String]) {
    for text in messages {
        match wake(host, "sync_customer", Wake::Queue(Message { text: text.clone() })).await {
            Reply::Done(_) => {}
            other => panic!("{text}: {other:?}"),
        }
    }
}

/// What is red, by code; with the text.
pub(super) async fn red(host: &Host) -> Vec<(String, String)> {
    let request = Request::get("/api/v1/health").header("x-api-key", crate::demo::API_KEY).body(Bytes::new()).unwrap();
    let Reply::Http(answer) = wake(host, "health", Wake::Http(Box::new(request))).await else { panic!("no answer") };
    let health: Value = serde_json::from_slice(answer.body()).unwrap();
    let items = health["red"].as_array().unwrap_or_else(|| panic!("{health}"));
    let text = |red: &Value, name: &str| red[name].as_str().unwrap_or_default().to_owned();
    items.iter().map(|item| (text(item, "code"), text(item, "text"))).collect()
}

async fn trouble(host: &Host) -> Option<String> {
    red(host).await.into_iter().find(|(code, _)| code == "configuration").map(|(_, text)| text)
}

const ADATUM: &str = "77777777-7777-4777-8777-777777777777";

#[tokio::test(start_paused = true)]
async fn a_customer_that_is_added_is_served_without_a_restart() {
    let terminal = Terminal::publishing();
    let file = terminal.home.folder.join("customers/adatum.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    terminal.publish("", 0).await;
    // As on Azure, timers and messages have processes of their own, which share only the store.
    let (timers, queue) = (terminal.host(), terminal.host());
    let first = fire(&timers, "schedule_sync").await;
    terminal.sleep(MINUTE / 2).await;
    deliver(&queue, &first).await;
    assert!(!terminal.was_looked_after(ADATUM));
    fs::write(&file, text).unwrap();
    terminal.publish("", 0).await;
    let before = fire(&timers, "schedule_sync").await;
    assert!(!before.iter().any(|message| message.contains("adatum")), "half a minute is too soon");
    terminal.sleep(MINUTE / 2).await;
    let messages = fire(&timers, "schedule_sync").await;
    assert!(messages.iter().any(|message| message.contains("adatum")), "{messages:?}");
    // This process has looked half a minute ago, and has not heard of the customer.
    deliver(&queue, &messages).await;
    assert!(terminal.was_looked_after(ADATUM));
    assert!(red(&queue).await.iter().all(|(code, _)| code != "poison"));
}

#[tokio::test(start_paused = true)]
async fn a_broken_publication_leaves_the_last_good_one_in_force_and_is_red() {
    let terminal = Terminal::publishing();
    terminal.publish("", 0).await;
    let path = terminal.home.folder.join("published/configuration");
    let good = fs::read_to_string(&path).unwrap();
    let host = terminal.host();
    assert_eq!(trouble(&host).await, None);
    terminal.sleep(MINUTE).await;
    assert_eq!(trouble(&host).await, None, "and it was looked at, so that it is kept");
    for (broken, told) in [
        (Some("no document".to_owned()), "cannot be read: configuration cannot be understood"),
        (
            Some(good.replacen("\"v\":1", "\"v\":2", 1)),
            "cannot be read: configuration has version 2, which is newer than this program knows: update the program",
        ),
        (Some(good.replace("display_name", "displayed_name")), "its digest does not fit its files"),
        (None, "there is no configuration at"),
    ] {
        match broken {
            Some(text) => fs::write(&path, text).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        terminal.sleep(MINUTE).await;
        let text = trouble(&host).await.expect("it is red");
        let (text, until) = text.rsplit_once(", until 2026-03-09 ").expect("it is said how long");
        assert!(
            text.contains(told)
                && text
                    .ends_with("; in force is the one published at 2026-03-02 08:00:00 UTC by ana@northwind.example"),
            "{text} {until}"
        );
        assert!(!fire(&host, "schedule_sync").await.is_empty(), "everything goes on");
        // A process that begins now has nothing in memory.
        let cold = terminal.host();
        assert!(trouble(&cold).await.expect("it is red").starts_with(text));
        deliver(&cold, &["{\"customer\":\"adatum\"}".to_owned()]).await;
        fs::write(&path, &good).unwrap();
        terminal.sleep(MINUTE).await;
        assert_eq!((trouble(&host).await, trouble(&cold).await), (None, None));
    }
    assert!(terminal.was_looked_after(ADATUM));
    // A week after it was last known to be good it is no guide any more.
    fs::write(&path, "no document").unwrap();
    terminal.sleep(Duration::from_secs(7 * 24 * 3600 + 1)).await;
    for host in [&terminal.host(), &host] {
        let reply = wake(host, "schedule_sync", Wake::Timer(Timer { past_due: false })).await;
        let Reply::Retry(retry) = reply else { panic!("{reply:?}") };
        assert!(retry.why.starts_with("the program cannot start: the configuration at file:"), "{}", retry.why);
    }
    fs::write(&path, &good).unwrap();
    assert!(!fire(&host, "schedule_sync").await.is_empty(), "the same is there again");
    assert_eq!(trouble(&host).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_folder_is_read_again_too_and_what_is_in_memory_stays() {
    let mut terminal = Terminal::new();
    terminal.rewrite("gatehouse.toml", |text| text.replace("file:state", "memory:"));
    let place = Place { folder: terminal.home.folder.clone(), ..terminal.home.place() };
    let host =
        Host::new(functions::all(), Box::new(place), terminal.doors.clock.clone(), terminal.doors.random.clone());
    let messages = fire(&host, "schedule_sync").await;
    deliver(&host, &messages).await;
    let reds = red(&host).await;
    assert!(!reds.is_empty(), "Tailspin's dynamic group is red");
    terminal.rewrite("customers/adatum.toml", |text| text.replace("mode = \"enforce\"", "mode = \"paused\""));
    terminal.sleep(MINUTE).await;
    let messages = fire(&host, "schedule_sync").await;
    assert!(!messages.iter().any(|message| message.contains("adatum")), "it is paused now: {messages:?}");
    assert_eq!(red(&host).await, reds, "the store in memory is still there");
    terminal.rewrite("customers/adatum.toml", |text| text.replace("packages", "packets"));
    terminal.sleep(MINUTE).await;
    let text = trouble(&host).await.unwrap();
    assert!(
        text.contains("has errors, the first: customers/adatum.toml")
            && text.contains("; in force is what was read there at "),
        "{text}"
    );
    terminal.env.clear();
}
