//! Long walks: random worlds, random events, a cloud with faults, two processes at a time; checkers watch the world.
//!
//! The short walk runs with every test; the long one by
//! `cargo test -p scenarios -- --ignored a_thousand_walks`.

use crate::checkers::Checkers;
use crate::world::World;
use access::config::{Drift, Mode};
use access::ids::{GroupId, GuestId, TenantId};
use access::plan::Target;
use cloud_sim::{Actor, Change, Fault, SimOptions, TenantHandle, What, When};
use engine::How;
use engine::membership::documents::{Body, body_path};
use jiff::SignedDuration;
use outside::{Clock, Random, SeededRandom};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::latent::Latent;
use uuid::Uuid;

/// Events of one walk.
const EVENTS: usize = 12;

#[tokio::test(start_paused = true)]
async fn a_short_walk_through_random_worlds_breaks_no_promise() {
    for seed in 1..=12 {
        walk(seed).await;
    }
}

#[tokio::test(start_paused = true)]
#[ignore = "the long version: minutes of work, run by hand"]
async fn a_thousand_walks() {
    for seed in 1..=1_000 {
        walk(seed).await;
    }
}

struct Walk {
    world: World,
    dice: SeededRandom,
    sources: Vec<Uuid>,
    people: Vec<Uuid>,
    checkers: Arc<Checkers>,
    customers: Vec<(TenantHandle, Uuid)>,
    /// Memberships that the customer took away after a survey had shown them: never put back.
    taken: BTreeSet<(Uuid, Uuid)>,
    /// Memberships that the customer took away at any time: they may be missing in the end.
    removed: BTreeSet<(Uuid, Uuid)>,
    /// How many effects were looked at.
    seen: usize,
}

async fn walk(seed: u64) {
    let mut walk = Walk::new(seed);
    walk.settle(2).await;
    walk.check(seed);
    for _ in 0..EVENTS {
        walk.event().await;
        walk.checkers.look();
        walk.faults();
        walk.run_two().await;
        walk.check(seed);
    }
    walk.world.sim.clear_faults();
    walk.settle(4).await;
    walk.check(seed);
    walk.converged(seed).await;
    assert_eq!(walk.checkers.wrong_books(&walk.world).await, Vec::<String>::new(), "seed {seed}");
}

impl Walk {
    fn new(seed: u64) -> Self {
        let hostile = seed.is_multiple_of(2);
        let mut world = World::with(seed, |options| {
            let clock = options.clock.clone();
            *options = if hostile { SimOptions::hostile(seed, clock) } else { SimOptions::new(seed, clock) };
        });
        let dice = SeededRandom::new(seed);
        let sources: Vec<Uuid> =
            ["Engineers", "Juniors", "Night shift"].map(|name| world.partner.add_group(name)).into();
        world.partner.add_member(sources[0], sources[1]);
        let people = (0..14).map(|n| world.person(&format!("p{n}"), &[sources[n % 3]])).collect();
        let mut customers = Vec::new();
        for (n, name) in ["contoso", "fabrikam"].into_iter().enumerate() {
            let tenant = world.customer(name);
            let target = tenant.add_group("Partner");
            tenant.add_member(target, tenant.add_user(cloud_sim::NewUser::named("An employee")));
            let package = world.package("second-line", &[sources[n], sources[2]], &[target]);
            package.drift = Drift::Respect;
            package.limits.removals_percent_max = 100;
            customers.push((tenant, target));
        }
        world.config.customers[1].packages[0].except = [GroupId(world.partner.add_group("Never"))].into();
        world.sim.settle();
        let checkers = Checkers::strict(&world);
        let (taken, removed) = (BTreeSet::new(), BTreeSet::new());
        Self { world, dice, sources, people, checkers, customers, taken, removed, seen: 0 }
    }

    fn roll(&self, sides: usize) -> usize {
        (self.dice.fraction() * sides as f64) as usize
    }

    /// Something happens at the partner or at a customer.
    async fn event(&mut self) {
        let person = self.people[self.roll(self.people.len())];
        let source = self.sources[self.roll(self.sources.len())];
        let partner = self.world.partner.clone();
        let (tenant, target) = self.customers[self.roll(self.customers.len())].clone();
        match self.roll(9) {
            0 => {
                let name = format!("n{}", self.people.len());
                self.people.push(self.world.person(&name, &[source]));
            }
            1 | 2 => partner.remove_member(source, person),
            3 if partner.users().contains(&person) => partner.add_member(source, person),
            4 if partner.users().contains(&person) => partner.disable_user(person),
            5 if partner.users().contains(&person) => partner.enable_user(person),
            6 if partner.users().contains(&person) => partner.delete_user(person),
            7 => {
                let ours: Vec<Uuid> = tenant.members(target).into_iter().collect();
                let member = ours[self.roll(ours.len())];
                if tenant.members(target).len() > 2 && tenant.users().contains(&member) {
                    tenant.remove_member(target, member);
                    self.removed.insert((target, member));
                    // What no survey has shown yet may still look like a write of ours that was lost.
                    if self.is_verified(&tenant, target, member).await {
                        self.taken.insert((target, member));
                    }
                }
            }
            8 => {
                let guest = tenant.add_guest(&format!("s{}@elsewhere.example", self.seen));
                tenant.add_member(target, guest);
            }
            _ => {}
        }
    }

    async fn is_verified(&self, tenant: &TenantHandle, target: Uuid, member: Uuid) -> bool {
        let path = body_path(TenantId(tenant.id()));
        let body = self.world.engine().store().read::<Body>(&path).await.expect("the store works");
        let row = body.and_then(|kept| kept.value.ledger.row(Target::Group(GroupId(target)), GuestId(member)).cloned());
        row.is_none_or(|row| row.verified && row.removing.is_none())
    }

    fn faults(&self) {
        let sim = &self.world.sim;
        sim.clear_faults();
        let routes =
            ["GET /**", "PATCH /**", "POST /$batch", "POST /invitations", "DELETE /**", "POST /*/oauth2/v2.0/token"];
        let route = routes[self.roll(routes.len())];
        let what = match self.roll(8) {
            0 => What::Throttle { retry_after: Some(Duration::from_secs(3)) },
            1 => What::Throttle { retry_after: None },
            2 => What::Status(503, "ServiceUnavailable"),
            3 => What::StatusAfter(504, "GatewayTimeout"),
            4 => What::ResetBefore,
            5 => What::ResetAfter,
            6 => What::CutJson,
            _ => What::HtmlGateway,
        };
        sim.fault(Fault::new(route, When::Probability(0.15), what));
    }

    /// Two processes look after each customer at the same time, on a store that answers at its own pace.
    async fn run_two(&mut self) {
        let clock: Arc<dyn Clock> = Arc::new(self.world.clock.clone());
        let pace = Duration::from_millis(40);
        let mut engines = Vec::new();
        for n in 0..2 {
            let random: Arc<dyn Random> = Arc::new(SeededRandom::new(self.seen as u64 + n));
            let documents = Latent::jittered(self.world.documents.clone(), clock.clone(), pace, random);
            engines.push(self.world.engine_on(Arc::new(documents), self.checkers.transport()));
        }
        let how = How { fresh: true, enforce: false };
        let runs = engines.iter().flat_map(|engine| ["contoso", "fabrikam"].map(|name| engine.sync(name, how)));
        let _ = futures::future::join_all(runs).await;
        self.world.pass(SignedDuration::from_mins(2)).await;
    }

    async fn settle(&mut self, rounds: usize) {
        for _ in 0..rounds {
            self.run_two().await;
            self.world.pass(SignedDuration::from_mins(12)).await;
        }
    }

    /// Whether the person may be in this customer's group, by the world as it is.
    fn belongs(&self, customer: usize, mail: &str) -> bool {
        let partner = &self.world.partner;
        let wanted = [self.sources[customer], self.sources[2]];
        let juniors = if customer == 0 { partner.members(self.sources[1]) } else { BTreeSet::new() };
        partner.users().into_iter().any(|id| {
            let inside = wanted.iter().any(|group| partner.members(*group).contains(&id)) || juniors.contains(&id);
            inside && partner.is_enabled(id) && self.mail_of(id).as_deref() == Some(mail)
        })
    }

    fn mail_of(&self, person: Uuid) -> Option<String> {
        let index = self.people.iter().position(|id| *id == person)?;
        let name = if index < 14 { format!("p{index}") } else { format!("n{index}") };
        Some(format!("{name}@northwind.example"))
    }

    /// Looks at everything that the program did since the last look.
    fn check(&mut self, seed: u64) {
        assert_eq!(self.checkers.wrong(), Vec::<String>::new(), "seed {seed}");
        let effects = self.world.sim.effects();
        for effect in effects.iter().skip(self.seen).filter(|effect| matches!(effect.by, Actor::App(_))) {
            match &effect.change {
                Change::MemberAdded { group, member } => {
                    assert!(!self.taken.contains(&(*group, *member)), "seed {seed}: a customer's block was undone");
                }
                Change::UserDeleted { .. } | Change::UserPurged { .. } => {
                    panic!("seed {seed}: nobody is deleted: {effect:?}")
                }
                _ => {}
            }
        }
        for (tenant, target) in &self.customers {
            assert!(!tenant.members(*target).is_empty(), "seed {seed}: a group was emptied");
        }
        self.seen = effects.len();
    }

    /// In the end everybody who belongs is in (but for the customers' blocks), and nothing is left to do.
    async fn converged(&self, seed: u64) {
        let plan = self.world.engine().plan(&[]).await.expect("a plan");
        for part in &plan.customers {
            assert_eq!(part.mode, Mode::Enforce);
            assert_eq!(part.steps, [], "seed {seed}: {:?}", part.problems);
        }
        for (customer, (tenant, target)) in self.customers.iter().enumerate() {
            let held = !plan.customers[customer].held.is_empty();
            let members = tenant.members(*target);
            for person in &self.people {
                let mail = self.mail_of(*person).expect("known");
                let guest = tenant.find_guest(&mail);
                let is_in = guest.is_some_and(|guest| members.contains(&guest));
                let blocked = guest.is_some_and(|guest| self.removed.contains(&(*target, guest)));
                let belongs = self.belongs(customer, &mail);
                assert!(!belongs || is_in || blocked, "seed {seed}: {mail} is missing; {:?}", plan.customers[customer]);
                assert!(belongs || !is_in || held, "seed {seed}: {mail} is still in; {:?}", plan.customers[customer]);
            }
        }
    }
}
