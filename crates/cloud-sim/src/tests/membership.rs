use super::{World, pass};
use crate::{Change, GroupSettings, NewUser, PERMISSIONS};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

fn bind(members: &[Uuid]) -> Value {
    let links: Vec<_> =
        members.iter().map(|id| format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}")).collect();
    json!({ "members@odata.bind": links })
}

fn reference(member: Uuid) -> Value {
    json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{member}") })
}

fn people(world: &World, count: usize) -> Vec<Uuid> {
    (0..count).map(|n| world.tenant.add_user(NewUser::named(&format!("User {n}")))).collect()
}

#[tokio::test(start_paused = true)]
async fn one_request_adds_twenty_members_all_or_none() {
    let world = World::new().await;
    let (group, users) = (world.tenant.add_group("g"), people(&world, 21));
    let path = format!("/groups/{group}");
    assert_eq!(world.send("PATCH", &path, bind(&users)).await.status, 400);
    assert!(world.tenant.members(group).is_empty());

    assert_eq!(world.send("PATCH", &path, bind(&users[..20])).await.status, 204);
    assert_eq!(world.tenant.members(group).len(), 20);

    let again = world.send("PATCH", &path, bind(&[users[20], users[0]])).await;
    assert!(again.body["error"]["message"].as_str().expect("a text").contains("already exist"));
    let unknown = world.send("PATCH", &path, bind(&[users[20], Uuid::from_u128(9)])).await;
    assert!(unknown.body["error"]["message"].as_str().expect("a text").contains(&Uuid::from_u128(9).to_string()));
    let twice = world.send("PATCH", &path, bind(&[users[20], users[20]])).await;
    assert_eq!(twice.status, 400);
    assert_eq!(world.tenant.members(group).len(), 20);
    assert_eq!(world.sim.effects().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn single_members_come_and_go_and_say_so() {
    let world = World::new().await;
    let (group, ana) = (world.tenant.add_group("g"), world.tenant.add_guest("ana@northwind.example"));
    let members = format!("/groups/{group}/members");
    let statuses = [
        world.post(&format!("{members}/$ref"), reference(ana)).await.status,
        world.post(&format!("{members}/$ref"), reference(ana)).await.status,
        world.post(&format!("{members}/$ref"), reference(Uuid::from_u128(9))).await.status,
        world.send("DELETE", &format!("{members}/{ana}/$ref"), Value::Null).await.status,
        world.send("DELETE", &format!("{members}/{ana}/$ref"), Value::Null).await.status,
        world.send("DELETE", &format!("{members}/{}/$ref", Uuid::from_u128(9)), Value::Null).await.status,
    ];
    assert_eq!(statuses, [204, 400, 404, 204, 400, 404]);
    let changes: Vec<_> = world.sim.effects().into_iter().map(|effect| effect.change).collect();
    assert_eq!(changes, [Change::MemberAdded { group, member: ana }, Change::MemberRemoved { group, member: ana }]);
}

#[tokio::test(start_paused = true)]
async fn without_ref_the_member_itself_is_deleted() {
    let world = World::new().await;
    let (group, ana) = (world.tenant.add_group("g"), world.tenant.add_guest("ana@northwind.example"));
    world.tenant.add_member(group, ana);
    assert_eq!(world.send("DELETE", &format!("/groups/{group}/members/{ana}"), Value::Null).await.status, 204);
    assert_eq!(world.tenant.deleted_users().into_iter().collect::<Vec<_>>(), [ana]);
}

#[tokio::test(start_paused = true)]
async fn groups_that_graph_does_not_write_refuse_members() {
    let mut world = World::new().await;
    let ana = world.tenant.add_guest("ana@northwind.example");
    let without_roles: Vec<_> = PERMISSIONS.iter().filter(|name| !name.starts_with("RoleManagement")).collect();
    world.tenant.consent(super::APP, &without_roles);
    world.sign_in().await;
    type Kind = fn(&mut GroupSettings);
    let kinds: [(&str, Kind, u16); 6] = [
        ("dynamic", |group| group.group_types = vec!["DynamicMembership".into()], 400),
        ("synced", |group| group.on_premises = true, 400),
        ("mail-enabled", |group| group.mail_enabled = true, 400),
        ("role-assignable", |group| group.assignable_to_role = true, 403),
        ("restricted", |group| group.management_restricted = true, 403),
        ("Microsoft 365", |group| (group.group_types, group.mail_enabled) = (vec!["Unified".into()], true), 204),
    ];
    for (name, change, status) in kinds {
        let group = world.tenant.add_group(name);
        world.tenant.set_group(group, change);
        let got = world.post(&format!("/groups/{group}/members/$ref"), reference(ana)).await;
        assert_eq!(got.status, status, "{name}: {:?}", got.body);
        assert_eq!(world.get(&format!("/groups/{group}")).await.status, 200);
    }
}

#[tokio::test(start_paused = true)]
async fn nested_groups_are_read_flat_and_by_type() {
    let world = World::new().await;
    let (outer, inner) = (world.tenant.add_group("outer"), world.tenant.add_group("inner"));
    let (ana, ben, device) = (
        world.tenant.add_guest("ana@northwind.example"),
        world.tenant.add_user(NewUser::named("Ben")),
        world.tenant.add_device("laptop"),
    );
    for (group, member) in [(outer, inner), (outer, ana), (inner, ben), (inner, device)] {
        world.tenant.add_member(group, member);
    }
    let count = |path: &'static str| {
        let url = format!("/groups/{outer}{path}");
        let world = &world;
        async move { world.walk(&url).await.0.len() }
    };
    assert_eq!(count("/members").await, 2);
    assert_eq!(count("/members/microsoft.graph.user?$select=id,mail,accountEnabled").await, 1);
    assert_eq!(count("/transitiveMembers").await, 4);
    assert_eq!(count("/transitiveMembers/microsoft.graph.user").await, 2);
    assert_eq!(count("/transitiveMembers/microsoft.graph.group").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_unique_name_makes_a_group_only_once() {
    let world = World::with(|options| options.replication_delay = Duration::from_secs(10)).await;
    let body = json!({
        "displayName": "Partner second line", "mailEnabled": false, "mailNickname": "second-line",
        "securityEnabled": true, "uniqueName": "gatehouse-1",
    });
    let made = world.post("/groups", body.clone()).await;
    assert_eq!(made.status, 201);
    assert_eq!(world.post("/groups", body).await.status, 400);
    let id = made.body["id"].as_str().expect("an id").to_owned();
    assert_eq!(world.get(&format!("/groups/{id}")).await.status, 404);
    pass(&world, 10).await;
    assert_eq!(world.get("/groups(uniqueName='gatehouse-1')?$select=id").await.body["id"], json!(id));
    assert_eq!(world.get("/groups?$filter=uniqueName eq 'gatehouse-1'").await.ids().len(), 1);
    assert_eq!(world.send("DELETE", &format!("/groups/{id}"), Value::Null).await.status, 204);
    assert_eq!(world.get(&format!("/groups/{id}")).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn units_take_one_member_at_a_time() {
    let world = World::new().await;
    let (unit, ana) = (world.tenant.add_unit("u"), world.tenant.add_guest("ana@northwind.example"));
    let members = format!("/directory/administrativeUnits/{unit}/members");
    assert_eq!(world.post(&format!("{members}/$ref"), reference(ana)).await.status, 204);
    assert_eq!(world.post(&format!("{members}/$ref"), reference(ana)).await.status, 400);
    assert_eq!(world.get(&members).await.ids(), [ana]);
    assert_eq!(world.get("/directory/administrativeUnits").await.ids(), [unit]);
    assert_eq!(world.get(&format!("/directory/administrativeUnits/{unit}")).await.status, 200);
    assert_eq!(world.send("DELETE", &format!("{members}/{ana}/$ref"), Value::Null).await.status, 204);
    assert!(world.tenant.unit_members(unit).is_empty());
}

#[tokio::test(start_paused = true)]
async fn full_reads_lag_behind_a_change_that_delta_tells_at_once() {
    let world = World::with(|options| options.member_lag = Duration::from_secs(4)).await;
    let (group, ana) = (world.tenant.add_group("g"), world.tenant.add_guest("ana@northwind.example"));
    let (_, _, link) = world.walk("/groups/delta?$select=id,members").await;
    world.tenant.add_member(group, ana);
    let (told, ..) = world.walk(&link.expect("a delta link")).await;
    assert_eq!(told[0]["members@delta"][0]["id"], json!(ana));
    pass(&world, 3).await;
    assert!(world.get(&format!("/groups/{group}/members")).await.ids().is_empty());
    pass(&world, 1).await;
    assert_eq!(world.get(&format!("/groups/{group}/members")).await.ids(), [ana]);
}

#[tokio::test(start_paused = true)]
async fn a_restricted_unit_is_out_of_reach() {
    let world = World::new().await;
    let (unit, ana) = (world.tenant.add_unit("u"), world.tenant.add_guest("ana@northwind.example"));
    world.tenant.restrict_unit(unit);
    let path = format!("/directory/administrativeUnits/{unit}/members/$ref");
    assert_eq!(world.post(&path, reference(ana)).await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn a_filter_is_refused_where_none_is_understood() {
    let world = World::new().await;
    let ana = world.tenant.add_guest("ana@northwind.example");
    let got = world.get(&format!("/users/{ana}/memberOf?$filter=displayName eq 'x'")).await;
    assert_eq!(got.code(), "Request_UnsupportedQuery");
}
