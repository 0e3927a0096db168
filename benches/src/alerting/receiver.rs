//! Whoever is paged: takes it, or does not, and notes when what arrived.
#![allow(clippy::disallowed_methods, reason = "a measurement needs the machine's own clock")]

use bytes::Bytes;
use cloud_sim::{Hook, Treatment};
use http::{Request, Response, StatusCode, header};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How the receiver treats the pages of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes each.
    Takes,
    /// Takes each, and answers after 100 ms, as a service across the internet does.
    IsFar,
    /// Answers the first attempt with 500.
    Fails,
    /// Answers the first attempt with 429, and asks for two seconds of rest.
    Busy,
    /// Never answers the first attempt.
    Hangs,
    /// Cuts the connection of the first attempt.
    Cuts,
    /// Cuts every connection for the first ten seconds.
    IsOut,
    /// The same, and the sending process is killed after five of them and started again.
    IsOutAndKilled,
}

/// How far away a receiver is.
const FAR: Duration = Duration::from_millis(100);

/// How long an outage is.
pub(super) const OUTAGE: Duration = Duration::from_secs(10);

/// A page that arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) at: Instant,
    pub(super) alert: usize,
    /// Whether it was taken.
    pub(super) taken: bool,
    /// Whether it says that it may be here already.
    pub(super) may_repeat: bool,
}

/// Finds the alerts that a page is about, and whether it says that it may repeat.
pub(super) type Reader = Box<dyn Fn(&Value) -> (Vec<usize>, bool) + Send + Sync>;

pub(super) struct Receiver {
    pub(super) hook: Hook,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
}

#[derive(Default)]
struct State {
    attempts: HashMap<usize, u32>,
    began: Option<Instant>,
}

impl Receiver {
    pub(super) async fn open(behaviour: Behaviour, read: Reader) -> Result<Self, String> {
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        let (kept, state) = (arrivals.clone(), Mutex::new(State::default()));
        let treat = move |request: Request<Bytes>| {
            let at = Instant::now();
            let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
            let (alerts, may_repeat) = read(&body);
            let treatment = state.lock().expect("no holder panics").treat(behaviour, at, &alerts);
            let taken = matches!(&treatment, Treatment::Answer(answer) | Treatment::Slow(_, answer) if answer.status().is_success());
            let arrived = alerts.iter().map(|alert| Arrival { at, alert: *alert, taken, may_repeat });
            kept.lock().expect("no holder panics").extend(arrived);
            treatment
        };
        let hook = Hook::treating(treat).await.map_err(|error| error.to_string())?;
        Ok(Self { hook, arrivals })
    }

    /// What arrived so far.
    pub(super) fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().expect("no holder panics").clone()
    }
}

impl State {
    fn treat(&mut self, behaviour: Behaviour, at: Instant, alerts: &[usize]) -> Treatment {
        let began = *self.began.get_or_insert(at);
        let mut is_first = false;
        for alert in alerts {
            let attempts = self.attempts.entry(*alert).or_default();
            is_first |= *attempts == 0;
            *attempts += 1;
        }
        match behaviour {
            Behaviour::Fails if is_first => answer(StatusCode::INTERNAL_SERVER_ERROR),
            Behaviour::Busy if is_first => answer(StatusCode::TOO_MANY_REQUESTS),
            Behaviour::Hangs if is_first => Treatment::Hang,
            Behaviour::Cuts if is_first => Treatment::Cut,
            Behaviour::IsOut | Behaviour::IsOutAndKilled if at.duration_since(began) < OUTAGE => Treatment::Cut,
            Behaviour::IsFar => Treatment::Slow(FAR, Response::new(Bytes::new())),
            _ => answer(StatusCode::OK),
        }
    }
}

fn answer(status: StatusCode) -> Treatment {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = status;
    if status == StatusCode::TOO_MANY_REQUESTS {
        answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("2"));
    }
    Treatment::Answer(answer)
}
