//! The edges: how long, how many, how often; and that nothing passes without having been read.

use super::*;
use crate::config::{Attested, BreakGlass, BreakGlassAccount};
use crate::ids::GuestId;
use crate::incidents::Severity;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const ONE: Uuid = Uuid::from_u128(0x1001);
const GROUP: Uuid = Uuid::from_u128(0x2001);

fn now() -> Timestamp {
    "2026-11-02T09:00:00Z".parse().unwrap()
}

fn unread<T>() -> Read<T> {
    Err(Unread::new(Cause::Forbidden, "refused"))
}

fn account(id: Uuid) -> Account {
    Account {
        id,
        upn: format!("bg{}@contoso.onmicrosoft.com", id.as_u128() & 0xf),
        user: unread(),
        schedules: unread(),
        roles: unread(),
        eligible: unread(),
        methods: unread(),
        registration: unread(),
        groups: unread(),
        last_sign_in: unread(),
        registered_devices: unread(),
        owned_devices: unread(),
        owned: unread(),
        applications: unread(),
        grants: unread(),
        risk: unread(),
    }
}

/// Nothing at all was read.
fn nothing() -> Facts {
    Facts {
        accounts: vec![account(ONE), account(Uuid::from_u128(0x1002))],
        domains: BTreeMap::new(),
        security_defaults: unread(),
        policies: unread(),
        fido2: unread(),
        certificates: unread(),
        groups: BTreeMap::new(),
        administrators: unread(),
        exports: unread(),
        arrived: unread(),
        rules: vec![("/rules/a".into(), unread())],
        action_group: unread(),
        processing: unread(),
        last_drill: unread(),
    }
}

fn declared() -> BreakGlass {
    let accounts = [1_u128, 2].map(|n| BreakGlassAccount {
        id: GuestId(Uuid::from_u128(0x1000 + n)),
        upn: format!("bg{n}@contoso.onmicrosoft.com"),
    });
    BreakGlass { accounts: accounts.into(), ..BreakGlass::default() }
}

fn judge(facts: &Facts, number: u8) -> Finding {
    judge_declared(facts, &declared(), number)
}

fn judge_declared(facts: &Facts, declared: &BreakGlass, number: u8) -> Finding {
    let report = audit(&Case { customer: "contoso", declared, facts, now: now() });
    report.findings.into_iter().find(|finding| finding.number == number).unwrap()
}

#[test]
fn nothing_that_was_not_read_passes() {
    let (facts, declared) = (nothing(), declared());
    let report = audit(&Case { customer: "contoso", declared: &declared, facts: &facts, now: now() });
    for finding in &report.findings {
        assert_eq!(finding.verdict, Verdict::Unknown, "{finding:?}");
        assert!(!finding.reasons.is_empty() && !finding.causes.is_empty() && finding.todo.is_some(), "{finding:?}");
    }
    assert_eq!(report.verdict(), Verdict::Unknown);
    assert_eq!(Report { findings: Vec::new(), ..report }.verdict(), Verdict::Unknown, "no finding is no pass");
}

#[test]
fn the_checks_are_numbered_in_order_and_each_has_a_name_of_its_own() {
    let numbers: Vec<u8> = CHECKS.iter().map(|check| check.number).collect();
    assert_eq!(numbers, (1..=27).collect::<Vec<u8>>());
    let names: BTreeSet<&str> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(names.len(), CHECKS.len());
    // The guide explains each, by its number and its name.
    let guide = include_str!("../../../../docs/break-glass-audit.md");
    for check in &CHECKS {
        assert!(guide.contains(&format!("| {} | `{}` |", check.number, check.name)), "{check:?}");
    }
}

#[test]
fn ninety_days_are_good_and_a_moment_more_is_not() {
    let days = SignedDuration::from_hours(90 * 24);
    for (over, verdict) in [(SignedDuration::ZERO, Verdict::Pass), (SignedDuration::from_secs(1), Verdict::Fail)] {
        let mut facts = nothing();
        let then = now() - days - over;
        facts.last_drill = Ok(Some(then));
        for account in &mut facts.accounts {
            account.last_sign_in = Ok(Some(then));
        }
        assert_eq!(judge(&facts, 17).verdict, verdict, "{over}");
    }
    for (on, verdict) in [
        ("2026-08-03", Verdict::Fail),
        ("2026-08-04", Verdict::Pass),
        ("2026-11-02", Verdict::Pass),
        ("2026-11-03", Verdict::Fail),
    ] {
        let attested = Some(Attested { on: on.parse().unwrap(), by: "lead@contoso.example".into() });
        let declared = BreakGlass { attested, ..declared() };
        assert_eq!(judge_declared(&nothing(), &declared, 27).verdict, verdict, "{on}");
    }
}

#[test]
fn a_drill_of_today_may_not_be_shown_yet() {
    for (hours, verdict) in [(24, Verdict::Unknown), (25, Verdict::Fail)] {
        let mut facts = nothing();
        facts.last_drill = Ok(Some(now() - SignedDuration::from_hours(hours)));
        for account in &mut facts.accounts {
            account.last_sign_in = Ok(Some(now() - SignedDuration::from_hours(48)));
        }
        assert_eq!(judge(&facts, 17).verdict, verdict, "{hours}");
    }
}

#[test]
fn four_other_administrators_are_few_enough_and_a_group_counts_by_its_members() {
    let administrators = |counts: &[Read<usize>]| {
        let one = |(n, people): (usize, &Read<usize>)| Administrator {
            id: Uuid::from_u128(n as u128),
            people: people.clone(),
        };
        Facts { administrators: Ok(counts.iter().enumerate().map(one).collect()), ..nothing() }
    };
    for (counts, verdict) in [
        (vec![Ok(1); OTHERS_MAX], Verdict::Pass),
        (vec![Ok(1); OTHERS_MAX + 1], Verdict::Fail),
        (vec![Ok(OTHERS_MAX + 1)], Verdict::Fail),
        (vec![Ok(1), unread()], Verdict::Unknown),
        (vec![Ok(OTHERS_MAX), unread()], Verdict::Fail),
        (vec![], Verdict::Pass),
    ] {
        assert_eq!(judge(&administrators(&counts), 26).verdict, verdict, "{counts:?}");
    }
}

fn rule(query: &str, every: i64) -> Rule {
    let condition = Condition { query: query.into(), operator: "GreaterThan".into(), threshold: Some(0.0) };
    Rule::Logs(LogRule {
        enabled: true,
        severity: Some(0),
        resolves: false,
        mute: None,
        every: Some(SignedDuration::from_secs(every)),
        scopes: Vec::new(),
        conditions: vec![condition],
        action_groups: vec!["/ag".into()],
    })
}

#[test]
fn a_rule_looks_every_five_minutes_and_by_object_id_in_whatever_case() {
    let ids =
        "SIGNINLOGS | where UserId in~ ('00000000-0000-0000-0000-000000001001','00000000-0000-0000-0000-000000001002')";
    for (query, every, verdict) in [
        (ids.to_owned(), 300, Verdict::Pass),
        (ids.to_owned(), 301, Verdict::Fail),
        (ids.to_uppercase(), 60, Verdict::Pass),
        (format!("{ids} // the noncontainsment of names"), 60, Verdict::Pass),
        (format!("{ids} or UserPrincipalName contains 'bg'"), 60, Verdict::Fail),
        (format!("{ids} or UserPrincipalName !contains_cs'bg'"), 60, Verdict::Fail),
        (ids.replace("SIGNINLOGS", "SigninLogsOfOthers"), 60, Verdict::Fail),
        (ids.replace("1002", "1003"), 60, Verdict::Fail),
    ] {
        let facts = Facts { rules: vec![("/rules/a".into(), Ok(Some(rule(&query, every))))], ..nothing() };
        assert_eq!(judge(&facts, 23).verdict, verdict, "{query} {every}");
    }
}

fn policy(exclude: Whom) -> Policy {
    Policy {
        id: Uuid::from_u128(1),
        name: "Block".into(),
        state: State::On,
        include: Whom { all: true, ..Whom::default() },
        exclude,
        workloads: false,
        context_only: false,
        all_apps: true,
        blocks: true,
        strength: None,
        demands: vec!["block".into()],
        conditions: Vec::new(),
    }
}

#[test]
fn an_exclusion_that_is_not_known_is_neither_there_nor_missing() {
    let by = |users: &[Uuid], groups: &[Uuid]| Whom {
        users: users.iter().copied().collect(),
        groups: groups.iter().copied().collect(),
        ..Whom::default()
    };
    for (exclude, groups, verdicts) in [
        // Nobody has to know the groups of somebody who is excluded by name.
        (by(&[ONE], &[GROUP]), unread(), [Verdict::Pass, Verdict::Pass]),
        (by(&[], &[GROUP]), unread(), [Verdict::Unknown, Verdict::Unknown]),
        (by(&[], &[GROUP]), Ok(BTreeSet::from([GROUP])), [Verdict::Pass, Verdict::Fail]),
        (by(&[], &[GROUP]), Ok(BTreeSet::new()), [Verdict::Fail, Verdict::Fail]),
        (by(&[], &[]), unread(), [Verdict::Fail, Verdict::Fail]),
    ] {
        let mut facts = nothing();
        facts.policies = Ok(vec![policy(exclude.clone())]);
        facts.accounts.iter_mut().for_each(|account| account.groups = groups.clone());
        assert_eq!([12, 14].map(|number| judge(&facts, number).verdict), verdicts, "{exclude:?} {groups:?}");
    }
}

#[test]
fn two_groups_stand_between_where_each_account_has_one_of_its_own() {
    let (one, other) = (GROUP, Uuid::from_u128(0x2002));
    let mut facts = nothing();
    facts.policies = Ok(vec![policy(Whom { groups: [one, other].into(), ..Whom::default() })]);
    for (own, verdict) in [([vec![one], vec![other]], Verdict::Pass), ([vec![one], vec![one]], Verdict::Fail)] {
        for (account, own) in facts.accounts.iter_mut().zip(own) {
            account.groups = Ok(own.into_iter().collect());
        }
        assert_eq!(judge(&facts, 14).verdict, verdict);
    }
}

#[test]
fn a_strength_of_the_tenants_own_counts_if_all_of_it_is_phishing_resistant() {
    let own = Uuid::from_u128(0x77);
    let resistant = Uuid::from_u128(4);
    for (id, combinations, verdict) in [
        (resistant, vec![], Verdict::Pass),
        (own, vec!["fido2", "x509CertificateMultiFactor"], Verdict::Pass),
        (own, vec!["fido2", "password,sms"], Verdict::Fail),
        (own, vec![], Verdict::Fail),
    ] {
        let mut facts = nothing();
        let combinations: Vec<String> = combinations.into_iter().map(str::to_owned).collect();
        let strength = Some(Strength { id, combinations: combinations.clone() });
        let own = Policy { strength, blocks: false, demands: Vec::new(), ..policy(Whom::default()) };
        facts.policies = Ok(vec![own]);
        assert_eq!(judge(&facts, 13).verdict, verdict, "{combinations:?}");
    }
}

#[test]
fn a_certificate_that_cannot_be_seen_is_ruled_out_only_by_the_policy() {
    let password = Method { kind: "password".into(), created: None, model: None, synced: false };
    let on = MethodPolicy { enabled: true, everybody: true, ..MethodPolicy::default() };
    for (certificates, verdict) in
        [(Ok(on), Verdict::Unknown), (unread(), Verdict::Unknown), (Ok(MethodPolicy::default()), Verdict::Fail)]
    {
        let mut facts = nothing();
        facts.certificates = certificates;
        facts.accounts.iter_mut().for_each(|account| account.methods = Ok(vec![password.clone()]));
        assert_eq!(judge(&facts, 7).verdict, verdict);
    }
}

#[test]
fn an_advice_is_less_bad_than_what_breaks() {
    let mut facts = nothing();
    let domain = |authentication: &str| Domain { authentication: Some(authentication.into()), password_days: None };
    for (name, authentication, severity) in [
        ("contoso.example", "Managed", Severity::Warning),
        ("contoso.example", "Federated", Severity::High),
        ("contoso.onmicrosoft.com", "Federated", Severity::High),
    ] {
        for account in &mut facts.accounts {
            account.user = Ok(Some(User { upn: Some(format!("bg@{name}")), ..User::default() }));
        }
        facts.domains = [(name.to_owned(), Ok(Some(domain(authentication))))].into();
        let finding = judge(&facts, 4);
        assert_eq!((finding.verdict, finding.severity), (Verdict::Fail, severity), "{name} {authentication}");
    }
}
