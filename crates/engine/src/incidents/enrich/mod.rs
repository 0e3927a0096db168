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
    Circumstances, Details, Entry, Event, Incident, Kind, READ_AGAIN, Wants, alias, apply, match_change, match_entries,
};
use access::kql;
use cloud::graph::{ACCOUNTS_MAX, Answer, Ask};
use futures::future::{Either, select};
use jiff::Timestamp;
use std::pin::pin;
use std::time::Duration;
use uuid::Uuid;

/// How long one attempt may take, with every pause that a service asks for.
const READ_WITHIN: Duration = Duration::from_secs(45);

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

impl Looked {
    fn failed(&mut self, what: &str, error: &cloud::Error) {
        self.may_succeed |= error.transient();
        self.gaps.push(gap(what, error));
    }
}

impl Engine {
    /// Asks the logs about these incidents of one customer, of which the first one's pages name the others, and tells people
    /// what is new.
    pub(super) async fn read_logs(&self, pager: &Pager, together: &[&Incident]) -> Result<(), Error> {
        for incident in together {
            // Whoever has not been paged yet is paged before anything is asked.
            pager.drive(&incident.id).await?;
        }
        let Some(lead) = together.first() else { return Ok(()) };
        let Some(customer) = self.customer_of_incident(lead) else {
            let why = "the customer is not in the configuration, so nobody's log can be asked";
            let looked = Looked { gaps: vec![why.into()], ..Looked::default() };
            return self.conclude_all(pager, together, &looked, None).await;
        };
        let looked = {
            let looking = pin!(self.look_into_logs(customer, together));
            match select(looking, self.clock.sleep(READ_WITHIN)).await {
                Either::Left((looked, _)) => looked,
                Either::Right(_) => {
                    let why = format!("the logs did not answer within {} s", READ_WITHIN.as_secs());
                    Looked { gaps: vec![why], may_succeed: true, ..Looked::default() }
                }
            }
        };
        self.conclude_all(pager, together, &looked, Some(customer)).await
    }

    async fn look_into_logs(&self, customer: &Customer, together: &[&Incident]) -> Looked {
        let Some(lead) = together.first() else { return Looked::default() };
        match lead.kind {
            Kind::Change => self.look_at_change(customer, lead).await,
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

    async fn look_at_change(&self, customer: &Customer, incident: &Incident) -> Looked {
        let mut looked = Looked::default();
        let Some(wants) = &incident.wants else { return looked };
        let Some(changed) = &wants.change else { return looked };
        let reader = self.graph.reader(customer.tenant_id.0);
        let ask = Ask::DirectoryAudits { target: changed.target, since: wants.from };
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

    /// The others first: the notice about the lead shows what is known of them.
    async fn conclude_all(
        &self,
        pager: &Pager,
        together: &[&Incident],
        looked: &Looked,
        customer: Option<&Customer>,
    ) -> Result<(), Error> {
        for incident in together.iter().rev() {
            self.conclude(pager, incident, looked, customer).await?;
        }
        for incident in together {
            pager.drive(&incident.id).await?;
        }
        Ok(())
    }

    async fn conclude(
        &self,
        pager: &Pager,
        incident: &Incident,
        looked: &Looked,
        customer: Option<&Customer>,
    ) -> Result<(), Error> {
        let Some(asked) = incident.wants.clone() else { return Ok(()) };
        let (details, others) = match customer {
            Some(_) if incident.kind == Kind::Change => (match_change(incident, &looked.entries), Vec::new()),
            Some(customer) => {
                let drill = drills::read(&self.store, customer.tenant_id).await.ok().flatten();
                let around = Circumstances { drill: drill.as_ref(), ..around(customer, self.clock.now()) };
                let matched = match_entries(incident, &looked.entries, &around);
                for opening in &matched.claims {
                    self.claim_entry(pager, opening, incident).await?;
                }
                (matched.details, matched.others)
            }
            None => (Details::default(), Vec::new()),
        };
        let event = self.conclusion(&asked, details, looked);
        let kept = self.store.read::<IncidentDocument>(&path(&incident.id)).await?;
        let Some(kept) = kept else { return Ok(()) };
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
        let unknown = self.unknown(others).await?;
        if !unknown.is_empty() {
            self.open_unknown(unknown).await?;
        }
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
    async fn claim_entry(
        &self,
        pager: &Pager,
        opening: &access::incidents::Opening,
        incident: &Incident,
    ) -> Result<(), Error> {
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
