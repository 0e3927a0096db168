//! The plan as programs read it: a contract.

use super::world::{World, package};
use crate::config::TargetGroup;
use crate::plan::{Plan, Target, Unwritable};
use expect_test::expect;

#[test]
fn a_plan_as_json() {
    let mut world = World::of(1);
    world.package().groups.push(TargetGroup::Id(super::world::group(2)));
    world.package().limits.removals_max = 0;
    world.joins(1, 1);
    world.joins(2, 1);
    world.knows(2);
    world.places(2, super::world::target(1), &["second-line"]);
    world.leaves(2, 1);
    world.actual.targets.insert(
        Target::Group(super::world::group(2)),
        crate::plan::TargetState::Read {
            members: Default::default(),
            oddities: Default::default(),
            unwritable: Some(Unwritable::Dynamic),
            unknown: Vec::new(),
        },
    );
    let plan = Plan::new(vec![world.plan().plan]);
    let text = serde_json::to_string_pretty(&plan).unwrap();
    expect![[r#"
        {
          "customers": [
            {
              "customer": "contoso",
              "tenant_id": "0000000f-0000-0000-0000-000000000001",
              "mode": "enforce",
              "digest": "sha256:c082aca927fbb60a2dba19a9bf1bf178ca1588b0505cda9b6087a2f18dd9aad9",
              "steps": [
                {
                  "action": "invite_guest",
                  "package": "second-line",
                  "person": "0000000a-0000-0000-0000-000000000001",
                  "guest": null,
                  "mail": "bo@northwind.example",
                  "name": "bo",
                  "why": "not in the customer's tenant yet"
                },
                {
                  "action": "add_member",
                  "package": "second-line",
                  "target": "group:0000000c-0000-0000-0000-000000000001",
                  "group": "0000000c-0000-0000-0000-000000000001",
                  "person": "0000000a-0000-0000-0000-000000000001",
                  "guest": null,
                  "mail": "bo@northwind.example",
                  "why": "in the partner groups of second-line"
                }
              ],
              "held": [
                {
                  "rail": "removals_max",
                  "package": "second-line",
                  "count": 1,
                  "limit": 0,
                  "steps": 1,
                  "text": "1 person would be removed in one plan, and the limit is 0. Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.",
                  "cause": "cause:ab780486eb3ebc5c",
                  "indices": [
                    0
                  ]
                }
              ],
              "held_steps": [
                {
                  "action": "remove_member",
                  "package": "second-line",
                  "target": "group:0000000c-0000-0000-0000-000000000001",
                  "group": "0000000c-0000-0000-0000-000000000001",
                  "person": "0000000a-0000-0000-0000-000000000002",
                  "guest": "0000000b-0000-0000-0000-000000000002",
                  "mail": "cy@northwind.example",
                  "cause": "absent",
                  "why": "no longer in the partner groups of second-line"
                }
              ],
              "problems": [
                {
                  "code": "group_is_dynamic",
                  "package": "second-line",
                  "object": "0000000c-0000-0000-0000-000000000002",
                  "text": "group:0000000c-0000-0000-0000-000000000002 computes its members by a rule; nobody can be added by hand"
                }
              ],
              "unchanged": 1
            }
          ],
          "totals": {
            "steps": 2,
            "held": 1,
            "problems": 1,
            "unchanged": 1
          }
        }"#]].assert_eq(&text);
    let again: Plan = serde_json::from_str(&text).unwrap();
    assert_eq!(again, plan);
}

#[test]
fn customers_are_sorted_and_summed() {
    let mut one = World::of(2).plan().plan;
    let two = World::bare(vec![package("second-line", &[1], &[1])]).plan().plan;
    one.customer = "northgate".into();
    let plan = Plan::new(vec![one, two]);
    let names: Vec<&str> = plan.customers.iter().map(|part| part.customer.as_str()).collect();
    assert_eq!(names, ["contoso", "northgate"]);
    assert_eq!((plan.totals.steps, plan.totals.unchanged), (0, 2));
}
