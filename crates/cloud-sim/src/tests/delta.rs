use super::{World, pass};
use crate::NewUser;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use uuid::Uuid;

/// What a careful client holds after merging rounds: members by group.
#[derive(Default)]
struct Merged(BTreeMap<Uuid, BTreeSet<Uuid>>);

impl Merged {
    fn take(&mut self, items: &[Value]) {
        let id = |value: &Value| Uuid::parse_str(value["id"].as_str().expect("an id")).expect("a GUID");
        for item in items {
            if item.get("@removed").is_some() {
                self.0.remove(&id(item));
                continue;
            }
            let members = self.0.entry(id(item)).or_default();
            for member in item["members@delta"].as_array().into_iter().flatten() {
                if member.get("@removed").is_some() {
                    members.remove(&id(member))
                } else {
                    members.insert(id(member))
                };
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn merged_rounds_are_the_truth_whatever_the_service_does() {
    let world = World::with(|options| {
        (options.delta_page_size, options.empty_pages, options.replays) = (3, 0.3, 0.5);
    })
    .await;
    let groups: Vec<_> = (0..3).map(|n| world.tenant.add_group(&format!("g{n}"))).collect();
    let users: Vec<_> = (0..8).map(|n| world.tenant.add_user(NewUser::named(&format!("User {n}")))).collect();
    for user in &users {
        world.tenant.add_member(groups[0], *user);
    }
    let mut merged = Merged::default();
    let (items, pages, link) = world.walk("/groups/delta?$select=displayName,members").await;
    merged.take(&items);
    assert!(pages > 3, "a big group goes over several pages");
    let mut link = link.expect("a delta link");
    let mut rng = fastrand::Rng::with_seed(3);
    for _ in 0..40 {
        let (group, user) = (groups[rng.usize(..groups.len())], users[rng.usize(..users.len())]);
        if rng.bool() {
            world.tenant.add_member(group, user)
        } else {
            world.tenant.remove_member(group, user)
        };
        if rng.u8(..) < 80 {
            let (items, _, next) = world.walk(&link).await;
            merged.take(&items);
            link = next.expect("a delta link");
        }
    }
    merged.take(&world.walk(&link).await.0);
    for group in groups {
        assert_eq!(merged.0.get(&group), Some(&world.tenant.members(group)));
    }
}

#[tokio::test(start_paused = true)]
async fn changes_during_a_walk_are_told_by_its_link() {
    let world = World::with(|options| options.delta_page_size = 2).await;
    let group = world.tenant.add_group("g");
    let users: Vec<_> = (0..6).map(|n| world.tenant.add_user(NewUser::named(&format!("User {n}")))).collect();
    for user in &users[..4] {
        world.tenant.add_member(group, *user);
    }
    let mut merged = Merged::default();
    let first = world.get("/groups/delta?$select=members").await;
    merged.take(first.body["value"].as_array().expect("items"));
    let mut seen: Vec<_> = merged.0[&group].iter().copied().collect();
    // Somebody who was told already goes, and somebody new comes.
    world.tenant.remove_member(group, seen.pop().expect("one was told"));
    world.tenant.add_member(group, users[5]);
    let (items, _, link) = world.walk(first.body["@odata.nextLink"].as_str().expect("more")).await;
    merged.take(&items);
    merged.take(&world.walk(&link.expect("a delta link")).await.0);
    assert_eq!(merged.0[&group], world.tenant.members(group));
}

#[tokio::test(start_paused = true)]
async fn only_named_groups_and_selected_properties_are_told() {
    let world = World::new().await;
    let (one, two) = (world.tenant.add_group("one"), world.tenant.add_group("two"));
    let ana = world.tenant.add_guest("ana@northwind.example");
    let (items, _, link) = world.walk(&format!("/groups/delta?$select=members&$filter=id eq '{one}'")).await;
    assert_eq!(items, [json!({ "id": one })]);
    let link = link.expect("a delta link");
    world.tenant.add_member(two, ana);
    world.tenant.set_group(one, |group| group.display_name = "uno".into());
    let (items, _, next) = world.walk(&link).await;
    assert!(items.is_empty());
    assert_ne!(next.as_deref(), Some(link.as_str()), "each round has a link of its own");
}

#[tokio::test(start_paused = true)]
async fn fifty_groups_can_be_named_and_no_more() {
    let world = World::new().await;
    for (count, status) in [(50, 200), (51, 400)] {
        let clauses: Vec<_> = (0..count).map(|n| format!("id eq '{}'", Uuid::from_u128(n))).collect();
        let got = world.get(&format!("/groups/delta?$select=members&$filter={}", clauses.join(" or "))).await;
        assert_eq!(got.status, status, "{count}");
    }
    assert_eq!(world.get("/groups/delta?$top=5").await.status, 400);
    assert_eq!(world.get("/users/delta?$filter=userType eq 'Guest'").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn people_who_leave_are_told_in_the_three_documented_ways() {
    let world = World::new().await;
    let users: Vec<_> = (0..4).map(|n| world.tenant.add_user(NewUser::named(&format!("User {n}")))).collect();
    let (_, _, link) = world.walk("/users/delta?$select=displayName,accountEnabled").await;
    world.tenant.disable_user(users[0]);
    world.tenant.delete_user(users[1]);
    world.tenant.purge_user(users[2]);
    world.tenant.set_mail(users[3], Some("new@contoso.example"));
    let (items, ..) = world.walk(&link.expect("a delta link")).await;
    let told = |id: Uuid| items.iter().find(|item| item["id"] == json!(id)).cloned().unwrap_or_default();
    assert_eq!(told(users[0])["accountEnabled"], json!(false));
    assert_eq!(told(users[1])["@removed"]["reason"], "changed");
    assert_eq!(told(users[2])["@removed"]["reason"], "deleted");
    assert_eq!(told(users[3]), Value::Null, "mail was not selected");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_user_stays_a_member_until_purged() {
    let world = World::new().await;
    let (group, ana) = (world.tenant.add_group("g"), world.tenant.add_guest("ana@northwind.example"));
    world.tenant.add_member(group, ana);
    let (_, _, link) = world.walk("/groups/delta?$select=members").await;
    world.tenant.delete_user(ana);
    let (items, _, link) = world.walk(&link.expect("a delta link")).await;
    assert!(items.is_empty());
    world.tenant.purge_user(ana);
    let (items, ..) = world.walk(&link.expect("a delta link")).await;
    assert_eq!(items[0]["members@delta"][0]["@removed"]["reason"], "deleted");
}

#[tokio::test(start_paused = true)]
async fn a_token_from_latest_never_tells_changes_of_membership_alone() {
    let world = World::new().await;
    let (group, ana) = (world.tenant.add_group("g"), world.tenant.add_guest("ana@northwind.example"));
    let (items, _, link) = world.walk("/groups/delta?$select=displayName,members&$deltatoken=latest").await;
    assert!(items.is_empty());
    world.tenant.add_member(group, ana);
    let (items, _, link) = world.walk(&link.expect("a delta link")).await;
    assert!(items.is_empty());
    world.tenant.set_group(group, |group| group.display_name = "new".into());
    assert_eq!(world.walk(&link.expect("a delta link")).await.0.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_says_where_to_start_again() {
    let world = World::new().await;
    world.tenant.add_group("g");
    let day = 24 * 3600;
    let (_, _, link) = world.walk("/groups/delta?$select=displayName,members").await;
    let link = link.expect("a delta link");
    pass(&world, 7 * day - 1).await;
    let mut world = world;
    world.sign_in().await;
    assert_eq!(world.get(&link).await.status, 200);
    pass(&world, 1).await;
    let gone = world.get(&link).await;
    assert_eq!((gone.status, gone.code()), (410, "SyncStateNotFound"));
    let again = gone.header("location").expect("where to start").to_owned();
    let (items, _, link) = world.walk(&again).await;
    assert_eq!(items.len(), 1);

    world.tenant.expire_links();
    assert_eq!(world.get(&link.expect("a delta link")).await.status, 410);
    assert_eq!(world.get("/groups/delta?$deltatoken=made-up").await.status, 400);
    let life = world.sim.options().delta_token_life;
    assert_eq!(life, Duration::from_secs(7 * day));
}
