//! The rails that look at who goes from all customers together.

use super::{held, release};
use crate::world::World;
use cloud_sim::TenantHandle;
use engine::{How, Outcome, Run};
use expect_test::expect;
use jiff::SignedDuration;
use uuid::Uuid;

/// So many customers with ten people each, who are in no other.
pub(super) struct Many {
    pub(super) world: World,
    /// A customer, its group, the partner's group, and the people in it.
    pub(super) customers: Vec<(TenantHandle, Uuid, Uuid, Vec<Uuid>)>,
}

pub(super) fn name(customer: usize) -> String {
    format!("customer{customer}")
}

pub(super) async fn run(world: &World, customer: usize) -> Run {
    match world.engine().sync(&name(customer), How { fresh: true, enforce: false }).await.expect("the store works") {
        Outcome::Ran(run) => *run,
        other => panic!("expected a run, got {other:?}"),
    }
}

impl Many {
    pub(super) async fn new(customers: usize) -> Self {
        let mut world = World::new();
        let mut all = Vec::new();
        for number in 0..customers {
            let source = world.partner.add_group(&format!("Engineers {number}"));
            let people = (0..10).map(|one| world.person(&format!("p{number}-{one}"), &[source])).collect();
            let tenant = world.customer(&name(number));
            let target = tenant.add_group("Partner");
            let limits = &mut world.package("second-line", &[source], &[target]).limits;
            limits.removals_percent_max = 100;
            all.push((tenant, target, source, people));
        }
        for _ in 0..2 {
            for number in 0..customers {
                run(&world, number).await;
            }
            // Long since: whoever came within the day does not count as a member at its start.
            world.pass(SignedDuration::from_hours(25)).await;
        }
        Self { world, customers: all }
    }

    /// Takes the first so many people out of one customer's source group.
    pub(super) fn leave(&self, customer: usize, count: usize) {
        let (_, _, source, people) = &self.customers[customer];
        people[..count].iter().for_each(|person| self.world.partner.remove_member(*source, *person));
    }

    pub(super) fn inside(&self) -> Vec<usize> {
        self.customers.iter().map(|(tenant, target, ..)| tenant.members(*target).len()).collect()
    }

    async fn pass(&self, minutes: i64) {
        self.world.pass(SignedDuration::from_mins(minutes)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn removals_per_hour_all_max_holds_more_people_than_an_hour_may_take_over_all_customers() {
    let mut many = Many::new(3).await;
    many.world.config.limits.removals_per_hour_all_max = 8;
    many.leave(0, 4);
    many.leave(1, 4);
    many.leave(2, 1);
    many.pass(1).await;
    for customer in [0, 1] {
        assert!(run(&many.world, customer).await.plan.held.is_empty());
    }
    assert_eq!(many.inside(), [6, 6, 10], "eight may go");
    assert_eq!(many.world.plan().await.steps, [], "a dry run only looks, and sees the same");
    expect![[r#"
        removals_per_hour_all_max (1 people): 9 people would be removed over all customers within an hour (1 of them by this plan alone), and the limit is 8. Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
    "#]].assert_eq(&held(&many.world).await);
    assert_eq!(many.inside(), [6, 6, 10]);
    assert!(release(&many.world).await.held.is_empty());
    assert_eq!(many.inside(), [6, 6, 9]);
}

#[tokio::test(start_paused = true)]
async fn when_the_hour_is_over_the_next_may_go_without_anybodys_word() {
    let mut many = Many::new(2).await;
    many.world.config.limits.removals_per_hour_all_max = 4;
    many.leave(0, 4);
    many.leave(1, 4);
    many.pass(1).await;
    run(&many.world, 0).await;
    run(&many.world, 1).await;
    many.pass(59).await;
    run(&many.world, 1).await;
    assert_eq!(many.inside(), [6, 10]);
    many.pass(20).await;
    let outcome = many.world.engine().sync(&name(1), How::default()).await.expect("the store works");
    assert!(matches!(outcome, Outcome::Ran(_)), "it wakes by itself: {outcome:?}");
    assert_eq!(many.inside(), [6, 6]);
    // Three hours later the notes are swept.
    many.pass(180).await;
    many.world.engine().tick().await.expect("a tick");
    assert_eq!(many.world.engine().store().list("window/").await.expect("the store works"), [""; 0]);
}

/// So many customers, all fed by one group of the partner.
pub(super) async fn fed_by_one(customers: usize) -> (World, Uuid, Vec<(TenantHandle, Uuid)>) {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    world.people(20, &[source]);
    let mut all = Vec::new();
    for number in 0..customers {
        let tenant = world.customer(&name(number));
        let target = tenant.add_group("Partner");
        world.package("second-line", &[source], &[target]);
        all.push((tenant, target));
    }
    for _ in 0..2 {
        for number in 0..customers {
            run(&world, number).await;
        }
        world.pass(SignedDuration::from_hours(25)).await;
    }
    (world, source, all)
}

#[tokio::test(start_paused = true)]
async fn one_person_who_leaves_many_customers_is_one_removal() {
    let (mut world, source, customers) = fed_by_one(5).await;
    world.config.limits.removals_per_hour_all_max = 1;
    let mut people = world.partner.members(source).into_iter();
    let (first, second) = (people.next().expect("twenty"), people.next().expect("twenty"));
    world.partner.remove_member(source, first);
    world.pass(SignedDuration::from_mins(1)).await;
    for number in 0..5 {
        assert!(run(&world, number).await.plan.held.is_empty(), "customer {number}");
        world.pass(SignedDuration::from_mins(3)).await;
    }
    assert!(customers.iter().all(|(tenant, target)| tenant.members(*target).len() == 19));
    world.partner.remove_member(source, second);
    world.pass(SignedDuration::from_mins(1)).await;
    assert_eq!(run(&world, 0).await.plan.held.len(), 1, "a second person is one too many");
}

#[tokio::test(start_paused = true)]
async fn a_plan_without_such_removals_does_not_touch_the_windows() {
    let (world, source, _) = fed_by_one(2).await;
    let person = *world.partner.members(source).first().expect("twenty");
    world.partner.disable_user(person);
    world.person("joiner", &[source]);
    world.pass(SignedDuration::from_mins(1)).await;
    world.documents.reset();
    run(&world, 0).await;
    let counts = world.documents.counts("window");
    assert_eq!((counts.reads(), counts.writes()), (0, 0), "a leaver is a fact, and two customers are few: {counts:?}");
}

#[tokio::test(start_paused = true)]
async fn leavers_per_hour_all_max_holds_eleven_who_left_together_and_lets_ten_go() {
    for (leavers, inside) in [(10, 10), (11, 20)] {
        let (world, source, customers) = fed_by_one(2).await;
        let people: Vec<Uuid> = world.partner.members(source).into_iter().take(leavers).collect();
        people[..4].iter().for_each(|person| world.partner.disable_user(*person));
        people[4..].iter().for_each(|person| world.partner.delete_user(*person));
        world.pass(SignedDuration::from_mins(1)).await;
        let told = held(&world).await;
        let members = || customers[1].0.members(customers[1].1).len();
        assert_eq!(members(), inside);
        if leavers == 10 {
            assert_eq!(told, "");
            continue;
        }
        expect![[r#"
            leavers_per_hour_all_max (11 people): 11 people were found disabled or deleted at the partner within an hour, and the limit is 10; until somebody has looked, nothing is taken from those of them who are here. Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
        "#]].assert_eq(&told);
        // Neither the end of the hour nor another process lets the accident trickle through.
        world.pass(SignedDuration::from_hours(3)).await;
        assert!(!held(&world).await.is_empty());
        assert_eq!(run(&world, 0).await.plan.held.len(), 1, "nor does another customer");
        // Some are back: those who are not stay held.
        people[..4].iter().for_each(|person| world.partner.enable_user(*person));
        world.pass(SignedDuration::from_mins(1)).await;
        assert!(held(&world).await.contains("(7 people)"));
        assert!(release(&world).await.held.is_empty());
        assert_eq!(members(), 13);
    }
}

#[tokio::test(start_paused = true)]
async fn leavers_before_the_number_was_reached_are_gone_and_the_others_are_held() {
    let (world, source, customers) = fed_by_one(2).await;
    let people: Vec<Uuid> = world.partner.members(source).into_iter().collect();
    people[..6].iter().for_each(|person| world.partner.disable_user(*person));
    world.pass(SignedDuration::from_mins(1)).await;
    run(&world, 0).await;
    people[6..12].iter().for_each(|person| world.partner.disable_user(*person));
    world.pass(SignedDuration::from_mins(50)).await;
    run(&world, 0).await;
    run(&world, 1).await;
    let inside: Vec<usize> = customers.iter().map(|(tenant, target)| tenant.members(*target).len()).collect();
    assert_eq!(inside, [14, 20], "where the first six were not removed yet, they are held with the rest");
}

#[tokio::test(start_paused = true)]
async fn whoever_had_left_before_we_first_looked_is_no_leaver() {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    let people = world.people(20, &[source]);
    people[..12].iter().for_each(|person| world.partner.disable_user(*person));
    let tenant = world.customer(&name(0));
    let target = tenant.add_group("Partner");
    world.package("second-line", &[source], &[target]);
    run(&world, 0).await;
    world.pass(SignedDuration::from_mins(1)).await;
    world.partner.disable_user(people[12]);
    world.pass(SignedDuration::from_mins(1)).await;
    assert_eq!(held(&world).await, "");
    assert_eq!(tenant.members(target).len(), 7);
}
