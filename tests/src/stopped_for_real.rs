//! Real processes on one folder, stopped by a signal in the middle of a run, taken over by another, and continued.
//!
//! The operating system's clocks go on meanwhile, so this takes half a minute; all stops share it. Every operation is
//! gone through in virtual time (`stopped.rs`); here it is shown that real clocks and signals do the same.

use crate::azure_host::{AzureHost, Packaged, signal};
use crate::on_azure::{Folder, KEY, SECRET, cloud, configure};
use access::ids::TenantId;
use access::ledger::Origin;
use cloud_sim::{Fault, Recorded, Sim, What, When};
use engine::membership::documents::{Body, body_path};
use futures::future::{join, join_all};
use outside::{Clock, SystemClock, SystemRandom};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::{Store, journal};
use tokio::sync::{Barrier, watch};
use uuid::Uuid;

/// Where each customer's process is stopped: when this request has had its effect, and its answer is on its way.
const STOPS: [&str; 3] = ["POST /*/oauth2/v2.0/token", "POST /invitations", "PATCH /groups/*"];
/// How long those answers take: time to notice the request and to send the signal.
const SLOW: Duration = Duration::from_secs(4);
/// Longer than a lease and the skew that others allow for.
const LONG: Duration = Duration::from_secs(21);
const POLL: Duration = Duration::from_millis(20);

fn is_at(stop: &str, tenant: Uuid, request: &Recorded) -> bool {
    match stop {
        "POST /*/oauth2/v2.0/token" => request.path.contains(&tenant.to_string()),
        "POST /invitations" => request.tenant == Some(tenant) && request.path == "/invitations",
        _ => request.tenant == Some(tenant) && request.method == "PATCH",
    }
}

/// Delivers the customer's message to a process of its own, which is stopped on the way and goes on when told.
async fn stopped(
    mut host: AzureHost,
    sim: &Sim,
    tenant: Uuid,
    stop: &str,
    all: &Barrier,
    mut go_on: watch::Receiver<bool>,
) {
    let process = host.process();
    let stopping = async {
        let clock = SystemClock::new();
        while sim.count(|request| is_at(stop, tenant, request)) == 0 {
            assert!(clock.monotonic() < Duration::from_secs(60), "{stop} never came");
            clock.sleep(POLL).await;
        }
        signal(process, "STOP").await;
        all.wait().await;
        go_on.wait_for(|go_on| *go_on).await.expect("the test goes on");
        signal(process, "CONT").await;
    };
    let (deliveries, ()) = join(host.drain_queues(), stopping).await;
    assert!(deliveries[0].failed.is_some(), "{stop}: its lease was lost: {deliveries:?}");
    assert!(deliveries.last().is_some_and(|last| last.failed.is_none()), "delivered again it works: {deliveries:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_are_stopped_and_continued_after_a_takeover_write_nothing_more() {
    let (sim, cloud) = cloud();
    let served = cloud_sim::serve(&sim, 0).await.expect("the simulated cloud is served");
    let folder = Folder::new("stopped");
    configure(&folder, &cloud, &served);
    let packaged = Packaged::new();
    let config = folder.path().to_string_lossy().into_owned();
    let env = [("GATEHOUSE_CONFIG", config.as_str()), ("APP_SECRET", SECRET), ("OPS_KEY", KEY)];
    let all = Barrier::new(STOPS.len() + 1);
    let (go, go_on) = watch::channel(false);

    let mut hosts = Vec::new();
    for (n, stop) in STOPS.into_iter().enumerate() {
        let tenant = cloud.customers[n].0.id();
        sim.fault(Fault::new(stop, When::Nth(1), What::Slow(SLOW)).in_tenant(tenant));
        let mut host = AzureHost::start(packaged.folder(), &env).await;
        host.push("sync", &format!("{{\"customer\":\"customer{n}\"}}"));
        hosts.push((host, tenant, stop));
    }
    let mut other = AzureHost::start(packaged.folder(), &env).await;
    let stopped = hosts.into_iter().map(|(host, tenant, stop)| stopped(host, &sim, tenant, stop, &all, go_on.clone()));
    let taking_over = async {
        all.wait().await;
        let clock = SystemClock::new();
        // Too early: each is told that somebody is at work, and leaves a mark.
        (0..STOPS.len()).for_each(|n| other.push("sync", &format!("{{\"customer\":\"customer{n}\"}}")));
        let early = other.drain_queues().await;
        assert!(early.iter().all(|delivery| delivery.failed.is_none()), "{early:?}");
        clock.sleep(LONG).await;
        for _ in 0..2 {
            other.timer("schedule_sync").await.expect("the timer works");
            let deliveries = other.drain_queues().await;
            assert!(deliveries.iter().all(|delivery| delivery.failed.is_none()), "{deliveries:?}");
        }
        let expected: BTreeSet<String> = (0..8).map(|n| format!("p{n}@northwind.example")).collect();
        for (n, (tenant, target)) in cloud.customers.iter().enumerate() {
            assert_eq!(tenant.member_mails(*target), expected, "customer{n} was taken over");
        }
        let effects = sim.effects();
        go.send_replace(true);
        effects
    };
    let (_, effects) = join(join_all(stopped), taking_over).await;
    assert_eq!(sim.effects(), effects, "whoever lost the lease wrote something");
    other.kill().await;

    let documents = store::open("file:state", store::Opening::local(folder.path())).expect("the state is there");
    let store = Store::new(documents, Arc::new(SystemClock::new()), Arc::new(SystemRandom));
    for (n, (tenant, _)) in cloud.customers.iter().enumerate() {
        let report = journal::verify(&store, &tenant.id().to_string(), None).await.expect("the store works");
        assert_eq!(report.problems, [], "customer{n}");
        let invited = sim.count(|request| request.tenant == Some(tenant.id()) && request.path == "/invitations");
        assert_eq!(invited, 8, "customer{n}: nobody is invited twice");
        let body = store.read::<Body>(&body_path(TenantId(tenant.id()))).await.expect("the store works");
        let ledger = body.expect("a body").value.ledger;
        assert!(ledger.guests.values().all(|row| row.ours && row.verified), "customer{n}: {:?}", ledger.guests);
        let rows: Vec<_> = ledger.rows.values().flat_map(|rows| rows.values()).collect();
        assert_eq!(rows.len(), 8, "customer{n}");
        assert!(rows.iter().all(|row| row.origin == Origin::Made && row.verified), "customer{n}: {rows:?}");
    }
}
