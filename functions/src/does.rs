//! What the handlers ask of the engine: the seam at which they are tested.

use access::incidents::{Incident, IncidentId, Verdict};
use access::plan::CustomerPlan;
use access::requests::{Request, RequestId};
use async_trait::async_trait;
use engine::incidents::{self, AlertCall, ChannelAnswer, ChannelCall, Untaken};
use engine::onboarding::{Landed, PAGE_PATIENCE};
use engine::replay::{Answer, Begun, Claim};
use engine::requests::{Caller, Decide, Deciding, Filter, Heard, Page, Refused, Wish};
use engine::{By, Confirm, DecidedTogether, Engine, Error, Glance, Health, How, Outcome, Tick};
use std::sync::Arc;
use std::time::Duration;

/// The doing half of the program, as far as a trigger can reach it. [`Engine`] is the one that does; see its methods.
#[async_trait]
pub trait Does: Send + Sync {
    /// Whether the configuration has a customer of this name.
    fn knows(&self, _customer: &str) -> bool {
        true
    }

    /// Refreshes the partner snapshot and says which customers are due.
    async fn tick(&self) -> Result<Tick, Error>;
    /// Reconciles one customer.
    async fn sync(&self, customer: &str, how: How) -> Result<Outcome, Error>;
    /// The stored plans that hold something, of the named customers (`None`: all).
    async fn held(&self, customers: Option<&[String]>) -> Result<Vec<CustomerPlan>, Error>;
    /// Lets the held steps of this digest through; returns the customers' names.
    async fn release(&self, digest: &str, customers: Option<&[String]>, by: &By) -> Result<Vec<String>, Error>;
    /// Refuses the held steps of this digest; returns the customers' names.
    async fn refuse(&self, digest: &str, customers: Option<&[String]>, by: &By) -> Result<Vec<String>, Error>;
    /// Decides on what one cause holds in many customers, if the totals are as confirmed.
    async fn decide_together(
        &self,
        cause: &str,
        allow: bool,
        confirm: Confirm,
        customers: Option<&[String]>,
        by: &By,
    ) -> Result<DecidedTogether, Error>;
    /// Takes what somebody sent to ask for access.
    async fn ask_for(&self, wish: &Wish<'_>) -> Result<Heard, Refused>;
    /// One request, for a caller that may see it.
    async fn request(&self, caller: &Caller, id: &RequestId) -> Result<Request, Refused>;
    /// The request that this link was made for.
    async fn request_by_link(&self, id: &RequestId, link: &str) -> Result<Request, Refused>;
    /// The requests that the caller may see, a page at a time.
    async fn requests(&self, caller: &Caller, filter: &Filter) -> Result<Page, Refused>;
    /// Decides on a request.
    async fn decide_request(&self, id: &RequestId, decide: Decide, deciding: &Deciding<'_>)
    -> Result<Request, Refused>;
    /// Everything that is due of requests; returns what a person may want to know.
    async fn follow_requests(&self) -> Result<Vec<String>, Error>;
    /// Takes an alert.
    async fn take_alert(&self, call: &AlertCall<'_>) -> Result<incidents::Heard, Untaken>;
    /// Notes that a call with an alert of this customer was turned away.
    async fn alert_turned_away(&self, customer: &str);
    /// One incident, for somebody who may see these customers.
    async fn incident(&self, id: &IncidentId, customers: Option<&[String]>) -> Result<Incident, incidents::Refused>;
    /// The incident that this link was made for.
    async fn incident_by_link(&self, id: &IncidentId, link: &str) -> Result<Incident, incidents::Refused>;
    /// The incidents of these customers, a page at a time.
    async fn incidents(
        &self,
        filter: &incidents::Filter,
        customers: Option<&[String]>,
    ) -> Result<incidents::Page, incidents::Refused>;
    /// Somebody looks after an incident; with `all` after everything that its pages name.
    async fn acknowledge(
        &self,
        id: &IncidentId,
        customers: Option<&[String]>,
        by: &By,
        all: bool,
    ) -> Result<Incident, incidents::Refused>;
    /// Somebody judges an incident.
    async fn give_verdict(
        &self,
        id: &IncidentId,
        customers: Option<&[String]>,
        verdict: Verdict,
        by: &By,
    ) -> Result<Incident, incidents::Refused>;
    /// Takes what the service of a channel says that people answered there.
    async fn channel_answer(&self, call: &ChannelCall<'_>) -> ChannelAnswer;
    /// Everything that is due of incidents; returns what a person may want to know.
    async fn follow_incidents(&self) -> Result<Vec<String>, Error>;
    /// Reads the sign-ins of break-glass accounts; returns what a person may want to know.
    async fn watch_sign_ins(&self) -> Result<Vec<String>, Error>;
    /// Takes the query with which a browser comes back from Microsoft's consent page.
    async fn consent_call_back(&self, query: &str) -> Result<Landed, Error>;
    /// Takes the body of a Graph change notification; returns how many of its items were believed.
    async fn directory_changes(&self, body: &[u8]) -> Result<u32, Error>;
    /// Makes, renews and repairs the subscriptions to changes at the partner; returns what a person may want to know.
    async fn renew_subscriptions(&self) -> Result<Vec<String>, Error>;
    /// Records a message that can never be done, so that a person sees it.
    async fn record_poison(&self, function: &str, message: &str, why: &str) -> Result<(), Error>;
    /// Claims the caller's key for the request with this print; see [`engine::replay`].
    async fn begin_call(&self, caller: &str, key: &str, print: &str) -> Result<Begun, Error>;
    /// Keeps the answer for repetitions.
    async fn finish_call(&self, claim: Claim, answer: Answer) -> Result<(), Error>;
    /// Says that nothing was done, so that the same may be sent again.
    async fn give_call_back(&self, claim: Claim) -> Result<(), Error>;
    /// Status, version, and what is red, as it is now.
    async fn health(&self) -> Health;
    /// Status and version for anybody, seconds old at most, however often strangers ask.
    async fn glance(self: Arc<Self>) -> Glance;
    /// No run begins new work after this moment of the monotonic clock: a host whose invocations have deadlines says so.
    fn end_runs_by(&self, at: Duration);
    /// Completes when nothing goes on any more beside the answers that were given.
    async fn is_idle(&self);
    /// Lists a customer for the next tick, as one whose turn was not reached or failed.
    async fn wake_at_next_tick(&self, customer: &str) -> Result<(), Error>;
}

/// Does it, and sees to it that `health` tells of whatever a newer program wrote and this one left alone.
async fn noting<T>(engine: &Engine, work: impl Future<Output = T>) -> T {
    let done = work.await;
    engine.note_newer().await;
    done
}

#[async_trait]
impl Does for Engine {
    fn knows(&self, customer: &str) -> bool {
        self.config.customers.iter().any(|known| known.name == customer)
    }

    async fn tick(&self) -> Result<Tick, Error> {
        noting(self, Self::tick(self)).await
    }

    async fn sync(&self, customer: &str, how: How) -> Result<Outcome, Error> {
        noting(self, Self::sync(self, customer, how)).await
    }

    async fn held(&self, customers: Option<&[String]>) -> Result<Vec<CustomerPlan>, Error> {
        Self::held(self, customers).await
    }

    async fn release(&self, digest: &str, customers: Option<&[String]>, by: &By) -> Result<Vec<String>, Error> {
        Self::release(self, digest, customers, by).await
    }

    async fn refuse(&self, digest: &str, customers: Option<&[String]>, by: &By) -> Result<Vec<String>, Error> {
        Self::refuse(self, digest, customers, by).await
    }

    async fn decide_together(
        &self,
        cause: &str,
        allow: bool,
        confirm: Confirm,
        customers: Option<&[String]>,
        by: &By,
    ) -> Result<DecidedTogether, Error> {
        Self::decide_together(self, cause, allow, confirm, customers, by).await
    }

    async fn ask_for(&self, wish: &Wish<'_>) -> Result<Heard, Refused> {
        Self::ask_for(self, wish).await
    }

    async fn request(&self, caller: &Caller, id: &RequestId) -> Result<Request, Refused> {
        Self::request(self, caller, id).await
    }

    async fn request_by_link(&self, id: &RequestId, link: &str) -> Result<Request, Refused> {
        Self::request_by_link(self, id, link).await
    }

    async fn requests(&self, caller: &Caller, filter: &Filter) -> Result<Page, Refused> {
        Self::requests(self, caller, filter).await
    }

    async fn decide_request(
        &self,
        id: &RequestId,
        decide: Decide,
        deciding: &Deciding<'_>,
    ) -> Result<Request, Refused> {
        Self::decide_request(self, id, decide, deciding).await
    }

    async fn follow_requests(&self) -> Result<Vec<String>, Error> {
        noting(self, Self::follow_requests(self)).await
    }

    async fn take_alert(&self, call: &AlertCall<'_>) -> Result<incidents::Heard, Untaken> {
        Self::take_alert(self, call).await
    }

    async fn alert_turned_away(&self, customer: &str) {
        Self::alert_turned_away(self, customer).await;
    }

    async fn incident(&self, id: &IncidentId, customers: Option<&[String]>) -> Result<Incident, incidents::Refused> {
        Self::incident(self, id, customers).await
    }

    async fn incident_by_link(&self, id: &IncidentId, link: &str) -> Result<Incident, incidents::Refused> {
        Self::incident_by_link(self, id, link).await
    }

    async fn incidents(
        &self,
        filter: &incidents::Filter,
        customers: Option<&[String]>,
    ) -> Result<incidents::Page, incidents::Refused> {
        Self::incidents(self, filter, customers).await
    }

    async fn acknowledge(
        &self,
        id: &IncidentId,
        customers: Option<&[String]>,
        by: &By,
        all: bool,
    ) -> Result<Incident, incidents::Refused> {
        Self::acknowledge(self, id, customers, by, all).await
    }

    async fn give_verdict(
        &self,
        id: &IncidentId,
        customers: Option<&[String]>,
        verdict: Verdict,
        by: &By,
    ) -> Result<Incident, incidents::Refused> {
        Self::give_verdict(self, id, customers, verdict, by).await
    }

    async fn channel_answer(&self, call: &ChannelCall<'_>) -> ChannelAnswer {
        Self::channel_answer(self, call).await
    }

    async fn follow_incidents(&self) -> Result<Vec<String>, Error> {
        noting(self, Self::follow_incidents(self)).await
    }

    async fn watch_sign_ins(&self) -> Result<Vec<String>, Error> {
        noting(self, Self::watch_sign_ins(self)).await
    }

    async fn consent_call_back(&self, query: &str) -> Result<Landed, Error> {
        Self::consent_call_back(self, query, PAGE_PATIENCE).await
    }

    async fn directory_changes(&self, body: &[u8]) -> Result<u32, Error> {
        Self::directory_changes(self, body).await
    }

    async fn renew_subscriptions(&self) -> Result<Vec<String>, Error> {
        noting(self, Self::renew_subscriptions(self)).await
    }

    async fn record_poison(&self, function: &str, message: &str, why: &str) -> Result<(), Error> {
        Self::record_poison(self, function, message, why).await
    }

    async fn begin_call(&self, caller: &str, key: &str, print: &str) -> Result<Begun, Error> {
        Self::begin_call(self, caller, key, print).await
    }

    async fn finish_call(&self, claim: Claim, answer: Answer) -> Result<(), Error> {
        Self::finish_call(self, claim, answer).await
    }

    async fn give_call_back(&self, claim: Claim) -> Result<(), Error> {
        Self::give_call_back(self, claim).await
    }

    async fn health(&self) -> Health {
        Self::health(self, true).await
    }

    async fn glance(self: Arc<Self>) -> Glance {
        Self::glance(self).await
    }

    fn end_runs_by(&self, at: Duration) {
        Self::end_runs_by(self, at);
    }

    async fn is_idle(&self) {
        Self::is_idle(self).await;
    }

    async fn wake_at_next_tick(&self, customer: &str) -> Result<(), Error> {
        Self::wake_at_next_tick(self, customer).await
    }
}
