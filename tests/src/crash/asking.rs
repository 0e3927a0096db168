//! The stories of a request in which somebody dies. Each goes on to the end of its time, when the person must be out.

use super::fate::Death;
use super::town::Town;
use engine::requests::Decide;
use jiff::SignedDuration;

/// How long the ticket asks for, in hours.
const HOURS: u32 = 8;

/// Nobody has to approve it: it is carried out within the call.
pub(super) async fn asked(deaths: &[Death]) -> Town {
    let mut town = Town::asking(0, deaths).await;
    town.begin();
    town.ask(HOURS).await;
    town.minutes(1).await;
    town
}

/// Somebody approves it, which carries it out.
pub(super) async fn approved(deaths: &[Death]) -> Town {
    let town = Town::asking(1, deaths).await;
    town.begin();
    town.ask(HOURS).await;
    town.say(Decide::Approve).await;
    town
}

/// The person is in, and may stay longer.
pub(super) async fn extended(deaths: &[Death]) -> Town {
    let mut town = active(deaths).await;
    town.begin();
    town.say(Decide::Extend { hours: 3 * HOURS }).await;
    town.minutes(1).await;
    town
}

/// The person is in, and is not to be any more.
pub(super) async fn cancelled(deaths: &[Death]) -> Town {
    let mut town = active(deaths).await;
    town.begin();
    town.say(Decide::Cancel).await;
    town.minutes(1).await;
    town
}

/// The person is in, and the time is over within the next minute.
pub(super) async fn expired(deaths: &[Death]) -> Town {
    let mut town = active(deaths).await;
    let rest = town.time_left().await - SignedDuration::from_secs(30);
    town.world.pass(rest).await;
    town.begin();
    town.minutes(1).await;
    town
}

/// The person is in, and nobody died on the way there.
async fn active(deaths: &[Death]) -> Town {
    let mut town = Town::asking(1, deaths).await;
    town.ask(HOURS).await;
    town.say(Decide::Approve).await;
    town.minutes(9).await;
    town
}
