//! Each layer at its limits.

use super::retry::{self, Next};
use crate::graph::{Answer, Ask, Done, Write};
use crate::pipeline::call::{Content, Effect, Outcome, Reply};
use crate::testing::{GROUP, OTHER_TENANT, Say, TENANT, USER, World, batch, error};
use crate::{Credential, FurtherApp, Kind, SecretText};
use outside::{Clock, TransportError};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

fn status(status: u16, code: &str) -> Outcome {
    let content = Content::Json(json!({ "error": { "code": code } }));
    let (retry_after, request_id, quota_used, app_wide, exceeded) = (None, None, None, false, None);
    Outcome::Reply(Reply { status, retry_after, request_id, quota_used, app_wide, exceeded, content })
}

#[test]
fn only_what_cannot_have_happened_or_may_happen_twice_is_repeated() {
    let lost = || Outcome::Lost("gone".to_owned());
    let unsent = || Outcome::NeverSent("no route".to_owned());
    // outcome, batched; and whether a read, a repeatable write and a write that must happen once go on.
    let table = [
        (unsent(), false, [true, true, true]),
        (lost(), false, [true, true, false]),
        (Outcome::Garbled("half".to_owned()), false, [false, true, false]),
        (status(429, "UnknownError"), false, [true, true, true]),
        (status(429, "TooManyRequests"), true, [true, true, true]),
        (status(429, "UnknownError"), true, [true, true, false]),
        (status(500, ""), false, [true, true, false]),
        (status(501, "NotImplemented"), false, [false, false, false]),
        (status(503, ""), true, [true, true, false]),
        (status(504, ""), false, [true, true, false]),
        (status(409, "Directory_ConcurrencyViolation"), false, [true, true, false]),
        (status(409, "Conflict"), false, [false, false, false]),
        (status(400, "Request_BadRequest"), false, [false, false, false]),
        (status(403, "Authorization_RequestDenied"), false, [false, false, false]),
        (status(404, "Request_ResourceNotFound"), false, [false, false, false]),
    ];
    for (outcome, batched, wanted) in table {
        let found = [Effect::Read, Effect::Repeatable, Effect::Once]
            .map(|effect| retry::next(effect, &outcome, false, batched) != Next::Stop);
        assert_eq!(found, wanted, "{outcome:?} batched={batched}");
    }
    assert_eq!(retry::next(Effect::Once, &status(401, ""), false, false), Next::Renew);
    assert_eq!(retry::next(Effect::Read, &status(401, ""), true, false), Next::Stop);
}

#[test]
fn a_retry_after_is_seconds_or_a_date() {
    let now = "2026-11-20T10:00:00Z".parse().unwrap();
    let read = |header| retry::retry_after(header, now);
    assert_eq!(read("10"), Some(Duration::from_secs(10)));
    assert_eq!(read(" 0 "), Some(Duration::ZERO));
    assert_eq!(read("Fri, 20 Nov 2026 10:00:30 GMT"), Some(Duration::from_secs(30)));
    assert_eq!(read("Fri, 20 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
    assert_eq!(read("soon"), None);
    assert_eq!(read("-1"), None);
}

#[test]
fn pauses_double_and_leave_half_to_chance() {
    let millis = |attempts, fraction| retry::pause(attempts, fraction).as_millis();
    assert_eq!([millis(1, 0.0), millis(1, 1.0)], [250, 500]);
    assert_eq!([millis(4, 0.0), millis(4, 1.0)], [2_000, 4_000]);
    assert_eq!(millis(100, 1.0), millis(7, 1.0));
}

fn organization() -> Say {
    Say::Json(200, json!({ "value": [{ "id": TENANT, "verifiedDomains": [] }] }))
}

async fn ask_organization(world: &World) -> Result<Answer, crate::Error> {
    world.graph.reader(TENANT).ask(vec![Ask::Organization]).await.remove(0)
}

#[tokio::test(start_paused = true)]
async fn the_fifth_attempt_is_the_last() {
    let world =
        World::new(vec![error(503, "ServiceUnavailable", "later"); 4].into_iter().chain([organization()]).collect());
    assert!(ask_organization(&world).await.is_ok());

    let world = World::new(vec![error(503, "ServiceUnavailable", "later"); 5]);
    let failed = ask_organization(&world).await.unwrap_err();
    assert_eq!((failed.kind, failed.status), (Kind::Unavailable, Some(503)));
    assert_eq!(world.service.seen().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_kept_if_it_ends_within_the_budget_and_refused_at_once_otherwise() {
    let throttled = |seconds| Say::With(429, vec![("Retry-After", seconds)], json!({ "error": { "code": "x" } }));
    let world = World::new(vec![throttled("59"), organization()]);
    assert!(ask_organization(&world).await.is_ok());
    assert!(world.service.times()[1] >= 59_000);

    let world = World::new(vec![throttled("60")]);
    let failed = ask_organization(&world).await.unwrap_err();
    assert_eq!(failed.kind, Kind::Throttled { retry_after: Some(Duration::from_secs(60)) });
    assert!(world.clock.monotonic() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_tenant_is_closed_until_its_time_and_no_other_is() {
    let throttled = Say::With(429, vec![("Retry-After", "61")], json!({ "error": { "code": "x" } }));
    let other = Say::Json(200, json!({ "value": [{ "id": OTHER_TENANT }] }));
    let world = World::new(vec![throttled, other, organization()]);
    ask_organization(&world).await.unwrap_err();
    // Not even sent.
    let failed = ask_organization(&world).await.unwrap_err();
    assert!(matches!(failed.kind, Kind::Throttled { retry_after: Some(wait) } if wait > Duration::from_secs(60)));
    assert_eq!(world.service.seen().len(), 1);
    world.graph.reader(OTHER_TENANT).ask(vec![Ask::Organization]).await.remove(0).unwrap();
    assert!(world.clock.monotonic() < Duration::from_secs(1));
    world.clock.sleep(Duration::from_secs(2)).await;
    ask_organization(&world).await.unwrap();
    assert!(world.service.times()[2] >= 61_000);
}

#[tokio::test(start_paused = true)]
async fn throttling_of_the_app_as_a_whole_closes_every_tenant() {
    let headers = vec![("Retry-After", "90"), ("x-ms-throttle-scope", "Application/ReadWrite/app/tenant")];
    let world = World::new(vec![Say::With(429, headers, json!({ "error": { "code": "x" } }))]);
    ask_organization(&world).await.unwrap_err();
    let other = world.graph.reader(OTHER_TENANT).ask(vec![Ask::Organization]).await.remove(0);
    assert!(matches!(other.unwrap_err().kind, Kind::Throttled { .. }));
    assert_eq!(world.service.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_the_throttled_items_of_a_batch_go_again_after_the_longest_of_their_pauses() {
    let throttled = |seconds: u64| {
        let body = json!({ "error": { "code": "TooManyRequests", "message": "Please retry again later." } });
        json!({ "status": 429, "headers": { "retry-after": seconds.to_string() }, "body": body })
    };
    let item = |id: &str, mut rest: serde_json::Value| {
        rest["id"] = id.into();
        rest
    };
    let answers = json!({ "responses": [
        item("2", throttled(10)),
        item("1", json!({ "status": 200, "body": { "id": GROUP } })),
        item("0", throttled(3)),
    ]});
    let again = batch(vec![(1, 200, json!({ "id": USER })), (0, 200, json!({ "id": USER }))]);
    let world = World::new(vec![Say::Json(200, answers), again]);
    let asks = vec![Ask::User { id: USER }, Ask::Group { id: GROUP }, Ask::User { id: USER }];
    let answers = world.graph.reader(TENANT).ask(asks).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let second = &world.service.seen()[1];
    assert!(second.at >= Duration::from_secs(10));
    assert_eq!(second.body["requests"].as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once() {
    let refused = || error(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.");
    let world = World::new(vec![refused(), organization()]);
    ask_organization(&world).await.unwrap();
    assert_eq!(world.service.logged_in.lock().unwrap().len(), 2);

    let world = World::new(vec![refused(), refused()]);
    let failed = ask_organization(&world).await.unwrap_err();
    assert_eq!((failed.kind, failed.code.as_str()), (Kind::Unauthorized, "InvalidAuthenticationToken"));
    assert_eq!(world.service.logged_in.lock().unwrap().len(), 2);
}

fn invite() -> Write {
    let (mail, redirect_url) = ("alice@contoso.com".to_owned(), "https://myapps.microsoft.com".to_owned());
    Write::Invite { mail, display_name: None, redirect_url, send_mail: false }
}

#[tokio::test(start_paused = true)]
async fn an_invitation_goes_again_only_if_it_cannot_have_been_made() {
    let invited = || Say::Json(201, json!({ "invitedUser": { "id": USER }, "status": "PendingAcceptance" }));
    let lost = Say::Fail(TransportError::TimedOut(Duration::from_secs(8)));
    let unsent = Say::Fail(TransportError::NeverSent("no route".to_owned()));
    let throttled = error(429, "TooManyRequests", "");
    for (first, again) in [(lost, false), (error(503, "", ""), false), (unsent, true), (throttled, true)] {
        let world = World::new(vec![first, invited()]);
        let outcome = world.writer().send(vec![invite()]).await.remove(0);
        if again {
            assert_eq!(outcome.unwrap(), Done::Invited { guest: USER, status: "PendingAcceptance".to_owned() });
        } else {
            let failed = outcome.unwrap_err();
            assert!(failed.kind == Kind::Unclear && failed.may_have_happened());
            assert_eq!(world.service.seen().len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_batchs_throttled_invitation_may_have_been_made_unless_the_gateway_says_otherwise() {
    let made = || Say::Json(201, json!({ "invitedUser": { "id": USER } }));
    for (code, again) in [("TooManyRequests", true), ("activityLimitReached", true), ("UnknownError", false)] {
        let throttled = json!({ "error": { "code": code, "message": "" } });
        let removed = (1, 204, json!(null));
        let world = World::new(vec![batch(vec![(0, 429, throttled), removed]), made()]);
        let outcomes = world.writer().send(vec![invite(), Write::RemoveMember { group: GROUP, user: USER }]).await;
        assert_eq!(outcomes[1], Ok(Done::Done));
        match &outcomes[0] {
            Ok(_) => assert!(again, "{code}"),
            Err(failed) => assert!(!again && failed.kind == Kind::Unclear, "{code}: {failed}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn sixty_four_requests_are_under_way_at_once_over_all_tenants() {
    let most = async |tenants: usize| {
        let world = World::new((0..tenants).map(|_| error(403, "Authorization_RequestDenied", "")).collect());
        let asking = (0..tenants).map(|at| {
            let reader = world.graph.reader(Uuid::from_u128(at as u128 + 1));
            async move { reader.ask(vec![Ask::User { id: USER }]).await }
        });
        futures::future::join_all(asking).await;
        *world.service.most_under_way.lock().unwrap()
    };
    assert_eq!(most(64).await, 64);
    assert_eq!(most(65).await, 64);
}

#[tokio::test(start_paused = true)]
async fn a_lost_batch_is_sent_again_without_what_must_happen_once() {
    let lost = Say::Fail(TransportError::Interrupted("reset".to_owned()));
    let world = World::new(vec![lost, Say::Json(204, json!(null))]);
    let removal = Write::RemoveMember { group: GROUP, user: USER };
    let outcomes = world.writer().send(vec![invite(), removal]).await;
    assert_eq!(outcomes[0].as_ref().unwrap_err().kind, Kind::Unclear);
    assert_eq!(*outcomes[1].as_ref().unwrap(), Done::Done);
    let seen = world.service.seen();
    assert!(seen[0].uri.ends_with("/$batch"));
    assert_eq!((seen[1].method.as_str(), seen[1].uri.ends_with("/$ref")), ("DELETE", true));
}

#[tokio::test(start_paused = true)]
async fn every_attempt_of_a_write_asks_whether_it_still_may() {
    let unwell = error(503, "ServiceUnavailable", "");
    let removal = || vec![Write::RemoveMember { group: GROUP, user: USER }];
    let world = World::new(vec![unwell.clone(), Say::Json(204, json!(null))]);
    assert!(world.writer_with(&[], 2).send(removal()).await[0].is_ok());

    let world = World::new(vec![]);
    let failed = world.writer_with(&[], 0).send(removal()).await.remove(0).unwrap_err();
    assert_eq!(failed.kind, Kind::LeaseLost("the lease ran out".to_owned()));
    assert!(!failed.may_have_happened());

    // The first attempt may have worked, so the lost lease of the second is not the whole truth.
    let world = World::new(vec![unwell]);
    let failed = world.writer_with(&[], 1).send(removal()).await.remove(0).unwrap_err();
    assert_eq!((failed.kind, failed.message.as_str()), (Kind::Unclear, "the lease ran out"));
    assert_eq!(world.service.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn invitations_start_with_half_a_quota_and_then_go_at_its_pace() {
    let made = |count| {
        let one = |id| (id, 201, json!({ "invitedUser": { "id": Uuid::from_u128(id as u128) }, "status": "x" }));
        batch((0..count).map(one).collect())
    };
    // 75 at once, then 30 a second: 200 in all take 125 / 30 = 4.2 s, and leave in ten batches.
    let world = World::new((0..10).map(|_| made(20)).collect());
    let outcomes = world.writer().send((0..200).map(|_| invite()).collect()).await;
    assert!(outcomes.iter().all(Result::is_ok));
    let times = world.service.times();
    assert!(times[2] < 10, "60 fit into the first half");
    assert!((166..200).contains(&times[3]), "the next 20 wait for 5 more: {times:?}");
    assert!((4_166..4_200).contains(&times[9]), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_anothers_place_begins_with_what_that_one_left_of_the_quotas() {
    let made = |count| {
        let one = |id| (id, 201, json!({ "invitedUser": { "id": Uuid::from_u128(id as u128) }, "status": "x" }));
        batch((0..count).map(one).collect())
    };
    for (follows, waits) in [(true, true), (false, false)] {
        // 75 fit into the first half: of the 40 of the second process those that the first left go at once.
        let before = World::new((0..3).map(|_| made(20)).collect());
        before.writer().send((0..60).map(|_| invite()).collect()).await;
        let mut after = World::new((0..2).map(|_| made(20)).collect());
        if follows {
            after.graph = after.graph.at_the_pace_of(&before.graph);
        }
        let start = after.clock.monotonic();
        let outcomes = after.writer().send((0..40).map(|_| invite()).collect()).await;
        assert!(outcomes.iter().all(Result::is_ok));
        assert_eq!((after.clock.monotonic() - start).as_millis() > 100, waits, "follows: {follows}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_moved_to_another_app_leaves_that_ones_quotas_behind_and_takes_from_the_new_ones() {
    let made = |count| {
        let one = |id| (id, 201, json!({ "invitedUser": { "id": Uuid::from_u128(id as u128) }, "status": "x" }));
        batch((0..count).map(one).collect())
    };
    let invite_40 = async |world: &World| {
        let start = world.clock.monotonic();
        let outcomes = world.writer().send((0..40).map(|_| invite()).collect()).await;
        assert!(outcomes.iter().all(Result::is_ok));
        (world.clock.monotonic() - start).as_millis() > 100
    };
    let of = |app| {
        let credential = || Credential::Secret(SecretText::new("s"));
        let further = FurtherApp { app: Uuid::from_u128(app), credential: credential(), tenants: [TENANT].into() };
        World::with_apps((0..2).map(|_| made(20)).collect(), credential(), vec![further])
    };
    let (first, mut moved, mut back) = (of(1), of(2), of(1));
    assert!(!invite_40(&first).await, "75 fit into the first half");
    moved.graph = moved.graph.at_the_pace_of(&first.graph);
    assert!(!invite_40(&moved).await, "so they do into the other app's");
    back.graph = back.graph.at_the_pace_of(&moved.graph);
    assert!(invite_40(&back).await, "the first app's are as they were left");
}

/// A batch's requests are charged one after the other, in whatever order: those that were charged first tell of more.
#[tokio::test(start_paused = true)]
async fn what_a_batch_itself_used_is_not_taken_for_somebody_elses() {
    let told = |shares: &[&str]| {
        let one = |(id, share): (usize, &&str)| {
            let headers = json!({ "x-ms-throttle-limit-percentage": share });
            json!({ "id": id.to_string(), "status": 204, "headers": headers, "body": null })
        };
        Say::Json(200, json!({ "responses": shares.iter().enumerate().map(one).collect::<Vec<_>>() }))
    };
    for shares in [["0.98", "0.96"], ["0.96", "0.98"]] {
        let world = World::new(vec![told(&shares), told(&["0.97", "0.97"]), told(&["0.97"; 20]), told(&["0.98"; 20])]);
        let writer = world.writer();
        for (writes, pause) in [(2, 2), (2, 0), (40, 0)] {
            let enable = Write::SetEnabled { user: USER, enabled: true };
            assert!(writer.send(vec![enable; writes]).await.iter().all(Result::is_ok));
            world.clock.sleep(Duration::from_secs(pause)).await;
        }
        // 60 were left, and forty more two seconds later: nobody has to wait.
        let times = world.service.times();
        assert!(times[3] - times[1] < 10, "{shares:?}: {times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_is_said_to_be_used_up_slows_the_next_request() {
    let used = |share| Say::With(204, vec![("x-ms-throttle-limit-percentage", share)], json!(null));
    let world = World::new(vec![used("1.0"), used("0.9"), used("0.9")]);
    let writer = world.writer();
    let removal = || vec![Write::RemoveMember { group: GROUP, user: USER }];
    for _ in 0..3 {
        assert!(writer.send(removal()).await[0].is_ok());
    }
    let times = world.service.times();
    // 20 writes come back each second.
    assert!((50..60).contains(&(times[1] - times[0])), "{times:?}");
    // What is left is believed to be no more than we knew: still next to nothing.
    assert!((50..60).contains(&(times[2] - times[1])), "{times:?}");
}
