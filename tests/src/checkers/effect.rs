//! What is wrong with something that the program did, by what was wanted at the time.

use super::wishes::{Place, Wishes};
use super::{Checkers, Seen};
use access::config::TargetGroup;
use cloud_sim::{Actor, Change, Effect};
use jiff::Timestamp;
use outside::Clock;
use uuid::Uuid;

/// The scope of a role before the id of its unit.
const UNIT_SCOPE: &str = "/administrativeUnits/";

impl Checkers {
    pub(super) fn check(&self, seen: &mut Seen, now: &Wishes, effect: &Effect) {
        if !matches!(effect.by, Actor::App(_)) {
            return;
        }
        let is_customer = self.config.customers.iter().any(|customer| customer.tenant_id.0 == effect.tenant);
        let wrong = match is_customer {
            true => {
                let mut wrong = self.against_orders(seen, now, effect);
                wrong.extend(self.against_wishes(seen, now, effect));
                wrong
            }
            false => vec!["was written where nothing may be written"],
        };
        seen.wrong.extend(wrong.into_iter().map(|what| format!("{}: {:?} {what}", effect.at, effect.change)));
    }

    /// An order counts from the moment when it was given: however late the wishes are known, it is not late.
    fn against_orders(&self, seen: &Seen, now: &Wishes, effect: &Effect) -> Vec<&'static str> {
        let tenant = effect.tenant;
        let (user, lets_in) = match &effect.change {
            Change::GuestInvited { user, .. } | Change::UserRestored { user } => (*user, true),
            Change::MemberAdded { member, .. } | Change::UnitMemberAdded { member, .. } => (*member, true),
            Change::RoleAssigned { principal, .. } => (*principal, true),
            Change::UserUpdated { user, .. } => (*user, self.tenant(tenant).is_enabled(*user)),
            Change::MemberRemoved { member, .. } | Change::UnitMemberRemoved { member, .. } => (*member, false),
            Change::RoleUnassigned { principal, .. } => (*principal, false),
            Change::SessionsRevoked { user } | Change::UserDeleted { user } => (*user, false),
            _ => return Vec::new(),
        };
        let mail = self.tenant(tenant).mail(user);
        let mut wrong = Vec::new();
        if lets_in && mail.as_ref().is_some_and(|mail| seen.barred.contains(mail)) {
            wrong.push("lets somebody in who is barred");
        }
        if seen.pauses.iter().any(|(of, from, until)| *of == tenant && *from <= effect.at && effect.at < *until) {
            let must_go = |wishes: &Wishes| {
                !self.is_at_partner(wishes, tenant, user)
                    || mail.as_ref().is_some_and(|mail| wishes.denied(tenant).contains(mail))
            };
            if lets_in || !self.was((seen, now), must_go) {
                wrong.push("is no fact about a person, and the customer is paused");
            }
        }
        wrong
    }

    fn against_wishes(&self, seen: &mut Seen, now: &Wishes, effect: &Effect) -> Vec<&'static str> {
        let tenant = effect.tenant;
        let mut wrong = Vec::new();
        match &effect.change {
            Change::GuestInvited { user, mail, again, .. } => {
                let times = seen.invited.entry((tenant, mail.to_lowercase())).or_default();
                *times += 1;
                if *times > 1 {
                    wrong.push("is a second invitation of the same person");
                }
                if !again {
                    seen.guests.insert(*user);
                }
                if !self.was((seen, now), |wishes| wishes.anywhere(tenant).contains(mail)) {
                    wrong.push("invites somebody whom nobody wanted");
                }
            }
            Change::MemberAdded { group, member } | Change::UnitMemberAdded { unit: group, member } => {
                wrong.extend(self.given(seen, now, (tenant, Place::Object(*group)), *member));
            }
            Change::MemberRemoved { group, member } | Change::UnitMemberRemoved { unit: group, member } => {
                wrong.extend(self.taken(seen, now, (tenant, Place::Object(*group)), *member));
                if self.is_emptied(now, tenant, *group, *member) {
                    wrong.push("empties a group, though its people are all still at the partner");
                }
            }
            Change::RoleAssigned { assignment, principal, role, scope } => {
                match scope.strip_prefix(UNIT_SCOPE).and_then(|unit| unit.parse().ok()) {
                    Some(unit) => {
                        let place = Place::Role(*role, unit);
                        seen.assignments.insert(*assignment, place);
                        wrong.extend(self.given(seen, now, (tenant, place), *principal));
                    }
                    None => wrong.push("gives a role in the whole tenant"),
                }
            }
            Change::RoleUnassigned { assignment, principal } => match seen.assignments.remove(assignment) {
                Some(place) => wrong.extend(self.taken(seen, now, (tenant, place), *principal)),
                None => wrong.push("takes a role that is not ours"),
            },
            Change::UserUpdated { user, .. } | Change::SessionsRevoked { user } | Change::UserDeleted { user } => {
                if !seen.guests.contains(user) {
                    wrong.push("touches a guest who is not ours");
                }
                let left = self.was((seen, now), |wishes| !self.is_at_partner(wishes, tenant, *user));
                let enabled = self.tenant(tenant).is_enabled(*user);
                if matches!(&effect.change, Change::UserUpdated { .. }) && enabled {
                    if !self.was((seen, now), |wishes| self.is_at_partner(wishes, tenant, *user)) {
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
                let groups = seen.created.entry(tenant).or_default();
                groups.insert(*group);
                if groups.len() > self.to_create(tenant) {
                    wrong.push("makes a group twice");
                }
            }
            _ => wrong.push("is nothing that the program does"),
        }
        wrong
    }

    /// Somebody was put into a group or unit, or was given a role.
    fn given(&self, seen: &mut Seen, now: &Wishes, (tenant, place): (Uuid, Place), guest: Uuid) -> Vec<&'static str> {
        let is_wanted = self.was((seen, now), |wishes| self.is_wanted(seen, wishes, (tenant, place), guest));
        seen.ours.insert((place, guest));
        if is_wanted { Vec::new() } else { vec!["is for somebody who was not wanted"] }
    }

    /// Somebody was taken out of it, or lost it.
    fn taken(&self, seen: &mut Seen, now: &Wishes, (tenant, place): (Uuid, Place), guest: Uuid) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        if !self.was((seen, now), |wishes| !self.is_wanted(seen, wishes, (tenant, place), guest)) {
            wrong.push("is taken from somebody who is wanted");
        }
        if !seen.ours.remove(&(place, guest)) {
            wrong.push("is taken though it is not ours");
        }
        wrong
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

    fn is_wanted(&self, seen: &Seen, wishes: &Wishes, (tenant, place): (Uuid, Place), guest: Uuid) -> bool {
        let Some(mail) = self.tenant(tenant).mail(guest) else { return false };
        let of_ours = |id: Uuid| seen.created.get(&tenant).is_some_and(|groups| groups.contains(&id));
        let place = if matches!(place, Place::Object(id) if of_ours(id)) { Place::Created } else { place };
        wishes.of(tenant, place).contains(&mail)
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
