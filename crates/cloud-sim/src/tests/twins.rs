use super::{APP, TENANT, World, got};
use crate::NewUser;
use bytes::Bytes;
use http::Request;
use outside::Transport;
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

const TWIN: Uuid = Uuid::from_u128(0x5555);
const OTHER: Uuid = Uuid::from_u128(0x6666);

async fn token(world: &World, tenant: Uuid) -> String {
    let form = format!(
        "client_id={APP}&client_secret=the+secret&grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
    );
    let url = format!("https://login.sim.example/{tenant}/oauth2/v2.0/token");
    let request = Request::post(url).body(Bytes::from(form)).expect("a request");
    let answer = got(world.sim.send(request, Duration::from_secs(30)).await.expect("an answer"));
    answer.body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer:?}")).to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_twin_is_like_its_model_until_a_request_changes_it_and_then_it_alone_is_changed() {
    let mut world = World::new().await;
    let group = world.tenant.add_group("Engineers");
    let members = [1, 2, 3].map(|number| world.tenant.add_user(NewUser::named(&format!("User {number}"))));
    members.iter().for_each(|member| world.tenant.add_member(group, *member));
    let (_, _, link) = world.walk("/groups/delta?$select=members").await;
    let link = link.expect("a delta link");
    for twin in [TWIN, OTHER] {
        world.sim.twin(&world.tenant, twin);
        assert_eq!(world.sim.model_of(twin).map(|model| model.id()), Some(TENANT));
    }
    let list = format!("/groups/{group}/members");
    let (model, twin, other) = (world.token.clone(), token(&world, TWIN).await, token(&world, OTHER).await);
    assert!(model != twin && twin != other, "each tenant has tokens of its own");

    world.token = twin.clone();
    assert_eq!(world.get(&list).await.ids().len(), 3);
    assert_eq!(world.walk(&link).await.0, Vec::<Value>::new(), "the model's links lead on in a twin");
    assert!(world.sim.model_of(TWIN).is_some(), "reading sets nobody apart");

    let gone = world.send("DELETE", &format!("{list}/{}/$ref", members[0]), Value::Null).await;
    assert_eq!(gone.status, 204);
    assert!(world.sim.model_of(TWIN).is_none());
    for (token, count) in [(&twin, 2), (&model, 3), (&other, 3)] {
        world.token = token.clone();
        assert_eq!(world.get(&list).await.ids().len(), count);
        assert_eq!(world.walk(&link).await.0.len(), 3 - count, "only who was changed tells of a change");
    }
    assert_eq!(world.sim.effects().iter().map(|effect| effect.tenant).collect::<Vec<_>>(), [TWIN]);

    // In the portal too.
    world.sim.twin(&world.tenant, OTHER).remove_member(group, members[1]);
    world.token = other;
    assert_eq!(world.get(&list).await.ids().len(), 2);
    assert_eq!(world.tenant.members(group).len(), 3);
}
