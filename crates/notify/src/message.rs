//! The one shape that every channel renders: what a notice and a page have in common.

use crate::notice::{NAMED_MAX, Notice, State};
use crate::page::{ALERTS_MAX, Act, FACTS_MAX, INCIDENTS_NAMED_MAX, Page};
use crate::text::{plain, unlinked};
use access::config::NoticeKind;
use access::incidents::Severity;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The most characters of a fact's name, and of its value: what an incident keeps of a text from outside.
const NAME_MAX: usize = 60;
const VALUE_MAX: usize = 200;

/// The most characters of a line that names customers.
const CUSTOMERS_MAX: usize = 1_400;

/// One message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// What it is about: one of the kinds of notices, or an incident.
    pub(crate) about: About,
    /// What it says, for services that know alerts and their states.
    pub(crate) act: Act,
    /// The same in every message about one cause. Services keep it.
    pub(crate) key: String,
    /// The same in every message about one alert, for services that keep alerts.
    alert: String,
    /// Whether the service took a message before that opened the same alert.
    pub(crate) follows: bool,
    /// Names this message: the same in every attempt.
    pub(crate) message: String,
    pub(crate) severity: Severity,
    /// Whether it may be here already.
    pub(crate) may_repeat: bool,
    /// The title, with what a reader must know first.
    pub(crate) headline: String,
    pub(crate) title: String,
    pub(crate) text: String,
    /// Whether the text may hold an address of ours that people are to open, and none of anybody else's.
    pub(crate) text_is_ours: bool,
    pub(crate) customers: Vec<String>,
    pub(crate) customers_count: u32,
    pub(crate) facts: Vec<(String, String)>,
    /// The command that goes on from here.
    pub(crate) command: Option<String>,
    /// The one address that is shown as a link.
    pub(crate) link: Option<Link>,
    pub(crate) since: Timestamp,
}

/// What a message is about, with what only that has.
#[derive(Debug, Clone)]
pub(crate) enum About {
    Notice { kind: NoticeKind, state: State },
    Incident { test: bool, drill: bool, incidents: Vec<String>, count: u32, by: Option<String> },
}

/// An address of ours, and what it is called.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) url: String,
    pub(crate) title: &'static str,
}

impl From<&Notice> for Message {
    fn from(notice: &Notice) -> Self {
        let (act, before) = match notice.state {
            State::Opened => (Act::Trigger, ""),
            State::Updated => (Act::Update, "Further: "),
            State::Reminded => (Act::Trigger, "Still waiting: "),
            State::Resolved => (Act::Resolve, "Over: "),
        };
        let key = format!("gatehouse:{}", notice.id);
        Self {
            about: About::Notice { kind: notice.kind, state: notice.state },
            act,
            alert: key.clone(),
            key,
            follows: false,
            message: notice.message.clone(),
            severity: match notice.kind {
                NoticeKind::Held | NoticeKind::Approvals => Severity::Warning,
                NoticeKind::Consent | NoticeKind::Problems => Severity::High,
            },
            may_repeat: notice.may_repeat,
            headline: headline(before, &notice.title, notice.may_repeat),
            title: notice.title.clone(),
            text: notice.text.clone(),
            // It names the address at which an administrator consents, and quotes nobody but Microsoft.
            text_is_ours: notice.kind == NoticeKind::Consent,
            customers: notice.customers.iter().take(NAMED_MAX).cloned().collect(),
            customers_count: notice.count,
            facts: Vec::new(),
            command: notice.command.clone(),
            link: notice.link.clone().map(|url| Link { url, title: "Open the page" }),
            since: notice.since,
        }
    }
}

impl From<&Page> for Message {
    fn from(page: &Page) -> Self {
        let act = match page.act {
            Act::Trigger => "",
            Act::Update => "Details: ",
            Act::Acknowledge => "Acknowledged: ",
            Act::Resolve => "Closed: ",
        };
        let label = match (page.test, page.drill) {
            (true, _) => "TEST: ",
            (false, true) => "DRILL: ",
            (false, false) => "",
        };
        let title = match page.act {
            Act::Trigger | Act::Update => "Acknowledge",
            Act::Acknowledge | Act::Resolve => "Open the incident",
        };
        Self {
            about: About::Incident {
                test: page.test,
                drill: page.drill,
                incidents: page.incidents.iter().take(INCIDENTS_NAMED_MAX).map(|id| plain(id, NAME_MAX)).collect(),
                count: page.count,
                by: page.by.as_ref().map(|by| plain(by, VALUE_MAX)),
            },
            act: page.act,
            key: page.key.clone(),
            alert: alert_key(&page.key, page.alerts.last().copied().unwrap_or_default()),
            follows: page.follows,
            message: page.message.clone(),
            severity: page.severity,
            may_repeat: page.may_repeat,
            headline: headline(&format!("{label}{act}"), &page.title, page.may_repeat),
            title: page.title.clone(),
            text: page.text.clone(),
            text_is_ours: false,
            customers: vec![plain(&page.customer, VALUE_MAX)],
            customers_count: 1,
            facts: page.facts.iter().take(FACTS_MAX).map(|(name, value)| fact(name, value)).collect(),
            command: None,
            link: page.link.clone().map(|url| Link { url, title }),
            since: page.at,
        }
    }
}

/// The key of this alert of the page that has this key.
fn alert_key(page: &str, alert: u32) -> String {
    match alert {
        0 => page.to_owned(),
        anew => format!("{page}:{}", u64::from(anew) + 1),
    }
}

/// The key of the page to which the alert with this key belongs.
pub(crate) fn page_key(alert: &str) -> &str {
    match alert.rsplit_once(':') {
        Some((page, number)) if number.parse::<u64>().is_ok_and(|number| number > 1) => page,
        _ => alert,
    }
}

fn fact(name: &str, value: &str) -> (String, String) {
    (plain(name, NAME_MAX), plain(value, VALUE_MAX))
}

fn headline(before: &str, title: &str, may_repeat: bool) -> String {
    let repeat = if may_repeat { " (may repeat)" } else { "" };
    format!("{before}{title}{repeat}")
}

impl Message {
    /// The page as messages about one alert each, for a service that keeps alerts.
    pub(crate) fn of_alerts(page: &Page) -> Vec<Self> {
        let first = page.alerts.len().saturating_sub(ALERTS_MAX);
        let message = |alert: &u32| Self { alert: alert_key(&page.key, *alert), ..Self::from(page) };
        match &page.alerts[first..] {
            [] => vec![Self::from(page)],
            alerts => alerts.iter().map(message).collect(),
        }
    }

    /// The customers in one line, with the number of those that are not named; empty where none is concerned.
    pub(crate) fn customers_line(&self) -> String {
        let named = self.customers.join(", ");
        match (self.customers.is_empty(), (self.customers_count as usize).saturating_sub(self.customers.len())) {
            (true, _) => String::new(),
            (false, 0) => named,
            (false, more) => format!("{named} and {more} more"),
        }
    }

    /// Everything that is known, by name, for services that show it line by line. The command is the one line that is
    /// not shortened to what a fact may have.
    pub(crate) fn lines(&self) -> Vec<(String, String)> {
        let customers = self.customers_line();
        let mut lines = Vec::new();
        if !customers.is_empty() {
            let name = if matches!(self.about, About::Notice { .. }) { "Customers" } else { "Customer" };
            lines.push((name.to_owned(), plain(&customers, CUSTOMERS_MAX)));
        }
        if let About::Incident { by: Some(by), .. } = &self.about {
            lines.push(("By".to_owned(), by.clone()));
        }
        lines.extend(self.facts.iter().cloned());
        if let Some(command) = &self.command {
            lines.push(("Command".to_owned(), plain(command, CUSTOMERS_MAX)));
        }
        lines.push(("Since".to_owned(), self.since.to_string()));
        match &self.about {
            About::Notice { .. } => {
                lines.push(("Notice".to_owned(), self.key.trim_start_matches("gatehouse:").to_owned()));
            }
            About::Incident { incidents, count, .. } => {
                let more = (*count as usize).saturating_sub(incidents.len());
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                let name = if *count > 1 { "Incidents" } else { "Incident" };
                lines.push((name.to_owned(), plain(&format!("{}{more}", incidents.join(", ")), CUSTOMERS_MAX)));
            }
        }
        lines
    }

    /// The headline for readers that make links of addresses by themselves.
    pub(crate) fn headline_unlinked(&self, max: usize) -> String {
        plain(&unlinked(&plain(&self.headline, max)), max)
    }

    /// The text for the same readers.
    pub(crate) fn text_unlinked(&self, max: usize) -> String {
        let text = plain(&self.text, max);
        if self.text_is_ours { text } else { plain(&unlinked(&text), max) }
    }

    /// The lines for the same readers.
    pub(crate) fn lines_unlinked(&self) -> Vec<(String, String)> {
        self.lines().into_iter().map(|(name, value)| (unlinked(&name), unlinked(&value))).collect()
    }

    /// The whole message in plain text, for services that have nothing but that.
    pub(crate) fn body(&self, text_max: usize) -> String {
        let mut body = format!("{}\n\n", self.text_unlinked(text_max));
        for (name, value) in self.lines_unlinked() {
            body.push_str(&format!("{name}: {value}\n"));
        }
        if let Some(link) = &self.link {
            body.push_str(&format!("\n{}: {}\n", link.title, link.url));
        }
        body
    }

    /// The facts as a table, for services that take such.
    pub(crate) fn table(&self) -> Value {
        self.lines_unlinked()
            .into_iter()
            .map(|(name, value)| (name, Value::String(value)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// The key of the alert, or (where a service takes fewer characters, or gives some a meaning) a hash of it.
    pub(crate) fn alert_key(&self, max: usize) -> String {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':');
        if self.alert.len() <= max && self.alert.bytes().all(fits) { self.alert.clone() } else { hash(&self.alert, 32) }
    }

    /// Whether it is an exercise, so that nothing in it should look like an alarm.
    pub(crate) fn is_exercise(&self) -> bool {
        match self.about {
            About::Notice { .. } => false,
            About::Incident { test, drill, .. } => test || drill || self.severity == Severity::Info,
        }
    }

    /// Whether nobody was told of it before.
    pub(crate) fn is_first(&self) -> bool {
        let reminded = matches!(self.about, About::Notice { state: State::Reminded, .. });
        self.act == Act::Trigger && !reminded
    }

    /// What it is about, in one word.
    pub(crate) fn kind(&self) -> &'static str {
        match self.about {
            About::Notice { kind, .. } => kind.name(),
            About::Incident { .. } => "incident",
        }
    }

    /// What it says, in one word.
    pub(crate) fn state(&self) -> &'static str {
        match (&self.about, self.act) {
            (About::Notice { state, .. }, _) => state.name(),
            (_, Act::Trigger) => "triggered",
            (_, Act::Update) => "updated",
            (_, Act::Acknowledge) => "acknowledged",
            (_, Act::Resolve) => "resolved",
        }
    }

    /// Everything, for programs.
    pub(crate) fn data(&self, text_max: usize) -> Value {
        let mut data = json!({
            "id": self.key.strip_prefix("gatehouse:").unwrap_or(&self.key),
            "kind": self.kind(),
            "state": self.state(),
            "title": plain(&self.title, text_max),
            "text": plain(&self.text, text_max),
            "customers": self.customers,
            "customersCount": self.customers_count,
            "command": self.command,
            "link": self.link.as_ref().map(|link| &link.url),
            "since": self.since,
            "mayRepeat": self.may_repeat,
        });
        if let About::Incident { test, drill, incidents, count, by } = &self.about {
            data["severity"] = json!(self.severity);
            data["test"] = json!(test);
            data["drill"] = json!(drill);
            data["incidents"] = json!(incidents);
            data["incidentsCount"] = json!(count);
            data["by"] = json!(by);
            let fact = |(name, value): &(String, String)| json!({ "name": name, "value": value });
            data["facts"] = self.facts.iter().map(fact).collect();
        }
        data
    }
}

/// The first `digits` hexadecimal digits of a hash of the text.
pub(crate) fn hash(text: &str, digits: usize) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from_digit(digit.into(), 16))
        .map(|digit| digit.expect("below 16"))
        .take(digits)
        .collect()
}
