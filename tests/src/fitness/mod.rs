//! The audit of break-glass accounts, against a tenant in which everything is right, and then one thing is not.

mod broken;
mod fit;
mod needed;
mod refused;
mod shipped;

use access::fitness::{Finding, Report, Verdict};
use fit::Fit;
use std::collections::BTreeMap;

/// The numbers of the checks that end like this.
fn numbers(report: &Report, verdict: Verdict) -> Vec<u8> {
    report.findings.iter().filter(|finding| finding.verdict == verdict).map(|finding| finding.number).collect()
}

fn finding(report: &Report, number: u8) -> &Finding {
    report.findings.iter().find(|finding| finding.number == number).expect("every check has a finding")
}

#[tokio::test(start_paused = true)]
async fn a_fit_tenant_passes_every_check() {
    let report = Fit::new().audit().await;
    let not: Vec<&Finding> = report.findings.iter().filter(|one| one.verdict != Verdict::Pass).collect();
    assert!(not.is_empty(), "{not:#?}");
    assert_eq!(report.findings.iter().map(|one| one.number).collect::<Vec<_>>(), (1..=27).collect::<Vec<u8>>());
}

#[tokio::test(start_paused = true)]
async fn an_audit_of_two_accounts_takes_five_requests_to_graph_and_writes_nothing() {
    let fit = Fit::new();
    let before = fit.world.sim.requests().len();
    fit.audit().await;
    let all = fit.world.sim.requests();
    let sent = all[before..].iter().filter(|one| !one.in_batch && !one.path.contains("/oauth2/"));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in sent {
        let place = one.path.trim_start_matches('/').split('/').next().expect("a path");
        *counts.entry(place).or_default() += 1;
    }
    // Two batches of 20 at most and two risks by themselves; then what follows from the policies.
    let graph: usize = counts.iter().filter(|(place, _)| !["management", "logs"].contains(place)).map(|(_, n)| n).sum();
    assert_eq!(graph, 5, "{counts:?}");
    assert_eq!((counts["logs"], counts["management"]), (1, 6), "{counts:?}");
    assert!(fit.world.sim.effects().is_empty());
    assert!(fit.world.documents.counts("").writes() == 0);
}

#[tokio::test(start_paused = true)]
async fn the_published_quotas_are_enough_for_an_audit() {
    let fit = Fit::with(|options| options.quotas = Some(cloud_sim::Quotas::published()));
    assert_eq!(fit.audit().await.verdict(), Verdict::Pass);
    let refused = fit.world.sim.requests().into_iter().filter(|one| one.status == 429).count();
    assert_eq!(refused, 0);
}
