use super::World;
use crate::{Fault, What, When};
use outside::TransportError;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_broken_request_is_done_or_not_as_its_fault_says() {
    for (what, status, done) in [
        (What::NeverSent, None, false),
        (What::ResetBefore, None, false),
        (What::ResetAfter, None, true),
        (What::Slow(Duration::from_secs(60)), None, true),
        (What::HtmlGateway, Some(502), false),
        (What::Status(504, "GatewayTimeout"), Some(504), false),
        (What::StatusAfter(504, "GatewayTimeout"), Some(504), true),
        (What::StatusAfter(429, "UnknownError"), Some(429), false),
        (What::Throttle { retry_after: None }, Some(429), false),
        (What::Slow(Duration::from_secs(20)), Some(204), true),
        (What::ProxyPage { status: 502, done: false }, Some(502), false),
        (What::ProxyPage { status: 403, done: true }, Some(403), true),
        (What::Unanswered, None, true),
    ] {
        let world = World::new().await;
        let ana = world.tenant.add_guest("ana@northwind.example");
        world.sim.fault(Fault::new("PATCH /users/{id}", When::Every, what));
        let got = world.try_send("PATCH", &format!("/users/{ana}"), json!({ "accountEnabled": false })).await;
        let expected = match what {
            What::NeverSent => matches!(got, Err(TransportError::NeverSent(_))),
            What::ResetBefore | What::ResetAfter | What::Unanswered => {
                matches!(got, Err(TransportError::Interrupted(_)))
            }
            What::Slow(_) if status.is_none() => matches!(got, Err(TransportError::TimedOut(_))),
            _ => got.as_ref().is_ok_and(|got| Some(got.status) == status),
        };
        assert!(expected, "{what:?}: {got:?}");
        assert_eq!(!world.tenant.is_enabled(ana), done, "{what:?}");
        assert_eq!(world.sim.effects().len(), usize::from(done), "{what:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_which_an_item_fails_to_be_sent_is_interrupted_since_other_items_may_be_done() {
    let world = World::new().await;
    let guests = [world.tenant.add_guest("ana@northwind.example"), world.tenant.add_guest("bo@northwind.example")];
    world.sim.fault(Fault::new("PATCH /users/{id}", When::Times(1), What::NeverSent));
    let item = |(id, guest): (usize, &uuid::Uuid)| {
        json!({
            "id": id.to_string(), "method": "PATCH", "url": format!("/users/{guest}"),
            "headers": { "Content-Type": "application/json" }, "body": { "accountEnabled": false },
        })
    };
    let items: Vec<Value> = guests.iter().enumerate().map(item).collect();
    let got = world.try_send("POST", "/$batch", json!({ "requests": items })).await;
    assert!(matches!(got, Err(TransportError::Interrupted(_))), "{got:?}");
    assert_eq!(guests.iter().filter(|guest| world.tenant.is_enabled(**guest)).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cut_answer_is_no_json() {
    let world = World::new().await;
    world.tenant.add_guest("ana@northwind.example");
    world.sim.fault(Fault::new("GET /users", When::Nth(1), What::CutJson));
    let cut = world.get("/users").await;
    assert_eq!((cut.status, cut.body), (200, Value::Null));
    assert_eq!(world.get("/users").await.ids().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_list_can_lack_half_come_empty_at_first_or_show_everybody_twice() {
    for (what, shown, pages) in
        [(What::HalfPage, vec![2], 1), (What::EmptyPage, vec![0, 5, 2], 3), (What::Twice, vec![10], 2)]
    {
        let world = World::new().await;
        for n in 0..7 {
            world.tenant.add_guest(&format!("user{n}@northwind.example"));
        }
        world.sim.fault(Fault::new("GET /users", When::Nth(1), what));
        let (mut found, mut next) = (Vec::new(), "/users".to_owned());
        for _ in 0..pages {
            let page = world.get(&next).await;
            found.push(page.ids().len());
            next = page.body["@odata.nextLink"].as_str().unwrap_or_default().to_owned();
        }
        assert_eq!(found[..shown.len()], shown, "{what:?}");
        assert_eq!(next, "", "{what:?}: that was the last page");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_a_proxy_in_a_batch_is_the_answer_of_its_item_and_one_without_answer_is_left_out() {
    for (what, found) in [
        (What::ProxyPage { status: 200, done: false }, Some(200)),
        (What::ErrorBody, Some(200)),
        (What::Unanswered, None),
    ] {
        let world = World::new().await;
        world.sim.fault(Fault::new("GET /organization", When::Every, what));
        let requests = json!([
            { "id": "1", "method": "GET", "url": "/organization" }, { "id": "2", "method": "GET", "url": "/users" },
        ]);
        let got = world.post("/$batch", json!({ "requests": requests })).await;
        let responses = got.body["responses"].as_array().expect("responses");
        let status = |id: &str| responses.iter().find(|one| one["id"] == id).and_then(|one| one["status"].as_u64());
        assert_eq!((got.status, status("1"), status("2")), (200, found, Some(200)), "{what:?}");
        assert!(responses.iter().all(|one| one["id"] != "1" || one["body"].get("value").is_none()), "{what:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_replica_shows_memberships_and_new_guests_as_they_were() {
    let world = World::with(|options| options.history = Duration::from_secs(300)).await;
    let group = world.tenant.add_group("Operators");
    let (ana, bo) = (world.tenant.add_guest("ana@northwind.example"), world.tenant.add_guest("bo@northwind.example"));
    super::pass(&world, 600).await;
    world.tenant.add_member(group, ana);
    super::pass(&world, 100).await;
    world.tenant.add_member(group, bo);
    world.tenant.remove_member(group, ana);
    let invitation = json!({ "invitedUserEmailAddress": "cy@northwind.example", "inviteRedeemUrl": "https://a.example", "inviteRedirectUrl": "https://a.example" });
    let cy =
        world.post("/invitations", invitation).await.body["invitedUser"]["id"].as_str().expect("a guest").to_owned();
    let members = format!("/groups/{group}/members");
    for (age, expected, known) in [(0, vec![bo], 200), (60, vec![ana], 404), (200, vec![], 404)] {
        world.sim.clear_faults();
        world.sim.fault(Fault::new("GET /**", When::Every, What::Stale(Duration::from_secs(age))));
        assert_eq!(world.get(&members).await.ids(), expected, "{age} s ago");
        assert_eq!(world.get(&format!("/users/{cy}")).await.status, known, "{age} s ago");
    }
}

#[tokio::test(start_paused = true)]
async fn the_login_service_refuses_with_the_number_that_a_fault_names() {
    for (code, status, kind) in [
        (7_000_215, 401, "invalid_client"),
        (700_016, 400, "unauthorized_client"),
        (90_002, 400, "invalid_request"),
        (90_033, 503, "temporarily_unavailable"),
        (90_055, 429, "temporarily_unavailable"),
    ] {
        let world = World::new().await;
        world.sim.fault(Fault::new("POST /*/oauth2/v2.0/token", When::Every, What::SignIn(code)));
        let got = world.post_form("client_secret=the+secret").await;
        assert_eq!((got.status, got.body["error"].as_str()), (status, Some(kind)), "{code}");
        assert_eq!(got.body["error_codes"], json!([code]));
    }
}

#[tokio::test(start_paused = true)]
async fn each_request_takes_its_latency_and_a_timeout_is_a_timeout() {
    let world = World::with(|options| options.latency = Duration::from_millis(50)).await;
    let clock = world.sim.options().clock.clone();
    let before = clock.monotonic();
    world.get("/users").await;
    assert_eq!(clock.monotonic() - before, Duration::from_millis(50));

    world.sim.configure(|options| options.latency = Duration::from_secs(31));
    assert!(matches!(world.try_send("GET", "/users", Value::Null).await, Err(TransportError::TimedOut(_))));
}

#[tokio::test(start_paused = true)]
async fn unknown_paths_and_methods_are_refused() {
    let world = World::new().await;
    assert_eq!(world.get("/nothing").await.status, 400);
    assert_eq!(world.send("PUT", "/users", json!({})).await.status, 405);
    assert_eq!(world.get(&format!("/groups/{}", uuid::Uuid::nil())).await.code(), "Request_ResourceNotFound");
    assert_eq!(world.get("/groups/not-an-id").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_answers() {
    let story = || async {
        let world = World::with(|options| (options.empty_pages, options.replays) = (0.5, 0.5)).await;
        for n in 0..20 {
            world.tenant.add_guest(&format!("user{n}@northwind.example"));
        }
        world.sim.fault(Fault::new("GET /users", When::Probability(0.3), What::Status(503, "ServiceUnavailable")));
        let mut told = Vec::new();
        for _ in 0..20 {
            told.push(world.get("/users?$select=id").await.body.to_string());
        }
        told
    };
    assert_eq!(story().await, story().await);
}
