//! Reading: pages, deltas, batches, and answers that must not be believed.

use crate::graph::{
    Answer, Ask, DELTA_IDS_MAX, DeltaFrom, GroupChange, MAILS_MAX, MemberChange, ObjectKind, PAGES_MAX, Removed,
};
use crate::testing::{GROUP, Say, TENANT, USER, World, batch, error, sample};
use crate::{Error, Kind};
use serde_json::{Value, json};
use uuid::Uuid;

const BASE: &str = "https://graph.microsoft.com/v1.0";

fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

async fn ask(world: &World, ask: Ask) -> Result<Answer, Error> {
    world.graph.reader(TENANT).ask(vec![ask]).await.remove(0)
}

async fn answer(script: Vec<Say>, question: Ask) -> Result<Answer, Error> {
    ask(&World::new(script), question).await
}

fn page(items: Value, next: &str) -> Say {
    Say::Json(200, json!({ "value": items, "@odata.nextLink": next }))
}

#[tokio::test(start_paused = true)]
async fn a_guest_is_read_with_all_that_tells_who_it_is() {
    let script = vec![Say::Json(200, sample!("user-guest-accepted-200"))];
    let user = answer(script, Ask::User { id: USER }).await.unwrap().user().unwrap().unwrap();
    assert_eq!(user.id, id("11111111-1111-4111-8111-111111111101"));
    assert_eq!(user.mail.as_deref(), Some("alice@contoso.com"));
    assert_eq!(user.external_user_state.as_deref(), Some("Accepted"));
    assert_eq!(user.created, Some("2026-11-20T10:15:02Z".parse().unwrap()));
    assert_eq!(user.identities[0].issuer.as_deref(), Some("ExternalAzureAD"));
    assert!(user.is_external());
}

#[tokio::test(start_paused = true)]
async fn a_listing_is_followed_to_its_end_through_an_empty_page() {
    let first = sample!("group-members-page-200");
    let next = first["@odata.nextLink"].as_str().unwrap().to_owned();
    let last = json!({ "value": [{ "@odata.type": "#microsoft.graph.orgContact", "id": USER }] });
    let world = World::new(vec![Say::Json(200, first), page(json!([]), &format!("{BASE}/next")), Say::Json(200, last)]);
    let members = ask(&world, Ask::GroupMembers { group: GROUP }).await.unwrap().members().unwrap();
    let kinds: Vec<_> = members.iter().map(|member| member.kind.clone()).collect();
    let contact = ObjectKind::Other("#microsoft.graph.orgContact".to_owned());
    assert_eq!(kinds, [ObjectKind::User, ObjectKind::User, ObjectKind::Group, contact]);
    let outsiders: Vec<_> = members.iter().map(|member| member.outsider.is_some()).collect();
    assert_eq!(outsiders, [true, false, false, false]);
    let uris: Vec<_> = world.service.seen().iter().map(|seen| seen.uri.clone()).collect();
    assert_eq!(uris[1..], [next, format!("{BASE}/next")]);
}

#[tokio::test(start_paused = true)]
async fn a_link_to_anywhere_else_is_not_followed() {
    let foreign = [
        "https://evil.example/v1.0/users",
        "https://graph.microsoft.com.evil.example/v1.0/users",
        "http://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com/beta/users",
        "https://graph.microsoft.com/v1.0/../beta/users",
        "https://graph.microsoft.com/v1.0",
        "/v1.0/users",
    ];
    for link in foreign {
        let world = World::new(vec![page(json!([]), link)]);
        let failed = ask(&world, Ask::GroupMembers { group: GROUP }).await.unwrap_err();
        assert_eq!((failed.kind, world.service.seen().len()), (Kind::Garbled, 1), "{link}");
        // Neither as a new delta link, nor as a stored one.
        let script = vec![Say::Json(200, json!({ "value": [], "@odata.deltaLink": link }))];
        let start = Ask::GroupsDelta(DeltaFrom::Start { ids: vec![GROUP] });
        assert_eq!(answer(script, start).await.unwrap_err().kind, Kind::Garbled, "{link}");
        let stored = Ask::GroupsDelta(DeltaFrom::Link(link.to_owned()));
        assert_eq!(answer(vec![], stored).await.unwrap_err().kind, Kind::Garbled, "{link}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_have_so_many_pages_and_no_more() {
    let pages = |count| vec![page(json!([]), &format!("{BASE}/again")); count as usize];
    let last = Say::Json(200, json!({ "value": [] }));
    let whole = pages(PAGES_MAX - 1).into_iter().chain([last]).collect();
    assert_eq!(answer(whole, Ask::GroupOwners { group: GROUP }).await.unwrap(), Answer::Memberships(vec![]));
    let failed = answer(pages(PAGES_MAX), Ask::GroupOwners { group: GROUP }).await.unwrap_err();
    assert_eq!(failed.kind, Kind::Garbled);
}

#[tokio::test(start_paused = true)]
async fn a_listing_whose_page_expired_starts_again_once() {
    let expired = || error(400, "Directory_ExpiredPageToken", "The specified page token value has expired.");
    let owner = |at: u128| json!([{ "@odata.type": "#microsoft.graph.user", "id": Uuid::from_u128(at) }]);
    let first = |at| page(owner(at), &format!("{BASE}/next"));
    let script = vec![first(1), expired(), first(1), Say::Json(200, json!({ "value": owner(2) }))];
    let owners = answer(script, Ask::GroupOwners { group: GROUP }).await.unwrap().memberships().unwrap();
    assert_eq!(owners.iter().map(|owner| owner.id).collect::<Vec<_>>(), [Uuid::from_u128(1), Uuid::from_u128(2)]);

    let script = vec![first(1), expired(), first(1), expired()];
    assert_eq!(answer(script, Ask::GroupOwners { group: GROUP }).await.unwrap_err().kind, Kind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_understood_is_an_error_that_names_the_place() {
    let table = [
        (Say::Json(200, json!({ "values": [] })), "list at value"),
        (Say::Json(200, json!({ "value": [{ "id": USER }] })), "text at value[0].@odata.type"),
        (
            Say::Json(200, json!({ "value": [{ "@odata.type": "#microsoft.graph.user", "id": "7" }] })),
            "GUID at value[0].id",
        ),
        (
            Say::Json(
                200,
                json!({ "value": [{
                "@odata.type": "#microsoft.graph.user", "id": USER, "identities": [{}, { "issuer": 1 }],
            }] }),
            ),
            "text at value[0].identities[1].issuer",
        ),
        (Say::Text(200, "{\"value\": [{\"id\":"), "not JSON, or is cut off"),
        (Say::Text(200, "<html>sign in</html>"), "not JSON"),
        (Say::Text(404, "<html>not here</html>"), "not JSON"),
    ];
    for (say, place) in table {
        let failed = answer(vec![say], Ask::GroupMembers { group: GROUP }).await.unwrap_err();
        assert_eq!(failed.kind, Kind::Garbled, "{failed}");
        assert!(failed.message.contains(place), "{failed}");
    }
}

#[tokio::test(start_paused = true)]
async fn absence_is_an_answer_only_where_one_object_was_asked_for_and_the_service_says_so() {
    let missing = || vec![Say::Json(404, sample!("error-404-not-found"))];
    let named = id("11111111-1111-4111-8111-111111111103");
    assert_eq!(answer(missing(), Ask::User { id: USER }).await.unwrap(), Answer::Absent);
    assert_eq!(answer(missing(), Ask::Group { id: GROUP }).await.unwrap().group().unwrap(), None);
    let failed = answer(missing(), Ask::GroupMembers { group: GROUP }).await.unwrap_err();
    assert_eq!((failed.kind, failed.status), (Kind::Missing { id: Some(named) }, Some(404)));
    let proxy = vec![error(404, "NoSuchRoute", "")];
    assert_eq!(answer(proxy, Ask::User { id: USER }).await.unwrap_err().kind, Kind::Refused);
    let device = json!({ "@odata.type": "#microsoft.graph.application", "id": USER });
    let script = vec![Say::Json(200, device)];
    assert_eq!(answer(script, Ask::DeletedUser { id: USER }).await.unwrap(), Answer::Absent);
}

#[tokio::test(start_paused = true)]
async fn a_delta_round_merges_its_pages_and_ends_with_the_link() {
    let (first, second) = (sample!("groups-delta-page-200"), sample!("groups-delta-changes-200"));
    let link = second["@odata.deltaLink"].as_str().unwrap().to_owned();
    let world = World::new(vec![Say::Json(200, first), Say::Json(200, second)]);
    let start = Ask::GroupsDelta(DeltaFrom::Start { ids: vec![GROUP, USER] });
    let round = ask(&world, start).await.unwrap().groups().unwrap();
    let (engineers, helpdesk) =
        (id("22222222-2222-4222-8222-222222222201"), id("22222222-2222-4222-8222-222222222202"));
    let change = |text: &str, kind, removed| MemberChange { id: id(text), kind, removed };
    let members = vec![
        change("11111111-1111-4111-8111-111111111101", ObjectKind::User, false),
        change("11111111-1111-4111-8111-111111111102", ObjectKind::User, true),
        change("11111111-1111-4111-8111-111111111103", ObjectKind::User, false),
        change("22222222-2222-4222-8222-222222222203", ObjectKind::Group, false),
    ];
    let name = |name: &str| Some(name.to_owned());
    let removed = Some(Removed::Deleted);
    let wanted = [
        GroupChange { id: engineers, removed: None, display_name: name("MSP Engineers"), members },
        GroupChange { id: helpdesk, removed, display_name: name("MSP Helpdesk"), members: vec![] },
    ];
    assert_eq!(round.changes, wanted);
    assert_eq!(round.link, link);
    let uri = &world.service.seen()[0].uri;
    let filter = format!("$filter=id%20eq%20'{GROUP}'%20or%20id%20eq%20'{USER}'");
    assert_eq!(*uri, format!("{BASE}/groups/delta?$select=id,displayName,members&{filter}"));

    let round =
        answer(vec![Say::Json(200, sample!("groups-delta-unchanged-200"))], Ask::GroupsDelta(DeltaFrom::Link(link)));
    assert!(round.await.unwrap().groups().unwrap().changes.is_empty());
    let endless = vec![Say::Json(200, json!({ "value": [] }))];
    assert_eq!(answer(endless, Ask::UsersDelta(DeltaFrom::Latest)).await.unwrap_err().kind, Kind::Garbled);
}

#[tokio::test(start_paused = true)]
async fn users_in_a_delta_are_disabled_deleted_or_gone() {
    let script = vec![Say::Json(200, sample!("users-delta-changes-200"))];
    let link = format!("{BASE}/users/delta?$deltatoken=1");
    let round = answer(script, Ask::UsersDelta(DeltaFrom::Link(link))).await.unwrap().users().unwrap();
    let found: Vec<_> = round.changes.iter().map(|user| (user.account_enabled, user.removed)).collect();
    assert_eq!(found, [(Some(false), None), (None, Some(Removed::Changed)), (None, Some(Removed::Deleted))]);
}

#[tokio::test(start_paused = true)]
async fn an_expired_delta_link_is_told_from_other_refusals() {
    let stored = || Ask::GroupsDelta(DeltaFrom::Link(format!("{BASE}/groups/delta?$deltatoken=1")));
    let expired = [
        Say::Json(410, sample!("error-410-delta-expired")),
        Say::Text(410, ""),
        error(400, "syncStateNotFound", ""),
        error(404, "SyncStateNotFound", ""),
        error(400, "resyncRequired", ""),
        error(400, "Directory_ExpiredPageToken", ""),
        error(404, "UnknownError", ""),
    ];
    for say in expired {
        let failed = answer(vec![say], stored()).await.unwrap_err();
        assert_eq!(failed.kind, Kind::DeltaExpired, "{failed}");
    }
    for say in [error(400, "Request_BadRequest", ""), error(403, "UnknownError", "")] {
        assert_ne!(answer(vec![say], stored()).await.unwrap_err().kind, Kind::DeltaExpired);
    }
}

#[tokio::test(start_paused = true)]
async fn questions_beyond_the_services_limits_are_not_sent() {
    let ids = |count| Ask::GroupsDelta(DeltaFrom::Start { ids: vec![GROUP; count] });
    let mails = |count| Ask::UsersByMail { mails: vec!["o'brien+x@contoso.com".to_owned(); count] };
    let delta = || vec![Say::Json(200, sample!("groups-delta-unchanged-200"))];
    let none = || vec![Say::Json(200, json!({ "value": [] }))];
    assert!(answer(delta(), ids(DELTA_IDS_MAX)).await.is_ok());
    for question in [ids(0), ids(DELTA_IDS_MAX + 1), mails(0), mails(MAILS_MAX + 1)] {
        assert_eq!(answer(vec![], question).await.unwrap_err().kind, Kind::Refused);
    }
    let latest = Ask::GroupsDelta(DeltaFrom::Latest);
    assert_eq!(answer(vec![], latest).await.unwrap_err().kind, Kind::Refused);
    let world = World::new(none());
    ask(&world, mails(MAILS_MAX)).await.unwrap();
    let seen = &world.service.seen()[0];
    let literal = "'o''brien%2Bx@contoso.com'";
    let clause = format!("mail%20eq%20{literal}%20or%20otherMails/any(m:m%20eq%20{literal})%20or%20mail");
    assert!(seen.uri.contains(&clause) && seen.uri.ends_with("&$count=true"), "{}", seen.uri);
    assert_eq!(seen.header("consistencylevel"), "eventual");
}

#[tokio::test(start_paused = true)]
async fn many_questions_share_round_trips_and_fail_alone() {
    let user = |at: u128| json!({ "id": Uuid::from_u128(at) });
    let people = |next: Option<&str>| match next {
        Some(next) => json!({ "value": [user(7)], "@odata.nextLink": format!("{BASE}{next}") }),
        None => json!({ "value": [user(8)] }),
    };
    let denied = json!({ "error": { "code": "Authorization_RequestDenied", "message": "no" } });
    let first =
        batch(vec![(3, 403, denied), (2, 200, people(Some("/b"))), (0, 200, user(1)), (1, 200, people(Some("/a")))]);
    let world = World::new(vec![first, batch(vec![(1, 200, people(None)), (0, 200, people(None))])]);
    let everybody = |group| Ask::TransitiveUsers { group };
    let asks = vec![Ask::User { id: USER }, everybody(GROUP), everybody(USER), Ask::Unit { id: GROUP }];
    let answers = world.graph.reader(TENANT).ask(asks).await;
    assert_eq!(answers[0].clone().unwrap().user().unwrap().unwrap().id, Uuid::from_u128(1));
    assert_eq!(answers[1].clone().unwrap().people().unwrap().len(), 2);
    assert_eq!(answers[2].clone().unwrap().people().unwrap().len(), 2);
    let failed = answers[3].clone().unwrap_err();
    assert_eq!(failed.kind, Kind::Forbidden { permission: "AdministrativeUnit.Read.All" });

    let seen = world.service.seen();
    assert!(seen.len() == 2 && seen.iter().all(|seen| seen.uri == format!("{BASE}/$batch")));
    // The pages' headers are sent again with every page, and the links are written as a batch wants them.
    let second = &seen[1].body["requests"];
    assert_eq!((&second[0]["url"], &second[1]["url"]), (&json!("/a"), &json!("/b")));
    assert_eq!(second[0]["headers"], json!({ "ConsistencyLevel": "eventual" }));
    assert_ne!(seen[0].header("client-request-id"), seen[1].header("client-request-id"));
}

#[tokio::test(start_paused = true)]
async fn twenty_questions_go_in_one_round_trip_and_one_more_takes_another() {
    let user = |at: usize| (at, 200, json!({ "id": Uuid::from_u128(at as u128) }));
    let alone = Say::Json(200, json!({ "id": Uuid::from_u128(20) }));
    let world = World::new(vec![batch((0..20).rev().map(user).collect()), alone]);
    let answers = world.graph.reader(TENANT).ask(vec![Ask::User { id: USER }; 21]).await;
    for (at, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap().user().unwrap().unwrap().id, Uuid::from_u128(at as u128));
    }
    assert_eq!(world.service.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_refused_as_a_whole_makes_nothing_absent() {
    let world = World::new(vec![Say::Json(404, sample!("error-404-not-found"))]);
    let asks = vec![Ask::User { id: USER }, Ask::Group { id: GROUP }];
    for answer in world.graph.reader(TENANT).ask(asks).await {
        assert_eq!(answer.unwrap_err().kind, Kind::Refused);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_another_tenant_is_not_believed() {
    let script = vec![Say::Json(200, json!({ "value": [{ "id": USER }] }))];
    assert_eq!(answer(script, Ask::Organization).await.unwrap_err().kind, Kind::WrongTenant);
}

#[tokio::test(start_paused = true)]
async fn a_policys_exclusions_are_its_ids() {
    let users = json!({ "excludeGroups": [GROUP], "excludeUsers": [USER, "GuestsOrExternalUsers"] });
    let policy = json!({ "id": USER, "state": "enabled", "conditions": { "users": users } });
    let script = vec![Say::Json(200, json!({ "value": [policy] }))];
    let policies = answer(script, Ask::ConditionalAccessPolicies).await.unwrap().policies().unwrap();
    assert_eq!((&policies[0].exclude_groups, &policies[0].exclude_users), (&vec![GROUP], &vec![USER]));
}
