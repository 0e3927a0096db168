//! The process that a run lives in: when the host ends or freezes it, and what is still at work when an answer is ready.

use crate::{Engine, Error};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::Instrument;

/// What the host said of the process, and what goes on beside its answers.
#[derive(Default)]
pub(crate) struct Process {
    /// When runs end, in milliseconds of the monotonic clock; 0: nobody said.
    ends: AtomicU64,
    /// How many works go on.
    working: Arc<watch::Sender<usize>>,
}

/// One work that goes on; however it ends, it is counted out.
struct Working(Arc<watch::Sender<usize>>);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.send_modify(|working| *working -= 1);
    }
}

impl Process {
    /// Begins work that goes on after the answer, as long as the process does.
    pub(crate) fn begin<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.working.send_modify(|working| *working += 1);
        let counted = Working(Arc::clone(&self.working));
        let work = async move {
            let _counted = counted;
            work.await
        };
        // Its log lines belong to the invocation that began it.
        tokio::spawn(work.in_current_span())
    }
}

impl Engine {
    /// No run begins new work after this moment of the monotonic clock, or after its own limit where that is earlier. For
    /// hosts that give each invocation a deadline; the last one that is told counts.
    pub fn end_runs_by(&self, at: Duration) {
        let ms = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        self.process.ends.store(ms.max(1), Ordering::Relaxed);
    }

    /// Until when a run that begins now may begin new work.
    pub(crate) fn run_until(&self) -> Duration {
        let limit = self.clock.monotonic() + self.run_limit;
        match self.process.ends.load(Ordering::Relaxed) {
            0 => limit,
            ends => limit.min(Duration::from_millis(ends)),
        }
    }

    /// Completes when nothing goes on any more beside the answers that were given: pages that are being sent, for as long
    /// as they are. A host that freezes the process waits for it a while.
    pub async fn is_idle(&self) {
        // The sender is this engine's own, so there is one.
        let _ = self.process.working.subscribe().wait_for(|working| *working == 0).await;
    }

    /// Lists a customer for the next tick, as one whose turn was not reached or failed.
    pub async fn wake_at_next_tick(&self, customer: &str) -> Result<(), Error> {
        self.mark_dirty(self.customer(customer)?).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double;
    use futures::FutureExt;
    use store::Memory;

    #[tokio::test(start_paused = true)]
    async fn runs_end_by_their_own_limit_or_by_the_hosts_whichever_is_earlier() {
        let engine = double::engine(Arc::new(Memory::default()));
        let limit = engine.clock.monotonic() + engine.run_limit;
        assert_eq!(engine.run_until(), limit);
        for (told, until) in [(limit / 2, limit / 2), (limit * 2, limit), (limit, limit)] {
            engine.end_runs_by(told);
            assert_eq!(engine.run_until(), until);
        }
    }

    #[tokio::test]
    async fn what_goes_on_is_counted_in_and_out_even_when_it_panics() {
        let process = Process::default();
        let (done, waits) = tokio::sync::oneshot::channel::<()>();
        let first = process.begin(waits);
        let second = process.begin(async { panic!("a bug of ours") });
        assert!(second.await.is_err());
        assert_eq!(*process.working.borrow(), 1);
        let mut idle = process.working.subscribe();
        assert!(idle.wait_for(|working| *working == 0).now_or_never().is_none());
        done.send(()).unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(*process.working.borrow(), 0);
    }
}
