//! Against a scripted endpoint of the platform.

use super::*;
use async_trait::async_trait;
use http::Response;
use outside::VirtualClock;
use serde_json::json;
use std::collections::VecDeque;
use std::sync::Mutex as StdMutex;

/// Answers in turn, and keeps what it was asked.
#[derive(Default)]
struct Platform {
    answers: StdMutex<VecDeque<(u16, String)>>,
    asked: StdMutex<Vec<String>>,
}

#[async_trait]
impl Transport for Platform {
    async fn send(&self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        assert_eq!(request.headers()["X-IDENTITY-HEADER"], "hush");
        self.asked.lock().unwrap().push(request.uri().to_string());
        let (status, body) = self.answers.lock().unwrap().pop_front().expect("an answer is left");
        Ok(Response::builder().status(status).body(body.into()).unwrap())
    }
}

fn tokens(answers: Vec<(u16, String)>) -> (IdentityTokens, Arc<Platform>, Arc<VirtualClock>) {
    let clock = Arc::new(VirtualClock::new("2026-03-01T12:00:00Z".parse().unwrap()));
    let platform = Arc::new(Platform { answers: StdMutex::new(answers.into()), ..Platform::default() });
    let identity = Identity {
        client_id: Some("33333333".into()),
        endpoint: "http://127.0.0.1:4711/msi/token".into(),
        header: SecretText::new("hush"),
        local: platform.clone(),
    };
    (IdentityTokens::new(identity, "https://storage.azure.com/", clock.clone()), platform, clock)
}

fn issued(name: &str, ends: &str) -> (u16, String) {
    (200, json!({ "access_token": name, "expires_on": ends }).to_string())
}

#[tokio::test(start_paused = true)]
async fn a_token_is_kept_until_five_minutes_before_its_end_or_until_it_is_forgotten() {
    // An hour after the clock's beginning, then another.
    let (tokens, platform, clock) =
        tokens(vec![issued("one", "1772370000"), issued("two", "1772373600"), issued("three", "1772373600")]);
    assert_eq!(tokens.token().await.unwrap().reveal(), "one");
    clock.sleep(Duration::from_secs(3_299)).await;
    assert_eq!(tokens.token().await.unwrap().reveal(), "one");
    clock.sleep(Duration::from_secs(1)).await;
    assert_eq!(tokens.token().await.unwrap().reveal(), "two");
    tokens.forget().await;
    assert_eq!(tokens.token().await.unwrap().reveal(), "three");
    let asked = platform.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 3);
    let query = "resource=https%3A%2F%2Fstorage.azure.com%2F&api-version=2019-08-01&client_id=33333333";
    assert_eq!(asked[0], format!("http://127.0.0.1:4711/msi/token?{query}"));
}

#[tokio::test(start_paused = true)]
async fn a_token_without_an_end_is_used_for_half_of_ten_minutes() {
    let untold = |name: &str| (200, json!({ "access_token": name }).to_string());
    let (tokens, _, clock) = tokens(vec![untold("one"), untold("two")]);
    tokens.token().await.unwrap();
    clock.sleep(Duration::from_secs(299)).await;
    assert_eq!(tokens.token().await.unwrap().reveal(), "one");
    clock.sleep(Duration::from_secs(1)).await;
    assert_eq!(tokens.token().await.unwrap().reveal(), "two");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_says_so_without_what_was_sent_and_is_not_kept() {
    let refusal = (400, json!({ "message": "hush" }).to_string());
    let (tokens, platform, _) = tokens(vec![refusal, issued("one", "1772370000")]);
    assert_eq!(tokens.token().await.unwrap_err(), "the managed identity gave no token (status 400)");
    assert_eq!(platform.asked.lock().unwrap().len(), 1);
    assert_eq!(tokens.token().await.unwrap().reveal(), "one");
}

#[tokio::test(start_paused = true)]
async fn an_unwell_platform_is_asked_three_times() {
    let unwell = || (500, String::new());
    let (tokens, platform, _) = tokens(vec![unwell(), unwell(), issued("one", "1772370000")]);
    assert_eq!(tokens.token().await.unwrap().reveal(), "one");
    tokens.forget().await;
    platform.answers.lock().unwrap().extend([unwell(), unwell(), unwell()]);
    assert_eq!(tokens.token().await.unwrap_err(), "the managed identity's endpoint answered 500");
    assert_eq!(platform.asked.lock().unwrap().len(), 6);
}
