//! The way back from one run: the inverse of its steps, newest first, as far as the world still is as the run left it.
//!
//! Nothing is undone that a later run or the customer changed since, nobody is let in whom an addition would not let
//! in, and the rails judge the steps like any others.

use super::addition::is_open;
use super::adopt::Left;
use super::desired::{Standing, objection, standing};
use super::difference::{blank, compare};
use super::foresee::foresee;
use super::input::Input;
use super::judge::{Draft, Planned, conclude};
use super::matching::{Match, guest_of};
use super::problems::Problems;
use super::vetting::{object_of, writable};
use super::world::{DenyState, OtherAccess, TargetState};
use super::{Action, Cause, Step, Target};
use crate::config::Mode;
use crate::ids::{GuestId, ObjectId, PersonId};
use crate::ledger::{Effect, Effects, Entry};
use std::collections::BTreeSet;

/// What `gatehouse undo` is about.
#[derive(Debug, Clone, Copy)]
pub struct Undo<'a> {
    /// What all runs did.
    pub effects: &'a Effects,
    /// The run.
    pub run: u64,
    /// Also what the next run would do again.
    pub anyway: bool,
}

/// What undoing comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Undoing {
    /// The judged inverse steps.
    pub planned: Planned,
    /// Entries that need no write: what is ours no longer.
    pub notes: Vec<Entry>,
    /// What is not undone, and why.
    pub left: Vec<Left>,
}

/// The action that takes this one back; `None` where there is none.
fn inverse(action: Action) -> Option<Action> {
    Some(match action {
        Action::AddMember => Action::RemoveMember,
        Action::RemoveMember => Action::AddMember,
        Action::AddToUnit => Action::RemoveFromUnit,
        Action::RemoveFromUnit => Action::AddToUnit,
        Action::GrantRole => Action::RevokeRole,
        Action::RevokeRole => Action::GrantRole,
        // A guest whom we made is disabled, not deleted: what is deleted takes more with it than the run brought.
        Action::EnableGuest | Action::InviteGuest | Action::RestoreGuest => Action::DisableGuest,
        Action::DisableGuest => Action::EnableGuest,
        Action::DeleteGuest => Action::RestoreGuest,
        Action::AdoptMember | Action::RevokeSessions | Action::CreateGroup | Action::ResendInvitation => return None,
    })
}

/// Whether a planned step takes this one back.
fn opposes(planned: &Step, step: &Step) -> bool {
    let opposite = match step.action {
        Action::RestoreGuest => Some(Action::DeleteGuest),
        action => inverse(action),
    };
    let same_guest = planned.guest == step.guest || (planned.person.is_some() && planned.person == step.person);
    Some(planned.action) == opposite && planned.target == step.target && same_guest
}

/// Undoes a run. Pure and total.
pub fn undo(input: &Input<'_>, undo: &Undo<'_>) -> Undoing {
    let mut unsaid = Problems::default();
    let standing = standing(input, &mut unsaid);
    let mut difference = compare(input, &standing, &mut unsaid);
    difference.notes.clear();
    difference.unchanged = 0;
    difference.ask.clear();
    let mut going = Going { drafts: Vec::new(), notes: Vec::new(), left: Vec::new(), ask: BTreeSet::new() };
    let way = Way { input, undo, standing: &standing };
    for (index, effect) in undo.effects.all.iter().enumerate().rev().filter(|(_, effect)| effect.run == undo.run) {
        let later = &undo.effects.all[index + 1..];
        match way.back(effect, later, &mut going) {
            Ok(()) => {}
            Err(why) => going.left.push(Left { what: name(&effect.step), why }),
        }
    }
    if !undo.anyway {
        way.leave_what_comes_again(&mut going);
    }
    difference.ask = going.ask;
    let planned = conclude(input, &standing, difference, going.drafts, Problems::default());
    Undoing { planned, notes: going.notes, left: going.left }
}

/// What is undone, as far as it is found.
struct Going {
    drafts: Vec<Draft>,
    notes: Vec<Entry>,
    left: Vec<Left>,
    ask: BTreeSet<GuestId>,
}

struct Way<'a> {
    input: &'a Input<'a>,
    undo: &'a Undo<'a>,
    standing: &'a [Standing<'a>],
}

impl Way<'_> {
    fn back(&self, effect: &Effect, later: &[Effect], going: &mut Going) -> Result<(), String> {
        let newer = later.iter().find(|other| other.run != effect.run && other.is_about_the_same(effect));
        if let Some(newer) = newer {
            return Err(format!("run r{} changed the same since", newer.run));
        }
        let step = &effect.step;
        match step.action {
            Action::CreateGroup => return Err("a group is not unmade: the customer may use it by now".into()),
            Action::ResendInvitation => return Err("a mail that was sent cannot be taken back".into()),
            Action::RevokeSessions => return Err("sessions that were ended cannot be brought back".into()),
            Action::AdoptMember => {
                let (Some(target), Some(guest)) = (step.target, step.guest) else { return Ok(()) };
                if self.input.ledger.row(target, guest).is_none() {
                    return Err("it is not ours any more".into());
                }
                going.notes.push(Entry::Forgotten { target, guest, at: self.input.now });
                return Ok(());
            }
            _ => {}
        }
        let Some(action) = inverse(step.action) else { return Ok(()) };
        let Some(guest) = step.guest else { return Err("whose it was is not known".into()) };
        if let Some(target) = step.target {
            self.membership(effect, action, target, guest)?;
        } else {
            self.guest(effect, action, guest, going)?;
        }
        let why = format!("run r{} did {}", self.undo.run, step.action);
        let mut draft = Draft::new(blank(action, &step.package, why), effect.packages.clone());
        draft.step.target = step.target;
        draft.step.group = step.group;
        (draft.step.person, draft.step.guest, draft.step.mail) = (step.person, step.guest, step.mail.clone());
        if let (Some(target), Some(person), true) = (step.target, step.person, action.places()) {
            // An earlier attempt may have worked: then "already there" means ours.
            let row = self.input.ledger.row(target, guest);
            draft.retry = row.is_some() || is_open(self.input, target, person, action);
        }
        draft.step.cause = action.takes().then_some(Cause::Undone);
        // Disabled twice (restored and enabled by one run) is once.
        if !going.drafts.iter().any(|known| {
            known.step.action == action && known.step.guest == step.guest && known.step.target == step.target
        }) {
            going.drafts.push(draft);
        }
        Ok(())
    }

    /// Whether a membership still is as the run left it, and may be changed back.
    fn membership(&self, effect: &Effect, action: Action, target: Target, guest: GuestId) -> Result<(), String> {
        let input = self.input;
        let state = input.actual.targets.get(&target).ok_or_else(|| format!("{target} was not read"))?;
        let mut problems = Problems::default();
        let naming: Vec<&Standing<'_>> =
            self.standing.iter().filter(|one| effect.packages.contains(&one.package.name)).collect();
        if !writable(target, state, &naming, &mut problems) {
            return Err(problems.into_sorted().pop().map(|one| one.text).unwrap_or_default());
        }
        let TargetState::Read { members, .. } = state else { return Err(format!("{target} could not be read")) };
        let is_there = members.contains_key(&ObjectId::from(guest));
        let row = input.ledger.row(target, guest);
        if action.takes() {
            if !is_there || row.is_some_and(|row| row.vanished.is_some()) {
                return Err("it is gone already, and not by us".into());
            }
            return match row {
                Some(_) => Ok(()),
                None => Err("it is not ours any more".into()),
            };
        }
        if is_there && row.is_none_or(|row| row.removing.is_none()) {
            return Err("somebody put them back already".into());
        }
        if effect.step.cause == Some(Cause::GrantEnded) {
            return Err("the grant has ended".into());
        }
        self.may_come_back(effect.step.person, guest)
    }

    /// Whether a person may be given something, as strictly as for an addition.
    fn may_come_back(&self, person: Option<PersonId>, guest: GuestId) -> Result<(), String> {
        let input = self.input;
        let Some(person) = person else { return Err("stands for nobody of the partner".into()) };
        if input.mode == Mode::Offboard {
            return Err("nothing is given to anybody in mode offboard".into());
        }
        if matches!(input.actual.deny, DenyState::Unread { .. }) {
            return Err("the customer's stop list could not be read".into());
        }
        if let Some(why) = objection(input, person) {
            return Err(why);
        }
        match guest_of(input, person) {
            Match::Guest(known) | Match::DisabledByUs(known) | Match::DeletedByUs(known) if known == guest => Ok(()),
            Match::Unusable(_, _, text) | Match::Problem(_, text) => Err(text),
            _ => Err(format!("guest {guest} stands for them no more")),
        }
    }

    /// Whether a guest still is as the run left them, and may be changed back.
    fn guest(&self, effect: &Effect, action: Action, guest: GuestId, going: &mut Going) -> Result<(), String> {
        let input = self.input;
        let row = input.ledger.guests.values().find(|row| row.guest == guest);
        let row = row.filter(|row| row.ours && row.verified).ok_or("the guest is not (surely) ours")?;
        let facts = input.actual.guests.get(&guest).ok_or("the guest exists no more, or could not be read")?;
        if !facts.is_external() {
            return Err("has become the customer's own user, and those are never touched".into());
        }
        if !input.actual.reach.has(guest) {
            return Err("is in no administrative unit within which our app is User Administrator".into());
        }
        match action {
            Action::RestoreGuest if facts.deleted && row.deleted.is_some() => Ok(()),
            Action::EnableGuest if !facts.deleted && !facts.enabled && row.disabled.is_some() => {
                self.may_come_back(effect.step.person, guest)
            }
            Action::DisableGuest if !facts.deleted && facts.enabled => self.is_alone(guest, going),
            _ => Err("somebody changed the guest since".into()),
        }
    }

    /// Nobody is disabled who has anything here besides what this takes away.
    fn is_alone(&self, guest: GuestId, going: &mut Going) -> Result<(), String> {
        let leaving: BTreeSet<Target> = going
            .drafts
            .iter()
            .filter(|draft| draft.step.guest == Some(guest) && draft.step.action.takes())
            .filter_map(|draft| draft.step.target)
            .collect();
        let held =
            self.input.ledger.rows.iter().filter(|(_, rows)| {
                rows.get(&guest).is_some_and(|row| row.removing.is_none() && row.vanished.is_none())
            });
        if held.into_iter().any(|(target, _)| !leaving.contains(target)) {
            return Err("has memberships of ours that stay".into());
        }
        let going_objects: BTreeSet<ObjectId> = leaving.into_iter().map(object_of).collect();
        match self.input.actual.access.get(&guest) {
            None => {
                // Asked for, and decided again once it is read.
                going.ask.insert(guest);
                Err("what else the guest has was not read".into())
            }
            Some(OtherAccess::Unread { why, .. }) => Err(format!("what else the guest has could not be read: {why}")),
            Some(OtherAccess::Known { memberships, directory_role, .. }) => {
                let alone = !directory_role && memberships.is_subset(&going_objects);
                if alone { Ok(()) } else { Err("has other access in the customer's tenant".into()) }
            }
        }
    }

    /// What the configuration still wants would be done again by the next run: it stays, and it is said.
    fn leave_what_comes_again(&self, going: &mut Going) {
        if !matches!(self.input.mode, Mode::Enforce | Mode::Offboard) {
            return;
        }
        // One step that stays may bring another back: until nothing changes, at most once for each step.
        loop {
            let next = foresee(self.input, &going.drafts, &going.notes);
            going.ask.extend(next.ask.iter().copied());
            let coming: Vec<&Step> = next.plan.steps.iter().chain(&next.plan.held_steps).collect();
            let again = |step: &Step| coming.iter().any(|planned| opposes(planned, step));
            let (back, stay): (Vec<Draft>, Vec<Draft>) =
                std::mem::take(&mut going.drafts).into_iter().partition(|draft| again(&draft.step));
            let adopted = |note: &Entry| match note {
                Entry::Forgotten { target, guest, .. } => coming.iter().any(|planned| {
                    planned.action == Action::AdoptMember
                        && planned.target == Some(*target)
                        && planned.guest == Some(*guest)
                }),
                _ => false,
            };
            let before = going.notes.len();
            going.notes.retain(|note| !adopted(note));
            let settled = back.is_empty() && before == going.notes.len();
            going.drafts = stay;
            let why = "the configuration still wants what the run did, so the next run would do it again; change the configuration or pause the customer first, or say --anyway";
            going.left.extend(back.iter().map(|draft| Left { what: name(&draft.step), why: why.into() }));
            if settled {
                break;
            }
        }
        // Who keeps a membership keeps the guest that it rests on.
        let mut stay = Vec::new();
        for draft in std::mem::take(&mut going.drafts) {
            let guest = draft.step.guest;
            let keeps = draft.step.action == Action::DisableGuest
                && self.input.ledger.rows.iter().any(|(target, rows)| {
                    let held = guest.and_then(|guest| rows.get(&guest)).is_some_and(|row| row.removing.is_none());
                    let goes = stay.iter().any(|other: &Draft| {
                        other.step.guest == guest && other.step.target == Some(*target) && other.step.action.takes()
                    });
                    held && !goes
                });
            if keeps {
                going.left.push(Left { what: name(&draft.step), why: "has memberships of ours that stay".into() });
            } else {
                stay.push(draft);
            }
        }
        going.drafts = stay;
    }
}

/// A step in words that stay the same from run to run.
fn name(step: &Step) -> String {
    let who = step.mail.clone().or_else(|| step.guest.map(|guest| format!("guest {guest}")));
    let place = step.target.map(|target| target.to_string()).or_else(|| step.group_name.clone());
    let words = [Some(step.action.to_string()), who, place.map(|place| format!("({place})"))];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
