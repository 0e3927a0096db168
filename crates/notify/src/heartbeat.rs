//! A sign of life: a call to an outside service, which raises the alarm when the calls stop.

use crate::send::SEND_TIMEOUT;
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
            Err(error) => Err(format!("{host}: {error}")),
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
