//! Whatever is wrong with what somebody sends: nothing is stored, and Microsoft hears nothing.

use super::town::{Town, body, known};
use access::config::May;
use access::ids::GroupId;
use engine::requests::{Refused, Wish};
use serde_json::{Value, json};

/// What was said no to, as a program reads it.
fn codes(refused: &Refused) -> Vec<String> {
    match refused {
        Refused::Unreadable(_) => vec!["unreadable".into()],
        Refused::Body(wrong) => wrong.iter().map(|one| one.pointer.clone()).collect(),
        Refused::Policy(problems) => problems.iter().map(|one| one.code.name().into()).collect(),
        other => panic!("{other:?}"),
    }
}

/// The right body with the value at a pointer replaced.
fn with(pointer: &str, value: Value) -> Vec<u8> {
    let mut whole = body(8);
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    whole.pointer_mut(parent).expect("a parent")[name] = value;
    whole.to_string().into_bytes()
}

/// Bodies, and what is said of each.
fn unfit() -> Vec<(Vec<u8>, Vec<&'static str>)> {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut torn = body(8).to_string().into_bytes();
    torn.truncate(torn.len() / 2);
    let mut latin = body(8).to_string().into_bytes();
    let quote = latin.iter().rposition(|byte| *byte == b'"').expect("a string");
    latin.insert(quote, 0xe9);
    let twice = body(8).to_string().replacen("\"reason\":", "\"reason\":\"another\",\"reason\":", 1).into_bytes();
    vec![
        (b"".to_vec(), vec!["unreadable"]),
        (b"null".to_vec(), vec!["#"]),
        (b"[]".to_vec(), vec!["#"]),
        (b"\xff\xfe{}".to_vec(), vec!["unreadable"]),
        (deep.into_bytes(), vec!["unreadable"]),
        (torn, vec!["unreadable"]),
        (latin, vec!["unreadable"]),
        (twice, vec!["unreadable"]),
        ([body(8).to_string().as_bytes(), b" {}"].concat(), vec!["unreadable"]),
        (with("/invitee/email", json!(7)), vec!["#/invitee/email"]),
        (with("/invitee/email", json!("zoe@northwind.example, max@northwind.example")), vec!["#/invitee/email"]),
        (with("/invitee/phone", json!("+49")), vec!["#/invitee/phone"]),
        (with("/access/durationHours", json!(0)), vec!["#/access/durationHours"]),
        (with("/access/durationHours", json!(-8)), vec!["#/access/durationHours"]),
        (with("/access/durationHours", json!(7.5)), vec!["#/access/durationHours"]),
        (with("/access/durationHours", json!("eight")), vec!["#/access/durationHours"]),
        (with("/access/durationHours", json!(1e300)), vec!["duration_too_long"]),
        (with("/access/durationHours", json!(u64::MAX)), vec!["duration_too_long"]),
        (with("/access/durationHours", json!(73)), vec!["duration_too_long"]),
        (with("/reason", json!("")), vec!["#/reason"]),
        (with("/reason", json!("x".repeat(100_000))), vec!["#/reason"]),
        (with("/customer/name", json!("fabrikam")), vec!["unknown_customer"]),
        (with("/access/package", json!("first-line")), vec!["unknown_package"]),
        (with("/access/package", json!("internal")), vec!["not_requestable"]),
        (with("/invitee/email", json!("zoe@sub.northwind.example")), vec!["domain_not_allowed"]),
        (with("/invitee/email", json!("zoe@northwind.example.evil.example")), vec!["domain_not_allowed"]),
        (with("/ticket/number", json!("INC001234")), vec!["ticket_invalid"]),
        (with("/ticket/number", json!("INC0012345 ' OR 1=1")), vec!["ticket_invalid"]),
        (with("/ticket", json!(null)), vec!["ticket_required"]),
        (with("/callback", json!({ "url": "https://169.254.169.254/latest" })), vec!["callback_not_allowed"]),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_is_unfit_is_refused_by_name_and_neither_stored_nor_looked_up() {
    let mut town = Town::new(1).await;
    let mut internal = town.world.config.customers[0].packages[0].clone();
    (internal.name, internal.requests) = ("internal".into(), None);
    town.world.config.customers[0].packages.push(internal);
    // Whoever asks would have to be looked up at the partner.
    let technicians = town.world.partner.add_group("Technicians");
    let requests = town.world.config.customers[0].packages[0].requests.as_mut().expect("people can ask");
    requests.requesters = Some([GroupId(technicians)].into());
    let (engine, before) = (town.world.engine(), town.world.sim.requests().len());
    let caller = known("servicenow", &[May::Request]);
    town.world.documents.reset();
    for (body, expected) in unfit() {
        for (key, delivery) in [(None, None), (Some("k"), None), (None, Some("m")), (Some("k"), Some("m"))] {
            let wish = Wish { caller: &caller, key, delivery, body: &body };
            let shown = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
            let refused = engine.ask_for(&wish).await.expect_err(&shown);
            assert_eq!(codes(&refused), expected, "{shown}");
        }
    }
    let counts = town.world.documents.counts("");
    assert_eq!((counts.reads(), counts.writes()), (0, 0), "{counts:?}");
    assert_eq!(town.world.sim.requests().len(), before, "Microsoft heard nothing");
    // The same body without a fault costs the look-up, and is refused for what that shows.
    let body = body(8).to_string();
    let wish = Wish { caller: &caller, key: None, delivery: None, body: body.as_bytes() };
    let refused = engine.ask_for(&wish).await.expect_err("the technician is in no group");
    assert_eq!(codes(&refused), ["forbidden"]);
    assert!(town.world.sim.requests().len() > before);
    assert_eq!(town.world.documents.counts("").writes(), 0);
}
