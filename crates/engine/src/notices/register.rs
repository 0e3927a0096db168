//! Customers join the causes that concern them, and leave those that do no more.

use super::causes::Cause;
use super::document::{Concerned, NoticeDocument, path};
use super::{MARKER, deliver};
use crate::Engine;
use access::config::Customer;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::markers;

/// How often a document that many customers join at once is tried again, after the store's own attempts.
const ROUNDS_MAX: usize = 8;

/// The longest pause before that.
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// A report about the program is written down at most this often.
const REPORT_EVERY: SignedDuration = SignedDuration::from_mins(1);

impl Engine {
    /// Brings the causes up to what a run found. `known` are the ids that the customer was registered with before;
    /// the answer are those that it is registered with now. A cause whose document could not be written is left as it
    /// was, so the next run tries again.
    pub(crate) async fn register(
        &self,
        customer: &Customer,
        found: Vec<Cause>,
        known: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let routed = found.into_iter().filter(|cause| self.config.notices.contains_key(&cause.kind));
        let found: BTreeMap<String, Cause> = routed.map(|cause| (cause.id(), cause)).collect();
        let mut now = known.clone();
        for (id, cause) in found.iter().filter(|(id, _)| !known.contains(*id)) {
            match self.join_cause(cause, Some(customer)).await {
                Ok(()) => {
                    now.insert(id.clone());
                }
                Err(error) => tracing::warn!(customer = %customer.name, %error, "a notice could not be stored"),
            }
        }
        for id in known.iter().filter(|id| !found.contains_key(*id)) {
            match self.leave_cause(id, customer).await {
                Ok(()) => {
                    now.remove(id);
                }
                Err(error) => tracing::warn!(customer = %customer.name, %error, "a notice could not be closed"),
            }
        }
        now
    }

    /// Notes that this cause concerns the customer (`None`: the program itself), if anybody wants to hear of its kind.
    pub(crate) async fn join_cause(&self, cause: &Cause, customer: Option<&Customer>) -> Result<(), store::Error> {
        if customer.is_some() && !self.config.notices.contains_key(&cause.kind) {
            return Ok(());
        }
        let now = self.clock.now();
        let joined = |present: Option<NoticeDocument>| {
            let before = present.clone();
            let mut document = reopened(cause, present, customer.is_none(), now);
            match customer {
                Some(customer) => {
                    let concerned = Concerned { name: customer.name.clone(), command: cause.commands.0.clone() };
                    document.customers.insert(customer.tenant_id.to_string(), concerned);
                }
                None if document.seen + REPORT_EVERY <= now => document.seen = now,
                None => {}
            }
            (before.as_ref() != Some(&document)).then_some(document)
        };
        self.change_cause(&cause.id(), joined).await
    }

    /// Notes that this cause concerns the customer no more. With the last one it is over.
    pub(crate) async fn leave_cause(&self, id: &str, customer: &Customer) -> Result<(), store::Error> {
        let now = self.clock.now();
        let left = |present: Option<NoticeDocument>| {
            let mut document = present.filter(|document| document.over.is_none())?;
            let tenant = customer.tenant_id.to_string();
            if document.customers.keys().eq([&tenant]) {
                // The last one stays, so that the end can name whom it was about.
                document.over = Some(now);
            } else {
                document.customers.contains_key(&tenant).then(|| document.leave(&tenant))?;
            }
            Some(document)
        };
        self.change_cause(id, left).await
    }

    /// Changes the document, then marks it: in this order, since the tick clears a mark and looks once more after. The
    /// mark is set even where nothing changed, for the process that was killed between the two.
    pub(super) async fn change_cause(
        &self,
        id: &str,
        mut change: impl FnMut(Option<NoticeDocument>) -> Option<NoticeDocument> + Send,
    ) -> Result<(), store::Error> {
        let mut rounds = 0;
        loop {
            match self.store.update::<NoticeDocument>(&path(id), &mut change).await {
                Ok(_) => break,
                Err(store::Error::Conflict) if rounds < ROUNDS_MAX => {
                    rounds += 1;
                    self.clock.sleep(PAUSE_MAX.mul_f64(self.random.fraction())).await;
                }
                Err(error) => return Err(error),
            }
        }
        markers::set(&self.store, MARKER, id).await
    }
}

/// The occurrence that is there now: the present one, or a new one. One of whose end nobody was told yet goes on.
pub(super) fn reopened(
    cause: &Cause,
    present: Option<NoticeDocument>,
    program: bool,
    now: Timestamp,
) -> NoticeDocument {
    match present {
        Some(document) if document.over.is_none() => document,
        Some(ended) if deliver::has_news(&ended) => NoticeDocument { over: None, customers: BTreeMap::new(), ..ended },
        Some(_) | None => opened(cause, program, now),
    }
}

/// A new occurrence.
fn opened(cause: &Cause, program: bool, now: Timestamp) -> NoticeDocument {
    NoticeDocument {
        kind: cause.kind,
        code: cause.code.clone(),
        title: cause.title.clone(),
        text: cause.text.clone(),
        command: cause.commands.1.clone(),
        opened: now,
        not_before: now + cause.wait(),
        over: None,
        program,
        seen: now,
        question: None,
        customers: BTreeMap::new(),
        channels: BTreeMap::new(),
    }
}
