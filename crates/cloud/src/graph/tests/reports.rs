//! Sign-ins and audits.

use crate::graph::{ACCOUNTS_MAX, Answer, Ask, REPORT_PAGES_MAX, SignIn};
use crate::testing::{GROUP, Say, TENANT, USER, World, sample};
use crate::{Error, Kind};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

const BASE: &str = "https://graph.microsoft.com/v1.0/auditLogs";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn sign_ins(users: Vec<Uuid>, names: &[&str]) -> Ask {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Ask::SignIns { users, names, since: at("2026-11-20T09:00:00Z"), until: at("2026-11-20T10:00:00Z") }
}

async fn ask(world: &World, ask: Ask) -> Result<Answer, Error> {
    world.graph.reader(TENANT).ask(vec![ask]).await.remove(0)
}

fn entry(number: u32) -> Value {
    json!({ "id": number.to_string(), "createdDateTime": "2026-11-20T09:30:00Z" })
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_says_who_when_from_where_into_what_and_whether_it_worked() {
    let world = World::new(vec![Say::Json(200, sample!("signins-200"))]);
    let names = ["BG-01@Contoso.onmicrosoft.com", "o'neil@contoso.com"];
    let report = ask(&world, sign_ins(vec![USER], &names)).await.unwrap().sign_ins().unwrap();
    let found = SignIn {
        id: "5a1c7f0e-93d2-4a55-9a6e-0c1b2d3e4f50".to_owned(),
        at: at("2026-11-20T02:38:41Z"),
        user: Some("b1ea0001-1111-4a7b-8c2d-000000000001".parse().unwrap()),
        name: Some("bg-01@examplecorp.onmicrosoft.com".to_owned()),
        error_code: Some(0),
        reason: Some("Other.".to_owned()),
        details: None,
        ip: Some("203.0.113.77".to_owned()),
        place: Some("Oslo, NO".to_owned()),
        app: Some("Azure Portal".to_owned()),
        resource: Some("Windows Azure Service Management API".to_owned()),
        client: Some("Browser".to_owned()),
        device: Some("Edge 130.0.0, Windows10".to_owned()),
        interactive: Some(true),
        conditional_access: Some("notApplied".to_owned()),
        correlation: Some("c0441a00-0001-4000-8000-000000000001".to_owned()),
    };
    assert_eq!((report.entries, report.whole), (vec![found], true));
    let whose = format!(
        "userId%20eq%20'{USER}'%20or%20userPrincipalName%20eq%20'bg-01@contoso.onmicrosoft.com'\
         %20or%20userPrincipalName%20eq%20'o''neil@contoso.com'"
    );
    let times = "createdDateTime%20ge%202026-11-20T09:00:00Z%20and%20createdDateTime%20le%202026-11-20T10:00:00Z";
    assert_eq!(world.service.seen()[0].uri, format!("{BASE}/signIns?$filter={times}%20and%20({whose})&$top=200"));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_before_the_account_was_found_has_no_user() {
    for id in [json!(""), json!("00000000-0000-0000-0000-000000000000"), Value::Null, json!("bg-01")] {
        let mut bare = entry(1);
        bare["userId"] = id.clone();
        let world = World::new(vec![Say::Json(200, json!({ "value": [bare] }))]);
        let report = ask(&world, sign_ins(vec![USER], &[])).await.unwrap().sign_ins().unwrap();
        assert_eq!((report.entries[0].user, report.entries[0].error_code), (None, None), "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_names_at_least_one_account_and_so_many_at_most() {
    for (users, names, fits) in [(1, 0, true), (ACCOUNTS_MAX - 1, 1, true), (ACCOUNTS_MAX, 1, false), (0, 0, false)] {
        let world = World::new(vec![Say::Json(200, json!({ "value": [] }))]);
        let answer = ask(&world, sign_ins(vec![USER; users], &vec!["a@b.example"; names])).await;
        assert_eq!(answer.is_ok(), fits, "{users} and {names}");
        assert_eq!(world.service.seen().len(), usize::from(fits));
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_entries_leaves_the_newest_and_is_said_to_be_cut() {
    let page = |number| Say::Json(200, json!({ "value": [entry(number)], "@odata.nextLink": format!("{BASE}/next") }));
    let last = |number| Say::Json(200, json!({ "value": [entry(number)] }));
    let pages = REPORT_PAGES_MAX;
    for (script, whole) in [
        ((1..pages).map(page).chain([last(pages)]).collect::<Vec<_>>(), true),
        ((1..=pages).map(page).collect(), false),
    ] {
        let world = World::new(script);
        let report = ask(&world, sign_ins(vec![USER], &[])).await.unwrap().sign_ins().unwrap();
        assert_eq!((report.entries.len(), report.whole), (pages as usize, whole));
        assert_eq!(report.entries[0].id, "1");
        assert_eq!(world.service.seen().len(), pages as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_says_what_was_done_to_what_by_whom() {
    let audit = json!({
        "id": "Directory_1", "activityDateTime": "2026-11-20T09:30:00Z", "activityDisplayName": "Add member to group",
        "category": "GroupManagement", "result": "success", "resultReason": "",
        "initiatedBy": { "app": null, "user": {
            "id": USER, "displayName": null, "userPrincipalName": "admin@contoso.com", "ipAddress": "203.0.113.9",
        } },
        "targetResources": [
            { "id": USER, "type": "User", "displayName": null, "userPrincipalName": "bg@contoso.com", "modifiedProperties": [
                { "displayName": "Group.ObjectID", "oldValue": null, "newValue": format!("\"{GROUP}\"") },
            ] },
            { "id": GROUP, "type": "Group", "displayName": "Excluded", "groupType": "unknownFutureValue" },
        ],
    });
    let by_app = json!({
        "id": "Directory_2", "activityDateTime": "2026-11-20T09:20:00Z", "activityDisplayName": "Update user",
        "initiatedBy": { "user": null, "app": { "displayName": "Sync", "servicePrincipalId": GROUP } },
    });
    let answer = Say::Json(200, json!({ "value": [audit, by_app] }));
    let world = World::new(vec![answer, Say::Json(200, json!({ "value": [] }))]);
    let since = at("2026-11-20T09:00:00Z");
    let found = ask(&world, Ask::DirectoryAudits { target: USER, since }).await.unwrap().audits().unwrap().entries;
    assert_eq!(
        (found[0].activity.as_str(), found[0].actor, found[0].actor_app),
        ("Add member to group", Some(USER), None)
    );
    assert_eq!((found[0].ip.as_deref(), found[0].reason.as_deref()), (Some("203.0.113.9"), None));
    let targets: Vec<_> = found[0].targets.iter().map(|target| (target.id, target.name.as_deref())).collect();
    assert_eq!(targets, [(Some(USER), Some("bg@contoso.com")), (Some(GROUP), Some("Excluded"))]);
    assert_eq!(found[0].targets[0].changes[0].new.as_deref(), Some(format!("\"{GROUP}\"").as_str()));
    let actor = (found[1].actor, found[1].actor_app, found[1].actor_name.as_deref());
    assert_eq!(actor, (None, Some(GROUP), Some("Sync")));

    ask(&world, Ask::DirectoryAuditsBy { actor: USER, since }).await.unwrap().audits().unwrap();
    let audits = format!("{BASE}/directoryAudits?$filter=activityDateTime%20ge%202026-11-20T09:00:00Z%20and%20");
    let uris: Vec<_> = world.service.seen().iter().map(|seen| seen.uri.clone()).collect();
    assert_eq!(uris[0], format!("{audits}targetResources/any(t:t/id%20eq%20'{USER}')&$top=200"));
    assert_eq!(uris[1], format!("{audits}initiatedBy/user/id%20eq%20'{USER}'&$top=200"));
}

#[tokio::test(start_paused = true)]
async fn a_tenant_without_the_licence_is_told_apart_from_a_missing_permission() {
    let world = World::new(vec![Say::Json(403, sample!("error-403-signins-no-p1"))]);
    let failed = ask(&world, sign_ins(vec![USER], &[])).await.unwrap_err();
    assert_eq!(failed.kind, Kind::Unlicensed, "{failed}");
    let world = World::new(vec![Say::Json(403, sample!("error-403-denied"))]);
    let failed = ask(&world, sign_ins(vec![USER], &[])).await.unwrap_err();
    assert_eq!(failed.kind, Kind::Forbidden { permission: "AuditLog.Read.All" });
}

#[tokio::test(start_paused = true)]
async fn reports_share_no_batch_and_make_nothing_else_wait() {
    let script = vec![Say::Json(200, json!({ "value": [] })); 4];
    let world = World::new(script);
    let audits = || Ask::DirectoryAudits { target: USER, since: at("2026-11-20T09:00:00Z") };
    let asks = vec![sign_ins(vec![USER], &[]), audits(), Ask::GroupOwners { group: GROUP }, audits()];
    let answers = world.graph.reader(TENANT).ask(asks).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let times = world.service.times();
    assert!(times[2] < 1_000 && (3_000..4_000).contains(&times[3]), "{times:?}");
}
