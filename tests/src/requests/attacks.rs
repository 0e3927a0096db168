//! People who try to get access that nobody gave them, or keep what is over.

use super::town::{LEAD, Town, ZOE, body, known};
use access::config::{CallerAuth, May, SecretRef};
use access::ids::{ObjectId, TenantId};
use access::requests::Status;
use cloud_sim::NewUser;
use engine::membership::leave::Whom;
use engine::requests::{Caller, Decide, Deciding, Filter, Heard, Made, Refused, Wish};
use engine::{By, How};
use jiff::SignedDuration;
use outside::Clock;
use serde_json::Value;
use std::collections::BTreeSet;
use store::lease::{self, Take};
use uuid::Uuid;

/// Anybody whom a caller with `approve` names may approve.
fn anybody_approves(town: &mut Town) {
    let package = town.world.config.customers[0].packages.last_mut().expect("a package");
    package.requests.as_mut().expect("people can ask").stages[0].approvers = None;
}

/// Somebody who signed in at the partner, through the caller `servicenow`.
fn token(town: &Town, address: &str, account: Uuid) -> Caller {
    Caller {
        person: Some(address.into()),
        account: Some((TenantId(town.world.partner.id()), ObjectId(account))),
        ..known("servicenow", &[May::Request, May::Approve])
    }
}

async fn ask_as(town: &Town, caller: &Caller, body: &Value) -> Result<Made, Refused> {
    let body = body.to_string();
    let wish = Wish { caller, key: None, delivery: None, body: body.as_bytes() };
    match town.world.engine().ask_for(&wish).await? {
        Heard::Made(made) => Ok(*made),
        Heard::Nothing(why) => panic!("it asks: {why}"),
    }
}

/// Whoever holds the token approves.
async fn approve_as(town: &Town, caller: &Caller, made: &Made) -> Result<access::requests::Request, Refused> {
    let by = By { who: caller.person.clone().expect("a person"), asserted: false, comment: None };
    let deciding = Deciding { caller, by: &by, named: true };
    town.world.engine().decide_request(&made.request.id, Decide::Approve, &deciding).await
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_with_their_own_token_is_the_one_who_asks_whatever_the_body_says() {
    let mut town = Town::new(1).await;
    anybody_approves(&mut town);
    let account = town.world.person("tom", &[]);
    let tom = token(&town, "tom@northwind.example", account);
    let mut nobody = body(8);
    nobody["requestedBy"] = Value::Null;
    nobody["ticket"]["number"] = "INC0012346".into();
    for body in [body(8), nobody] {
        let made = ask_as(&town, &tom, &body).await.expect("it is allowed");
        assert_eq!(made.request.requested_by.as_deref(), Some("tom@northwind.example"));
        assert!(!made.request.history[0].asserted, "the token says so");
        let own = approve_as(&town, &tom, &made).await;
        assert!(matches!(own, Err(Refused::OwnRequest(_))), "{own:?}");
    }
    town.minute().await;
    assert!(!town.is_in());
}

#[tokio::test(start_paused = true)]
async fn nobody_approves_what_they_asked_for_under_another_of_their_addresses() {
    let mut town = Town::new(1).await;
    anybody_approves(&mut town);
    let tom = town.world.person("tom", &[]);
    town.world.partner.set_proxy_addresses(tom, &["SMTP:tom@northwind.example", "smtp:thomas@northwind.example"]);
    let mut body = body(8);
    body["requestedBy"]["email"] = "thomas@northwind.example".into();
    let id = town.ask(&town.world.engine(), &body).await.expect("it is allowed").request.id;
    for who in ["tom@northwind.example", "THOMAS@northwind.example", "thomas+ok@northwind.example"] {
        let own = town.decide(&id, Decide::Approve, who).await;
        assert!(matches!(own, Err(Refused::OwnRequest(_))), "{who}: {own:?}");
    }
    town.decide(&id, Decide::Approve, LEAD).await.expect("somebody else");
}

#[tokio::test(start_paused = true)]
async fn a_person_of_the_customers_is_one_approver_under_all_their_addresses() {
    let mut town = Town::new(1).await;
    anybody_approves(&mut town);
    let package = town.world.config.customers[0].packages.last_mut().expect("a package");
    package.requests.as_mut().expect("people can ask").stages[0].approvals = 2;
    let carl = town.contoso.add_user(NewUser::with_mail("carl@contoso.example"));
    town.contoso.set_proxy_addresses(carl, &["SMTP:carl@contoso.example", "smtp:it@contoso.example"]);
    let id = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed").request.id;
    for who in ["carl@contoso.example", "it@contoso.example"] {
        town.decide(&id, Decide::Approve, who).await.expect("he may approve once");
        assert_eq!(town.status(&id).await, Status::WaitingApproval);
    }
    town.decide(&id, Decide::Approve, LEAD).await.expect("somebody else");
    assert_ne!(town.status(&id).await, Status::WaitingApproval);
    let mut body = body(8);
    body["ticket"]["number"] = "INC0077777".into();
    body["requestedBy"]["email"] = "it@contoso.example".into();
    let id = town.ask(&town.world.engine(), &body).await.expect("it is allowed").request.id;
    let own = town.decide(&id, Decide::Approve, "carl@contoso.example").await;
    assert!(matches!(own, Err(Refused::OwnRequest(_))), "{own:?}");
    town.contoso.disable_user(carl);
    let disabled = town.decide(&id, Decide::Approve, "carl@contoso.example").await;
    assert!(matches!(disabled, Err(Refused::Forbidden(_))), "{disabled:?}");
}

#[tokio::test(start_paused = true)]
async fn a_token_whose_address_is_somebody_elses_decides_nothing() {
    let town = Town::new(1).await;
    let made = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed");
    let account = town.world.person("mallory", &[]);
    let forged = Caller { name: "desk".into(), ..token(&town, LEAD, account) };
    let refused = approve_as(&town, &forged, &made).await;
    assert!(matches!(refused, Err(Refused::Forbidden(_))), "{refused:?}");
    assert_eq!(town.status(&made.request.id).await, Status::WaitingApproval);
}

#[tokio::test(start_paused = true)]
async fn an_approver_has_an_address_that_mail_can_be_sent_to() {
    let mut town = Town::new(1).await;
    anybody_approves(&mut town);
    let id = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed").request.id;
    // Each of them is Zoe to somebody who reads it.
    for who in [
        "zoe@northwind.example.",
        "\u{ff5a}oe@northwind.example",
        "\"zoe\"@northwind.example",
        "zo\u{0435}@northwind.example",
    ] {
        let refused = town.decide(&id, Decide::Approve, who).await;
        assert!(matches!(refused, Err(Refused::Forbidden(_) | Refused::OwnRequest(_))), "{who}: {refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_name_in_another_tenant_opens_nothing() {
    let mut town = Town::new(1).await;
    let id = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed").request.id;
    town.world.config.customers[0].name = "contoso-group".into();
    town.world.customer("contoso");
    let limited = |name: &str| Caller {
        customers: Some(BTreeSet::from([name.to_owned()])),
        ..known("desk", &[May::Approve, May::Read])
    };
    let engine = town.world.engine();
    let by = By { who: LEAD.into(), asserted: true, comment: None };
    let (new, old) = (limited("contoso"), limited("contoso-group"));
    let seen = engine.request(&new, &id).await;
    assert!(matches!(seen, Err(Refused::NotFound(_))), "{seen:?}");
    for filter in [Filter::default(), Filter { customer: Some("contoso".into()), ..Filter::default() }] {
        assert_eq!(engine.requests(&new, &filter).await.expect("the store works").requests, []);
    }
    let approved = engine.decide_request(&id, Decide::Approve, &Deciding { caller: &new, by: &by, named: true }).await;
    assert!(matches!(approved, Err(Refused::NotFound(_))), "{approved:?}");
    engine.request(&old, &id).await.expect("it is theirs, whatever they are called now");
    let of_old = Filter { customer: Some("contoso-group".into()), ..Filter::default() };
    assert_eq!(engine.requests(&old, &of_old).await.expect("the store works").requests.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_recorded_body_that_alone_is_signed_asks_once_for_all_time() {
    for auth in [CallerAuth::ConnectWise, CallerAuth::Autotask] {
        let mut town = Town::new(0).await;
        let caller = town.world.config.callers.get_mut("servicenow").expect("it is there");
        caller.auth = auth(vec![SecretRef::Env("KEY".into())]);
        let first = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed");
        town.world.pass(SignedDuration::from_hours(8)).await;
        for _ in 0..3 {
            town.minute().await;
        }
        assert_eq!(town.status(&first.request.id).await, Status::Expired);
        town.world.pass(SignedDuration::from_hours(25)).await;
        let replayed = town.ask(&town.world.engine(), &body(8)).await.expect("it is known");
        assert!(replayed.again, "{:?}", replayed.request);
        let mut another = body(8);
        another["reason"] = "the printer, once more".into();
        let fresh = town.ask(&town.world.engine(), &another).await.expect("it is allowed");
        assert!(!fresh.again);
        let replayed = town.ask(&town.world.engine(), &body(8)).await.expect("it is known");
        assert_eq!(replayed.request.id, first.request.id);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_gets_the_address_after_the_approval_gets_no_access() {
    for gone in [false, true] {
        let town = Town::new(1).await;
        let zoe = town.world.person("zoe2", &[]);
        let mut body = body(8);
        body["invitee"]["email"] = "zoe2@northwind.example".into();
        let id = town.ask(&town.world.engine(), &body).await.expect("it is allowed").request.id;
        let paused = Some(std::slice::from_ref(&town.world.config.customers[0].name));
        let engine = town.world.engine();
        let until = town.world.clock.now() + SignedDuration::from_hours(1);
        engine.pause(paused, LEAD, "maintenance", until, false).await.expect("an order");
        town.decide(&id, Decide::Approve, LEAD).await.expect("the lead approves");
        town.world.partner.delete_user(zoe);
        if !gone {
            town.world.partner.add_user(NewUser::with_mail("zoe2@northwind.example"));
        }
        engine.resume(paused, LEAD, "it is over").await.expect("an order");
        for _ in 0..3 {
            town.minute().await;
        }
        assert_eq!(town.members().len(), 2, "{:?}", town.members());
        assert_eq!(town.status(&id).await, Status::Failed, "{:?}", town.request(&id).await);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_left_or_is_barred_does_not_come_back_as_somebody_from_outside() {
    let town = Town::new(0).await;
    let source = *town.world.config.customers[0].packages[0].members.first().expect("a group");
    let left = town.world.person("lea", &[source.0]);
    town.minute().await;
    let engine = town.world.engine();
    let found = engine.find_person(&Whom::Mail(ZOE.into())).await.expect("she is at the partner");
    engine.bar(&found, LEAD, "dismissed").await.expect("an order");
    town.world.partner.delete_user(left);
    town.world.partner.delete_user(found.person.0);
    for _ in 0..2 {
        town.minute().await;
    }
    for (mail, code) in [(ZOE, "barred"), ("Lea@northwind.example", "person_left")] {
        let mut body = body(8);
        body["invitee"]["email"] = mail.into();
        let id = town.ask(&town.world.engine(), &body).await.expect("it is allowed").request.id;
        for _ in 0..2 {
            town.minute().await;
        }
        let request = town.request(&id).await;
        assert_eq!((request.status, request.code.as_deref()), (Status::Failed, Some(code)), "{request:?}");
    }
    assert_eq!(town.members().len(), 2, "{:?}", town.members());
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_the_end_overtook_does_not_say_that_somebody_is_in() {
    let town = Town::new(0).await;
    let id = town.ask(&town.world.engine(), &body(8)).await.expect("it is allowed").request.id;
    town.minute().await;
    assert!(town.is_in());
    let left = town.request(&id).await.ends_at.expect("an end").duration_since(town.world.clock.now());
    town.world.pass(left - SignedDuration::from_secs(20)).await;
    // Another run is at work, so that the extension waits for the timer; and the end comes first.
    let engine = town.world.engine();
    let path = format!("lease/{}", town.world.config.customers[0].tenant_id);
    let Take::Held(held) = lease::take(engine.store(), &path, "a run").await.expect("the store works") else {
        panic!("nobody else is at work");
    };
    town.decide(&id, Decide::Extend { hours: 16 }, LEAD).await.expect("nobody has to approve it");
    held.release().await.expect("the store works");
    for _ in 0..3 {
        town.world.pass(SignedDuration::from_secs(30)).await;
        town.world.engine().sync("contoso", How::default()).await.expect("the store works");
    }
    assert!(!town.is_in());
    for _ in 0..3 {
        town.minute().await;
    }
    let request = town.request(&id).await;
    assert_eq!((request.status, request.code.as_deref()), (Status::Failed, Some("extended_too_late")), "{request:?}");
    assert!(!town.is_in());
}
