//! Subscriptions to change notifications: the requests, and what comes back.

use crate::graph::{Answer, Ask, Done, Write};
use crate::testing::{Say, TENANT, USER, World, error, sample};
use crate::{Error, Kind};
use outside::TransportError;
use serde_json::{Value, json};

const BASE: &str = "https://graph.microsoft.com/v1.0/subscriptions";
const URL: &str = "https://gatehouse.example/api/v1/directory-changes";
const UNTIL: &str = "2026-11-23T10:00:00Z";

fn subscribe() -> Write {
    let text = |text: &str| text.to_owned();
    let expires = UNTIL.parse().unwrap();
    Write::Subscribe { resource: text("/users"), url: text(URL), client_state: text("secret"), expires }
}

async fn send(script: Vec<Say>, write: Write) -> Result<Done, Error> {
    World::new(script).writer().send(vec![write]).await.remove(0)
}

#[tokio::test(start_paused = true)]
async fn each_is_the_request_that_the_service_documents() {
    let wish = json!({
        "changeType": "updated,deleted", "resource": "/users", "notificationUrl": URL, "lifecycleNotificationUrl": URL,
        "clientState": "secret", "expirationDateTime": UNTIL,
    });
    let renew = Write::RenewSubscription { id: USER, expires: UNTIL.parse().unwrap() };
    let one = format!("{BASE}/{USER}");
    let table = [
        (subscribe(), "POST", BASE, wish),
        (renew, "PATCH", one.as_str(), json!({ "expirationDateTime": UNTIL })),
        (Write::Unsubscribe { id: USER }, "DELETE", one.as_str(), Value::Null),
    ];
    for (write, method, uri, body) in table {
        let world = World::new(vec![Say::Json(200, json!({ "id": USER }))]);
        world.writer().send(vec![write]).await.remove(0).unwrap();
        let seen = world.service.seen().remove(0);
        assert_eq!((seen.method.as_str(), seen.uri.as_str(), seen.body), (method, uri, body));
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_one_is_never_made_twice_after_a_lost_answer() {
    let lost = || Say::Fail(TransportError::Interrupted("reset".into()));
    assert_eq!(send(vec![lost()], subscribe()).await.unwrap_err().kind, Kind::Unclear);
    let denied = error(400, "InvalidRequest", "Subscription validation request failed.");
    assert_eq!(send(vec![denied], subscribe()).await.unwrap_err().kind, Kind::Refused);
    let gone = || error(404, "ResourceNotFound", "The object was not found.");
    assert_eq!(send(vec![gone()], Write::Unsubscribe { id: USER }).await, Ok(Done::NotThere));
}

#[tokio::test(start_paused = true)]
async fn ours_are_listed_with_all_that_tells_whether_they_fit() {
    let listed = json!({ "value": [sample!("subscription-201")] });
    let world = World::new(vec![Say::Json(200, listed)]);
    let answer: Result<Answer, Error> = world.graph.reader(TENANT).ask(vec![Ask::Subscriptions]).await.remove(0);
    let found = answer.unwrap().subscriptions().unwrap().remove(0);
    let sample = sample!("subscription-201");
    assert_eq!(json!(found.id), sample["id"]);
    assert_eq!(json!(found.resource), sample["resource"]);
    assert_eq!(json!(found.url), sample["notificationUrl"]);
    assert_eq!(json!(found.client_state), sample["clientState"]);
    assert_eq!(found.expires, sample["expirationDateTime"].as_str().unwrap().parse().unwrap());
}
