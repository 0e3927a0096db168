//! The end of a grant takes nobody out who is in for another reason.

use super::town::{LEAD, Town, ZOE, body};
use access::config::TargetGroup;
use access::ids::{GroupId, PersonId};
use access::requests::{RequestId, Status};
use cloud_sim::{Fault, What, When};
use engine::How;
use engine::membership::leave::Whom;
use engine::requests::Decide;
use jiff::SignedDuration;
use uuid::Uuid;

/// Zoe is in by a grant of eight hours; her object id, the partner group of the package, and the request.
async fn with_zoe() -> (Town, Uuid, Uuid, RequestId) {
    let town = Town::new(0).await;
    let PersonId(zoe) = town.world.engine().find_person(&Whom::Mail(ZOE.into())).await.expect("she is there").person;
    let GroupId(source) = *town.world.config.customers[0].packages[0].members.first().expect("a partner group");
    let id = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed").request.id;
    town.minute().await;
    assert!(town.is_in());
    (town, zoe, source, id)
}

/// Until the end and a quarter of an hour beyond, so that a survey shows what became of it.
async fn beyond_the_end(town: &Town) {
    town.world.pass(SignedDuration::from_hours(8)).await;
    for _ in 0..16 {
        town.minute().await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_came_into_a_partner_group_meanwhile_stays_though_that_group_cannot_be_read_at_the_end() {
    let (town, zoe, source, _) = with_zoe().await;
    town.world.partner.add_member(source, zoe);
    for _ in 0..6 {
        town.minute().await;
    }
    let unread = Fault::new("* /groups/**", When::Every, What::Status(503, "serviceUnavailable"));
    town.world.sim.fault(unread.in_tenant(town.world.partner.id()));
    beyond_the_end(&town).await;
    assert_eq!(town.members().len(), 3, "{:?}", town.members());
}

#[tokio::test(start_paused = true)]
async fn whoever_was_in_a_partner_group_that_was_emptied_by_mistake_stays() {
    let (town, zoe, source, _) = with_zoe().await;
    town.world.partner.add_member(source, zoe);
    for _ in 0..6 {
        town.minute().await;
    }
    for person in town.world.partner.members(source) {
        town.world.partner.remove_member(source, person);
    }
    beyond_the_end(&town).await;
    assert_eq!(town.members().len(), 3, "{:?}", town.members());
}

#[tokio::test(start_paused = true)]
async fn whoever_is_in_the_same_group_by_another_package_stays() {
    let mut town = Town::new(0).await;
    let PersonId(zoe) = town.world.engine().find_person(&Whom::Mail(ZOE.into())).await.expect("she is there").person;
    let leads = town.world.partner.add_group("Leads");
    town.world.partner.add_member(leads, zoe);
    let target = town.target;
    let other = town.world.package("leads", &[leads], &[]);
    other.groups = vec![TargetGroup::Id(GroupId(target))];
    for _ in 0..6 {
        town.minute().await;
    }
    assert!(town.is_in());
    let id = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed").request.id;
    for _ in 0..2 {
        town.minute().await;
    }
    assert_eq!(town.status(&id).await, Status::Active);
    beyond_the_end(&town).await;
    assert!(town.is_in());
    let over = town.request(&id).await;
    assert_eq!((over.status, over.code.as_deref()), (Status::Expired, Some("kept_by_other")), "{over:?}");
}

#[tokio::test(start_paused = true)]
async fn of_two_grants_of_one_person_the_cancelled_one_takes_nothing_from_the_other() {
    let (town, _, _, first) = with_zoe().await;
    let mut another = body(24);
    another["ticket"]["number"] = "INC0054321".into();
    let second = town.ask(&town.world.engine(), &another).await.expect("it is allowed").request.id;
    town.minute().await;
    town.decide(&first, Decide::Cancel, LEAD).await.expect("it can be cancelled");
    for _ in 0..3 {
        town.minute().await;
    }
    assert!(town.is_in());
    assert_eq!((town.status(&first).await, town.status(&second).await), (Status::Cancelled, Status::Active));
    town.decide(&second, Decide::Cancel, LEAD).await.expect("it can be cancelled");
    town.world.engine().sync("contoso", How::default()).await.expect("the store works");
    assert!(!town.is_in());
}

#[tokio::test(start_paused = true)]
async fn whom_the_customer_put_there_stays_when_a_grant_ends() {
    let town = Town::new(0).await;
    let guest = town.contoso.add_guest(ZOE);
    town.contoso.add_member(town.target, guest);
    for _ in 0..6 {
        town.minute().await;
    }
    let id = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed").request.id;
    beyond_the_end(&town).await;
    assert!(town.is_in());
    assert_eq!(town.request(&id).await.code.as_deref(), Some("kept_by_other"));
}
