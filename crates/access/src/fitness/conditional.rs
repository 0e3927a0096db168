//! Conditional Access. Two things are asked for that pull against each other, and both are reported: the accounts are
//! left out of everything, so that no mistake in a policy locks them out; and one policy of their own demands
//! phishing-resistant multifactor authentication of them (page "Manage emergency access accounts in Microsoft Entra ID").

use super::case::Case;
use super::facts::{Account, Policy, State, Strength, Unread};
use super::judged::Judged;
use super::reach::{excludes, includes, is_left_out_without_a_group, reaches};
use crate::incidents::Severity;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The built-in strength "Phishing-resistant MFA".
const PHISHING_RESISTANT: Uuid = Uuid::from_u128(4);

/// The combinations of which it consists (page "Conditional Access authentication strengths").
const RESISTANT: [&str; 3] = ["fido2", "windowsHelloForBusiness", "x509CertificateMultiFactor"];

pub(super) fn defaults(case: &Case<'_>, judged: &mut Judged) {
    match &case.facts.security_defaults {
        Ok(false) => judged.pass(),
        Ok(true) => judged.fail(
            "security defaults are on: they know no exclusions, so a fault of multifactor authentication locks these \
             accounts out with everybody else",
        ),
        Err(unread) => judged.unknown("", unread),
    }
}

/// The policies that are enforced or tried out and concern people, if they are a question here at all.
fn policies<'a>(case: &Case<'a>, judged: &mut Judged) -> Option<Vec<&'a Policy>> {
    if case.facts.security_defaults == Ok(true) {
        judged.aside("security defaults are on (check 11), and with them no policy is");
        return None;
    }
    match (&case.facts.policies, &case.facts.security_defaults) {
        (Err(unread), _) => {
            judged.unknown("", unread);
            None
        }
        (Ok(policies), Err(unread)) if policies.is_empty() => {
            judged.unknown("there is no policy, and whether security defaults are on is not known", unread);
            None
        }
        (Ok(policies), _) => Some(policies.iter().filter(|policy| concerns_people(policy)).collect()),
    }
}

fn concerns_people(policy: &Policy) -> bool {
    policy.state != State::Off && !policy.workloads && !policy.context_only
}

/// Whether nothing but phishing-resistant methods satisfies it. A strength of the tenant's own is as good as the built-in
/// one if all its combinations are.
fn is_resistant(strength: &Strength) -> bool {
    let combinations = &strength.combinations;
    strength.id == PHISHING_RESISTANT
        || (!combinations.is_empty() && combinations.iter().all(|one| RESISTANT.contains(&one.as_str())))
}

/// What keeps a policy from being the one that demands phishing-resistant MFA of the accounts.
fn obstacles(policy: &Policy) -> Vec<String> {
    let mut found = Vec::new();
    if !policy.all_apps {
        found.push("does not hold for all applications".to_owned());
    }
    if !policy.demands.is_empty() {
        found.push(format!("also demands {}", policy.demands.join(", ")));
    }
    if !policy.conditions.is_empty() {
        found.push(format!("depends on {}", policy.conditions.join(", ")));
    }
    found
}

fn is_dedicated(policy: &Policy) -> bool {
    policy.strength.as_ref().is_some_and(is_resistant) && obstacles(policy).is_empty()
}

pub(super) fn excluded(case: &Case<'_>, judged: &mut Judged) {
    let Some(policies) = policies(case, judged) else { return };
    if case.facts.accounts.is_empty() {
        return judged.unknown("", &case.no_accounts());
    }
    let accounts: Vec<&Account> = case.present().collect();
    if accounts.is_empty() {
        return judged.aside("none of the declared accounts is there");
    }
    judged.pass();
    for policy in policies.into_iter().filter(|policy| !is_dedicated(policy)) {
        let left_out: Vec<_> = accounts.iter().map(|account| (account, excludes(policy, account))).collect();
        if left_out.iter().any(|(_, known)| *known == Ok(true)) {
            let not = left_out
                .iter()
                .filter(|(account, known)| *known == Ok(false) && includes(policy, account) != Ok(false));
            let not: Vec<&str> = not.map(|(account, _)| account.upn.as_str()).collect();
            if !not.is_empty() {
                judged.pass_with(format!(
                    "policy \"{}\" leaves out an account, but not {}",
                    policy.name,
                    not.join(", ")
                ));
            }
        } else if let Some((account, Err(unread))) = left_out.iter().find(|(_, known)| known.is_err()) {
            judged.unknown(&format!("whether policy \"{}\" leaves out {}", policy.name, account.upn), unread);
        } else {
            let concerned = accounts.iter().any(|account| includes(policy, account) != Ok(false));
            let why = format!("policy \"{}\" leaves none of the accounts out", policy.name);
            match (policy.state, concerned) {
                (State::On, true) => judged.fail(why),
                (State::On, false) => judged.fail_as(Severity::Warning, format!("{why}, though it names none of them")),
                _ => judged.fail_as(Severity::Warning, format!("{why}, and locks them out once it is enforced")),
            }
        }
    }
}

pub(super) fn required(case: &Case<'_>, judged: &mut Judged) {
    let Some(policies) = policies(case, judged) else { return };
    case.each(judged, |account, judged| {
        let (mut unread, mut nearly) = (None, Vec::new());
        for policy in policies.iter().filter(|policy| policy.strength.as_ref().is_some_and(is_resistant)) {
            let obstacles = shortcomings(policy);
            match reaches(policy, account) {
                Ok(true) if obstacles.is_empty() => return judged.pass(),
                Ok(true) => nearly.push(format!("policy \"{}\" {}", policy.name, obstacles.join(" and "))),
                Ok(false) => {}
                Err(why) if obstacles.is_empty() => unread = unread.or(Some((policy, why))),
                Err(_) => {}
            }
        }
        let upn = &account.upn;
        if let Some((policy, why)) = unread {
            return judged.unknown(&format!("whether policy \"{}\" holds for {upn}", policy.name), why);
        }
        let nearly = if nearly.is_empty() { String::new() } else { format!(" ({})", nearly.join("; ")) };
        let advice = match is_excluded_from_all(case, account) {
            true => ": it is excluded from everything, as older advice and some templates have it",
            false => "",
        };
        judged.fail(format!("no policy demands phishing-resistant MFA of {upn}{nearly}{advice}"));
    });
}

/// The same, and that it is not enforced.
fn shortcomings(policy: &Policy) -> Vec<String> {
    let state = (policy.state != State::On).then(|| "is report-only".to_owned());
    state.into_iter().chain(obstacles(policy)).collect()
}

/// Whether every policy that is enforced leaves the account out, and there is one: the mark of older advice.
pub(super) fn is_excluded_from_all(case: &Case<'_>, account: &Account) -> bool {
    let Ok(policies) = &case.facts.policies else { return false };
    let mut enforced = policies.iter().filter(|policy| concerns_people(policy) && policy.state == State::On).peekable();
    enforced.peek().is_some() && enforced.all(|policy| excludes(policy, account) == Ok(true))
}

pub(super) fn no_single(case: &Case<'_>, judged: &mut Judged) {
    let Some(policies) = policies(case, judged) else { return };
    if case.facts.accounts.is_empty() {
        return judged.unknown("", &case.no_accounts());
    }
    let accounts: Vec<&Account> = case.present().collect();
    let mut blocking = policies.into_iter().filter(|policy| policy.blocks && policy.state == State::On).peekable();
    if accounts.is_empty() || blocking.peek().is_none() {
        return judged.aside("no policy blocks any of the accounts");
    }
    for policy in blocking {
        match group_between(policy, &accounts) {
            Ok(Between::Nothing) => judged.fail(format!("policy \"{}\" blocks every one of the accounts", policy.name)),
            Ok(Between::Group(group)) => judged.fail(format!(
                "without its exclusion of group {group}, policy \"{}\" blocks every one of the accounts",
                policy.name
            )),
            Ok(Between::Enough) => judged.pass(),
            Err(unread) => {
                judged.unknown(&format!("what keeps the accounts out of policy \"{}\"", policy.name), unread)
            }
        }
    }
}

/// What stands between all of the accounts and a policy.
enum Between {
    /// Nothing: it reaches them all.
    Nothing,
    /// This group alone.
    Group(Uuid),
    /// More than one group, or something else for one of them.
    Enough,
}

fn group_between<'a>(policy: &Policy, accounts: &[&'a Account]) -> Result<Between, &'a Unread> {
    // One account that no group decides about is enough.
    let is_safe = |account: &&Account| {
        includes(policy, account) == Ok(false) || is_left_out_without_a_group(policy, account) == Ok(true)
    };
    if accounts.iter().any(is_safe) {
        return Ok(Between::Enough);
    }
    let mut by_group = Vec::new();
    for account in accounts {
        includes(policy, account)?;
        is_left_out_without_a_group(policy, account)?;
        by_group.push(exclusions_of(policy, account)?);
    }
    let all: BTreeSet<Uuid> = by_group.iter().flatten().copied().collect();
    if all.is_empty() {
        return Ok(Between::Nothing);
    }
    let is_alone = |group: &Uuid| by_group.iter().all(|own| own.iter().all(|one| one == group));
    Ok(all.into_iter().find(is_alone).map_or(Between::Enough, Between::Group))
}

/// The groups by which the policy leaves the account out.
fn exclusions_of<'a>(policy: &Policy, account: &'a Account) -> Result<BTreeSet<Uuid>, &'a Unread> {
    if policy.exclude.groups.is_empty() {
        return Ok(BTreeSet::new());
    }
    account.groups.as_ref().map(|groups| groups.intersection(&policy.exclude.groups).copied().collect())
}
