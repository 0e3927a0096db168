//! Checkers: they watch the world, not the code, after every single request, and know nothing of how the program
//! works. A scenario sends its requests through [`Checkers::transport`] and says [`Checkers::look`] after whatever it
//! changes itself.

mod effect;
mod end;
mod wishes;

use crate::world::World;
use access::config::Config;
use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::{Sim, TenantHandle};
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use outside::{Clock, Transport, TransportError, VirtualClock};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;
use wishes::{Mails, Place, Wishes, wishes};

/// A run may act on a snapshot of the partner that is so old.
const SNAPSHOT_AGE_MAX: SignedDuration = SignedDuration::from_mins(5);

/// Everything that watches one world.
pub(crate) struct Checkers {
    sim: Sim,
    config: Config,
    clock: VirtualClock,
    /// How far back a wish may lie on which the program acts.
    lag: SignedDuration,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    effects: usize,
    requests: usize,
    /// The wishes of the world, each from its time on; the last is of now.
    history: Vec<(Timestamp, Arc<Wishes>)>,
    invited: BTreeMap<(Uuid, String), u32>,
    /// Memberships and roles that are ours: given by us, or there at the start and wanted.
    ours: BTreeSet<(Place, Uuid)>,
    /// Role assignments that the program made, by id.
    assignments: BTreeMap<Uuid, Place>,
    /// Who must not be let in any more, as a scenario said.
    barred: Mails,
    /// Customers' tenants that are paused, from when until when.
    pauses: Vec<(Uuid, Timestamp, Timestamp)>,
    /// Guests that we made.
    guests: BTreeSet<Uuid>,
    created: BTreeMap<Uuid, BTreeSet<Uuid>>,
    wrong: Vec<String>,
    /// The most round trips to one tenant in one turn, so far.
    requests_most: usize,
}

impl Seen {
    /// The wishes at the last look.
    fn wishes(&self) -> &Arc<Wishes> {
        &self.history.last().expect("the first is of the start").1
    }
}

impl Checkers {
    /// Watches this world from now on. `lag`: how far its replicas are behind at most.
    pub(crate) fn new(world: &World, lag: SignedDuration) -> Arc<Self> {
        Self::allowing(world, lag + SNAPSHOT_AGE_MAX)
    }

    /// The same where every run reads the partner afresh and nothing happens meanwhile: only what is wanted now counts.
    pub(crate) fn strict(world: &World) -> Arc<Self> {
        Self::allowing(world, SignedDuration::ZERO)
    }

    fn allowing(world: &World, lag: SignedDuration) -> Arc<Self> {
        let (sim, config, clock) = (world.sim.clone(), world.config.clone(), world.clock.clone());
        let checkers = Self { sim, config, clock, lag, seen: Mutex::default() };
        let now = wishes(&checkers, &Mails::new());
        let mut seen = Seen { effects: checkers.sim.effects().len(), ..Seen::default() };
        seen.requests = checkers.sim.requests().len();
        for customer in &checkers.config.customers {
            let tenant = checkers.tenant(customer.tenant_id.0);
            for (place, wanted) in now.of_tenant(tenant.id()) {
                let is_wanted = |member: &Uuid| tenant.mail(*member).is_some_and(|mail| wanted.contains(&mail));
                seen.ours.extend(inside(&tenant, place).into_iter().filter(is_wanted).map(|one| (place, one)));
            }
        }
        seen.history.push((checkers.clock.now(), Arc::new(now)));
        *checkers.seen() = seen;
        Arc::new(checkers)
    }

    /// The way to the simulated cloud on which every request is watched.
    pub(crate) fn transport(self: &Arc<Self>) -> Arc<Watched> {
        Arc::new(Watched { checkers: self.clone(), before: Mutex::default() })
    }

    /// Looks at what the program did since the last look, and at what is wanted now.
    pub(crate) fn look(&self) {
        let mut seen = self.seen();
        let now = wishes(self, &seen.barred);
        self.check_effects(&mut seen, &now);
        if **seen.wishes() != now {
            seen.history.push((self.clock.now(), Arc::new(now)));
        }
    }

    /// Looks at what the program did since the last look. What it does changes nobody's wishes.
    fn look_at_effects(&self) {
        let mut seen = self.seen();
        let now = seen.wishes().clone();
        self.check_effects(&mut seen, &now);
    }

    fn check_effects(&self, seen: &mut Seen, now: &Wishes) {
        let effects = self.sim.effects_after(seen.effects);
        seen.effects += effects.len();
        effects.iter().for_each(|effect| self.check(seen, now, effect));
    }

    /// Says that this person has been barred just now: nobody lets them in any more, not even for a moment.
    pub(crate) fn barred(&self, mail: &str) {
        self.look();
        self.seen().barred.insert(mail.to_owned());
        self.look();
    }

    /// Says that this customer is paused from now until then: only facts about a person count there.
    pub(crate) fn paused(&self, tenant: Uuid, until: Timestamp) {
        self.look();
        self.seen().pauses.push((tenant, self.clock.now(), until));
    }

    /// Says that the program claims that nothing of ours is left of this person in this tenant.
    pub(crate) fn claimed_gone(&self, tenant: Uuid, mail: &str) {
        self.look();
        let handle = self.tenant(tenant);
        let Some(guest) = handle.find_guest(mail) else { return };
        let mut seen = self.seen();
        let left =
            seen.ours.iter().filter(|(place, one)| *one == guest && inside(&handle, *place).contains(one)).count();
        let is_enabled = seen.guests.contains(&guest) && handle.users().contains(&guest) && handle.is_enabled(guest);
        if left > 0 || is_enabled {
            let text = format!("{mail} is said to be gone from {tenant}: {left} left, can sign in: {is_enabled}");
            seen.wrong.push(text);
        }
    }

    /// Ends a turn: no tenant may have been asked more often than this.
    pub(crate) fn end_turn(&self, round_trips_max: usize) {
        self.look();
        let mut seen = self.seen();
        let requests = self.sim.requests_after(seen.requests);
        seen.requests += requests.len();
        let mut trips: BTreeMap<Option<Uuid>, usize> = BTreeMap::new();
        for request in requests.iter().filter(|request| request.is_round_trip()) {
            *trips.entry(request.tenant).or_default() += 1;
        }
        for (tenant, count) in trips {
            seen.requests_most = seen.requests_most.max(count);
            if count > round_trips_max {
                seen.wrong.push(format!("{count} round trips to {tenant:?} in one turn, above {round_trips_max}"));
            }
        }
    }

    /// The most round trips to one tenant in one turn, so far.
    pub(crate) fn requests_most(&self) -> usize {
        self.seen().requests_most
    }

    /// What went wrong so far.
    pub(crate) fn wrong(&self) -> Vec<String> {
        self.look();
        self.seen().wrong.clone()
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().expect("no holder panics")
    }

    fn tenant(&self, id: Uuid) -> TenantHandle {
        self.sim.tenants().into_iter().find(|tenant| tenant.id() == id).expect("configured tenants exist")
    }
}

/// Who is in a group or unit, or holds a role, as it truly is.
fn inside(tenant: &TenantHandle, place: Place) -> BTreeSet<Uuid> {
    match place {
        Place::Object(id) => tenant.members(id).into_iter().chain(tenant.unit_members(id)).collect(),
        Place::Created => BTreeSet::new(),
        Place::Role(role, unit) => {
            let scope = wishes::scope(unit);
            let held = tenant.roles().into_iter().filter(|(_, one, within)| *one == role && *within == scope);
            held.map(|(principal, ..)| principal).collect()
        }
    }
}

/// What a scenario does in the world just before a request.
type Before = Box<dyn FnMut(&Request<Bytes>) + Send>;

/// The simulated cloud, watched.
pub(crate) struct Watched {
    checkers: Arc<Checkers>,
    before: Mutex<Option<Before>>,
}

impl Watched {
    /// Does something before each request from now on: so things happen in the middle of a run.
    pub(crate) fn before_each(&self, act: impl FnMut(&Request<Bytes>) + Send + 'static) {
        *self.before.lock().expect("no holder panics") = Some(Box::new(act));
    }
}

#[async_trait]
impl Transport for Watched {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        if let Some(act) = self.before.lock().expect("no holder panics").as_mut() {
            act(&request);
            self.checkers.look();
        }
        let answer = self.checkers.sim.send(request, timeout).await;
        self.checkers.look_at_effects();
        answer
    }
}
