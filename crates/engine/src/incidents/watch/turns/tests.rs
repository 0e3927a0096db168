use super::*;
use access::config::{BreakGlass, BreakGlassAccount, Mode, Rights};
use access::ids::{GuestId, TenantId};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn at(minutes: i64) -> Timestamp {
    "2026-11-20T00:00:40Z".parse::<Timestamp>().expect("a time") + SignedDuration::from_mins(minutes)
}

fn customer(number: u128) -> Customer {
    let account = |n: u128| BreakGlassAccount { id: GuestId(Uuid::from_u128(n)), upn: format!("bg{n}@contoso.com") };
    Customer {
        name: format!("c{number}"),
        display_name: String::new(),
        tenant_id: TenantId(Uuid::from_u128(number)),
        mode: Mode::Observe,
        app: None,
        rights: Rights::Consent,
        domains: BTreeSet::new(),
        deny: None,
        protect: BTreeSet::new(),
        packages: Vec::new(),
        break_glass: BreakGlass { accounts: vec![account(1), account(2)], ..BreakGlass::default() },
    }
}

fn kept(minute: i64) -> Watch {
    Watch { tick: at(minute), behind: None }
}

/// How often each of so many customers has each turn within so many ticks.
fn turns(count: u128, minutes: i64) -> (BTreeMap<String, usize>, BTreeMap<String, usize>, usize) {
    let customers: Vec<Customer> = (0..count).map(customer).collect();
    let watched: Vec<&Customer> = customers.iter().collect();
    let (mut sign_ins, mut audits, mut most) = (BTreeMap::new(), BTreeMap::new(), 0);
    for minute in 1..=minutes {
        let due = Turns::new(&watched, Some(&kept(minute - 1)), at(minute)).due(&watched);
        most = most.max(due.iter().filter(|(_, duty)| duty.sign_ins).count());
        for (customer, duty) in due {
            *sign_ins.entry(customer.name.clone()).or_default() += usize::from(duty.sign_ins);
            *audits.entry(customer.name.clone()).or_default() += usize::from(duty.audits);
        }
    }
    (sign_ins, audits, most)
}

#[test]
fn few_customers_are_read_each_minute_and_their_audits_each_five() {
    let (sign_ins, audits, _) = turns(50, 5);
    assert!(sign_ins.len() == 50 && sign_ins.values().all(|times| *times == 5), "{sign_ins:?}");
    assert!(audits.values().all(|times| *times == 1), "{audits:?}");
}

#[test]
fn many_customers_have_their_turns_within_what_the_app_may_ask_for() {
    let (sign_ins, audits, most) = turns(1_000, 20);
    assert!(sign_ins.len() == 1_000 && sign_ins.values().all(|times| *times == 4), "each fifth minute");
    assert!(audits.values().all(|times| *times == 1), "2,000 accounts: each twentieth minute");
    assert!(most < 300, "{most} in one minute");
}

#[test]
fn a_minute_that_nobody_looked_in_is_made_up_for() {
    let customers: Vec<Customer> = (0..1_000).map(customer).collect();
    let watched: Vec<&Customer> = customers.iter().collect();
    let due = |last: i64, now: i64| -> BTreeSet<String> {
        let due = Turns::new(&watched, Some(&kept(last)), at(now)).due(&watched);
        due.into_iter().filter(|(_, duty)| duty.sign_ins).map(|(customer, _)| customer.name.clone()).collect()
    };
    let (first, second, both) = (due(10, 11), due(11, 12), due(10, 12));
    assert_eq!(both, &first | &second);
    assert_eq!(due(0, 400).len(), 1_000, "once, however long it was");
    assert!(due(12, 12).is_empty(), "twice in a minute is once");
}

#[test]
fn after_a_standstill_everybody_is_read_from_its_beginning_on_and_then_no_more() {
    let customers = [customer(1)];
    let watched: Vec<&Customer> = customers.iter().collect();
    let usual = SignedDuration::from_mins(65);
    let turns = Turns::new(&watched, Some(&kept(0)), at(10));
    assert_eq!(turns.since(at(10)), at(10) - usual, "ten minutes are no standstill");
    let turns = Turns::new(&watched, Some(&kept(0)), at(11));
    assert_eq!(turns.since(at(11)), (at(11) - usual).min(at(0) - OVERLAP));
    let turns = Turns::new(&watched, Some(&kept(0)), at(300));
    assert_eq!(turns.since(at(300)), at(0) - OVERLAP);
    let kept = turns.watch(at(300));
    let next = Turns::new(&watched, Some(&kept), at(301));
    assert_eq!(next.since(at(301)), at(0) - OVERLAP, "whoever has their turn later");
    let after = Turns::new(&watched, Some(&Watch { tick: at(306), ..kept.clone() }), at(307));
    assert_eq!(after.since(at(307)), at(307) - usual);
    let again = Turns::new(&watched, Some(&Watch { tick: at(301), ..kept }), at(305));
    assert_eq!(again.since(at(305)), at(0) - OVERLAP);
}
