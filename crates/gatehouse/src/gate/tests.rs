use super::*;
use callers::{Auth, ResolvedCaller, Secret};
use outside::{PlainLocal, SeededRandom};
use std::collections::BTreeSet;
use store::{Memory, Store};

/// What was logged, to look at.
#[derive(Clone, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Whatever a stranger tries, the answer is the same, and neither it nor the log holds what was sent or what is secret.
#[tokio::test(start_paused = true)]
async fn wrong_callers_of_every_scheme_learn_nothing_and_no_credential_reaches_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    let _logging = tracing::subscriber::set_default(subscriber.finish());
    let clock: Arc<dyn Clock> = Arc::new(outside::VirtualClock::new("2026-11-20T09:00:00Z".parse().unwrap()));
    let sim = cloud_sim::Sim::new(cloud_sim::SimOptions::new(1, clock.clone()));
    sim.tenant(TENANT, "northwind.onmicrosoft.com");
    let secret = |text: &str| vec![Secret::new(text)];
    let schemes = [
        Auth::ApiKey(secret("canary-key")),
        Auth::Basic(secret("canary-user:canary-password")),
        Auth::StandardWebhooks(secret("whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LWNhbmFyeQ==")),
        Auth::HubSignature(secret("canary-hub")),
        Auth::Zendesk(secret("canary-zendesk")),
        Auth::ConnectWise(secret("canary-connectwise")),
        Auth::Autotask(secret("canary-autotask")),
        Auth::Entra(rule()),
    ];
    let callers = schemes.into_iter().enumerate().map(|(number, auth)| {
        (format!("caller-{number}"), ResolvedCaller { auth, may: [May::Release].into(), customers: None })
    });
    let store = Store::new(Arc::new(Memory::default()), clock.clone(), Arc::new(SeededRandom::new(1)));
    let key_sets = KeySets::new("https://login.sim.example".into(), Arc::new(sim.clone()), store, clock.clone());
    let (callers, unusable) = Callers::new(callers.collect());
    assert_eq!(unusable, []);
    let gate = Configured { callers, customers: Vec::new(), clock, key_sets };
    let token = sim.sign_token(TENANT, &serde_json::json!({ "aud": "api://other", "azp": APP, "oid": APP }));
    let forged = format!("{}AAAA", &token[..token.len() - 4]);
    for (name, value) in [
        ("accept", "*/*"),
        ("authorization", "Bearer canary-wrong"),
        ("authorization", &format!("Bearer {token}")),
        ("authorization", &format!("Bearer {forged}")),
        ("authorization", "Basic Y2FuYXJ5LXVzZXI6d3Jvbmc="),
        ("x-api-key", "canary-wrong"),
        ("webhook-signature", "v1,Y2FuYXJ5LXdyb25n"),
        ("x-hub-signature", "sha256=canary-wrong"),
        ("x-hook-signature", "sha1=canary-wrong"),
        ("x-content-signature", "canary-wrong"),
        ("x-zendesk-webhook-signature", "canary-wrong"),
    ] {
        let request = http::Request::post("/api/v1/plans/x/release").header(name, value);
        let found = gate.identify(&request.body(()).unwrap().into_parts().0, b"canary-body").await;
        assert_eq!(found, Err(Denied::Wrong), "{name}: {value}");
    }
    tracing::info!("logged");
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("logged"));
    let printed = format!("{log}{:?}", gate.callers);
    for canary in ["canary", "Y2FuYXJ5", &token[..20], token.rsplit('.').next().unwrap()] {
        assert!(!printed.contains(canary), "{canary} in {printed}");
    }
}

fn gate(customers: Option<&[&str]>) -> Configured {
    let caller = ResolvedCaller {
        auth: Auth::ApiKey(vec![Secret::new("a-key-of-thirty-two-characters-00")]),
        may: [May::Read, May::Release].into(),
        customers: customers.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
    };
    let (callers, unusable) = Callers::new([("ops".to_owned(), caller)].into());
    assert_eq!(unusable, []);
    let customers = vec!["contoso".to_owned(), "fabrikam".to_owned()];
    let clock: Arc<dyn Clock> = Arc::new(outside::SystemClock::new());
    let store = Store::new(Arc::new(Memory::default()), clock.clone(), Arc::new(SeededRandom::new(1)));
    let key_sets = KeySets::new("https://login.example".into(), Arc::new(PlainLocal::default()), store, clock.clone());
    Configured { callers, customers, clock, key_sets }
}

async fn identify(gate: &Configured, key: &str) -> Result<Known, Denied> {
    let request = http::Request::get("/api/v1/plans").header("authorization", format!("Bearer {key}"));
    gate.identify(&request.body(()).unwrap().into_parts().0, b"").await
}

#[tokio::test]
async fn a_caller_has_its_rights_and_its_customers() {
    let check = async |customers: Option<&[&str]>, seen: Option<&[&str]>| {
        let known = identify(&gate(customers), "a-key-of-thirty-two-characters-00").await.unwrap();
        assert_eq!((known.name.as_str(), known.person.as_deref()), ("ops", None));
        assert_eq!(known.may, [May::Read, May::Release].into());
        let seen = seen.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>());
        assert_eq!(known.customers, seen);
    };
    check(None, None).await;
    check(Some(&["contoso"]), Some(&["contoso"])).await;
    // Limited to all that there are is still limited: a plan of a customer that is gone is not for this caller.
    check(Some(&["contoso", "fabrikam"]), Some(&["contoso", "fabrikam"])).await;
    check(Some(&["gone"]), Some(&[])).await;
}

#[tokio::test]
async fn a_wrong_key_is_a_wrong_caller() {
    assert_eq!(identify(&gate(None), "a-key-of-thirty-two-characters-01").await, Err(Denied::Wrong));
}

const TENANT: uuid::Uuid = uuid::Uuid::from_u128(0x4444);
const APP: &str = "66666666-6666-4666-8666-666666666666";
const ANA: &str = "77777777-7777-4777-8777-777777777777";

fn rule() -> callers::Entra {
    callers::Entra {
        tenant_id: access::ids::TenantId(TENANT),
        audience: "api://gatehouse".into(),
        app_id: Some(APP.parse().unwrap()),
        role: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_of_entra_is_let_in_and_brings_its_person() {
    let clock: Arc<dyn Clock> = Arc::new(outside::VirtualClock::new("2026-11-20T09:00:00Z".parse().unwrap()));
    let sim = cloud_sim::Sim::new(cloud_sim::SimOptions::new(1, clock.clone()));
    sim.tenant(TENANT, "northwind.onmicrosoft.com");
    let caller = ResolvedCaller { auth: Auth::Entra(rule()), may: [May::Release].into(), customers: None };
    let store = Store::new(Arc::new(Memory::default()), clock.clone(), Arc::new(SeededRandom::new(1)));
    let key_sets = KeySets::new("https://login.sim.example".into(), Arc::new(sim.clone()), store, clock.clone());
    let (callers, _) = Callers::new([("portal".to_owned(), caller)].into());
    let gate = Configured { callers, customers: Vec::new(), clock, key_sets };

    let machine = sim.sign_token(TENANT, &serde_json::json!({ "aud": "api://gatehouse", "azp": APP, "oid": APP }));
    let known = identify(&gate, &machine).await.unwrap();
    assert_eq!((known.name.as_str(), known.person, known.account, known.delivery), ("portal", None, None, None));

    let claims = serde_json::json!({
        "aud": "api://gatehouse", "azp": APP, "oid": ANA, "scp": "Plans.Release", "preferred_username": "ana@northwind.example"
    });
    let known = identify(&gate, &sim.sign_token(TENANT, &claims)).await.unwrap();
    assert_eq!(known.person.as_deref(), Some("ana@northwind.example"));
    assert_eq!(known.account, Some((access::ids::TenantId(TENANT), ANA.parse().unwrap())));

    let elsewhere = serde_json::json!({ "aud": "api://other", "azp": APP, "oid": APP });
    assert_eq!(identify(&gate, &sim.sign_token(TENANT, &elsewhere)).await, Err(Denied::Wrong));
}

/// A gate for a customer whose file has this webhook; the simulated login answers for the customer's tenant, or nobody does.
fn gate_of_webhook(sim: Option<&cloud_sim::Sim>, webhook: &str) -> Configured {
    let program = r#"
[partner]
name = "Northwind"
tenant_id = "11111111-1111-4111-8111-111111111111"
[app]
client_id = "22222222-2222-4222-8222-222222222222"
credential = { client_secret = "env:CLIENT_SECRET" }
[channels.duty]
pagerduty = "env:PD"
[[escalation]]
channels = ["duty"]
[callers.ops]
auth = { api_key = "env:OPS" }
may = ["operate", "read"]
"#;
    let customer = format!("tenant_id = \"{}\"\ndomains = []\n", access::ids::TenantId(TENANT));
    let contoso = format!("{customer}[break_glass.webhook]\n{webhook}");
    let fabrikam = "tenant_id = \"55555555-5555-4555-8555-555555555555\"\ndomains = []\n";
    let files =
        [("gatehouse.toml", program), ("customers/contoso.toml", &contoso), ("customers/fabrikam.toml", fabrikam)];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    let loaded = access::config::load(&access::config::Folder { files }, jiff::civil::date(2026, 11, 20));
    assert!(!loaded.has_errors(), "{:?}", loaded.problems);
    let config = loaded.config.unwrap();
    // A secret's value is its reference.
    let read = |secret: &access::config::SecretRef| Ok::<_, String>(Secret::new(format!("{secret:?}-of-some-length")));
    let resolved = config.callers.iter().map(|(name, caller)| (name.clone(), callers::resolve(caller, read).unwrap()));
    let (callers, unusable) = Callers::new(resolved.collect());
    assert_eq!(unusable, []);
    let clock: Arc<dyn Clock> = Arc::new(outside::VirtualClock::new("2026-11-20T09:00:00Z".parse().unwrap()));
    let store = Store::new(Arc::new(Memory::default()), clock.clone(), Arc::new(SeededRandom::new(1)));
    let transport: Arc<dyn outside::Transport> = match sim {
        Some(sim) => Arc::new(sim.clone()),
        None => Arc::new(PlainLocal::default()),
    };
    let key_sets = KeySets::new("https://login.sim.example".into(), transport, store, clock.clone());
    Configured::new(callers, &config, clock, key_sets)
}

#[tokio::test(start_paused = true)]
async fn a_customers_action_group_is_let_in_for_that_customers_alerts_by_token_key_or_both() {
    let clock: Arc<dyn Clock> = Arc::new(outside::VirtualClock::new("2026-11-20T09:00:00Z".parse().unwrap()));
    let sim = cloud_sim::Sim::new(cloud_sim::SimOptions::new(1, clock));
    sim.tenant(TENANT, "contoso.onmicrosoft.com");
    let token = |audience: &str| {
        let claims = serde_json::json!({
            "aud": audience, "azp": "461e8683-5575-4561-ac7f-899cc907d62a", "oid": APP, "roles": ["ActionGroupsSecureWebhook"]
        });
        sim.sign_token(TENANT, &claims)
    };
    let (right, wrong) = (token("api://alerts"), token("api://other"));
    let gate = gate_of_webhook(Some(&sim), "audience = \"api://alerts\"\nkey = \"env:KEY\"");
    let away = gate_of_webhook(None, "audience = \"api://alerts\"\nkey = \"env:KEY\"");
    let key = url_key();
    let call = async |gate: &Configured, query: &str, token: &str| {
        let request = http::Request::post(format!("/api/v1/alerts/contoso{query}"));
        let request = request.header("authorization", format!("Bearer {token}"));
        gate.identify(&request.body(()).unwrap().into_parts().0, b"{}").await.map(|known| {
            assert_eq!((&known.may, &known.person), (&[May::Alert].into(), &None));
            assert_eq!(known.customers, Some(["contoso".to_owned()].into()));
            known.name
        })
    };
    assert_eq!(call(&gate, "", &right).await.as_deref(), Ok("alerts.contoso"));
    assert_eq!(call(&gate, &key, &right).await.as_deref(), Ok("alerts.contoso"));
    assert_eq!(call(&gate, &key, &wrong).await.as_deref(), Ok("alerts.contoso.key"));
    assert_eq!(call(&gate, &key, "none").await.as_deref(), Ok("alerts.contoso.key"));
    assert_eq!(call(&gate, "?code=wrong", &wrong).await, Err(Denied::Wrong));
    assert_eq!(call(&gate, "", &wrong).await, Err(Denied::Wrong));
    // Nobody can look at a token now: the sender is to come again, and a key still counts.
    assert!(matches!(call(&away, "", &right).await, Err(Denied::Unavailable(_))));
    assert_eq!(call(&away, &key, &right).await.as_deref(), Ok("alerts.contoso.key"));
    assert!(matches!(call(&away, "?code=wrong", &right).await, Err(Denied::Unavailable(_))));
}

#[tokio::test(start_paused = true)]
async fn an_action_group_whose_key_was_rolled_while_entra_is_out_of_reach_is_to_come_again() {
    let clock: Arc<dyn Clock> = Arc::new(outside::VirtualClock::new("2026-11-20T09:00:00Z".parse().unwrap()));
    let sim = cloud_sim::Sim::new(cloud_sim::SimOptions::new(1, clock));
    sim.tenant(TENANT, "contoso.onmicrosoft.com");
    let gate = gate_of_webhook(Some(&sim), "audience = \"api://alerts\"");
    let call = async || {
        let claims = serde_json::json!({
            "aud": "api://alerts", "azp": "461e8683-5575-4561-ac7f-899cc907d62a", "oid": APP, "roles": ["ActionGroupsSecureWebhook"]
        });
        let token = sim.sign_token(TENANT, &claims);
        let request = http::Request::post("/api/v1/alerts/contoso").header("authorization", format!("Bearer {token}"));
        let known = gate.identify(&request.body(()).unwrap().into_parts().0, b"{}").await;
        known.map(|known| known.name)
    };
    assert_eq!(call().await.as_deref(), Ok("alerts.contoso"));
    gate.clock.sleep(std::time::Duration::from_secs(60)).await;
    sim.rotate_signing_key();
    sim.fault(cloud_sim::Fault::new("GET /**", cloud_sim::When::Every, cloud_sim::What::ResetBefore));
    for _ in 0..2 {
        assert!(matches!(call().await, Err(Denied::Unavailable(_))), "{:?}", call().await);
    }
    sim.clear_faults();
    gate.clock.sleep(std::time::Duration::from_secs(60)).await;
    assert_eq!(call().await.as_deref(), Ok("alerts.contoso"));
}

/// How an address ends that carries the customer's key.
fn url_key() -> String {
    let reference = access::config::SecretRef::Env("KEY".into());
    let text = format!("{reference:?}-of-some-length");
    format!("?code={}", text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>())
}
