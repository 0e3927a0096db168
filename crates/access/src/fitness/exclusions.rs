//! The groups by which policies leave the accounts out: whoever can change one of them can let anybody out of every
//! policy, or lock the accounts in.

use super::case::Case;
use super::facts::{Facts, Group, GroupKind, State, Unread};
use super::judged::Judged;
use crate::config::BreakGlass;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The groups that have to be read for the audit: those declared, and those that policies exclude and that hold one of the
/// accounts, as far as both were read.
pub fn exclusion_groups(facts: &Facts, declared: &BreakGlass) -> BTreeSet<Uuid> {
    let mut wanted: BTreeSet<Uuid> = declared.guarded.groups.iter().map(|group| group.0).collect();
    let policies = facts.policies.iter().flatten();
    let excluded: BTreeSet<Uuid> = policies
        .filter(|policy| policy.state != State::Off && !policy.workloads)
        .flat_map(|policy| policy.exclude.groups.iter().copied())
        .collect();
    for groups in facts.accounts.iter().filter_map(|account| account.groups.as_ref().ok()) {
        wanted.extend(groups.intersection(&excluded));
    }
    wanted
}

pub(super) fn guarded(case: &Case<'_>, judged: &mut Judged) {
    let facts = case.facts;
    if facts.accounts.is_empty() {
        return judged.unknown("", &case.no_accounts());
    }
    // Which groups there are follows from two reads; what is wrong with those that are known is told all the same.
    if let Err(unread) = &facts.policies {
        judged.unknown("which groups policies exclude", unread);
    }
    for account in case.present() {
        if let Err(unread) = &account.groups {
            judged.unknown(&format!("which groups {} is in", account.upn), unread);
        }
    }
    let accounts: BTreeSet<Uuid> = facts.accounts.iter().map(|account| account.id).collect();
    for (id, group) in &facts.groups {
        one(*id, group, &accounts, judged);
    }
    if facts.groups.is_empty() {
        judged.aside("no policy excludes a group of these accounts");
    }
}

fn one(id: Uuid, found: &Group, accounts: &BTreeSet<Uuid>, judged: &mut Judged) {
    let kind = match &found.group {
        Ok(Some(kind)) => kind,
        Ok(None) => return judged.fail(format!("group {id} is not there, so excluding it leaves nobody out")),
        Err(unread) => return judged.unknown(&format!("group {id}"), unread),
    };
    let name = kind.name.as_deref().map_or_else(|| format!("group {id}"), |name| format!("group \"{name}\" ({id})"));
    let mut wrong = weaknesses(kind);
    let mut unread: Vec<&Unread> = Vec::new();
    match &found.members {
        Ok(members) => {
            let strangers = members.difference(accounts).count();
            if strangers > 0 {
                wrong.push(format!("holds {strangers} that are not break-glass accounts"));
            }
            if members.is_disjoint(accounts) {
                wrong.push("holds none of the accounts".to_owned());
            }
        }
        Err(why) => unread.push(why),
    }
    match &found.owners {
        Ok(owners) if owners.is_empty() => {}
        Ok(owners) => wrong.push(format!("has {} who can change it as owners", owners.len())),
        Err(why) => unread.push(why),
    }
    for why in &wrong {
        judged.fail(format!("{name} {why}"));
    }
    for why in &unread {
        judged.unknown(&name, why);
    }
    if wrong.is_empty() && unread.is_empty() {
        judged.pass();
    }
}

fn weaknesses(kind: &GroupKind) -> Vec<String> {
    let mut wrong = Vec::new();
    if kind.dynamic {
        wrong.push("is filled by a rule".to_owned());
    }
    if kind.synced {
        wrong.push("comes from a directory on premises".to_owned());
    }
    if !kind.role_assignable && !kind.restricted {
        wrong.push("can be changed by any administrator of groups, and by any app that may".to_owned());
    }
    wrong
}
