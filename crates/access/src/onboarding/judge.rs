//! What each probe makes of what was read. A read that failed is never as good as one that succeeded.

use super::facts::{Door, Facts, Group, Token};
use super::fixes;
use super::probe::{Case, Judged, Verdict};
use crate::fitness::{Cause, Read, Unread};
use crate::permissions::{Permission, Resource, needed_by_customer, wanting};
use crate::plan::Unwritable;

pub(super) fn token(case: &Case<'_>) -> Judged {
    match &case.facts.token {
        Token::Given => Judged::new(Verdict::Ok, "there is one"),
        Token::NoConsent(why) => Judged::new(Verdict::Missing, format!("the tenant does not let the app in: {why}")),
        Token::NoTenant(why) => {
            let judged = Judged::new(Verdict::Missing, format!("there is no such tenant in this cloud: {why}"));
            Judged { fix: Some(fixes::ORGANIZATION.to_owned()), ..judged }
        }
        Token::Ours(why) => {
            let judged =
                Judged::new(Verdict::Unknown, format!("Microsoft does not believe that we are the app: {why}"));
            Judged { fix: Some(fixes::CREDENTIAL.to_owned()), ..judged }
        }
        Token::Unread(why) => Judged::new(Verdict::Unknown, why),
    }
}

/// Whether a permission was given; `None`: that is not known.
pub(super) fn is_granted(facts: &Facts, one: &Permission) -> Option<bool> {
    let assigned = facts.assigned.as_ref().map(|all| all.contains(&one.app_role));
    if one.resource != Resource::Graph {
        return assigned.ok();
    }
    match (&facts.roles, assigned) {
        (Ok(roles), _) if roles.contains(one.name) || roles.contains(&wider(one.name)) => Some(true),
        // Given, and not in the token: it is on its way.
        (Ok(_), Ok(true)) => None,
        (Ok(_), _) => Some(false),
        (Err(_), Ok(true)) => Some(true),
        (Err(_), _) => None,
    }
}

/// The permission that allows more of the same, by the way Microsoft names them: whoever may write may read.
fn wider(name: &str) -> String {
    name.replace(".Read.", ".ReadWrite.")
}

pub(super) fn permissions(case: &Case<'_>) -> Judged {
    let (facts, needed) = (case.facts, needed_by_customer(case.config, case.customer));
    let (mut missing, mut unknown, mut optional, mut given) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for one in &needed {
        match is_granted(facts, one) {
            Some(true) => given += 1,
            Some(false) if one.optional => optional.push(format!("{} ({})", one.name, one.why)),
            Some(false) => missing.push(format!("{} ({})", one.name, one.why)),
            None if one.optional => {}
            None => unknown.push(one.name),
        }
    }
    let mut reasons = vec![format!("{given} of {} are given", needed.len())];
    reasons.extend(missing.iter().map(|one| format!("missing: {one}")));
    reasons.extend(optional.iter().map(|one| format!("not given, and everything else works without it: {one}")));
    if !unknown.is_empty() {
        let why = facts.roles.as_ref().err().or(facts.assigned.as_ref().err());
        let why = why.map_or_else(|| "given, and not in the token yet".to_owned(), Unread::to_string);
        reasons.push(format!("not known: {} ({why})", unknown.join(", ")));
    }
    let verdict = match (missing.is_empty(), unknown.is_empty()) {
        (false, _) => Verdict::Missing,
        (true, false) => Verdict::Unknown,
        (true, true) => Verdict::Ok,
    };
    let is_spreading = verdict == Verdict::Unknown && facts.roles.is_ok() && facts.assigned.is_ok();
    Judged {
        verdict,
        reasons,
        blocks: true,
        fix: is_spreading.then(|| fixes::SPREADING.to_owned()),
        object: String::new(),
    }
}

pub(super) fn organization(case: &Case<'_>) -> Judged {
    if let Token::NoTenant(why) = &case.facts.token {
        return Judged::new(Verdict::Missing, format!("there is no such tenant in this cloud: {why}"));
    }
    let tenant = match &case.facts.organization {
        Ok(Some(tenant)) => tenant,
        Ok(None) => return Judged::new(Verdict::Missing, "another tenant answered in its place"),
        // Whose id could not be read is not proven, whatever the reason.
        Err(unread) => return unknown(unread),
    };
    let wanted = case.customer.tenant_id;
    if tenant.id != wanted {
        return Judged::new(Verdict::Missing, format!("the answer is about tenant {}, not {wanted}", tenant.id));
    }
    let name = tenant.name.as_deref().unwrap_or("without a name");
    match &case.record.domain {
        None => Judged::new(Verdict::Ok, format!("it is {wanted}, \"{name}\"; no domain was given to compare")),
        Some(domain) if tenant.domains.contains(domain) => {
            Judged::new(Verdict::Ok, format!("it is {wanted}, \"{name}\", and {domain} is one of its verified domains"))
        }
        Some(domain) => {
            let reason = format!("it is {wanted}, \"{name}\", but {domain} is none of its verified domains");
            Judged::new(Verdict::Missing, reason)
        }
    }
}

pub(super) fn invitations(case: &Case<'_>) -> Judged {
    match &case.facts.invites_from {
        Ok(from) if from.eq_ignore_ascii_case("none") => {
            Judged::new(Verdict::Missing, "the customer lets nobody invite guests: allowInvitesFrom is \"none\"")
        }
        Ok(from) => Judged::new(Verdict::Ok, format!("allowInvitesFrom is \"{from}\"")),
        Err(why) => unread(why),
    }
}

pub(super) fn units(case: &Case<'_>) -> Judged {
    each(&case.facts.units, "administrative unit", |there| (!there).then(|| "is not in the tenant".to_owned()))
}

pub(super) fn sign_ins(case: &Case<'_>) -> Judged {
    plain(&case.facts.sign_ins, "they are")
}

pub(super) fn eligible(case: &Case<'_>) -> Judged {
    plain(&case.facts.eligible, "they are")
}

pub(super) fn exports(case: &Case<'_>) -> Judged {
    own_fix(plain(&case.facts.exports, "they can"))
}

pub(super) fn cross_tenant(case: &Case<'_>) -> Judged {
    let closed = |whose: &str| {
        let judged = Judged::new(Verdict::Missing, format!("the settings {whose} let nobody of the partner in"));
        Judged { blocks: true, ..judged }
    };
    match (&case.facts.partner, &case.facts.everybody) {
        (Ok(Some(Door::Closed)), _) => closed("for the partner's tenant"),
        (Ok(Some(Door::Open)), _) => Judged::new(Verdict::Ok, "there are, and they let everybody of the partner in"),
        (Ok(Some(Door::Partly)), _) => Judged::new(
            Verdict::Ok,
            "there are, and they let some of the partner's people in; those that they do not name cannot be invited",
        ),
        (Ok(Some(Door::AsEverybody)), Ok(Door::Closed)) => {
            closed("for everybody, which hold for the partner's tenant too,")
        }
        (Ok(Some(Door::AsEverybody)), Ok(_)) => {
            Judged::new(Verdict::Ok, "there are, and who may come in is as for everybody")
        }
        (Ok(None), Ok(Door::Closed)) => closed("for everybody, since there are none for the partner's tenant,"),
        (Ok(None), Ok(_)) => Judged::new(
            Verdict::Missing,
            "there are none, so those for everybody hold: the partner's people have to prove themselves twice",
        ),
        (Ok(_), Err(why)) | (Err(why), _) => unread(why),
    }
}

pub(super) fn groups(case: &Case<'_>) -> Judged {
    let mut judged = each(&case.facts.groups, "group", |found| match found {
        None => Some("is not in the tenant".to_owned()),
        Some(group) => group.unwritable.and_then(|reason| {
            let name = group.name.as_deref().unwrap_or_default();
            not_ordinary(reason).map(|why| format!("(\"{name}\") {why}"))
        }),
    });
    if case.facts.groups.is_empty() {
        judged.reasons = vec!["all of them are made by us".to_owned()];
    }
    let is_out_of_reach = |group: &Group| group.unwritable == Some(Unwritable::OutOfReach);
    let out =
        case.facts.groups.iter().any(|(id, read)| {
            id.to_string() == judged.object && matches!(read, Ok(Some(group)) if is_out_of_reach(group))
        });
    if out {
        judged.fix = Some(fixes::OUT_OF_REACH.to_owned());
    }
    judged
}

fn not_ordinary(reason: Unwritable) -> Option<&'static str> {
    match reason {
        Unwritable::Dynamic => Some("computes its members by a rule"),
        Unwritable::Synced => Some("is mastered on premises"),
        Unwritable::RoleAssignable => Some("can hold directory roles, and is not to be written by an app"),
        Unwritable::Restricted => Some("is in a restricted management unit, which permissions do not reach"),
        Unwritable::OutOfReach => Some("is in no unit within which the app holds a role"),
        Unwritable::MailEnabled => Some("is mail-enabled, and Graph cannot write its members"),
        Unwritable::ByHand => None,
    }
}

pub(super) fn own_roles(case: &Case<'_>) -> Judged {
    let held = match &case.facts.own_roles {
        Ok(held) => held,
        Err(why) => return unread(why),
    };
    let wanting = wanting(case.config, case.customer, held);
    if wanting.is_empty() {
        return Judged::new(Verdict::Ok, "it holds them");
    }
    let commands: Vec<String> = wanting.iter().map(|role| role.command("{principal}")).collect();
    Judged {
        reasons: wanting.iter().map(ToString::to_string).collect(),
        fix: Some(format!("a Privileged Role Administrator of the customer runs: {}", commands.join("; "))),
        ..Judged::new(Verdict::Missing, "")
    }
}

pub(super) fn subscriptions(case: &Case<'_>) -> Judged {
    own_fix(each(&case.facts.subscriptions, "subscription", |()| None))
}

/// A piece that only has to be readable.
fn plain(read: &Read<()>, words: &str) -> Judged {
    match read {
        Ok(()) => Judged::new(Verdict::Ok, words),
        Err(why) => unread(why),
    }
}

/// Many of a kind: the worst of them decides, and each that is not fine is named.
fn each<I: ToString, T>(all: &[(I, Read<T>)], what: &str, wrong: impl Fn(&T) -> Option<String>) -> Judged {
    let (mut verdict, mut reasons, mut object, mut fix) = (Verdict::Ok, Vec::new(), String::new(), None);
    for (id, read) in all {
        let id = id.to_string();
        let (found, reason) = match read {
            Ok(one) => match wrong(one) {
                None => continue,
                Some(why) => (Judged::new(Verdict::Missing, ""), why),
            },
            Err(why) => (unread(why), format!("could not be read: {why}")),
        };
        reasons.push(format!("{what} {id} {reason}"));
        if found.verdict < verdict {
            (verdict, object, fix) = (found.verdict, id, found.fix);
        }
    }
    if reasons.is_empty() {
        reasons.push(format!("{} of {} are as they should be", all.len(), all.len()));
    }
    Judged { verdict, reasons, blocks: false, fix, object }
}

/// Where a role on a resource is missing, the probe's own fix says more than that a permission is.
fn own_fix(judged: Judged) -> Judged {
    let is_role = judged.verdict == Verdict::Missing;
    Judged { fix: judged.fix.filter(|_| !is_role), ..judged }
}

/// What a failed read says: a refusal for want of a permission or of a licence is one; of anything else nothing is known.
fn unread(why: &Unread) -> Judged {
    match why.cause {
        Cause::Forbidden => {
            Judged { fix: Some(fixes::FORBIDDEN.to_owned()), ..Judged::new(Verdict::Missing, why.to_string()) }
        }
        Cause::NoLicence => Judged::new(Verdict::Licence, why.to_string()),
        Cause::Absent => Judged::new(Verdict::Missing, why.to_string()),
        Cause::NotConfigured | Cause::Throttled | Cause::Failed => unknown(why),
    }
}

fn unknown(why: &Unread) -> Judged {
    Judged::new(Verdict::Unknown, why.to_string())
}
