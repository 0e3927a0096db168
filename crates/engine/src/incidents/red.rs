//! What a person must mend about incidents: pages that reach nobody, alerts of which nothing is made, incidents that nobody
//! answers.

use super::policy::chain;
use super::raw;
use crate::{Engine, Error, Red};
use access::incidents::{Incident, PageState, Status};
use std::collections::BTreeSet;
use store::markers;

impl Engine {
    /// What is red of incidents.
    pub(crate) async fn red_incidents(&self) -> Result<Vec<Red>, Error> {
        let mut red = Vec::new();
        let (open, unread) = self.incidents_each(&self.open_incidents().await?).await;
        for incident in open {
            red.extend(self.wrong_with(&incident));
        }
        for (id, error) in unread {
            let text = format!(
                "incident {id} cannot be read, so nobody is paged for it: {error}; call those on duty, and keep the document"
            );
            red.push(Red { customer: None, code: "incident_unreadable".into(), text });
        }
        let waiting = markers::list(&self.store, raw::MARKER).await?.len();
        if waiting > 0 {
            let text = format!(
                "{waiting} alerts are stored and not worked off yet; follow_incidents does that each minute. If this stays, look at its log"
            );
            red.push(Red { customer: None, code: "alerts_waiting".into(), text });
        }
        red.extend(self.red_unwatched().await?);
        red.extend(self.red_heartbeat().await?);
        let silent: BTreeSet<&str> = (self.config.customers.iter())
            .filter(|customer| !customer.break_glass.accounts.is_empty())
            .filter(|customer| chain(&self.config, customer.tenant_id).is_empty())
            .map(|customer| customer.name.as_str())
            .collect();
        for customer in silent {
            let text = "nobody can be paged when a break-glass account is used: describe [channels] and [[escalation]]";
            red.push(Red { customer: Some(customer.into()), code: "nobody_paged".into(), text: text.into() });
        }
        Ok(red)
    }

    fn wrong_with(&self, incident: &Incident) -> Vec<Red> {
        let customer = self.customer_of_incident(incident).map(|customer| customer.name.clone());
        let mut red = Vec::new();
        let mut add = |code: &str, text: String| red.push(Red { customer: customer.clone(), code: code.into(), text });
        if incident.status == Status::Open && incident.stage.as_ref().is_some_and(|stage| stage.ended) {
            let id = &incident.id;
            add(
                "unanswered",
                format!("incident {id} was paged to everybody and nobody answered: gatehouse incidents show {id}"),
            );
        }
        let mut told = BTreeSet::new();
        let failing = |state: PageState| matches!(state, PageState::Failed | PageState::Dead);
        for page in incident.pages.iter().filter(|page| failing(page.state) && !page.dropped) {
            if told.insert(&page.channel) {
                let why = page.why.as_deref().unwrap_or("no outcome");
                let text = format!(
                    "channel {} did not take a page of incident {}: {why}; call those on duty, and mend the channel (gatehouse page --test)",
                    page.channel, incident.id
                );
                add("page_untaken", text);
            }
        }
        red
    }
}
