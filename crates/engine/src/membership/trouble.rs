//! A customer that cannot be looked after at all until somebody mends something: consent that was withdrawn, a
//! permission that is missing, a tenant that is shut. It has a name and a beginning, and is tried again with growing pauses.

use super::documents::{Body, Head, body_path, head_path};
use super::plans::RED;
use crate::notices::causes::Cause;
use crate::{Engine, Error, Outcome};
use access::config::{Customer, NoticeKind};
use access::ids::TenantId;
use access::ledger::pause_after;
use access::plan::Problem;
use cloud::Kind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The customer's administrator must consent (again).
pub(super) const CONSENT_LOST: &str = "consent_lost";

/// A permission that every run needs was not given.
pub(super) const PERMISSION_MISSING: &str = "permission_missing";

/// The customer's tenant lets nobody in, or not our app.
pub(super) const TENANT_CLOSED: &str = "tenant_closed";

/// How long a refusal of our own credential speaks for the customers that come next in this process.
const REFUSAL_KEPT_FOR: Duration = Duration::from_secs(30);

/// The most characters of what Microsoft said: a head has at most 8 KB.
const TEXT_MAX: usize = 600;

/// Why a customer cannot be looked after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// `consent_lost`, `permission_missing` or `tenant_closed`.
    pub code: String,
    /// What is wrong and what to do, in words.
    pub text: String,
    /// Since when we know.
    pub since: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried again.
    pub next: Timestamp,
}

impl Trouble {
    /// What people read: since when, what, and what to do.
    pub(super) fn told(&self) -> String {
        format!("since {}: {}", self.since.strftime("%Y-%m-%d %H:%M UTC"), self.text)
    }

    /// What people are told by a notice.
    pub(super) fn cause(&self, customer: &Customer) -> Cause {
        let (kind, title) = match self.code.as_str() {
            CONSENT_LOST => (NoticeKind::Consent, "consent is missing"),
            TENANT_CLOSED => (NoticeKind::Problems, "the tenant is closed to us"),
            _ => (NoticeKind::Problems, "a permission is missing"),
        };
        Cause {
            kind,
            code: self.code.clone(),
            key: customer.tenant_id.to_string(),
            title: format!("{}: {title}", customer.name),
            text: self.text.clone(),
            commands: (Some(format!("gatehouse sync {}", customer.name)), None),
        }
    }

    fn after(before: Option<&Self>, (code, text): (&str, String), now: Timestamp) -> Self {
        let same = before.filter(|before| before.code == code);
        let tries = same.map_or(0, |before| before.tries).saturating_add(1);
        Self {
            code: code.into(),
            text,
            since: same.map_or(now, |before| before.since),
            tries,
            next: now + pause_after(tries),
        }
    }
}

/// Whether no question at all has an answer: asking another way is no use.
pub(super) fn is_shut_out(error: &cloud::Error) -> bool {
    matches!(error.kind, Kind::NoConsent | Kind::BadCredential | Kind::NoSuchTenant | Kind::TenantClosed)
}

impl Engine {
    /// What the error says of this customer, if it is one that stays until somebody mends it.
    pub(super) fn trouble_of(&self, customer: &Customer, error: &Error) -> Option<(&'static str, String)> {
        let Error::Cloud { source, .. } = error else { return None };
        if source.tenant != customer.tenant_id.0 {
            return None;
        }
        let cut = |text: String| text.chars().take(TEXT_MAX).collect::<String>();
        let said = cut([source.code.as_str(), source.message.as_str()].join(" "));
        let url = self.graph.consent_url(customer.tenant_id.0);
        let again = format!("nothing is removed meanwhile; then: gatehouse sync {}", customer.name);
        match source.kind {
            Kind::NoConsent => {
                let text = format!(
                    "the consent of this customer is missing ({said}); an administrator of tenant {} has to consent at {url}; {again}",
                    customer.tenant_id
                );
                Some((CONSENT_LOST, text))
            }
            Kind::NoSuchTenant => {
                let text = format!(
                    "tenant {} does not exist in this cloud ({said}): it was deleted, or tenant_id or [cloud] is wrong; if it exists, an administrator has to consent at {url}; {again}",
                    customer.tenant_id
                );
                Some((CONSENT_LOST, text))
            }
            Kind::TenantClosed => {
                let text = format!(
                    "tenant {} lets nobody in, or not our app ({said}): an administrator of it has to open it again. One that Microsoft blocked for inactivity is deleted 20 days later, unless they turn to Microsoft's support; {again}",
                    customer.tenant_id
                );
                Some((TENANT_CLOSED, text))
            }
            Kind::Forbidden { permission } => {
                let text = format!(
                    "could not {}: the app lacks the application permission {permission} ({said}); add it to the app registration, and have an administrator of tenant {} consent anew at {url}; {again}",
                    source.operation, customer.tenant_id
                );
                Some((PERMISSION_MISSING, text))
            }
            _ => None,
        }
    }

    /// What keeps a scheduled run from asking Microsoft anything now.
    pub(super) fn paused_by_trouble(&self, customer: &Customer, head: &Head) -> Option<Outcome> {
        let trouble = head.trouble.as_ref().filter(|trouble| self.clock.now() < trouble.next)?;
        let text = format!(
            "customer {}: {}, {}; it is tried again at {}",
            customer.name,
            trouble.code,
            trouble.told(),
            trouble.next
        );
        Some(Outcome::Failed { text, retry: false })
    }

    /// Keeps the trouble with the customer, lists it as red, and tells people once.
    pub(super) async fn note_trouble(&self, customer: &Customer, error: &Error) -> bool {
        let Some(found) = self.trouble_of(customer, error) else { return false };
        if let Err(error) = self.keep_trouble(customer, found).await {
            tracing::warn!(customer = %customer.name, %error, "the customer's trouble could not be stored");
        }
        true
    }

    async fn keep_trouble(&self, customer: &Customer, found: (&'static str, String)) -> Result<(), Error> {
        let now = self.clock.now();
        let tenant = customer.tenant_id;
        let chain = self.journal(customer, None)?.head().clone();
        store::markers::set(&self.store, RED, &tenant.to_string()).await?;
        let mut trouble = None;
        let mut other = None;
        self.store
            .update::<Head>(&head_path(tenant), |head| {
                // Consent may be missing before there was any run; then there is no head yet.
                let head = head.unwrap_or_else(|| Head::unread(chain.clone(), now));
                let next = Trouble::after(head.trouble.as_ref(), found.clone(), now);
                other = head.trouble.clone().filter(|before| before.code != next.code);
                trouble = Some(next.clone());
                Some(Head { red: true, wake: Some(now), trouble: Some(next), ..head })
            })
            .await?;
        let trouble = trouble.ok_or_else(|| Error::Internal("a trouble was not made".into()))?;
        if let Some(other) = other {
            self.leave_cause(&other.cause(customer).id(), customer).await?;
        }
        self.join_cause(&trouble.cause(customer), Some(customer)).await?;
        self.store
            .update::<Body>(&body_path(tenant), |body| {
                body.map(|body| Body { trouble: Some(trouble.clone()), failures: Vec::new(), ..body })
            })
            .await?;
        Ok(())
    }

    /// The trouble in a plan that could not be made, with since when it is known.
    pub(super) async fn trouble_problem(&self, customer: &Customer, error: &Error) -> Option<Problem> {
        let found = self.trouble_of(customer, error)?;
        // Only what was stored can say since when; without it the trouble is new.
        let head = self.store.read::<Head>(&head_path(customer.tenant_id)).await.ok().flatten();
        let before = head.and_then(|kept| kept.value.trouble);
        let trouble = Trouble::after(before.as_ref(), found, self.clock.now());
        Some(Problem { text: trouble.told(), code: trouble.code, package: None, object: None })
    }

    /// The credential with which this tenant is read was refused moments ago in this process: whoever asks next would hear
    /// the same. Tenants of another app are none of its business.
    pub(super) fn refused_lately(&self, tenant: TenantId) -> Option<Error> {
        let refused = self.refused.lock().expect("no holder panics");
        let (at, error) = refused.get(&self.graph.app(tenant.0))?;
        (self.clock.monotonic() < *at + REFUSAL_KEPT_FOR).then(|| Error::cloud("sign in", error))
    }

    pub(crate) fn remember_refusal(&self, error: &cloud::Error) {
        let mut refused = self.refused.lock().expect("no holder panics");
        let now = self.clock.monotonic();
        // What was remembered is not put off by being told again.
        let app = self.graph.app(error.tenant);
        if refused.get(&app).is_none_or(|(at, _)| *at + REFUSAL_KEPT_FOR <= now) {
            refused.insert(app, (now, error.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::pause_after;

    #[test]
    fn pauses_grow_from_five_minutes_to_an_hour() {
        let minutes: Vec<i64> = [1, 2, 3, 4, 5, 6, 40, u32::MAX].map(|tries| pause_after(tries).as_mins()).to_vec();
        assert_eq!(minutes, [5, 10, 20, 40, 60, 60, 60, 60]);
    }
}
