//! What holds in several customers have in common.

use super::world::World;
use crate::ids::TenantId;
use crate::plan::{CustomerPlan, Plan};
use uuid::Uuid;

/// Twelve of sixty are out of the source, in a customer with this number.
fn held(customer: u128) -> World {
    let mut world = World::of(60);
    world.customer.name = format!("customer-{customer}");
    world.customer.tenant_id = TenantId(Uuid::from_u128(customer));
    (0..12).for_each(|number| world.leaves(number, 1));
    world
}

#[test]
fn the_same_sources_held_by_the_same_rail_are_one_cause_and_anything_else_is_not() {
    let cause = |world: &World| world.plan().plan.held[0].cause.clone();
    let first = cause(&held(1));
    assert!(first.starts_with("cause:") && first.len() == 22, "{first}");
    assert_eq!(cause(&held(2)), first, "another customer");
    let mut more = held(1);
    more.leaves(12, 1);
    assert_eq!(cause(&more), first, "more people");
    let mut beside = held(1);
    beside.customer.packages[0].except.insert(crate::ids::GroupId(Uuid::from_u128(77)));
    assert_ne!(super::super::causes::cause(&beside.customer, "removals_max", "second-line"), first, "other sources");
    assert_ne!(super::super::causes::cause(&held(1).customer, "never_empty", "second-line"), first, "another rail");
    let wide = |customer| super::super::causes::cause(&held(customer).customer, "leavers_per_hour_all_max", "any");
    assert_eq!(wide(1), wide(2), "a rail over all customers");
    let gone = |customer| super::super::causes::cause(&held(customer).customer, "removals_max", "gone");
    assert_ne!(gone(1), gone(2), "a package that is not in the configuration is nobody else's");
    assert_eq!(super::super::causes::cause(&held(1).customer, "protect", "second-line"), "");
}

#[test]
fn one_customer_is_no_group_and_two_are_with_their_people_counted_once() {
    let plans = |count: u128| -> Vec<CustomerPlan> { (1..=count).map(|customer| held(customer).plan().plan).collect() };
    assert_eq!(Plan::new(plans(1)).groups, []);
    let plan = Plan::new(plans(2));
    let [group] = plan.groups.as_slice() else { panic!("one group: {:#?}", plan.groups) };
    assert_eq!((group.totals.customers, group.totals.people, group.totals.steps), (2, 12, 24));
    assert_eq!(group.customers, ["customer-1", "customer-2"]);
    assert!(
        group.text.ends_with(&format!("gatehouse sync --release {} --confirm 12 --by YOU.", group.cause)),
        "{}",
        group.text
    );
}

#[test]
fn a_hold_that_only_holds_the_same_steps_once_more_is_not_a_cause_of_its_own() {
    let mut world = held(1);
    (12..20).for_each(|number| world.leaves(number, 1));
    let planned = world.plan();
    let rails: Vec<&str> = planned.plan.held.iter().map(|held| held.rail.as_str()).collect();
    assert_eq!(rails, ["removals_max", "removals_percent_max"]);
    let main: Vec<&str> = planned.plan.main_holds().iter().map(|held| held.rail.as_str()).collect();
    assert_eq!(main, ["removals_max"]);
    assert_eq!(planned.plan.keys_of(&planned.plan.held[0].cause), planned.held);
}
