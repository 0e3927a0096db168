//! From the input to the plan: compare, then let the rails hold what they name.

use super::asking::Asking;
use super::causes::cause;
use super::desired::{Standing, nobody, standing};
use super::difference::{Difference, compare};
use super::ended::settled;
use super::groups::is_nobodys;
use super::guests::plan_guests;
use super::input::Input;
use super::problems::Problems;
use super::rails::{self, Judging, RAILS, Verdict};
use super::redeeming::plan_redeeming;
use super::refusals::{self, Refused};
use super::trying;
use super::windows::Needs;
use super::world::{OtherAccess, Reach};
use super::{Action, CustomerPlan, Held, Step, digest};
use crate::config::Mode;
use crate::ids::{GuestId, ObjectId, TenantId};
use crate::ledger::{Entry, StepKey};
use crate::orders::Orders;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A step, and what the journal must know of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Draft {
    /// The step.
    pub step: Step,
    /// All the packages that ask for it.
    pub packages: BTreeSet<String>,
    /// Whether an earlier attempt was never settled: then "already there" means ours.
    pub retry: bool,
    /// Whether a partner group asks for it, or it is asked for by nobody in particular; else a grant alone asks.
    pub standing: bool,
    /// Whether a live grant asks for it: somebody decided on this very person.
    pub granted: bool,
}

impl Draft {
    /// A first attempt at a step that no grant asks for.
    pub(super) fn new(step: Step, packages: BTreeSet<String>) -> Self {
        Self { step, packages, retry: false, standing: true, granted: false }
    }

    /// A first attempt at what these ask for.
    pub(super) fn asked(step: Step, asking: &Asking) -> Self {
        let (standing, granted) = (asking.standing, asking.granted.is_some());
        Self { standing, granted, ..Self::new(step, asking.packages.clone()) }
    }

    /// Whose step it is: counted as one person, however many steps they have.
    pub(super) fn who(&self) -> Option<ObjectId> {
        self.step.person.map(ObjectId::from).or(self.step.guest.map(ObjectId::from))
    }

    /// Whether orders that were given after the plan was made forbid it.
    pub fn is_forbidden(&self, orders: &Orders, tenant: TenantId, now: Timestamp) -> bool {
        let barred = !self.step.action.takes() && self.step.person.is_some_and(|person| orders.is_barred(person));
        barred || orders.pause_of(tenant, now).is_some_and(|pause| rails::paused::keeps(pause, self))
    }

    /// Whether it takes something away because of a set, not of a fact.
    pub(super) fn is_set_removal(&self) -> bool {
        self.step.action.takes() && !self.step.cause.is_some_and(super::Cause::is_fact)
    }
}

/// A plan, and what the run that carries it out needs besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The plan as people see it.
    pub plan: CustomerPlan,
    /// The steps that may be taken, in order.
    pub drafts: Vec<Draft>,
    /// Which of them a person released: they use no budget.
    pub released: BTreeSet<StepKey>,
    /// Which steps are held, and by which rail.
    pub held: BTreeSet<StepKey>,
    /// Journal entries that need no write to Microsoft.
    pub notes: Vec<Entry>,
    /// Guests whose other access must be read before this plan is final.
    pub ask: BTreeSet<GuestId>,
    /// What must be known from outside the customer before this plan is final.
    pub needs: Needs,
    /// When the plan changes by itself, if it does.
    pub wake: Option<Timestamp>,
}

/// Plans one customer. Pure and total; the same input gives the same bytes.
pub fn plan(input: &Input<'_>) -> Planned {
    let mut problems = Problems::default();
    if input.mode == Mode::Paused {
        return whole(input, Vec::new(), Judged::default(), Difference::default(), problems);
    }
    for gap in &input.actual.gaps {
        problems.add("survey_incomplete", None, None, format!("the survey is not complete: {gap}"));
    }
    if let Reach::Units { wanting, .. } = &input.actual.reach {
        for what in wanting {
            problems.add("scoped_role_missing", None, None, what.clone());
        }
    }
    let offboarding = input.mode == Mode::Offboard;
    let standing = if offboarding { nobody(input) } else { standing(input, &mut problems) };
    let mut difference = compare(input, &standing, &mut problems);
    plan_guests(input, &standing, &mut difference, &mut problems);
    plan_redeeming(input, &mut difference, &mut problems);
    for one in &standing {
        difference.wake_at(one.doubted_until);
    }
    difference.notes.extend(settled(input, &standing));
    if let Some(pause) = input.pause() {
        difference.wake_at(Some(pause.until));
        // What was there before is not ours yet, so the first complete run is still to come.
        difference.notes.retain(|note| !matches!(note, Entry::AdoptionDone { .. }));
    }
    let drafts = std::mem::take(&mut difference.drafts);
    let drafts = trying::due(input, drafts, &mut difference, &mut problems);
    conclude(input, if offboarding { &[] } else { &standing }, difference, drafts, problems)
}

/// Sorts the steps, lets the rails judge them, and puts the plan together.
pub(super) fn conclude(
    input: &Input<'_>,
    standing: &[Standing<'_>],
    mut difference: Difference,
    mut drafts: Vec<Draft>,
    mut problems: Problems,
) -> Planned {
    // By address where there is one: a plan is read by people.
    // Grants come first: somebody waits for them, and the invitations of an hour may be few.
    let place = |draft: &Draft| {
        let step = &draft.step;
        (step.action, !draft.granted, step.package.clone(), step.target, step.mail.clone())
    };
    drafts.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.cmp(b)));
    for guest in drafts.iter().filter_map(|draft| draft.step.guest) {
        match input.actual.access.get(&guest) {
            None => {
                difference.ask.insert(guest);
            }
            Some(OtherAccess::Unread { why, .. }) => {
                let text = format!("whether guest {guest} holds a directory role could not be read: {why}");
                problems.add("vetting_unknown", None, Some(guest.into()), text);
            }
            Some(OtherAccess::Known { .. }) => {}
        }
    }
    let judged = judge(input, standing, &difference, &drafts);
    difference.notes.extend(refusals::over(input, standing, &drafts));
    difference.wake_at(rails::wake(input, &judged.held));
    rails::notice(input, &drafts, &mut problems);
    if let Some(pause) = input.pause()
        && judged.held.iter().all(|held| held.rail != rails::paused::NAME)
    {
        problems.add("paused", None, None, pause.sentence(input.resume_name()));
    }
    whole(input, drafts, judged, difference, problems)
}

/// Puts the plan together.
fn whole(
    input: &Input<'_>,
    drafts: Vec<Draft>,
    mut judged: Judged,
    difference: Difference,
    problems: Problems,
) -> Planned {
    let keys: Vec<(&str, StepKey)> = judged
        .rail_of
        .iter()
        .filter(|(_, rail)| !is_nobodys(rail))
        .map(|(&index, rail)| (*rail, StepKey::of(&drafts[index].step)))
        .collect();
    let digest = digest(input.customer.tenant_id, &keys);
    let places: BTreeMap<usize, u32> = judged.rail_of.keys().copied().zip(0..).collect();
    for (held, named) in judged.held.iter_mut().zip(&judged.named) {
        held.indices = named.iter().filter_map(|index| places.get(index).copied()).collect();
    }
    let (mut passing, mut held_steps) = (Vec::new(), Vec::new());
    for (index, draft) in drafts.into_iter().enumerate() {
        if judged.rail_of.contains_key(&index) { held_steps.push(draft.step) } else { passing.push(draft) }
    }
    Planned {
        needs: rails::needs(input, &passing, &judged.released),
        held: held_steps.iter().map(StepKey::of).collect(),
        plan: CustomerPlan {
            customer: input.customer.name.clone(),
            tenant_id: input.customer.tenant_id,
            mode: input.mode,
            digest,
            steps: passing.iter().map(|draft| draft.step.clone()).collect(),
            held: judged.held,
            held_steps,
            problems: problems.into_sorted(),
            unchanged: difference.unchanged,
        },
        drafts: passing,
        released: judged.released,
        notes: difference.notes,
        ask: difference.ask,
        wake: difference.wake.filter(|at| *at > input.now),
    }
}

#[derive(Default)]
struct Judged {
    held: Vec<Held>,
    /// For each of them, which drafts it names.
    named: Vec<BTreeSet<usize>>,
    /// The first rail that named a step.
    rail_of: BTreeMap<usize, &'static str>,
    /// What people let through.
    released: BTreeSet<StepKey>,
}

fn judge(input: &Input<'_>, standing: &[Standing<'_>], difference: &Difference, drafts: &[Draft]) -> Judged {
    let (released, refused) = refusals::decided(input);
    let keys: Vec<StepKey> = drafts.iter().map(|draft| StepKey::of(&draft.step)).collect();
    let mut verdicts: Vec<Verdict> = Vec::new();
    let pause = input.pause();
    let paused = |index: &usize| pause.is_some_and(|pause| rails::paused::keeps(pause, &drafts[*index]));
    for rail in &RAILS {
        let free: Vec<bool> = keys.iter().map(|key| rail.releasable && released.contains(key)).collect();
        let judging =
            Judging { input, standing, members: &difference.members, inside: &difference.inside, drafts, free: &free };
        for mut verdict in (rail.judge)(&judging) {
            verdict.steps.retain(|index| !free[*index]);
            close_over_people(drafts, &free, &mut verdict);
            // What waits for the end of a pause is judged then.
            verdict.steps.retain(|index| verdict.rail == rails::paused::NAME || !paused(index));
            verdicts.push(verdict);
        }
    }
    close_over_guests(drafts, &mut verdicts);
    let refused: Vec<Option<Refused<'_>>> = keys.iter().map(|key| refused.get(key).copied()).collect();
    let held_so_far = verdicts.iter().flat_map(|verdict| verdict.steps.iter().copied()).collect();
    let mut kept = rails::refused::judge(input, drafts, &refused, &held_so_far);
    if !kept.is_empty() {
        let free: Vec<bool> = keys.iter().map(|key| released.contains(key)).collect();
        for verdict in &mut kept {
            close_over_people(drafts, &free, verdict);
            verdict.steps.retain(|index| !paused(index));
        }
        verdicts.append(&mut kept);
        close_over_guests(drafts, &mut verdicts);
    }
    let mut judged = Judged { released, ..Judged::default() };
    for verdict in verdicts.into_iter().filter(|verdict| !verdict.steps.is_empty()) {
        judged.held.push(held(input, drafts, &verdict, &refused));
        judged.named.push(verdict.steps.clone());
        for index in verdict.steps {
            judged.rail_of.entry(index).or_insert(verdict.rail);
        }
    }
    judged
}

fn held(input: &Input<'_>, drafts: &[Draft], verdict: &Verdict, refused: &[Option<Refused<'_>>]) -> Held {
    let people: BTreeSet<ObjectId> = verdict.steps.iter().filter_map(|index| drafts[*index].who()).collect();
    Held {
        rail: verdict.rail.into(),
        package: verdict.package.clone(),
        count: people.len() as u32,
        limit: verdict.limit,
        steps: verdict.steps.len() as u32,
        text: verdict.text.clone() + &refusals::told(verdict.steps.iter().map(|index| refused[*index])),
        cause: cause(input.customer, verdict.rail, &verdict.package),
        indices: Vec::new(),
    }
}

/// While one removal of a person is held, everything that would be taken from that person here is held with it.
///
/// Facts go ahead beside a hold: a leaver must not stay because a group looks wrong. Only what comes after the last
/// membership waits for it: ending the sessions, and deleting the guest, which would take away what is held too.
fn close_over_people(drafts: &[Draft], free: &[bool], verdict: &mut Verdict) {
    let taking = verdict.steps.iter().map(|index| &drafts[*index]).filter(|draft| draft.step.action.takes());
    let people: BTreeSet<ObjectId> = taking.filter_map(Draft::who).collect();
    for (index, draft) in drafts.iter().enumerate() {
        let theirs = draft.step.action.takes() && draft.who().is_some_and(|who| people.contains(&who));
        let last = matches!(draft.step.action, Action::RevokeSessions | Action::DeleteGuest);
        let with = draft.is_set_removal() || (last && !is_barred_session(draft));
        if theirs && with && !free[index] {
            verdict.steps.insert(index);
        }
    }
}

/// Who is barred is signed out, whatever of theirs is held.
pub(super) fn is_barred_session(draft: &Draft) -> bool {
    draft.step.action == Action::RevokeSessions && draft.step.cause == Some(super::Cause::Barred)
}

/// Which steps make another one necessary.
type Need = fn(Action) -> bool;

/// Nobody is invited or restored for the sake of additions that are all held, nor enabled who is not restored, nor written
/// to who is not enabled.
fn close_over_guests(drafts: &[Draft], verdicts: &mut [Verdict]) {
    let needs: [(Action, Need); 4] = [
        (Action::InviteGuest, Action::places),
        (Action::RestoreGuest, Action::places),
        (Action::EnableGuest, |action| action == Action::RestoreGuest),
        (Action::ResendInvitation, |action| action == Action::EnableGuest),
    ];
    for (action, is_need) in needs {
        let held: BTreeSet<usize> = verdicts.iter().flat_map(|verdict| verdict.steps.iter().copied()).collect();
        let mut reasons: BTreeMap<ObjectId, Vec<usize>> = BTreeMap::new();
        for (index, draft) in drafts.iter().enumerate().filter(|(_, draft)| is_need(draft.step.action)) {
            if let Some(who) = draft.who() {
                reasons.entry(who).or_default().push(index);
            }
        }
        for (index, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.step.action == action) {
            let Some(theirs) = draft.who().and_then(|who| reasons.get(&who)) else { continue };
            let first =
                theirs.first().filter(|_| !held.contains(&index) && theirs.iter().all(|one| held.contains(one)));
            let verdict = first.and_then(|first| verdicts.iter_mut().find(|verdict| verdict.steps.contains(first)));
            if let Some(verdict) = verdict {
                verdict.steps.insert(index);
            }
        }
    }
}
