//! The rails that look at who comes in, over all customers.

use super::all_customers::{fed_by_one, name, run};
use super::{held, release};
use access::config::Mode;
use engine::{How, Outcome};
use expect_test::expect;
use jiff::SignedDuration;
use uuid::Uuid;

#[tokio::test(start_paused = true)]
async fn new_person_customers_max_lets_a_new_person_into_so_many_customers_a_day() {
    let (mut world, source, customers) = fed_by_one(4).await;
    world.config.limits.new_person_customers_max = 3;
    world.person("newcomer", &[source]);
    world.pass(SignedDuration::from_mins(1)).await;
    for number in 0..3 {
        assert!(run(&world, number).await.plan.held.is_empty());
    }
    expect![[r#"
        new_person_customers_max (1 people): 1 person first seen at the partner within the last 24 hours would enter more than 3 customers, which is the limit for that time. Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
    "#]].assert_eq(&held(&world).await);
    let inside = || customers.iter().map(|(tenant, target)| tenant.members(*target).len()).collect::<Vec<_>>();
    assert_eq!(inside(), [21, 21, 21, 20]);
    // A customer whose first run it is gets everybody.
    let tenant = world.customer(&name(4));
    let target = tenant.add_group("Partner");
    world.package("second-line", &[source], &[target]);
    assert!(run(&world, 4).await.plan.held.is_empty());
    assert_eq!(tenant.members(target).len(), 21);
    world.config.customers.pop();
    // A day later they are new no more; a person's word is sooner.
    let before = world.plan().await;
    assert_eq!(before.held.len(), 1);
    world.pass(SignedDuration::from_hours(24)).await;
    let outcome = world.engine().sync(&name(3), How::default()).await.expect("the store works");
    assert!(matches!(outcome, Outcome::Ran(_)), "{outcome:?}");
    assert_eq!(inside(), [21, 21, 21, 21]);
}

#[tokio::test(start_paused = true)]
async fn a_new_person_is_let_in_by_a_persons_word() {
    let (mut world, source, customers) = fed_by_one(2).await;
    world.config.limits.new_person_customers_max = 1;
    world.person("newcomer", &[source]);
    world.pass(SignedDuration::from_mins(1)).await;
    run(&world, 0).await;
    assert_eq!(run(&world, 1).await.plan.held.len(), 1);
    assert!(release(&world).await.held.is_empty());
    assert_eq!(customers[1].0.members(customers[1].1).len(), 21);
}

#[tokio::test(start_paused = true)]
async fn people_of_a_group_that_is_followed_only_now_are_not_new() {
    let (mut world, _, customers) = fed_by_one(2).await;
    world.config.limits.new_person_customers_max = 1;
    let more = world.partner.add_group("Another team");
    world.person("old-hand", &[more]);
    for customer in &mut world.config.customers {
        customer.packages[0].members.insert(access::ids::GroupId(more));
    }
    for (number, (tenant, target)) in customers.iter().enumerate() {
        assert!(run(&world, number).await.plan.held.is_empty());
        assert_eq!(tenant.members(*target).len(), 21);
    }
}

#[tokio::test(start_paused = true)]
async fn tenants_per_person_max_stops_inviting_before_microsoft_does() {
    for (others, passes) in [(479, true), (480, false)] {
        let (mut world, source, customers) = fed_by_one(1).await;
        let like = world.config.customers[0].clone();
        for number in 0..others {
            let mut other = like.clone();
            other.name = format!("other{number}");
            other.tenant_id = access::ids::TenantId(Uuid::from_u128(0x7777_0000 + number));
            world.config.customers.insert(0, other);
        }
        // Whoever is only observed does not count.
        let mut observed = like;
        (observed.name, observed.mode) = ("observed".into(), Mode::Observe);
        world.config.customers.insert(0, observed);
        world.config.limits.new_person_customers_max = 1_000;
        world.person("joiner", &[source]);
        world.pass(SignedDuration::from_mins(1)).await;
        let told = held(&world).await;
        let inside = || customers[0].0.members(customers[0].1).len();
        if passes {
            assert_eq!((told, inside()), (String::new(), 21));
            continue;
        }
        expect![[r#"
            tenants_per_person_max (1 people): 1 person would be in up to 481 customers' tenants, the limit is 480, and Microsoft allows a user 500: spread the customers over more people. Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
        "#]].assert_eq(&told);
        assert_eq!(inside(), 20, "whoever is in stays");
        assert!(release(&world).await.held.is_empty());
        assert_eq!(inside(), 21);
    }
}
