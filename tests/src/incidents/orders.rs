//! Somebody answers while the timer pages and other roads tell the same, in every order of what they do with the store and
//! the channels.
//!
//! Processes wait before each operation until it is their turn; whose turn it is, every run chooses otherwise, until all
//! choices were made (with a bound on how often somebody is interrupted who could go on). Time passes only while nobody
//! waits for a turn.

use super::alert::{incident, sign_in, sign_ins};
use super::channels::{Channels, Say, channel_of};
use super::scene::{FIRST, Scene, by, take};
use super::two::once_each;
use crate::gate::{Gate, Gated};
use access::incidents::{IncidentId, Status, Verdict};
use async_trait::async_trait;
use bytes::Bytes;
use engine::Engine;
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, join, join_all};
use http::{Request, Response};
use outside::{Transport, TransportError};
use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often everybody else gets a chance to come to their next operation before a choice is made.
const SETTLED_AFTER: usize = 40;

/// How often a process is interrupted that could go on; and in the long test.
const PREEMPTIONS: usize = 2;
const PREEMPTIONS_LONG: usize = 4;

/// A process that has done nothing for so long is done.
const DONE_AFTER: u64 = 60;

/// Who waits for a turn, by process.
#[derive(Default)]
struct Queue {
    waiting: Vec<VecDeque<(String, oneshot::Sender<()>)>>,
}

/// One process' way to the queue.
struct Turn {
    process: usize,
    queue: Arc<Mutex<Queue>>,
}

#[async_trait]
impl Gate for Turn {
    async fn before(&self, name: &str) -> u64 {
        let (go, gone) = oneshot::channel();
        self.queue.lock().expect("no holder panics").waiting[self.process].push_back((name.to_owned(), go));
        gone.await.expect("everybody gets a turn");
        0
    }

    async fn after(&self, _: u64, _: &(dyn Debug + Sync)) {}
}

struct Line {
    inner: Arc<Channels>,
    turn: Arc<Turn>,
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        self.turn.before(&format!("tell {}", channel_of(&request))).await;
        self.inner.send(request, timeout).await
    }
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The sign-in of this number comes by a road of this number.
    Take {
        alert: usize,
        sign_in: usize,
    },
    /// The minute's timer.
    Follow,
    Acknowledge,
    Judge,
}

async fn act(engine: &Engine, part: Part, id: &IncidentId) -> bool {
    match part {
        Part::Take { alert, sign_in } => take(engine, &sign_ins(alert, &[(sign_in, "0")])).await,
        Part::Follow => engine.follow_incidents().await.is_ok_and(|logs| logs.is_empty()),
        Part::Acknowledge => engine.acknowledge(id, None, &by(), false).await.is_ok(),
        Part::Judge => engine.give_verdict(id, None, Verdict::Genuine, &by()).await.is_ok(),
    }
}

/// The choices of one run: which of how many.
type Choices = Vec<(usize, usize)>;

/// Plays the parts at once, each in a process of its own. The first choices are given, the others are the first there is.
async fn play(
    scene: &Scene,
    parts: &[Part],
    given: &[usize],
    preemptions_max: usize,
) -> (Choices, Vec<bool>, Vec<String>) {
    let queue = Arc::new(Mutex::new(Queue { waiting: parts.iter().map(|_| VecDeque::new()).collect() }));
    let id = incident(scene.tenant(), 1);
    let left = Cell::new(parts.len());
    let acting = parts.iter().enumerate().map(|(process, part)| {
        let turn = Arc::new(Turn { process, queue: queue.clone() });
        let line = Line { inner: scene.channels.clone(), turn: turn.clone() };
        let engine = scene.engine_on(Arc::new(Gated::new(scene.world.documents.clone(), turn)), Arc::new(line));
        let (id, left) = (&id, &left);
        let work: LocalBoxFuture<'_, bool> = Box::pin(async move {
            let done = act(&engine, *part, id).await;
            left.set(left.get() - 1);
            done
        });
        work
    });
    let choosing = async {
        let (mut choices, mut told, mut last, mut preemptions, mut idle) = (Choices::new(), Vec::new(), None, 0, 0);
        loop {
            for _ in 0..SETTLED_AFTER {
                tokio::task::yield_now().await;
            }
            let mut ready: Vec<usize> = {
                let queue = queue.lock().expect("no holder panics");
                (0..parts.len()).filter(|process| !queue.waiting[*process].is_empty()).collect()
            };
            if ready.is_empty() {
                if left.get() == 0 && idle >= DONE_AFTER {
                    return (choices, told);
                }
                idle += 1;
                scene.sleep(1).await;
                continue;
            }
            idle = 0;
            // Whoever went on last goes first, and goes on where nobody may be interrupted any more.
            if let Some(place) = last.and_then(|last| ready.iter().position(|process| *process == last)) {
                let process = ready.remove(place);
                ready.insert(0, process);
                if preemptions >= preemptions_max {
                    ready.truncate(1);
                }
            }
            let choice = given.get(choices.len()).copied().unwrap_or(0);
            let process = ready[choice];
            preemptions += usize::from(choice > 0 && Some(ready[0]) == last);
            choices.push((choice, ready.len()));
            last = Some(process);
            let (name, go) = queue.lock().expect("no holder panics").waiting[process].pop_front().expect("it waits");
            told.push(format!("{process}: {name}"));
            go.send(()).expect("it waits");
        }
    };
    let ((choices, told), done) = join(choosing, join_all(acting)).await;
    (choices, done, told)
}

/// The choices of the next run; `None`: all were made.
fn next(choices: &Choices) -> Option<Vec<usize>> {
    let last = choices.iter().rposition(|(choice, of)| choice + 1 < *of)?;
    let mut given: Vec<usize> = choices[..last].iter().map(|(choice, _)| *choice).collect();
    given.push(choices[last].0 + 1);
    Some(given)
}

/// Plays these parts in every order, from what `set_up` makes; returns how many there were.
async fn every_order(parts: &[Part], preemptions_max: usize, least: usize, set_up: impl AsyncFn() -> Scene) {
    let (mut given, mut orders) = (Vec::new(), 0);
    loop {
        let scene = set_up().await;
        let (choices, done, told) = play(&scene, parts, &given, preemptions_max).await;
        let case = format!("{parts:?} in this order:\n{}", told.join("\n"));
        check(&scene, parts, &done, &case).await;
        orders += 1;
        match next(&choices) {
            Some(next) => given = next,
            None => break,
        }
    }
    println!("{parts:?}: {orders} orders");
    assert!(orders >= least, "{parts:?}: {orders} orders");
}

/// Nobody was told twice, everybody who was called hears of the answer, and after an answer nobody else is called.
async fn check(scene: &Scene, parts: &[Part], done: &[bool], case: &str) {
    let answered = |part: Part| parts.iter().zip(done).any(|(one, done)| *one == part && *done);
    let (acknowledged, judged) = (answered(Part::Acknowledge), answered(Part::Judge));
    assert!(parts.iter().zip(done).all(|(part, done)| *done || matches!(part, Part::Acknowledge)), "{case}: {done:?}");
    let id = incident(scene.tenant(), 1);
    let calls = |scene: &Scene| scene.channels.got().iter().filter(|got| got.calls_for(id.as_str())).count();
    let before = calls(scene);
    scene.minutes(12).await;
    once_each(scene, case);
    let known = scene.incident(&id).await.expect("it is stored");
    if acknowledged || judged {
        assert_eq!(calls(scene), before, "{case}: called after the answer");
        assert_ne!(known.status, Status::Open, "{case}");
    }
    // A channel that had not taken its page before somebody answered need not any more.
    let unheard = FIRST.iter().filter(|channel| scene.channels.calls(channel, id.as_str()).is_empty()).count();
    assert!(unheard == 0 || (unheard < FIRST.len() && acknowledged), "{case}: {unheard} channels never heard of it");
    let got = scene.channels.got();
    let mut called: Vec<&str> =
        got.iter().filter(|got| got.calls_for(id.as_str())).map(|got| got.channel.as_str()).collect();
    called.dedup();
    let heard = |channel: &str, state: &str| got.iter().any(|got| got.channel == channel && got.state() == state);
    for channel in called {
        assert!(!judged || heard(channel, "resolved"), "{case}: {channel} does not know that it is over");
        let knows = !acknowledged || heard(channel, "acknowledged") || heard(channel, "resolved");
        assert!(knows, "{case}: {channel} does not know that somebody looks after it");
    }
    assert_eq!(known.status == Status::Closed, judged, "{case}");
    if !judged {
        scene.judge(&id).await;
    }
    scene.minutes(1).await;
    assert_eq!(scene.stored("open").await, Vec::<String>::new(), "{case}");
}

/// An incident whose next step is due now.
async fn due() -> Scene {
    let scene = Scene::new();
    assert!(scene.sent(&sign_in(1)).await);
    scene.sleep(301).await;
    scene
}

/// An incident whose page one channel has not taken yet, and is to be sent again now.
async fn to_be_sent_again() -> Scene {
    let scene = Scene::new();
    scene.channels.will_say("ops", &[Say::Later(503, 55)]);
    assert!(scene.sent(&sign_in(1)).await);
    scene.sleep(60).await;
    scene
}

const ANOTHER_ROAD: Part = Part::Take { alert: 2, sign_in: 1 };

#[tokio::test(start_paused = true)]
async fn two_roads_in_any_order_page_once() {
    let parts = [Part::Take { alert: 1, sign_in: 1 }, ANOTHER_ROAD];
    every_order(&parts, PREEMPTIONS, 20, async || Scene::new()).await;
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_and_the_next_step_in_any_order() {
    every_order(&[Part::Acknowledge, Part::Follow], PREEMPTIONS, 20, due).await;
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_and_a_page_that_is_sent_again_in_any_order() {
    every_order(&[Part::Acknowledge, Part::Follow], PREEMPTIONS, 20, to_be_sent_again).await;
}

#[tokio::test(start_paused = true)]
async fn a_verdict_and_the_next_step_in_any_order() {
    every_order(&[Part::Judge, Part::Follow], PREEMPTIONS, 20, due).await;
}

#[tokio::test(start_paused = true)]
async fn two_timers_in_any_order() {
    every_order(&[Part::Follow, Part::Follow], PREEMPTIONS, 20, due).await;
    every_order(&[Part::Follow, Part::Follow], PREEMPTIONS, 20, to_be_sent_again).await;
}

#[tokio::test(start_paused = true)]
async fn a_verdict_and_another_road_in_any_order() {
    every_order(&[Part::Judge, ANOTHER_ROAD], PREEMPTIONS, 20, due).await;
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_a_verdict_and_the_next_step_in_any_order() {
    every_order(&[Part::Acknowledge, Part::Judge, Part::Follow], 1, 20, due).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "every order with more interruptions: half an hour of work, run by hand"]
async fn answers_and_pages_in_nearly_any_order_at_all() {
    every_order(&[Part::Take { alert: 1, sign_in: 1 }, ANOTHER_ROAD], PREEMPTIONS_LONG, 100, async || Scene::new())
        .await;
    for parts in [[Part::Acknowledge, Part::Follow], [Part::Judge, Part::Follow], [Part::Follow, Part::Follow]] {
        every_order(&parts, PREEMPTIONS_LONG, 100, due).await;
        every_order(&parts, PREEMPTIONS_LONG, 100, to_be_sent_again).await;
    }
    every_order(&[Part::Acknowledge, Part::Judge, Part::Follow], PREEMPTIONS, 100, due).await;
}
