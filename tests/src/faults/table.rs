//! The table: every kind of fault on every route that a life takes, once, three times and for ten minutes.
//!
//! Every test run takes a part of the table; all of it, which is about 3,700 lives in two halves of the same length, by
//! `CARGO_PROFILE_DEV_OPT_LEVEL=1 cargo test -p scenarios -- --ignored every_fault_on_every_route`. Each half takes three
//! minutes of one core, and about a quarter of an hour without the optimizer.

use super::calls::{self, Route};
use super::life::Life;
use cloud_sim::{Fault, What, When};
use outside::{Random, SeededRandom};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use uuid::Uuid;

/// One of so many combinations is tried in every test run.
const SAMPLED: usize = 100;

/// How long each fault lasts: so many requests, or ten minutes from the first.
const TIMES: [When; 3] = [When::Times(1), When::Times(3), When::For(Duration::from_secs(600))];

/// Where the faults of the table are aimed: a route in one tenant.
type Place = (Route, Uuid);

/// A line of the table.
#[derive(Debug, Clone)]
struct Line {
    place: Place,
    what: What,
    when: When,
    /// How many requests of the route are left alone first.
    skip: u32,
}

/// What can befall any request.
const ANYWHERE: [What; 27] = [
    What::Throttle { retry_after: None },
    What::Throttle { retry_after: Some(Duration::from_secs(5)) },
    What::Throttle { retry_after: Some(Duration::from_secs(300)) },
    What::Status(400, "Request_BadRequest"),
    What::Status(401, "InvalidAuthenticationToken"),
    What::Status(403, "Authorization_RequestDenied"),
    What::Status(404, "Request_ResourceNotFound"),
    What::Status(404, "UnknownError"),
    What::Status(409, "Directory_ConcurrencyViolation"),
    What::Status(410, "Gone"),
    What::Status(500, "InternalServerError"),
    What::Status(502, "BadGateway"),
    What::Status(503, "ServiceUnavailable"),
    What::Status(504, "GatewayTimeout"),
    What::StatusAfter(429, "UnknownError"),
    What::StatusAfter(500, "InternalServerError"),
    What::StatusAfter(504, "GatewayTimeout"),
    What::NeverSent,
    What::ResetBefore,
    What::ResetAfter,
    What::CutJson,
    What::HtmlGateway,
    What::ProxyPage { status: 200, done: false },
    What::ProxyPage { status: 200, done: true },
    What::ErrorBody,
    What::Slow(Duration::from_secs(20)),
    What::Unanswered,
];

/// What can befall a list besides.
const LISTS: [What; 4] = [What::HalfPage, What::EmptyPage, What::Twice, What::Stale(Duration::from_secs(180))];

/// What can befall a delta besides.
const DELTAS: [What; 3] = [
    What::Status(410, "SyncStateNotFound"),
    What::Status(400, "Directory_ExpiredPageToken"),
    What::Status(404, "resyncRequired"),
];

/// What can befall a sign-in besides: a wrong secret, no consent, no such tenant, an assertion out of its time, too
/// many requests, an outage.
const SIGN_INS: [What; 6] = [
    What::SignIn(7_000_215),
    What::SignIn(700_016),
    What::SignIn(90_002),
    What::SignIn(700_024),
    What::SignIn(90_055),
    What::SignIn(90_033),
];

fn kinds((method, path): &Route) -> Vec<What> {
    let mut kinds = ANYWHERE.to_vec();
    let is_list = method == "GET" && !path.ends_with("{id}") && !path.contains('=');
    kinds.extend(LISTS.iter().filter(|_| is_list));
    kinds.extend(DELTAS.iter().filter(|_| path.ends_with("/delta")));
    kinds.extend(SIGN_INS.iter().filter(|_| *path == "token"));
    kinds
}

/// How often each route is taken in each tenant by a life without faults.
async fn places() -> BTreeMap<Place, u32> {
    let mut life = Life::new(1, |_| {});
    life.live().await;
    let left = life.end().await;
    assert_eq!(left, Vec::<String>::new(), "a life without faults");
    println!("at most {} round trips to one tenant in a turn", life.checkers.requests_most());
    let mut places = BTreeMap::new();
    for request in life.world.sim.requests() {
        let (Some(route), Some(tenant)) = (request.route, request.tenant) else { continue };
        *places.entry(((request.method, route), tenant)).or_default() += 1;
    }
    let found: BTreeSet<Route> = places.keys().map(|(route, _): &Place| route.clone()).collect();
    let missing = calls::missing(&found).await;
    assert_eq!(missing, [], "the life must contain these calls too, so that faults are tried on them");
    // What both customers' tenants are asked need not be tried on both: the one with more of everything counts.
    let (rich, poor) = (life.contoso.id(), life.fabrikam.id());
    let of_rich: BTreeSet<Route> =
        places.keys().filter(|(_, tenant)| *tenant == rich).map(|(route, _)| route.clone()).collect();
    places.retain(|(route, tenant), _| *tenant != poor || !of_rich.contains(route));
    places
}

/// The whole table, in an order of its own, so that every part of it is a mixture.
fn lines(places: &BTreeMap<Place, u32>) -> Vec<Line> {
    let dice = SeededRandom::new(1);
    let mut lines = Vec::new();
    for (place, taken) in places {
        for what in kinds(&place.0) {
            for when in TIMES {
                // The first is where everything is new; the others are anywhere in a life.
                let skip = if dice.fraction() < 0.25 { 0 } else { (dice.fraction() * f64::from(*taken)) as u32 };
                lines.push((dice.fraction(), Line { place: place.clone(), what, when, skip }));
            }
        }
    }
    lines.sort_by(|one, other| one.0.total_cmp(&other.0));
    lines.into_iter().map(|(_, line)| line).collect()
}

fn fault(line: &Line) -> Fault {
    let ((method, route), tenant) = &line.place;
    let on = match *route {
        "token" => "POST /*/oauth2/v2.0/token".to_owned(),
        route => format!("{method} {route}"),
    };
    Fault::new(&on, line.when, line.what).in_tenant(*tenant).after(line.skip)
}

async fn check(line: &Line) -> Vec<String> {
    let mut life = Life::new(1, |_| {});
    life.world.sim.fault(fault(line));
    life.live().await;
    life.end().await
}

async fn check_all(lines: impl Iterator<Item = Line>) {
    let (mut tried, mut failed) = (0, Vec::new());
    for line in lines {
        tried += 1;
        let wrong = check(&line).await;
        if !wrong.is_empty() {
            let text = format!("{line:?}\n  {}", wrong.join("\n  "));
            // At once, since the whole table takes long.
            println!("WRONG {text}");
            failed.push(text);
        }
    }
    println!("{tried} lines of the table");
    assert!(failed.is_empty(), "{} of {tried} lines:\n{}", failed.len(), failed.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_part_of_the_table_of_faults_does_no_harm_and_is_got_over() {
    let lines = lines(&places().await);
    println!("the table has {} lines", lines.len());
    check_all(lines.into_iter().step_by(SAMPLED)).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "half of the whole table: minutes of work, run by hand"]
async fn every_fault_on_every_route_the_odd_lines() {
    check_all(lines(&places().await).into_iter().step_by(2)).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "half of the whole table: minutes of work, run by hand"]
async fn every_fault_on_every_route_the_even_lines() {
    check_all(lines(&places().await).into_iter().skip(1).step_by(2)).await;
}
