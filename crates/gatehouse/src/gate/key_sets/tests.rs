use super::*;
use async_trait::async_trait;
use cloud_sim::{Fault, Sim, SimOptions, What, When};
use http::Response;
use outside::{SeededRandom, TransportError, VirtualClock};
use serde_json::json;
use store::Memory;
use store::faulty::Faulty;
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(0x4444));
const LOGIN: &str = "https://login.sim.example";
const DAY: Duration = Duration::from_secs(24 * 3600);

struct Bench {
    clock: Arc<VirtualClock>,
    sim: Sim,
    documents: Arc<Faulty<Memory>>,
}

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(VirtualClock::new("2026-11-20T09:00:00Z".parse().unwrap()));
        let sim = Sim::new(SimOptions::new(1, clock.clone()));
        sim.tenant(TENANT.0, "northwind.onmicrosoft.com");
        Self { clock, sim, documents: Arc::new(Faulty::new(Memory::default())) }
    }

    /// What one process keeps.
    fn process(&self) -> KeySets {
        self.process_with(Arc::new(self.sim.clone()))
    }

    fn process_with(&self, transport: Arc<dyn Transport>) -> KeySets {
        let store = Store::new(self.documents.clone(), self.clock.clone(), Arc::new(SeededRandom::new(1)));
        KeySets::new(LOGIN.into(), transport, store, self.clock.clone())
    }

    fn fetches(&self) -> usize {
        self.sim.count(|request| request.route == Some("signing keys"))
    }

    fn entra_is_down(&self) {
        self.sim.fault(Fault::new("GET /**", When::Every, What::ResetBefore));
    }

    async fn pass(&self, time: Duration) {
        self.clock.sleep(time).await;
    }
}

fn wanted(kid: &str) -> Wanted {
    Wanted { tenant: TENANT, kid: kid.into() }
}

/// Whether the wanted key is to be had.
async fn has(sets: &KeySets, kid: &str) -> Result<bool, String> {
    sets.get(&wanted(kid)).await.map(|keys| keys.has(kid))
}

#[tokio::test(start_paused = true)]
async fn a_key_set_is_read_once_and_again_after_a_day() {
    let bench = Bench::new();
    let sets = bench.process();
    for _ in 0..50 {
        assert_eq!(has(&sets, "signing-key-1").await, Ok(true));
    }
    let (one, two) = tokio::join!(has(&sets, "signing-key-1"), has(&sets, "signing-key-1"));
    assert_eq!((one, two, bench.fetches()), (Ok(true), Ok(true), 1));
    bench.pass(DAY).await;
    assert_eq!((has(&sets, "signing-key-1").await, bench.fetches()), (Ok(true), 1));
    bench.pass(Duration::from_secs(1)).await;
    assert_eq!((has(&sets, "signing-key-1").await, bench.fetches()), (Ok(true), 2));
}

#[tokio::test(start_paused = true)]
async fn another_process_takes_it_from_the_store() {
    let bench = Bench::new();
    assert_eq!(has(&bench.process(), "signing-key-1").await, Ok(true));
    bench.entra_is_down();
    assert_eq!((has(&bench.process(), "signing-key-1").await, bench.fetches()), (Ok(true), 1));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_is_looked_for_once_a_minute_however_many_ask() {
    let bench = Bench::new();
    let sets = bench.process();
    assert_eq!(has(&sets, "signing-key-1").await, Ok(true));
    bench.pass(Duration::from_secs(60)).await;
    bench.sim.rotate_signing_key();
    assert_eq!((has(&sets, "signing-key-2").await, bench.fetches()), (Ok(true), 2));
    assert_eq!(has(&sets, "signing-key-1").await, Ok(false), "it is published no more");
    for second in 0..600 {
        assert_eq!(has(&sets, &format!("made-up-{second}")).await, Ok(false));
        bench.pass(Duration::from_secs(1)).await;
    }
    assert_eq!(bench.fetches(), 2 + 9, "ten minutes, of which the first began with a fetch");
}

#[tokio::test(start_paused = true)]
async fn while_entra_is_down_the_last_key_set_is_used_for_a_week_and_nobody_asks_more_than_once_a_minute() {
    let bench = Bench::new();
    assert_eq!(has(&bench.process(), "signing-key-1").await, Ok(true));
    bench.entra_is_down();
    bench.pass(DAY * 7).await;
    let sets = bench.process();
    let asked = bench.sim.requests().len();
    for _ in 0..50 {
        assert_eq!(has(&sets, "signing-key-1").await, Ok(true));
    }
    let why = has(&sets, "made-up").await.unwrap_err();
    assert!(why.contains("reset"), "nobody can say that it is not published: {why}");
    assert_eq!(bench.sim.requests().len(), asked + 1);
    bench.pass(Duration::from_secs(1)).await;
    let why = has(&sets, "signing-key-1").await.unwrap_err();
    assert!(why.contains(&TENANT.to_string()) && why.contains("reset"), "{why}");
    assert!(has(&bench.process(), "signing-key-1").await.is_err(), "nor does the store help");

    bench.sim.clear_faults();
    assert!(has(&sets, "signing-key-1").await.is_err(), "not before the minute is over");
    bench.pass(Duration::from_secs(60)).await;
    assert_eq!(has(&sets, "signing-key-1").await, Ok(true));
}

/// What is refused for good does not come again, and an alert must: Azure Monitor repeats after 503, and not after 401.
#[tokio::test(start_paused = true)]
async fn a_key_that_was_rolled_while_entra_is_out_of_reach_is_not_called_wrong() {
    for cold in [false, true] {
        let bench = Bench::new();
        let warm = bench.process();
        assert_eq!(has(&warm, "signing-key-1").await, Ok(true));
        bench.pass(Duration::from_secs(60)).await;
        bench.sim.rotate_signing_key();
        bench.entra_is_down();
        let sets = if cold { bench.process() } else { warm };
        for second in 0..60 {
            assert!(has(&sets, "signing-key-2").await.is_err(), "cold: {cold}, after {second} s");
            bench.pass(Duration::from_secs(1)).await;
        }
        bench.sim.clear_faults();
        assert_eq!(has(&sets, "signing-key-2").await, Ok(true), "cold: {cold}");
        assert_eq!(has(&sets, "made-up").await, Ok(false), "it was just looked for");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_key_set_does_not_take_the_place_of_the_last_good_one() {
    for what in [What::Status(500, "x"), What::HtmlGateway, What::CutJson, What::ErrorBody, What::Slow(DAY)] {
        let bench = Bench::new();
        let sets = bench.process();
        assert_eq!(has(&sets, "signing-key-1").await, Ok(true));
        bench.sim.fault(Fault::new("GET /**", When::Every, what));
        bench.pass(DAY + Duration::from_secs(1)).await;
        assert_eq!(has(&sets, "signing-key-1").await, Ok(true), "{what:?}");
        assert_eq!(has(&bench.process(), "signing-key-1").await, Ok(true), "{what:?}");
        assert!(
            has(&Bench { documents: Arc::new(Faulty::new(Memory::default())), ..bench }.process(), "signing-key-1")
                .await
                .is_err()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn while_somebody_waits_for_an_unknown_key_nobody_waits_for_a_known_one() {
    let bench = Bench::new();
    let sets = bench.process();
    assert_eq!(has(&sets, "signing-key-1").await, Ok(true));
    bench.pass(DAY * 2).await;
    bench.sim.fault(Fault::new("GET /**", When::Every, What::Slow(DAY)));
    let start = bench.clock.monotonic();
    let slow = has(&sets, "made-up");
    let quick = async {
        tokio::task::yield_now().await;
        (has(&sets, "signing-key-1").await, bench.clock.monotonic() - start)
    };
    let (slow, (quick, took)) = tokio::join!(slow, quick);
    assert!(slow.is_err(), "it may be published: {slow:?}");
    assert_eq!((quick, took), (Ok(true), Duration::ZERO));
    assert_eq!(bench.clock.monotonic() - start, FETCH_TIMEOUT, "and nobody waits for ever");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_down_keeps_nobody_out() {
    let bench = Bench::new();
    bench.documents.kill_after(0);
    assert_eq!(has(&bench.process(), "signing-key-1").await, Ok(true));
}

#[tokio::test(start_paused = true)]
async fn the_keys_of_another_cloud_are_not_taken_from_the_store() {
    let bench = Bench::new();
    assert_eq!(has(&bench.process(), "signing-key-1").await, Ok(true));
    bench.entra_is_down();
    let elsewhere = KeySets { login: "https://login.other.example".into(), ..bench.process() };
    assert!(has(&elsewhere, "signing-key-1").await.is_err());
}

/// A login service with another configuration document; the rest is the simulator's.
struct Renamed(Sim, String);

#[async_trait]
impl Transport for Renamed {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        if request.uri().path().ends_with("/openid-configuration") {
            return Ok(Response::new(Bytes::from(self.1.clone())));
        }
        if request.uri().host() != Some("login.sim.example") || request.uri().path().contains("/elsewhere/") {
            panic!("{} must not be asked", request.uri());
        }
        self.0.send(request, timeout).await
    }
}

#[tokio::test(start_paused = true)]
async fn keys_are_read_from_the_login_service_alone_whatever_it_names() {
    let own = |host: &str| json!({ "jwks_uri": format!("{host}/{TENANT}/discovery/v2.0/keys") }).to_string();
    for configuration in [
        own(LOGIN),
        own("https://evil.example"),
        own("https://login.sim.example.evil.example"),
        own("https://login.sim.example:8443"),
        own("https://login.sim.example@evil.example"),
        own("http://login.sim.example"),
        own("file://"),
        own(""),
        json!({ "jwks_uri": 7 }).to_string(),
        "<html>".to_owned(),
        String::new(),
    ] {
        let bench = Bench::new();
        let sets = bench.process_with(Arc::new(Renamed(bench.sim.clone(), configuration.clone())));
        assert_eq!(has(&sets, "signing-key-1").await, Ok(true), "{configuration}");
    }
}
