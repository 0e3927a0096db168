use super::*;
use crate::hosts::double::{Script, host_of};
use crate::hosts::stop;
use outside::{Clock, VirtualClock};
use std::time::Duration;

/// Runs timers and queues of a script for this long, from 20 seconds past a minute on.
async fn run(takes: Duration, due: &[&[&'static str]], span: Duration) -> (Local, Script) {
    let clock = VirtualClock::new("2026-03-02T09:15:20Z".parse().unwrap());
    let script = Script::on(&clock, takes);
    script.due.lock().unwrap().extend(due.iter().map(|customers| customers.to_vec()));
    let local = Local::new(host_of(&script));
    local.work(stop::on(async move { clock.sleep(span).await })).await;
    (local, script)
}

#[tokio::test(start_paused = true)]
async fn each_minute_has_a_tick_and_its_messages_are_delivered() {
    let (_, script) =
        run(Duration::ZERO, &[&["contoso"], &[], &["contoso", "fabrikam"]], Duration::from_secs(170)).await;
    let expected = [
        "20 s: watch_sign_ins",
        "40 s: tick",
        "40 s: sync contoso",
        "50 s: follow_incidents",
        "60 s: follow_requests",
        "80 s: watch_sign_ins",
        "100 s: tick",
        "110 s: follow_incidents",
        "120 s: follow_requests",
        "140 s: watch_sign_ins",
        "160 s: tick",
        "160 s: sync contoso",
        "160 s: sync fabrikam",
    ];
    assert_eq!(script.asked(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_fails_is_tried_five_times_thirty_seconds_apart_and_then_recorded() {
    let (local, script) = run(Duration::ZERO, &[&["retry"]], Duration::from_secs(1000)).await;
    let timers = ["tick", "follow_requests", "follow_incidents", "watch_sign_ins"];
    let is_timer = |asked: &String| timers.iter().any(|timer| asked.ends_with(timer));
    let asked: Vec<_> = script.asked().into_iter().filter(|asked| !is_timer(asked)).collect();
    let record = r#"160 s: record_poison sync_customer {"customer":"retry"}"#;
    assert_eq!(
        asked,
        ["40 s: sync retry", "70 s: sync retry", "100 s: sync retry", "130 s: sync retry", "160 s: sync retry", record]
    );
    let poison = Poison { text: r#"{"customer":"retry"}"#.into(), why: "retry: no answer".into() };
    assert_eq!(local.poison(), [poison]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_takes_longer_than_a_minute_makes_the_next_start_at_once_and_missed_ones_are_one() {
    let (_, script) = run(Duration::from_secs(150), &[], Duration::from_secs(400)).await;
    let ticks: Vec<_> = script.asked().into_iter().filter(|asked| asked.ends_with("tick")).collect();
    assert_eq!(ticks, ["40 s: tick", "190 s: tick", "340 s: tick"]);
}

#[tokio::test(start_paused = true)]
async fn as_many_messages_as_on_azure_are_in_work_at_once_and_a_panic_frees_its_place() {
    let mut due = vec!["contoso"; AT_ONCE_MAX];
    due.push("panic");
    due.push("late");
    let (_, script) = run(Duration::from_secs(10), &[&due], Duration::from_secs(75)).await;
    let at =
        |time: &str| script.asked().iter().filter(|asked| asked.starts_with(time) && asked.contains("sync")).count();
    // The tick itself takes the first ten seconds.
    assert_eq!((at("50 s"), at("60 s")), (48, 2));
}

#[tokio::test(start_paused = true)]
async fn work_that_has_begun_is_finished_when_it_is_time_to_stop() {
    let (_, script) = run(Duration::from_secs(10), &[&["contoso"]], Duration::from_secs(51)).await;
    let asked: Vec<_> =
        script.asked().into_iter().filter(|asked| asked.contains("tick") || asked.contains("sync")).collect();
    assert_eq!(asked, ["40 s: tick", "50 s: sync contoso"]);
}

#[tokio::test(start_paused = true)]
async fn work_that_does_not_end_is_given_up_soon_after_the_signal_to_stop() {
    let clock = VirtualClock::new("2026-03-02T09:15:20Z".parse().unwrap());
    let script = Script::on(&clock, Duration::ZERO);
    script.due.lock().unwrap().push_back(vec!["hang"]);
    let local = Local::new(host_of(&script));
    let (start, waits) = (clock.monotonic(), clock.clone());
    let stop = stop::on(async move { waits.sleep(Duration::from_secs(50)).await });
    local.serve(bind(0).await.unwrap(), stop).await.unwrap();
    assert_eq!(clock.monotonic() - start, Duration::from_secs(50) + FINISH);
}

#[tokio::test]
async fn the_http_api_is_served_and_nothing_else() {
    use ::http::Request;
    use tower::ServiceExt;
    let router = router(host_of(&Script::default()));
    let status = async |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    assert_eq!(status("GET", "/api/v1/health").await, 200);
    assert_eq!(status("GET", "/").await, 200);
    assert_eq!(status("POST", "/sync_customer").await, 404);
    assert_eq!(status("GET", "/api/v1/nothing").await, 404);
}
