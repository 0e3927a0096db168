//! The other door: HTTPS on a port of this machine, under a root certificate made for the occasion.

use crate::Sim;
use crate::fault::What;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// Larger requests are cut off: a full batch is far smaller.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How often owed notifications are delivered while the simulator is served.
const DELIVERY_PAUSE: Duration = Duration::from_millis(200);

/// A simulated cloud that is being served. Dropping it, or [`TlsSim::shutdown`], ends the serving.
#[derive(Debug)]
pub struct TlsSim {
    /// The base of the login service.
    pub login_url: String,
    /// The base of Graph, without the version.
    pub graph_url: String,
    /// The root certificate that clients must trust.
    pub ca_pem: String,
    stop: watch::Sender<bool>,
}

impl TlsSim {
    /// Ends the serving; connections that are open are cut.
    pub fn shutdown(&self) {
        self.stop.send_replace(true);
    }
}

/// Serves the simulator on `127.0.0.1`, at this port or at a free one for 0, and points its links there.
///
/// All services are behind one address, as their paths never meet. Owed notifications leave in the background when
/// [`Sim::notify_through`] was called.
///
/// # Errors
/// When the port cannot be bound.
pub async fn serve(sim: &Sim, port: u16) -> io::Result<TlsSim> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let url = format!("https://localhost:{}", listener.local_addr()?.port());
    let (tls, ca_pem) = certificate("Simulated cloud root").map_err(io::Error::other)?;
    sim.configure(|options| {
        options.login_base = url.clone();
        options.graph_base = url.clone();
        options.log_analytics_base = url.clone();
        options.resource_manager_base = url.clone();
    });
    let (stop, stopped) = watch::channel(false);
    let served = sim.clone();
    let answers: Answers = Arc::new(move |request| Box::pin(answer(served.clone(), request)));
    tokio::spawn(accept(listener, tls, answers, stopped.clone()));
    tokio::spawn(deliver(sim.clone(), stopped));
    Ok(TlsSim { login_url: url.clone(), graph_url: url, ca_pem, stop })
}

/// What makes the answer to a request. An error cuts the connection, which is what some faults ask for.
pub(crate) type Answers = Arc<dyn Fn(Request<Bytes>) -> Answering + Send + Sync>;
/// The answer in the making.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Response<Bytes>, io::Error>> + Send>>;

/// Takes connections until it is told to stop.
pub(crate) async fn accept(
    listener: TcpListener,
    tls: TlsAcceptor,
    answers: Answers,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            // The sender is gone or says so: either way it is over.
            _ = stopped.changed() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        let (answers, tls, mut stopped) = (answers.clone(), tls.clone(), stopped.clone());
        tokio::spawn(async move {
            tokio::select! {
                _ = stopped.changed() => {}
                () = connection(answers, tls, stream) => {}
            }
        });
    }
}

async fn connection(answers: Answers, tls: TlsAcceptor, stream: TcpStream) {
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = service_fn(move |request: Request<Incoming>| {
        let answers = answers.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = Limited::new(body, BODY_BYTES_MAX).collect().await.map_err(io::Error::other)?.to_bytes();
            answers(Request::from_parts(parts, body)).await.map(|response| response.map(Full::new))
        }
    });
    // A client that goes away in the middle is no event.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(sim: Sim, request: Request<Bytes>) -> Result<Response<Bytes>, io::Error> {
    let options = sim.options();
    let half = options.latency / 2;
    options.clock.sleep(half).await;
    let outcome = sim.exchange(request).await;
    let slow = match outcome.trouble {
        Some(What::Slow(slow)) => slow,
        _ => Duration::ZERO,
    };
    options.clock.sleep(options.latency.saturating_sub(half) + slow).await;
    match outcome.trouble {
        // By now the request was sent, so "never sent" can only be shown as a connection that breaks.
        Some(What::NeverSent | What::ResetBefore | What::ResetAfter | What::Unanswered) => {
            Err(io::Error::new(io::ErrorKind::ConnectionReset, "a fault was set"))
        }
        _ => Ok(outcome.response),
    }
}

async fn deliver(sim: Sim, mut stopped: watch::Receiver<bool>) {
    loop {
        let clock = sim.options().clock.clone();
        tokio::select! {
            _ = stopped.changed() => return,
            () = clock.sleep(DELIVERY_PAUSE) => {}
        }
        sim.deliver_notifications().await;
    }
}

/// What accepts connections under a certificate for this machine, and the root, of this name, that clients must trust.
pub(crate) fn certificate(name: &str) -> Result<(TlsAcceptor, String), Box<dyn std::error::Error + Send + Sync>> {
    let mut root = CertificateParams::new(Vec::new())?;
    root.distinguished_name.push(DnType::CommonName, name);
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let leaf = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?.signed_by(&key, &root)?;
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], private)?;
    Ok((TlsAcceptor::from(Arc::new(config)), root.pem()))
}
