//! Somebody else's server: HTTPS on a port of this machine that answers as it is told and keeps what it was sent.
//!
//! It stands for whatever is called back from outside, such as a ticketing system. Its root is its own.

use crate::tls::{Answers, accept, certificate};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use outside::{Clock, SystemClock};
use std::collections::VecDeque;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How somebody else's server treats one request.
#[derive(Debug, Clone)]
pub enum Treatment {
    /// This answer.
    Answer(Response<Bytes>),
    /// This answer, after so long.
    Slow(Duration, Response<Bytes>),
    /// No answer, and the connection stays open.
    Hang,
    /// The connection is cut.
    Cut,
}

/// A server that is open. Dropping it ends the serving.
#[derive(Debug)]
pub struct Hook {
    /// Its name and port, as in an address.
    pub host: String,
    /// The root certificate that clients must trust.
    pub ca_pem: String,
    memory: Arc<Mutex<Memory>>,
    _stop: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Memory {
    answers: VecDeque<Response<Bytes>>,
    usual: Option<Response<Bytes>>,
    heard: Vec<Request<Bytes>>,
}

impl Hook {
    /// Opens on a free port of `127.0.0.1`.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn open() -> io::Result<Self> {
        let memory = Arc::new(Mutex::new(Memory::default()));
        let kept = memory.clone();
        Self::serve(memory, move |request| Treatment::Answer(lock(&kept).answer(request))).await
    }

    /// Opens on a free port of `127.0.0.1`, and treats each request as it is told. It keeps none.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn treating(treat: impl Fn(Request<Bytes>) -> Treatment + Send + Sync + 'static) -> io::Result<Self> {
        Self::serve(Arc::default(), treat).await
    }

    async fn serve(
        memory: Arc<Mutex<Memory>>,
        treat: impl Fn(Request<Bytes>) -> Treatment + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let host = format!("localhost:{}", listener.local_addr()?.port());
        let (tls, ca_pem) = certificate("Somebody else's root").map_err(io::Error::other)?;
        let clock = Arc::new(SystemClock::new());
        let answers: Answers = Arc::new(move |request| {
            let (treatment, clock) = (treat(request), clock.clone());
            Box::pin(async move {
                match treatment {
                    Treatment::Answer(answer) => Ok(answer),
                    Treatment::Slow(pause, answer) => {
                        clock.sleep(pause).await;
                        Ok(answer)
                    }
                    Treatment::Hang => std::future::pending().await,
                    Treatment::Cut => Err(io::Error::new(io::ErrorKind::ConnectionReset, "it was told to cut it")),
                }
            })
        });
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(accept(listener, tls, answers, stopped));
        Ok(Self { host, ca_pem, memory, _stop: stop })
    }

    /// The next request that nobody answered yet gets this answer; without one it gets the usual one, an empty 204 if nothing else was said.
    pub fn will_answer(&self, answer: Response<Bytes>) {
        lock(&self.memory).answers.push_back(answer);
    }

    /// From now on this is the answer where no other is told.
    pub fn usually_answers(&self, answer: Response<Bytes>) {
        lock(&self.memory).usual = Some(answer);
    }

    /// What it was sent since this was last asked.
    pub fn heard(&self) -> Vec<Request<Bytes>> {
        std::mem::take(&mut lock(&self.memory).heard)
    }
}

impl Memory {
    fn answer(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        self.heard.push(request);
        self.answers.pop_front().or_else(|| self.usual.clone()).unwrap_or_else(|| {
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = StatusCode::NO_CONTENT;
            answer
        })
    }
}

fn lock(memory: &Mutex<Memory>) -> std::sync::MutexGuard<'_, Memory> {
    memory.lock().expect("no holder panics")
}
