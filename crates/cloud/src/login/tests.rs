//! Signing in, against scripted answers of the login service.

use crate::endpoints::Api;
use crate::graph::{Answer, Ask};
use crate::testing::{APP, OTHER_TENANT, SECRET, Say, Seen, TENANT, World, error, sample};
use crate::{CertificateError, CertificateKey, Credential, Endpoints, Error, FurtherApp, Kind, SecretText};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use outside::{Clock, TransportError};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

fn organizations(count: usize) -> Vec<Say> {
    vec![Say::Json(200, json!({ "value": [{ "id": TENANT }] })); count]
}

async fn ask(world: &World) -> Result<Answer, Error> {
    world.graph.reader(TENANT).ask(vec![Ask::Organization]).await.remove(0)
}

fn logins(world: &World) -> Vec<Seen> {
    world.service.logged_in.lock().unwrap().clone()
}

fn fields(seen: &Seen) -> HashMap<String, String> {
    url::form_urlencoded::parse(seen.text.as_bytes()).into_owned().collect()
}

fn refused(status: u16, error: &str, code: u64) -> Say {
    let description = format!("AADSTS{code}: Something about it. Trace ID: 1 Correlation ID: 2");
    Say::Json(status, json!({ "error": error, "error_codes": [code], "error_description": description }))
}

#[tokio::test(start_paused = true)]
async fn many_questions_at_once_sign_in_once() {
    let world = World::new(organizations(9));
    let answers = futures::future::join_all((0..9).map(|_| ask(&world))).await;
    assert!(answers.iter().all(Result::is_ok));
    let logins = logins(&world);
    assert_eq!(logins.len(), 1);
    assert_eq!(logins[0].uri, format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"));
    let fields = fields(&logins[0]);
    assert_eq!(fields["client_id"], APP.to_string());
    assert_eq!(fields["client_secret"], SECRET);
    assert_eq!(fields["grant_type"], "client_credentials");
    assert_eq!(fields["scope"], "https://graph.microsoft.com/.default");
    assert_eq!(world.service.seen()[0].header("authorization"), "Bearer tok.en.1");
}

#[test]
fn each_cloud_has_its_own_addresses_and_each_api_is_asked_for_by_its_audience() {
    let custom = Endpoints::custom("https://l.example/", "https://g.example/");
    let elsewhere = custom.clone().resource_manager_at("https://m.example/").log_analytics_at("https://q.example/");
    let table = [
        (Endpoints::public(), "api.loganalytics.azure.com", "api.loganalytics.io", "management.azure.com"),
        (Endpoints::us_government(), "api.loganalytics.us", "api.loganalytics.us", "management.usgovcloudapi.net"),
        (Endpoints::china(), "api.loganalytics.azure.cn", "api.loganalytics.azure.cn", "management.chinacloudapi.cn"),
        (custom, "api.loganalytics.azure.com", "api.loganalytics.io", "management.azure.com"),
        (elsewhere, "q.example", "q.example", "m.example"),
    ];
    for (endpoints, logs, audience, management) in table {
        assert_eq!(endpoints.base(Api::LogAnalytics), format!("https://{logs}"));
        assert_eq!(endpoints.scope(Api::LogAnalytics), format!("https://{audience}/.default"));
        assert_eq!(endpoints.base(Api::ResourceManager), format!("https://{management}"));
        assert_eq!(endpoints.scope(Api::ResourceManager), format!("https://{management}/.default"));
        assert_eq!(endpoints.scope(Api::Graph), format!("{}/.default", endpoints.graph));
    }
}

#[tokio::test(start_paused = true)]
async fn each_api_has_a_token_of_its_own_and_all_are_forgotten_together() {
    let world = World::new(vec![Say::Json(200, json!({ "value": [{ "id": TENANT }] })); 6]);
    let both = async || {
        ask(&world).await.unwrap();
        world.graph.arm(TENANT).list("/subscriptions?api-version=2022-12-01").await.unwrap();
    };
    both().await;
    both().await;
    world.graph.forget_token(TENANT);
    both().await;
    let scopes: Vec<_> = logins(&world).iter().map(|login| fields(login)["scope"].clone()).collect();
    let (graph, management) = ("https://graph.microsoft.com/.default", "https://management.azure.com/.default");
    assert_eq!(scopes, [graph, management, graph, management]);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_used_until_five_minutes_before_its_end() {
    let world = World::new(organizations(3));
    ask(&world).await.unwrap();
    world.clock.sleep(Duration::from_secs(3_299)).await;
    ask(&world).await.unwrap();
    assert_eq!(logins(&world).len(), 1);
    world.clock.sleep(Duration::from_secs(1)).await;
    ask(&world).await.unwrap();
    assert_eq!(logins(&world).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_token_is_not_used_again() {
    let world = World::new(organizations(2));
    ask(&world).await.unwrap();
    world.graph.forget_token(TENANT);
    ask(&world).await.unwrap();
    assert_eq!(logins(&world).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_throws_away_only_a_token_that_is_not_fresh() {
    let denied = || error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
    let world = World::new(vec![denied(), denied(), denied()]);
    ask(&world).await.unwrap_err();
    world.clock.sleep(Duration::from_secs(300)).await;
    ask(&world).await.unwrap_err();
    assert_eq!(logins(&world).len(), 1);
    let failed = ask(&world).await.unwrap_err();
    assert_eq!(logins(&world).len(), 2);
    assert_eq!(failed.kind, Kind::Forbidden { permission: "Organization.Read.All" });
    assert!(failed.to_string().contains("needs the application permission Organization.Read.All"), "{failed}");
}

#[tokio::test(start_paused = true)]
async fn refusals_are_sorted_by_who_has_to_act() {
    let table = [
        (refused(400, "unauthorized_client", 700_016), Kind::NoConsent),
        (refused(401, "invalid_client", 7_000_229), Kind::NoConsent),
        (refused(400, "unauthorized_client", 7_000_112), Kind::NoConsent),
        (refused(400, "invalid_request", 90_002), Kind::NoSuchTenant),
        (refused(400, "invalid_grant", 5_000_225), Kind::TenantClosed),
        (refused(400, "invalid_grant", 5_000_224), Kind::TenantClosed),
        (refused(401, "invalid_client", 500_014), Kind::TenantClosed),
        (refused(400, "invalid_grant", 53_003), Kind::TenantClosed),
        (refused(401, "invalid_client", 7_000_222), Kind::BadCredential),
        (refused(401, "invalid_client", 700_213), Kind::BadCredential),
        (Say::Json(401, sample!("token-401-bad-secret")), Kind::BadCredential),
        (refused(400, "invalid_scope", 70_011), Kind::Refused),
        (Say::Text(400, "<html>"), Kind::Garbled),
        (Say::Json(200, json!({ "access_token": "x" })), Kind::Garbled),
    ];
    for (say, wanted) in table {
        let world = World::new(vec![]);
        world.service.logins(vec![say]);
        let failed = ask(&world).await.unwrap_err();
        assert_eq!(failed.kind, wanted, "{failed}");
        assert_eq!(logins(&world).len(), 1, "{failed}");
        assert!(!failed.message.contains("Trace ID") && !failed.transient(), "{failed}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unwell_login_service_is_asked_again() {
    let unwell = [
        refused(400, "temporarily_unavailable", 90_033),
        Say::Text(503, "<html>"),
        Say::Fail(TransportError::NeverSent("no route".to_owned())),
        Say::Fail(TransportError::TimedOut(Duration::from_secs(10))),
    ];
    for say in unwell {
        let world = World::new(organizations(1));
        world.service.logins(vec![say; 4]);
        ask(&world).await.unwrap();
        assert_eq!(logins(&world).len(), 5);
    }
    let world = World::new(vec![]);
    world.service.logins(vec![Say::Text(503, ""); 5]);
    assert_eq!(ask(&world).await.unwrap_err().kind, Kind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_token_for_another_tenant_is_not_used() {
    let claims = URL_SAFE_NO_PAD.encode(json!({ "tid": OTHER_TENANT }).to_string());
    let world = World::new(vec![]);
    let token = format!("e30.{claims}.sig");
    world.service.logins(vec![Say::Json(200, json!({ "access_token": token, "expires_in": 3599 }))]);
    assert_eq!(ask(&world).await.unwrap_err().kind, Kind::WrongTenant);

    // One that says nothing about its tenant is Graph's to judge.
    let world = World::new(organizations(1));
    world.service.logins(vec![Say::Json(200, sample!("token-200"))]);
    ask(&world).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_error_and_no_debug_output_shows_a_secret() {
    let world = World::new(vec![]);
    let description = format!("AADSTS7000215: Invalid client secret {SECRET} provided.");
    let body = json!({ "error": "invalid_client", "error_codes": [7_000_215], "error_description": description });
    world.service.logins(vec![Say::Json(401, body)]);
    let failed = ask(&world).await.unwrap_err();
    let credential = Credential::Secret(SecretText::new(SECRET));
    let shown = format!("{failed} {failed:?} {credential:?} {:?} {}", SecretText::new(SECRET), SecretText::new(SECRET));
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(failed.message.contains("Invalid client secret … provided"));
}

/// A new certificate with its key in one PEM, and the public key alone.
fn certificate() -> (String, String, Vec<u8>) {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["gatehouse".to_owned()]).unwrap().self_signed(&key).unwrap();
    let pem = format!("{}{}", certificate.pem(), key.serialize_pem());
    (pem, key.public_key_pem(), certificate.der().to_vec())
}

#[tokio::test(start_paused = true)]
async fn a_certificate_signs_an_assertion_that_its_public_key_verifies() {
    let (pem, public, der) = certificate();
    let world =
        World::with(organizations(1), Credential::Certificate(Box::new(CertificateKey::from_pem(&pem).unwrap())));
    // Fault with the time of the assertion is answered by a new one, once.
    world.service.logins(vec![refused(401, "invalid_client", 700_024)]);
    ask(&world).await.unwrap();
    let logins = logins(&world);
    let sent: Vec<_> = logins.iter().map(fields).collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0]["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

    let endpoint = format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token");
    let mut validation = Validation::new(Algorithm::PS256);
    validation.set_audience(&[&endpoint]);
    // The test's clock is not the machine's.
    validation.validate_exp = false;
    let key = DecodingKey::from_rsa_pem(public.as_bytes()).unwrap();
    let read = |at: usize| jsonwebtoken::decode::<Value>(&sent[at]["client_assertion"], &key, &validation).unwrap();
    let (first, second) = (read(0), read(1));
    assert_eq!(first.header.x5t_s256, Some(URL_SAFE_NO_PAD.encode(Sha256::digest(der))));
    assert_eq!((&first.claims["iss"], &first.claims["sub"]), (&json!(APP), &json!(APP)));
    let start = world.clock.now().as_second();
    assert_eq!((first.claims["nbf"].as_i64(), first.claims["exp"].as_i64()), (Some(start), Some(start + 300)));
    assert_ne!(first.claims["jti"], second.claims["jti"]);

    let refused = World::with(vec![], Credential::Certificate(Box::new(CertificateKey::from_pem(&pem).unwrap())));
    refused.service.logins(vec![self::refused(401, "invalid_client", 700_024); 2]);
    assert_eq!(ask(&refused).await.unwrap_err().kind, Kind::BadCredential);
}

#[tokio::test(start_paused = true)]
async fn without_a_credential_nothing_is_sent_and_nothing_is_said_of_the_tenant() {
    let world = World::with(organizations(1), Credential::Missing("there is no identity here".into()));
    let error = ask(&world).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.transient(), world.service.seen().len()), (Kind::NoCredential, true, 0));
    let text = error.to_string();
    assert!(text.contains("there is no identity here; nothing was sent"), "{text}");
}

#[test]
fn a_pem_without_certificate_or_usable_key_is_refused_without_being_quoted() {
    let (pem, _, _) = certificate();
    let split = pem.find("-----BEGIN PRIVATE KEY-----").unwrap();
    let elliptic = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let table = [
        (pem[split..].to_owned(), CertificateError::NoCertificate),
        (pem[..split].to_owned(), CertificateError::NoKey),
        (pem.replacen("\nMII", "\n*II", 1), CertificateError::CertificateEncoding),
        (format!("{}{elliptic}", &pem[..split]), CertificateError::Key),
    ];
    for (pem, wanted) in table {
        assert_eq!(CertificateKey::from_pem(&pem).unwrap_err(), wanted);
    }
    let key = CertificateKey::from_pem(&pem).unwrap();
    assert_eq!(format!("{key:?}"), format!("CertificateKey({})", key.thumbprint()));
}

#[tokio::test(start_paused = true)]
async fn a_managed_identity_asks_the_platform_once_and_sends_its_token_as_assertion() {
    let world = World::new(vec![]);
    let local = world.service.clone();
    let credential = Credential::ManagedIdentity {
        client_id: "the identity".to_owned(),
        identity_endpoint: "http://127.0.0.1:41/msi/token".to_owned(),
        identity_header: SecretText::new(SECRET),
        local: local.clone(),
    };
    let other = Say::Json(200, json!({ "value": [{ "id": OTHER_TENANT }] }));
    let world = World::with(organizations(1).into_iter().chain([other]).collect(), credential);
    local.logins(vec![Say::Json(200, json!({ "access_token": "of the platform" }))]);
    ask(&world).await.unwrap();
    world.graph.reader(OTHER_TENANT).ask(vec![Ask::Organization]).await.remove(0).unwrap();
    let platform = local.logged_in.lock().unwrap().clone();
    assert_eq!(platform.len(), 1);
    let query = "resource=api%3A%2F%2FAzureADTokenExchange&api-version=2019-08-01&client_id=the+identity";
    assert_eq!(platform[0].uri, format!("http://127.0.0.1:41/msi/token?{query}"));
    assert_eq!(platform[0].header("x-identity-header"), SECRET);
    for login in logins(&world) {
        assert_eq!(fields(&login)["client_assertion"], "of the platform");
    }

    local.logins(vec![Say::Json(400, json!({}))]);
    world.clock.sleep(Duration::from_secs(60)).await;
    let third = world.graph.reader(Uuid::from_u128(3)).ask(vec![Ask::Organization]).await.remove(0);
    assert_eq!(third.unwrap_err().kind, Kind::BadCredential);
}

#[tokio::test(start_paused = true)]
async fn each_tenant_is_signed_in_to_as_the_app_that_it_consented_to() {
    let other = Uuid::from_u128(0xB);
    let further = FurtherApp {
        app: other,
        credential: Credential::Secret(SecretText::new("of the other")),
        tenants: [OTHER_TENANT].into(),
    };
    let answer = |tenant: Uuid| Say::Json(200, json!({ "value": [{ "id": tenant }] }));
    let own = || Say::Json(200, json!({ "id": Uuid::from_u128(0x5) }));
    let script = vec![answer(TENANT), answer(OTHER_TENANT), own(), own()];
    let world = World::with_apps(script, Credential::Secret(SecretText::new(SECRET)), vec![further]);
    for tenant in [TENANT, OTHER_TENANT] {
        world.graph.reader(tenant).ask(vec![Ask::Organization]).await.remove(0).unwrap();
    }
    let sent: Vec<_> = logins(&world).iter().map(fields).collect();
    let sent: Vec<_> = sent.iter().map(|one| (one["client_id"].clone(), one["client_secret"].as_str())).collect();
    assert_eq!(sent, [(APP.to_string(), SECRET), (other.to_string(), "of the other")]);
    for (tenant, app) in [(TENANT, APP), (OTHER_TENANT, other)] {
        assert_eq!(world.graph.app(tenant), app);
        assert!(world.graph.consent_url(tenant).ends_with(&format!("/{tenant}/adminconsent?client_id={app}")));
        world.graph.reader(tenant).ask(vec![Ask::OwnServicePrincipal]).await.remove(0).unwrap();
        let asked = world.service.seen().pop().unwrap();
        assert!(asked.uri.contains(&format!("/servicePrincipals(appId='{app}')")), "{}", asked.uri);
    }
}
