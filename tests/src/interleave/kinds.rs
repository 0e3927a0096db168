//! Goes through one order of each kind.

use super::company::{Anew, Company};
use super::explorer::{AUDIT, Explored};
use super::reduced::{Orders, Seen};
use super::scene::Scene;
use super::stage::{Choice, Play};
use std::collections::BTreeSet;

/// How often somebody is told how far it is, in orders.
const TELL: usize = 100_000;

/// Goes through one order of each kind.
pub(super) async fn explore_kinds<P: Play>(place: &P) -> Explored {
    let mut company = Company::new(place);
    loop {
        if let Ok(explored) = go_through(&mut company, place.kinds().len()).await {
            return explored;
        }
    }
}

async fn go_through<P: Play>(company: &mut Company<'_, P>, actors: usize) -> Result<Explored, Anew> {
    let (mut followed, mut ends) = (0_usize, BTreeSet::new());
    let mut seen = Seen::default();
    let mut orders = Orders::new(actors);
    // Before each of the order's steps.
    let mut scenes = Vec::new();
    let mut scene = company.beginning().await;
    loop {
        // Whoever went on last goes on, if that is possible.
        while let Some(actor) = orders.last().filter(|last| scene.is_ready(*last)).or_else(|| scene.ready().next()) {
            let (key, places_of) = company.key(&scene);
            if let Some(ahead) = seen.get(key) {
                orders.would_follow(&places_of.iter().map(|place| ahead[*place]).collect());
                break;
            }
            orders.goes_on(key, places_of, actor);
            scenes.push(scene.clone());
            go_on(company, &mut orders, &mut scene).await?;
        }
        followed += 1;
        let is_new_end = scene.ready().next().is_none() && ends.insert(company.key(&scene).0);
        if is_new_end || followed.is_multiple_of(AUDIT) {
            company.play(schedule(&orders), &scene).await?;
        }
        if followed.is_multiple_of(TELL) {
            let (played, states, open) = (company.played, seen.len(), orders.open().collect::<Vec<_>>());
            println!("{followed} orders, {played} played, {states} states so far; others go first at {open:?}");
        }
        if !orders.turn(&mut seen) {
            return Ok(company.explored(followed, seen.len(), ends));
        }
        scenes.truncate(orders.len());
        scene = scenes.last().expect("somebody else goes first there").clone();
        go_on(company, &mut orders, &mut scene).await?;
    }
}

/// The order's last step is taken.
async fn go_on<P: Play>(company: &mut Company<'_, P>, orders: &mut Orders, scene: &mut Scene) -> Result<(), Anew> {
    let actor = orders.last().expect("somebody goes on");
    let touched = company.step(scene, actor, schedule(orders)).await?;
    orders.took(touched);
    Ok(())
}

fn schedule(orders: &Orders) -> impl Iterator<Item = Choice> {
    orders.schedule().map(Choice::Go)
}
