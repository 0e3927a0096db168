//! The state machine: what may happen to an incident, and what that makes of it.

use super::escalation::owe;
use super::incident::{Wants, listed};
use super::opening::{ACCOUNT, ASKING};
use super::{
    Account, Acknowledged, Given, Happened, Heard, Incident, IncidentId, Kind, LISTED_MAX, PageRecord, Severity,
    SignIn, Status, Verdict, What, seen,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Something happens to an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The same came by another road, as [`openings`](super::openings) shows it.
    Heard(Box<Incident>),
    /// Somebody looks after it.
    Acknowledge {
        /// Who.
        by: String,
        /// Whether a machine only says so.
        asserted: bool,
        /// For how long without a verdict.
        for_long: SignedDuration,
        /// Their words.
        comment: Option<String>,
        /// When they said so, where that is known to lie in the past: whoever said so before people were called anew did not
        /// answer that call.
        said: Option<Timestamp>,
    },
    /// Somebody judges it.
    Judge {
        /// How.
        verdict: Verdict,
        /// Who.
        by: String,
        /// Whether a machine only says so.
        asserted: bool,
        /// Their words.
        comment: Option<String>,
    },
    /// The logs were asked.
    Read(Details),
    /// The logs could not be asked, or not all of them.
    Unread {
        /// Why.
        why: String,
        /// When they are asked again; `None`: not any more.
        next: Option<Timestamp>,
    },
    /// We saw it ourselves, and the alert about it did not come in time.
    Unalerted,
    /// It is worse than it looked.
    Raise {
        /// How bad it is.
        severity: Severity,
        /// Why.
        why: String,
    },
    /// The drill covers another sign-in: this one was not announced.
    NoDrill,
    /// Its first page was sent together with that of another incident.
    With(IncidentId),
    /// Its pages name these, too.
    Announces(Vec<IncidentId>),
}

/// What the logs show of an incident.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// The sign-ins.
    pub sign_ins: Vec<SignIn>,
    /// How many entries of the logs it is.
    pub entries: usize,
    /// Whose they are.
    pub accounts: Vec<Account>,
    /// Further facts, each with its label.
    pub facts: Vec<(String, String)>,
    /// What is not known all the same, and why.
    pub gaps: Vec<String>,
}

/// Why something does not happen. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is closed.
    Closed,
    /// It is a test, which nobody has to answer.
    Test,
}

impl Refusal {
    /// Why, for people.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::Closed => "the incident is closed",
            Self::Test => "it was a test: nobody has to answer",
        }
    }
}

/// What becomes of the incident when this happens to it.
pub fn apply(incident: &Incident, event: &Event, now: Timestamp) -> Result<Incident, Refusal> {
    let mut next = incident.clone();
    match event {
        Event::Heard(other) => hear(&mut next, other, now),
        Event::Acknowledge { by, asserted, for_long, comment, said } => {
            answerable(incident)?;
            if said.is_some_and(|said| incident.called_anew_at().is_some_and(|called| said < called)) {
                return Ok(next);
            }
            next.status = Status::Acknowledged;
            next.acknowledged =
                Some(Acknowledged { by: by.clone(), asserted: *asserted, at: now, until: now + *for_long });
            drop_calls(&mut next);
            next.note(now, Happened::Acknowledged, Some(by), comment.clone());
            tell(&mut next, What::Acknowledged, None, PageRecord::may_be_known, now);
        }
        Event::Judge { verdict, by, asserted, comment } => {
            answerable(incident)?;
            next.status = Status::Closed;
            next.verdict = Some(Given {
                verdict: *verdict,
                by: by.clone(),
                asserted: *asserted,
                at: now,
                comment: comment.clone(),
            });
            next.wants = None;
            drop_calls(&mut next);
            let note = match comment {
                Some(comment) => format!("{}: {comment}", verdict.name()),
                None => verdict.name().to_owned(),
            };
            next.note(now, Happened::Judged, Some(by), Some(note));
            tell(&mut next, What::Closed, None, PageRecord::may_be_known, now);
        }
        Event::Read(details) => read(&mut next, details, now),
        Event::Unread { why, next: again } => unread(&mut next, why, *again, now),
        Event::Unalerted => {
            if next.awaits.take().is_some() {
                let note = format!("no alert about it came within {} minutes", seen::ALERT_WITHIN.as_mins());
                next.note(now, Happened::Unalerted, None, Some(note));
            }
        }
        Event::Raise { severity, why } => raise(&mut next, *severity, why, now),
        Event::NoDrill => {
            if next.drill.take().is_some() {
                let why = "the drill that is announced covers another sign-in: this one was not announced";
                raise(&mut next, Severity::Critical, why, now);
            }
        }
        Event::With(lead) => {
            // What it would have said is said there. A page that was taken stays what it is.
            next.with = Some(lead.clone());
            next.pages.iter_mut().filter(|page| !page.is_over()).for_each(|page| page.dropped = true);
            next.stage = None;
        }
        Event::Announces(others) => {
            for other in others {
                if !next.announces.contains(other) {
                    next.announces.push(other.clone());
                }
            }
        }
    }
    Ok(next)
}

fn answerable(incident: &Incident) -> Result<(), Refusal> {
    match incident.status {
        _ if incident.test => Err(Refusal::Test),
        Status::Closed => Err(Refusal::Closed),
        Status::Open | Status::Acknowledged => Ok(()),
    }
}

/// The same by another road: one more line in the record, and what it knows more. It never closes, answers or pages.
fn hear(incident: &mut Incident, other: &Incident, now: Timestamp) {
    let new: Vec<&Heard> =
        other.alerts.iter().filter(|heard| incident.alerts.iter().all(|known| known.id != heard.id)).collect();
    if new.is_empty() {
        return;
    }
    let note = new.iter().map(|heard| heard.what.as_str()).collect::<Vec<_>>().join(", ");
    if other.has_alert() {
        incident.awaits = None;
    }
    for heard in new {
        incident.heard += 1;
        if incident.alerts.len() < LISTED_MAX {
            incident.alerts.push(heard.clone());
        }
    }
    for account in &other.accounts {
        listed(&mut incident.accounts, account);
    }
    let was_success = has_success(incident);
    add_sign_ins(incident, &other.sign_ins);
    incident.occurred_at = incident.occurred_at.or(other.occurred_at);
    incident.note(now, Happened::Heard, None, Some(note));
    // A step or an attempt that is told again as a success: the outcome is what people have to hear.
    let became = has_success(incident) && !was_success && !incident.sign_ins.is_empty();
    if became && other.drill.is_none() && !incident.test {
        incident.page_from = incident.page_from.min(now);
        worsen(incident, Severity::Critical, "what was an attempt is told as a success", now);
    }
}

fn has_success(incident: &Incident) -> bool {
    incident.sign_ins.iter().any(|one| one.result.as_deref().is_none_or(|code| code == "0"))
}

/// It is worse than whoever judged it knew: people are paged again even where it was closed.
fn worsen(incident: &mut Incident, severity: Severity, why: &str, now: Timestamp) {
    if severity >= incident.severity {
        return;
    }
    if incident.status == Status::Closed {
        incident.verdict = None;
        incident.journalled = None;
        incident.status = Status::Acknowledged;
    }
    raise(incident, severity, why, now);
}

/// Adds the sign-ins that are not known, and to those that are what is.
fn add_sign_ins(incident: &mut Incident, others: &[SignIn]) -> bool {
    let mut added = false;
    for other in others {
        let known = incident.sign_ins.iter_mut().find(|known| known.id.is_some() && known.id == other.id);
        if let Some(known) = known {
            let before = known.clone();
            known.at = known.at.or(other.at);
            known.user = known.user.or(other.user);
            for (mine, theirs) in
                [(&mut known.result, &other.result), (&mut known.ip, &other.ip), (&mut known.app, &other.app)]
            {
                if mine.is_none() {
                    mine.clone_from(theirs);
                }
            }
            if other.result.as_deref() == Some("0") {
                known.result.clone_from(&other.result);
            }
            added |= *known != before;
        } else {
            added |= listed(&mut incident.sign_ins, other);
        }
    }
    added
}

fn read(incident: &mut Incident, details: &Details, now: Timestamp) {
    incident.wants = None;
    let mut news = complete(incident, &details.sign_ins);
    news |= add_sign_ins(incident, &details.sign_ins);
    for account in &details.accounts {
        news |= listed(&mut incident.accounts, account);
    }
    let is_asking = |fact: &(String, String)| fact.0 == ACCOUNT && fact.1 == ASKING;
    if let Some(at) = incident.facts.iter().position(is_asking) {
        if incident.accounts.is_empty() {
            incident.facts[at].1 = "not named in the alert, nor found in the logs".into();
        } else {
            incident.facts.remove(at);
        }
    }
    for fact in &details.facts {
        news |= listed(&mut incident.facts, fact);
    }
    let gaps = details.gaps.join("; ");
    let what = match (incident.kind, details.entries) {
        (Kind::Change, 1) => "entry in the audit log",
        (Kind::Change, _) => "entries in the audit log",
        (_, 1) => "sign-in in the logs",
        _ => "sign-ins in the logs",
    };
    let note = match (details.entries, gaps.is_empty()) {
        (0, true) => "the logs show nothing".to_owned(),
        (0, false) => format!("nothing was found, and not all could be read: {gaps}"),
        (found, true) => format!("{found} {what}"),
        (found, false) => format!("{found} {what}, and not all could be read: {gaps}"),
    };
    incident.note(now, Happened::Detailed, None, Some(note.clone()));
    // A sign-in of which the log knows nothing is odd; of a change the alert itself came out of the log.
    let is_odd = details.entries == 0 && incident.kind == Kind::SignIn;
    if (news || !gaps.is_empty() || is_odd) && incident.with.is_none() {
        tell_paged(incident, What::Details, Some(note), now);
    }
}

/// Gives a sign-in that had no id the one of the entry that it is.
fn complete(incident: &mut Incident, found: &[SignIn]) -> bool {
    let mut completed = false;
    for entry in found {
        if incident.sign_ins.iter().any(|known| known.id == entry.id) {
            continue;
        }
        let is_it = |known: &&mut SignIn| {
            let fits = |said: &Option<String>, found: &Option<String>| said.is_none() || said == found;
            let is_named = known.id.as_ref().is_some_and(|id| Uuid::try_parse(id).is_ok());
            !is_named
                && (known.user.is_none() || known.user == entry.user)
                && fits(&known.result, &entry.result)
                && fits(&known.ip, &entry.ip)
                && fits(&known.app, &entry.app)
        };
        if let Some(known) = incident.sign_ins.iter_mut().find(is_it) {
            *known = entry.clone();
            completed = true;
        }
    }
    completed
}

fn unread(incident: &mut Incident, why: &str, again: Option<Timestamp>, now: Timestamp) {
    match (again, incident.wants.take()) {
        (Some(next), Some(wants)) => incident.wants = Some(Wants { attempts: wants.attempts + 1, next, ..wants }),
        (_, None) => {}
        (None, Some(_)) => {
            let note = format!("no details could be read: {why}");
            incident.note(now, Happened::Unread, None, Some(note.clone()));
            if incident.with.is_none() {
                tell_paged(incident, What::Details, Some(note), now);
            }
        }
    }
}

fn raise(incident: &mut Incident, severity: Severity, why: &str, now: Timestamp) {
    if incident.status == Status::Closed || severity >= incident.severity {
        return;
    }
    incident.severity = severity;
    incident.call_anew();
    let is_over = incident.stage.as_ref().is_some_and(|stage| stage.ended);
    if incident.status == Status::Acknowledged || is_over {
        // Whoever answered did so for less than this, and whoever did not may have been asleep for less.
        incident.status = Status::Open;
        incident.acknowledged = None;
        incident.stage = None;
        incident.page_from = now;
        incident.facts.push(("Why again".into(), why.to_owned()));
        return incident.note(now, Happened::Raised, None, Some(why.to_owned()));
    }
    incident.note(now, Happened::Raised, None, Some(why.to_owned()));
    tell_paged(incident, What::Raised, Some(why.to_owned()), now);
}

/// Every channel that was paged, or is about to be, hears something more.
fn tell_paged(incident: &mut Incident, what: What, note: Option<String>, now: Timestamp) {
    tell(incident, what, note, |page| page.may_be_known() || !page.is_over(), now);
}

/// Every channel with a page that `counts` hears this, once.
fn tell(
    incident: &mut Incident,
    what: What,
    note: Option<String>,
    counts: impl Fn(&PageRecord) -> bool,
    now: Timestamp,
) {
    let mut told: Vec<(String, u32)> = Vec::new();
    for page in incident.pages.iter().filter(|page| page.what == What::Page && counts(page)) {
        if told.iter().all(|(channel, _)| *channel != page.channel) {
            told.push((page.channel.clone(), page.step));
        }
    }
    let round = incident.stage.as_ref().map_or(0, |stage| stage.round);
    for (channel, step) in told {
        owe(incident, &channel, what, round, step, note.clone(), now);
    }
}

/// Calls that were not sent yet need not be; what may be on its way, and what a channel is to hear of the answer, stays.
fn drop_calls(incident: &mut Incident) {
    let open = incident.pages.iter_mut().filter(|page| page.what.calls() && page.claimed.is_none() && !page.is_over());
    open.for_each(|page| page.dropped = true);
}
