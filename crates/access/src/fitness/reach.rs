//! Whom a Conditional Access policy reaches, in three values: yes, no, and not known, with its reason.

use super::facts::{Account, Policy, Read, Unread, Whom};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Yes, no, or why it is not known.
pub(super) type Known<'a> = Result<bool, &'a Unread>;

/// Whether any of `wanted` is among those that were read. Nothing wanted is never there, whatever was read.
pub(super) fn any_of<'a>(wanted: &BTreeSet<Uuid>, read: &'a Read<BTreeSet<Uuid>>) -> Known<'a> {
    if wanted.is_empty() {
        return Ok(false);
    }
    read.as_ref().map(|found| !wanted.is_disjoint(found))
}

/// Either: one yes is enough, and one that is not known leaves a no unknown.
fn either<'a>(one: Known<'a>, other: impl FnOnce() -> Known<'a>) -> Known<'a> {
    match one {
        Ok(true) => Ok(true),
        Ok(false) => other(),
        Err(unread) => match other() {
            Ok(true) => Ok(true),
            _ => Err(unread),
        },
    }
}

/// Whether the account is one of these.
fn is_among<'a>(whom: &Whom, account: &'a Account) -> Known<'a> {
    if whom.all || whom.users.contains(&account.id) {
        return Ok(true);
    }
    either(any_of(&whom.groups, &account.groups), || holds_any(&whom.roles, account))
}

fn holds_any<'a>(wanted: &BTreeSet<Uuid>, account: &'a Account) -> Known<'a> {
    if wanted.is_empty() {
        return Ok(false);
    }
    let roles = account.roles.as_ref()?;
    Ok(roles.iter().any(|role| wanted.contains(&role.role)))
}

/// Whether the policy is about the account, exclusions aside.
pub(super) fn includes<'a>(policy: &Policy, account: &'a Account) -> Known<'a> {
    is_among(&policy.include, account)
}

/// Whether the policy leaves the account out.
pub(super) fn excludes<'a>(policy: &Policy, account: &'a Account) -> Known<'a> {
    is_among(&policy.exclude, account)
}

/// Whether the policy holds for the account.
pub(super) fn reaches<'a>(policy: &Policy, account: &'a Account) -> Known<'a> {
    match (includes(policy, account), excludes(policy, account)) {
        (Ok(false), _) | (_, Ok(true)) => Ok(false),
        (Ok(true), Ok(false)) => Ok(true),
        (Err(unread), _) | (_, Err(unread)) => Err(unread),
    }
}

/// Whether it is left out whatever happens to any group.
pub(super) fn is_left_out_without_a_group<'a>(policy: &Policy, account: &'a Account) -> Known<'a> {
    let by_role = || holds_any(&policy.exclude.roles, account);
    if policy.exclude.users.contains(&account.id) { Ok(true) } else { by_role() }
}
