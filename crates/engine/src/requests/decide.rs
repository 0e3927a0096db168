//! A person decides: yes, no, longer, or no more.

use super::api::{Decide, Deciding, Refused};
use crate::Engine;
use crate::inviting::people::Side;
use access::config::{Approver, Customer, May, Requests};
use access::ids::{GroupId, PersonId};
use access::requests::{By, Event, Request, RequestId, Status};
use std::collections::BTreeSet;

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
        let by = self.decider(&request, decide, deciding).await?;
        let event = match decide {
            Decide::Approve => Event::Approve(by),
            Decide::Reject => Event::Reject(by),
            Decide::Extend { hours } => Event::Extend { by, hours },
            Decide::Cancel => Event::Cancel(by),
        };
        let decided = self.happen(id, &event, |_| true).await?;
        let is_due = match decide {
            Decide::Approve => decided.status == Status::Accepted,
            Decide::Reject => false,
            Decide::Extend { .. } | Decide::Cancel => decided.starts_at.is_some(),
        };
        Ok(if is_due { self.carry_out_now(decided).await } else { decided })
    }

    /// Who decides, with everything about them that the decision rests on.
    async fn decider(&self, request: &Request, decide: Decide, deciding: &Deciding<'_>) -> Result<By, Refused> {
        let mut by = By {
            caller: deciding.caller.name.clone(),
            email: deciding.named.then(|| deciding.by.who.clone()),
            asserted: deciding.by.asserted,
            approves: deciding.caller.may(May::Approve),
            comment: deciding.by.comment.clone(),
            ..By::default()
        };
        // Taking access away, or refusing it, rests on no more than the right to do so.
        let grants = matches!(decide, Decide::Approve | Decide::Extend { .. });
        let (Some(mail), Some((customer, rules))) = (by.email.clone(), self.rules_of(request)) else { return Ok(by) };
        if rules.stages.is_empty() {
            return Ok(by);
        }
        if grants {
            if by.asserted && access::requests::mail(&mail).is_none() {
                // Nobody can be told from the requester and the invitee by what is no address.
                return Err(Refused::Forbidden(format!("{mail:?} is no mail address: name the person who decides")));
            }
            let account = deciding.caller.account;
            let is_of = |tenant| account.filter(|(of, _)| *of == tenant).map(|(_, account)| PersonId(account.0));
            let partners = is_of(self.config.partner.tenant_id);
            by.person = partners.or(is_of(customer.tenant_id));
            // Two addresses may be one person's: nobody approves their own access under another one.
            let (mut side, mut found) = (Side::Partner, self.identity(&mail).await?);
            if partners.is_none() && found.is_none() {
                side = Side::Customer(&customer.name);
                found = self.identity_at(customer, &mail).await?;
            }
            if let Some(found) = found {
                if !found.enabled {
                    let text = format!("the account of {mail} is disabled: it decides nothing");
                    return Err(Refused::Forbidden(text));
                }
                if by.person.is_some_and(|account| account != found.person()) {
                    // An address in a token is what somebody wrote into the directory.
                    let text = format!("the address of the token, {mail}, is somebody else's in the directory");
                    return Err(Refused::Forbidden(text));
                }
                by.person = by.person.or(Some(found.person()));
                by.aliases = [found.mail, found.upn].into_iter().flatten().collect();
            }
            let invitee = match request.person {
                Some(person) => Some(person),
                None => self.identity(&request.invitee.email).await?.map(|found| found.person()),
            };
            by.invitee = invitee;
            if by.person.is_some() && by.person == invitee {
                return Err(Refused::OwnRequest("nobody decides about access for themselves".into()));
            }
            if by.person.is_some() && by.person == self.requester_at(side, customer, request).await? {
                return Err(Refused::OwnRequest("nobody decides about what they asked for".into()));
            }
        }
        by.groups = self.groups_of(Some(customer), &mail, &approving(rules)).await;
        Ok(by)
    }

    /// Who asked, if that is one of the people of this side.
    async fn requester_at(
        &self,
        side: Side<'_>,
        customer: &Customer,
        request: &Request,
    ) -> Result<Option<PersonId>, Refused> {
        let Some(name) = &request.requested_by else { return Ok(None) };
        // A token without an address names the account itself.
        if let Ok(account) = name.parse() {
            return Ok(Some(account));
        }
        let found = match side {
            Side::Partner => self.identity(name).await?,
            Side::Customer(_) => self.identity_at(customer, name).await?,
        };
        Ok(found.map(|found| found.person()))
    }

    /// The customer of a request and the present rules of its package; `None`: nobody can ask for it any more.
    pub(super) fn rules_of(&self, request: &Request) -> Option<(&Customer, &Requests)> {
        let customer = self.customer_of(request.tenant_id)?;
        let package = customer.packages.iter().find(|package| package.name == request.package)?;
        Some((customer, package.requests.as_ref()?))
    }
}

/// The groups whose people approve, at whichever stage.
fn approving(rules: &Requests) -> BTreeSet<GroupId> {
    let approvers = rules.stages.iter().filter_map(|stage| stage.approvers.as_ref()).flatten();
    let group = |approver: &Approver| match approver {
        Approver::Group(group) => Some(*group),
        Approver::Mail(_) => None,
    };
    approvers.filter_map(group).collect()
}
