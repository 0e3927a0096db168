//! A process is stopped in the middle of a run (a machine that is suspended, a container that is frozen), another takes
//! its customer over, and then the first goes on as if nothing had been.
//!
//! Every operation is enumerated, as for a death. What the late process may still do is stated exactly: a request that
//! was on its way when it was stopped arrives, and nothing else is written, neither to Microsoft nor to the store.

use crate::crash::stories;
use crate::crash::town::{End, Town};
use crate::gate::{Gate, Gated, Wire};
use async_trait::async_trait;
use cloud_sim::Change;
use engine::membership::documents::{Body, Head, body_path, head_path};
use engine::{Engine, Error, How, Outcome};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::Documents;
use store::latent::Latent;
use tokio::sync::Notify;

const FRESH: How = How { fresh: true, enforce: false };

/// Stops the process at one operation, before its effect or after it, until it may go on.
#[derive(Default)]
pub(crate) struct Stop {
    at: u64,
    after: bool,
    names: Mutex<Vec<String>>,
    stopped: AtomicBool,
    reached: Notify,
    go_on: Notify,
}

impl Stop {
    pub(crate) fn at(at: u64, after: bool) -> Arc<Self> {
        Arc::new(Self { at, after, ..Self::default() })
    }

    /// The operations so far.
    pub(crate) fn names(&self) -> Vec<String> {
        self.names.lock().expect("no holder panics").clone()
    }

    async fn stop(&self) {
        if !self.stopped.swap(true, Ordering::SeqCst) {
            self.reached.notify_one();
            self.go_on.notified().await;
        }
    }

    /// A process of the town's program that will be stopped.
    pub(crate) fn engine(self: &Arc<Self>, town: &Town) -> Engine {
        // Operations that take a moment: what waits for one of them is seen to wait.
        let clock = Arc::new(town.world.clock.clone());
        let documents = Latent::new(town.world.documents.clone(), clock, Duration::from_millis(2));
        self.engine_on(town, Arc::new(documents))
    }

    fn engine_on(self: &Arc<Self>, town: &Town, documents: Arc<dyn Documents>) -> Engine {
        let store = Gated::new(documents, self.clone());
        let wire = Wire::new(town.world.sim.clone(), self.clone());
        town.world.engine_on(Arc::new(store), Arc::new(wire))
    }

    /// Runs the customer up to the stop, lets `meanwhile` happen while nobody polls the run, and lets it go on.
    pub(crate) async fn run<T>(
        &self,
        engine: &Engine,
        meanwhile: impl AsyncFnOnce() -> T,
    ) -> (T, Result<Outcome, Error>) {
        let mut run = std::pin::pin!(engine.sync("contoso", FRESH));
        tokio::select! {
            biased;
            () = self.reached.notified() => {}
            ended = &mut run => panic!("it ended before operation {}: {ended:?}", self.at),
        }
        let happened = meanwhile().await;
        self.go_on.notify_one();
        let ended = tokio::time::timeout(Duration::from_secs(600), run).await;
        (happened, ended.expect("a run that goes on comes to an end"))
    }
}

#[async_trait]
impl Gate for Stop {
    async fn before(&self, name: &str) -> u64 {
        let number = {
            let mut names = self.names.lock().expect("no holder panics");
            names.push(name.into());
            names.len() as u64 - 1
        };
        if number == self.at && !self.after {
            self.stop().await;
        }
        number
    }

    async fn after(&self, number: u64, _: &(dyn Debug + Sync)) {
        if number == self.at && self.after {
            self.stop().await;
        }
    }
}

/// The operations of a run that nobody stops, and what it comes to.
async fn unharmed() -> (End, Vec<String>) {
    let town = stories::before_joiners_and_leavers(&[]).await;
    let nowhere = Stop::at(u64::MAX, false);
    nowhere.engine(&town).sync("contoso", FRESH).await.expect("it works");
    let names = nowhere.names();
    (town.end().await, names)
}

/// The documents, as they are stored; without the notes of the rails over time, which need no lease and may count too much.
async fn documents(town: &Town) -> BTreeMap<String, Option<String>> {
    let mut found = BTreeMap::new();
    let all = town.world.documents.list("").await.expect("the store works");
    for path in all.into_iter().filter(|path| !path.starts_with("window/")) {
        let stored = town.world.documents.get(&path).await.expect("the store works");
        found.insert(path, stored.map(|stored| stored.tag.0));
    }
    found
}

async fn epochs(town: &Town) -> (u64, u64) {
    let (store, tenant) = (town.world.engine().store().clone(), access::ids::TenantId(town.contoso.id()));
    let head =
        store.read::<Head>(&head_path(tenant)).await.expect("the store works").map_or(0, |kept| kept.value.epoch);
    let body =
        store.read::<Body>(&body_path(tenant)).await.expect("the store works").map_or(0, |kept| kept.value.epoch);
    (head, body)
}

#[tokio::test(start_paused = true)]
async fn a_process_that_is_stopped_anywhere_and_goes_on_later_writes_nothing_more() {
    let (expected, operations) = unharmed().await;
    let taken = operations.iter().position(|name| name.starts_with("replace lease/")).expect("the lease is taken");
    let released = operations.iter().rposition(|name| name.starts_with("replace lease/")).expect("and given back");
    let kept = operations.iter().rposition(|name| name.ends_with("/head")).expect("the head is stored");
    let mut lost = 0;
    for (number, name) in operations.iter().enumerate() {
        for after in [false, true] {
            let at = if after { "after" } else { "before" };
            let town = stories::before_joiners_and_leavers(&[]).await;
            let stop = Stop::at(number as u64, after);
            let engine = stop.engine(&town);
            let held =
                (number > taken || number == taken && after) && (number < released || number == released && !after);
            let meanwhile = async || {
                town.world.pass(SignedDuration::from_secs(21)).await;
                let other = town.world.engine().sync("contoso", FRESH).await.expect("the store works");
                assert!(matches!(other, Outcome::Ran(_)), "it took over: {other:?}");
                (town.world.sim.requests().len(), documents(&town).await, epochs(&town).await)
            };
            let ((requests, stored, before), outcome) = stop.run(&engine, meanwhile).await;
            let late: Vec<_> = town.world.sim.requests().split_off(requests);
            let writes = late.iter().filter(|request| request.is_write()).count();
            let batches = late.iter().filter(|request| request.is_round_trip()).count();
            let on_its_way =
                !after && (name.starts_with("POST") || name.starts_with("DELETE") || name.starts_with("PATCH"));
            if held {
                // After its head is stored a run has nothing left to lose but the lease.
                let is_lost = matches!(outcome, Ok(Outcome::Failed { retry: true, .. }) | Err(_));
                assert_eq!(is_lost, number < kept || number == kept && !after, "{at} {name}: {outcome:?}");
                // Reading is harmless: a survey that was under way is read to its end.
                assert!(writes == 0 || on_its_way && batches >= 1, "{at} {number} {name}: {late:#?}");
                assert_eq!(documents(&town).await, stored, "{at} {number} {name}: the late process wrote to the store");
                lost += 1;
            } else {
                assert_eq!(writes, 0, "{at} {number} {name}: nothing is left to do for it");
            }
            let now = epochs(&town).await;
            assert!(now >= before, "{at} {number} {name}: epochs went back from {before:?} to {now:?}");
            assert_eq!(town.end().await, expected, "stopped {at} operation {number}, {name}");
        }
    }
    println!("{} operations, {lost} stops with the lease lost", operations.len());
    assert!(lost > 40, "{lost}");
}

/// The one thing that no lease can prevent: what was on its way when the process was stopped arrives when it goes on. The
/// invitation is not repeated meanwhile, as its intent is in the journal; only after ten minutes it counts as lost.
#[tokio::test(start_paused = true)]
async fn an_invitation_on_its_way_is_not_repeated_for_ten_minutes_and_its_guest_is_ours_all_the_same() {
    let (_, operations) = unharmed().await;
    for (minutes, times) in [(9, 1), (11, 2)] {
        // The second batch of writes after the lease was taken is the one with the invitations.
        let mut stopped = 0;
        for (number, name) in operations.iter().enumerate().filter(|(_, name)| name.starts_with("POST")) {
            let town = stories::before_joiners_and_leavers(&[]).await;
            let stop = Stop::at(number as u64, false);
            let engine = stop.engine(&town);
            let invited = || town.world.sim.effects().iter().filter(|effect| is_invitation(&effect.change)).count();
            let meanwhile = async || {
                for _ in 0..minutes {
                    town.world.pass(SignedDuration::from_mins(1)).await;
                    town.world.engine().sync("contoso", FRESH).await.expect("the store works");
                }
                invited()
            };
            let (before, _) = stop.run(&engine, meanwhile).await;
            if invited() == before {
                continue;
            }
            stopped += 1;
            let again: Vec<bool> = town
                .world
                .sim
                .effects()
                .iter()
                .filter_map(|effect| match &effect.change {
                    Change::GuestInvited { mail, again, .. } if mail.starts_with("joiner@") => Some(*again),
                    _ => None,
                })
                .collect();
            assert_eq!(again, [false, true][..times], "{minutes} minutes at {number} {name}");
            for _ in 0..3 {
                town.world.pass(SignedDuration::from_mins(6)).await;
                town.world.engine().sync("contoso", FRESH).await.expect("the store works");
            }
            let tenant = access::ids::TenantId(town.contoso.id());
            let body = town.world.engine().store().read::<Body>(&body_path(tenant)).await.expect("the store works");
            let guest = town.contoso.find_guest("joiner@northwind.example").expect("invited");
            let rows = body.expect("a body").value.ledger.guests;
            let row = rows.values().find(|row| row.guest.0 == guest).expect("known");
            assert!(row.ours && row.verified, "{row:?}");
            assert!(town.contoso.members(town.target).contains(&guest));
        }
        assert_eq!(stopped, 1, "exactly one request carries the invitations");
    }
}

fn is_invitation(change: &Change) -> bool {
    matches!(change, Change::GuestInvited { .. })
}

#[tokio::test(start_paused = true)]
async fn a_customer_is_taken_over_twenty_seconds_after_its_run_was_killed_and_not_before() {
    let (_, operations) = unharmed().await;
    let wave = operations.iter().position(|name| name.starts_with("create journal/")).expect("a wave is journalled");
    for (millis, taken_over) in [(19_999, false), (20_000, true)] {
        let town = stories::before_joiners_and_leavers(&[]).await;
        let stop = Stop::at(wave as u64, true);
        let engine = stop.engine_on(&town, town.world.documents.clone());
        let killed = async {
            let _ = engine.sync("contoso", FRESH).await;
        };
        tokio::select! {
            biased;
            () = stop.reached.notified() => {}
            () = killed => panic!("it ended before it was killed"),
        }
        town.world.pass(SignedDuration::from_millis(millis)).await;
        let other = town.world.engine();
        let outcome = other.sync("contoso", FRESH).await.expect("the store works");
        assert_eq!(matches!(outcome, Outcome::Ran(_)), taken_over, "{outcome:?}");
        if !taken_over {
            // Told that somebody is at work, it leaves a mark, and the next tick comes back to it.
            assert!(matches!(outcome, Outcome::Busy), "{outcome:?}");
            town.world.pass(SignedDuration::from_secs(5)).await;
            assert_eq!(other.tick().await.expect("a tick").due, ["contoso"]);
        }
    }
}
