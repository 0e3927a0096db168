//! The permissions that break-glass accounts are said to need.

use super::fit::Fit;
use super::numbers;
use crate::world::APP;
use access::fitness::Verdict;
use access::permissions::{Permission, needed_by_customer};
use std::collections::BTreeSet;

fn needed(fit: &Fit) -> Vec<Permission> {
    let config = &fit.world.config;
    needed_by_customer(config, config.customers.last().expect("a customer"))
}

/// The checks that are unknown with these permissions.
async fn unknown(names: &[&str]) -> BTreeSet<u8> {
    let fit = Fit::new();
    fit.tenant.consent(APP, names);
    numbers(&fit.audit().await, Verdict::Unknown).into_iter().collect()
}

#[tokio::test(start_paused = true)]
async fn an_audit_takes_what_is_listed_and_each_of_it_answers_some_check() {
    let all = needed(&Fit::new());
    let names = |without: Option<&str>, optional: bool| -> Vec<&str> {
        let taken = all.iter().filter(|one| (optional || !one.optional) && Some(one.name) != without);
        taken.map(|one| one.name).collect()
    };
    assert!(all.iter().all(|one| !one.writes), "{all:?}");
    assert_eq!(unknown(&names(None, true)).await, BTreeSet::new());
    let least = unknown(&names(None, false)).await;
    assert_eq!(least, [7, 8, 9, 10, 19, 20].into(), "what they sign in with, what they own, their risk");
    // What other parts of the program take.
    let elsewhere = ["Application.Read.All", "Data.Read", "Organization.Read.All"];
    for one in all.iter().filter(|one| !elsewhere.contains(&one.name)) {
        let (before, without) = if one.optional {
            (BTreeSet::new(), unknown(&names(Some(one.name), true)).await)
        } else {
            (least.clone(), unknown(&names(Some(one.name), false)).await)
        };
        assert!(without.len() > before.len(), "nobody misses {}: {without:?}", one.name);
    }
}
