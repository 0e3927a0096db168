//! The stories in which somebody dies: what happened before, and what the processes are at when they may die.

use super::fate::Death;
use super::town::{Town, Word};
use access::config::TargetGroup;
use access::ids::UnitId;
use jiff::SignedDuration;

/// The first run of a customer: everybody is invited and added.
pub(crate) async fn first_sync(deaths: &[Death]) -> Town {
    let mut town = Town::new(5, deaths);
    town.begin();
    town.minutes(2).await;
    town
}

/// Somebody is disabled at the partner, somebody leaves the team, two come, and all are in a unit, too.
pub(crate) async fn joiners_and_leavers(deaths: &[Death]) -> Town {
    let mut town = before_joiners_and_leavers(deaths).await;
    town.begin();
    town.minutes(2).await;
    town
}

/// The same as it is before the runs that have to do it.
pub(crate) async fn before_joiners_and_leavers(deaths: &[Death]) -> Town {
    let mut town = Town::new(6, deaths);
    let unit = town.contoso.add_unit("Partner people");
    town.world.config.customers[0].packages[0].units = [UnitId(unit)].into();
    town.settle().await;
    let (disabled, left) = (town.people[0], town.people[1]);
    town.world.partner.disable_user(disabled);
    town.world.partner.remove_member(town.source, left);
    town.world.person("joiner", &[town.source]);
    town.world.person("second", &[town.source]);
    town.leavers = ["p0@northwind.example".into(), "p1@northwind.example".into()].into();
    town
}

/// Half of the people leave the team, which is held; a person says something about it.
async fn held(deaths: &[Death], word: Word) -> Town {
    let mut town = Town::new(6, deaths);
    town.settle().await;
    town.people[..3].iter().for_each(|person| town.world.partner.remove_member(town.source, *person));
    town.leavers = (0..3).map(|n| format!("p{n}@northwind.example")).collect();
    // The first of them may go without a word; the day after they are all held.
    town.minutes(2).await;
    town.begin();
    town.decide(word).await;
    town.minutes(2).await;
    town
}

pub(crate) async fn a_release(deaths: &[Death]) -> Town {
    held(deaths, Word::Release).await
}

pub(crate) async fn a_refusal(deaths: &[Death]) -> Town {
    held(deaths, Word::Refuse).await
}

/// Microsoft blocked the customer's invitations, its support lifted that, and a person says so.
pub(crate) async fn a_lifted_block(deaths: &[Death]) -> Town {
    let mut town = Town::new(3, deaths);
    town.settle().await;
    town.contoso.set_suspicious(true);
    town.world.person("joiner", &[town.source]);
    town.minutes(2).await;
    town.contoso.set_suspicious(false);
    town.begin();
    town.decide(Word::Lift).await;
    town.minutes(2).await;
    town
}

/// Ticks alone, while people come and go: nobody's turn, but the partner's changes.
pub(crate) async fn ticks(deaths: &[Death]) -> Town {
    let mut town = Town::new(4, deaths);
    town.settle().await;
    town.world.person("joiner", &[town.source]);
    town.leavers = ["p0@northwind.example".into()].into();
    town.begin();
    town.minutes(1).await;
    town.world.partner.delete_user(town.people[0]);
    town.minutes(2).await;
    town
}

/// A group is made for the customer; somebody leaves, is disabled, deleted, comes back and is restored.
pub(crate) async fn a_whole_life(deaths: &[Death]) -> Town {
    let mut town = Town::new(3, deaths);
    town.world.config.leavers.delete_after = Some(SignedDuration::from_hours(48));
    let made = TargetGroup::Create { name: "Made by us".into() };
    town.world.config.customers[0].packages[0].groups.push(made);
    town.leavers = ["p0@northwind.example".into()].into();
    let person = town.people[0];
    town.begin();
    town.minutes(2).await;
    town.world.partner.disable_user(person);
    town.minutes(2).await;
    town.world.pass(SignedDuration::from_hours(49)).await;
    town.minutes(2).await;
    town.world.partner.enable_user(person);
    town.minutes(3).await;
    town
}
