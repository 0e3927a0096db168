//! Customers who vanished from the configuration: one cause for all of them, since one slip mostly leaves out many.
//!
//! Only a change of the configuration makes a customer vanish or come back, so the tick looks when the customers are
//! others than the last one knew, and once an hour in case a look or what came of it was lost.

use super::causes::Cause;
use super::document::{Concerned, NoticeDocument, path};
use super::register::reopened;
use crate::membership::documents::Schedule;
use crate::membership::gone_customers::GoneCustomer;
use crate::membership::partner::hex;
use crate::{Engine, Error};
use access::config::NoticeKind;
use access::ids::TenantId;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A customer has memberships of ours and is not in the configuration.
pub(crate) const CUSTOMER_GONE: &str = "customer_gone";

/// The seconds of an hour.
const HOUR: i64 = 3600;

fn customers_gone() -> Cause {
    // Looking at the files comes first: forgetting ends the care for a customer.
    let command = Some("gatehouse check".to_owned());
    Cause {
        kind: NoticeKind::Problems,
        code: CUSTOMER_GONE.into(),
        key: String::new(),
        title: "Customers are missing from the configuration".into(),
        text: "they have memberships of ours and are not in the configuration, so nothing is done there: who leaves keeps access until they are back. An error in a customer's file leaves the customer out, too. Where it is meant, a person says so: gatehouse forget CUSTOMER".into(),
        commands: (command.clone(), command),
    }
}

impl Engine {
    /// Names the customers of the configuration, so that the next tick sees whether they are others.
    pub(crate) fn configured(&self) -> String {
        let mut tenants: Vec<TenantId> = self.config.customers.iter().map(|customer| customer.tenant_id).collect();
        tenants.sort();
        let mut hash = Sha256::new();
        tenants.iter().for_each(|tenant| hash.update(tenant.0.as_bytes()));
        hex(&hash.finalize()[..8])
    }

    /// Brings the notice up to who is gone, if that can have changed since the last tick.
    pub(crate) async fn report_gone(&self, last: Option<&Schedule>, now: Timestamp) -> Result<(), Error> {
        let same = |last: &Schedule| {
            last.configured == self.configured()
                && last.tick.as_second().div_euclid(HOUR) == now.as_second().div_euclid(HOUR)
        };
        if last.is_some_and(same) || !self.config.notices.contains_key(&NoticeKind::Problems) {
            return Ok(());
        }
        let gone = self.gone_customers().await?;
        let gone = gone.into_iter().map(|one| (one.tenant_id.to_string(), concerned(one))).collect();
        self.gone_are(gone, now).await
    }

    /// Takes a customer who was forgotten out of the notice.
    pub(crate) async fn report_forgotten(&self, tenant: TenantId) -> Result<(), Error> {
        let Some(known) = self.store.read::<NoticeDocument>(&path(&customers_gone().id())).await? else {
            return Ok(());
        };
        let mut gone = known.value.customers;
        if known.value.over.is_some() || gone.remove(&tenant.to_string()).is_none() {
            return Ok(());
        }
        self.gone_are(gone, self.clock.now()).await
    }

    async fn gone_are(&self, gone: BTreeMap<String, Concerned>, now: Timestamp) -> Result<(), Error> {
        let cause = customers_gone();
        let id = cause.id();
        let known = self.store.read::<NoticeDocument>(&path(&id)).await?.map(|kept| kept.value);
        let told = known.filter(|known| known.over.is_none()).map(|known| known.customers).unwrap_or_default();
        if told == gone {
            return Ok(());
        }
        let changed = |present: Option<NoticeDocument>| {
            if gone.is_empty() {
                // Whom it was about stays, so that the end can name them.
                let open = present.filter(|document| document.over.is_none())?;
                return Some(NoticeDocument { over: Some(now), ..open });
            }
            let mut document = reopened(&cause, present, false, now);
            let back: Vec<String> = document.customers.keys().filter(|one| !gone.contains_key(*one)).cloned().collect();
            back.iter().for_each(|tenant| document.leave(tenant));
            document.customers.clone_from(&gone);
            Some(document)
        };
        Ok(self.change_cause(&id, changed).await?)
    }
}

fn concerned(gone: GoneCustomer) -> Concerned {
    Concerned { name: gone.name.unwrap_or(gone.tenant_id.to_string()), command: customers_gone().commands.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_notice_says_what_does_not_happen_and_what_to_do() {
        let cause = customers_gone();
        expect![[r#"
            Customers are missing from the configuration
            they have memberships of ours and are not in the configuration, so nothing is done there: who leaves keeps access until they are back. An error in a customer's file leaves the customer out, too. Where it is meant, a person says so: gatehouse forget CUSTOMER
            (Some("gatehouse check"), Some("gatehouse check"))
        "#]].assert_eq(&format!("{}\n{}\n{:?}\n", cause.title, cause.text, cause.commands));
    }
}
