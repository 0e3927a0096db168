//! Log queries, against scripted answers.

use super::{ROWS_MAX, Rows};
use crate::graph::{Graph, GraphParts};
use crate::testing::{APP, SECRET, Say, TENANT, World, error, sample};
use crate::{Credential, Endpoints, Error, Kind, SecretText};
use async_trait::async_trait;
use bytes::Bytes;
use futures::future::join_all;
use http::{Request, Response};
use jiff::Timestamp;
use outside::{Clock, SeededRandom, Transport, TransportError, VirtualClock};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

const WORKSPACE: Uuid = Uuid::from_u128(0x77);
const RESOURCE: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law";
const DIRECT: &str = "https://api.loganalytics.azure.com/v1/workspaces/00000000-0000-0000-0000-000000000077/query";

fn window() -> (Timestamp, Timestamp) {
    ("2026-11-20T08:00:00Z".parse().unwrap(), "2026-11-20T09:00:00Z".parse().unwrap())
}

async fn query(world: &World, resource: Option<&str>) -> Result<Rows, Error> {
    let (from, to) = window();
    world.graph.logs(TENANT).also_through(resource).query(WORKSPACE, "SigninLogs", from, to).await
}

fn table(columns: &[&str], rows: Value) -> Say {
    let columns: Vec<_> = columns.iter().map(|name| json!({ "name": name, "type": "string" })).collect();
    Say::Json(200, json!({ "tables": [{ "name": "PrimaryResult", "columns": columns, "rows": rows }] }))
}

#[tokio::test(start_paused = true)]
async fn a_query_goes_with_its_own_token_and_time_out_and_its_rows_are_read_by_name() {
    let world = World::new(vec![Say::Json(200, sample!("logs-query-200"))]);
    let rows = query(&world, None).await.unwrap();
    let ids: Vec<_> = rows.rows().map(|row| row.text("SignInId").unwrap()).collect();
    assert_eq!(ids, ["5a1c7f0e-93d2-4a55-9a6e-0c1b2d3e4f51", "5a1c7f0e-93d2-4a55-9a6e-0c1b2d3e4f52"]);
    let second = rows.rows().nth(1).unwrap();
    assert_eq!(second.number("ResultType"), Some(50_074));
    assert_eq!(second.time("TimeGenerated"), Some("2026-11-20T08:33:42.900Z".parse().unwrap()));
    assert_eq!(second.guid("UserId"), Some("b1ea0002-2222-4a7b-8c2d-000000000002".parse().unwrap()));
    assert_eq!((rows.partial.as_deref(), second.text("Elsewhere")), (None, None));

    let seen = &world.service.seen()[0];
    assert_eq!((seen.method.as_str(), seen.uri.as_str()), ("POST", DIRECT));
    assert_eq!((seen.header("content-type"), seen.header("prefer")), ("application/json", "wait=30"));
    assert_eq!(seen.body, json!({ "query": "SigninLogs", "timespan": "2026-11-20T08:00:00Z/2026-11-20T09:00:00Z" }));
    let login = &world.service.logged_in.lock().unwrap()[0];
    assert!(login.text.contains("scope=https%3A%2F%2Fapi.loganalytics.io%2F.default"), "{}", login.text);
}

#[tokio::test(start_paused = true)]
async fn part_of_an_answer_is_kept_and_said_to_be_a_part() {
    let world = World::new(vec![Say::Json(200, sample!("logs-query-partial-200"))]);
    let rows = query(&world, None).await.unwrap();
    assert_eq!(rows.len(), 1);
    let said = rows.partial.unwrap();
    assert!(said.starts_with("PartialError") && said.contains("exceed the set limit of 30000 records"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn so_many_rows_are_kept_and_no_more() {
    for (count, kept, whole) in [(ROWS_MAX, ROWS_MAX, true), (ROWS_MAX + 1, ROWS_MAX, false)] {
        let world = World::new(vec![table(&["A"], json!(vec![["x"]; count]))]);
        let rows = query(&world, None).await.unwrap();
        assert_eq!((rows.len(), rows.partial.is_none()), (kept, whole), "{count}");
    }
}

#[tokio::test(start_paused = true)]
async fn values_come_as_what_they_are_or_as_text() {
    let columns = ["Dynamic", "Parsed", "None", "Nobody", "Number", "Flag", "Text", "Word"];
    let nobody = "00000000-0000-0000-0000-000000000000";
    let row = json!([["{\"errorCode\":0}", { "a": 1 }, null, nobody, 7, 1, "", "true"]]);
    let rows = query(&World::new(vec![table(&columns, row)]), None).await.unwrap();
    let row = rows.rows().next().unwrap();
    assert_eq!(row.json("Dynamic"), Some(json!({ "errorCode": 0 })));
    assert_eq!(row.json("Parsed"), Some(json!({ "a": 1 })));
    assert_eq!((row.json("None"), row.json("Text"), row.value("None")), (None, None, None));
    assert_eq!((row.guid("Nobody"), row.text("Number"), row.number("Number")), (None, Some("7".to_owned()), Some(7)));
    assert_eq!((row.flag("Flag"), row.flag("Word"), row.flag("Number")), (Some(true), Some(true), Some(true)));
    assert_eq!((row.text("Text"), row.text("Word")), (None, Some("true".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn no_data_is_an_answer_and_nothing_at_all_is_none() {
    let world = World::new(vec![Say::Text(204, "")]);
    assert_eq!(query(&world, None).await, Ok(Rows::default()));
    let world = World::new(vec![table(&["A"], json!([]))]);
    assert!(query(&world, None).await.unwrap().is_empty());
    let no_role = Kind::NoRole { role: "Log Analytics Data Reader" };
    let narrow = json!({ "tables": [{ "columns": [{ "name": "A" }, { "name": "B" }], "rows": [["x"]] }] });
    for (say, kind, said) in [
        (Say::Text(200, ""), Kind::Garbled, "the answer is empty"),
        (Say::Text(200, "{\"tables\":"), Kind::Garbled, "cut off"),
        (Say::Json(200, json!({ "tables": [] })), Kind::Garbled, "tables[0]"),
        (Say::Json(200, narrow), Kind::Garbled, "tables[].rows[0]"),
        (error(200, "UnknownError", "nothing came"), Kind::Garbled, "nothing came"),
        (error(403, "InsufficientAccessError", "The provided credentials"), no_role, "The provided credentials"),
        (Say::Text(403, "<html>sign in</html>"), Kind::Garbled, "not JSON"),
        (error(404, "WorkspaceNotFoundError", "gone"), Kind::Missing { id: None }, "gone"),
        (
            Say::Json(
                400,
                json!({ "error": { "code": "BadArgumentError", "message": "The request had some",
                "innererror": { "code": "SyntaxError", "message": "Query could not be parsed at ','" } } }),
            ),
            Kind::Refused,
            "The request had some: Query could not be parsed at ','",
        ),
    ] {
        let failed = query(&World::new(vec![say]), None).await.unwrap_err();
        assert_eq!(failed.kind, kind, "{failed}");
        assert!(failed.message.contains(said) && failed.operation.contains(&WORKSPACE.to_string()), "{failed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_the_service_refuses_with_403_is_renewed_once() {
    let refused = || error(403, "InvalidAuthenticationToken", "The access token is invalid.");
    let world = World::new(vec![refused(), table(&["A"], json!([]))]);
    query(&world, None).await.unwrap();
    assert_eq!(world.service.logged_in.lock().unwrap().len(), 2);
    let world = World::new(vec![refused(), refused()]);
    assert_eq!(query(&world, None).await.unwrap_err().kind, Kind::Unauthorized);
}

#[tokio::test(start_paused = true)]
async fn what_the_direct_road_refuses_goes_through_resource_manager_where_that_is_known() {
    let audience = || error(403, "InvalidAuthenticationTokenAudience", "wrong audience");
    let found = || table(&["A"], json!([["x"]]));
    let world = World::new(vec![audience(), found()]);
    assert_eq!(query(&world, Some(RESOURCE)).await.unwrap().len(), 1);
    let seen = &world.service.seen()[1];
    assert_eq!(seen.uri, format!("https://management.azure.com{RESOURCE}/api/query?api-version=2020-08-01"));
    assert_eq!((seen.method.as_str(), seen.header("prefer")), ("POST", "wait=30"));
    let scopes: Vec<_> = world.service.logged_in.lock().unwrap().iter().map(|login| login.text.clone()).collect();
    assert!(scopes.len() == 2 && scopes[1].contains("management.azure.com"), "{scopes:?}");

    let world = World::new(vec![audience()]);
    assert_eq!(query(&world, None).await.unwrap_err().code, "InvalidAuthenticationTokenAudience");

    // Both refuse: what the direct one said stands, with the other's words.
    let world = World::new(vec![audience(), error(403, "AuthorizationFailed", "no role there")]);
    let failed = query(&world, Some(RESOURCE)).await.unwrap_err();
    assert_eq!(failed.code, "InvalidAuthenticationTokenAudience");
    assert!(failed.message.contains("wrong audience") && failed.message.contains("no role there"), "{failed}");

    // The tenant does not know the Log Analytics API at all.
    let world = World::new(vec![found()]);
    let unknown =
        json!({ "error": "invalid_resource", "error_codes": [500_011], "error_description": "AADSTS500011: x" });
    world.service.logins(vec![Say::Json(400, unknown)]);
    assert_eq!(query(&world, Some(RESOURCE)).await.unwrap().len(), 1);

    // A query that is wrong is wrong on either road.
    let world = World::new(vec![error(400, "BadArgumentError", "x")]);
    assert_eq!(query(&world, Some(RESOURCE)).await.unwrap_err().kind, Kind::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_time_out_of_the_service_and_a_full_queue_are_asked_again() {
    for say in [error(504, "GatewayTimeout", ""), error(429, "ThrottledError", "")] {
        let world = World::new(vec![say, table(&["A"], json!([]))]);
        query(&world, None).await.unwrap();
        assert_eq!(world.service.seen().len(), 2);
    }
}

/// Answers after a while, and counts how many wait for it.
struct Slow {
    clock: VirtualClock,
    under_way: Mutex<usize>,
    most: Mutex<usize>,
    patience: Mutex<Option<Duration>>,
}

#[async_trait]
impl Transport for Slow {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let body = if request.uri().path().ends_with("/token") {
            json!({ "expires_in": 3600, "access_token": "tok.en.1" })
        } else {
            *self.patience.lock().unwrap() = Some(timeout);
            let now = {
                let mut under_way = self.under_way.lock().unwrap();
                *under_way += 1;
                *under_way
            };
            let most = now.max(*self.most.lock().unwrap());
            *self.most.lock().unwrap() = most;
            self.clock.sleep(Duration::from_secs(3)).await;
            *self.under_way.lock().unwrap() -= 1;
            json!({ "tables": [{ "name": "PrimaryResult", "columns": [], "rows": [] }] })
        };
        Ok(Response::new(Bytes::from(body.to_string())))
    }
}

#[tokio::test(start_paused = true)]
async fn five_queries_of_a_tenant_are_under_way_at_once_however_slow() {
    let clock = VirtualClock::new("2026-11-20T10:00:00Z".parse().unwrap());
    let (under_way, most, patience) = Default::default();
    let service = Arc::new(Slow { clock: clock.clone(), under_way, most, patience });
    let graph = Graph::new(GraphParts {
        endpoints: Endpoints::public(),
        app: APP,
        credential: Credential::Secret(SecretText::new(SECRET)),
        transport: service.clone(),
        clock: Arc::new(clock.clone()),
        random: Arc::new(SeededRandom::new(7)),
    });
    let (from, to) = window();
    let ask = |tenant: u128| {
        let logs = graph.logs(Uuid::from_u128(tenant));
        async move { logs.query(WORKSPACE, "x", from, to).await.unwrap() }
    };
    join_all((0..6).map(|_| ask(1))).await;
    assert_eq!((*service.most.lock().unwrap(), clock.monotonic().as_secs()), (5, 6));
    // The service gives up after 30 s and says so: we wait a little longer than that.
    assert_eq!(*service.patience.lock().unwrap(), Some(Duration::from_secs(35)));
    join_all((0..12).map(|number| ask(2 + number % 2))).await;
    assert_eq!(*service.most.lock().unwrap(), 10);
}
