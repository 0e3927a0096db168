//! Reading tickets back: what is asked of each system, and what each answer means.

use super::delivering::Scripted;
use super::{answer, desk, told};
use crate::tickets::fetch::{render, ticket_in};
use crate::tickets::{TICKET_BYTES_MAX, TicketKey, Unread, fetch};
use async_trait::async_trait;
use bytes::Bytes;
use expect_test::expect;
use http::{Method, Request, Response};
use outside::{Transport, TransportError};
use std::time::Duration;

const TOKEN: &str = r#"{"access_token":"t"}"#;
const TICKET: &str = r#"{"id":4471}"#;

fn shown(unread: &Unread) -> String {
    match unread {
        Unread::Later { why } => format!("later: {why}"),
        Unread::Never { why } => format!("never: {why}"),
    }
}

fn key(id: Option<&str>, number: Option<&str>) -> TicketKey {
    TicketKey { id: id.map(str::to_owned), number: number.map(str::to_owned) }
}

#[test]
fn each_system_is_asked_at_the_operators_address_for_one_ticket() {
    let mut lines = Vec::new();
    for system in ["jira", "halopsa", "connectwise", "autotask"] {
        let asked = render(&desk(system), &told(system).ticket).expect(system);
        for request in asked.token.iter().chain([&asked.read]) {
            lines.push(format!("{} {}", request.method(), request.uri()));
        }
        let proofs: [&str; 2] = match system {
            "autotask" => ["secret", "apiintegrationcode"],
            "connectwise" => ["authorization", "clientid"],
            _ => ["authorization", "authorization"],
        };
        // HaloPSA's proof is the token that is asked for.
        assert_eq!(proofs.iter().all(|name| asked.read.headers().contains_key(*name)), system != "halopsa");
        assert!(asked.read.body().is_empty());
    }
    expect![[r#"
        GET https://example.atlassian.net/rest/api/2/issue/ACC-142?fields=*all,-comment,-worklog,-attachment
        POST https://halo.example.com/auth/token
        GET https://halo.example.com/api/tickets/4471?includedetails=true
        GET https://api-na.myconnectwise.net/v4_6_release/apis/3.0/service/tickets/90211
        GET https://webservices1.autotask.net/atservicesrest/v1.0/Tickets/351182"#]]
    .assert_eq(&lines.join("\n"));
    for system in ["servicenow", "zendesk", "freshservice"] {
        assert_eq!(
            shown(&render(&desk(system), &told(system).ticket).unwrap_err()),
            "never: tickets of this system are not read"
        );
    }
}

#[test]
fn what_is_not_shaped_like_a_key_is_never_put_into_an_address() {
    for system in ["jira", "halopsa", "connectwise", "autotask"] {
        for odd in [
            "../../x",
            "1/../2",
            "1?x=y",
            "1 ",
            "-1",
            "1.0",
            "",
            "https://evil.example/1",
            "1#",
            "acc-1",
            "ACC-1/2",
            &"9".repeat(19),
        ] {
            let unread = render(&desk(system), &key(Some(odd), None)).unwrap_err();
            assert!(shown(&unread).starts_with("never: neither the ticket's id nor its number is "), "{odd}");
        }
        assert!(render(&desk(system), &key(None, None)).is_err());
        let asked = render(&desk(system), &key(Some("../1"), Some(&"9".repeat(18)))).expect("the number is one");
        assert!(asked.read.uri().path().ends_with(&format!("/{}", "9".repeat(18))), "{system}");
    }
}

#[test]
fn only_a_ticket_of_a_bearable_size_is_one() {
    let desk = desk("connectwise");
    let read = |status: u16, body: &str| match ticket_in(&desk, answer(status, body)) {
        Ok(ticket) => format!("{} bytes", ticket.len()),
        Err(unread) => shown(&unread),
    };
    let sized = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
    assert_eq!(read(200, TICKET), "11 bytes");
    assert_eq!(read(200, &sized(TICKET_BYTES_MAX)), "1048576 bytes");
    assert_eq!(
        read(200, &sized(TICKET_BYTES_MAX + 1)),
        "never: the ticket at api-na.myconnectwise.net is larger than 1048576 bytes"
    );
    for page in ["<html>Sign in</html>", "", "[]", "1"] {
        assert!(read(200, page).starts_with("later: ") && read(200, page).contains("not what its API answers"));
    }
    assert!(read(204, "").starts_with("later: "));
    for status in [301, 302, 408, 429, 500, 502, 503] {
        assert_eq!(read(status, TICKET), format!("later: api-na.myconnectwise.net answered {status}"));
    }
    for (status, why) in [
        (400, ""),
        (401, ": it does not know us by our secret"),
        (403, ": we may not do that there"),
        (404, ": there is no such ticket, or we may not see it"),
        (410, ""),
    ] {
        assert_eq!(read(status, TICKET), format!("never: api-na.myconnectwise.net answered {status}{why}"));
    }
}

async fn fetched(scripted: &Scripted, system: &str) -> Result<Bytes, String> {
    fetch(scripted, &scripted.clock, &desk(system), &told(system).ticket).await.map_err(|unread| shown(&unread))
}

#[tokio::test(start_paused = true)]
async fn a_ticket_is_asked_for_once_and_a_token_where_it_takes_one() {
    for (system, replies, count) in
        [("autotask", vec![Ok((200, TICKET))], 1), ("halopsa", vec![Ok((200, TOKEN)), Ok((200, TICKET))], 2)]
    {
        let scripted = Scripted::new(1, replies);
        assert_eq!(fetched(&scripted, system).await, Ok(Bytes::from(TICKET)));
        assert_eq!(scripted.asked.lock().unwrap().len(), count, "{system}");
    }
    let scripted = Scripted::new(1, vec![Ok((401, "{}"))]);
    let end = fetched(&scripted, "halopsa").await.unwrap_err();
    assert_eq!(end, "never: halo.example.com answered 401: it does not know us by our secret");
    let scripted = Scripted::new(1, vec![Ok((200, "<html>"))]);
    assert!(fetched(&scripted, "halopsa").await.unwrap_err().starts_with("later: "));
    for (error, why) in [
        (TransportError::NeverSent("error for https://hush".into()), "could not be reached"),
        (TransportError::TimedOut(Duration::from_secs(10)), "did not answer within 10 s"),
        (TransportError::TooLarge(1), "too large"),
    ] {
        let scripted = Scripted::new(0, vec![Err(error)]);
        let end = fetched(&scripted, "autotask").await.unwrap_err();
        assert!(end.starts_with("later: ") && end.contains(why) && !end.contains("hush"), "{end}");
    }
}

/// Gives a token, and the ticket to whoever carries it.
struct Guarded;

#[async_trait]
impl Transport for Guarded {
    async fn send(&self, request: Request<Bytes>, _timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let carried = request.headers().get("authorization").is_some_and(|header| header == "Bearer t");
        let (status, body) = match (request.method() == Method::POST, carried) {
            (true, false) => (200, TOKEN),
            (false, true) => (200, TICKET),
            _ => (401, "{}"),
        };
        Ok(Response::builder().status(status).body(Bytes::from(body)).unwrap())
    }
}

#[tokio::test]
async fn the_token_goes_with_the_question_for_the_ticket() {
    let clock = Scripted::new(0, Vec::new()).clock;
    let ticket = fetch(&Guarded, &clock, &desk("halopsa"), &told("halopsa").ticket).await;
    assert_eq!(ticket, Ok(Bytes::from(TICKET)));
}

#[tokio::test(start_paused = true)]
async fn token_and_ticket_together_take_ten_seconds_at_most() {
    let scripted = Scripted::new(7, vec![Ok((200, TOKEN)), Ok((200, TICKET))]);
    fetched(&scripted, "halopsa").await.expect("the double keeps to no limit");
    let limits: Vec<u64> = scripted.asked.lock().unwrap().iter().map(|(_, limit)| limit.as_secs()).collect();
    assert_eq!(limits, [10, 3]);
    let scripted = Scripted::new(10, vec![Ok((200, TOKEN))]);
    let end = fetched(&scripted, "halopsa").await.unwrap_err();
    assert_eq!(end, "later: halo.example.com did not come to an end within 10 s");
}
