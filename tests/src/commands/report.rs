//! `gatehouse report`.

use super::undo::after_a_run;
use super::{without_a_trace, yes};
use access::config::Mode;
use jiff::SignedDuration;

#[tokio::test(start_paused = true)]
async fn the_journal_tells_who_had_what_and_who_decided() {
    let (mut world, contoso, target, run) = after_a_run().await;
    world.config.customers[0].mode = Mode::Paused;
    world.engine().undo("contoso", run, false, None, &yes()).await.expect("done");
    let report = without_a_trace(&world, world.engine().report("contoso", None, None)).await.expect("a report");
    let of = |mail: &str| {
        let theirs = report.access.iter().filter(|one| one.mail.as_deref() == Some(mail));
        theirs.map(|one| (one.until.is_none(), one.ended.clone().unwrap_or_default())).collect::<Vec<_>>()
    };
    assert_eq!(of("p2@northwind.example"), [(true, String::new())]);
    assert_eq!(of("joiner@northwind.example"), [(false, format!("taken away: run r{run} did add_member"))]);
    assert_eq!(of("p0@northwind.example").len(), 2, "taken away and given again");
    assert_eq!(of("p1@northwind.example"), [(false, "taken away: disabled at the partner".into())]);
    assert!(report.access.iter().all(|one| one.place == "Partner second line"), "by name");
    let present = report.access.iter().filter(|one| one.until.is_none()).count();
    assert_eq!(present, contoso.members(target).len());
    assert_eq!(report.decisions[0].what, format!("undo r{run}"));
    assert_eq!(report.decisions[0].by, "lead@northwind.example");
}

#[tokio::test(start_paused = true)]
async fn a_period_has_what_overlaps_it_and_a_name_that_cannot_be_read_is_an_id() {
    let (world, contoso, target, _) = after_a_run().await;
    let now = outside::Clock::now(&world.clock);
    contoso.delete_group(target);
    let all = world.engine().report("contoso", None, None).await.expect("a report");
    assert_eq!(all.access[0].place, format!("group:{target}"));
    let late = world.engine().report("contoso", Some(now - SignedDuration::from_mins(15)), None).await.expect("one");
    assert_eq!(late.access.len(), 11, "whoever went before is not in it");
    let early = world.engine().report("contoso", None, Some(now - SignedDuration::from_hours(2))).await.expect("one");
    assert_eq!(early.access.len(), 12, "nor whoever came later");
}
