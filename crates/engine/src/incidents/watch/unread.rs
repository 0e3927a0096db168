//! A customer whose logs cannot be read: said once, made up for when they can be read again.

use super::document::{UNWATCHED, Unwatched, unwatched_path};
use crate::incidents::enrich::gap;
use crate::notices::causes::Cause;
use crate::{Engine, Error, Red};
use access::config::{Customer, NoticeKind};
use futures::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use store::Kept;

/// How many documents are read together.
const READ_AT_ONCE: usize = 16;

/// Nobody can watch a customer's accounts.
const SIGN_INS_UNREAD: &str = "sign_ins_unread";

/// What only a person can mend is tried again so often.
const TRIED_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// A service that does not answer mostly comes back by itself; after so long people hear of it.
const TOLD_AFTER: SignedDuration = SignedDuration::from_mins(30);

impl Engine {
    /// Notes that the customer could not be read since then. The answer is what to log, the first time.
    pub(super) async fn unreadable(
        &self,
        customer: &Customer,
        known: Option<&Kept<Unwatched>>,
        since: Timestamp,
        error: &cloud::Error,
    ) -> Result<Vec<String>, Error> {
        let now = self.clock.now();
        let why = gap("the sign-in log", error);
        let mut trouble = known.map(|kept| kept.value.clone()).unwrap_or_else(|| Unwatched {
            since,
            found: now,
            why: why.clone(),
            next: now,
            notice: None,
        });
        trouble.why.clone_from(&why);
        if !error.transient() {
            trouble.next = now + TRIED_EVERY;
        }
        let is_told = !error.transient() || trouble.found + TOLD_AFTER <= now;
        if is_told && trouble.notice.is_none() {
            let cause = cause(customer, error.transient(), &why);
            self.join_cause(&cause, Some(customer)).await?;
            trouble.notice = Some(cause.id());
        }
        match known {
            Some(kept) if kept.value == trouble => {}
            Some(kept) => {
                // Another process found the same.
                self.store.replace(kept, trouble).await.map(|_| ()).or_else(unless_lost)?;
            }
            None => {
                self.store
                    .create(&unwatched_path(customer.tenant_id), trouble)
                    .await
                    .map(|_| ())
                    .or_else(unless_lost)?;
            }
        }
        let is_first = known.is_none();
        Ok(is_first
            .then(|| format!("customer {}: {why}; its break-glass accounts are not watched", customer.name))
            .into_iter()
            .collect())
    }

    /// What could not be read before has been read.
    pub(super) async fn readable_again(&self, customer: &Customer, trouble: &Unwatched) -> Result<Vec<String>, Error> {
        if let Some(notice) = &trouble.notice {
            self.leave_cause(notice, customer).await?;
        }
        self.store.delete(&unwatched_path(customer.tenant_id)).await?;
        let since = trouble.since;
        Ok(vec![format!("customer {}: the sign-in log can be read again, and was from {since} on", customer.name)])
    }

    /// The customers who are not watched.
    pub(in crate::incidents) async fn red_unwatched(&self) -> Result<Vec<Red>, Error> {
        let paths = self.store.list(&format!("{UNWATCHED}/")).await?;
        let mut reading = Vec::new();
        for path in paths {
            reading.push(async move { self.store.read::<Unwatched>(&path).await });
        }
        let read: Vec<_> = futures::stream::iter(reading).buffered(READ_AT_ONCE).try_collect().await?;
        let mut red = Vec::new();
        for kept in read.into_iter().flatten() {
            let name = kept.path.rsplit('/').next().unwrap_or_default();
            let (tenant, code) = match name.split_once('.') {
                Some((tenant, _)) => (tenant, "alerts_unlisted"),
                None => (name, SIGN_INS_UNREAD),
            };
            let customer = self.config.customers.iter().find(|customer| customer.tenant_id.to_string() == tenant);
            let Some(customer) = customer else { continue };
            let text = format!("{} (since {})", kept.value.why, kept.value.found);
            red.push(Red { customer: Some(customer.name.clone()), code: code.into(), text });
        }
        Ok(red)
    }
}

/// An outage is one cause for everybody whom it hits; what a customer has to mend is their own.
fn cause(customer: &Customer, is_outage: bool, why: &str) -> Cause {
    let (key, title) = match is_outage {
        true => ("outage".to_owned(), "Sign-ins of break-glass accounts cannot be read".to_owned()),
        false => (
            customer.tenant_id.to_string(),
            format!("{}: sign-ins of the break-glass accounts cannot be read", customer.name),
        ),
    };
    let text = format!(
        "{why}. Until it can, a use of a break-glass account is only seen if the customer's own alert about it comes; it is tried again by itself, and what was missed is read then"
    );
    let command = Some(format!("gatehouse audit break-glass {}", customer.name));
    Cause { kind: NoticeKind::Problems, code: SIGN_INS_UNREAD.into(), key, title, text, commands: (command, None) }
}

/// Somebody else wrote it.
fn unless_lost(error: store::Error) -> Result<(), store::Error> {
    match error {
        store::Error::Conflict => Ok(()),
        error => Err(error),
    }
}
