//! The partner's own tenant down for an hour.

use crate::checkers::Checkers;
use crate::world::World;
use cloud_sim::{Fault, What, When};
use engine::How;
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// The most round trips to the partner's tenant in one minute of its outage: five attempts for the tick, and five for
/// all the customers of that minute together.
const ROUND_TRIPS_MAX: usize = 10;

#[tokio::test(start_paused = true)]
async fn while_the_partner_is_down_nobody_is_removed_anywhere_one_thing_is_red_and_nobody_is_asked_in_a_storm() {
    for what in [What::Status(503, "ServiceUnavailable"), What::ResetBefore, What::HtmlGateway, What::ErrorBody] {
        let mut world = World::new();
        let source = world.partner.add_group("Engineers");
        let people = world.people(6, &[source]);
        for n in 0..5 {
            let tenant = world.customer(&format!("customer{n}"));
            let target = tenant.add_group("Partner");
            world.package("second-line", &[source], &[target]);
        }
        let checkers = Checkers::new(&world, SignedDuration::ZERO);
        let engine = world.engine_on(world.documents.clone(), checkers.transport());
        let minute = async |most: usize| {
            world.pass(SignedDuration::from_mins(1)).await;
            let tick = engine.tick().await.expect("the store works");
            for name in tick.due {
                engine.sync(&name, How::default()).await.expect("the store works");
            }
            checkers.end_turn(most);
        };
        for _ in 0..15 {
            minute(usize::MAX).await;
        }
        world.sim.fault(Fault::new("* /**", When::Every, what).in_tenant(world.partner.id()));
        let before = world.sim.effects().len();
        world.partner.disable_user(people[0]);
        world.partner.remove_member(source, people[1]);
        world.person("joiner", &[source]);
        checkers.look();
        for _ in 0..60 {
            minute(ROUND_TRIPS_MAX).await;
        }
        assert_eq!(world.sim.effects_after(before), [], "{what:?}: nothing is concluded from silence");
        let red = world.engine().health(true).await.red.expect("details");
        let codes: Vec<&str> = red.iter().map(|red| red.code.as_str()).collect();
        assert_eq!(codes, ["partner_unread"], "{what:?}: {red:?}");
        world.sim.clear_faults();
        for _ in 0..15 {
            minute(usize::MAX).await;
        }
        let mut left = checkers.not_converged(&world, &BTreeSet::new()).await;
        left.extend(checkers.wrong());
        left.extend(checkers.wrong_books(&world).await);
        assert_eq!(left, Vec::<String>::new(), "{what:?}");
    }
}
