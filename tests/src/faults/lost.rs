//! A lost answer after every kind of write: nothing is made twice, and what was made is ours.

use super::calls;
use super::life::Life;
use cloud_sim::{Fault, What, When};
use std::time::Duration;

/// The ways in which an answer to what was done is lost.
const LOST: [What; 4] =
    [What::ResetAfter, What::StatusAfter(504, "GatewayTimeout"), What::Unanswered, What::Slow(Duration::from_secs(20))];

#[tokio::test(start_paused = true)]
async fn no_write_whose_answer_is_lost_is_made_twice_or_forgotten() {
    let (_, writes) = calls::routes().await;
    assert_eq!(writes.len(), 16, "{writes:?}");
    for (index, (method, route)) in writes.iter().enumerate() {
        // Each write is lost in two of the ways here; the table has all.
        for what in [LOST[index % 2], LOST[2 + index % 2]] {
            let mut life = Life::new(1, |_| {});
            life.world.sim.fault(Fault::new(&format!("{method} {route}"), When::Times(2), what));
            life.live().await;
            let left = life.end().await;
            assert_eq!(left, Vec::<String>::new(), "{method} {route}: {what:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_only_seemed_to_be_taken_away_is_taken_away_within_the_hour() {
    let routes = [
        "DELETE /groups/{id}/members/{member}/$ref",
        "DELETE /directory/administrativeUnits/{id}/members/{member}/$ref",
        "DELETE /users/{id}",
        "DELETE /roleManagement/directory/roleAssignments/{id}",
    ];
    for route in routes {
        let mut life = Life::new(1, |_| {});
        // Nothing was done, and the answer says that there was nothing to do.
        let gone = What::Status(404, "Request_ResourceNotFound");
        life.world.sim.fault(Fault::new(route, When::Times(2), gone));
        life.live().await;
        let left = life.end().await;
        assert_eq!(left, Vec::<String>::new(), "{route}");
    }
}
