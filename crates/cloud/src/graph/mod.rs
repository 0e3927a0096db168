//! Microsoft Graph v1.0: questions in, answers out; writes in, outcomes out.

mod answer;
mod ask;
mod compose;
mod delta;
pub mod fitness;
mod inviting;
mod links;
mod messages;
mod models;
mod objects;
mod order;
mod permit;
mod question;
mod reader;
mod refusal;
mod reports;
mod sum;
mod write;
mod writer;

pub use answer::Answer;
pub use ask::{Ask, DELTA_IDS_MAX, DeltaFrom, MAILS_MAX};
pub use inviting::{AccessTarget, AuthorizationPolicy, CrossTenantAccess, InboundUsers, InvitationDomains};
pub use models::*;
pub use permit::Permit;
pub use question::PAGES_MAX;
pub use reader::Reader;
pub use reports::{ACCOUNTS_MAX, Audit, AuditChange, AuditTarget, REPORT_PAGES_MAX, Report, SignIn};
pub use write::{BIND_MAX, Done, Write};
pub use writer::{BINDS_IN_BATCH_MAX, SAME_GROUP_MAX, Writer};

use crate::apps::{AppOf, FurtherApp};
use crate::arm::Arm;
use crate::credential::{Credential, SecretText};
use crate::endpoints::{Api, Endpoints};
use crate::error::{Error, Kind};
use crate::login::Login;
use crate::logs::Logs;
use crate::pipeline::Pipeline;
use crate::pipeline::door::Door;
use crate::pipeline::pace::Pace;
use outside::{Clock, Random, Transport};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What a [`Graph`] is made of.
#[derive(Clone)]
pub struct GraphParts {
    /// Where the cloud is.
    pub endpoints: Endpoints,
    /// The client id of the app that is used in every tenant but those of further apps.
    pub app: Uuid,
    /// What proves that we are the app.
    pub credential: Credential,
    /// The way out.
    pub transport: Arc<dyn Transport>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and jitter.
    pub random: Arc<dyn Random>,
}

/// The way to every tenant; one for the process, cheap to clone. It holds the tokens and the pace.
#[derive(Clone)]
pub struct Graph {
    pub(crate) pipeline: Arc<Pipeline>,
}

impl Graph {
    /// A way to every tenant. Nothing is sent before the first question.
    pub fn new(parts: GraphParts) -> Self {
        Self::with_apps(parts, Vec::new())
    }

    /// The same, with further apps for some of the tenants. Each has tokens and quotas of its own.
    pub fn with_apps(parts: GraphParts, further: Vec<FurtherApp>) -> Self {
        let GraphParts { endpoints, app, credential, transport, clock, random } = parts;
        let door = Door::new(transport, clock.clone());
        let app_of = Arc::new(AppOf::new(app, &further));
        let credentials = further.into_iter().map(|one| (one.app, one.credential)).chain([(app, credential)]);
        let pace = Arc::new(Pace::new(clock.clone(), app_of.all()));
        let login = Login::new(door.clone(), clock.clone(), random.clone(), &endpoints, app_of, credentials);
        Self { pipeline: Arc::new(Pipeline { endpoints, login, pace, door, clock, random }) }
    }

    /// The client id of the app that is used in this tenant.
    pub fn app(&self, tenant: Uuid) -> Uuid {
        self.pipeline.login.app(tenant)
    }

    /// The same, at the pace of another: what that one takes of the tenants' quotas, and what it learnt of them, counts
    /// for this one too. A tenant that another app speaks for by now begins with that app's quotas. Only for one that was
    /// just made.
    ///
    /// # Panics
    ///
    /// If it was cloned already.
    pub fn at_the_pace_of(mut self, other: &Self) -> Self {
        let pipeline = Arc::get_mut(&mut self.pipeline).expect("nobody else has a graph that was just made");
        pipeline.pace = other.pipeline.pace.clone();
        self
    }

    /// For questions to one tenant.
    pub fn reader(&self, tenant: Uuid) -> Reader {
        Reader::new(self.clone(), tenant)
    }

    /// For writes to one tenant. It refuses by itself whatever names a `protected` object, and asks `permit` before every
    /// attempt.
    pub fn writer(&self, tenant: Uuid, protected: Arc<BTreeSet<Uuid>>, permit: Arc<dyn Permit>) -> Writer {
        Writer::new(self.clone(), tenant, protected, permit)
    }

    /// For log queries in workspaces that the tenant lets us read.
    pub fn logs(&self, tenant: Uuid) -> Logs {
        Logs::new(self.clone(), tenant)
    }

    /// For what Azure Resource Manager tells of the tenant's subscriptions.
    pub fn arm(&self, tenant: Uuid) -> Arm {
        Arm::new(self.clone(), tenant)
    }

    /// Where an administrator of the tenant consents to the app.
    pub fn consent_url(&self, tenant: Uuid) -> String {
        self.pipeline.login.consent_url(tenant)
    }

    /// Where an administrator of the tenant consents to this app, and Microsoft then sends the browser to `redirect` with
    /// this `state`.
    pub fn consent_link(&self, tenant: Uuid, app: Uuid, redirect: &str, state: &str) -> String {
        self.pipeline.login.consent_link(tenant, app, redirect, state)
    }

    /// A token for Graph in this tenant, kept or new, for a request that is made elsewhere. `patience` bounds the pauses
    /// between attempts to get one.
    ///
    /// # Errors
    ///
    /// Why nobody signs us in.
    pub async fn token(&self, tenant: Uuid, patience: Duration) -> Result<SecretText, Error> {
        let token = self.pipeline.login.token(tenant, Api::Graph, patience).await?;
        Ok(SecretText::new(token.text()))
    }

    /// Where Graph is: an origin without a trailing slash.
    pub fn origin(&self) -> &str {
        &self.pipeline.endpoints.graph
    }

    /// Forgets the tenant's tokens, so that permissions given since are seen by the next request.
    pub fn forget_token(&self, tenant: Uuid) {
        self.pipeline.login.forget(tenant);
    }
}

/// The error that ends a call of several batches early: all of one failed for a reason that is not theirs, so the next
/// batch would fare the same. Faults that the service answered with do not count: they may be those of one busy group.
fn tenant_wide<T>(ends: &[Result<T, Error>]) -> Option<Error> {
    let one = |end: &Result<T, Error>| match end {
        Err(error) => match error.kind {
            Kind::NeverSent
            | Kind::NoCredential
            | Kind::Throttled { .. }
            | Kind::NoConsent
            | Kind::BadCredential
            | Kind::NoSuchTenant
            | Kind::TenantClosed
            | Kind::Unauthorized
            | Kind::WrongTenant
            | Kind::LeaseLost(_) => true,
            Kind::Unclear | Kind::Unavailable => error.status.is_none(),
            _ => false,
        },
        Ok(_) => false,
    };
    if ends.iter().all(one) { ends.last().and_then(|end| end.as_ref().err()).cloned() } else { None }
}

#[cfg(test)]
mod tests;
