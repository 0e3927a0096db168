//! What the channels hear of a drill itself; of its sign-in they hear as of any other.

use crate::Engine;
use crate::incidents::chain;
use access::config::Customer;
use access::drills::{DrillRecord, Told};
use access::incidents::Severity;
use futures::future::join_all;
use jiff::Timestamp;
use notify::{Act, Page, Sent};

impl Engine {
    /// Tells every channel of the customer's escalation that a drill is announced, once.
    pub(super) async fn tell_of_drill(&self, customer: &Customer, record: &DrillRecord) -> Vec<Told> {
        self.tell_escalation(customer, &announcement(record, &customer.display_name)).await
    }

    /// The same channels hear how it ended: what they show of the drill is over with that.
    pub(super) async fn tell_of_end(&self, customer: &Customer, record: &DrillRecord) -> Vec<Told> {
        self.tell_escalation(customer, &end(record, &customer.display_name)).await
    }

    async fn tell_escalation(&self, customer: &Customer, page: &Page) -> Vec<Told> {
        let mut channels: Vec<String> = Vec::new();
        for name in chain(&self.config, customer.tenant_id).iter().flat_map(|step| &step.channels) {
            if !channels.contains(name) {
                channels.push(name.clone());
            }
        }
        join_all(channels.into_iter().map(|channel| self.tell_channel(channel, page))).await
    }

    async fn tell_channel(&self, channel: String, page: &Page) -> Told {
        let sent = match self.outbox.as_ref().map(|outbox| (outbox, outbox.channels.get(&channel))) {
            Some((outbox, Some(Ok(found)))) => notify::send_page(&outbox.ways, found, page, self.clock.now()).await,
            Some((_, Some(Err(why)))) => Sent::Never { why: why.clone() },
            Some((_, None)) => Sent::Never { why: "there is no such channel in the configuration".into() },
            None => Sent::Never { why: "this process sends nothing".into() },
        };
        let why = match sent {
            Sent::Taken => None,
            Sent::Later { why, .. } | Sent::Never { why } => Some(why),
        };
        Told { channel, taken: why.is_none(), at: Some(self.clock.now()), why }
    }
}

fn announcement(record: &DrillRecord, display: &str) -> Page {
    let text = "Nothing has happened yet. One of the two signs in once with this account; the page that follows says DRILL: \
                acknowledge it, and give the verdict drill. Every other sign-in is real.";
    Page {
        act: Act::Trigger,
        message: format!("drill-{}-announced", record.id),
        title: format!(
            "Announced: one sign-in with the break-glass account {} of {display}, until {}",
            record.account.upn,
            minute(record.until)
        ),
        text: text.into(),
        ..page(record, display)
    }
}

fn end(record: &DrillRecord, display: &str) -> Page {
    let missing = record.ended.as_ref().and_then(|ended| ended.missing);
    let (title, text) = match missing {
        None => ("passed", "It went as it should, from the sign-in to the verdict.".to_owned()),
        Some(missing) => ("FAILED", format!("It did not go as it should: {}.", missing.clause())),
    };
    Page {
        act: Act::Resolve,
        message: format!("drill-{}-ended", record.id),
        title: format!("The drill with the break-glass account {} of {display} {title}", record.account.upn),
        text,
        by: Some(record.by.clone()),
        ..page(record, display)
    }
}

fn page(record: &DrillRecord, display: &str) -> Page {
    let fact = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    Page {
        act: Act::Update,
        key: format!("drill-{}", record.id),
        alerts: vec![0],
        follows: false,
        message: String::new(),
        severity: Severity::Info,
        test: false,
        drill: true,
        may_repeat: false,
        customer: display.to_owned(),
        title: String::new(),
        text: String::new(),
        facts: vec![
            fact("Account", &record.account.upn),
            fact("Announced by", &record.by),
            fact("With", &record.with),
            fact("Until", &minute(record.until)),
        ],
        incidents: record.incident.iter().map(ToString::to_string).collect(),
        count: u32::from(record.incident.is_some()),
        link: None,
        at: record.from,
        by: None,
    }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
