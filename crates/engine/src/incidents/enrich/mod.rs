//! What the logs tell of an incident, after people were paged: the rows in the customer's workspace, else Graph's reports.
//!
//! Whom and when to ask for comes from the configuration and the incident's own times, never from an address in an alert.

pub(super) mod entries;
mod words;

pub(super) use words::gap;

use super::document::{IncidentDocument, path};
use super::open::around;
use super::pager::Pager;
use crate::{Engine, Error, drills};
use access::config::{BreakGlassAccount, Customer};
use access::incidents::{
    Circumstances, Details, Entry, Event, Incident, Kind, Opening, READ_AGAIN, Status, Wants, alias, apply,
    match_change, match_entries,
};
use access::kql;
use cloud::graph::{ACCOUNTS_MAX, Answer, Ask};
use futures::future::{Either, select};
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use std::pin::pin;
use std::time::Duration;
use uuid::Uuid;

/// How many incidents are looked after at once.
const AT_ONCE: usize = 16;

/// What the logs gave.
#[derive(Default)]
struct Looked {
    entries: Vec<Entry>,
    /// What could not be read, and why, for people.
    gaps: Vec<String>,
    /// Whether some log was read to its end.
    was_read: bool,
    /// Whether what failed may succeed later.
    may_succeed: bool,
}

/// What the logs show of one incident.
struct Matched {
    /// What goes into it; `None`: it was judged meanwhile.
    details: Option<Details>,
    /// What is to be looked at by itself.
    others: Vec<Opening>,
}

impl Looked {
    fn failed(&mut self, what: &str, error: &cloud::Error) {
        self.may_succeed |= error.transient();
        self.gaps.push(gap(what, error));
    }
}

impl Engine {
    /// Asks the logs about these incidents of one customer, until this time (of the monotonic clock) at most, and tells people
    /// what is new.
    pub(super) async fn read_logs(&self, pager: &Pager, together: &[&Incident], until: Duration) -> Result<(), Error> {
        // Whoever has not been paged yet is paged before anything is asked.
        self.drive_all(pager, together, until).await?;
        let Some(lead) = together.first() else { return Ok(()) };
        let Some(customer) = self.customer_of_incident(lead) else {
            let why = "the customer is not in the configuration, so nobody's log can be asked";
            let looked = Looked { gaps: vec![why.into()], ..Looked::default() };
            return self.conclude_all(pager, together, &looked, None, until).await;
        };
        let looked = {
            let looking = pin!(self.look_into_logs(customer, together));
            let patience = until.saturating_sub(self.clock.monotonic());
            match select(looking, self.clock.sleep(patience)).await {
                Either::Left((looked, _)) => looked,
                Either::Right(_) => {
                    let why = "the logs did not answer in time";
                    Looked { gaps: vec![why.into()], may_succeed: true, ..Looked::default() }
                }
            }
        };
        self.conclude_all(pager, together, &looked, Some(customer), until).await
    }

    async fn look_into_logs(&self, customer: &Customer, together: &[&Incident]) -> Looked {
        let Some(lead) = together.first() else { return Looked::default() };
        match lead.kind {
            Kind::Change => self.look_at_change(customer, together).await,
            _ => self.look_at_sign_ins(customer, together).await,
        }
    }

    async fn look_at_sign_ins(&self, customer: &Customer, together: &[&Incident]) -> Looked {
        let mut looked = Looked::default();
        let wants = || together.iter().filter_map(|incident| incident.wants.as_ref());
        let (Some(from), Some(to)) = (wants().map(|one| one.from).min(), wants().map(|one| one.to).max()) else {
            return looked;
        };
        let concerned = |account: &&BreakGlassAccount| {
            together.iter().any(|incident| {
                incident.accounts.is_empty() || incident.accounts.iter().any(|one| one.id == account.id)
            })
        };
        let accounts: Vec<&BreakGlassAccount> = customer.break_glass.accounts.iter().filter(concerned).collect();
        if accounts.is_empty() {
            looked.gaps.push("no break-glass account is declared, so the logs cannot be asked for any".into());
            return looked;
        }
        if let Some(workspace) = &customer.break_glass.workspace {
            let ids: Vec<Uuid> = accounts.iter().map(|account| account.id.0).collect();
            let names: Vec<String> = accounts.iter().map(|account| account.upn.clone()).collect();
            let query = kql::sign_ins(&kql::Accounts { ids: &ids, names: &names }, from, to);
            let logs = self.graph.logs(customer.tenant_id.0).also_through(workspace.resource.as_deref());
            match logs.query(workspace.id, &query, from, to).await {
                Ok(rows) => {
                    looked.was_read = rows.partial.is_none();
                    looked.may_succeed |= rows.partial.is_some();
                    looked.gaps.extend(rows.partial.as_ref().map(|why| words::partial(why)));
                    looked.entries.extend(rows.rows().filter_map(|row| entries::of_row(&row)));
                }
                Err(error) => looked.failed("the workspace", &error),
            }
        }
        // Graph shows a sign-in minutes before a workspace has its row.
        let is_told = |incident: &&Incident| {
            match_entries(incident, &looked.entries, &around(customer, self.clock.now())).details.entries > 0
        };
        if !together.iter().all(is_told) {
            match self.ask_sign_ins(customer, &accounts, from, to).await {
                Ok((entries, whole)) => {
                    looked.was_read = true;
                    looked.entries.extend(entries);
                    looked.gaps.extend((!whole).then(|| words::partial("there are more sign-ins than were read")));
                }
                Err(error) => looked.failed("the sign-in log", &error),
            }
        }
        looked
    }

    /// Interactive sign-ins of these accounts, as Graph shows them, and whether these are all.
    pub(super) async fn ask_sign_ins(
        &self,
        customer: &Customer,
        accounts: &[&BreakGlassAccount],
        since: Timestamp,
        until: Timestamp,
    ) -> Result<(Vec<Entry>, bool), cloud::Error> {
        let reader = self.graph.reader(customer.tenant_id.0);
        let (mut entries, mut whole) = (Vec::new(), true);
        for answer in reader.ask(sign_in_asks(accounts, since, until)).await {
            let report = answer.and_then(Answer::sign_ins)?;
            whole &= report.whole;
            entries.extend(report.entries.iter().map(entries::of_sign_in));
        }
        Ok((entries, whole))
    }

    /// All of them are changes of one object.
    async fn look_at_change(&self, customer: &Customer, together: &[&Incident]) -> Looked {
        let mut looked = Looked::default();
        let wants = || together.iter().filter_map(|incident| incident.wants.as_ref());
        let since = wants().map(|wants| wants.from).min();
        let (Some(since), Some(changed)) = (since, wants().find_map(|wants| wants.change.as_ref())) else {
            return looked;
        };
        let reader = self.graph.reader(customer.tenant_id.0);
        let ask = Ask::DirectoryAudits { target: changed.target, since };
        let answer = reader.ask(vec![ask]).await.into_iter().next();
        match answer.map(|answer| answer.and_then(Answer::audits)) {
            Some(Ok(report)) => {
                looked.was_read = true;
                let entry = |audit| entries::of_audit(audit, changed.target);
                looked.entries.extend(report.entries.iter().map(entry));
            }
            Some(Err(error)) => looked.failed("the audit log", &error),
            None => {}
        }
        looked
    }

    /// Those that others' pages name come first: the notice about the others shows what is known of them.
    async fn conclude_all(
        &self,
        pager: &Pager,
        together: &[&Incident],
        looked: &Looked,
        customer: Option<&Customer>,
        until: Duration,
    ) -> Result<(), Error> {
        let drill = match customer {
            Some(customer) => drills::read(&self.store, customer.tenant_id).await.ok().flatten(),
            None => None,
        };
        let around =
            customer.map(|customer| Circumstances { drill: drill.as_ref(), ..around(customer, self.clock.now()) });
        let (named, leads): (Vec<&Incident>, Vec<&Incident>) =
            together.iter().copied().partition(|incident| incident.with.is_some());
        let mut others: Vec<Opening> = Vec::new();
        let mut matched = Vec::new();
        for incident in named.into_iter().chain(leads) {
            let Some(found) = self.claim_of(pager, incident, looked, around.as_ref()).await? else { continue };
            for other in found.others {
                if others.iter().all(|known| known.id != other.id) {
                    others.push(other);
                }
            }
            matched.extend(found.details.map(|details| (incident, details)));
        }
        // Before anything says that the logs were read: whoever dies in between reads them again and finds these again.
        let unknown = self.unknown(others).await?;
        if !unknown.is_empty() {
            self.open_unknown(unknown).await?;
        }
        for (incident, details) in matched {
            self.conclude(pager, incident, details, looked).await?;
        }
        self.drive_all(pager, together, until).await
    }

    /// Brings all of them up to now, as far as there is time: whoever is left has the incidents' own timer.
    async fn drive_all(&self, pager: &Pager, together: &[&Incident], until: Duration) -> Result<(), Error> {
        let mut driving = Vec::new();
        for incident in together {
            driving.push(async move {
                if self.clock.monotonic() < until {
                    pager.drive(&incident.id).await?;
                }
                Ok::<_, Error>(())
            });
        }
        futures::stream::iter(driving).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// What the logs show of this incident, whose entries are claimed for it, and what they show besides.
    async fn claim_of(
        &self,
        pager: &Pager,
        incident: &Incident,
        looked: &Looked,
        around: Option<&Circumstances<'_>>,
    ) -> Result<Option<Matched>, Error> {
        if incident.wants.is_none() {
            return Ok(None);
        }
        let Some(around) = around else {
            return Ok(Some(Matched { details: Some(Details::default()), others: Vec::new() }));
        };
        if incident.kind == Kind::Change {
            let details = match_change(incident, &looked.entries);
            return Ok(Some(Matched { details: Some(details), others: Vec::new() }));
        }
        let matched = match_entries(incident, &looked.entries, around);
        let kept = self.store.read::<IncidentDocument>(&path(&incident.id)).await?;
        if kept.is_none_or(|kept| kept.value.0.status == Status::Closed) {
            // Judged meanwhile by somebody who had not seen these: each is looked at by itself.
            let others = matched.claims.into_iter().chain(matched.others).collect();
            return Ok(Some(Matched { details: None, others }));
        }
        for opening in &matched.claims {
            self.claim_entry(pager, opening, incident).await?;
        }
        Ok(Some(Matched { details: Some(matched.details), others: matched.others }))
    }

    /// Says in the incident what was read of it.
    async fn conclude(
        &self,
        pager: &Pager,
        incident: &Incident,
        details: Details,
        looked: &Looked,
    ) -> Result<(), Error> {
        let Some(asked) = incident.wants.clone() else { return Ok(()) };
        let event = self.conclusion(&asked, details, looked);
        let Some(kept) = self.store.read::<IncidentDocument>(&path(&incident.id)).await? else { return Ok(()) };
        let now = self.clock.now();
        let changed = pager.change(kept, |incident| {
            // Somebody else has asked meanwhile, or a verdict was given.
            if incident.wants.as_ref() == Some(&asked)
                && let Ok(next) = apply(incident, &event, now)
            {
                *incident = next;
            }
        });
        changed.await?;
        Ok(())
    }

    /// What an attempt comes to.
    fn conclusion(&self, asked: &Wants, details: Details, looked: &Looked) -> Event {
        let again = READ_AGAIN.get(asked.attempts as usize).map(|pause| self.clock.now() + *pause);
        let gaps = looked.gaps.clone();
        match (details.entries, again) {
            (1.., _) => Event::Read(Details { gaps, ..details }),
            // Rows come late, and services come back.
            (0, Some(next)) if looked.was_read || looked.may_succeed => {
                Event::Unread { why: gaps.join("; "), next: Some(next) }
            }
            (0, _) if looked.was_read => Event::Read(Details { gaps, ..details }),
            (0, _) => Event::Unread { why: gaps.join("; "), next: None },
        }
    }

    /// From now on an alert about this entry belongs to the incident. Where the entry has an incident already, that one has
    /// now come by this alert, too.
    async fn claim_entry(&self, pager: &Pager, opening: &Opening, incident: &Incident) -> Result<(), Error> {
        match self.store.create(&path(&opening.id), IncidentDocument(alias(opening, incident))).await {
            Ok(_) => {}
            Err(store::Error::Conflict) => {
                let known = self.store.read::<IncidentDocument>(&path(&opening.id)).await?;
                if known.is_some_and(|known| known.value.0.same_as.as_ref() != Some(&incident.id)) {
                    let heard = Incident { alerts: incident.alerts.clone(), ..opening.clone() };
                    pager.happen(&opening.id, &Event::Heard(Box::new(heard))).await?;
                }
            }
            Err(error) => return Err(error.into()),
        }
        self.remember_incident(opening.id.clone());
        Ok(())
    }
}

/// The questions for these accounts' sign-ins: ids and names, as many as go into one.
pub(super) fn sign_in_asks(accounts: &[&BreakGlassAccount], since: Timestamp, until: Timestamp) -> Vec<Ask> {
    let ask = |accounts: &[&BreakGlassAccount]| Ask::SignIns {
        users: accounts.iter().map(|account| account.id.0).collect(),
        names: accounts.iter().map(|account| account.upn.clone()).collect(),
        since,
        until,
    };
    accounts.chunks(ACCOUNTS_MAX / 2).map(ask).collect()
}
