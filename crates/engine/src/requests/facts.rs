//! What a decision on a request must know of people: who an address is, and which groups they are in.

use super::api::Refused;
use crate::inviting::people::{Addressed, Groups, Lookup, Side};
use crate::{Engine, Error};
use access::config::Customer;
use access::ids::GroupId;
use access::requests::policy::Membership;
use std::collections::{BTreeMap, BTreeSet};

impl Engine {
    /// Who has this address at the partner; `None`: nobody, or more than one. An error is a partner that could not be read.
    pub(super) async fn identity(&self, mail: &str) -> Result<Option<Addressed>, Error> {
        match self.person_by_mail(mail).await {
            Lookup::Found(found) => Ok(Some(found)),
            Lookup::Nobody | Lookup::Several(_) => Ok(None),
            Lookup::Unread { why } => Err(Error::PartnerUnread(why)),
        }
    }

    /// Who has this address in the customer's own tenant, whose people may approve too. Ids of objects are never the same
    /// in two tenants.
    pub(super) async fn identity_at(&self, customer: &Customer, mail: &str) -> Result<Option<Addressed>, Refused> {
        match self.user_by_mail(Side::Customer(&customer.name), mail).await? {
            Lookup::Found(found) => Ok(Some(found)),
            Lookup::Nobody | Lookup::Several(_) => Ok(None),
            // As with a group that cannot be read: whoever may be the requester approves nothing.
            Lookup::Unread { why } => Err(Refused::Forbidden(format!(
                "who {mail} is could not be read in the tenant of customer {}: {why}; try again",
                customer.name
            ))),
        }
    }

    /// Whether whoever has this address is in one of these groups of the partner.
    pub(super) async fn is_one_of(&self, mail: &str, groups: &BTreeSet<GroupId>) -> Membership {
        let found = self.groups_of(None, mail, groups).await;
        match found.values().any(|is_in| *is_in) {
            true => Membership::Yes,
            false if found.len() == groups.len() => Membership::No,
            false => Membership::Unknown,
        }
    }

    /// For each of these groups, of the partner or of this customer, whether whoever has this address is in it. What could
    /// not be read is left out.
    pub(super) async fn groups_of(
        &self,
        customer: Option<&Customer>,
        mail: &str,
        groups: &BTreeSet<GroupId>,
    ) -> BTreeMap<GroupId, bool> {
        if groups.is_empty() {
            return BTreeMap::new();
        }
        let sides = [Some(Side::Partner), customer.map(|customer| Side::Customer(&customer.name))];
        let (mut inside, mut all_read) = (BTreeSet::new(), true);
        for side in sides.into_iter().flatten() {
            match self.groups_at(side, mail, groups).await {
                Ok(found) => inside.extend(found),
                Err(why) => {
                    tracing::warn!(why, "whether somebody is in a group could not be read");
                    all_read = false;
                }
            }
        }
        let told = groups.iter().filter(|group| all_read || inside.contains(group));
        told.map(|group| (*group, inside.contains(group))).collect()
    }

    async fn groups_at(
        &self,
        side: Side<'_>,
        mail: &str,
        groups: &BTreeSet<GroupId>,
    ) -> Result<BTreeSet<GroupId>, String> {
        let user = match self.user_by_mail(side, mail).await.map_err(|error| error.to_string())? {
            // A disabled account decides nothing, whoever says that it does.
            Lookup::Found(found) if found.enabled => found.user,
            Lookup::Found(_) | Lookup::Nobody => return Ok(BTreeSet::new()),
            Lookup::Several(count) => return Err(format!("{count} users have the address")),
            Lookup::Unread { why } => return Err(why),
        };
        match self.groups_among(side, user, groups).await.map_err(|error| error.to_string())? {
            Groups::Of(found) => Ok(found),
            Groups::Unread { why } => Err(why),
        }
    }
}
