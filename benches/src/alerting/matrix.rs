//! What becomes of pages when the receiver is not well: lost, repeated, late.
#![allow(clippy::disallowed_methods, reason = "a measurement needs the machine's own clock")]

use super::alert::body;
use super::alertmanager::{self, Alertmanager};
use super::gatehouse::{Address, Gatehouse, Known, Sender};
pub use super::receiver::Behaviour;
use super::receiver::{OUTAGE, Receiver};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How many alerts each receiver gets, and in which pace.
pub const ALERTS: usize = 20;
const PACE: Duration = Duration::from_millis(50);

/// A page that is not there by then counts as lost. Longer than Alertmanager's `group_interval`, after which it tries again
/// what it had given up.
const WITHIN: Duration = Duration::from_secs(390);

/// Without a further page for so long, after all are there, none comes any more: longer than a claim and a timer's minute.
const QUIET: Duration = Duration::from_secs(40);

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// This program.
    Gatehouse,
    /// Debian's package.
    Alertmanager,
}

/// What came of one receiver's behaviour.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Who sent.
    pub contender: Contender,
    /// How the receiver behaved.
    pub behaviour: Behaviour,
    /// Alerts that were taken.
    pub taken: usize,
    /// Of these, those that the receiver never took.
    pub lost: usize,
    /// Pages that arrived again after they had been taken.
    pub repeated: usize,
    /// Attempts after one whose end the sender could not know, and whether each said so.
    pub unclear: (usize, usize),
    /// From the alert to the page that was taken, in seconds, sorted.
    pub seconds: Vec<f64>,
}

enum Running {
    Gatehouse(Box<Gatehouse>),
    Alertmanager(Alertmanager),
}

impl Running {
    fn kill_and_start(&mut self) -> Result<(), String> {
        match self {
            Self::Gatehouse(gatehouse) => {
                gatehouse.kill();
                gatehouse.start_again()
            }
            Self::Alertmanager(alertmanager) => {
                alertmanager.kill();
                alertmanager.start_again()
            }
        }
    }

    fn address(&self) -> Option<Address> {
        match self {
            Self::Gatehouse(gatehouse) => gatehouse.address(),
            Self::Alertmanager(alertmanager) => Some(alertmanager.address()),
        }
    }
}

/// Sends each alert from a sender of its own, one shortly after the other, and kills the contender if it is to be killed.
/// The answer is when each that was taken was sent first.
fn send_all(running: &mut Running, behaviour: Behaviour) -> Result<BTreeMap<usize, Instant>, String> {
    let began = Instant::now();
    let address = Mutex::new(running.address());
    let is_gatehouse = matches!(running, Running::Gatehouse(_));
    let sent = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for number in 0..ALERTS {
            let (address, sent) = (&address, &sent);
            scope.spawn(move || {
                std::thread::sleep(PACE * number as u32);
                let at = Instant::now();
                let to = || address.lock().expect("no holder panics").clone();
                let taken = match is_gatehouse {
                    true => Sender::default().deliver(to, &body(number, number)).0,
                    false => to().is_some_and(|to| alertmanager::send(&to, number)),
                };
                if taken {
                    sent.lock().expect("no holder panics").insert(number, at);
                }
            });
        }
        if behaviour == Behaviour::IsOutAndKilled {
            std::thread::sleep((OUTAGE / 2).saturating_sub(began.elapsed()));
            *address.lock().expect("no holder panics") = None;
            running.kill_and_start()?;
            *address.lock().expect("no holder panics") = running.address();
        }
        Ok::<_, String>(())
    })?;
    Ok(sent.into_inner().expect("no holder panics"))
}

/// Measures one contender with one receiver. `program` is the one that takes the parts' arguments.
///
/// # Errors
/// In words, when a process or the machine fails.
pub fn measure(
    runtime: &tokio::runtime::Runtime,
    program: &Path,
    alertmanager: Option<&Path>,
    behaviour: Behaviour,
) -> Result<Cell, String> {
    let (receiver, mut running) = match alertmanager {
        None => {
            let known = Known::start(program)?;
            let receiver = runtime.block_on(Receiver::open(behaviour, known.reader(ALERTS)))?;
            let gatehouse = Gatehouse::start(program, known, &receiver.hook)?;
            (receiver, Running::Gatehouse(Box::new(gatehouse)))
        }
        Some(alertmanager) => {
            let receiver = runtime.block_on(Receiver::open(behaviour, alertmanager::reader()))?;
            let started = Alertmanager::start(alertmanager, &receiver.hook)?;
            (receiver, Running::Alertmanager(started))
        }
    };
    let began = Instant::now();
    let sent = send_all(&mut running, behaviour)?;
    let (mut before, mut quiet) = (0, Instant::now());
    let arrivals = loop {
        let arrivals = receiver.arrivals();
        if arrivals.len() != before {
            (before, quiet) = (arrivals.len(), Instant::now());
        }
        let there = sent.keys().all(|number| arrivals.iter().any(|one| one.alert == *number && one.taken));
        if (there && quiet.elapsed() > QUIET) || began.elapsed() > WITHIN {
            break arrivals;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let mut cell = Cell {
        contender: if alertmanager.is_some() { Contender::Alertmanager } else { Contender::Gatehouse },
        behaviour,
        taken: sent.len(),
        lost: 0,
        repeated: 0,
        unclear: (0, 0),
        seconds: Vec::new(),
    };
    let no_answer =
        matches!(behaviour, Behaviour::Hangs | Behaviour::Cuts | Behaviour::IsOut | Behaviour::IsOutAndKilled);
    for (number, at) in sent {
        let pages: Vec<_> = arrivals.iter().filter(|one| one.alert == number).collect();
        match pages.iter().find(|one| one.taken) {
            Some(first) => cell.seconds.push(first.at.duration_since(at).as_secs_f64()),
            None => cell.lost += 1,
        }
        cell.repeated += pages.iter().filter(|one| one.taken).count().saturating_sub(1);
        if no_answer {
            let again = pages.get(1..).unwrap_or_default();
            cell.unclear.0 += again.len();
            cell.unclear.1 += again.iter().filter(|one| one.may_repeat).count();
        }
    }
    cell.seconds.sort_by(f64::total_cmp);
    Ok(cell)
}
