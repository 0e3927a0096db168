//! Directory roles, within a unit and of the whole tenant, and what they reach.

use super::World;
use crate::{GroupSettings, NewUser, PERMISSIONS};
use serde_json::{Value, json};
use uuid::Uuid;

const PATH: &str = "/roleManagement/directory/roleAssignments";
const ROLE: Uuid = Uuid::from_u128(0x5001);

fn wish(principal: Uuid, unit: Uuid) -> Value {
    json!({
        "principalId": principal, "roleDefinitionId": ROLE,
        "directoryScopeId": format!("/administrativeUnits/{unit}"),
    })
}

#[tokio::test(start_paused = true)]
async fn a_role_is_given_once_listed_by_its_definition_and_taken_by_its_own_id() {
    let world = World::new().await;
    let (ana, unit) = (world.tenant.add_guest("ana@northwind.example"), world.tenant.add_unit("Branch"));
    let made = world.post(PATH, wish(ana, unit)).await;
    assert_eq!(made.status, 201);
    let id = made.body["id"].as_str().expect("an id").to_owned();
    assert!(Uuid::parse_str(&id).is_err(), "an assignment's id is not a GUID: {id}");
    let again = world.post(PATH, wish(ana, unit)).await;
    assert_eq!((again.status, again.code()), (400, "Request_BadRequest"));

    for (role, count) in [(ROLE, 1), (Uuid::from_u128(0x5002), 0)] {
        let listed = world.get(&format!("{PATH}?$filter=roleDefinitionId eq '{role}'")).await;
        assert_eq!(listed.body["value"].as_array().expect("a list").len(), count, "{role}");
    }
    world.tenant.delete_user(ana);
    let listed = world.get(&format!("{PATH}?$filter=roleDefinitionId eq '{ROLE}'")).await;
    assert_eq!(listed.body["value"], json!([]), "whoever is deleted is not shown");

    assert_eq!(world.send("DELETE", &format!("{PATH}/{id}"), Value::Null).await.status, 204);
    assert_eq!(world.send("DELETE", &format!("{PATH}/{id}"), Value::Null).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_exist_cannot_hold_a_role_nor_what_does_not_exist_limit_it() {
    let world = World::new().await;
    let (ana, unit) = (world.tenant.add_guest("ana@northwind.example"), world.tenant.add_unit("Branch"));
    let plain = world.tenant.add_group("plain");
    let settings = GroupSettings { assignable_to_role: true, ..GroupSettings::named("roles") };
    let assignable = world.tenant.add_group_with_id(Uuid::from_u128(0x5003), settings);
    for (principal, scope, status) in
        [(ana, Uuid::from_u128(1), 404), (Uuid::from_u128(2), unit, 404), (plain, unit, 400), (assignable, unit, 201)]
    {
        assert_eq!(world.post(PATH, wish(principal, scope)).await.status, status, "{principal}");
    }
}

#[tokio::test(start_paused = true)]
async fn roles_are_read_with_less_than_they_are_given_with() {
    let mut world = World::new().await;
    let less = PERMISSIONS.iter().filter(|name| **name != "RoleManagement.ReadWrite.Directory").collect::<Vec<_>>();
    world.tenant.consent(super::APP, &less);
    world.sign_in().await;
    let (ana, unit) = (world.tenant.add_guest("ana@northwind.example"), world.tenant.add_unit("Branch"));
    assert_eq!(world.get(PATH).await.status, 200);
    assert_eq!(world.post(PATH, wish(ana, unit)).await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn a_role_within_a_restricted_unit_opens_it_and_the_groups_in_it() {
    let world = World::new().await;
    let (group, unit) = (world.tenant.add_group("Crown jewels"), world.tenant.add_unit("Restricted"));
    let ana = world.tenant.add_user(NewUser::named("Ana"));
    world.tenant.add_to_unit(unit, group);
    world.tenant.restrict_unit(unit);
    world.tenant.set_group(group, |settings| settings.management_restricted = true);
    let reference = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{ana}") });
    let places = [format!("/groups/{group}"), format!("/directory/administrativeUnits/{unit}")];
    let app = world.tenant.service_principal(super::APP).expect("consented");
    for (role, status) in
        [(None, 403), (Some("/".to_owned()), 403), (Some(format!("/administrativeUnits/{unit}")), 204)]
    {
        role.map(|scope| world.tenant.assign_role(app, ROLE, &scope));
        for place in &places {
            assert_eq!(world.post(&format!("{place}/members/$ref"), reference.clone()).await.status, status, "{place}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn roles_within_a_unit_allow_what_no_permission_does_and_nothing_beside_the_unit() {
    const GROUPS_ADMINISTRATOR: Uuid = Uuid::from_u128(0xfdd7a751_b60b_444a_984c_02652fe8fa1c);
    const USER_ADMINISTRATOR: Uuid = Uuid::from_u128(0xfe930be7_5e62_47db_91af_98c3a49a38b1);
    const DIRECTORY_READERS: Uuid = Uuid::from_u128(0x88d8e3e3_8f55_4a1e_953a_9b9898b8876b);
    let mut world = World::new().await;
    world.tenant.consent(super::APP, &["User.Read.All", "GroupMember.Read.All"]);
    world.sign_in().await;
    let (inside, outside) = (world.tenant.add_group("inside"), world.tenant.add_group("outside"));
    let (ana, bo) = (world.tenant.add_guest("ana@northwind.example"), world.tenant.add_guest("bo@northwind.example"));
    let unit = world.tenant.add_unit("Partner");
    world.tenant.add_to_unit(unit, inside);
    world.tenant.add_to_unit(unit, ana);
    let app = world.tenant.service_principal(super::APP).expect("consented");
    let scope = format!("/administrativeUnits/{unit}");
    let reference =
        |user: Uuid| json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{user}") });
    let add = async |group: Uuid| world.post(&format!("/groups/{group}/members/$ref"), reference(bo)).await.status;
    let remove = async |group: Uuid| {
        world.send("DELETE", &format!("/groups/{group}/members/{bo}/$ref"), Value::Null).await.status
    };
    let disable = async |user: Uuid| {
        world.send("PATCH", &format!("/users/{user}"), json!({ "accountEnabled": false })).await.status
    };
    let given = world.tenant.assign_role(app, GROUPS_ADMINISTRATOR, &scope);
    assert_eq!(add(inside).await, 403, "without Directory Readers the role has no effect");
    world.tenant.assign_role(app, DIRECTORY_READERS, "/");
    assert_eq!((add(inside).await, add(outside).await, disable(ana).await), (204, 403, 403));
    assert_eq!(remove(inside).await, 204);
    world.tenant.unassign_role(given);
    assert_eq!(add(inside).await, 403);
    world.tenant.assign_role(app, USER_ADMINISTRATOR, &scope);
    assert_eq!((add(inside).await, disable(ana).await, disable(bo).await), (204, 204, 403));
    world.tenant.assign_role(ana, ROLE, "/");
    assert_eq!(disable(ana).await, 403, "who holds a role is out of reach of such a role");
    let unit_members = format!("/directory/administrativeUnits/{unit}/members/$ref");
    assert_eq!(world.post(&unit_members, reference(bo)).await.status, 403, "nobody is put into a unit by a role in it");
}
