//! A sign of life: a call to an outside service, which raises the alarm when the calls stop.

use crate::send::{SEND_TIMEOUT, Sent, lost};
use bytes::Bytes;
use http::{Request, Uri};
use outside::Transport;
use std::fmt;
use std::sync::Arc;

/// Where the sign of life goes.
#[derive(Clone)]
pub struct Heartbeat {
    /// Or why it cannot be used, without the address: that is a secret.
    address: Result<Uri, String>,
    transport: Arc<dyn Transport>,
}

impl Heartbeat {
    /// A sign of life to this address, an https URL.
    pub fn new(address: Result<Vec<u8>, String>, transport: Arc<dyn Transport>) -> Self {
        let address = address.and_then(read).map_err(|why| format!("[break_glass] heartbeat: {why}"));
        Self { address, transport }
    }

    /// Gives one. The error says why it was not taken.
    pub async fn send(&self) -> Result<(), String> {
        let address = self.address.clone()?;
        let host = address.host().unwrap_or_default().to_owned();
        let request =
            Request::get(address).body(Bytes::new()).map_err(|_| format!("no request to {host} can be made of it"))?;
        match self.transport.send(request, SEND_TIMEOUT).await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("{host} answered {}", answer.status().as_u16())),
            // In our own words: those of the transport may hold the address, which is a secret.
            Err(error) => match lost(&host, &error) {
                Sent::Later { why, .. } | Sent::Never { why } => Err(why),
                Sent::Taken => Ok(()),
            },
        }
    }
}

fn read(bytes: Vec<u8>) -> Result<Uri, String> {
    let text = String::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
    let uri: Uri = text.trim().parse().map_err(|_| "it is not a URL".to_owned())?;
    let is_https = uri.scheme_str().is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    if is_https && uri.host().is_some() { Ok(uri) } else { Err("it is not an https URL".to_owned()) }
}

impl fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Heartbeat(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Heartbeat;
    use async_trait::async_trait;
    use bytes::Bytes;
    use http::{Request, Response};
    use outside::{Transport, TransportError};
    use std::sync::Arc;
    use std::time::Duration;

    /// A service that answers so.
    struct Answers(Result<u16, TransportError>);

    #[async_trait]
    impl Transport for Answers {
        async fn send(&self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
            assert_eq!(request.uri(), "https://beats.example/token-7");
            let status = self.0.clone()?;
            Ok(Response::builder().status(status).body(Bytes::new()).expect("a response"))
        }
    }

    async fn sent(address: &str, answer: Result<u16, TransportError>) -> Result<(), String> {
        Heartbeat::new(Ok(address.as_bytes().to_vec()), Arc::new(Answers(answer))).send().await
    }

    #[tokio::test]
    async fn it_is_taken_with_a_success_alone_and_what_went_wrong_never_tells_the_address() {
        const ADDRESS: &str = "https://beats.example/token-7\n";
        for status in [200, 204] {
            assert_eq!(sent(ADDRESS, Ok(status)).await, Ok(()));
        }
        for status in [302, 404, 500] {
            assert_eq!(sent(ADDRESS, Ok(status)).await, Err(format!("beats.example answered {status}")));
        }
        let told = "error sending request for url (https://beats.example/token-7)".to_owned();
        for error in [
            TransportError::TimedOut(Duration::from_secs(10)),
            TransportError::NeverSent(told.clone()),
            TransportError::Interrupted(told),
        ] {
            let lost = sent(ADDRESS, Err(error)).await.unwrap_err();
            assert!(lost.contains("beats.example") && !lost.contains("token-7"), "{lost}");
        }
        for unfit in ["http://beats.example/token-7", "beats.example/token-7", "token 7", ""] {
            let why = sent(unfit, Ok(200)).await.unwrap_err();
            assert!(why.starts_with("[break_glass] heartbeat: it is not") && !why.contains("token"), "{unfit}: {why}");
        }
        let beat = Heartbeat::new(Ok(ADDRESS.into()), Arc::new(Answers(Ok(200))));
        assert_eq!(format!("{beat:?}"), "Heartbeat(…)");
    }
}
