//! The rails that look at one plan of one package.

use super::{filled, held, release};
use crate::world::{World, lines, one_customer};
use access::ids::GroupId;
use expect_test::expect;
use jiff::SignedDuration;

#[tokio::test(start_paused = true)]
async fn protect_holds_what_is_listed_and_nobody_can_release_it() {
    let mut filled = filled(10).await;
    filled.world.config.customers[0].protect.insert(access::ids::ObjectId(filled.people[0]));
    filled.leave(1).await;
    expect![[r#"
        protect (1 people): P0 is protected by the configuration: remove_member is not done, and nobody can release it. If it is meant, do it by hand; what is left then: gatehouse plan contoso.
    "#]].assert_eq(&filled.held().await);
    assert_eq!((filled.inside(), filled.world.plan().await.digest), (10, String::new()), "there is nothing to release");
    // By hand, as the sentence says; the plan is done then.
    let guest = filled.contoso.find_guest("p0@northwind.example").expect("a guest");
    filled.contoso.remove_member(filled.target, guest);
    assert_eq!(lines(&filled.world.plan().await), "unchanged 9\n");
    // The neighbour is not listed.
    filled.world.partner.remove_member(filled.source, filled.people[1]);
    filled.world.pass(SignedDuration::from_mins(1)).await;
    assert_eq!((held(&filled.world).await, filled.inside()), (String::new(), 8));
}

#[tokio::test(start_paused = true)]
async fn incomplete_survey_holds_what_an_unreadable_group_would_remove() {
    let mut filled = filled(10).await;
    let moved = filled.world.partner.add_group("Engineers, new");
    filled.people[1..].iter().for_each(|person| filled.world.partner.add_member(moved, *person));
    filled.world.partner.delete_group(filled.source);
    filled.world.pass(SignedDuration::from_mins(1)).await;
    expect![[r#"
        incomplete_survey (10 people): Nobody is removed for being absent while the survey is incomplete (it does not exist (any more) in the partner's tenant; correct the configuration). The next complete survey decides; to survey at once: gatehouse sync contoso.
        never_empty (10 people): group:TARGET would be left without members (10 of 10 go). Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
        removals_percent_max (10 people): 10 people would be removed within 24 hours, of 10 members at their start, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
    "#]].assert_eq(&filled.held().await);
    assert_eq!(filled.inside(), 10);
    // The configuration names the group that is meant, and the next survey is complete.
    filled.world.config.customers[0].packages[0].members = [GroupId(moved)].into();
    assert_eq!((held(&filled.world).await, filled.inside()), (String::new(), 9));
}

#[tokio::test(start_paused = true)]
async fn except_unread_holds_additions_while_an_except_group_is_gone() {
    let (mut world, contoso, source, target) = one_customer();
    let never = world.partner.add_group("Never");
    world.person("boss", &[source, never]);
    world.config.customers[0].packages[0].except = [GroupId(never)].into();
    world.person("ana", &[source]);
    assert_eq!((held(&world).await, contoso.members(target).len()), (String::new(), 1), "the group was read");
    world.partner.delete_group(never);
    world.person("bo", &[source]);
    world.pass(SignedDuration::from_mins(1)).await;
    expect![[r#"
        except_unread (2 people): Nobody is added: the `except` group NEVER could not be read, so who must stay out is not known. Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
    "#]].assert_eq(&held(&world).await.replace(&never.to_string(), "NEVER"));
    assert_eq!(contoso.members(target).len(), 1);
    assert!(release(&world).await.held.is_empty());
    assert!(contoso.members(target).len() > 1);
}

#[tokio::test(start_paused = true)]
async fn empty_source_holds_everybody_when_nobody_is_left_in_the_group() {
    let mut filled = filled(5).await;
    let limits = &mut filled.world.config.customers[0].packages[0].limits;
    limits.removals_percent_max = 100;
    filled.leave(4).await;
    assert_eq!((filled.held().await, filled.inside()), (String::new(), 1), "one is left there");
    filled.leave(5).await;
    expect![[r#"
        empty_source (1 people): Nobody is removed: partner group SOURCE became empty, which is more often a mistake than meant. Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
        never_empty (1 people): group:TARGET would be left without members (1 of 1 go). Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
    "#]].assert_eq(&filled.held().await.replace(&filled.source.to_string(), "SOURCE"));
    assert_eq!(filled.inside(), 1);
    assert!(release(&filled.world).await.held.is_empty());
    assert_eq!(filled.inside(), 0);
}

#[tokio::test(start_paused = true)]
async fn never_empty_holds_the_last_members_of_a_group() {
    let mut filled = filled(2).await;
    filled.world.config.customers[0].packages[0].limits.removals_percent_max = 100;
    // Somebody else is in the source, and outside of the customer's domains: so nobody comes in.
    let other = filled.world.partner.add_user(cloud_sim::NewUser::with_mail("x@elsewhere.example"));
    filled.world.partner.add_member(filled.source, other);
    filled.leave(2).await;
    expect![[r#"
        never_empty (2 people): group:TARGET would be left without members (2 of 2 go). Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
    "#]].assert_eq(&filled.held().await);
    assert_eq!(filled.inside(), 2);
    filled.world.partner.add_member(filled.source, filled.people[0]);
    filled.world.pass(SignedDuration::from_mins(1)).await;
    assert_eq!((filled.held().await, filled.inside()), (String::new(), 1), "one of two may go");
    filled.leave(1).await;
    filled.held().await;
    assert!(release(&filled.world).await.held.is_empty());
    assert_eq!(filled.inside(), 0);
}

#[tokio::test(start_paused = true)]
async fn removals_max_holds_eleven_and_lets_ten_go() {
    let ten = filled(60).await;
    ten.leave(10).await;
    assert_eq!((ten.held().await, ten.inside()), (String::new(), 50));
    let eleven = filled(60).await;
    eleven.leave(11).await;
    expect![[r#"
        removals_max (11 people): 11 people would be removed in one plan, and the limit is 10. Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
    "#]].assert_eq(&eleven.held().await);
    assert_eq!(eleven.inside(), 60);
    assert!(release(&eleven.world).await.held.is_empty());
    assert_eq!(eleven.inside(), 49);
}

#[tokio::test(start_paused = true)]
async fn removals_percent_max_holds_more_than_a_fifth() {
    let fifth = filled(15).await;
    fifth.leave(3).await;
    assert_eq!((fifth.held().await, fifth.inside()), (String::new(), 12));
    let more = filled(14).await;
    more.leave(3).await;
    expect![[r#"
        removals_percent_max (3 people): 3 people would be removed within 24 hours, of 14 members at their start, and the limit is 20 %. Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
    "#]].assert_eq(&more.held().await);
    assert_eq!(more.inside(), 14);
    assert!(release(&more.world).await.held.is_empty());
    assert_eq!(more.inside(), 11);
}

#[tokio::test(start_paused = true)]
async fn additions_max_holds_more_people_than_one_plan_may_add() {
    for (people, passes) in [(4, true), (5, false)] {
        let (mut world, contoso, source, target): (World, _, _, _) = one_customer();
        world.config.customers[0].packages[0].limits.additions_max = 4;
        world.people(people, &[source]);
        let told = held(&world).await;
        if passes {
            assert_eq!((told, contoso.members(target).len()), (String::new(), 4));
            continue;
        }
        expect![[r#"
            additions_max (5 people): 5 people would be added in one plan, and the limit is 4. Look at the plan; to let exactly these steps through: gatehouse sync --release sha256:… --by YOU.
        "#]].assert_eq(&told);
        assert_eq!(contoso.members(target).len(), 0);
        assert!(release(&world).await.held.is_empty());
        assert_eq!(contoso.members(target).len(), 5);
    }
}
