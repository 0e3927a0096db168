//! A test of the channels: each gets a marked page, and what came of it is kept.

use super::document::{IncidentDocument, path};
use super::policy::chain;
use crate::{Engine, Error};
use access::config::Customer;
use access::incidents::{Incident, Outcome, PageTest, page_test, settle};
use notify::{Act, Page, Sent};

/// A test of the channels that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestPages {
    /// The incident that keeps it: its pages say what came of each.
    pub incident: Incident,
}

impl TestPages {
    /// Whether every channel took its page.
    pub fn all_taken(&self) -> bool {
        self.incident.pages.iter().all(|page| page.state == access::incidents::PageState::Sent)
    }
}

impl Engine {
    /// Sends a page that says TEST to the channels of this customer's escalation (`None`: to every channel of the program
    /// and of all customers), or to the one that is named, one after the other. Nothing is tried twice: whoever tests wants
    /// to see what happens now. `on` hears of each channel before its turn.
    pub async fn page_test(
        &self,
        customer: Option<&str>,
        channel: Option<&str>,
        by: Option<&str>,
        mut on: impl FnMut(&str),
    ) -> Result<TestPages, Error> {
        let customer = customer.map(|name| self.customer(name)).transpose()?;
        let channels = self.test_channels(customer, channel)?;
        let Some(outbox) = &self.outbox else {
            return Err(Error::BadInput("this process sends nothing".into()));
        };
        let key = self.random.id().to_string();
        let tenant = customer.map_or(self.config.partner.tenant_id, |customer| customer.tenant_id);
        let name = customer.map_or(self.config.partner.name.as_str(), |customer| &customer.name);
        let at = self.clock.now();
        let incident = page_test(&PageTest { customer, tenant, name, key: &key, by, channels: &channels, at });
        let pager = self.pager().await;
        pager.mark(&incident.id).await?;
        // What is to be sent is stored before anything is.
        let mut kept = self.store.create(&path(&incident.id), IncidentDocument(incident.clone())).await?;
        let display = customer.map_or(self.config.partner.name.as_str(), |customer| &customer.display_name);
        for page in &incident.pages {
            on(&page.channel);
            let outcome = match outbox.channels.get(&page.channel) {
                Some(Ok(channel)) => {
                    let message = format!("{}-{}", incident.id, page.number);
                    let message = self.test_message(&incident, message, display, by);
                    outcome(notify::send_page(&outbox.ways, channel, &message, self.clock.now()).await)
                }
                Some(Err(why)) => Outcome::Never { why: why.clone() },
                None => Outcome::Never { why: "there is no such channel".into() },
            };
            let now = self.clock.now();
            kept = pager.change(kept, |incident| settle(incident, page.number, &outcome, now)).await?;
        }
        Ok(TestPages { incident: kept.value.0 })
    }

    fn test_channels(&self, customer: Option<&Customer>, channel: Option<&str>) -> Result<Vec<String>, Error> {
        let mut names: Vec<String> = Vec::new();
        match customer {
            Some(customer) => {
                let steps = chain(&self.config, customer.tenant_id);
                for name in steps.iter().flat_map(|step| &step.channels) {
                    if !names.contains(name) {
                        names.push(name.clone());
                    }
                }
            }
            None => names.extend(self.config.channels.keys().cloned()),
        }
        if let Some(wanted) = channel {
            let own = customer.map(|customer| format!("{}/{wanted}", customer.name));
            let known =
                names.iter().find(|name| Some(*name) == own.as_ref()).or(names.iter().find(|name| *name == wanted));
            let Some(known) = known.cloned() else {
                let whose = customer.map_or("the configuration has", |_| "the customer's escalation has");
                return Err(Error::BadInput(format!("{whose} no channel {wanted:?}; it has: {}", names.join(", "))));
            };
            names = vec![known];
        }
        if names.is_empty() {
            return Err(Error::BadInput("there is no channel to test: describe [channels] in gatehouse.toml".into()));
        }
        Ok(names)
    }

    fn test_message(&self, incident: &Incident, message: String, display: &str, by: Option<&str>) -> Page {
        let who = by.unwrap_or("somebody at the command line");
        Page {
            act: Act::Trigger,
            key: incident.id.to_string(),
            alerts: vec![0],
            follows: false,
            message,
            severity: incident.severity,
            test: true,
            drill: false,
            may_repeat: false,
            customer: display.to_owned(),
            title: "Break-glass pages reach this channel".into(),
            text: format!("This is a test by {who}: nothing has happened, and nobody has to do anything."),
            facts: Vec::new(),
            incidents: vec![incident.id.to_string()],
            count: 1,
            link: None,
            at: incident.opened_at,
            by: None,
        }
    }
}

fn outcome(sent: Sent) -> Outcome {
    match sent {
        Sent::Taken => Outcome::Taken,
        Sent::Later { why, .. } | Sent::Never { why } => Outcome::Never { why },
    }
}
