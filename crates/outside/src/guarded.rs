//! HTTPS to addresses that came from outside.

use crate::reach::{Reach, reach};
use crate::transport::{self, Transport, TransportError};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// HTTPS to addresses that came from outside: a client of its own, whose connections nothing else shares.
///
/// A host that an operator listed may be anywhere but where nobody means to call ([`Reach::Never`]); any other must be
/// in the public Internet. The check is made where the name is resolved, and what was checked is what is connected to,
/// so that a name which changes its address in between gains nothing. No proxy is used, whatever the environment says:
/// a proxy would resolve the name by itself. Redirects are not followed, and plain HTTP is refused.
#[derive(Debug)]
pub struct Guarded {
    extra_roots_pem: Vec<u8>,
    listed: Arc<BTreeSet<String>>,
    client: OnceLock<Result<reqwest::Client, String>>,
}

impl Guarded {
    /// A transport that also trusts the roots in `extra_roots_pem` (PEM; may be empty). `listed` are the hosts that the
    /// operator named, each with or without a port, in lower case and IDNA's ASCII form.
    pub fn new(extra_roots_pem: Vec<u8>, listed: impl IntoIterator<Item = String>) -> Self {
        let host = |entry: String| entry.rsplit_once(':').map_or_else(|| entry.clone(), |(host, _)| host.to_owned());
        let listed = Arc::new(listed.into_iter().map(host).collect());
        Self { extra_roots_pem, listed, client: OnceLock::new() }
    }

    fn client(&self) -> Result<&reqwest::Client, TransportError> {
        let built = self.client.get_or_init(|| {
            let builder = transport::base().https_only(true).no_proxy();
            let builder = builder.dns_resolver(Arc::new(Checked { listed: self.listed.clone() }));
            transport::build(builder, &self.extra_roots_pem)
        });
        built.as_ref().map_err(|message| TransportError::NeverSent(message.clone()))
    }
}

#[async_trait]
impl Transport for Guarded {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap_or_default();
        // An address in the place of a name is never resolved.
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse() {
            permitted(host, self.listed.contains(host), [SocketAddr::new(address, 0)])
                .map_err(TransportError::NeverSent)?;
        }
        transport::exchange(self.client()?, request, timeout).await
    }
}

/// Resolves a name to those of its addresses that may be called.
struct Checked {
    listed: Arc<BTreeSet<String>>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let listed = self.listed.contains(name.as_str());
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Addrs = Box::new(permitted(name.as_str(), listed, found)?.into_iter());
            Ok(addresses)
        })
    }
}

/// Those of the addresses that may be called. The error names the host, and what its addresses are.
fn permitted(
    host: &str,
    listed: bool,
    addresses: impl IntoIterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, String> {
    let may_be_called = |address: &IpAddr| match reach(*address) {
        Reach::Public => true,
        Reach::Private => listed,
        Reach::Never => false,
    };
    let (good, bad): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| may_be_called(&address.ip()));
    if good.is_empty() {
        let bad: Vec<_> = bad.iter().map(|address| address.ip().to_string()).collect();
        return Err(format!("{host} has no address that may be called, only {}", bad.join(", ")));
    }
    Ok(good)
}

#[cfg(test)]
mod tests {
    use super::{Guarded, permitted};
    use crate::{Transport, TransportError};
    use bytes::Bytes;
    use http::Request;
    use std::net::SocketAddr;
    use std::time::Duration;

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().map(|address| SocketAddr::new(address.parse().expect("an address"), 0)).collect()
    }

    #[test]
    fn only_addresses_that_may_be_called_are_connected_to() {
        let mixed = ["8.8.8.8", "10.0.0.1", "169.254.169.254"];
        let of = |listed, list: &[&str]| permitted("tickets.example", listed, addresses(list));
        assert_eq!(of(false, &mixed), Ok(addresses(&["8.8.8.8"])));
        assert_eq!(of(true, &mixed), Ok(addresses(&["8.8.8.8", "10.0.0.1"])));
        assert_eq!(
            of(false, &["10.0.0.1", "::1"]),
            Err("tickets.example has no address that may be called, only 10.0.0.1, ::1".to_owned())
        );
        assert!(of(true, &["169.254.169.254", "fe80::1"]).is_err(), "listed or not");
        assert!(of(true, &[]).is_err());
    }

    #[tokio::test]
    async fn an_address_in_the_place_of_a_name_is_checked_too() {
        let guarded = Guarded::new(Vec::new(), ["127.0.0.1:1".to_owned()]);
        let refusal = async |url: &str| {
            let request = Request::post(url).body(Bytes::new()).expect("a request");
            match guarded.send(request, Duration::from_secs(5)).await {
                Err(TransportError::NeverSent(why)) => why,
                other => panic!("{url} was called: {other:?}"),
            }
        };
        for host in ["127.0.0.2", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"] {
            let why = refusal(&format!("https://{host}:1/")).await;
            assert!(why.contains("no address that may be called"), "{why}");
        }
        // Listed: it is called, and nothing listens there.
        let why = refusal("https://127.0.0.1:1/").await;
        assert!(!why.contains("may be called"), "{why}");
        assert!(refusal("http://127.0.0.1:1/").await.contains("scheme"), "plain HTTP is refused");
    }
}
