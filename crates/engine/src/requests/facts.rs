//! What a decision on a request must know of people: who an address is, and which groups they are in.

use crate::Engine;
use crate::inviting::people::{Lookup, Membership as InGroups, Side};
use access::config::Customer;
use access::ids::{GroupId, PersonId};
use access::requests::policy::Membership;
use std::collections::BTreeSet;

/// Who an address is at the partner, as far as it could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// This person.
    Known(PersonId),
    /// Nobody of the partner's.
    Nobody,
    /// It could not be told.
    Unknown,
}

impl Engine {
    /// Who this address is at the partner.
    pub(super) async fn identity(&self, mail: &str) -> Identity {
        match self.person_by_mail(mail).await {
            // A disabled account decides nothing, whoever says that it does.
            Lookup::Found(found) if found.enabled => Identity::Known(found.person()),
            Lookup::Found(_) | Lookup::Nobody => Identity::Nobody,
            Lookup::Several(_) => Identity::Unknown,
            Lookup::Unread { why } => {
                tracing::warn!(why, "an address could not be looked up at the partner");
                Identity::Unknown
            }
        }
    }

    /// Whether whoever has this address is in one of these groups of the partner, or, where a customer is named, of that
    /// customer. Whatever could not be read makes a `No` an `Unknown`.
    pub(super) async fn membership(
        &self,
        customer: Option<&Customer>,
        mail: &str,
        groups: &BTreeSet<GroupId>,
    ) -> Membership {
        if groups.is_empty() {
            return Membership::No;
        }
        let sides = [Some(Side::Partner), customer.map(|customer| Side::Customer(&customer.name))];
        let mut answer = Membership::No;
        for side in sides.into_iter().flatten() {
            match self.membership_at(side, mail, groups).await {
                Membership::Yes => return Membership::Yes,
                Membership::Unknown => answer = Membership::Unknown,
                Membership::No => {}
            }
        }
        answer
    }

    async fn membership_at(&self, side: Side<'_>, mail: &str, groups: &BTreeSet<GroupId>) -> Membership {
        let user = match self.user_by_mail(side, mail).await {
            Ok(Lookup::Found(found)) if found.enabled => found.user,
            Ok(Lookup::Found(_) | Lookup::Nobody) => return Membership::No,
            Ok(Lookup::Several(_) | Lookup::Unread { .. }) | Err(_) => return Membership::Unknown,
        };
        match self.is_in_groups(side, user, groups).await {
            Ok(InGroups::Yes(_)) => Membership::Yes,
            Ok(InGroups::No) => Membership::No,
            Ok(InGroups::Unknown { why }) => {
                tracing::warn!(%user, why, "the groups of a user could not be read");
                Membership::Unknown
            }
            Err(_) => Membership::Unknown,
        }
    }
}
