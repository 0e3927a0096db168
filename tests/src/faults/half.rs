//! A source group that answers with half of its members, in every way that it can: nobody is removed because of it.

use crate::checkers::Checkers;
use crate::world::World;
use cloud_sim::{Fault, TenantHandle, What, When};
use engine::How;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const MEMBERS: &str = "GET /groups/{id}/transitiveMembers/{cast}";

const LIES: [What; 6] = [
    What::HalfPage,
    What::EmptyPage,
    What::Twice,
    What::CutJson,
    What::ErrorBody,
    What::Stale(Duration::from_secs(240)),
];

struct Half {
    world: World,
    checkers: Arc<Checkers>,
    engine: engine::Engine,
    source: Uuid,
}

/// A customer with eight people in it, settled, and limits that would let half of them go.
async fn settled() -> (Half, TenantHandle, Uuid) {
    let mut world = World::with(1, |options| {
        (options.history, options.page_cap) = (Duration::from_secs(600), Some(5));
    });
    let source = world.partner.add_group("Engineers");
    world.people(8, &[source]);
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner");
    world.package("second-line", &[source], &[target]).limits.removals_percent_max = 100;
    let checkers = Checkers::new(&world, SignedDuration::ZERO);
    let engine = world.engine_on(world.documents.clone(), checkers.transport());
    let half = Half { world, checkers, engine, source };
    for _ in 0..4 {
        half.turn(SignedDuration::from_mins(5)).await;
    }
    assert_eq!(contoso.members(target).len(), 8);
    (half, contoso, target)
}

impl Half {
    async fn turn(&self, after: SignedDuration) {
        self.world.pass(after).await;
        self.engine.tick().await.expect("the store works");
        self.engine.sync("contoso", How::default()).await.expect("the store works");
        self.checkers.look();
    }

    async fn end(&self) -> Vec<String> {
        self.world.sim.clear_faults();
        for _ in 0..6 {
            self.turn(SignedDuration::from_mins(5)).await;
        }
        let mut left = self.checkers.not_converged(&self.world, &BTreeSet::new()).await;
        left.extend(self.checkers.wrong());
        left
    }
}

#[tokio::test(start_paused = true)]
async fn half_an_answer_while_somebody_joins_and_somebody_leaves_removes_nobody_else() {
    for what in LIES {
        for minutes in [1, 9] {
            let (half, ..) = settled().await;
            let fault = Fault::new(MEMBERS, When::For(Duration::from_secs(minutes * 60)), what);
            half.world.sim.fault(fault.in_tenant(half.world.partner.id()));
            half.world.person("joiner", &[half.source]);
            let leaver = half.world.partner.members(half.source).into_iter().next().expect("somebody");
            half.world.partner.remove_member(half.source, leaver);
            half.checkers.look();
            for _ in 0..minutes {
                half.turn(SignedDuration::from_mins(1)).await;
            }
            assert_eq!(half.end().await, Vec::<String>::new(), "{what:?} for {minutes} min");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn half_an_answer_just_when_the_doubt_about_an_earlier_change_ends_removes_nobody() {
    for what in LIES {
        let (half, ..) = settled().await;
        half.world.person("joiner", &[half.source]);
        half.checkers.look();
        for minute in 0..14 {
            if minute == 8 {
                let fault = Fault::new(MEMBERS, When::For(Duration::from_secs(240)), what);
                half.world.sim.fault(fault.in_tenant(half.world.partner.id()));
            }
            half.turn(SignedDuration::from_mins(1)).await;
        }
        assert_eq!(half.end().await, Vec::<String>::new(), "{what:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn half_an_answer_on_the_day_when_everything_is_read_from_scratch_removes_nobody() {
    for what in LIES {
        let (half, ..) = settled().await;
        let fault = Fault::new(MEMBERS, When::For(Duration::from_secs(240)), what);
        half.world.sim.fault(fault.in_tenant(half.world.partner.id()));
        half.turn(SignedDuration::from_hours(25)).await;
        for _ in 0..5 {
            half.turn(SignedDuration::from_mins(1)).await;
        }
        assert_eq!(half.end().await, Vec::<String>::new(), "{what:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn half_an_answer_right_after_the_links_were_lost_removes_nobody() {
    for what in LIES {
        let (half, ..) = settled().await;
        let fault = Fault::new(MEMBERS, When::For(Duration::from_secs(240)), what);
        half.world.sim.fault(fault.in_tenant(half.world.partner.id()));
        half.world.partner.expire_links();
        for _ in 0..6 {
            half.turn(SignedDuration::from_mins(1)).await;
        }
        assert_eq!(half.end().await, Vec::<String>::new(), "{what:?}");
    }
}
