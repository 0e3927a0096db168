//! Microsoft refuses to take a leaver out of a group for hours.

use crate::world::World;
use cloud_sim::{Change, Fault, What, When};
use jiff::SignedDuration;
use std::time::Duration;

/// Who is deleted as a member comes back as one when the customer restores them.
#[tokio::test(start_paused = true)]
async fn a_guest_is_deleted_only_after_a_refused_removal_has_worked() {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    let people = world.people(4, &[source]);
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    world.package("second-line", &[source], &[target]).limits.removals_percent_max = 100;
    world.config.leavers.revoke_sessions = true;
    world.config.leavers.delete_after = Some(SignedDuration::from_mins(30));
    world.sim.settle();
    world.sync().await;
    let guest = contoso.find_guest("p0@northwind.example").expect("invited");
    let refusal = What::Status(400, "Request_BadRequest");
    let removal = "DELETE /groups/{id}/members/{member}/$ref";
    world.sim.fault(Fault::new(removal, When::For(Duration::from_secs(3 * 3_600)), refusal));
    world.partner.disable_user(people[0]);
    let count = |wanted: fn(&Change) -> bool| world.sim.effects().iter().filter(|one| wanted(&one.change)).count();
    let deletions = || count(|change| matches!(change, Change::UserDeleted { .. }));
    for _ in 0..30 {
        world.pass(SignedDuration::from_mins(5)).await;
        world.sync().await;
    }
    assert!(contoso.members(target).contains(&guest));
    assert_eq!(deletions(), 0);
    for _ in 0..30 {
        world.pass(SignedDuration::from_mins(5)).await;
        world.sync().await;
    }
    assert!(!contoso.members(target).contains(&guest));
    assert_eq!(deletions(), 1);
    let removed = |one: &cloud_sim::Effect| matches!(one.change, Change::MemberRemoved { .. });
    let deleted = |one: &cloud_sim::Effect| matches!(one.change, Change::UserDeleted { .. });
    let effects = world.sim.effects();
    assert!(effects.iter().position(removed) < effects.iter().position(deleted));
}
