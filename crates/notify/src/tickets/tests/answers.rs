//! What each answer to the write means, in every system.

use super::{SYSTEMS, answer, desk, told, walk};
use crate::tickets::exchange::Answer;
use jiff::SignedDuration;

/// The answers that lead to the write.
fn before(system: &str) -> Vec<Answer> {
    match system {
        "servicenow-client" | "halopsa" => vec![answer(200, r#"{"access_token":"t"}"#)],
        "zendesk" => vec![answer(200, r#"{"ticket":{"updated_at":"2026-11-20T09:00:01Z"}}"#)],
        _ => Vec::new(),
    }
}

/// How the delivery ends when the write is answered like this.
fn ends(system: &str, last: Answer) -> String {
    let mut answers = before(system);
    answers.push(last);
    walk(&desk(system), &told(system), &answers).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn success_is_what_the_system_defines() {
    for (system, status, body) in [
        ("servicenow", 200, r#"{"result":{"sys_id":"1"}}"#),
        ("servicenow-client", 200, r#"{"result":{"sys_id":"1"}}"#),
        ("jira", 201, r#"{"id":"10000"}"#),
        ("zendesk", 200, r#"{"ticket":{"id":35436}}"#),
        ("freshservice", 201, r#"{"conversation":{"id":1}}"#),
        ("halopsa", 201, r#"{"id":1}"#),
        ("connectwise", 201, r#"{"id":1}"#),
        ("autotask", 200, r#"{"itemId":29683561}"#),
    ] {
        assert_eq!(ends(system, answer(status, body)), "taken", "{system}");
    }
    // A page for people, as from an instance that sleeps, is no success; nor is a number without an item.
    for system in SYSTEMS {
        for page in ["<html>Your instance is hibernating</html>", r#"{"itemId":null}"#, ""] {
            let end = ends(system, answer(if system == "zendesk" { 200 } else { 202 }, page));
            assert!(end.starts_with("later: ") && end.contains("not what its API answers"), "{system}: {end}");
        }
    }
    assert!(ends("autotask", answer(200, r#"{"itemId":null}"#)).starts_with("later: "));
    assert!(ends("servicenow", answer(200, "<html>")).starts_with("later: "));
    assert!(ends("servicenow", answer(200, r#"{"result":{}}"#)).starts_with("never: "), "an access rule hides it");
}

#[test]
fn some_refusals_are_final_and_everything_else_is_tried_again() {
    for system in SYSTEMS {
        for status in [400, 401, 403, 404, 410] {
            let end = ends(system, answer(status, "{}"));
            assert!(end.starts_with("never: ") && end.contains(&format!("answered {status}")), "{system}: {end}");
        }
        for status in [300, 302, 408, 413, 422, 425, 429, 500, 502, 503, 504] {
            let end = ends(system, answer(status, "{}"));
            assert!(end.starts_with("later: ") && end.contains(&format!("answered {status}")), "{system}: {end}");
        }
        let asked = Answer { after: Some(SignedDuration::from_secs(90)), ..answer(429, "") };
        assert!(ends(system, asked).starts_with("later, in 90 s: "), "{system}");
    }
    for system in SYSTEMS.into_iter().filter(|system| *system != "zendesk") {
        assert!(ends(system, answer(409, "{}")).starts_with("later: "), "{system}");
    }
}
