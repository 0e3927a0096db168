use super::{APP, SECRET, TENANT};
use crate::{Fault, PERMISSIONS, Sim, SimOptions, What, When, serve};
use outside::SystemClock;
use serde_json::Value;
use std::sync::Arc;

#[tokio::test]
async fn over_tls_the_same_service_answers_under_its_own_root() {
    let sim = Sim::new(SimOptions::new(1, Arc::new(SystemClock::new())));
    sim.app(APP).secret(SECRET);
    let tenant = sim.tenant(TENANT, "contoso.onmicrosoft.com");
    tenant.consent(APP, PERMISSIONS);
    for n in 0..12 {
        tenant.add_guest(&format!("guest{n}@northwind.example"));
    }
    let served = serve(&sim, 0).await.expect("a free port");
    let root = reqwest::Certificate::from_pem(served.ca_pem.as_bytes()).expect("a root");
    let client = reqwest::Client::builder().tls_certs_only([root]).build().expect("a client");

    let form = format!("client_id={APP}&grant_type=client_credentials&scope=x%2F.default&client_secret=the+secret");
    let url = format!("{}/{TENANT}/oauth2/v2.0/token", served.login_url);
    let token = client.post(url).body(form).send().await.expect("an answer").bytes().await.expect("a body");
    let token: Value = serde_json::from_slice(&token).expect("JSON");
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));

    let (mut next, mut seen) = (Some(format!("{}/v1.0/users", served.graph_url)), 0);
    while let Some(url) = next {
        let page = client.get(url).header("authorization", &bearer).send().await.expect("an answer");
        let page: Value = serde_json::from_slice(&page.bytes().await.expect("a body")).expect("JSON");
        seen += page["value"].as_array().expect("items").len();
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 12);

    sim.fault(Fault::new("GET /users", When::Every, What::ResetAfter));
    let users = format!("{}/v1.0/users", served.graph_url);
    assert!(client.get(&users).header("authorization", &bearer).send().await.is_err());

    let stranger = reqwest::Client::new();
    assert!(stranger.get(&users).send().await.is_err(), "nobody trusts the root unasked");

    served.shutdown();
}
