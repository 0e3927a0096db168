//! Who is paged for a customer.

use crate::Engine;
use access::config::{Config, Customer, EscalationStep};
use access::ids::TenantId;
use access::incidents::Incident;
use jiff::SignedDuration;
use std::borrow::Cow;

/// How long a step is waited for where no escalation says so.
const WAIT: SignedDuration = SignedDuration::from_mins(5);

impl Engine {
    /// The customer of an incident's tenant; `None`: it is about a customer who is not in the configuration.
    pub(super) fn customer_of_incident(&self, incident: &Incident) -> Option<&Customer> {
        self.customer_of(incident.tenant_id)
    }
}

/// The escalation for this tenant: the customer's own, else the program's, else everybody at once. It is empty only where
/// there is no channel at all.
pub(crate) fn chain(config: &Config, tenant: TenantId) -> Cow<'_, [EscalationStep]> {
    let customer = config.customer_of(tenant);
    let own = customer.map(|customer| customer.break_glass.escalation.as_slice()).unwrap_or_default();
    if !own.is_empty() {
        return Cow::Borrowed(own);
    }
    if !config.escalation.is_empty() {
        return Cow::Borrowed(&config.escalation);
    }
    // An alarm that goes nowhere is worse than one that goes to people who did not expect it. Another customer's channels
    // hear of their own incidents alone.
    let is_ours = |name: &&String| match (name.split_once('/'), customer) {
        (None, _) => true,
        (Some((owner, _)), Some(customer)) => owner == customer.name,
        (Some(_), None) => false,
    };
    let channels: Vec<String> = config.channels.keys().filter(is_ours).cloned().collect();
    match channels.is_empty() {
        true => Cow::Borrowed(&[]),
        false => Cow::Owned(vec![EscalationStep { channels, wait: WAIT }]),
    }
}
