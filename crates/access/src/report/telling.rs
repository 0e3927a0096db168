//! Folding the journal's entries into a report.

use super::{Access, Decision, Event, Names, Report};
use crate::ids::{GuestId, ObjectId, PersonId, TenantId};
use crate::ledger::{Entry, Grant, Intent, Outcome, Release, StepKey};
use crate::plan::{Action, Target};
use crate::requests::RequestId;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What was read of the journal so far.
#[derive(Debug, Clone, Default)]
pub struct Telling {
    open: BTreeMap<u64, Intent>,
    present: BTreeMap<(Target, GuestId), Access>,
    over: Vec<Access>,
    events: Vec<(PersonOrName, Event)>,
    decisions: Vec<Decision>,
    releases: Vec<Release>,
    mails: BTreeMap<PersonId, String>,
    granted: BTreeMap<RequestId, PersonId>,
}

/// Whose address stands in an event is known at the end only.
#[derive(Debug, Clone)]
enum PersonOrName {
    Person(PersonId),
    Name(String),
}

impl Telling {
    /// Takes in the next entry of a block of this time.
    pub fn fold(&mut self, at: Timestamp, entry: &Entry) {
        match entry {
            Entry::Intent(intent) => {
                if let (Some(person), Some(mail)) = (intent.step.person, &intent.step.mail) {
                    self.mails.insert(person, mail.clone());
                }
                self.open.insert(intent.number, (**intent).clone());
            }
            Entry::Outcome { intent, outcome, at } => self.end(*intent, outcome, *at),
            Entry::Closed { intent } => {
                self.open.remove(intent);
            }
            Entry::Adopted { target, guest, person, packages, at } => {
                let how = "was there before, and is looked after since";
                self.begin(given(*target, *guest, *person, packages, *at, how));
            }
            Entry::Confirmed { target, guest } => {
                if let Some(one) = self.present.get_mut(&(*target, *guest)) {
                    (one.until, one.ended) = (None, None);
                }
            }
            Entry::Vanished { target, guest, at } => self.stop(*target, *guest, *at, "taken away by the customer"),
            Entry::Ended { target, guest } => self.finish(*target, *guest, at, "gone"),
            Entry::Unvetoed { target, guest, at } => self.finish(*target, *guest, *at, "taken away by the customer"),
            Entry::Forgotten { target, guest, at } => {
                self.stop(*target, *guest, *at, "not looked after any more; the membership was left as it was");
                self.finish(*target, *guest, *at, "");
            }
            Entry::Reasons { target, guest, packages, .. } => {
                if let Some(one) = self.present.get_mut(&(*target, *guest)) {
                    one.packages.extend(packages.iter().cloned());
                }
            }
            Entry::Known { person, guest, ours: true, .. } => {
                let invited = self
                    .open
                    .values()
                    .find(|intent| intent.step.action == Action::InviteGuest && intent.step.person == Some(*person));
                if let Some(intent) = invited.cloned() {
                    self.end(intent.number, &Outcome::Invited { guest: *guest }, intent.at);
                }
            }
            Entry::Decided(release) => {
                let verb = if release.allow { "released" } else { "refused" };
                let people: BTreeSet<ObjectId> = release.steps.iter().filter_map(|key| key.who).collect();
                let count =
                    |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
                let steps = count(release.steps.len(), "held step", "held steps");
                let what = format!("{verb} {steps} of {}", count(people.len(), "person", "people"));
                self.decide(release.at, &release.by, release.asserted, what, release.comment.clone());
                self.releases.push(release.clone());
            }
            Entry::Commanded(command) => {
                let words = Some(command.reason.clone());
                self.decide(command.at, &command.by, false, command.command.clone(), words);
            }
            Entry::Granted(grant) => self.grant(at, grant),
            Entry::GrantChanged { request, until, by, note, at } => {
                let what = format!("request {request} ends at {} instead", until.strftime("%Y-%m-%d %H:%M UTC"));
                self.decide(*at, by, false, what, note.clone());
            }
            Entry::GrantSettled { request, kept_by, at } => {
                let Some(person) = self.granted.get(request).copied() else { return };
                let why = match kept_by {
                    None => format!("request {request}: in none of its places any more"),
                    Some(what) => format!("request {request}: kept there by {what}"),
                };
                let (what, who) = ("grant over".into(), String::new());
                let event = Event { at: *at, who, what, why, released_by: None };
                self.events.push((PersonOrName::Person(person), event));
            }
            Entry::InvitationsLifted { by, at } => {
                self.decide(*at, by, false, "said that the block on invitations was lifted".into(), None);
            }
            _ => {}
        }
    }

    /// Who approved is who decided.
    fn grant(&mut self, at: Timestamp, grant: &Grant) {
        self.mails.entry(grant.person).or_insert_with(|| grant.mail.clone());
        self.granted.insert(grant.request.clone(), grant.person);
        let until = grant.until.strftime("%Y-%m-%d %H:%M UTC");
        let what = format!("granted {} {} until {until} by request {}", grant.mail, grant.package, grant.request);
        let by = match grant.approved_by.as_slice() {
            [] => "nobody had to approve".into(),
            by => by.join(", "),
        };
        self.decide(at, &by, false, what, grant.ticket.as_ref().map(|number| format!("ticket {number}")));
    }

    fn decide(&mut self, at: Timestamp, by: &str, asserted: bool, what: String, words: Option<String>) {
        self.decisions.push(Decision { at, by: by.into(), asserted, what, words });
    }

    fn end(&mut self, number: u64, outcome: &Outcome, at: Timestamp) {
        if matches!(outcome, Outcome::Unclear { .. }) {
            return;
        }
        let Some(intent) = self.open.remove(&number) else { return };
        let step = &intent.step;
        let done = match outcome {
            Outcome::Done | Outcome::Created { .. } | Outcome::Invited { .. } => true,
            Outcome::AlreadyThere => intent.retry,
            Outcome::NotThere => step.action.takes() && step.target.is_some(),
            Outcome::Refused { .. } | Outcome::NotSent | Outcome::Unclear { .. } => false,
        };
        if !done {
            return;
        }
        let released = self.released_by(&intent);
        match (step.action, step.target, step.guest, step.person) {
            (action, Some(target), Some(guest), Some(person)) if action.places() => {
                let how = format!("given: {}", step.why);
                self.begin(Access {
                    released_by: released,
                    ..given(target, guest, person, &intent.packages, at, &how)
                });
            }
            (action, Some(target), Some(guest), _) if action.takes() => {
                let by = released.map(|by| format!(", released by {by}")).unwrap_or_default();
                self.stop(target, guest, at, &format!("taken away: {}{by}", step.why));
            }
            _ => {
                let what = match step.action {
                    Action::InviteGuest => "invited",
                    Action::ResendInvitation => "invited again",
                    Action::DisableGuest => "disabled",
                    Action::EnableGuest => "enabled",
                    Action::DeleteGuest => "deleted",
                    Action::RestoreGuest => "restored",
                    Action::RevokeSessions => "sessions ended",
                    Action::CreateGroup => "group made",
                    _ => return,
                };
                let named = || {
                    let guest = step.guest.map(|guest| format!("guest {guest}"));
                    PersonOrName::Name(step.group_name.clone().or(guest).unwrap_or_default())
                };
                let whose = step.person.map_or_else(named, PersonOrName::Person);
                let (what, why) = (what.into(), step.why.clone());
                self.events.push((whose, Event { at, who: String::new(), what, why, released_by: released }));
            }
        }
    }

    /// Who let this step through: the last who decided so before it.
    fn released_by(&self, intent: &Intent) -> Option<String> {
        let key = StepKey::of(&intent.step);
        let theirs = |release: &&Release| release.allow && release.steps.contains(&key) && release.at <= intent.at;
        intent.released.then(|| self.releases.iter().rev().find(theirs).map(|release| release.by.clone())).flatten()
    }

    fn begin(&mut self, one: Access) {
        self.finish(one.target, one.guest, one.from, "given anew");
        self.present.insert((one.target, one.guest), one);
    }

    /// It ended, as far as we know; a later survey may show otherwise.
    fn stop(&mut self, target: Target, guest: GuestId, at: Timestamp, how: &str) {
        if let Some(one) = self.present.get_mut(&(target, guest)).filter(|one| one.until.is_none()) {
            (one.until, one.ended) = (Some(at), Some(how.into()));
        }
    }

    fn finish(&mut self, target: Target, guest: GuestId, at: Timestamp, how: &str) {
        self.stop(target, guest, at, how);
        self.over.extend(self.present.remove(&(target, guest)));
    }

    /// The report, in an order that does not depend on the journal's.
    pub fn report(self, of: Of, names: &Names) -> Report {
        let mail = |person: PersonId| self.mails.get(&person).or_else(|| names.people.get(&person)).cloned();
        let place = |target: Target| names.places.get(&target).cloned().unwrap_or_else(|| target.to_string());
        let all = self.over.iter().chain(self.present.values());
        let mut access: Vec<Access> =
            all.map(|one| Access { mail: mail(one.person), place: place(one.target), ..one.clone() }).collect();
        access.sort();
        let events = self.events.iter().map(|(whose, event)| {
            let who = match whose {
                PersonOrName::Person(person) => mail(*person).unwrap_or_else(|| person.to_string()),
                PersonOrName::Name(name) => name.clone(),
            };
            Event { who, ..event.clone() }
        });
        let mut events: Vec<Event> = events.collect();
        events.sort();
        let mut decisions = self.decisions;
        decisions.sort();
        let Of { customer, tenant_id, partner, from, to } = of;
        let mut report = Report { customer, tenant_id, partner, from, to, access, events, decisions };
        report.within();
        report
    }

    /// Every place that the report names.
    pub fn places(&self) -> BTreeSet<Target> {
        self.over.iter().chain(self.present.values()).map(|one| one.target).collect()
    }
}

/// A membership that begins.
fn given(
    target: Target,
    guest: GuestId,
    person: PersonId,
    packages: &BTreeSet<String>,
    from: Timestamp,
    how: &str,
) -> Access {
    let (mail, place, until, ended, released_by) = (None, String::new(), None, None, None);
    let (packages, how) = (packages.clone(), how.into());
    Access { mail, place, from, until, person, guest, target, packages, how, ended, released_by }
}

/// Whose report, and of when.
#[derive(Debug, Clone)]
pub struct Of {
    /// The customer, as people call them.
    pub customer: String,
    /// Their tenant.
    pub tenant_id: TenantId,
    /// The partner.
    pub partner: String,
    /// From when on.
    pub from: Option<Timestamp>,
    /// Up to when, exclusively.
    pub to: Option<Timestamp>,
}
