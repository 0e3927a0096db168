//! Carrying a plan out, under the customer's lease: a wave at a time, what takes away first.
//!
//! A wave is journalled before it is sent (its intents) and after (their outcomes, together with the next wave's
//! intents). Whatever ends the run in between, the next survey settles what was left open.

use super::additions;
use super::roles::Assignments;
use crate::{Engine, Error, told};
use access::config::Customer;
use access::ids::{GuestId, ObjectId};
use access::ledger::{Entry, Intent, Ledger, Outcome, StepKey};
use access::plan::{Action, Draft, Planned, Target};
use async_trait::async_trait;
use cloud::graph::{BIND_MAX, Done, Permit, Write, Writer};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::journal::Journal;
use store::lease::Lease;

/// The most steps of one wave, so that a block of the journal stays far below its limit.
const WAVE_MAX: usize = 200;

/// The most bytes of entries in one block: half of the journal's limit, so that what stands around them never matters.
const BLOCK_ENTRIES_BYTES_MAX: usize = store::journal::BLOCK_BYTES_MAX / 2;

/// How long appending to the journal may take before the lease must be renewed first.
const APPEND_TIMEOUT: Duration = Duration::from_secs(5);

/// When steps that could not be done yet are tried again.
pub(super) const TRY_AGAIN_IN: SignedDuration = SignedDuration::from_mins(1);

/// When the tenant is looked at again after something was taken away: no delta tells of a removal that did not work after
/// all, and before that a replica may lag.
const LOOK_AGAIN_IN: SignedDuration = SignedDuration::from_mins(11);

/// The right to write, as the writer asks for it before every attempt.
struct LeasePermit(Arc<Lease>);

#[async_trait]
impl Permit for LeasePermit {
    async fn permit(&self, timeout: Duration) -> Result<(), String> {
        self.0.ensure(timeout).await.map_err(|lost| lost.to_string())
    }
}

/// The customer's journal and ledger while somebody holds the lease.
pub(crate) struct Chain {
    pub(super) lease: Arc<Lease>,
    pub(super) journal: Journal<Entry>,
    pub(crate) ledger: Ledger,
    /// Folded already, appended with the next block.
    pub(super) pending: Vec<Entry>,
    /// The first block that was appended under this lease: the run's number.
    pub(super) first: Option<u64>,
}

impl Chain {
    /// Takes an entry in; it is durable after the next [`Chain::commit`].
    pub(crate) fn note(&mut self, entry: Entry) {
        self.ledger.fold(&entry);
        self.pending.push(entry);
    }

    /// Appends what was noted, in as many blocks as it takes: a first run may adopt ten thousand memberships.
    pub(crate) async fn commit(&mut self, now: Timestamp) -> Result<(), Error> {
        for entries in blocks(std::mem::take(&mut self.pending)) {
            self.lease.ensure(APPEND_TIMEOUT).await.map_err(|lost| Error::Lost(lost.to_string()))?;
            match self.journal.append(self.lease.epoch(), now, entries).await {
                Ok(head) => {
                    self.first.get_or_insert(head.seq);
                }
                Err(store::Error::Conflict) => {
                    return Err(Error::Lost("another run appended to the journal".into()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// The entries in order, in blocks that stay below the journal's limit.
fn blocks(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut blocks: Vec<Vec<Entry>> = Vec::new();
    let mut room = 0;
    for entry in entries {
        let bytes = serde_json::to_vec(&entry).map_or(0, |bytes| bytes.len());
        match blocks.last_mut().filter(|_| bytes <= room) {
            Some(block) => block.push(entry),
            None => {
                blocks.push(vec![entry]);
                room = BLOCK_ENTRIES_BYTES_MAX;
            }
        }
        // A comma follows.
        room = room.saturating_sub(bytes + 1);
    }
    blocks
}

/// One run's writing half.
pub(super) struct Apply<'a> {
    pub(super) engine: &'a Engine,
    pub(super) customer: &'a Customer,
    pub(super) chain: &'a mut Chain,
    pub(super) writer: Writer,
    pub(super) survey: Timestamp,
    pub(super) released: &'a BTreeSet<StepKey>,
    /// The assignments behind the roles that the survey showed: a role is taken by its assignment's id.
    pub(super) assignments: &'a Assignments,
    /// Whether a named person's command does this: it goes on beside a pause, unless that is of everything.
    pub(super) commanded: bool,
    /// By the monotonic clock: nothing new is begun after it.
    pub(super) until: Duration,
    pub(super) applied: u32,
    pub(super) waiting: u32,
    pub(super) failures: Vec<String>,
    /// When the steps that wait can go on.
    pub(super) wake: Option<Timestamp>,
}

/// The writer for this customer: it refuses by itself whatever is protected, whatever the plan says.
pub(super) fn writer(engine: &Engine, customer: &Customer, lease: &Arc<Lease>) -> Writer {
    let listed = customer.protect.iter().map(|id| id.0);
    let protected = listed.chain(customer.break_glass.accounts.iter().map(|account| account.id.0)).collect();
    engine.graph.writer(customer.tenant_id.0, Arc::new(protected), Arc::new(LeasePermit(lease.clone())))
}

impl Apply<'_> {
    /// Carries out the plan's steps.
    pub(super) async fn run(&mut self, planned: &Planned) -> Result<(), Error> {
        let mut by_action: BTreeMap<Action, Vec<Draft>> = BTreeMap::new();
        for draft in &planned.drafts {
            by_action.entry(draft.step.action).or_default().push(draft.clone());
        }
        // None of these rests on another, so they share a wave: a leaver costs one round trip less in each customer.
        let at_once = [
            Action::RemoveMember,
            Action::RemoveFromUnit,
            Action::RevokeRole,
            Action::DisableGuest,
            Action::RevokeSessions,
        ];
        let taking: Vec<Draft> = at_once.into_iter().filter_map(|action| by_action.remove(&action)).flatten().collect();
        let ends: BTreeSet<(Target, GuestId)> =
            taking.iter().filter_map(|draft| draft.step.target.zip(draft.step.guest)).collect();
        self.simple(taking).await?;
        if let Some(drafts) = by_action.get_mut(&Action::DeleteGuest) {
            // Deleted with a membership of ours, they would come back with it when the customer restores them.
            let inside = self.still_inside(&ends);
            let all = drafts.len();
            drafts.retain(|draft| draft.step.guest.is_none_or(|guest| !inside.contains(&guest)));
            self.wait(all - drafts.len());
        }
        let mut additions = Vec::new();
        for (action, drafts) in by_action {
            match action {
                Action::AdoptMember => self.adopt(drafts),
                Action::InviteGuest | Action::ResendInvitation => self.invite(drafts).await?,
                Action::AddMember | Action::AddToUnit | Action::GrantRole => additions.extend(drafts),
                _ => self.simple(drafts).await?,
            }
        }
        additions::add(self, additions).await
    }

    /// Whoever is, or may be, still in one of these places from which they were to be taken.
    fn still_inside(&self, ends: &BTreeSet<(Target, GuestId)>) -> BTreeSet<GuestId> {
        let ledger = &self.chain.ledger;
        let unsettled = ledger.open.values().filter_map(|intent| intent.step.target.zip(intent.step.guest));
        let unsettled: BTreeSet<(Target, GuestId)> = unsettled.collect();
        let is_inside = |end: &&(Target, GuestId)| {
            unsettled.contains(*end) || ledger.row(end.0, end.1).is_some_and(|row| row.removing.is_none())
        };
        ends.iter().filter(is_inside).map(|(_, guest)| *guest).collect()
    }

    /// Steps that are one write each.
    async fn simple(&mut self, drafts: Vec<Draft>) -> Result<(), Error> {
        for wave in drafts.chunks(WAVE_MAX) {
            if self.is_over() {
                self.wait(wave.len());
                continue;
            }
            let wave = self.allowed(wave).await?;
            let drafts = wave.len();
            let wave: Vec<(Draft, Write)> =
                wave.iter().filter_map(|draft| Some((draft.clone(), self.write(draft)?))).collect();
            self.wait(drafts - wave.len());
            let numbers = self.intend(wave.iter().map(|(draft, _)| draft)).await?;
            let outcomes = self.writer.send(wave.iter().map(|(_, write)| write.clone()).collect()).await;
            for ((number, (draft, _)), outcome) in numbers.into_iter().zip(wave).zip(outcomes) {
                self.end(number, &draft, outcome);
            }
        }
        Ok(())
    }

    fn write(&self, draft: &Draft) -> Option<Write> {
        let step = &draft.step;
        let user = step.guest.map(|guest| guest.0);
        Some(match (step.action, step.target) {
            (Action::RemoveMember, Some(Target::Group(group))) => Write::RemoveMember { group: group.0, user: user? },
            (Action::RemoveFromUnit, Some(Target::Unit(unit))) => Write::RemoveFromUnit { unit: unit.0, user: user? },
            (Action::RevokeRole, Some(target @ Target::Role(_, unit))) => Write::RevokeRole {
                assignment: self.assignments.get(&(target, step.guest?))?.clone(),
                unit: unit.0,
                user: user?,
            },
            (Action::DisableGuest, _) => Write::SetEnabled { user: user?, enabled: false },
            (Action::EnableGuest, _) => Write::SetEnabled { user: user?, enabled: true },
            (Action::RevokeSessions, _) => Write::RevokeSessions { user: user? },
            (Action::DeleteGuest, _) => Write::DeleteUser { user: user? },
            (Action::RestoreGuest, _) => Write::RestoreUser { user: user? },
            (Action::CreateGroup, _) => {
                let name = step.group_name.clone()?;
                Write::CreateGroup {
                    unique_name: super::survey::unique_name(self.engine, &name),
                    description: format!("Kept by Gatehouse for {}", self.engine.config.partner.name),
                    display_name: name,
                }
            }
            _ => return None,
        })
    }

    /// Memberships that were there before us: an entry, no write.
    fn adopt(&mut self, drafts: Vec<Draft>) {
        let at = self.engine.clock.now();
        for draft in drafts {
            let step = &draft.step;
            if let (Some(target), Some(guest), Some(person)) = (step.target, step.guest, step.person) {
                let packages = draft.packages.clone();
                self.chain.note(Entry::Adopted { target, guest, person, packages, at });
                self.applied += 1;
            }
        }
    }

    /// Invitations, within their budget, twenty at a time; a block by Microsoft stops them for the tenant.
    async fn invite(&mut self, drafts: Vec<Draft>) -> Result<(), Error> {
        let mut left = drafts.as_slice();
        while !left.is_empty() {
            // Asked before each wave: what was refused or never sent gives its share back to whoever comes after.
            let room = self.invitation_budget().min(BIND_MAX).min(left.len());
            if self.is_over() {
                self.wait(left.len());
                break;
            }
            if room == 0 || self.chain.ledger.invitations_blocked.is_some() {
                self.follow_on(left.len());
                break;
            }
            let (wave, later) = left.split_at(room);
            left = later;
            let wave = self.allowed(wave).await?;
            if wave.is_empty() {
                continue;
            }
            let numbers = self.intend(wave.iter()).await?;
            let write = |draft: &Draft| self.invitation(draft);
            let outcomes = self.writer.send(wave.iter().map(write).collect()).await;
            for ((number, draft), outcome) in numbers.into_iter().zip(&wave).zip(outcomes) {
                if let Err(error) = &outcome
                    && error.kind == cloud::Kind::InvitationsBlocked
                    && self.chain.ledger.invitations_blocked.is_none()
                {
                    self.chain.note(Entry::InvitationsBlocked { at: self.engine.clock.now() });
                }
                self.end(number, draft, outcome);
            }
        }
        Ok(())
    }

    fn invitation(&self, draft: &Draft) -> Write {
        let step = &draft.step;
        let mail = step.mail.clone().unwrap_or_default();
        let redirect_url = format!("https://myapps.microsoft.com/?tenantid={}", self.customer.tenant_id);
        match (step.action, step.guest) {
            (Action::ResendInvitation, Some(guest)) => Write::InviteAgain { user: guest.0, mail, redirect_url },
            _ => Write::Invite {
                mail,
                display_name: step.name.clone(),
                redirect_url,
                // Whoever was asked for by name is told; of everybody else the configuration decides.
                send_mail: self.engine.config.invitations.mail || draft.granted,
            },
        }
    }

    /// How many invitations may still be sent, counted over restarts; sets when more may.
    fn invitation_budget(&mut self) -> usize {
        let now = self.engine.clock.now();
        let limits = self.engine.config.invitations;
        let sent = self.chain.ledger.invited.clone();
        let mut room = usize::MAX;
        for (hours, limit) in [(1, limits.per_tenant_per_hour), (24, limits.per_tenant_per_day)] {
            let window = SignedDuration::from_hours(hours);
            let within: Vec<Timestamp> = sent.iter().copied().filter(|at| *at + window > now).collect();
            let left = (limit as usize).saturating_sub(within.len());
            if left < room {
                room = left;
            }
            if left == 0
                && let Some(first) = within.iter().min()
            {
                self.wake_at(*first + window);
            }
        }
        room
    }

    /// What nobody has forbidden since the plan was made: whoever is barred or pauses meanwhile does not wait for the
    /// end of a long run. The rest waits for the next one.
    pub(super) async fn allowed(&mut self, wave: &[Draft]) -> Result<Vec<Draft>, Error> {
        let mut orders = self.engine.orders().await?;
        if self.commanded {
            orders = Arc::new(orders.for_commands());
        }
        let (tenant, now) = (self.customer.tenant_id, self.engine.clock.now());
        let allowed: Vec<Draft> =
            wave.iter().filter(|draft| !draft.is_forbidden(&orders, tenant, now)).cloned().collect();
        self.wait(wave.len() - allowed.len());
        Ok(allowed)
    }

    /// Writes the intents of a wave into the journal, together with the outcomes of the one before.
    pub(super) async fn intend<'d>(&mut self, drafts: impl Iterator<Item = &'d Draft>) -> Result<Vec<u64>, Error> {
        let at = self.engine.clock.now();
        let mut numbers = Vec::new();
        for draft in drafts {
            let number = self.chain.ledger.next;
            let intent = Intent {
                number,
                step: draft.step.clone(),
                packages: draft.packages.clone(),
                survey: self.survey,
                at,
                retry: draft.retry,
                released: self.released.contains(&StepKey::of(&draft.step)),
                standing: draft.standing,
            };
            self.chain.note(Entry::Intent(Box::new(intent)));
            numbers.push(number);
        }
        self.chain.commit(at).await?;
        Ok(numbers)
    }

    /// Notes how one write ended.
    pub(super) fn end(&mut self, number: u64, draft: &Draft, outcome: Result<Done, cloud::Error>) {
        let outcome = match outcome {
            Ok(done) => {
                self.applied += 1;
                if draft.step.action.takes() {
                    self.wake_at(self.engine.clock.now() + LOOK_AGAIN_IN);
                }
                done_outcome(done)
            }
            Err(error) => {
                let outcome = self.sort(&error);
                let step = &draft.step;
                let who = step.person.map(ObjectId::from).or(step.guest.map(ObjectId::from));
                match &outcome {
                    Outcome::NotSent => self.wait(1),
                    _ => self.failures.push(format!(
                        "{} of {}: {error}",
                        step.action,
                        who.map_or_else(|| step.group_name.clone().unwrap_or_default(), |id| id.to_string())
                    )),
                }
                outcome
            }
        };
        told::step(draft.step.action, &outcome);
        let at = self.engine.clock.now();
        let is_refused = matches!(outcome, Outcome::Refused { .. });
        self.chain.note(Entry::Outcome { intent: number, outcome, at });
        if is_refused {
            // What refuses it stays until somebody mends it.
            let tried = self.chain.ledger.tried(&draft.step);
            self.wake_at(tried.map_or(at + TRY_AGAIN_IN, |tried| tried.next()));
        }
    }

    fn sort(&mut self, error: &cloud::Error) -> Outcome {
        use cloud::Kind;
        match &error.kind {
            Kind::Unclear => {
                self.wake_at(self.engine.clock.now() + TRY_AGAIN_IN);
                Outcome::Unclear { text: error.to_string() }
            }
            Kind::NeverSent | Kind::NoCredential | Kind::Throttled { .. } | Kind::Unavailable | Kind::LeaseLost(_) => {
                Outcome::NotSent
            }
            _ => Outcome::Refused { text: error.to_string() },
        }
    }

    /// Whether it is time to stop: the host ends us soon.
    pub(super) fn is_over(&self) -> bool {
        self.engine.clock.monotonic() >= self.until
    }

    /// Counts steps that are left for a later run, soon.
    pub(super) fn wait(&mut self, steps: usize) {
        if steps > 0 {
            self.waiting += steps as u32;
            self.wake_at(self.engine.clock.now() + TRY_AGAIN_IN);
        }
    }

    /// Counts steps that cannot go on before others of this run do, which know when that is.
    pub(super) fn follow_on(&mut self, steps: usize) {
        self.waiting += steps as u32;
        if steps > 0 && self.wake.is_none() {
            self.wake_at(self.engine.clock.now() + TRY_AGAIN_IN);
        }
    }

    pub(super) fn wake_at(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |known| known.min(at)));
    }
}

fn done_outcome(done: Done) -> Outcome {
    match done {
        Done::Done => Outcome::Done,
        Done::AlreadyThere => Outcome::AlreadyThere,
        Done::NotThere => Outcome::NotThere,
        Done::Invited { guest, .. } => Outcome::Invited { guest: GuestId(guest) },
        Done::Created { id } => Outcome::Created { group: access::ids::GroupId(id) },
    }
}
