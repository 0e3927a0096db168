//! What a ticketing system's body asks for, where the body alone may not say it: then the ticket itself is read.

use super::api::{Refused, Wish};
use crate::{Engine, Error};
use access::config::Native;
use access::requests::native::{self, Heard, Unsaid};
use bytes::Bytes;
use notify::tickets::{TicketKey, Unread, fetch};

impl Engine {
    /// What a body in a system's own form asks for. The ticket is read where `native::unsaid` says so: once, and before
    /// anything is stored or held against the policy.
    pub(super) async fn hear(&self, wish: &Wish<'_>, map: &Native) -> Result<Heard, Refused> {
        let Some(unsaid) = native::unsaid(wish.body, map)? else {
            return Ok(native::read(wish.body, map)?);
        };
        let caller = &wish.caller.name;
        match self.ticket_of(caller, &unsaid).await {
            Ok(ticket) => Ok(unsaid.read(&ticket, map)?),
            Err(Unread::Later { why }) => Err(Error::TicketUnread(format!("caller {caller}: {why}")).into()),
            Err(Unread::Never { why }) => {
                tracing::warn!(caller, why, "a ticket cannot be read, and its webhook does not say enough");
                Err(unsaid.refused(&why).into())
            }
        }
    }

    /// The ticket, as the caller's own system shows it.
    async fn ticket_of(&self, caller: &str, unsaid: &Unsaid) -> Result<Bytes, Unread> {
        let later = |why: &str| Unread::Later { why: why.to_owned() };
        let tickets = self.tickets.as_ref().ok_or_else(|| later("this process has no way to ticketing systems"))?;
        let desk = match tickets.desks.get(caller) {
            Some(Ok(desk)) => desk,
            Some(Err(why)) => return Err(later(why)),
            None => return Err(later("this process does not know its ticketing system")),
        };
        let key = TicketKey { id: unsaid.id().map(str::to_owned), number: unsaid.number().map(str::to_owned) };
        fetch(&*tickets.operators, &*self.clock, desk, &key).await
    }
}
