//! A person decides: yes, no, longer, or no more.

use super::api::{Decide, Deciding, Refused};
use super::facts::Identity;
use crate::{Engine, Error};
use access::config::{Customer, May};
use access::requests::policy::Membership;
use access::requests::{By, Event, Request, RequestId, Status, apply};

impl Engine {
    /// Decides on a request that the caller may see. The answer is the request after that, carried out where it can be at
    /// once.
    pub async fn decide_request(
        &self,
        id: &RequestId,
        decide: Decide,
        deciding: &Deciding<'_>,
    ) -> Result<Request, Refused> {
        let caller = deciding.caller;
        let request = self.seen(caller, id).await?.value.request;
        let own = caller.may(May::Request) && request.caller == caller.name;
        let may = match decide {
            Decide::Approve | Decide::Reject => caller.may(May::Approve),
            Decide::Extend { .. } | Decide::Cancel => caller.may(May::Approve) || own,
        };
        if !may {
            return Err(Refused::Forbidden("this caller may not do that to this request".into()));
        }
        let customer = self.config.customers.iter().find(|customer| customer.tenant_id == request.tenant_id);
        let by = self.decider(customer, &request, decide, deciding).await?;
        let changed = self
            .change_request(id, |request| {
                let event = self.event(customer, request, decide, &by)?;
                let after = apply(request, &event, self.clock.now()).map_err(Refused::from)?;
                Ok((after != *request).then_some(after))
            })
            .await?;
        let at_once = changed.status == Status::Accepted || matches!(decide, Decide::Cancel | Decide::Extend { .. });
        Ok(if at_once { self.carry_out_now(changed).await } else { changed })
    }
}
