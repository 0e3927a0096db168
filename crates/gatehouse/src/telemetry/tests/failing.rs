//! A collector that is down, slow or busy costs no invocation more than its second, and is left alone for a while.

use super::collector::{Collector, KEY, Mood};
use crate::hosts::Host;
use crate::hosts::double::{Script, host_with};
use crate::telemetry::export::{METRICS_EVERY, PAUSE_FIRST, PAUSE_LAST, SPANS_EVERY, WAIT_MAX};
use ::http::HeaderMap;
use functions::{Timer, Wake};
use outside::Clock;
use std::time::Duration;

/// How long one tick takes that has nothing to do.
async fn tick(host: &Host) -> Duration {
    let start = host.clock.monotonic();
    let function = host.function("schedule_sync").unwrap();
    let invocation = host.invocation(&HeaderMap::new());
    host.wake(function, &invocation, Wake::Timer(Timer { past_due: false })).await;
    host.clock.monotonic() - start
}

fn host(collector: &Collector, waits: bool) -> (std::sync::Arc<Host>, tracing::subscriber::DefaultGuard) {
    let (telemetry, guard) = collector.listening(waits);
    (host_with(&Script::on(&collector.clock, Duration::ZERO), Some(telemetry)), guard)
}

#[tokio::test(start_paused = true)]
async fn whatever_the_collector_does_an_invocation_waits_a_second_at_most_and_only_where_the_process_is_frozen() {
    let moods = [
        (Mood::Well, Duration::ZERO),
        (Mood::Down, Duration::ZERO),
        (Mood::Says(429, None), Duration::ZERO),
        (Mood::Says(503, Some(5)), Duration::ZERO),
        (Mood::Says(401, None), Duration::ZERO),
        (Mood::Slow(Duration::from_millis(499)), Duration::from_millis(998)),
        (Mood::Slow(Duration::from_secs(2)), WAIT_MAX),
        (Mood::Slow(Duration::from_secs(3600)), WAIT_MAX),
    ];
    for (mood, waits) in moods {
        let collector = Collector::in_mood(mood);
        let (host, _guard) = host(&collector, true);
        assert_eq!(tick(&host).await, waits, "{mood:?}");
        let collector = Collector::in_mood(mood);
        let (host, _guard) = self::host(&collector, false);
        assert_eq!(tick(&host).await, Duration::ZERO, "{mood:?}: the process lives on");
    }
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_fails_is_left_alone_for_longer_each_time_and_heard_again_when_it_is_well() {
    let collector = Collector::in_mood(Mood::Down);
    let (host, _guard) = host(&collector, false);
    // An hour of ticks, ten seconds apart.
    for _ in 0..360 {
        tick(&host).await;
        collector.clock.sleep(Duration::from_secs(10)).await;
    }
    let times = collector.times();
    let pauses: Vec<u64> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect();
    assert_eq!(pauses, [30, 60, 120, 240, 480, 900, 900], "{times:?}");
    assert_eq!((PAUSE_FIRST.as_secs(), PAUSE_LAST.as_secs()), (30, 900));

    *collector.mood.lock().unwrap() = Mood::Well;
    collector.clock.sleep(PAUSE_LAST).await;
    tick(&host).await;
    collector.clock.sleep(SPANS_EVERY).await;
    let before = collector.times().len();
    tick(&host).await;
    collector.clock.sleep(Duration::from_millis(1)).await;
    assert_eq!(collector.times().len(), before + 1, "spans as usual; metrics are not due yet");
}

#[tokio::test(start_paused = true)]
async fn the_pause_that_a_collector_asks_for_is_kept() {
    for (asked, expected) in [(None, 30), (Some(5), 30), (Some(300), 300), (Some(1_000_000), 3600)] {
        let collector = Collector::in_mood(Mood::Says(429, asked));
        let (host, _guard) = host(&collector, false);
        while collector.times().len() < 2 {
            tick(&host).await;
            collector.clock.sleep(Duration::from_secs(1)).await;
        }
        let times = collector.times();
        assert_eq!((times[1] - times[0]).as_secs(), expected, "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_is_slow_is_not_waited_for_again_at_once() {
    let collector = Collector::in_mood(Mood::Slow(Duration::from_secs(2)));
    let (host, _guard) = host(&collector, true);
    assert_eq!(tick(&host).await, WAIT_MAX);
    for _ in 0..28 {
        collector.clock.sleep(Duration::from_secs(1)).await;
        assert_eq!(tick(&host).await, Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn spans_go_every_five_seconds_and_metrics_every_minute_however_often_something_happens() {
    let collector = Collector::new();
    let (host, _guard) = host(&collector, false);
    for _ in 0..600 {
        tick(&host).await;
        collector.clock.sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(collector.spans().len(), 600 - 49, "the last five seconds wait");
    assert_eq!(collector.times().len(), 12 + 1, "every {SPANS_EVERY:?}, and every {METRICS_EVERY:?}");
    assert!(collector.headers().iter().all(|headers| headers["api-key"] == KEY));
}

#[tokio::test(start_paused = true)]
async fn what_waits_at_the_end_of_the_process_is_sent_within_a_second() {
    for (mood, took) in [(Mood::Well, Duration::ZERO), (Mood::Slow(Duration::from_secs(9)), WAIT_MAX)] {
        let collector = Collector::new();
        let (telemetry, _guard) = collector.listening(false);
        let host = host_with(&Script::on(&collector.clock, Duration::ZERO), Some(telemetry.clone()));
        for _ in 0..3 {
            tick(&host).await;
        }
        *collector.mood.lock().unwrap() = mood;
        let start = collector.clock.monotonic();
        telemetry.finish().await;
        assert_eq!(collector.clock.monotonic() - start, took);
        if mood == Mood::Well {
            assert_eq!(collector.spans().len(), 3);
        }
    }
}
