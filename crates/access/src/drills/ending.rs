//! What the store shows of a drill, and when a drill is over.

use super::{BESIDE_MAX, Beside, DrillRecord, Ended, Missing, Told};
use crate::incidents::{Incident, Kind, PageRecord, PageState, Verdict, What};
use jiff::{SignedDuration, Timestamp};

/// What is known of a drill at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen<'a> {
    /// The incident that the drill covers.
    pub incident: Option<&'a Incident>,
    /// The incident in whose pages it is named, if it is in another's.
    pub lead: Option<&'a Incident>,
    /// The customer's other incidents since the drill began.
    pub others: &'a [Incident],
    /// How long an acknowledgement counts without a verdict: people who were called late in the window have as much time.
    pub verdict_within: SignedDuration,
}

impl DrillRecord {
    /// Takes in what is known now, and ends the drill where it is over. An end stays what it is, whatever comes later.
    /// The answer is whether anything changed.
    pub fn take_in(&mut self, seen: &Seen<'_>, now: Timestamp) -> bool {
        let before = self.clone();
        if let Some(incident) = seen.incident {
            self.measure(incident, seen.lead.unwrap_or(incident));
        } else if self.ended.is_none() {
            self.note_others(seen.others);
        }
        if self.ended.is_none()
            && let Some(missing) = self.outcome(seen, now)
        {
            self.ended = Some(Ended { at: now, missing });
        }
        *self != before
    }

    fn measure(&mut self, incident: &Incident, paged: &Incident) {
        self.incident = Some(incident.id.clone());
        // It may have been seen before it was known to be the drill's.
        self.beside.retain(|other| other.id != incident.id);
        let at_sign_in = incident.sign_ins.iter().filter_map(|one| one.at).min();
        self.signed_in = at_sign_in.or(incident.occurred_at);
        self.alerted = incident.alerts.iter().filter(|heard| is_alert(&heard.id)).map(|heard| heard.at).min();
        let pages: Vec<&PageRecord> = paged.pages.iter().filter(|page| page.what == What::Page).collect();
        let taken = pages.iter().filter(|page| page.state == PageState::Sent);
        self.paged = taken.filter_map(|page| page.at).min();
        self.pages = told(&pages);
        let verdict = incident.verdict.as_ref();
        let given = incident.acknowledged.as_ref();
        // Who judges without a word before has answered with that.
        let answered = given.map(|given| (given.at, &given.by)).or(verdict.map(|given| (given.at, &given.by)));
        if self.acknowledged.is_none() {
            self.acknowledged = answered.map(|(at, _)| at);
            self.acknowledged_by = answered.map(|(_, by)| by.clone());
        }
        self.judged = verdict.map(|given| given.at);
        self.judged_by = verdict.map(|given| given.by.clone());
        self.verdict = verdict.map(|given| given.verdict);
    }

    fn note_others(&mut self, others: &[Incident]) {
        for other in others.iter().filter(|other| !other.test) {
            let is_new = self.beside.iter().all(|known| known.id != other.id);
            if is_new && self.beside.len() < BESIDE_MAX {
                let account = other.accounts.first().map(|account| account.upn.clone());
                self.beside.push(Beside { id: other.id.clone(), kind: other.kind, account });
            }
        }
    }

    /// `None`: it goes on. Else what is missing, if anything is.
    fn outcome(&self, seen: &Seen<'_>, now: Timestamp) -> Option<Option<Missing>> {
        if self.verdict.is_some_and(|verdict| verdict != Verdict::Drill) {
            return Some(Some(Missing::OtherVerdict));
        }
        let missing = self.missing();
        if missing.is_none() {
            return Some(None);
        }
        let called = seen.incident.filter(|_| self.alerted.is_some()).map(|incident| incident.opened_at);
        let end = called.map_or(self.until, |called| self.until.max(called + seen.verdict_within));
        (end <= now).then_some(missing)
    }

    /// The first thing on the way that is not there.
    fn missing(&self) -> Option<Missing> {
        let has = |kind: Kind| self.beside.iter().any(|other| other.kind == kind);
        if self.announced.is_none() {
            return Some(Missing::Announcement);
        }
        match &self.incident {
            None if has(Kind::DeliveryBroken) => return Some(Missing::AlertOfSeen),
            None if has(Kind::SignIn) => return Some(Missing::ThisAlert),
            None => return Some(Missing::Alert),
            Some(_) if self.alerted.is_none() => return Some(Missing::AlertOfSeen),
            Some(_) => {}
        }
        let stages = [
            (self.paged, Missing::Page),
            (self.acknowledged, Missing::Acknowledgement),
            (self.judged, Missing::Verdict),
        ];
        stages.into_iter().find_map(|(reached, missing)| reached.is_none().then_some(missing))
    }
}

/// Whether an incident was heard of by an alert: those are named by the hash of their bytes, other roads by a word.
fn is_alert(heard: &str) -> bool {
    heard.len() == 32 && heard.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The best that became of the pages on each channel.
fn told(pages: &[&PageRecord]) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    for page in pages {
        let taken = page.state == PageState::Sent;
        let new = Told { channel: page.channel.clone(), taken, at: page.at, why: page.why.clone() };
        match told.iter_mut().find(|known| known.channel == page.channel) {
            Some(known) if !known.taken => *known = new,
            Some(_) => {}
            None => told.push(new),
        }
    }
    told
}
