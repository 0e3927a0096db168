//! How soon the first page is there.
#![allow(clippy::disallowed_methods, reason = "a measurement needs the machine's own clock")]

use super::alert::body;
use super::gatehouse::{Gatehouse, Known, Sender};
use super::receiver::{Behaviour, Receiver};
use crate::machine::{cpu_seconds_of, peak_mib_of};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many alerts go before those that count.
const WARM_UP: usize = 50;

/// How long pages may come after the last answer.
const PAGES_WITHIN: Duration = Duration::from_secs(30);

/// One measurement.
#[derive(Debug, Clone)]
pub struct Speed {
    /// How many senders there were at once.
    pub senders: usize,
    /// How long, from the first byte of the alert to the page's arrival, in milliseconds, sorted.
    pub page_ms: Vec<f64>,
    /// How long until the answer, in milliseconds, sorted.
    pub answer_ms: Vec<f64>,
    /// Alerts taken in a second.
    pub a_second: f64,
    /// Answers other than 202.
    pub errors: usize,
    /// Processor time of the host for each alert, in milliseconds.
    pub cpu_ms: f64,
    /// The most memory that the host had resident at once, in MiB.
    pub peak_mib: f64,
}

/// Measures so many alerts from so many senders at once.
///
/// # Errors
/// In words, when a process or the machine fails, or when a page is missing.
pub fn speed(
    runtime: &tokio::runtime::Runtime,
    program: &Path,
    senders: usize,
    alerts: usize,
) -> Result<Speed, String> {
    let known = Known::start(program)?;
    let all = WARM_UP + alerts;
    let receiver = runtime.block_on(Receiver::open(Behaviour::Takes, known.reader(all)))?;
    let gatehouse = Gatehouse::start(program, known, &receiver.hook)?;
    let address = gatehouse.address().expect("it was started");
    let mut warming = Sender::default();
    for number in 0..WARM_UP {
        warming.send(&address, &body(number, number)).map_err(|error| error.to_string())?;
    }
    let cpu = cpu_seconds_of(gatehouse.id());
    let (next, errors) = (AtomicUsize::new(WARM_UP), AtomicUsize::new(0));
    let sent = Mutex::new(HashMap::new());
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..senders {
            scope.spawn(|| {
                let mut sender = Sender::default();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= all {
                        return;
                    }
                    let body = body(number, number);
                    let begun = Instant::now();
                    match sender.send(&address, &body) {
                        Ok(202) => {
                            let times = (begun, begun.elapsed());
                            sent.lock().expect("no holder panics").insert(number, times);
                        }
                        _ => drop(errors.fetch_add(1, Ordering::Relaxed)),
                    }
                }
            });
        }
    });
    let seconds = started.elapsed().as_secs_f64();
    let (cpu, peak_mib) = (cpu_seconds_of(gatehouse.id()) - cpu, peak_mib_of(gatehouse.id()));
    let sent = sent.into_inner().expect("no holder panics");
    let waited = Instant::now();
    let page_ms = loop {
        let arrivals = receiver.arrivals();
        let mut first: HashMap<usize, Instant> = HashMap::new();
        for arrival in &arrivals {
            first.entry(arrival.alert).or_insert(arrival.at);
        }
        let page_ms: Vec<f64> = (sent.iter())
            .filter_map(|(number, (begun, _))| Some(first.get(number)?.duration_since(*begun).as_secs_f64() * 1_000.0))
            .collect();
        if page_ms.len() == sent.len() {
            break page_ms;
        }
        if waited.elapsed() > PAGES_WITHIN {
            return Err(format!("{} of {} alerts were paged", page_ms.len(), sent.len()));
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let sorted = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times
    };
    let answers = sent.values().map(|(_, took)| took.as_secs_f64() * 1_000.0).collect();
    Ok(Speed {
        senders,
        page_ms: sorted(page_ms),
        answer_ms: sorted(answers),
        a_second: sent.len() as f64 / seconds,
        errors: errors.into_inner(),
        cpu_ms: cpu * 1_000.0 / sent.len().max(1) as f64,
        peak_mib,
    })
}
