//! `gatehouse forget`.

use super::{body_of, confirmed, head_of, is_refused, ledger, stored, without_a_trace, yes};
use crate::world::one_customer;
use engine::membership::commands::Go;
use jiff::SignedDuration;

#[tokio::test(start_paused = true)]
async fn a_customer_who_is_gone_is_forgotten_and_nobody_loses_anything() {
    let (mut world, contoso, source, target) = one_customer();
    world.people(3, &[source]);
    world.sync().await;
    world.sync().await;
    let refused = is_refused(world.engine().forget_customer("contoso", &yes()).await);
    assert!(refused.contains("still in the configuration"), "{refused}");
    let customer = world.config.customers.remove(0);
    let red = world.engine().health(true).await.red.expect("details");
    assert_eq!(red[0].code, "customer_gone");
    assert!(red[0].text.contains(&format!("gatehouse forget {}", contoso.id())), "{}", red[0].text);

    let look = without_a_trace(&world, world.engine().forget_customer("contoso", &Go::Look)).await.expect("a look");
    assert_eq!((look.people, look.entries.len()), (3, 6));
    is_refused(world.engine().forget_customer("contoso", &confirmed(4)).await);
    assert!(stored(&world).await.contains_key(&body_of(contoso.id())));
    let effects = world.sim.effects().len();
    let by_id = contoso.id().to_string();
    world.engine().forget_customer(&by_id, &confirmed(3)).await.expect("done");
    assert_eq!(world.sim.effects().len(), effects, "nothing is written to Microsoft");
    let left = stored(&world).await;
    assert!(!left.contains_key(&body_of(contoso.id())) && !left.contains_key(&head_of(contoso.id())));
    assert!(left.keys().all(|path| !path.starts_with("open/")), "{:?}", left.keys());
    assert_eq!(world.engine().health(true).await.red, Some(Vec::new()));
    let known = ledger(&world, contoso.id()).await;
    assert!(known.rows.is_empty() && known.guests.is_empty());
    is_refused(world.engine().forget_customer(&by_id, &yes()).await);

    // Back by mistake or on purpose: the journal goes on, and nobody is removed or invited twice.
    world.config.customers.push(customer);
    world.pass(SignedDuration::from_mins(5)).await;
    world.sync().await;
    world.sync().await;
    assert_eq!(world.mails(&contoso, target).len(), 3);
    assert_eq!(world.sim.count(|request| request.path == "/invitations"), 3);
    // And looked after as one who is new: who is wanted and there is ours to take out again.
    let people = world.partner.members(source);
    world.partner.disable_user(people.into_iter().next().expect("somebody"));
    world.pass(SignedDuration::from_mins(5)).await;
    world.sync().await;
    assert_eq!(world.mails(&contoso, target).len(), 2);
    ledger(&world, contoso.id()).await;
}

#[tokio::test(start_paused = true)]
async fn a_package_that_was_renamed_away_is_forgotten_and_its_problem_ends() {
    let (mut world, contoso, source, target) = one_customer();
    world.people(3, &[source]);
    world.sync().await;
    world.sync().await;
    let refused = is_refused(world.engine().forget_package("contoso", "second-line", &yes()).await);
    assert!(refused.contains("still in the configuration"), "{refused}");
    let packages = std::mem::take(&mut world.config.customers[0].packages);
    let problems = world.sync().await.plan.problems;
    assert!(problems[0].text.contains("gatehouse forget contoso --package second-line"), "{problems:?}");
    is_refused(world.engine().forget_package("contoso", "unknown", &yes()).await);
    let engine = world.engine();
    let look = engine.forget_package("contoso", "second-line", &Go::Look);
    assert_eq!(without_a_trace(&world, look).await.expect("a look").people, 3);
    world.engine().forget_package("contoso", "second-line", &confirmed(3)).await.expect("done");
    assert_eq!(world.sync().await.plan.problems, []);
    assert_eq!(world.mails(&contoso, target).len(), 3, "who has access keeps it");
    is_refused(world.engine().forget_package("contoso", "second-line", &yes()).await);

    // The package is back, and with it whoever looks after its people.
    world.config.customers[0].packages = packages;
    let people = world.partner.members(source);
    for left in [3, 2] {
        world.pass(SignedDuration::from_mins(5)).await;
        world.sync().await;
        assert_eq!(world.mails(&contoso, target).len(), left);
        world.partner.disable_user(people.iter().next().copied().expect("somebody"));
    }
}
