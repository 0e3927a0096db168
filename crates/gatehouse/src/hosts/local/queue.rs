//! A queue in memory that behaves like a storage queue: at least once, in no promised order, hidden after a failure.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;

/// How long a message stays hidden after it failed; `visibilityTimeout` in host.json.
pub(super) const HIDDEN: Duration = Duration::from_secs(30);
/// How often a message is tried; `maxDequeueCount` in host.json.
pub const ATTEMPTS_MAX: u32 = 5;
/// How many messages wait at most: ten ticks of the largest partner (10,000 customers).
const LENGTH_MAX: usize = 100_000;
/// How many poisoned messages are kept to be looked at.
const POISON_MAX: usize = 1_000;

/// A message that failed too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poison {
    /// The message.
    pub text: String,
    /// Why its last attempt failed.
    pub why: String,
}

/// A message that somebody works on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// The message.
    pub(super) text: String,
    /// Which attempt this is, from 1.
    pub(super) attempt: u32,
}

/// One queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    pushed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    poison: VecDeque<Poison>,
}

#[derive(Debug)]
struct Waiting {
    text: String,
    attempts: u32,
    visible_at: Duration,
}

impl Queue {
    /// Adds a message; `false` when the queue is full. `now` is the monotonic clock's, here and below.
    pub(super) fn push(&self, text: &str, now: Duration) -> bool {
        let mut state = self.state();
        if state.waiting.len() >= LENGTH_MAX {
            return false;
        }
        state.waiting.push_back(Waiting { text: text.to_owned(), attempts: 0, visible_at: now });
        drop(state);
        self.pushed.notify_one();
        true
    }

    /// Takes the first message that can be seen. Whoever takes it says [`Queue::failed`], or nothing when it is done.
    pub(super) fn take(&self, now: Duration) -> Option<Taken> {
        let mut state = self.state();
        let index = state.waiting.iter().position(|message| message.visible_at <= now)?;
        let message = state.waiting.remove(index)?;
        Some(Taken { text: message.text, attempt: message.attempts + 1 })
    }

    /// Hides a message that failed until it is tried again; `true`: it never will be, it is poison now.
    pub(super) fn failed(&self, taken: Taken, why: &str, now: Duration) -> bool {
        let mut state = self.state();
        if taken.attempt < ATTEMPTS_MAX {
            let visible_at = now + HIDDEN;
            state.waiting.push_back(Waiting { text: taken.text, attempts: taken.attempt, visible_at });
            drop(state);
            self.pushed.notify_one();
            return false;
        }
        if state.poison.len() >= POISON_MAX {
            state.poison.pop_front();
        }
        state.poison.push_back(Poison { text: taken.text, why: why.to_owned() });
        true
    }

    /// When the next message can be seen; `None`: there is none.
    pub(super) fn next_visible(&self) -> Option<Duration> {
        self.state().waiting.iter().map(|message| message.visible_at).min()
    }

    /// Completes when a message came since the last call.
    pub(super) async fn pushed(&self) {
        self.pushed.notified().await;
    }

    /// The poisoned messages, the oldest first.
    pub(super) fn poison(&self) -> Vec<Poison> {
        self.state().poison.iter().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1000);
    const MOMENT: Duration = Duration::from_millis(1);

    #[test]
    fn a_message_that_fails_is_hidden_for_the_visibility_time_out() {
        let queue = Queue::default();
        assert!(queue.push("a", START));
        let taken = queue.take(START).unwrap();
        assert_eq!(queue.take(START), None, "a message in work is not delivered twice");
        assert!(!queue.failed(taken, "no", START));
        assert_eq!(queue.next_visible(), Some(START + HIDDEN));
        assert_eq!(queue.take(START + HIDDEN - MOMENT), None);
        assert_eq!(queue.take(START + HIDDEN), Some(Taken { text: "a".into(), attempt: 2 }));
    }

    #[test]
    fn the_fifth_failure_makes_a_message_poison() {
        let queue = Queue::default();
        queue.push("a", START);
        for attempt in 1..=ATTEMPTS_MAX {
            let now = START + HIDDEN * attempt;
            let taken = queue.take(now).unwrap();
            assert_eq!(taken.attempt, attempt);
            assert_eq!(queue.failed(taken, "no", now), attempt == ATTEMPTS_MAX);
        }
        assert_eq!(queue.next_visible(), None);
        assert_eq!(queue.poison(), [Poison { text: "a".into(), why: "no".into() }]);
    }

    #[test]
    fn a_hidden_message_does_not_hold_up_the_others() {
        let queue = Queue::default();
        queue.push("a", START);
        let taken = queue.take(START).unwrap();
        queue.failed(taken, "no", START);
        queue.push("b", START);
        assert_eq!(queue.take(START).unwrap().text, "b");
    }

    #[test]
    fn a_full_queue_refuses_messages_and_keeps_those_it_has() {
        let queue = Queue::default();
        for _ in 0..LENGTH_MAX {
            assert!(queue.push("a", START));
        }
        assert!(!queue.push("b", START));
        queue.take(START).unwrap();
        assert!(queue.push("b", START));
    }
}
