//! The life of a program in two hours and a day: everything that it does happens once in a small world, turn after
//! turn as the hosts do it, watched at every moment.

use crate::checkers::{Checkers, Watched};
use crate::notified::{Address, URL};
use crate::world::World;
use access::config::{ScopedRole, TargetGroup};
use access::ids::{GroupId, RoleId, UnitId};
use cloud_sim::{NewUser, SimOptions, TenantHandle};
use engine::membership::leave::{State, Whom};
use engine::membership::subscriptions::{Subscriptions, subscriptions_path};
use engine::{Engine, How};
use jiff::SignedDuration;
use outside::Clock;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Turns from the first run to the end of the first part; then a day passes.
const TURNS: usize = 24;

/// How long a turn is.
pub(super) const TURN: SignedDuration = SignedDuration::from_mins(5);

/// Turns after a day has passed, when everything is read from scratch and vetted again.
const TURNS_OF_THE_NEXT_DAY: usize = 3;

/// After so many turns without faults the world must have converged: an invitation that was refused is tried again
/// within the hour.
const CONVERGED_WITHIN: usize = 15;

/// The most round trips to one tenant in one turn, whatever goes wrong and however small the pages are. A whole run
/// without faults takes up to 20; each request is sent at most five times.
const ROUND_TRIPS_MAX: usize = 80;

/// So often the host's timer looks after the subscriptions.
const RENEWED_EVERY: usize = 12;

/// Where the program is reached after it moved.
const MOVED: &str = "https://moved.example/api/v1/directory-changes";

/// The built-in role "Helpdesk Administrator".
const ROLE: Uuid = Uuid::from_u128(0x729827e3_9c14_49f7_bb1b_9608f156bbb8);

/// Who gives the orders.
const BY: &str = "lead@northwind.example";

/// Who is dismissed.
const DISMISSED: &str = "p6@northwind.example";

/// Two customers: the first has nearly everything, the second a group that is still to be made.
pub(super) struct Life {
    pub(super) world: World,
    pub(super) checkers: Arc<Checkers>,
    pub(super) contoso: TenantHandle,
    pub(super) fabrikam: TenantHandle,
    pub(super) target: Uuid,
    engine: Arc<Engine>,
    /// Turns so far.
    turns: usize,
    pub(super) wire: Arc<Watched>,
    source: Uuid,
    nested: Uuid,
    deny: Uuid,
    people: Vec<Uuid>,
    denied: Option<Uuid>,
    /// Memberships that may be there in the end or not.
    pub(super) either: BTreeSet<(Uuid, String)>,
}

impl Life {
    /// Before the first run.
    pub(super) fn new(seed: u64, change: impl FnOnce(&mut SimOptions)) -> Self {
        let mut lag = SignedDuration::ZERO;
        let mut world = World::with(seed, |options| {
            options.history = Duration::from_secs(300);
            change(options);
            let member = options.member_lag.max(options.replication_delay + options.index_lag);
            lag = SignedDuration::try_from(member).expect("minutes");
        });
        let (source, nested) = (world.partner.add_group("Engineers"), world.partner.add_group("Juniors"));
        world.partner.add_member(source, nested);
        let mut people = world.people(5, &[source]);
        people.push(world.person("p5", &[nested]));
        people.push(world.person("p6", &[source]));
        let contoso = world.customer("contoso");
        let (target, deny) = (contoso.add_group("Partner"), contoso.add_group("No entry"));
        let (unit, branch) = (contoso.add_unit("Partner people"), contoso.add_unit("Branch offices"));
        contoso.add_member(target, contoso.add_user(NewUser::named("An employee")));
        contoso.add_member(target, contoso.add_guest("stranger@elsewhere.example"));
        contoso.add_member(deny, contoso.add_guest("nobody@elsewhere.example"));
        let package = world.package("second-line", &[source], &[target]);
        package.units = [UnitId(unit)].into();
        package.roles = vec![ScopedRole { role: RoleId(ROLE), unit: UnitId(branch) }];
        package.limits.removals_percent_max = 100;
        world.config.customers[0].deny = Some(GroupId(deny));
        let fabrikam = world.customer("fabrikam");
        let package = world.package("second-line", &[source], &[]);
        package.groups = vec![TargetGroup::Create { name: "Partner second line".into() }];
        package.limits.removals_percent_max = 100;
        world.config.leavers.revoke_sessions = true;
        world.config.leavers.delete_after = Some(SignedDuration::from_mins(30));
        world.sim.settle();
        let checkers = Checkers::new(&world, lag);
        let wire = checkers.transport();
        let engine = process(&world, &wire, URL);
        let (denied, either, turns) = (None, BTreeSet::new(), 0);
        Self {
            world,
            checkers,
            contoso,
            fabrikam,
            target,
            engine,
            turns,
            wire,
            source,
            nested,
            deny,
            people,
            denied,
            either,
        }
    }

    /// All of it.
    pub(super) async fn live(&mut self) {
        for turn in 0..TURNS {
            self.event(turn).await;
            self.turn().await;
        }
        self.world.pass(SignedDuration::from_hours(24)).await;
        for turn in 0..TURNS_OF_THE_NEXT_DAY {
            match turn {
                0 => self.world.partner.remove_member(self.nested, self.people[5]),
                // The subscriptions were made anew.
                1 => self.world.partner.ask_reauthorization(),
                _ => {}
            }
            self.checkers.look();
            self.turn().await;
        }
    }

    /// What people do before a turn.
    async fn event(&mut self, turn: usize) {
        let partner = self.world.partner.clone();
        let guest = |name: &str| self.contoso.find_guest(&format!("{name}@northwind.example"));
        match turn {
            2 => {
                self.world.person("joiner", &[self.source]);
                partner.remove_member(self.source, self.people[0]);
            }
            4 => partner.disable_user(self.people[1]),
            5 => partner.ask_reauthorization(),
            6 => {
                self.denied = guest("p2");
                self.denied.iter().for_each(|guest| self.contoso.add_member(self.deny, *guest));
            }
            7 => partner.add_member(self.source, self.people[0]),
            // The next process of the program is reached elsewhere, so its subscriptions lead there.
            8 => self.engine = process(&self.world, &self.wire, MOVED),
            9 => partner.enable_user(self.people[1]),
            10 => partner.delete_user(self.people[3]),
            12 => {
                if let Some(guest) = guest("p4") {
                    self.contoso.remove_member(self.target, guest);
                    self.either.insert((self.target, "p4@northwind.example".into()));
                }
            }
            13 => {
                self.world.person("second", &[self.nested]);
            }
            14 => self.leave().await,
            16 => self.pause().await,
            // Somebody who left and somebody who moved on, while nothing but facts count in one of the customers.
            17 => {
                partner.disable_user(self.named("joiner"));
                partner.remove_member(self.nested, self.named("second"));
                self.world.person("third", &[self.source]);
            }
            20 => partner.restore_user(self.people[3]),
            22 => self.denied.iter().for_each(|guest| self.contoso.remove_member(self.deny, *guest)),
            _ => {}
        }
        self.checkers.look();
    }

    /// Somebody who joined the partner meanwhile.
    fn named(&self, name: &str) -> Uuid {
        let (partner, mail) = (&self.world.partner, format!("{name}@northwind.example"));
        partner.users().into_iter().find(|user| partner.mail(*user).as_ref() == Some(&mail)).expect("joined")
    }

    /// Somebody is dismissed, by a process of its own. Microsoft may fail, but the order counts whatever happens, and
    /// nothing is claimed that is not true.
    async fn leave(&self) {
        let engine = self.world.engine_on(self.world.documents.clone(), self.wire.clone());
        let found = match engine.find_person(&Whom::Mail(DISMISSED.into())).await {
            Ok(found) => found,
            Err(_) => {
                let person = access::ids::PersonId(self.people[6]);
                engine.find_person(&Whom::Id(person)).await.expect("an id is enough")
            }
        };
        engine.bar(&found, BY, "dismissed").await.expect("the store works");
        self.checkers.barred(DISMISSED);
        let Ok(leaving) = engine.take_out(found.person, Duration::from_secs(60)).await else { return };
        for one in leaving.customers.iter().filter(|one| one.state == State::Gone) {
            self.checkers.claimed_gone(one.tenant_id.0, DISMISSED);
        }
    }

    /// Nothing but facts count in the first customer for the next two turns.
    async fn pause(&self) {
        let until = self.world.clock.now() + TURN * 2 + SignedDuration::from_mins(1);
        let customer = ["contoso".to_owned()];
        self.engine.pause(Some(&customer), BY, "a migration", until, false).await.expect("the store works");
        self.checkers.paused(self.contoso.id(), until);
    }

    /// One turn, as the hosts do it: what is to be told, the timers, and whoever is due. What fails is tried again by the
    /// next.
    pub(super) async fn turn(&mut self) {
        self.world.pass(TURN).await;
        self.world.sim.deliver_notifications().await;
        if self.turns.is_multiple_of(RENEWED_EVERY) {
            self.engine.renew_subscriptions().await.expect("the store works");
        }
        self.turns += 1;
        let tick = self.engine.tick().await.expect("the store works");
        for name in tick.due {
            self.engine.sync(&name, How::default()).await.expect("the store works");
        }
        self.checkers.end_turn(ROUND_TRIPS_MAX);
    }

    /// Ends all faults and gives the world its time. Says what is still not as it should be.
    pub(super) async fn end(&mut self) -> Vec<String> {
        self.world.sim.clear_faults();
        let mut left = Vec::new();
        for turn in 0..CONVERGED_WITHIN {
            self.turn().await;
            // Asking costs as much as a turn.
            if turn % 3 == 2 {
                left = self.checkers.not_converged(&self.world, &self.either).await;
            }
            if turn % 3 == 2 && left.is_empty() {
                break;
            }
        }
        left.extend(self.wrong_subscriptions().await);
        left.extend(self.checkers.wrong());
        left.extend(self.checkers.wrong_books(&self.world).await);
        left
    }

    /// After two more looks there must be one subscription for users and one for groups, and both are known.
    async fn wrong_subscriptions(&self) -> Option<String> {
        for _ in 0..2 {
            self.engine.renew_subscriptions().await.expect("the store works");
        }
        let path = subscriptions_path(self.world.config.partner.tenant_id);
        let known = self.engine.store().read::<Subscriptions>(&path).await.expect("the store works");
        let known = known.map(|kept| kept.value).unwrap_or_default();
        let there = self.world.partner.subscriptions();
        let is_right = there.len() == 2
            && known.problem.is_none()
            && there.iter().all(|(id, resource, _)| known.ids.get(resource) == Some(id));
        (!is_right).then(|| format!("subscriptions {there:?}, known as {known:?}"))
    }
}

/// A process of the program, which is told of changes at this address.
fn process(world: &World, wire: &Arc<Watched>, url: &str) -> Arc<Engine> {
    let engine = world.engine_on(world.documents.clone(), wire.clone()).reached_at(Some(url.into()));
    let engine = Arc::new(engine);
    world.sim.notify_through(Address::of(&engine));
    engine
}
