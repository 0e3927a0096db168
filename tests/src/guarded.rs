//! Calls to addresses that came from outside, over TLS to a port of this machine.

use bytes::Bytes;
use cloud_sim::{Sim, SimOptions, serve};
use http::Request;
use outside::{Guarded, SystemClock, Transport, TransportError};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_called_only_where_the_operator_listed_it() {
    let sim = Sim::new(SimOptions::new(1, Arc::new(SystemClock::new())));
    let served = serve(&sim, 0).await.expect("a free port");
    let host = served.graph_url.trim_start_matches("https://").to_owned();
    assert!(host.starts_with("localhost:"), "{host}");
    let call = async |listed: &str| {
        let guarded = Guarded::new(served.ca_pem.clone().into_bytes(), [listed.to_owned()]);
        let request = Request::get(format!("{}/v1.0/users", served.graph_url)).body(Bytes::new()).expect("a request");
        guarded.send(request, Duration::from_secs(10)).await
    };

    let answer = call(&host).await.expect("the operator listed it");
    assert_eq!(answer.status(), 401, "nobody proved to be anybody");
    match call("tickets.example").await {
        Err(TransportError::NeverSent(why)) => assert!(why.contains("no address that may be called"), "{why}"),
        other => panic!("it was called: {other:?}"),
    }
    served.shutdown();
}
