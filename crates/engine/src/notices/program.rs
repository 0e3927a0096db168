//! Troubles of the program itself, told once and not for each customer: our own credential, the partner's tenant.
//!
//! Nobody can say of them that they are over but by hearing nothing more: a token may still be valid for an hour.

use super::causes::Cause;
use super::document::NoticeDocument;
use crate::{Engine, Error};
use access::config::NoticeKind;
use cloud::Kind;
use jiff::{SignedDuration, Timestamp};

/// Our secret or certificate is refused.
pub(crate) const CREDENTIAL_REFUSED: &str = "credential_refused";

/// The partner's tenant cannot be read.
pub(crate) const PARTNER_UNREAD: &str = "partner_unread";

/// A refused credential is over when nobody has met with it for a whole round of all customers and this much more.
const QUIET_FOR: SignedDuration = SignedDuration::from_mins(10);

impl Engine {
    /// Reports a trouble of the program itself, if the error is one. Answers whether it was.
    pub(crate) async fn report_program(&self, error: &Error) -> bool {
        let Error::Cloud { source, .. } = error else { return false };
        let cause = if source.kind == Kind::BadCredential {
            self.remember_refusal(source);
            Cause {
                kind: NoticeKind::Problems,
                code: CREDENTIAL_REFUSED.into(),
                key: String::new(),
                title: "Microsoft refuses our credential".into(),
                text: format!(
                    "the app's own secret or certificate is refused, so nothing can be read or changed in any tenant: {} {}; make a new one in the app registration of tenant {} and put it where [app] credential points",
                    source.code, source.message, self.config.partner.tenant_id
                ),
                commands: (None, Some("gatehouse check".into())),
            }
        } else if source.tenant == self.config.partner.tenant_id.0 && !source.transient() {
            Cause {
                kind: NoticeKind::Problems,
                code: PARTNER_UNREAD.into(),
                key: String::new(),
                title: "The partner's tenant cannot be read".into(),
                text: format!("nothing is done in any customer until it can: {error}"),
                commands: (None, Some("gatehouse plan".into())),
            }
        } else {
            return false;
        };
        if let Err(error) = self.join_cause(&cause, None).await {
            tracing::warn!(%error, "a trouble of the program could not be stored");
        }
        true
    }

    /// Ends what nobody has met with any more.
    pub(super) fn end_by_itself(&self, document: &mut NoticeDocument, partner_read: bool, now: Timestamp) {
        let configured =
            |tenant: &String| self.config.customers.iter().any(|customer| customer.tenant_id.to_string() == *tenant);
        let had_customers = !document.customers.is_empty();
        document.customers.retain(|tenant, _| configured(tenant));
        let quiet = match document.code.as_str() {
            PARTNER_UNREAD => partner_read,
            _ => partner_read && document.seen + self.config.sync_every + QUIET_FOR < now,
        };
        if (document.program && quiet) || (had_customers && document.customers.is_empty()) {
            document.over.get_or_insert(now);
        }
    }
}
