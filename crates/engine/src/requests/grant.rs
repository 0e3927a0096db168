//! A grant begins, and ends at another time than was said: entries in the customer's journal. The ordinary run of the
//! customer does the rest.

use crate::{Engine, Error};
use access::ledger::{Entry, Grant, Ledger};
use access::requests::RequestId;
use jiff::Timestamp;

/// A change of a grant's end, as a named person decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEnd {
    /// The request.
    pub request: RequestId,
    /// The new end. At the time of the change, or before it: the grant is over.
    pub until: Timestamp,
    /// Who says so.
    pub by: String,
    /// Their words.
    pub note: Option<String>,
}

impl Engine {
    /// Journals these grants of one customer, so that its next run carries them out. Granting the same request again
    /// changes nothing, whatever became of it since.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] while another run is at work there: nothing was granted, and the same call can be made again.
    pub async fn grant_access(&self, customer: &str, grants: Vec<Grant>) -> Result<(), Error> {
        let customer = self.customer(customer)?;
        for grant in &grants {
            // Before the grant: a marker too many costs a read, and one too few would leave a leaver inside.
            self.follow_granted(customer.tenant_id, grant).await?;
        }
        let is_new = |ledger: &Ledger, grant: &Grant| {
            !ledger.grants.contains_key(&grant.request) && !ledger.settled.contains_key(&grant.request)
        };
        let entries = |ledger: &Ledger| {
            let new = grants.iter().filter(|grant| is_new(ledger, grant));
            Ok(new.cloned().map(Entry::Granted).collect())
        };
        self.journal_grants(customer, entries).await.map(|_| ())
    }

    /// Journals that a grant ends at another time: later, or now, because it was taken back. Returns whether there is
    /// such a grant that this changes; one that is seen to be over does not begin anew.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] while another run is at work there: nothing was changed, and the same call can be made again.
    pub async fn end_grant(&self, customer: &str, new: &NewEnd) -> Result<bool, Error> {
        let customer = self.customer(customer)?;
        let entries = |ledger: &Ledger| {
            let changed = ledger.grants.get(&new.request).is_some_and(|grant| grant.until != new.until);
            let NewEnd { request, until, by, note } = new.clone();
            let at = self.clock.now();
            Ok(changed.then_some(Entry::GrantChanged { request, until, by, note, at }).into_iter().collect())
        };
        self.journal_grants(customer, entries).await
    }
}
