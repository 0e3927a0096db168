//! Checkers: they watch the world, not the code, after every single request, and know nothing of how the program
//! works. A scenario sends its requests through [`Checkers::transport`] and says [`Checkers::look`] after whatever it
//! changes itself.

mod end;
mod wishes;

use crate::world::World;
use access::config::{Config, TargetGroup};
use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::{Actor, Change, Effect, Sim, TenantHandle};
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use outside::{Clock, Transport, TransportError, VirtualClock};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;
use wishes::{Wishes, wishes};

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
    history: Vec<(Timestamp, Wishes)>,
    invited: BTreeMap<(Uuid, String), u32>,
    /// Memberships that are ours: made by us, or there at the start and wanted.
    ours: BTreeSet<(Uuid, Uuid)>,
    /// Guests that we made.
    guests: BTreeSet<Uuid>,
    created: BTreeMap<Uuid, BTreeSet<Uuid>>,
    wrong: Vec<String>,
    /// The most round trips to one tenant in one turn, so far.
    requests_most: usize,
}

impl Checkers {
    /// Watches this world from now on. `lag`: how far its replicas are behind at most.
    pub(crate) fn new(world: &World, lag: SignedDuration) -> Arc<Self> {
        let (sim, config, clock) = (world.sim.clone(), world.config.clone(), world.clock.clone());
        let checkers = Self { sim, config, clock, lag: lag + SNAPSHOT_AGE_MAX, seen: Mutex::default() };
        let now = wishes(&checkers);
        let mut seen = Seen { effects: checkers.sim.effects().len(), ..Seen::default() };
        seen.requests = checkers.sim.requests().len();
        for customer in &checkers.config.customers {
            let tenant = checkers.tenant(customer.tenant_id.0);
            for group in customer.packages.iter().flat_map(|package| &package.groups) {
                let TargetGroup::Id(group) = group else { continue };
                let wanted = now.of(tenant.id(), group.0);
                let is_wanted = |member: &Uuid| tenant.mail(*member).is_some_and(|mail| wanted.contains(&mail));
                seen.ours.extend(tenant.members(group.0).into_iter().filter(is_wanted).map(|one| (group.0, one)));
            }
        }
        seen.history.push((checkers.clock.now(), now));
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
        let effects = self.sim.effects_after(seen.effects);
        seen.effects += effects.len();
        let now = wishes(self);
        for effect in &effects {
            self.check(&mut seen, &now, effect);
        }
        if seen.history.last().is_none_or(|(_, last)| *last != now) {
            seen.history.push((self.clock.now(), now));
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

    fn check(&self, seen: &mut Seen, now: &Wishes, effect: &Effect) {
        if !matches!(effect.by, Actor::App(_)) {
            return;
        }
        let is_customer = self.config.customers.iter().any(|customer| customer.tenant_id.0 == effect.tenant);
        let mut wrong = Vec::new();
        if !is_customer {
            wrong.push("was written where nothing may be written");
        } else {
            match &effect.change {
                Change::GuestInvited { user, mail, again } => {
                    let times = seen.invited.entry((effect.tenant, mail.to_lowercase())).or_default();
                    *times += 1;
                    if *times > 1 {
                        wrong.push("is a second invitation of the same person");
                    }
                    if !again {
                        seen.guests.insert(*user);
                    }
                    if !self.was((seen, now), |wishes| wishes.anywhere(effect.tenant).contains(mail)) {
                        wrong.push("invites somebody whom nobody wanted");
                    }
                }
                Change::MemberAdded { group, member } | Change::UnitMemberAdded { unit: group, member } => {
                    if !self.was((seen, now), |wishes| self.is_wanted(seen, wishes, effect.tenant, *group, *member)) {
                        wrong.push("adds somebody who was not wanted");
                    }
                    seen.ours.insert((*group, *member));
                }
                Change::MemberRemoved { group, member } | Change::UnitMemberRemoved { unit: group, member } => {
                    if !self.was((seen, now), |wishes| !self.is_wanted(seen, wishes, effect.tenant, *group, *member)) {
                        wrong.push("removes somebody who is wanted");
                    }
                    if !seen.ours.remove(&(*group, *member)) {
                        wrong.push("removes a membership that is not ours");
                    }
                    if self.is_emptied(now, effect.tenant, *group, *member) {
                        wrong.push("empties a group, though its people are all still at the partner");
                    }
                }
                Change::UserUpdated { user, .. } | Change::SessionsRevoked { user } | Change::UserDeleted { user } => {
                    if !seen.guests.contains(user) {
                        wrong.push("touches a guest who is not ours");
                    }
                    let left = self.was((seen, now), |wishes| !self.is_at_partner(wishes, effect.tenant, *user));
                    let enabled = self.tenant(effect.tenant).is_enabled(*user);
                    if matches!(&effect.change, Change::UserUpdated { .. }) && enabled {
                        if !self.was((seen, now), |wishes| self.is_at_partner(wishes, effect.tenant, *user)) {
                            wrong.push("lets somebody sign in who has left");
                        }
                    } else if !left && !matches!(effect.change, Change::SessionsRevoked { .. }) {
                        wrong.push("shuts out somebody who is still at the partner");
                    }
                }
                Change::UserRestored { user } => {
                    if !seen.guests.contains(user) {
                        wrong.push("restores a guest who is not ours");
                    }
                }
                Change::GroupCreated { group } => {
                    let groups = seen.created.entry(effect.tenant).or_default();
                    groups.insert(*group);
                    if groups.len() > self.to_create(effect.tenant) {
                        wrong.push("makes a group twice");
                    }
                }
                _ => wrong.push("is nothing that the program does"),
            }
        }
        seen.wrong.extend(wrong.into_iter().map(|what| format!("{}: {:?} {what}", effect.at, effect.change)));
    }

    /// Whether this held at some moment that the program may still take for now.
    fn was(&self, (seen, now): (&Seen, &Wishes), holds: impl Fn(&Wishes) -> bool) -> bool {
        if holds(now) {
            return true;
        }
        let since = self.clock.now() - self.lag;
        let ends = seen.history.iter().skip(1).map(|(from, _)| *from).chain([Timestamp::MAX]);
        seen.history.iter().zip(ends).any(|((_, wishes), until)| until > since && holds(wishes))
    }

    fn is_wanted(&self, seen: &Seen, wishes: &Wishes, tenant: Uuid, target: Uuid, guest: Uuid) -> bool {
        let Some(mail) = self.tenant(tenant).mail(guest) else { return false };
        let of_ours = seen.created.get(&tenant).is_some_and(|groups| groups.contains(&target));
        if of_ours { wishes.in_created(tenant).contains(&mail) } else { wishes.of(tenant, target).contains(&mail) }
    }

    fn is_at_partner(&self, wishes: &Wishes, tenant: Uuid, guest: Uuid) -> bool {
        self.tenant(tenant).mail(guest).is_some_and(|mail| wishes.enabled.contains(&mail))
    }

    /// Whether nobody is left, and the last to go had not left the partner and is not on the stop list.
    fn is_emptied(&self, now: &Wishes, tenant: Uuid, group: Uuid, last: Uuid) -> bool {
        let handle = self.tenant(tenant);
        handle.groups().contains(&group)
            && handle.members(group).is_empty()
            && self.is_at_partner(now, tenant, last)
            && !handle.mail(last).is_some_and(|mail| now.denied(tenant).contains(&mail))
    }

    /// How many groups the customer's configuration asks us to make.
    fn to_create(&self, tenant: Uuid) -> usize {
        let of_tenant = self.config.customers.iter().filter(|customer| customer.tenant_id.0 == tenant);
        let groups = of_tenant.flat_map(|customer| &customer.packages).flat_map(|package| &package.groups);
        groups.filter(|group| matches!(group, TargetGroup::Create { .. })).count()
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
        let seen = self.checkers.seen().effects;
        let answer = self.checkers.sim.send(request, timeout).await;
        if !self.checkers.sim.effects_after(seen).is_empty() {
            self.checkers.look();
        }
        answer
    }
}
