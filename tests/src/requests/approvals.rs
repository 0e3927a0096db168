//! Those who approve hear of a request, are reminded, and answer on the page that the link of the message opens.

use super::town::{LEAD, Town, ZOE, body};
use crate::notices::{Receiver, router, telling};
use crate::notified::URL;
use access::config::{May, NoticeKind};
use access::requests::{RequestId, Status};
use async_trait::async_trait;
use bytes::Bytes;
use engine::Engine;
use engine::requests::{Decide, Tickets};
use functions::{Denied, Gate, Inside, Known, Reply, Wake, route};
use http::request::Parts;
use http::{Method, Request};
use jiff::SignedDuration;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::faulty::Faulty;

/// The key of the caller `desk`.
const KEY: &str = "right";

struct Desk;

#[async_trait]
impl Gate for Desk {
    async fn identify(&self, parts: &Parts, _: &[u8]) -> Result<Known, Denied> {
        let given = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
        if given != Some(&format!("Bearer {KEY}")) {
            return Err(Denied::Wrong);
        }
        Ok(Known {
            name: "desk".into(),
            may: [May::Approve].into(),
            customers: None,
            person: None,
            account: None,
            delivery: None,
            invocation: None,
        })
    }
}

/// A town in which the channel `ops` hears of one kind of notice, through a process that knows its public address.
struct Told {
    town: Town,
    receiver: Arc<Receiver>,
    engine: Arc<Engine>,
}

impl Told {
    async fn new() -> Self {
        Self::of(NoticeKind::Approvals).await
    }

    async fn of(kind: NoticeKind) -> Self {
        let mut town = Town::new(1).await;
        router(&mut town.world, &[kind]);
        town.world.config.callers.get_mut("servicenow").expect("it is there").callbacks =
            ["desk.example".into()].into();
        let receiver = Arc::new(Receiver::default());
        let engine = Arc::new(telling(&town.world, receiver.clone()).reached_at(Some(URL.into())));
        Self { town, receiver, engine }
    }

    /// Zoe's request for eight hours.
    async fn asked(&self) -> RequestId {
        self.town.ask(&self.engine, &body(8)).await.expect("it is allowed").request.id
    }

    async fn minutes(&self, count: usize) {
        for _ in 0..count {
            self.town.world.pass(SignedDuration::from_mins(1)).await;
            for name in self.engine.tick().await.expect("a tick").due {
                self.engine.sync(&name, engine::How::default()).await.expect("the store works");
            }
            self.engine.follow_requests().await.expect("the store works");
        }
    }

    async fn hours(&self, count: i64) {
        self.town.world.pass(SignedDuration::from_hours(count)).await;
    }

    /// What the channel heard of approvals.
    fn states(&self) -> Vec<String> {
        self.receiver.states("approvals")
    }

    /// What the channel heard of the problem with this title.
    fn heard(&self, title: &str) -> Vec<String> {
        let all = self.receiver.data("problems").into_iter().filter(|data| data["title"] == title);
        all.map(|data| data["state"].as_str().expect("a state").to_owned()).collect()
    }

    /// The last message about this kind.
    fn last(&self, kind: &str) -> Value {
        self.receiver.data(kind).pop().expect("a message")
    }

    /// Asks the program at this address, as a browser does; the status and the page.
    async fn browse(&self, method: Method, address: &str, form: &str) -> (u16, String) {
        let functions = functions::all();
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Bytes::copy_from_slice(form.as_bytes()))
            .expect("a request");
        let function = route(&functions, request.method(), request.uri().path()).expect("there is such a route");
        let inside = Inside { engine: self.engine.clone(), gate: Arc::new(Desk) };
        let Reply::Http(response) = function.handle(&inside, Wake::Http(Box::new(request))).await else {
            panic!("a public function answers with a response")
        };
        (response.status().as_u16(), String::from_utf8(response.into_body().to_vec()).expect("text"))
    }

    /// The codes in `health`.
    async fn red(&self) -> Vec<String> {
        self.engine.health(true).await.red.unwrap_or_default().into_iter().map(|red| red.code).collect()
    }
}

fn form(mail: &str, decision: &str) -> String {
    format!("mail={}&comment=&key={KEY}&decision={decision}", mail.replace('@', "%40"))
}

#[tokio::test(start_paused = true)]
async fn a_request_is_asked_about_reminded_of_and_approved_on_its_page() {
    let told = Told::new().await;
    let id = told.asked().await;
    told.minutes(2).await;
    assert_eq!(told.states(), ["opened"]);
    let asked = told.last("approvals");
    let link = asked["link"].as_str().expect("a link").to_owned();
    assert!(link.starts_with(&format!("https://gatehouse.example/api/v1/invitations/{id}/approval?link=")), "{link}");
    assert_eq!(asked["command"], format!("gatehouse requests approve {id} --by MAIL"));
    let text = asked["text"].as_str().expect("a text");
    let zoe = r#"tech@northwind.example (as servicenow says) asks that "Zoe Zimmer" <zoe@northwind.example> gets second-line in contoso for 8 hours."#;
    assert!(text.starts_with(zoe) && text.contains("INC0012345"), "{text}");
    told.minutes(60).await;
    assert_eq!(told.states(), ["opened"], "nobody is told twice");

    told.hours(24).await;
    told.minutes(3).await;
    assert_eq!(told.states(), ["opened", "reminded"]);
    let reminded = told.last("approvals");
    assert_eq!(
        (&reminded["id"], &reminded["link"]),
        (&asked["id"], &asked["link"]),
        "the same question, the same page"
    );

    told.town.world.documents.reset();
    let (status, page) = told.browse(Method::GET, &link, &form(LEAD, "approve")).await;
    assert!(status == 200 && page.contains("<form"), "{page}");
    let counts = told.town.world.documents.counts("");
    assert_eq!((counts.reads(), counts.writes()), (1, 0), "looking changes nothing");

    let (status, page) = told.browse(Method::POST, &link, &form(ZOE, "approve")).await;
    assert!(status == 403 && page.contains("nobody decides about access for themselves"), "{page}");
    let (status, page) = told.browse(Method::POST, &link, &form("p0@northwind.example", "approve")).await;
    assert!(status == 403 && page.contains("is none of those who approve now"), "{page}");
    assert_eq!(told.town.status(&id).await, Status::WaitingApproval);
    let (status, page) = told.browse(Method::POST, &link, &form(LEAD, "approve")).await;
    assert!(status == 200 && page.contains("You approved the request"), "{page}");
    told.minutes(3).await;
    assert!(told.town.is_in());
    assert_eq!(told.states(), ["opened", "reminded", "resolved"]);
    let over = told.last("approvals");
    let text = over["text"].as_str().expect("a text");
    assert!(text.contains("waits no more: accepted by lead@northwind.example, as the caller says"), "{text}");
    assert_eq!((&over["link"], &over["command"]), (&Value::Null, &Value::Null));
    let (status, page) = told.browse(Method::POST, &link, &form(LEAD, "reject")).await;
    assert!(status == 409 && !page.contains("<form"), "what is given is not taken by the old page: {page}");
    assert!(told.red().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_request_is_reminded_of_each_day_and_expires_after_a_week() {
    let told = Told::new().await;
    let id = told.asked().await;
    told.minutes(2).await;
    let link = told.last("approvals")["link"].as_str().expect("a link").to_owned();
    for day in 1..=6 {
        told.hours(24).await;
        told.minutes(3).await;
        assert_eq!(told.states().iter().filter(|state| *state == "reminded").count(), day);
    }
    assert_eq!(told.town.status(&id).await, Status::WaitingApproval);
    told.hours(24).await;
    told.minutes(3).await;
    let request = told.town.request(&id).await;
    assert_eq!((request.status, request.code.as_deref()), (Status::Expired, Some("unanswered")));
    assert_eq!(told.states().last().map(String::as_str), Some("resolved"));
    assert_eq!(told.states().len(), 8);
    let (status, page) = told.browse(Method::POST, &link, &form(LEAD, "approve")).await;
    assert!(status == 409 && page.contains("Nobody answered in time"), "{page}");
    told.minutes(5).await;
    assert!(!told.town.is_in());
    for folder in ["open/notice/", "open/requests/"] {
        assert!(told.engine.store().list(folder).await.expect("the store works").is_empty(), "{folder}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_hears_of_what_was_answered_before_anybody_was_asked() {
    let told = Told::new().await;
    let id = told.asked().await;
    told.town.decide(&id, Decide::Reject, LEAD).await.expect("the lead rejects");
    told.minutes(5).await;
    assert!(told.states().is_empty());
    assert!(told.engine.store().list("open/").await.expect("the store works").is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_wrong_link_opens_the_same_page_and_reads_no_request() {
    let told = Told::new().await;
    let id = told.asked().await;
    let page = |link: &str| format!("https://gatehouse.example/api/v1/invitations/{id}/approval?link={link}");
    // No link was made yet: there is no key to hold any against.
    let (status, before) = told.browse(Method::GET, &page(&"0".repeat(64)), "").await;
    assert_eq!(status, 404);
    assert!(told.engine.store().list("").await.expect("the store works").iter().all(|path| path != "requests-link"));
    told.minutes(2).await;
    let link = told.last("approvals")["link"].as_str().expect("a link").to_owned();
    let secret = link.rsplit('=').next().expect("a secret").to_owned();
    let other = link.replace(id.as_str(), RequestId::of("servicenow", "another").as_str());
    told.town.world.documents.reset();
    for address in [page(&"0".repeat(64)), page(&secret[1..]), page(&secret.to_uppercase()), page(""), other] {
        for method in [Method::GET, Method::POST] {
            assert_eq!(told.browse(method, &address, &form(LEAD, "approve")).await, (404, before.clone()), "{address}");
        }
    }
    assert_eq!(told.town.world.documents.counts("requests/").reads(), 0);
    assert_eq!(told.town.world.documents.counts("").writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_approves_is_asked_once_and_told_once_of_the_end_whenever_the_process_dies() {
    for answered in [false, true] {
        for number in 0.. {
            let told = Told::new().await;
            let id = told.asked().await;
            if answered {
                told.minutes(2).await;
                told.town.decide(&id, Decide::Reject, LEAD).await.expect("the lead rejects");
            }
            let documents = Arc::new(Faulty::new(told.town.world.documents.clone()));
            let mortal = told.town.world.engine_on(documents.clone(), Arc::new(told.town.world.sim.clone()));
            let mortal = mortal.reached_at(Some(URL.into()));
            documents.kill_after(number);
            let _ = mortal.follow_requests().await;
            let was_killed = documents.operations() >= number;
            told.minutes(3).await;
            let expected: &[&str] = if answered { &["opened", "resolved"] } else { &["opened"] };
            assert_eq!(told.states(), expected, "killed after operation {number}");
            if !was_killed {
                assert!(number > 5, "{number} operations");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn access_that_outlasts_its_end_is_red_and_told_until_it_is_gone() {
    let told = Told::of(NoticeKind::Problems).await;
    let id = told.asked().await;
    told.town.decide(&id, Decide::Approve, LEAD).await.expect("the lead approves");
    told.minutes(4).await;
    assert!(told.town.is_in());
    let app = told.town.world.config.app.client_id.0;
    told.town.contoso.withdraw_consent(app);
    told.town.contoso.revoke_tokens();
    told.hours(8).await;
    told.minutes(10).await;
    let overdue = || async { told.red().await.iter().filter(|code| *code == "grant_overdue").count() };
    assert_eq!(overdue().await, 0, "a quarter of an hour is allowed");
    told.minutes(10).await;
    assert_eq!(overdue().await, 1);
    assert_eq!(told.heard("contoso: access outlasts its end"), ["opened"]);
    told.town.contoso.consent(app, cloud_sim::PERMISSIONS);
    told.minutes(70).await;
    assert_eq!(told.town.status(&id).await, Status::Expired);
    assert!(!told.town.is_in());
    assert_eq!(told.heard("contoso: access outlasts its end"), ["opened", "resolved"]);
    assert_eq!(overdue().await, 0);
    assert!(told.engine.store().list("open/red-requests/").await.expect("the store works").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_is_not_told_is_red_and_told_to_people_and_the_request_goes_on() {
    let mut told = Told::of(NoticeKind::Problems).await;
    let refusing = Arc::new(Receiver::default());
    refusing.refuse("desk.example", 401);
    let tickets = Tickets {
        desks: BTreeMap::new(),
        proofs: BTreeMap::new(),
        operators: refusing.clone(),
        guarded: refusing.clone(),
    };
    let engine = telling(&told.town.world, told.receiver.clone()).calling_back(tickets);
    told.engine = Arc::new(engine);
    let mut wish = body(8);
    wish["callback"] = serde_json::json!({ "url": "https://desk.example/hook" });
    let id = told.town.ask(&told.engine, &wish).await.expect("it is allowed").request.id;
    told.town.decide(&id, Decide::Reject, LEAD).await.expect("the lead rejects");
    told.minutes(3).await;
    assert_eq!(told.red().await, ["ticket_untold"]);
    const TITLE: &str = "Tickets of servicenow are not told what becomes of their requests";
    assert_eq!(told.heard(TITLE), ["opened"]);
    assert_eq!(told.last("problems")["customersCount"], 0, "it is the program that is told of");
    told.hours(25).await;
    told.minutes(2).await;
    assert_eq!(told.heard(TITLE), ["opened", "resolved"], "none came for a day");
    assert_eq!(told.red().await, ["ticket_untold"], "the request is shown for a week");
    told.hours(7 * 24).await;
    told.minutes(2).await;
    assert!(told.red().await.is_empty());
    assert!(told.engine.store().list("open/red-requests/").await.expect("the store works").is_empty());
}
