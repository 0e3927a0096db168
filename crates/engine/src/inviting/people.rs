//! Who somebody is by their address, and whether they are in certain groups: of whoever is to be invited, asks or approves.

use crate::{Engine, Error};
use access::ids::{GroupId, PersonId};
use cloud::graph::{Answer, Ask, ObjectKind, Reader, User};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The longest address that is looked for (RFC 5321: 64 characters, the sign and 255).
const ADDRESS_CHARS_MAX: usize = 320;

/// In whose tenant to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side<'a> {
    /// The partner's.
    Partner,
    /// The customer's with this name.
    Customer(&'a str),
}

/// What looking for an address found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// One user has it.
    Found(Addressed),
    /// No user has it, as far as the directory's index shows: somebody made moments ago may not be in it yet.
    Nobody,
    /// More than one user has it, so it names nobody.
    Several(usize),
    /// It could not be looked up, so nothing is known.
    Unread {
        /// Why, for people.
        why: String,
    },
}

/// The user who has an address: as mail, sign-in name or proxy address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressed {
    /// The object id, in the tenant that was asked.
    pub user: Uuid,
    /// The primary address, where there is one.
    pub mail: Option<String>,
    /// The sign-in name.
    pub upn: Option<String>,
    /// The name as shown to people.
    pub name: Option<String>,
    /// Whether the account may sign in.
    pub enabled: bool,
    /// Whether it is a guest of that tenant, by its type or because it was invited.
    pub guest: bool,
}

impl Addressed {
    /// The person, where the partner's tenant was asked.
    pub fn person(&self) -> PersonId {
        PersonId(self.user)
    }
}

/// Whether a user is in one of some groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// In this one, directly or through nested groups.
    Yes(GroupId),
    /// In none.
    No,
    /// It could not be read, so neither is true.
    Unknown {
        /// Why, for people.
        why: String,
    },
}

/// Which of some groups a user is in.
pub(super) enum Groups {
    /// These.
    Of(BTreeSet<GroupId>),
    /// It could not be read.
    Unread { why: String },
}

impl Engine {
    /// The user of the partner's tenant who has this address.
    pub async fn person_by_mail(&self, mail: &str) -> Lookup {
        look_up(&self.graph.reader(self.config.partner.tenant_id.0), mail).await
    }

    /// The user of that tenant who has this address. An error is a name that is not in the configuration.
    pub async fn user_by_mail(&self, side: Side<'_>, mail: &str) -> Result<Lookup, Error> {
        Ok(look_up(&self.reader_of(side)?, mail).await)
    }

    /// Whether this user of that tenant is in one of these groups of the same tenant, nested ones included. An error is a
    /// name that is not in the configuration.
    pub async fn is_in_groups(
        &self,
        side: Side<'_>,
        user: Uuid,
        groups: &BTreeSet<GroupId>,
    ) -> Result<Membership, Error> {
        Ok(match self.groups_among(side, user, groups).await? {
            Groups::Of(found) => found.first().map_or(Membership::No, |group| Membership::Yes(*group)),
            Groups::Unread { why } => Membership::Unknown { why },
        })
    }

    /// Which of these groups the user is in.
    pub(super) async fn groups_among(
        &self,
        side: Side<'_>,
        user: Uuid,
        groups: &BTreeSet<GroupId>,
    ) -> Result<Groups, Error> {
        let reader = self.reader_of(side)?;
        if groups.is_empty() {
            return Ok(Groups::Of(BTreeSet::new()));
        }
        let answer = reader.ask(vec![Ask::TransitiveMemberOf { user }]).await.remove(0);
        Ok(match answer.and_then(Answer::memberships) {
            Ok(found) => {
                let found = found.iter().filter(|one| one.kind == ObjectKind::Group).map(|one| GroupId(one.id));
                Groups::Of(found.filter(|id| groups.contains(id)).collect())
            }
            Err(error) => Groups::Unread { why: error.to_string() },
        })
    }

    fn reader_of(&self, side: Side<'_>) -> Result<Reader, Error> {
        Ok(self.graph.reader(match side {
            Side::Partner => self.config.partner.tenant_id.0,
            Side::Customer(name) => self.customer(name)?.tenant_id.0,
        }))
    }
}

async fn look_up(reader: &Reader, mail: &str) -> Lookup {
    let address = mail.trim().to_lowercase();
    // Such a text is nobody's address, and need not be asked for.
    if !address.contains('@') || address.chars().count() > ADDRESS_CHARS_MAX || address.contains(char::is_control) {
        return Lookup::Nobody;
    }
    let answer = reader.ask(vec![Ask::UsersByAddress { address: address.clone() }]).await.remove(0);
    let users = match answer.and_then(Answer::people) {
        Ok(users) => users,
        Err(error) => return Lookup::Unread { why: error.to_string() },
    };
    let (mut found, others): (Vec<User>, Vec<User>) = users.into_iter().partition(|user| user.has_address(&address));
    found.sort_by_key(|user| user.id);
    found.dedup_by_key(|user| user.id);
    match (found.len(), found.pop(), others.first()) {
        (1, Some(user), _) => addressed(user),
        (several, Some(_), _) => Lookup::Several(several),
        // What the service takes for equal need not be what we do; then it is nobody's certainly.
        (_, None, Some(other)) => {
            Lookup::Unread { why: format!("the service answers with user {}, whose address is another one", other.id) }
        }
        (_, None, None) => Lookup::Nobody,
    }
}

fn addressed(user: User) -> Lookup {
    let Some(enabled) = user.account_enabled else {
        return Lookup::Unread { why: format!("the service did not say whether user {} may sign in", user.id) };
    };
    let guest = user.is_external() || user.user_type.as_deref() == Some("Guest");
    Lookup::Found(Addressed {
        user: user.id,
        mail: user.mail,
        upn: user.user_principal_name,
        name: user.display_name,
        enabled,
        guest,
    })
}
