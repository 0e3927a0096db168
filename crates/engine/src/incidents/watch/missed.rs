//! Alerts that fired and did not come: Azure's own list of them, held against the alerts that are stored here.

use super::document::{Unwatched, unlisted_path};
use crate::incidents::enrich::gap;
use crate::incidents::open::around;
use crate::incidents::raw::{ALERTS, RawAlert};
use crate::{Engine, Error};
use access::config::Customer;
use access::incidents::{MissedAlert, missed};
use cloud::arm::FiredAlert;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, HashSet};
use store::hourly;

/// An alert may take so long to come; action groups try again for less than two minutes.
const ON_ITS_WAY_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Clocks differ, and a listing's time is not the delivery's.
const EARLIER: SignedDuration = SignedDuration::from_mins(10);

/// How many names of each sort are remembered from one look to the next.
const REMEMBERED_MAX: usize = 20_000;

/// The alerts of which is known whether they came.
#[derive(Debug, Default)]
pub(super) struct HeardAlerts {
    /// By what makes their ids different.
    ids: HashSet<String>,
    /// The stored bytes that were looked at for it.
    looked_at: HashSet<String>,
}

impl HeardAlerts {
    /// Makes room. Never in the middle of a look: what it forgot would count as never having come.
    fn forget_if_full(&mut self) {
        if self.looked_at.len() >= REMEMBERED_MAX || self.ids.len() >= REMEMBERED_MAX {
            *self = Self::default();
        }
    }
}

impl Engine {
    /// Lists what fired, and opens what never came. Returns what to log.
    pub(super) async fn missed_alerts(
        &self,
        customer: &Customer,
        troubled: &BTreeSet<String>,
    ) -> Result<Vec<String>, Error> {
        let now = self.clock.now();
        let arm = self.graph.arm(customer.tenant_id.0);
        let (mut fired, mut failed) = (Vec::new(), None);
        for subscription in &customer.break_glass.subscriptions {
            match arm.fired_alerts(*subscription).await {
                Ok(alerts) => fired.extend(alerts),
                Err(error) => failed = Some(error),
            }
        }
        let mut logs = self.note_listing(customer, troubled, failed.as_ref(), now).await?;
        let due: Vec<MissedAlert> = fired.iter().filter_map(|alert| due(customer, alert, now)).collect();
        let unheard = self.unheard(due, now).await?;
        for alert in unheard {
            let opening = missed(&alert, &around(customer, now));
            let missing = name(&alert.id);
            // The same alert as it was found at an earlier turn.
            let unknown = self.unknown(vec![opening]).await?;
            if unknown.is_empty() {
                self.settle_alert(missing);
                continue;
            }
            // It awaits an alert from the beginning: the incidents' own timer says that alerts do not reach us.
            self.open_unknown(unknown).await?;
            self.settle_alert(missing);
            logs.push(format!("customer {}: alert {} fired and never came", customer.name, alert.id));
        }
        Ok(logs)
    }

    /// Those that are not among the alerts stored here. What is stored is the truth, so that nothing has to be written for it
    /// when an alert comes in.
    async fn unheard(&self, due: Vec<MissedAlert>, now: Timestamp) -> Result<Vec<MissedAlert>, Error> {
        self.watching.heard.lock().expect("no holder panics").forget_if_full();
        let unknown =
            |alert: &MissedAlert| !self.watching.heard.lock().expect("no holder panics").ids.contains(&name(&alert.id));
        let mut unheard: Vec<MissedAlert> = due.into_iter().filter(unknown).collect();
        let Some(first) = unheard.iter().map(|alert| alert.fired_at).min() else { return Ok(unheard) };
        let mut hour = first - EARLIER;
        let last = hourly::folder(ALERTS, now);
        loop {
            let folder = hourly::folder(ALERTS, hour);
            for path in self.store.list(&format!("{folder}/")).await? {
                self.hear_stored(path).await?;
            }
            if folder >= last {
                break;
            }
            hour += SignedDuration::from_hours(1);
        }
        unheard.retain(unknown);
        Ok(unheard)
    }

    /// Nothing more has to be looked for: it is known that this one came, or that it did not.
    fn settle_alert(&self, name: String) {
        self.watching.heard.lock().expect("no holder panics").ids.insert(name);
    }

    async fn hear_stored(&self, path: String) -> Result<(), Error> {
        if self.watching.heard.lock().expect("no holder panics").looked_at.contains(&path) {
            return Ok(());
        }
        let kept = self.store.read::<RawAlert>(&path).await?;
        let id = kept.and_then(|kept| kept.value.alert_id());
        let mut heard = self.watching.heard.lock().expect("no holder panics");
        heard.looked_at.insert(path);
        heard.ids.extend(id.map(|id| name(&id)));
        Ok(())
    }

    /// That the alerts cannot be listed is said once. It takes nothing away but this look, so nobody is told at night.
    async fn note_listing(
        &self,
        customer: &Customer,
        troubled: &BTreeSet<String>,
        failed: Option<&cloud::Error>,
        now: Timestamp,
    ) -> Result<Vec<String>, Error> {
        let path = unlisted_path(customer.tenant_id);
        let name = &customer.name;
        match (failed, troubled.contains(&path)) {
            (Some(error), false) if !error.transient() => {
                let why = gap("the list of fired alerts", error);
                let trouble = Unwatched { since: now, found: now, why: why.clone(), next: now, notice: None };
                match self.store.create(&path, trouble).await {
                    Ok(_) | Err(store::Error::Conflict) => {}
                    Err(error) => return Err(error.into()),
                }
                Ok(vec![format!("customer {name}: {why}; an alert that does not come is not noticed by it")])
            }
            (None, true) => {
                self.store.delete(&path).await?;
                Ok(vec![format!("customer {name}: the fired alerts can be listed again")])
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// An alert of one of the customer's own rules that should have come by now.
fn due(customer: &Customer, alert: &FiredAlert, now: Timestamp) -> Option<MissedAlert> {
    let rule = alert.rule.as_ref()?;
    let is_ours = customer.break_glass.rules.iter().any(|ours| ours.eq_ignore_ascii_case(rule));
    let fired_at = alert.fired_at.filter(|fired_at| *fired_at + ON_ITS_WAY_FOR <= now)?;
    is_ours.then(|| MissedAlert { id: alert.id.clone(), rule: rule.clone(), fired_at })
}

/// What makes an alert's id different: its last part. What comes before it is written in several ways.
fn name(id: &str) -> String {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_lowercase()
}
