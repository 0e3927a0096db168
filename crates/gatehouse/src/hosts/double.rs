//! A program whose engine does what the customer's name says, for tests of the hosts.

use super::{Host, Lasting, Wired, Wiring};
use crate::configuration::Found;
use crate::telemetry::Telemetry;
use access::alerts;
use access::config::{Folder, May};
use access::incidents::{Incident, IncidentId, Verdict};
use access::plan::CustomerPlan;
use access::requests::{Request, RequestId};
use async_trait::async_trait;
use engine::incidents::{self, AlertCall, ChannelAnswer, ChannelCall, Taken, Untaken};
use engine::onboarding::Landed;
use engine::replay::{Answer, Begun, Claim};
use engine::requests::{Caller, Decide, Deciding, Filter, Heard, Page, Refused, Wish};
use engine::{By, Confirm, DecidedTogether, Error, Glance, Health, How, Outcome, Tick};
use functions::{Denied, Does, Gate, Inside, Known};
use http::request::Parts;
use jiff::Timestamp;
use outside::{Clock, SeededRandom, SystemClock, VirtualClock};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happened, and what is to come; clones share it.
#[derive(Clone, Default)]
pub(crate) struct Script {
    /// How often the program's inside cannot be built.
    pub(crate) broken: Arc<Mutex<u32>>,
    /// The customers that each tick finds due.
    pub(crate) due: Arc<Mutex<VecDeque<Vec<&'static str>>>>,
    /// How long each tick and each run takes.
    pub(crate) takes: Duration,
    /// How long pages are being sent after an answer.
    pub(crate) goes_on_for: Duration,
    /// When runs were told to end.
    pub(crate) runs_end: Arc<Mutex<Option<Duration>>>,
    /// Which customers were listed for the next tick.
    pub(crate) listed: Arc<Mutex<Vec<String>>>,
    clock: Option<Arc<dyn Clock>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Script {
    /// A script for a host on this clock.
    pub(crate) fn on(clock: &VirtualClock, takes: Duration) -> Self {
        Self { clock: Some(Arc::new(clock.clone())), takes, ..Self::default() }
    }

    /// What the engine was asked, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Forgets what it was asked.
    pub(crate) fn forget(&self) {
        self.asked.lock().unwrap().clear();
    }

    /// Notes it, with the time since the start where there is a clock.
    async fn note(&self, asked: String) {
        let Some(clock) = &self.clock else { return self.asked.lock().unwrap().push(asked) };
        self.asked.lock().unwrap().push(format!("{} s: {asked}", clock.monotonic().as_secs()));
        clock.sleep(self.takes).await;
    }
}

#[async_trait]
impl Wiring for Script {
    async fn find(&self, _: &Lasting) -> Result<Found, String> {
        let mut broken = self.broken.lock().unwrap();
        if *broken > 0 {
            *broken -= 1;
            return Err("the configuration is gone".into());
        }
        Ok(Found::in_folder(Folder::default(), "config".into(), Timestamp::UNIX_EPOCH))
    }

    async fn wire(&self, _: &Found, _: &Lasting) -> Result<Wired, String> {
        Ok(Wired::Anew(Inside { engine: Arc::new(self.clone()), gate: Arc::new(Open) }))
    }
}

#[async_trait]
impl Does for Script {
    fn knows(&self, customer: &str) -> bool {
        customer != "unknown"
    }

    async fn tick(&self) -> Result<Tick, Error> {
        self.note("tick".into()).await;
        let due = self.due.lock().unwrap().pop_front().unwrap_or_default();
        Ok(Tick { due: due.into_iter().map(str::to_owned).collect(), notes: vec!["a note".into()] })
    }

    async fn sync(&self, customer: &str, _: How) -> Result<Outcome, Error> {
        self.note(format!("sync {customer}")).await;
        match customer {
            "retry" => Ok(Outcome::Failed { text: "retry: no answer".into(), retry: true }),
            "panic" => panic!("a bug of ours"),
            "hang" => std::future::pending().await,
            _ => Ok(Outcome::Unchanged),
        }
    }

    async fn held(&self, _: Option<&[String]>) -> Result<Vec<CustomerPlan>, Error> {
        self.note("held".into()).await;
        Ok(Vec::new())
    }

    async fn release(&self, _: &str, _: Option<&[String]>, _: &By) -> Result<Vec<String>, Error> {
        self.note("release".into()).await;
        Ok(vec!["contoso".into()])
    }

    async fn refuse(&self, _: &str, _: Option<&[String]>, _: &By) -> Result<Vec<String>, Error> {
        panic!("a bug of ours")
    }

    async fn decide_together(
        &self,
        _: &str,
        _: bool,
        _: Confirm,
        _: Option<&[String]>,
        _: &By,
    ) -> Result<DecidedTogether, Error> {
        self.note("decide_together".into()).await;
        Ok(DecidedTogether::default())
    }

    async fn ask_for(&self, wish: &Wish<'_>) -> Result<Heard, Refused> {
        self.note(format!("ask_for {} bytes", wish.body.len())).await;
        Ok(Heard::Nothing("it asks for nothing"))
    }

    async fn request(&self, _: &Caller, id: &RequestId) -> Result<Request, Refused> {
        Err(Refused::NotFound(id.to_string()))
    }

    async fn request_by_link(&self, id: &RequestId, _: &str) -> Result<Request, Refused> {
        Err(Refused::NotFound(id.to_string()))
    }

    async fn requests(&self, _: &Caller, _: &Filter) -> Result<Page, Refused> {
        Ok(Page::default())
    }

    async fn decide_request(&self, id: &RequestId, _: Decide, _: &Deciding<'_>) -> Result<Request, Refused> {
        Err(Refused::NotFound(id.to_string()))
    }

    async fn follow_requests(&self) -> Result<Vec<String>, Error> {
        self.note("follow_requests".into()).await;
        Ok(Vec::new())
    }

    async fn take_alert(&self, call: &AlertCall<'_>) -> Result<incidents::Heard, Untaken> {
        self.note(format!("take_alert {} {} bytes", call.customer, call.body.len())).await;
        match call.customer {
            "panic" => panic!("a bug of ours"),
            "nothing" => Ok(incidents::Heard::Nothing(alerts::Refused::Empty)),
            _ => Ok(incidents::Heard::Taken(Taken { id: "00".into(), incidents: Vec::new() })),
        }
    }

    async fn alert_turned_away(&self, customer: &str) {
        self.note(format!("alert_turned_away {customer}")).await;
    }

    async fn incident(&self, id: &IncidentId, _: Option<&[String]>) -> Result<Incident, incidents::Refused> {
        Err(incidents::Refused::NotFound(id.to_string()))
    }

    async fn incident_by_link(&self, id: &IncidentId, _: &str) -> Result<Incident, incidents::Refused> {
        Err(incidents::Refused::NotFound(id.to_string()))
    }

    async fn incidents(
        &self,
        _: &incidents::Filter,
        _: Option<&[String]>,
    ) -> Result<incidents::Page, incidents::Refused> {
        Ok(incidents::Page::default())
    }

    async fn acknowledge(
        &self,
        id: &IncidentId,
        _: Option<&[String]>,
        _: &By,
        _: bool,
    ) -> Result<Incident, incidents::Refused> {
        Err(incidents::Refused::NotFound(id.to_string()))
    }

    async fn give_verdict(
        &self,
        id: &IncidentId,
        _: Option<&[String]>,
        _: Verdict,
        _: &By,
    ) -> Result<Incident, incidents::Refused> {
        Err(incidents::Refused::NotFound(id.to_string()))
    }

    async fn channel_answer(&self, call: &ChannelCall<'_>) -> ChannelAnswer {
        self.note(format!("channel_answer {} {} bytes", call.channel, call.body.len())).await;
        ChannelAnswer::Slack
    }

    async fn follow_incidents(&self) -> Result<Vec<String>, Error> {
        self.note("follow_incidents".into()).await;
        Ok(Vec::new())
    }

    async fn watch_sign_ins(&self) -> Result<Vec<String>, Error> {
        self.note("watch_sign_ins".into()).await;
        Ok(Vec::new())
    }

    async fn consent_call_back(&self, query: &str) -> Result<Landed, Error> {
        self.note(format!("consent_call_back {query}")).await;
        Ok(Landed::Nothing(access::onboarding::Rejected::Unknown))
    }

    async fn directory_changes(&self, body: &[u8]) -> Result<u32, Error> {
        self.note(format!("directory_changes {} bytes", body.len())).await;
        Ok(1)
    }

    async fn renew_subscriptions(&self) -> Result<Vec<String>, Error> {
        self.note("renew_subscriptions".into()).await;
        Ok(Vec::new())
    }

    async fn record_poison(&self, function: &str, message: &str, _: &str) -> Result<(), Error> {
        self.note(format!("record_poison {function} {message}")).await;
        Ok(())
    }

    async fn begin_call(&self, _: &str, _: &str, _: &str) -> Result<Begun, Error> {
        Ok(Begun::Running)
    }

    async fn finish_call(&self, _: Claim, _: Answer) -> Result<(), Error> {
        Ok(())
    }

    async fn give_call_back(&self, _: Claim) -> Result<(), Error> {
        Ok(())
    }

    async fn health(&self) -> Health {
        Health { status: "ok".into(), version: "1.2.3".into(), red: None, noted: Vec::new() }
    }

    async fn glance(self: Arc<Self>) -> Glance {
        Glance { health: self.health().await, age: Duration::ZERO }
    }

    fn end_runs_by(&self, at: Duration) {
        *self.runs_end.lock().unwrap() = Some(at);
    }

    async fn is_idle(&self) {
        match (self.goes_on_for, &self.clock) {
            (Duration::ZERO, _) | (_, None) => {}
            (time, Some(clock)) => clock.sleep(time).await,
        }
    }

    async fn wake_at_next_tick(&self, customer: &str) -> Result<(), Error> {
        // Not by `note`, which takes time: the store is quick.
        self.listed.lock().unwrap().push(customer.into());
        match customer {
            "unlisted" => Err(Error::Store("it does not answer".into())),
            _ => Ok(()),
        }
    }
}

/// Lets everybody in who brings credentials.
struct Open;

#[async_trait]
impl Gate for Open {
    async fn identify(&self, parts: &Parts, _: &[u8]) -> Result<Known, Denied> {
        if !parts.headers.contains_key("authorization") {
            return Err(Denied::Wrong);
        }
        Ok(Known {
            name: "ops".into(),
            may: [May::Read, May::Release, May::Alert].into(),
            customers: None,
            person: None,
            account: None,
            delivery: None,
            invocation: None,
        })
    }
}

/// A gate that lets everybody in who brings credentials.
pub(crate) fn gate() -> Arc<dyn Gate> {
    Arc::new(Open)
}

/// A host of this script, on the script's clock.
pub(crate) fn host_of(script: &Script) -> Arc<Host> {
    host_with(script, None)
}

/// The same, observed.
pub(crate) fn host_with(script: &Script, telemetry: Option<Arc<Telemetry>>) -> Arc<Host> {
    let clock = script.clock.clone().unwrap_or_else(|| Arc::new(SystemClock::new()));
    let host = Host::new(functions::all(), Box::new(script.clone()), clock, Arc::new(SeededRandom::new(1)));
    Arc::new(host.observed(telemetry))
}

/// A host that nobody asks for much.
pub(crate) fn host() -> Arc<Host> {
    host_of(&Script::default())
}
