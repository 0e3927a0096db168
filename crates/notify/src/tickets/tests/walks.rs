//! Deliveries from the first request to their end.

use super::{SYSTEMS, answer, desk, told, walk};
use crate::tickets::exchange::Answer;
use crate::tickets::{TicketKey, Told};
use access::config::TicketEvent;
use expect_test::{Expect, expect};

const TOKEN: (u16, &str) = (200, r#"{"access_token":"t"}"#);
const TICKET: (u16, &str) = (200, r#"{"ticket":{"updated_at":"2026-11-20T09:00:01Z","status":"open","tags":[]}}"#);
const MARK: &str = "[Gatehouse 0123456789abcdef0123456789abcdef-2] Invitation sent";

fn check(system: &str, told: &Told, answers: &[(u16, &str)], expected: &Expect) {
    let answers: Vec<Answer> = answers.iter().map(|(status, body)| answer(*status, body)).collect();
    expected.assert_eq(&walk(&desk(system), told, &answers));
}

#[test]
fn a_note_that_arrived_is_not_written_again() {
    for system in SYSTEMS {
        let told = Told { again: true, ..told(system) };
        let mut answers = Vec::new();
        if matches!(system, "servicenow-client" | "halopsa") {
            answers.push(answer(TOKEN.0, TOKEN.1));
        }
        let before = answers.len();
        answers.push(answer(200, &format!(r#"{{"notes":[{{"text":"09:00 - gatehouse\n{MARK}"}}]}}"#)));
        let end = walk(&desk(system), &told, &answers);
        assert!(end.ends_with("-> 200\ntaken") && end.lines().nth(before).unwrap().starts_with("GET /"), "{end}");
        // That of another event, of which this one's number is the beginning, is not it.
        answers.pop();
        answers.push(answer(200, &MARK.replace("-2]", "-21]")));
        let end = walk(&desk(system), &told, &answers);
        assert!(!end.ends_with("taken"), "{end}");
    }
}

#[test]
fn where_the_notes_cannot_be_read_the_note_is_written() {
    for system in SYSTEMS {
        let told = Told { again: true, ..told(system) };
        let token = matches!(system, "servicenow-client" | "halopsa").then(|| answer(TOKEN.0, TOKEN.1));
        let with = |status| {
            let token = token.iter().map(|token| answer(token.status, TOKEN.1));
            walk(&desk(system), &told, &token.chain([answer(status, "")]).collect::<Vec<_>>())
        };
        let forbidden = with(403);
        let last = forbidden.lines().last().unwrap();
        let next = if system == "zendesk" { "GET /api/v2/tickets/35436" } else { "P" };
        assert!(last.starts_with(next), "{system}: {forbidden}");
        assert!(with(503).lines().last().unwrap().starts_with("later: "), "{system}");
    }
}

#[test]
fn servicenow_is_searched_for_a_record_that_gives_only_its_number() {
    let told = told("servicenow");
    let numbered = Told { ticket: TicketKey { id: None, number: Some("RITM0010023".into()) }, again: true, ..told };
    check(
        "servicenow-client",
        &numbered,
        &[
            TOKEN,
            (200, r#"{"result":[{"sys_id":"6816f79cc0a8016401c5a33be04be441","number":"RITM0010023"}]}"#),
            (200, r#"{"result":{"work_notes":""}}"#),
            (200, r#"{"result":{"number":"RITM0010023"}}"#),
        ],
        &expect![[r#"
            POST /oauth_token.do -> 200
            GET /api/now/table/sc_req_item?sysparm_query=number=RITM0010023&sysparm_fields=sys_id,number&sysparm_limit=1 -> 200
            GET /api/now/table/sc_req_item/6816f79cc0a8016401c5a33be04be441?sysparm_fields=work_notes&sysparm_display_value=true -> 200
            PATCH /api/now/table/sc_req_item/6816f79cc0a8016401c5a33be04be441 -> 200
            taken"#]],
    );
    check(
        "servicenow",
        &numbered,
        &[(200, r#"{"result":[]}"#)],
        &expect![[r#"
            GET /api/now/table/sc_req_item?sysparm_query=number=RITM0010023&sysparm_fields=sys_id,number&sysparm_limit=1 -> 200
            never: example.service-now.com shows us no such ticket: there is none, or an access rule hides it"#]],
    );
    // A table without numbers shows its first record, whatever was asked for.
    let other = (200, r#"{"result":[{"sys_id":"6816f79cc0a8016401c5a33be04be441"}]}"#);
    check(
        "servicenow",
        &numbered,
        &[other],
        &expect![[r#"
        GET /api/now/table/sc_req_item?sysparm_query=number=RITM0010023&sysparm_fields=sys_id,number&sysparm_limit=1 -> 200
        never: example.service-now.com shows us no such ticket: there is none, or an access rule hides it"#]],
    );
    check(
        "servicenow",
        &numbered,
        &[(200, r#"{"result":[{"sys_id":"../../x","number":"RITM0010023"}]}"#)],
        &expect![[r#"
            GET /api/now/table/sc_req_item?sysparm_query=number=RITM0010023&sysparm_fields=sys_id,number&sysparm_limit=1 -> 200
            never: example.service-now.com shows us no such ticket: there is none, or an access rule hides it"#]],
    );
}

#[test]
fn a_token_that_is_refused_ends_the_delivery() {
    for system in ["servicenow-client", "halopsa"] {
        let told = told(system);
        for (given, end) in [
            (answer(401, r#"{"error":"invalid_client"}"#), "never: "),
            (answer(503, ""), "later: "),
            (answer(200, "<html>"), "later: "),
            (answer(200, r#"{"access_token":"a\nb"}"#), "later: "),
        ] {
            let walk = walk(&desk(system), &told, &[given]);
            assert!(walk.lines().last().unwrap().starts_with(end), "{walk}");
        }
    }
}

#[test]
fn jira_makes_a_transition_that_the_issue_offers() {
    let active = Told { event: TicketEvent::Active, ..told("jira") };
    let offers = (200, r#"{"transitions":[{"id":"76"},{"id":"761"}]}"#);
    check(
        "jira",
        &active,
        &[(201, "{}"), offers, (204, "")],
        &expect![[r#"
        POST /rest/api/3/issue/ACC-142/comment -> 201
        GET /rest/api/3/issue/ACC-142/transitions -> 200
        POST /rest/api/3/issue/ACC-142/transitions -> 204
        taken"#]],
    );
    // Made already: not offered any more, or refused.
    check(
        "jira",
        &active,
        &[(201, "{}"), (200, r#"{"transitions":[{"id":"76"}]}"#)],
        &expect![[r#"
        POST /rest/api/3/issue/ACC-142/comment -> 201
        GET /rest/api/3/issue/ACC-142/transitions -> 200
        taken"#]],
    );
    check(
        "jira",
        &active,
        &[(201, "{}"), offers, (400, "{}")],
        &expect![[r#"
        POST /rest/api/3/issue/ACC-142/comment -> 201
        GET /rest/api/3/issue/ACC-142/transitions -> 200
        POST /rest/api/3/issue/ACC-142/transitions -> 400
        taken"#]],
    );
    // The comment is there: the next attempt makes only the transition.
    check(
        "jira",
        &active,
        &[(201, "{}"), (503, "")],
        &expect![[r#"
        POST /rest/api/3/issue/ACC-142/comment -> 201
        GET /rest/api/3/issue/ACC-142/transitions -> 503
        later: the comment is there, but the transition is not made: example.atlassian.net answered 503"#]],
    );
    let again = Told { again: true, ..active.clone() };
    check(
        "jira",
        &again,
        &[(200, MARK), offers, (204, "")],
        &expect![[r#"
        GET /rest/api/3/issue/ACC-142/comment?orderBy=-created&maxResults=100 -> 200
        GET /rest/api/3/issue/ACC-142/transitions -> 200
        POST /rest/api/3/issue/ACC-142/transitions -> 204
        taken"#]],
    );
    check(
        "jira",
        &active,
        &[(201, "{}"), offers, (403, "{}")],
        &expect![[r#"
        POST /rest/api/3/issue/ACC-142/comment -> 201
        GET /rest/api/3/issue/ACC-142/transitions -> 200
        POST /rest/api/3/issue/ACC-142/transitions -> 403
        never: the comment is there, but the transition is not made: example.atlassian.net answered 403: we may not do that there"#]],
    );
    // An event without a transition.
    check(
        "jira",
        &told("jira"),
        &[(201, "{}")],
        &expect![[r#"
        POST /rest/api/3/issue/ACC-142/comment -> 201
        taken"#]],
    );
}

#[test]
fn zendesk_is_read_again_when_somebody_was_quicker_but_not_for_ever() {
    let told = Told { event: TicketEvent::Expired, ..told("zendesk") };
    let (conflict, done) = ((409, ""), (200, r#"{"ticket":{}}"#));
    check(
        "zendesk",
        &told,
        &[TICKET, conflict, TICKET, conflict, TICKET, done],
        &expect![[r#"
        GET /api/v2/tickets/35436 -> 200
        PUT /api/v2/tickets/35436 -> 409
        GET /api/v2/tickets/35436 -> 200
        PUT /api/v2/tickets/35436 -> 409
        GET /api/v2/tickets/35436 -> 200
        PUT /api/v2/tickets/35436 -> 200
        taken"#]],
    );
    check(
        "zendesk",
        &told,
        &[TICKET, conflict, TICKET, conflict, TICKET, conflict],
        &expect![[r#"
        GET /api/v2/tickets/35436 -> 200
        PUT /api/v2/tickets/35436 -> 409
        GET /api/v2/tickets/35436 -> 200
        PUT /api/v2/tickets/35436 -> 409
        GET /api/v2/tickets/35436 -> 200
        PUT /api/v2/tickets/35436 -> 409
        later: example.zendesk.com answered 409"#]],
    );
    let closed = (200, r#"{"ticket":{"updated_at":"2026-11-20T09:00:01Z","status":"closed"}}"#);
    check(
        "zendesk",
        &told,
        &[closed],
        &expect![[r#"
        GET /api/v2/tickets/35436 -> 200
        never: example.zendesk.com: the ticket is closed for good"#]],
    );
}
