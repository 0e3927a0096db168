//! When to stop.

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use std::time::Duration;

/// How long work that has begun may go on after the signal. Azure kills after about 10 s, containers commonly too.
pub(crate) const FINISH: Duration = Duration::from_secs(8);

/// Completes when it is time to stop; everything that serves waits for a clone of it.
pub type Stop = Shared<BoxFuture<'static, ()>>;

/// Stops when `signal` completes.
pub fn on(signal: impl Future<Output = ()> + Send + 'static) -> Stop {
    signal.boxed().shared()
}

/// Stops at Ctrl-C and at SIGTERM.
pub fn on_signal() -> Stop {
    on(async {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            match signal(SignalKind::terminate()) {
                Ok(mut terminate) => {
                    tokio::select! {
                        _ = terminate.recv() => {}
                        _ = tokio::signal::ctrl_c() => {}
                    }
                    return;
                }
                Err(error) => tracing::warn!(%error, "SIGTERM cannot be watched; it ends the program at once"),
            }
        }
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
