//! Processes that die: at one of all their operations, with its effect or without. Once a process is dead, nothing of it
//! goes on, whatever it had begun beside.

use super::channels::channel_of;
use crate::crash::fate::Death;
use crate::gate::Gate;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use outside::{Transport, TransportError};
use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// The deaths of one story, and its operations so far.
#[derive(Default)]
pub(super) struct Story {
    deaths: Mutex<VecDeque<Death>>,
    names: Mutex<Vec<String>>,
    counting: AtomicBool,
}

impl Story {
    pub(super) fn new(deaths: &[Death]) -> Self {
        Self { deaths: Mutex::new(deaths.iter().copied().collect()), ..Self::default() }
    }

    /// From here on operations count, or not.
    pub(super) fn count(&self, counting: bool) {
        self.counting.store(counting, Ordering::SeqCst);
    }

    /// The operations so far.
    pub(super) fn names(&self) -> Vec<String> {
        self.names.lock().expect("no holder panics").clone()
    }

    /// How many deaths are still to come.
    pub(super) fn deaths_left(&self) -> usize {
        self.deaths.lock().expect("no holder panics").len()
    }

    fn number(&self, name: &str) -> u64 {
        if !self.counting.load(Ordering::SeqCst) {
            return u64::MAX;
        }
        let mut names = self.names.lock().expect("no holder panics");
        names.push(name.to_owned());
        names.len() as u64 - 1
    }

    fn kills(&self, at: u64, after: bool) -> bool {
        let mut deaths = self.deaths.lock().expect("no holder panics");
        deaths.pop_front_if(|death| *death == Death { at, after }).is_some()
    }
}

/// The life of one process.
pub(super) struct Life {
    story: Arc<Story>,
    dead: AtomicBool,
    died: Notify,
}

impl Life {
    pub(super) fn new(story: Arc<Story>) -> Self {
        Self { story, dead: AtomicBool::new(false), died: Notify::new() }
    }

    pub(super) fn is_over(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Waits until the process dies.
    pub(super) async fn died(&self) {
        let died = self.died.notified();
        if !self.is_over() {
            died.await;
        }
    }

    async fn live_on(&self, at: u64, after: bool) {
        if !self.is_over() && self.story.kills(at, after) {
            self.dead.store(true, Ordering::SeqCst);
            self.died.notify_waiters();
        }
        if self.is_over() {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Gate for Life {
    async fn before(&self, name: &str) -> u64 {
        let number = if self.is_over() { u64::MAX } else { self.story.number(name) };
        self.live_on(number, false).await;
        number
    }

    async fn after(&self, number: u64, _: &(dyn Debug + Sync)) {
        self.live_on(number, true).await;
    }
}

/// The way to the channels of a process that may die.
pub(super) struct Line<T> {
    pub(super) inner: Arc<T>,
    pub(super) life: Arc<Life>,
}

#[async_trait]
impl<T: Transport> Transport for Line<T> {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let number = self.life.before(&format!("tell {}", channel_of(&request))).await;
        let answer = self.inner.send(request, timeout).await;
        self.life.after(number, &answer).await;
        answer
    }
}
