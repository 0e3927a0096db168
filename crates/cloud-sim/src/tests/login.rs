use super::{APP, TENANT, World, got, pass};
use crate::{Administrator, Fault, What, When, make_certificate};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::Request;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use outside::Transport;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;
use uuid::Uuid;

const TYPE: &str = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

fn code(body: &Value) -> u64 {
    body["error_codes"][0].as_u64().unwrap_or_default()
}

/// An assertion as a client with this certificate makes it.
fn assertion(pem: &str, audience: &str, exp: i64) -> String {
    let body = pem.split("-----BEGIN CERTIFICATE-----").nth(1).and_then(|rest| rest.split("-----END").next());
    let der = STANDARD.decode(body.expect("a certificate").split_whitespace().collect::<String>()).expect("base64");
    let mut header = Header::new(Algorithm::PS256);
    header.x5t_s256 = Some(URL_SAFE_NO_PAD.encode(Sha256::digest(der)));
    let claims = json!({ "iss": APP, "sub": APP, "aud": audience, "jti": "1", "nbf": exp - 600, "exp": exp });
    let key = pem.split_inclusive("-----END PRIVATE KEY-----").next().expect("a key");
    let key = EncodingKey::from_rsa_pem(key.as_bytes()).expect("an RSA key");
    jsonwebtoken::encode(&header, &claims, &key).expect("a signature")
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_are_told_apart() {
    let world = World::new().await;
    for (credential, status, error, expected) in [
        ("client_secret=wrong", 401, "invalid_client", 7000215),
        ("", 401, "invalid_client", 7000218),
        (&format!("{TYPE}&client_assertion=a.b.c"), 401, "invalid_client", 700027),
    ] {
        let got = world.post_form(credential).await;
        assert_eq!((got.status, code(&got.body)), (status, expected), "{credential}");
        assert_eq!(got.body["error"], error);
    }
}

#[tokio::test(start_paused = true)]
async fn consent_decides_at_the_token_endpoint() {
    let world = World::new().await;
    let ask = |tenant: String| {
        let form = format!("client_id={APP}&grant_type=client_credentials&scope=x%2F.default&client_secret=the+secret");
        let url = format!("https://login.sim.example/{tenant}/oauth2/v2.0/token");
        let request = Request::post(url).body(Bytes::from(form)).expect("a request");
        let sim = world.sim.clone();
        async move { got(sim.send(request, Duration::from_secs(9)).await.expect("an answer")) }
    };
    assert_eq!(ask("contoso.onmicrosoft.com".into()).await.status, 200, "a domain stands for its tenant");
    let unknown = ask(Uuid::from_u128(1).to_string()).await;
    assert_eq!((unknown.status, code(&unknown.body)), (400, 90002));
    let other = world.sim.tenant(Uuid::from_u128(0x5555), "fabrikam.onmicrosoft.com");
    let stranger = ask(other.id().to_string()).await;
    assert_eq!((stranger.status, code(&stranger.body)), (400, 700016));
    assert_eq!(stranger.body["error"], "unauthorized_client");

    world.tenant.withdraw_consent(APP);
    let gone = ask(TENANT.to_string()).await;
    assert_eq!((gone.status, code(&gone.body)), (401, 7000229));
    assert_eq!(world.get("/users").await.code(), "Authorization_IdentityNotFound");
}

#[tokio::test(start_paused = true)]
async fn a_token_ends_with_its_time_or_when_it_is_revoked() {
    let mut world = World::new().await;
    pass(&world, 3598).await;
    assert_eq!(world.get("/users").await.status, 200);
    pass(&world, 1).await;
    assert_eq!(world.get("/users").await.code(), "InvalidAuthenticationToken");
    world.sign_in().await;
    assert_eq!(world.get("/users").await.status, 200);
    world.tenant.revoke_tokens();
    assert_eq!(world.get("/users").await.status, 401);
    world.token = "made.up.token".into();
    assert_eq!(world.get("/users").await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn a_certificate_signs_for_this_endpoint_at_this_time() {
    let world = World::new().await;
    let (pem, other) = (make_certificate("gatehouse"), make_certificate("somebody else"));
    world.sim.app(APP).certificate(&pem);
    let endpoint = format!("https://login.sim.example/{TENANT}/oauth2/v2.0/token");
    let now = world.sim.options().clock.now().as_second();
    for (assertion, expected) in [
        (assertion(&pem, &endpoint, now + 600), 0),
        (assertion(&other, &endpoint, now + 600), 700027),
        (assertion(&pem, "https://elsewhere.example", now + 600), 700023),
        (assertion(&pem, &endpoint, now - 299), 0),
        (assertion(&pem, &endpoint, now - 300), 700024),
        (assertion(&pem, &endpoint, now + 600 + 300), 0),
        (assertion(&pem, &endpoint, now + 600 + 301), 700024),
    ] {
        let got = world.post_form(&format!("{TYPE}&client_assertion={assertion}")).await;
        assert_eq!(code(&got.body), expected, "{:?}", got.body);
    }
    // Another certificate's assertion does not pass under the registered one's thumbprint.
    let (good, bad) = (assertion(&pem, &endpoint, now + 600), assertion(&other, &endpoint, now + 600));
    let signed = good.rsplit_once('.').expect("three parts").0;
    let forged = format!("{signed}.{}", bad.rsplit_once('.').expect("three parts").1);
    assert_eq!(code(&world.post_form(&format!("{TYPE}&client_assertion={forged}")).await.body), 700027);
}

#[tokio::test(start_paused = true)]
async fn a_managed_identity_stands_in_for_a_secret_once_it_is_trusted() {
    let world = World::new().await;
    let (identity, principal, home) = (Uuid::from_u128(0x66), Uuid::from_u128(0x67), Uuid::from_u128(0x1111));
    world.sim.managed_identity(identity, principal, home);
    let url = format!("http://localhost/msi/token?resource=api%3A%2F%2FAzureADTokenExchange&client_id={identity}");
    let request = Request::get(url).header("x-identity-header", "h").body(Bytes::new()).expect("a request");
    let minted = got(world.sim.send(request, Duration::from_secs(9)).await.expect("an answer"));
    let assertion = minted.body["access_token"].as_str().expect("a token").to_owned();

    let credential = format!("{TYPE}&client_assertion={assertion}");
    assert_eq!(code(&world.post_form(&credential).await.body), 700213);
    world.sim.app(APP).federated(&format!("https://login.sim.example/{home}/v2.0"), &principal.to_string());
    assert_eq!(world.post_form(&credential).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn faults_reach_the_token_endpoint() {
    let world = World::new().await;
    world.sim.fault(Fault::new(
        "POST /*/oauth2/v2.0/token",
        When::Nth(1),
        What::Status(503, "temporarily_unavailable"),
    ));
    assert_eq!(world.post_form("client_secret=the+secret").await.status, 503);
    assert_eq!(world.post_form("client_secret=the+secret").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn the_published_key_is_the_one_that_signs_until_another_does() {
    let world = World::new().await;
    let ask = async |path: &str| {
        let request = Request::get(format!("https://login.sim.example/{TENANT}{path}")).body(Bytes::new());
        got(world.sim.send(request.expect("a request"), Duration::from_secs(9)).await.expect("an answer"))
    };
    let configuration = ask("/v2.0/.well-known/openid-configuration").await;
    let keys_at = format!("https://login.sim.example/{TENANT}/discovery/v2.0/keys");
    assert_eq!(configuration.body["jwks_uri"], keys_at);
    let is_signed = async |token: &str| {
        let keys = ask("/discovery/v2.0/keys").await;
        let key = serde_json::from_value(keys.body["keys"][0].clone()).expect("a key");
        let mut rules = jsonwebtoken::Validation::new(Algorithm::RS256);
        (rules.validate_exp, rules.validate_aud) = (false, false);
        jsonwebtoken::decode::<Value>(token, &jsonwebtoken::DecodingKey::from_jwk(&key).expect("an RSA key"), &rules)
            .is_ok()
    };
    let token = world.sim.sign_token(TENANT, &json!({ "aud": "api://x" }));
    assert!(is_signed(&token).await);
    world.sim.rotate_signing_key();
    assert!(!is_signed(&token).await);
    assert!(is_signed(&world.sim.sign_token(TENANT, &json!({}))).await);
    assert_eq!(world.sim.count(|request| request.route == Some("signing keys")), 3);
}

/// What the consent page does with a browser: the status, and where it sends it.
async fn consent_page(world: &World, query: &str) -> (u16, Option<String>) {
    let url = format!("https://login.sim.example/{TENANT}/v2.0/adminconsent?{query}");
    let request = Request::get(url).body(Bytes::new()).expect("a request");
    let got = got(world.sim.send(request, Duration::from_secs(9)).await.expect("an answer"));
    (got.status, got.header("location").map(str::to_owned))
}

#[tokio::test(start_paused = true)]
async fn the_consent_page_lets_the_app_in_or_says_why_not_and_always_that_an_administrator_consented() {
    let world = World::with(|options| options.consent_delay = Duration::from_secs(10)).await;
    let app = Uuid::from_u128(0x3333);
    world.sim.app(app).secret("s").redirect("https://gatehouse.example/c").requires(&["User.Read.All"]);
    let query = |redirect: &str| format!("client_id={app}&scope=x%2F.default&redirect_uri={redirect}&state=a%20b");
    let (status, to) = consent_page(&world, &query("https://elsewhere.example/c")).await;
    assert_eq!((status, to), (400, None), "an address that is not registered");

    world.tenant.administrator(Administrator::Declines);
    let (status, to) = consent_page(&world, &query("https://gatehouse.example/c")).await;
    let to = to.expect("an address");
    assert!(status == 302 && to.contains("error=consent_required") && to.contains("admin_consent=True"), "{to}");
    assert!(!to.contains("tenant=") && world.tenant.service_principal(app).is_none(), "{to}");

    world.tenant.administrator(Administrator::Accepts);
    let (_, to) = consent_page(&world, &query("https://gatehouse.example/c")).await;
    let wanted = format!("https://gatehouse.example/c?admin_consent=True&tenant={TENANT}&scope=x%2F.default&state=a+b");
    assert_eq!(to.as_deref(), Some(wanted.as_str()));
    let ask = || async {
        let form = format!("client_id={app}&grant_type=client_credentials&scope=x%2F.default&client_secret=s");
        let url = format!("https://login.sim.example/{TENANT}/oauth2/v2.0/token");
        let request = Request::post(url).body(Bytes::from(form)).expect("a request");
        got(world.sim.send(request, Duration::from_secs(9)).await.expect("an answer"))
    };
    pass(&world, 9).await;
    let early = ask().await;
    assert_eq!((early.status, code(&early.body)), (401, 7000229), "the consent has not spread yet");
    pass(&world, 1).await;
    assert_eq!(ask().await.status, 200);
}
