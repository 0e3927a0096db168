//! Who is paged next, and when. All times are wall clock, so that whoever looks next goes on where the last one was.

use super::outbox::{PageRecord, PageState, What};
use super::{Happened, Incident, Severity, Status};
use crate::config::{EscalationStep, Paging};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A page that no channel took for so long is one that nobody heard: the next step begins although this one's wait is
/// longer.
pub const DEAD_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// Where the escalation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// How often the whole chain was gone through before.
    pub round: u32,
    /// The step, from 0.
    pub step: u32,
    /// When it began.
    pub begun: Timestamp,
    /// Whether it was the last one, and is over.
    pub ended: bool,
}

/// Brings the escalation to where it should be now: pages that are due are owed in the incident's `pages`. `leads` says
/// that people are being paged for another incident whose pages name this one. The answer is whether anything changed.
///
/// With an empty chain nobody can be paged; whoever calls says so elsewhere.
pub fn advance(
    incident: &mut Incident,
    chain: &[EscalationStep],
    paging: &Paging,
    leads: bool,
    now: Timestamp,
) -> bool {
    let before = (incident.pages.len(), incident.stage.clone(), incident.status, incident.history.len());
    lapse(incident, now);
    tell_of_dead_letters(incident, chain, now);
    if leads && incident.stage.is_none() {
        // Named in the other's pages: should those end without an answer, this one goes on where they began.
        return changed(incident, &before);
    }
    while !leads && let Some((round, step)) = due(incident, chain, paging, now) {
        begin(incident, chain, round, step, now);
    }
    changed(incident, &before)
}

type Before = (usize, Option<Stage>, Status, usize);

fn changed(incident: &Incident, before: &Before) -> bool {
    *before != (incident.pages.len(), incident.stage.clone(), incident.status, incident.history.len())
}

/// When something becomes due by time alone: the next step, the end of an acknowledgement; `None`: nothing does.
pub fn next_due(incident: &Incident, chain: &[EscalationStep]) -> Option<Timestamp> {
    match incident.status {
        Status::Closed => None,
        Status::Acknowledged => incident.acknowledged.as_ref().map(|given| given.until),
        Status::Open => match &incident.stage {
            None => Some(incident.page_from),
            Some(stage) if stage.ended => None,
            Some(stage) => Some(stage.begun + wait_of(chain, stage.step)),
        },
    }
}

/// Whoever acknowledged gave no verdict in time: people are paged as if it were new.
fn lapse(incident: &mut Incident, now: Timestamp) {
    let Some(given) = incident.acknowledged.as_ref().filter(|given| given.until <= now) else { return };
    if incident.status != Status::Acknowledged {
        return;
    }
    let note = format!("{} acknowledged it, and no verdict came", given.by);
    incident.status = Status::Open;
    incident.stage = None;
    incident.page_from = now;
    incident.call_anew();
    incident.note(now, Happened::Lapsed, None, Some(note));
}

/// The step that is due now: its round and number.
fn due(incident: &Incident, chain: &[EscalationStep], paging: &Paging, now: Timestamp) -> Option<(u32, u32)> {
    if chain.is_empty() {
        return None;
    }
    let Some(stage) = &incident.stage else {
        // A test goes to the first step, once, although it is closed from the start.
        let pages = incident.status == Status::Open || (incident.test && incident.pages.is_empty());
        return (pages && incident.page_from <= now).then_some((0, 0));
    };
    if incident.status != Status::Open || incident.test || stage.ended {
        return None;
    }
    let is_over = stage.begun + wait_of(chain, stage.step) <= now;
    if !is_over && !nobody_heard(incident, stage, now) {
        return None;
    }
    let next = stage.step + 1;
    match (next as usize) < chain.len() {
        true => Some((stage.round, next)),
        false if is_over && stage.round + 1 < rounds(incident, paging) => Some((stage.round + 1, 0)),
        // The end of the chain without an answer; a channel that is down is tried again for a day all the same.
        false if is_over => Some((stage.round, u32::MAX)),
        false => None,
    }
}

/// A drill and what only has to be looked at are gone through once.
fn rounds(incident: &Incident, paging: &Paging) -> u32 {
    if incident.drill.is_some() || incident.severity >= Severity::Warning { 1 } else { paging.rounds_max }
}

fn wait_of(chain: &[EscalationStep], step: u32) -> SignedDuration {
    chain.get(step as usize).or(chain.last()).map_or(SignedDuration::from_mins(5), |step| step.wait)
}

/// Whether no channel of the step took its page, and none is worth waiting for.
fn nobody_heard(incident: &Incident, stage: &Stage, now: Timestamp) -> bool {
    let of_step = |page: &&PageRecord| page.what == What::Page && (page.round, page.step) == (stage.round, stage.step);
    let mut pages = incident.pages.iter().filter(of_step).peekable();
    if pages.peek().is_none() {
        return false;
    }
    pages
        .all(|page| page.state == PageState::Dead || (page.state == PageState::Failed && page.made + DEAD_AFTER <= now))
}

fn begin(incident: &mut Incident, chain: &[EscalationStep], round: u32, step: u32, now: Timestamp) {
    let Some(channels) = chain.get(step as usize).map(|step| &step.channels) else {
        if let Some(stage) = incident.stage.as_mut() {
            stage.ended = true;
        }
        let note = "everybody was paged as often as the configuration says, and nobody answered";
        return incident.note(now, Happened::Unanswered, None, Some(note.into()));
    };
    incident.stage = Some(Stage { round, step, begun: now, ended: false });
    for channel in channels {
        owe(incident, channel, What::Page, round, step, None, now);
    }
    if (round, step) != (0, 0) {
        let note = format!("step {} of {}, {} time", step + 1, chain.len(), ordinal(round + 1));
        incident.note(now, Happened::Escalated, None, Some(note));
    }
}

fn ordinal(number: u32) -> String {
    match number {
        1 => "first".into(),
        2 => "second".into(),
        3 => "third".into(),
        other => format!("{other}th"),
    }
}

/// A channel that takes nothing is itself something to tell: the step's other channels hear of it, once.
fn tell_of_dead_letters(incident: &mut Incident, chain: &[EscalationStep], now: Timestamp) {
    let dead: Vec<PageRecord> =
        incident.pages.iter().filter(|page| page.state == PageState::Dead && !page.told).cloned().collect();
    for page in dead {
        let others = chain.get(page.step as usize).map(|step| step.channels.as_slice()).unwrap_or_default();
        let takes = |channel: &&String| {
            **channel != page.channel
                && incident.pages.iter().all(|one| one.channel != **channel || one.state != PageState::Dead)
        };
        let others: Vec<String> = others.iter().filter(takes).cloned().collect();
        let why = page.why.clone().unwrap_or_default();
        let note = format!("channel {} took nothing and was given up: {why}", page.channel);
        if page.what == What::Page && incident.status == Status::Open {
            for other in &others {
                owe(incident, other, What::DeadLetter, page.round, page.step, Some(note.clone()), now);
            }
        }
        if let Some(kept) = incident.pages.iter_mut().find(|one| one.number == page.number) {
            kept.told = true;
        }
        incident.note(now, Happened::Undelivered, None, Some(note));
    }
}

/// Owes a message to a channel.
pub(super) fn owe(
    incident: &mut Incident,
    channel: &str,
    what: What,
    round: u32,
    step: u32,
    note: Option<String>,
    now: Timestamp,
) {
    let number = incident.pages.last().map_or(1, |page| page.number + 1);
    // What is said of an alert is said of the latest that the channel has, so that mere news opens none.
    let latest = || incident.alerts_at(channel).last().copied();
    let anew = if what.opens_alert() { incident.anew } else { latest().unwrap_or(incident.anew) };
    incident.pages.push(PageRecord {
        number,
        channel: channel.to_owned(),
        what,
        round,
        step,
        anew,
        note,
        state: PageState::Waiting,
        attempts: 0,
        made: now,
        next: now,
        claimed: None,
        may_repeat: false,
        at: None,
        why: None,
        told: false,
        dropped: false,
    });
}
