//! Directory roles: the requests, what each end means, and whether our app may.

use crate::graph::{Ask, Done, RoleAssignment, Write};
use crate::testing::{GROUP, Say, TENANT, USER, World, error};
use crate::{Error, Kind};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use outside::{Clock, TransportError};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const ROLE: Uuid = Uuid::from_u128(0x33);
const UNIT: Uuid = Uuid::from_u128(0x44);
const BASE: &str = "https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments";
const CONFLICT: &str =
    "A conflicting object with one or more of the specified property values is present in the directory.";

fn grant() -> Write {
    Write::GrantRole { role: ROLE, unit: UNIT, user: USER }
}

fn revoke(assignment: &str) -> Write {
    Write::RevokeRole { assignment: assignment.to_owned(), unit: UNIT, user: USER }
}

async fn send(script: Vec<Say>, write: Write) -> Result<Done, Error> {
    World::new(script).writer().send(vec![write]).await.remove(0)
}

#[tokio::test(start_paused = true)]
async fn a_role_is_given_within_a_unit_and_taken_by_its_assignment() {
    let world = World::new(vec![Say::Json(201, json!({ "id": "a-1" })), Say::Json(204, Value::Null)]);
    for write in [grant(), revoke("lAPpYvVpN0KRkAEhdxReEJC2-_x-1")] {
        assert_eq!(world.writer().send(vec![write]).await.remove(0), Ok(Done::Done));
    }
    let seen = world.service.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].uri.as_str()), ("POST", BASE));
    let scope = format!("/administrativeUnits/{UNIT}");
    assert_eq!(seen[0].body, json!({ "principalId": USER, "roleDefinitionId": ROLE, "directoryScopeId": scope }));
    let path = format!("{BASE}/lAPpYvVpN0KRkAEhdxReEJC2-_x-1");
    assert_eq!((seen[1].method.as_str(), seen[1].uri.as_str()), ("DELETE", path.as_str()));
}

#[tokio::test(start_paused = true)]
async fn an_assignment_whose_id_could_lead_elsewhere_is_never_deleted() {
    for id in ["", "..", "a/b", "a?b", "a b", "a%2Fb", "a#b"] {
        assert_eq!(send(vec![], revoke(id)).await.unwrap_err().kind, Kind::Refused, "{id:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn there_already_is_somebody_elses_at_first_and_ours_after_a_lost_answer() {
    let conflict = || error(400, "Request_BadRequest", CONFLICT);
    let lost = || Say::Fail(TransportError::Interrupted("reset".into()));
    assert_eq!(send(vec![conflict()], grant()).await, Ok(Done::AlreadyThere));
    assert_eq!(send(vec![lost(), conflict()], grant()).await, Ok(Done::Done));
    let gone = || error(404, "Request_ResourceNotFound", "Resource 'a-1' does not exist.");
    assert_eq!(send(vec![gone()], revoke("a-1")).await, Ok(Done::NotThere));
    assert_eq!(send(vec![lost(), gone()], revoke("a-1")).await, Ok(Done::Done));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_names_the_permission() {
    let denied = error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
    let failed = send(vec![denied], grant()).await.unwrap_err();
    assert_eq!(failed.kind, Kind::Forbidden { permission: "RoleManagement.ReadWrite.Directory" });
}

#[tokio::test(start_paused = true)]
async fn a_protected_user_or_unit_is_neither_given_nor_left_without_a_role() {
    for protected in [USER, UNIT] {
        let world = World::new(vec![]);
        for outcome in world.writer_with(&[protected], u32::MAX).send(vec![grant(), revoke("a-1")]).await {
            assert_eq!(outcome.unwrap_err().kind, Kind::Protected);
        }
        assert_eq!(world.service.seen().len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn holders_come_with_the_unit_or_whatever_scope_they_have() {
    let scopes =
        ["/", "/administrativeUnits/00000000-0000-0000-0000-000000000044", "/administrativeUnits/x", "/elsewhere"];
    let one = |(at, scope): (usize, &&str)| json!({ "id": format!("a-{at}"), "principalId": USER, "roleDefinitionId": ROLE, "directoryScopeId": scope });
    let items: Vec<Value> = scopes.iter().enumerate().map(one).collect();
    let world = World::new(vec![Say::Json(200, json!({ "value": items }))]);
    let answer = world.graph.reader(TENANT).ask(vec![Ask::RoleHolders { role: ROLE }]).await.remove(0);
    let held = answer.unwrap().roles().unwrap();
    let units: Vec<Option<Uuid>> = held.iter().map(RoleAssignment::unit).collect();
    assert_eq!(units, [None, Some(UNIT), None, None]);
    assert_eq!((held[0].principal, held[0].role, held[0].scope.as_str()), (USER, ROLE, "/"));
    let filter = format!("{BASE}?$filter=roleDefinitionId%20eq%20'{ROLE}'");
    assert_eq!(world.service.seen()[0].uri, filter);
}

/// An answer of the login service with a token that says this.
fn token(claims: &Value) -> Say {
    let token = format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims.to_string()));
    Say::Json(200, json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": token }))
}

#[tokio::test(start_paused = true)]
async fn a_token_says_what_our_app_may_or_nothing() {
    let cases = [
        (json!({ "tid": TENANT, "roles": ["User.Read.All", "A.B"] }), Some(true)),
        (json!({ "tid": TENANT, "roles": ["User.Read.All"] }), Some(false)),
        (json!({ "tid": TENANT }), Some(false)),
        (json!({ "of": GROUP }), None),
    ];
    for (claims, expected) in cases {
        let world = World::new(vec![]);
        world.service.logins(vec![token(&claims)]);
        assert_eq!(world.graph.reader(TENANT).may("A.B").await, Ok(expected), "{claims}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_permission_given_since_is_seen_with_a_token_of_five_minutes() {
    let world = World::new(vec![]);
    let without = json!({ "tid": TENANT, "roles": [] });
    world.service.logins(vec![token(&without), token(&json!({ "tid": TENANT, "roles": ["A.B"] }))]);
    let reader = world.graph.reader(TENANT);
    assert_eq!(reader.may("A.B").await, Ok(Some(false)));
    world.clock.sleep(Duration::from_secs(299)).await;
    assert_eq!(reader.may("A.B").await, Ok(Some(false)), "a fresh token would say the same");
    world.clock.sleep(Duration::from_secs(1)).await;
    assert_eq!(reader.may("A.B").await, Ok(Some(true)));
}
