//! Microsoft's objects as a plan knows them.

use access::ids::{GuestId, ObjectId};
use access::plan::{Actual, Guest, MemberKind, Unwritable};
use cloud::graph::{Group, Identity, Member, ObjectKind, Unit, User};
use std::collections::BTreeMap;

/// Every member with its kind; users from outside are noted with all that a plan needs to know of them.
pub(super) fn kinds(members: Vec<Member>, actual: &mut Actual) -> BTreeMap<ObjectId, MemberKind> {
    let mut kinds = BTreeMap::new();
    for member in members {
        let kind = match (&member.kind, &member.outsider) {
            (ObjectKind::User, Some(_)) => MemberKind::User,
            (ObjectKind::User, None) => MemberKind::Own,
            _ => MemberKind::Other,
        };
        kinds.insert(ObjectId(member.id), kind);
        // Taken over one by one: a group may be large.
        if let Some(user) = member.outsider {
            actual.guests.insert(GuestId(member.id), guest(*user));
        }
    }
    kinds
}

/// Distributes what a look-up of several addresses found.
pub(super) fn found(mails: &[String], users: Vec<User>, actual: &mut Actual) {
    for mail in mails {
        actual.found.entry(mail.clone()).or_default();
    }
    for user in users {
        let id = GuestId(user.id);
        let theirs = |mail: &&String| {
            let same = |text: &String| text.eq_ignore_ascii_case(mail);
            user.mail.as_ref().is_some_and(same)
                || user.other_mails.iter().any(same)
                || user.identities.iter().any(|identity| identity.issuer_assigned_id.as_ref().is_some_and(same))
        };
        for mail in mails.iter().filter(theirs) {
            actual.found.entry(mail.clone()).or_default().insert(id);
        }
        actual.guests.insert(id, guest(user));
    }
}

/// A user of the customer's tenant.
pub(super) fn guest(user: User) -> Guest {
    let identity = |identity: Identity| (identity.issuer.unwrap_or_default(), identity.issuer_assigned_id);
    Guest {
        mail: user.mail,
        other_mails: user.other_mails,
        upn: user.user_principal_name,
        identities: user.identities.into_iter().map(identity).collect(),
        creation_type: user.creation_type,
        external_state: user.external_user_state,
        enabled: user.account_enabled.unwrap_or(true),
        deleted: user.deleted.is_some(),
        created: user.created,
    }
}

/// Why Graph cannot write this group's members, if so.
pub(crate) fn unwritable(group: &Group) -> Option<Unwritable> {
    let dynamic = group.group_types.iter().any(|kind| kind == "DynamicMembership");
    if dynamic {
        Some(Unwritable::Dynamic)
    } else if group.on_premises_sync_enabled == Some(true) {
        Some(Unwritable::Synced)
    } else if group.is_assignable_to_role == Some(true) {
        Some(Unwritable::RoleAssignable)
    } else if group.mail_enabled == Some(true) && !group.group_types.iter().any(|kind| kind == "Unified") {
        Some(Unwritable::MailEnabled)
    } else if group.is_management_restricted == Some(true) {
        // Last, since a role within the unit takes it away.
        Some(Unwritable::Restricted)
    } else {
        None
    }
}

/// Why Graph cannot write this unit's members, if so.
pub(super) fn unit_unwritable(unit: &Unit) -> Option<Unwritable> {
    if unit.membership_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("dynamic")) {
        Some(Unwritable::Dynamic)
    } else if unit.is_member_management_restricted == Some(true) {
        Some(Unwritable::Restricted)
    } else {
        None
    }
}
