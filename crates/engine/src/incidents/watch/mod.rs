//! The second pair of eyes: what the logs themselves show, whether or not an alert came.
//!
//! Each customer has its turns by a hash of its tenant, so that the requests of many are spread and nothing has to be kept of
//! any of them; what was read before is read again, since entries come late. Only a customer who cannot be read has a document.

mod document;
mod missed;
mod turns;
mod unread;

use super::enrich::entries;
use super::enrich::sign_in_asks;
use super::open::Known;
use crate::{Engine, Error};
use access::config::{BreakGlassAccount, Customer};
use access::incidents::Entry;
use cloud::graph::{Answer, Ask, Report};
use document::{UNWATCHED, Unwatched, WATCH, Watch, unwatched_path};
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use turns::{Duty, Turns};
use uuid::Uuid;

/// How many customers are looked at together.
const AT_ONCE: usize = 16;

/// A tick begins to look at customers for so long; who is left has the next turn.
const BEGIN_WITHIN: Duration = Duration::from_secs(45);

/// How far back the logs are kept with the smallest licence (page "Microsoft Entra data retention").
const LOGS_KEPT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How often a report that has more entries than one answer is asked for the older ones.
const FURTHER_MAX: usize = 3;

/// What a process remembers of its looks.
#[derive(Debug, Default)]
pub(crate) struct Watching {
    pub(super) known: Mutex<Known>,
    heard: Mutex<missed::HeardAlerts>,
    /// When all holders of credentials were last looked at.
    pub(super) holders_looked: Mutex<Option<Timestamp>>,
}

/// What a look at one customer's logs gave.
struct Seen {
    entries: Vec<Entry>,
    /// Why not all of them were read.
    error: Option<cloud::Error>,
    /// Entries that are older than what could be read.
    cut: bool,
}

impl Engine {
    /// `watch_sign_ins`: one request for each customer whose turn it is, and three operations on the store in all, where there
    /// is nothing new. Returns what a person may want to know. An error is a failure of the store.
    pub async fn watch_sign_ins(&self) -> Result<Vec<String>, Error> {
        let watched: Vec<&Customer> =
            self.config.customers.iter().filter(|customer| !customer.break_glass.accounts.is_empty()).collect();
        if watched.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let until = self.clock.monotonic() + BEGIN_WITHIN;
        let kept = self.store.read::<Watch>(WATCH).await?;
        let turns = Turns::new(&watched, kept.as_ref().map(|kept| &kept.value), now);
        let folder = format!("{UNWATCHED}/");
        let troubled: BTreeSet<String> = self.store.list(&folder).await?.into_iter().collect();
        let (turns, troubled) = (&turns, &troubled);
        let refused = &AtomicBool::new(false);
        let mut looking = Vec::new();
        for (customer, duty) in turns.due(&watched) {
            looking.push(async move {
                if self.clock.monotonic() >= until || refused.load(Ordering::Relaxed) {
                    return None;
                }
                let looked = self.watch_customer(customer, duty, turns, troubled, refused).await;
                let failed = |error| {
                    vec![format!("customer {}: {error}; its logs are read again at its next turn", customer.name)]
                };
                Some(looked.unwrap_or_else(failed))
            });
        }
        let looked = futures::stream::iter(looking).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
        let (mut logs, mut left) = (Vec::new(), 0);
        for of_one in looked {
            left += usize::from(of_one.is_none());
            logs.extend(of_one.unwrap_or_default());
        }
        if refused.load(Ordering::Relaxed) {
            // The program's own trouble and no customer's: as if there had been no tick, so that all is made up for.
            logs.push("Microsoft refuses our credential: no customer's break-glass accounts are watched".into());
            return Ok(logs);
        }
        if left > 0 {
            logs.push(format!("{left} customers had to wait for their next turn: Microsoft's reports are slow"));
        }
        // At the end: whoever dies before it leaves this minute's customers to the next tick.
        let watch = turns.watch(now);
        let stored = match &kept {
            Some(kept) => self.store.replace(kept, watch).await.map(|_| ()),
            None => self.store.create(WATCH, watch).await.map(|_| ()),
        };
        match stored {
            // Another process looked at the same time.
            Ok(()) | Err(store::Error::Conflict) => Ok(logs),
            Err(error) => Err(error.into()),
        }
    }

    async fn watch_customer(
        &self,
        customer: &Customer,
        duty: Duty,
        turns: &Turns,
        troubled: &BTreeSet<String>,
        refused: &AtomicBool,
    ) -> Result<Vec<String>, Error> {
        let now = self.clock.now();
        let path = unwatched_path(customer.tenant_id);
        let trouble = match troubled.contains(&path) {
            true => self.store.read::<Unwatched>(&path).await?,
            false => None,
        };
        let mut logs = Vec::new();
        let is_put_off = trouble.as_ref().is_some_and(|kept| kept.value.next > now);
        if (duty.sign_ins || duty.audits) && !is_put_off {
            let since = trouble.as_ref().map_or(turns.since(now), |kept| kept.value.since.min(turns.since(now)));
            let since = since.max(now - LOGS_KEPT_FOR);
            // Whatever could not be read is made up for by the first turn that reads again.
            let duty = if trouble.is_some() { Duty { sign_ins: true, audits: true, ..duty } } else { duty };
            let seen = self.read_own(customer, duty, since, now).await;
            let opened = self.open_entries(customer, &seen.entries).await?;
            if !opened.is_empty() {
                let ids: Vec<String> = opened.iter().map(ToString::to_string).collect();
                logs.push(format!(
                    "customer {}: the log shows what no alert told of: {}",
                    customer.name,
                    ids.join(", ")
                ));
            }
            if seen.cut {
                logs.push(format!(
                    "customer {}: the log has more entries than can be read; the oldest were left out",
                    customer.name
                ));
            }
            match (&seen.error, &trouble) {
                // Of one app among several: the customers of the others are watched as ever.
                (Some(error), _) if error.kind == cloud::Kind::BadCredential && !self.config.apps.is_empty() => {
                    self.report_program(&Error::cloud("read the sign-in log", error)).await;
                    logs.extend(self.unreadable(customer, trouble.as_ref(), since, error).await?);
                }
                (Some(error), _) if error.kind == cloud::Kind::BadCredential => {
                    self.report_program(&Error::cloud("read the sign-in log", error)).await;
                    refused.store(true, Ordering::Relaxed);
                }
                (Some(error), _) => logs.extend(self.unreadable(customer, trouble.as_ref(), since, error).await?),
                (None, Some(kept)) => logs.extend(self.readable_again(customer, &kept.value).await?),
                (None, None) => {}
            }
        }
        if duty.alerts {
            logs.extend(self.missed_alerts(customer, troubled).await?);
        }
        Ok(logs)
    }

    /// What the logs show of the customer's accounts since then.
    async fn read_own(&self, customer: &Customer, duty: Duty, since: Timestamp, now: Timestamp) -> Seen {
        let accounts: Vec<&BreakGlassAccount> = customer.break_glass.accounts.iter().collect();
        let mut asks = if duty.sign_ins { sign_in_asks(&accounts, since, now) } else { Vec::new() };
        let sign_ins = asks.len();
        let targets = if duty.audits { watched_objects(customer) } else { Vec::new() };
        asks.extend(targets.iter().map(|target| Ask::DirectoryAudits { target: *target, since }));
        let reader = self.graph.reader(customer.tenant_id.0);
        let mut seen = Seen { entries: Vec::new(), error: None, cut: false };
        for (place, answer) in reader.ask(asks.clone()).await.into_iter().enumerate() {
            let read = match place.checked_sub(sign_ins).and_then(|place| targets.get(place)) {
                Some(target) => answer.and_then(Answer::audits).map(|report| {
                    seen.cut |= !report.whole;
                    report.entries.iter().map(|audit| entries::of_audit(audit, *target)).collect::<Vec<_>>()
                }),
                None => match answer.and_then(Answer::sign_ins) {
                    Ok(report) => self.further(customer, &asks[place], report, &mut seen.cut).await,
                    Err(error) => Err(error),
                },
            };
            match read {
                Ok(entries) => seen.entries.extend(entries),
                Err(error) => seen.error = Some(error),
            }
        }
        seen
    }

    /// All of a report: of many attempts one answer has only the newest.
    async fn further(
        &self,
        customer: &Customer,
        ask: &Ask,
        report: Report<cloud::graph::SignIn>,
        cut: &mut bool,
    ) -> Result<Vec<Entry>, cloud::Error> {
        let mut entries: Vec<Entry> = report.entries.iter().map(entries::of_sign_in).collect();
        let (mut whole, mut oldest) = (report.whole, report.entries.iter().map(|entry| entry.at).min());
        for _ in 0..FURTHER_MAX {
            let (false, Some(before), Ask::SignIns { users, names, since, .. }) = (whole, oldest, ask) else { break };
            let older = Ask::SignIns { users: users.clone(), names: names.clone(), since: *since, until: before };
            let answer = self.graph.reader(customer.tenant_id.0).ask(vec![older]).await.into_iter().next();
            let Some(answer) = answer else { break };
            let report = answer.and_then(Answer::sign_ins)?;
            let next = report.entries.iter().map(|entry| entry.at).min();
            entries.extend(report.entries.iter().map(entries::of_sign_in));
            // Of one moment there may be more than an answer holds.
            if next == oldest {
                break;
            }
            (whole, oldest) = (report.whole, next);
        }
        *cut |= !whole;
        Ok(entries)
    }
}

/// Everything whose changes are incidents.
fn watched_objects(customer: &Customer) -> Vec<Uuid> {
    let declared = &customer.break_glass;
    let accounts = declared.accounts.iter().map(|account| account.id.0);
    let groups = declared.guarded.groups.iter().map(|group| group.0);
    accounts.chain(groups).chain(declared.guarded.policies.iter().copied()).collect()
}
