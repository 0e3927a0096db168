//! The life of a program in two hours and a day: everything that it does happens once in a small world, turn after
//! turn as the hosts do it, watched at every moment.

use crate::checkers::{Checkers, Watched};
use crate::world::World;
use access::config::TargetGroup;
use access::ids::{GroupId, UnitId};
use cloud_sim::{NewUser, SimOptions, TenantHandle};
use engine::{Engine, How};
use jiff::SignedDuration;
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

/// The most round trips to one tenant in one turn, whatever goes wrong. A whole run without faults takes up to 20; each
/// request is sent at most five times.
const ROUND_TRIPS_MAX: usize = 60;

/// Two customers: the first has nearly everything, the second a group that is still to be made.
pub(super) struct Life {
    pub(super) world: World,
    pub(super) checkers: Arc<Checkers>,
    pub(super) contoso: TenantHandle,
    pub(super) fabrikam: TenantHandle,
    pub(super) target: Uuid,
    engine: Engine,
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
        let contoso = world.customer("contoso");
        let (target, deny) = (contoso.add_group("Partner"), contoso.add_group("No entry"));
        let unit = contoso.add_unit("Partner people");
        contoso.add_member(target, contoso.add_user(NewUser::named("An employee")));
        contoso.add_member(target, contoso.add_guest("stranger@elsewhere.example"));
        contoso.add_member(deny, contoso.add_guest("nobody@elsewhere.example"));
        let package = world.package("second-line", &[source], &[target]);
        package.units = [UnitId(unit)].into();
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
        let engine = world.engine_on(world.documents.clone(), wire.clone());
        let (denied, either) = (None, BTreeSet::new());
        Self { world, checkers, contoso, fabrikam, target, engine, wire, source, nested, deny, people, denied, either }
    }

    /// All of it.
    pub(super) async fn live(&mut self) {
        for turn in 0..TURNS {
            self.event(turn);
            self.turn().await;
        }
        self.world.pass(SignedDuration::from_hours(24)).await;
        for turn in 0..TURNS_OF_THE_NEXT_DAY {
            if turn == 0 {
                self.world.partner.remove_member(self.nested, self.people[5]);
                self.checkers.look();
            }
            self.turn().await;
        }
    }

    /// What people do before a turn.
    fn event(&mut self, turn: usize) {
        let partner = self.world.partner.clone();
        let guest = |name: &str| self.contoso.find_guest(&format!("{name}@northwind.example"));
        match turn {
            2 => {
                self.world.person("joiner", &[self.source]);
                partner.remove_member(self.source, self.people[0]);
            }
            4 => partner.disable_user(self.people[1]),
            6 => {
                self.denied = guest("p2");
                self.denied.iter().for_each(|guest| self.contoso.add_member(self.deny, *guest));
            }
            7 => partner.add_member(self.source, self.people[0]),
            8 => self.engine = self.world.engine_on(self.world.documents.clone(), self.wire.clone()),
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
            20 => partner.restore_user(self.people[3]),
            22 => self.denied.iter().for_each(|guest| self.contoso.remove_member(self.deny, *guest)),
            _ => {}
        }
        self.checkers.look();
    }

    /// One turn, as the hosts do it: a tick, and whoever is due. What fails is tried again by the next.
    pub(super) async fn turn(&mut self) {
        self.world.pass(TURN).await;
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
        left.extend(self.checkers.wrong());
        left.extend(self.checkers.wrong_books(&self.world).await);
        left
    }
}
