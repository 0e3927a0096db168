//! Two thousand alerts, and a host that is killed in the middle of them.
#![allow(clippy::disallowed_methods, reason = "a measurement needs the machine's own clock")]

use super::alert::body;
use super::gatehouse::{Gatehouse, Known, Sender};
use super::receiver::{Behaviour, Receiver};
use crate::machine::peak_mib_of;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How often the same sign-in is told: twice by each of two alerts.
const COPIES: usize = 4;

/// How long the timers may take to make up for the dead process.
const SETTLED_WITHIN: Duration = Duration::from_secs(200);

/// What became of a flood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flooded {
    /// How many alerts there were.
    pub alerts: usize,
    /// About how many sign-ins.
    pub sign_ins: usize,
    /// Calls that broke off when the host was killed.
    pub broken: usize,
    /// Alerts that nobody took.
    pub untaken: usize,
    /// Sign-ins of which nobody heard.
    pub lost: usize,
    /// Sign-ins of which somebody heard twice, and was told so.
    pub repeated: usize,
    /// The same without a word.
    pub repeated_unsaid: usize,
    /// How long sending took, the pauses of the senders included.
    pub seconds: f64,
    /// How long until all was paged.
    pub settled_seconds: f64,
    /// The most memory that the second process had resident at once, in MiB.
    pub peak_mib: f64,
}

/// Sends four alerts for each of so many sign-ins, so many at a time, and kills the host when half were answered.
///
/// # Errors
/// In words, when a process or the machine fails.
pub fn flood(
    runtime: &tokio::runtime::Runtime,
    program: &Path,
    sign_ins: usize,
    at_once: usize,
) -> Result<Flooded, String> {
    let known = Known::start(program)?;
    let receiver = runtime.block_on(Receiver::open(Behaviour::IsFar, known.reader(sign_ins)))?;
    let gatehouse = Gatehouse::start(program, known, &receiver.hook)?;
    let address = Mutex::new(gatehouse.address());
    let alerts = COPIES * sign_ins;
    let (next, taken, broken) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let started = Instant::now();
    let gatehouse = std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                let mut sender = Sender::default();
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= alerts {
                        return;
                    }
                    // A new sign-in at every fourth place, and copies of others between.
                    let copy = place % COPIES;
                    let sign_in = (place / COPIES + sign_ins - (13 * copy) % sign_ins) % sign_ins;
                    let to = || address.lock().expect("no holder panics").clone();
                    let (was_taken, broke) = sender.deliver(to, &body(10 * sign_in + copy % 2, sign_in));
                    taken.fetch_add(usize::from(was_taken), Ordering::Relaxed);
                    broken.fetch_add(broke, Ordering::Relaxed);
                }
            });
        }
        let mut gatehouse = gatehouse;
        while taken.load(Ordering::Relaxed) < alerts / 2 {
            std::thread::sleep(Duration::from_millis(1));
        }
        gatehouse.kill();
        *address.lock().expect("no holder panics") = None;
        gatehouse.start_again()?;
        *address.lock().expect("no holder panics") = gatehouse.address();
        Ok::<_, String>(gatehouse)
    })?;
    let seconds = started.elapsed().as_secs_f64();
    // A page that was under way when the host died is sent again when its claim has run out, at a timer's next minute.
    let mut quiet = Instant::now();
    let mut before = 0;
    let arrivals = loop {
        let arrivals = receiver.arrivals();
        if arrivals.len() != before {
            (before, quiet) = (arrivals.len(), Instant::now());
        }
        let all = arrivals.iter().map(|arrival| arrival.alert).collect::<std::collections::BTreeSet<_>>().len();
        let is_over =
            all == sign_ins && gatehouse.stored("open/alerts") == 0 && quiet.elapsed() > Duration::from_secs(100);
        if is_over || started.elapsed() > SETTLED_WITHIN + Duration::from_secs_f64(seconds) {
            break arrivals;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let mut heard: BTreeMap<usize, Vec<bool>> = BTreeMap::new();
    for arrival in &arrivals {
        heard.entry(arrival.alert).or_default().push(arrival.may_repeat);
    }
    let (mut repeated, mut repeated_unsaid) = (0, 0);
    for said in heard.values().filter(|said| said.len() > 1) {
        match said[1..].iter().all(|said| *said) {
            true => repeated += 1,
            false => repeated_unsaid += 1,
        }
    }
    let settled = arrivals.iter().map(|arrival| arrival.at).max();
    Ok(Flooded {
        alerts,
        sign_ins,
        broken: broken.into_inner(),
        untaken: alerts - taken.into_inner(),
        lost: sign_ins - heard.len(),
        repeated,
        repeated_unsaid,
        seconds,
        settled_seconds: settled.map_or(0.0, |at| at.duration_since(started).as_secs_f64()),
        peak_mib: peak_mib_of(gatehouse.id()),
    })
}
