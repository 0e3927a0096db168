//! Writing: the last guards, and what each end means.

use crate::graph::{BIND_MAX, BINDS_IN_BATCH_MAX, Done, SAME_GROUP_MAX, Write};
use crate::testing::{GROUP, Say, TENANT, USER, World, batch, error, sample};
use crate::{Error, Kind};
use outside::TransportError;
use serde_json::{Value, json};
use uuid::Uuid;

const EXISTING: Uuid = Uuid::from_u128(0x11111111_1111_4111_8111_111111111102);
const MISSING: Uuid = Uuid::from_u128(0x11111111_1111_4111_8111_111111111103);

fn add(users: usize) -> Write {
    Write::AddMembers { group: GROUP, users: (0..users as u128).map(|at| Uuid::from_u128(0x100 + at)).collect() }
}

fn remove() -> Write {
    Write::RemoveMember { group: GROUP, user: USER }
}

fn invite() -> Write {
    let (mail, redirect_url) = ("alice@contoso.com".to_owned(), "https://myapps.microsoft.com".to_owned());
    Write::Invite { mail, display_name: Some("Alice Archer".to_owned()), redirect_url, send_mail: true }
}

fn create() -> Write {
    let text = |text: &str| text.to_owned();
    Write::CreateGroup { display_name: text("A"), description: text("B"), unique_name: text("gatehouse-a") }
}

fn nothing() -> Say {
    Say::Json(204, Value::Null)
}

async fn send(script: Vec<Say>, write: Write) -> Result<Done, Error> {
    World::new(script).writer().send(vec![write]).await.remove(0)
}

#[tokio::test(start_paused = true)]
async fn each_write_is_the_request_that_the_service_documents() {
    let (unit, user) = (GROUP, USER);
    let reference = format!("https://graph.microsoft.com/v1.0/directoryObjects/{}", Uuid::from_u128(0x100));
    let object = format!("https://graph.microsoft.com/v1.0/directoryObjects/{USER}");
    let second = format!("https://graph.microsoft.com/v1.0/directoryObjects/{}", Uuid::from_u128(0x101));
    let invitation = json!({
        "invitedUserEmailAddress": "alice@contoso.com", "inviteRedirectUrl": "https://myapps.microsoft.com",
        "sendInvitationMessage": true, "invitedUserDisplayName": "Alice Archer",
    });
    let group = json!({
        "displayName": "A", "description": "B", "uniqueName": "gatehouse-a", "mailNickname": "gatehousea",
        "mailEnabled": false, "securityEnabled": true, "groupTypes": [],
    });
    let in_unit = format!("/directory/administrativeUnits/{unit}/members");
    let table = [
        (invite(), "POST", "/invitations".to_owned(), invitation),
        (add(1), "POST", format!("/groups/{GROUP}/members/$ref"), json!({ "@odata.id": reference })),
        (add(2), "PATCH", format!("/groups/{GROUP}"), json!({ "members@odata.bind": [reference, second] })),
        (remove(), "DELETE", format!("/groups/{GROUP}/members/{USER}/$ref"), Value::Null),
        (Write::AddToUnit { unit, user }, "POST", format!("{in_unit}/$ref"), json!({ "@odata.id": object })),
        (Write::RemoveFromUnit { unit, user }, "DELETE", format!("{in_unit}/{USER}/$ref"), Value::Null),
        (
            Write::SetEnabled { user, enabled: false },
            "PATCH",
            format!("/users/{USER}"),
            json!({ "accountEnabled": false }),
        ),
        (Write::RevokeSessions { user }, "POST", format!("/users/{USER}/revokeSignInSessions"), Value::Null),
        (Write::DeleteUser { user }, "DELETE", format!("/users/{USER}"), Value::Null),
        (Write::RestoreUser { user }, "POST", format!("/directory/deletedItems/{USER}/restore"), Value::Null),
        (create(), "POST", "/groups".to_owned(), group),
    ];
    for (write, method, path, body) in table {
        let world = World::new(vec![Say::Json(200, json!({ "id": USER, "invitedUser": { "id": USER } }))]);
        world.writer().send(vec![write]).await.remove(0).unwrap();
        let seen = world.service.seen().remove(0);
        assert_eq!((seen.method.as_str(), seen.uri), (method, format!("https://graph.microsoft.com/v1.0{path}")));
        assert_eq!(seen.body, body);
    }
}

#[tokio::test(start_paused = true)]
async fn a_protected_object_is_never_written_whatever_the_write() {
    let (group, unit, user) = (GROUP, GROUP, USER);
    let bunch = Write::AddMembers { group, users: vec![EXISTING, USER] };
    let writes = vec![
        bunch,
        remove(),
        Write::AddToUnit { unit, user },
        Write::RemoveFromUnit { unit, user },
        Write::SetEnabled { user, enabled: true },
        Write::RevokeSessions { user },
        Write::DeleteUser { user },
        Write::RestoreUser { user },
    ];
    let world = World::new(vec![]);
    for outcome in world.writer_with(&[USER], u32::MAX).send(writes).await {
        assert_eq!(outcome.unwrap_err().kind, Kind::Protected);
    }
    assert_eq!(world.service.seen().len(), 0);

    // Others of the same call go ahead, and keep their places.
    let world = World::new(vec![nothing()]);
    let outcomes = world.writer_with(&[USER], u32::MAX).send(vec![remove(), add(1)]).await;
    assert!(outcomes[0].is_err() && outcomes[1] == Ok(Done::Done));
}

#[tokio::test(start_paused = true)]
async fn one_write_adds_up_to_twenty_users_each_once() {
    assert_eq!(send(vec![nothing()], add(BIND_MAX)).await, Ok(Done::Done));
    let twice = Write::AddMembers { group: GROUP, users: vec![USER, EXISTING, USER] };
    for write in [add(0), add(BIND_MAX + 1), twice] {
        assert_eq!(send(vec![], write).await.unwrap_err().kind, Kind::Refused);
    }
}

/// How many requests each round trip carries when all succeed.
async fn round_trips(writes: Vec<Write>, sizes: &[usize]) {
    let done = |&size: &usize| match size {
        1 => nothing(),
        size => batch((0..size).map(|id| (id, 204, Value::Null)).collect()),
    };
    let world = World::new(sizes.iter().map(done).collect());
    let outcomes = world.writer().send(writes).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Ok(Done::Done)), "{outcomes:?}");
    let requests = |body: &Value| body["requests"].as_array().map_or(1, Vec::len);
    let sent: Vec<usize> = world.service.seen().iter().map(|seen| requests(&seen.body)).collect();
    assert_eq!(sent, sizes);
}

#[tokio::test(start_paused = true)]
async fn a_batch_holds_twenty_writes_and_five_to_the_same_group_and_five_bunches() {
    let elsewhere = |at: usize| Write::RemoveMember { group: Uuid::from_u128(0x900 + at as u128), user: USER };
    let bunch =
        |at: usize| Write::AddMembers { group: Uuid::from_u128(0x900 + at as u128), users: vec![USER, EXISTING] };
    round_trips((0..20).map(elsewhere).collect(), &[20]).await;
    round_trips((0..21).map(elsewhere).collect(), &[20, 1]).await;
    round_trips(vec![remove(); SAME_GROUP_MAX], &[5]).await;
    round_trips(vec![remove(); SAME_GROUP_MAX + 1], &[5, 1]).await;
    round_trips((0..BINDS_IN_BATCH_MAX).map(bunch).collect(), &[5]).await;
    round_trips((0..BINDS_IN_BATCH_MAX + 1).map(bunch).collect(), &[5, 1]).await;
    // What cannot go now does not hold up what can.
    let mixed = vec![remove(); 7].into_iter().chain((0..14).map(elsewhere)).collect();
    round_trips(mixed, &[19, 2]).await;
}

#[tokio::test(start_paused = true)]
async fn a_batchs_items_end_each_by_itself() {
    let removed = |number: u128| Write::RemoveMember { group: GROUP, user: Uuid::from_u128(number) };
    // The sample numbers its items from 1, as it may: only the id counts.
    let mut answers = sample!("batch-200-with-429");
    for item in answers["responses"].as_array_mut().unwrap() {
        let number: usize = item["id"].as_str().unwrap().parse().unwrap();
        item["id"] = (number - 1).to_string().into();
    }
    let world = World::new(vec![Say::Json(200, answers), nothing()]);
    let writes = vec![removed(1), add(1), removed(3), removed(4), removed(5)];
    let outcomes = world.writer().send(writes).await;
    assert_eq!(outcomes[0], Ok(Done::Done));
    assert_eq!(outcomes[1], Ok(Done::AlreadyThere));
    assert_eq!(outcomes[2], Ok(Done::Done), "throttled, and sent again by itself");
    assert_eq!(outcomes[3], Ok(Done::Done));
    assert_eq!(outcomes[4].as_ref().unwrap_err().kind, Kind::Refused);
    let seen = world.service.seen();
    assert!(seen[1].uri.contains(&Uuid::from_u128(3).to_string()) && seen[1].at.as_secs() >= 10);
}

#[tokio::test(start_paused = true)]
async fn what_is_there_already_is_ours_only_after_an_attempt_of_ours() {
    let there = || Say::Json(400, sample!("error-400-duplicate-member"));
    let not_there = || Say::Json(400, sample!("error-400-remove-non-member"));
    let missing = || Say::Json(404, sample!("error-404-not-found"));
    let unwell = || error(503, "ServiceUnavailable", "");
    let lost = || Say::Fail(TransportError::Interrupted("reset".to_owned()));
    let unsent = || Say::Fail(TransportError::NeverSent("no route".to_owned()));
    let user = USER;
    let table = [
        (vec![there()], add(1), Ok(Done::AlreadyThere)),
        (vec![unsent(), there()], add(1), Ok(Done::AlreadyThere)),
        (vec![unwell(), there()], add(1), Ok(Done::Done)),
        (vec![lost(), there()], add(1), Ok(Done::Done)),
        (vec![error(429, "TooManyRequests", ""), there()], add(1), Ok(Done::Done)),
        (vec![there()], add(2), Err(Kind::Conflict)),
        (vec![lost(), there()], add(2), Err(Kind::Unclear)),
        (vec![not_there()], remove(), Ok(Done::NotThere)),
        (vec![missing()], remove(), Ok(Done::NotThere)),
        (vec![lost(), not_there()], remove(), Ok(Done::Done)),
        (vec![missing()], Write::RemoveMember { group: MISSING, user }, Err(Kind::Missing { id: Some(MISSING) })),
        (vec![missing()], add(1), Err(Kind::Missing { id: Some(MISSING) })),
        (vec![missing()], Write::DeleteUser { user }, Ok(Done::NotThere)),
        (vec![missing()], Write::RestoreUser { user }, Err(Kind::Missing { id: Some(MISSING) })),
        (vec![lost(), missing()], Write::RestoreUser { user }, Ok(Done::Done)),
        (vec![missing()], Write::SetEnabled { user, enabled: true }, Err(Kind::Missing { id: Some(MISSING) })),
        (vec![lost(), missing()], Write::SetEnabled { user, enabled: true }, Err(Kind::Unclear)),
    ];
    for (at, (script, write, wanted)) in table.into_iter().enumerate() {
        let found = send(script, write.clone()).await.map_err(|error| error.kind);
        assert_eq!(found, wanted, "row {at}: {write:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn refused_invitations_are_about_the_address_or_about_the_tenant() {
    let refused = |existing| Kind::InvitationRefused { existing };
    let denied = Kind::Forbidden { permission: "User.Invite.All" };
    let table = [
        (400, sample!("error-400-invitation-internal-user"), refused(Some(EXISTING))),
        (400, sample!("error-400-invitation-verified-domain"), refused(None)),
        (400, sample!("error-400-invitation-group-address"), refused(None)),
        (400, sample!("error-400-invitation-domain-blocked"), refused(None)),
        (400, sample!("error-400-invitation-cross-tenant-blocked"), refused(None)),
        (403, sample!("error-400-invitation-cross-tenant-blocked"), refused(None)),
        (403, sample!("error-403-invitation-not-allowed"), denied.clone()),
        (403, sample!("error-403-denied"), denied),
        (403, sample!("error-403-invitation-suspicious-activity"), Kind::InvitationsBlocked),
    ];
    for (status, body, wanted) in table {
        assert_eq!(send(vec![Say::Json(status, body)], invite()).await.unwrap_err().kind, wanted);
    }
    let guest = "11111111-1111-4111-8111-111111111101".parse().unwrap();
    let done = send(vec![Say::Json(201, sample!("invitation-201"))], invite()).await;
    assert_eq!(done, Ok(Done::Invited { guest, status: "PendingAcceptance".to_owned() }));
    // Made, but whom?
    let done = send(vec![Say::Text(201, "{\"invitedUser\": {")], invite()).await;
    assert_eq!(done.unwrap_err().kind, Kind::Unclear);
}

#[tokio::test(start_paused = true)]
async fn a_success_with_an_error_in_its_body_may_have_happened_or_not() {
    let answer = || vec![Say::Json(200, json!({ "error": { "code": "UnknownError", "message": "" } }))];
    for write in [remove(), add(1), Write::RestoreUser { user: USER }, Write::SetEnabled { user: USER, enabled: false }]
    {
        assert_eq!(send(answer(), write.clone()).await.unwrap_err().kind, Kind::Unclear, "{write:?}");
    }
    let restored = vec![Say::Json(200, json!({ "id": USER }))];
    assert_eq!(send(restored, Write::RestoreUser { user: USER }).await, Ok(Done::Done));
}

#[tokio::test(start_paused = true)]
async fn after_a_block_no_other_invitation_is_sent_but_other_writes_are() {
    let blocked = sample!("error-403-invitation-suspicious-activity");
    let first = batch((0..20).map(|id| (id, 403, blocked.clone())).collect());
    let world = World::new(vec![first, nothing()]);
    let writes: Vec<Write> = (0..25).map(|_| invite()).chain([remove()]).collect();
    let outcomes = world.writer().send(writes).await;
    for outcome in &outcomes[..25] {
        assert_eq!(outcome.as_ref().unwrap_err().kind, Kind::InvitationsBlocked);
    }
    assert_eq!(outcomes[25], Ok(Done::Done));
    assert_eq!(world.service.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_any_more_has_not_happened() {
    let lost = || Say::Fail(TransportError::TimedOut(std::time::Duration::from_secs(8)));
    let elsewhere = |at: u128| Write::RemoveMember { group: Uuid::from_u128(0x900 + at), user: USER };
    let world = World::new(vec![lost(); 5]);
    let outcomes = world.writer().send((0..21).map(elsewhere).collect()).await;
    assert!(outcomes[..20].iter().all(|outcome| outcome.as_ref().unwrap_err().kind == Kind::Unclear));
    assert_eq!(outcomes[20].as_ref().unwrap_err().kind, Kind::NeverSent);
    assert_eq!(world.service.seen().len(), 5);

    // One busy group does not stop the writes to others.
    let busy = json!({ "error": { "code": "Directory_ConcurrencyViolation" } });
    let all_busy = batch((0..5).map(|id| (id, 503, busy.clone())).collect());
    let bunches = (0..BINDS_IN_BATCH_MAX)
        .map(|_| add(2))
        .chain([Write::AddMembers { group: EXISTING, users: vec![USER, GROUP] }]);
    let world = World::new(vec![all_busy; 5].into_iter().chain([nothing()]).collect());
    let outcomes = world.writer().send(bunches.collect()).await;
    assert_eq!(outcomes[0].as_ref().unwrap_err().kind, Kind::Unclear);
    assert_eq!(outcomes[5], Ok(Done::Done));
}

#[tokio::test(start_paused = true)]
async fn a_group_with_the_same_unique_name_is_a_conflict() {
    let text = "A conflicting object with one or more of the specified property values is present in the directory.";
    let failed = send(vec![error(400, "Request_BadRequest", text)], create()).await.unwrap_err();
    assert_eq!(failed.kind, Kind::Conflict);
    let done = send(vec![Say::Json(201, json!({ "id": GROUP }))], create()).await;
    assert_eq!(done, Ok(Done::Created { id: GROUP }));
}

#[tokio::test(start_paused = true)]
async fn an_error_says_what_failed_where_and_what_to_do() {
    let failed = send(vec![Say::Json(400, sample!("error-400-on-premises-mastered"))], add(1)).await.unwrap_err();
    let user = Uuid::from_u128(0x100);
    let wanted = format!(
        "could not add user {user} to group {GROUP} in tenant {TENANT}: 400 Request_BadRequest: Unable to update the \
         specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration. \
         (request-id 99999999-0000-4000-8000-000000000004); the request will be refused again as it is"
    );
    assert_eq!(failed.to_string(), wanted);
}
