//! What somebody asked for has to do with it: requests that wait, and how others ended.

use crate::{Engine, Error};
use access::config::Customer;
use access::ids::PersonId;
use access::ledger::{Entry, Ledger};
use access::requests::{Change, Happened, Request, RequestId, Status, missing};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The request that an entry of a customer's journal is about.
pub(super) fn named(entry: &Entry) -> Option<RequestId> {
    match entry {
        Entry::Requested { request, .. } => Some(request.clone()),
        Entry::Granted(grant) => Some(grant.request.clone()),
        _ => None,
    }
}

impl Engine {
    /// The requests in one customer that are for this person: those that its journal names, and those that are open.
    pub(super) async fn requests_for(
        &self,
        customer: &Customer,
        person: Option<PersonId>,
        mail: &str,
        mut named: BTreeSet<RequestId>,
    ) -> Result<Vec<Request>, Error> {
        // What was asked for a moment ago is in no journal yet.
        named.extend(self.open_requests().await?);
        let all = self.request_documents(named).await?.into_iter().map(|document| document.request);
        let theirs = |request: &Request| {
            let same = person.is_some() && request.person == person;
            request.tenant_id == customer.tenant_id && (same || request.invitee.email.eq_ignore_ascii_case(mail))
        };
        Ok(all.filter(theirs).collect())
    }
}

/// What waits: requests that are not over, and of which no grant tells, live or ended.
pub(super) fn now(requests: &[Request], ledger: &Ledger, customer: &Customer) -> Vec<String> {
    let told = |id: &RequestId| ledger.grants.contains_key(id) || ledger.settled.contains_key(id);
    let open = requests.iter().filter(|request| !request.status.is_final() && !told(&request.id));
    let sentence = |request: &Request| {
        let Request { package, id, hours, .. } = request;
        let rules = customer.packages.iter().find(|known| known.name == *package).and_then(|one| one.requests.as_ref());
        let for_what = match rules.and_then(|rules| missing(request, rules)) {
            Some(missing) => format!("waits for {missing}"),
            None if request.status == Status::WaitingApproval => "waits for an approval".into(),
            None => match &request.detail {
                Some(detail) => format!("is accepted and not carried out yet: {detail}"),
                None => "is accepted and not carried out yet".into(),
            },
        };
        format!("package {package}: request {id} for {hours} hours {for_what}")
    };
    open.map(sentence).collect()
}

/// Everything that happened to these requests: when, whether what the journal says of the same moment comes after it,
/// and in words.
pub(super) fn history(requests: &[Request]) -> impl Iterator<Item = (Timestamp, bool, String)> + '_ {
    let told = |request: &Request, change: &Change| {
        let Request { id, package, .. } = request;
        match change.what {
            Happened::Asked => format!("request {id}: {package} {change}"),
            _ => format!("request {id}: {change}"),
        }
    };
    requests.iter().flat_map(move |request| {
        request.history.iter().map(move |change| (change.at, leads(change), told(request, change)))
    })
}

/// What is said and decided leads to what is done.
fn leads(change: &Change) -> bool {
    match change.what {
        Happened::Moved => matches!(change.status, Status::Accepted | Status::Rejected),
        Happened::Asked | Happened::Approved | Happened::Reminded | Happened::Started => true,
        Happened::Extended | Happened::ExtensionApproved | Happened::Closing => true,
        Happened::EndsSoon | Happened::Waiting => false,
    }
}
