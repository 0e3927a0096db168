use super::*;
use crate::hosts::double::{self, Script};
use crate::hosts::host::Host;
use access::config::Folder;
use async_trait::async_trait;
use bytes::Bytes;
use functions::{Message, Reply, Timer, Wake};
use futures::FutureExt;
use futures::future::join_all;
use http::{HeaderMap, Request};
use jiff::SignedDuration;
use outside::{SeededRandom, VirtualClock};

/// Where a configuration lies that is changed by hand. One whose text begins with `broken` cannot be used.
#[derive(Clone)]
struct Desk(Arc<Drawer>);

struct Drawer {
    clock: VirtualClock,
    /// The text, or why it cannot be read.
    lies: Mutex<Result<&'static str, &'static str>>,
    /// The text, and when it was last seen to be good.
    last_good: Mutex<Option<(&'static str, Timestamp)>>,
    /// How long each read takes.
    takes: Mutex<Duration>,
    /// What was done, in order.
    done: Mutex<Vec<String>>,
    script: Script,
}

impl Desk {
    fn new(text: &'static str) -> Self {
        let clock = VirtualClock::new("2026-11-22T09:00:00Z".parse().unwrap());
        Self(Arc::new(Drawer {
            clock,
            lies: Mutex::new(Ok(text)),
            last_good: Mutex::default(),
            takes: Mutex::default(),
            done: Mutex::default(),
            script: Script::default(),
        }))
    }

    fn current(&self) -> Current {
        Current::new(Box::new(self.clone()), Arc::new(self.0.clock.clone()))
    }

    fn host(&self) -> Host {
        let random = Arc::new(SeededRandom::new(1));
        Host::new(functions::all(), Box::new(self.clone()), Arc::new(self.0.clock.clone()), random)
    }

    fn put(&self, lies: Result<&'static str, &'static str>) {
        *self.0.lies.lock().unwrap() = lies;
    }

    async fn pass(&self, time: Duration) {
        self.0.clock.sleep(time).await;
    }

    fn note(&self, what: String) {
        self.0.done.lock().unwrap().push(what);
    }

    /// What was done since the last call.
    fn done(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.done.lock().unwrap())
    }

    fn found(&self, text: &'static str) -> Found {
        let files = Folder { files: vec![("gatehouse.toml".into(), text.into())] };
        Found::in_folder(files, text.into(), self.0.clock.now())
    }
}

#[async_trait]
impl Wiring for Desk {
    async fn find(&self, _: &Lasting) -> Result<Found, String> {
        self.note("find".into());
        let (lies, takes) = (*self.0.lies.lock().unwrap(), *self.0.takes.lock().unwrap());
        self.pass(takes).await;
        lies.map(|text| self.found(text)).map_err(str::to_owned)
    }

    async fn wire(&self, found: &Found, _: &Lasting) -> Result<Wired, String> {
        let text = found.files.files[0].1.clone();
        self.note(format!("wire {text}"));
        if text.starts_with("broken") {
            return Err(format!("{} has errors", found.name()));
        }
        Ok(Wired::Anew(Inside { engine: Arc::new(self.0.script.clone()), gate: double::gate() }))
    }

    async fn last_good(&self, _: &Lasting) -> Result<Option<(Found, Timestamp)>, String> {
        self.note("last good".into());
        let fresh =
            self.0.last_good.lock().unwrap().filter(|(_, seen)| self.0.clock.now().duration_since(*seen) <= KEPT_FOR);
        Ok(fresh.map(|(text, seen)| (self.found(text), seen)))
    }

    async fn keep(&self, found: &Found, _: &Lasting) -> Result<(), String> {
        self.note(format!("keep {}", found.files.files[0].1));
        Ok(())
    }
}

fn red(current: &Current) -> Vec<String> {
    current.ailments().red().into_iter().map(|red| red.text).collect()
}

const MINUTE: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn a_change_is_looked_for_after_a_minute_and_not_before() {
    let desk = Desk::new("one");
    let current = desk.current();
    current.look_if_due().await;
    assert_eq!(desk.done(), [""; 0], "nothing is read before it is needed");
    let first = current.inside().await.unwrap();
    assert_eq!(desk.done(), ["find", "wire one"]);
    desk.put(Ok("two"));
    desk.pass(MINUTE - MOMENT).await;
    current.look_if_due().await;
    assert_eq!(desk.done(), [""; 0]);
    assert!(Arc::ptr_eq(&first, &current.inside().await.unwrap()));
    desk.pass(MOMENT).await;
    current.look_if_due().await;
    assert_eq!(desk.done(), ["find", "wire two", "keep two"]);
    assert!(!Arc::ptr_eq(&first, &current.inside().await.unwrap()));
    desk.pass(MINUTE).await;
    current.look_if_due().await;
    assert_eq!(desk.done(), ["find"], "the same is not built again");
}

#[tokio::test(start_paused = true)]
async fn a_broken_or_unreadable_configuration_changes_nothing_but_what_is_red() {
    let desk = Desk::new("one");
    let current = desk.current();
    let first = current.inside().await.unwrap();
    for (lies, told) in [
        (
            Ok("broken"),
            vec![
                "the configuration in broken has errors; in force is what was read there at 2026-11-22 09:00:00 UTC, until 2026-11-29 09:00 UTC at the latest",
            ],
        ),
        (
            Err("no store"),
            vec![
                "no store; in force is what was read there at 2026-11-22 09:00:00 UTC, until 2026-11-29 09:00 UTC at the latest",
            ],
        ),
        (Ok("one"), vec![]),
        (
            Ok("broken again"),
            vec![
                "the configuration in broken again has errors; in force is what was read there at 2026-11-22 09:00:00 UTC, until 2026-11-29 09:03 UTC at the latest",
            ],
        ),
    ] {
        desk.put(lies);
        desk.pass(MINUTE).await;
        current.look_if_due().await;
        assert_eq!(red(&current), told);
        assert!(Arc::ptr_eq(&first, &current.inside().await.unwrap()), "{lies:?}");
    }
    desk.put(Ok("two"));
    desk.pass(MINUTE).await;
    current.look_if_due().await;
    assert_eq!(red(&current), [""; 0]);
    assert!(!Arc::ptr_eq(&first, &current.inside().await.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn wakes_at_once_build_once_and_nobody_waits_for_anothers_look() {
    let desk = Desk::new("one");
    *desk.0.takes.lock().unwrap() = Duration::from_secs(5);
    let current = desk.current();
    let all = join_all((0..20).map(|_| current.inside())).await;
    assert_eq!(desk.done(), ["find", "wire one"]);
    let first = all[0].clone().unwrap();
    desk.put(Ok("two"));
    desk.pass(MINUTE).await;
    let mut looking = Box::pin(current.look_if_due());
    assert!(looking.as_mut().now_or_never().is_none());
    for _ in 0..20 {
        assert!(current.look_if_due().now_or_never().is_some());
        let inside = current.inside().now_or_never().expect("it is there").unwrap();
        assert!(Arc::ptr_eq(&first, &inside));
    }
    looking.await;
    assert_eq!(desk.done(), ["find", "wire two", "keep two"]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_waited_for_ten_seconds() {
    let desk = Desk::new("one");
    let current = desk.current();
    current.inside().await.unwrap();
    for (takes, told) in [(LOOK_WITHIN - MOMENT, 0), (LOOK_WITHIN + MOMENT, 1)] {
        *desk.0.takes.lock().unwrap() = takes;
        desk.pass(MINUTE).await;
        current.look_if_due().await;
        assert_eq!(red(&current).len(), told, "{takes:?}");
    }
    assert!(red(&current)[0].starts_with("the configuration's store did not answer within 10 s; in force is"));
}

#[tokio::test(start_paused = true)]
async fn a_process_that_begins_with_a_broken_one_takes_the_last_good_one_and_says_so() {
    for lies in [Ok("broken"), Err("no store")] {
        let desk = Desk::new("");
        desk.put(lies);
        let current = desk.current();
        let why = current.inside().await.err().expect("there is no last good one");
        assert_eq!(why, lies.map_or("no store".to_owned(), |_| "the configuration in broken has errors".to_owned()));
        let seen = desk.0.clock.now() - SignedDuration::from_hours(6 * 24);
        *desk.0.last_good.lock().unwrap() = Some(("good", seen));
        current.inside().await.unwrap();
        assert_eq!(
            red(&current),
            [format!(
                "{why}; in force is what was read there at 2026-11-22 09:00:00 UTC, until 2026-11-23 09:00 UTC at the latest"
            )]
        );
        desk.put(Ok("better"));
        desk.pass(MINUTE).await;
        desk.done();
        current.look_if_due().await;
        assert_eq!(desk.done(), ["find", "wire better", "keep better"]);
        assert_eq!(red(&current), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_last_good_one_that_is_broken_by_now_is_no_way_out() {
    let desk = Desk::new("broken");
    *desk.0.last_good.lock().unwrap() = Some(("broken too", desk.0.clock.now()));
    let current = desk.current();
    assert_eq!(current.inside().await.err().unwrap(), "the configuration in broken has errors");
}

#[tokio::test(start_paused = true)]
async fn what_is_in_use_is_kept_when_it_changed_and_once_a_day() {
    let desk = Desk::new("one");
    let current = desk.current();
    current.inside().await.unwrap();
    assert_eq!(desk.done(), ["find", "wire one"], "whoever waits for the first build does not wait for this");
    desk.pass(MINUTE).await;
    current.look_if_due().await;
    assert_eq!(desk.done(), ["find", "keep one"]);
    desk.pass(KEEP_EVERY - MOMENT).await;
    current.look_if_due().await;
    assert_eq!(desk.done(), ["find", "wire one"], "it is checked anew each day, since limits are loosened until one");
    desk.pass(MINUTE).await;
    current.look_if_due().await;
    assert_eq!(desk.done(), ["find", "keep one"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_for_a_look_now_during_one_shares_the_next() {
    let desk = Desk::new("one");
    let current = desk.current();
    current.inside().await.unwrap();
    *desk.0.takes.lock().unwrap() = Duration::from_secs(5);
    desk.done();
    join_all((0..20).map(|_| current.look_now())).await;
    let finds = desk.done().iter().filter(|what| *what == "find").count();
    assert_eq!(finds, 2, "the first, and one for the nineteen who came after it began");
}

/// What waking this function does, a minute after the first build and with a change to be found.
async fn woken(function: &str, wake: Wake) -> Vec<String> {
    let desk = Desk::new("one");
    let host = desk.host();
    host.inside().await.unwrap();
    desk.put(Ok("two"));
    desk.pass(MINUTE).await;
    desk.done();
    host.wake(host.function(function).unwrap(), &host.invocation(&HeaderMap::new()), wake).await;
    let mut done = desk.done();
    done.retain(|what| what != "keep two");
    done.extend(desk.0.script.asked());
    done
}

#[tokio::test(start_paused = true)]
async fn timers_and_messages_and_requests_are_done_with_what_a_look_finds() {
    let request = Request::get("/api/v1/health").body(Bytes::new()).unwrap();
    let message = Message { text: "{\"customer\":\"contoso\"}".into() };
    for (function, wake, asked) in [
        ("schedule_sync", Wake::Timer(Timer { past_due: false }), vec!["tick"]),
        ("sync_customer", Wake::Queue(message), vec!["sync contoso"]),
        ("health", Wake::Http(Box::new(request)), vec![]),
    ] {
        assert_eq!(woken(function, wake).await, [vec!["find", "wire two"], asked].concat(), "{function}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_alert_is_taken_before_anybody_looks_and_is_answered_within_two_seconds_more() {
    let desk = Desk::new("one");
    let host = desk.host();
    host.inside().await.unwrap();
    desk.pass(MINUTE).await;
    desk.done();
    *desk.0.takes.lock().unwrap() = Duration::from_secs(9);
    let alert = Request::post("/api/v1/alerts/contoso").header("authorization", "Bearer key");
    let alert = alert.header("content-type", "application/json").body(Bytes::from_static(b"{}")).unwrap();
    let function = host.function("break_glass_alert").unwrap();
    let start = desk.0.clock.monotonic();
    let invocation = host.invocation(&HeaderMap::new());
    let waking = host.wake(function, &invocation, Wake::Http(Box::new(alert)));
    let mut waking = Box::pin(waking);
    assert!(waking.as_mut().now_or_never().is_none());
    assert_eq!(desk.0.script.asked(), ["take_alert contoso 2 bytes"], "while the look has only begun");
    waking.await;
    assert_eq!(desk.0.clock.monotonic() - start, Duration::from_secs(2));
    assert_eq!(desk.done(), ["find"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_about_an_unknown_customer_is_reason_to_look_at_once() {
    let desk = Desk::new("one");
    let host = desk.host();
    host.inside().await.unwrap();
    desk.done();
    let sync = host.function("sync_customer").unwrap();
    for (customer, looks) in [("contoso", 0), ("unknown", 1)] {
        let message = Message { text: format!("{{\"customer\":\"{customer}\"}}") };
        host.wake(sync, &host.invocation(&HeaderMap::new()), Wake::Queue(message)).await;
        assert_eq!(desk.done().iter().filter(|what| *what == "find").count(), looks, "{customer}");
    }
    assert_eq!(desk.0.script.asked(), ["sync contoso", "sync unknown"]);
}

/// What a sender of alerts is answered, and what was done for it, by a process that last looked so long ago.
async fn alert_after(desk: &Desk, host: &Host, pause: Duration, key: Option<&str>) -> (u16, Vec<String>) {
    desk.pass(pause).await;
    desk.done();
    desk.0.script.forget();
    let mut alert = Request::post("/api/v1/alerts/contoso").header("content-type", "application/json");
    if let Some(key) = key {
        alert = alert.header("authorization", key);
    }
    let wake = Wake::Http(Box::new(alert.body(Bytes::from_static(b"{}")).unwrap()));
    let function = host.function("break_glass_alert").unwrap();
    let Reply::Http(answer) = host.wake(function, &host.invocation(&HeaderMap::new()), wake).await else {
        panic!("a request has an answer")
    };
    (answer.status().as_u16(), [desk.done(), desk.0.script.asked()].concat())
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_a_process_did_not_know_is_handled_with_what_a_look_brings() {
    let desk = Desk::new("one");
    let host = desk.host();
    host.inside().await.unwrap();
    desk.put(Ok("two"));
    // Known to both: handled twice, which pages nobody twice.
    let taken = "take_alert contoso 2 bytes".to_owned();
    let told = alert_after(&desk, &host, MINUTE, Some("Bearer key")).await;
    assert_eq!(told, (202, vec!["find".into(), "wire two".into(), "keep two".into(), taken.clone(), taken]));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_turned_away_with_an_alert_is_so_by_a_fresh_configuration() {
    let desk = Desk::new("one");
    let host = desk.host();
    host.inside().await.unwrap();
    let turned_away = "alert_turned_away contoso".to_owned();
    let moment = Duration::from_secs(5);
    // What was looked at a moment ago is fresh, and a stranger costs no look.
    let told = alert_after(&desk, &host, moment - MOMENT, None).await;
    assert_eq!(told, (401, vec![turned_away.clone()]));
    let told = alert_after(&desk, &host, MOMENT, None).await;
    assert_eq!(told, (401, vec!["find".into(), "keep one".into(), turned_away.clone()]));
    // One that cannot be read may know the caller: the alert is to be sent again.
    desk.put(Err("no answer"));
    let told = alert_after(&desk, &host, moment, None).await;
    assert_eq!(told, (503, vec!["find".into(), turned_away.clone()]));
    desk.put(Ok("one"));
    *desk.0.takes.lock().unwrap() = Duration::from_secs(9);
    assert_eq!(alert_after(&desk, &host, moment, None).await.0, 503);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_force_is_checked_anew_each_day_though_nothing_newer_can_be_used() {
    let desk = Desk::new("one");
    let current = desk.current();
    current.inside().await.unwrap();
    desk.put(Ok("broken"));
    desk.pass(Duration::from_secs(14 * 3600)).await;
    desk.done();
    current.look_if_due().await;
    assert_eq!(desk.done(), ["find", "wire broken"]);
    desk.pass(Duration::from_secs(3600)).await;
    current.look_if_due().await;
    assert_eq!(desk.done(), ["find", "wire broken", "wire one"], "it is another day");
    desk.pass(MINUTE).await;
    current.look_if_due().await;
    assert_eq!(desk.done(), ["find", "wire broken"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_an_attempt_that_fails_does_not_wait_for_another() {
    let desk = Desk::new("one");
    desk.put(Err("no answer"));
    *desk.0.takes.lock().unwrap() = Duration::from_secs(9);
    let current = desk.current();
    let start = desk.0.clock.monotonic();
    let built = join_all((0..20).map(|_| current.inside())).await;
    assert!(built.iter().all(Result::is_err));
    assert_eq!(desk.0.clock.monotonic() - start, Duration::from_secs(9));
    assert_eq!(desk.done(), ["find", "last good"]);
    // The next one tries again.
    assert!(current.inside().await.is_err());
    assert_eq!(desk.done(), ["find", "last good"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_seen_to_be_the_one_to_use_for_seven_days_is_in_force_no_more() {
    for lies in [Ok("broken"), Err("no store")] {
        let desk = Desk::new("one");
        let current = desk.current();
        current.inside().await.unwrap();
        desk.pass(MINUTE).await;
        current.look_if_due().await;
        desk.put(lies);
        desk.pass(KEPT_FOR.unsigned_abs()).await;
        current.look_if_due().await;
        let before = current.inside().await.expect("a week after it was last seen");
        assert!(current.is_in_force(&before) && red(&current)[0].ends_with("until 2026-11-29 09:01 UTC at the latest"));
        desk.pass(MOMENT).await;
        assert!(!current.is_in_force(&before));
        let why = current.inside().await.err().expect("as in a process that begins now");
        assert!(
            why.ends_with("was last seen to be the one to use at 2026-11-22 09:01 UTC, more than 7 days ago"),
            "{why}"
        );
        // Another host can still read it, and has said so.
        *desk.0.last_good.lock().unwrap() = Some(("good", desk.0.clock.now() - SignedDuration::from_hours(6 * 24)));
        assert!(current.inside().await.is_ok());
        desk.pass(Duration::from_secs(24 * 3600)).await;
        assert!(current.inside().await.is_ok(), "seven days in all, in whichever process");
        desk.pass(MOMENT).await;
        assert!(current.inside().await.is_err());
        desk.put(Ok("one"));
        assert!(current.inside().await.is_ok());
        assert_eq!(red(&current), [""; 0]);
    }
}
