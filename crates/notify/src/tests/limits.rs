//! What services take at most, from both sides.

use super::page;
use super::stand::{self, channel, sends};
use crate::message::{Link, Message};
use crate::{FACTS_MAX, INCIDENTS_NAMED_MAX, Page, jsm, pagerduty, servicenow, slack, sns, teams, twilio};
use serde_json::Value;

fn titled(characters: usize) -> Message {
    Message::from(&Page { title: "x".repeat(characters), ..page() })
}

fn keyed(characters: usize) -> Message {
    Message::from(&Page { key: "k".repeat(characters), ..page() })
}

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

/// Whether the text ends as it was, or with the sign that something was left out.
fn is_whole(text: &str) -> bool {
    text.ends_with('x')
}

#[test]
fn headlines_are_cut_where_a_service_cuts_them() {
    let slack = |n: usize| {
        let body = json(slack::render("https://a.example", &titled(n)).unwrap().body());
        body["blocks"][0]["text"]["text"].as_str().unwrap().to_owned()
    };
    let summary = |n: usize| {
        let body = json(pagerduty::render("https://a.example", "R0", &titled(n)).unwrap().body());
        body["payload"]["summary"].as_str().unwrap().to_owned()
    };
    let alert = |n: usize| jsm::render(&titled(n), None)["message"].as_str().unwrap().to_owned();
    let record = |n: usize| servicenow::render(&titled(n), None)["short_description"].as_str().unwrap().to_owned();
    let services: [(&dyn Fn(usize) -> String, usize); 4] =
        [(&slack, 150), (&summary, 1_024), (&alert, 130), (&record, 160)];
    for (render, max) in services {
        for (length, whole) in [(max, true), (max + 1, false), (100_000, false)] {
            let text = render(length);
            assert!(text.chars().count() <= max && is_whole(&text) == whole, "{max}: {length}");
        }
    }
}

#[tokio::test]
async fn a_subject_is_ascii_and_shorter_than_a_hundred_characters() {
    let subject = async |title: &str| {
        let (_, got) = sends(&channel(stand::sns("duty")), &Page { title: title.into(), ..page() }).await;
        got.iter().find_map(|line| line.strip_prefix("Subject = ")).unwrap().trim_matches('"').to_owned()
    };
    let room = sns::SUBJECT_MAX - "Gatehouse: ".len();
    let (fits, cut) = (subject(&"x".repeat(room)).await, subject(&format!("{}y", "x".repeat(room))).await);
    assert_eq!((fits.len(), cut.len()), (99, 99));
    assert!(fits.ends_with('x') && cut.ends_with('x'), "the y has no room");
    assert_eq!(subject("Bücher 本\r\nX: y").await, "Gatehouse: B?cher ?  X: y");
}

#[test]
fn keys_are_kept_as_they_are_where_a_service_takes_them() {
    let dedup =
        |n: usize| json(pagerduty::render("https://a.example", "R0", &keyed(n)).unwrap().body())["dedup_key"].clone();
    let alias = |n: usize| jsm::render(&keyed(n), None)["alias"].clone();
    let correlation = |n: usize| servicenow::render(&keyed(n), None)["correlation_id"].clone();
    let services: [(&dyn Fn(usize) -> Value, usize); 3] = [(&dedup, 255), (&alias, 512), (&correlation, 100)];
    for (render, max) in services {
        assert_eq!(render(max), Value::String("k".repeat(max)));
        let hashed = render(max + 1);
        assert_eq!(hashed.as_str().unwrap().len(), 32, "a hash of it: two long keys stay two");
        assert_ne!(hashed, render(max + 2));
    }
    let odd = Message::from(&Page { key: "a^ORactive=true".into(), ..page() });
    let correlation = servicenow::render(&odd, None)["correlation_id"].clone();
    assert_eq!(correlation.as_str().unwrap().len(), 32, "nothing that a query gives a meaning");
}

#[test]
fn a_card_is_cut_until_teams_takes_it() {
    let size = |message: &Message| teams::render("https://a.example", message).unwrap().body().len();
    let usual = Message::from(&page());
    assert!(size(&usual) < 4_096);
    let full = |text: &str, value: &str| {
        Message::from(&Page {
            text: text.repeat(3_000),
            facts: vec![("n".repeat(60), value.repeat(200)); FACTS_MAX],
            incidents: vec!["i".repeat(60); INCIDENTS_NAMED_MAX],
            ..page()
        })
    };
    // Everything has room in letters of one byte, and not in letters of four.
    let (narrow, wide) = (full("x", "x"), full("𝄞", "𝄞"));
    let lines = |message: &Message| {
        let body = json(teams::render("https://a.example", message).unwrap().body());
        body["attachments"][0]["content"]["body"].as_array().unwrap().len() - 2
    };
    assert!(size(&narrow) <= teams::BYTES_MAX);
    assert_eq!(lines(&narrow), FACTS_MAX + 3);
    assert!(size(&wide) <= teams::BYTES_MAX, "{}", size(&wide));
    assert!((3..FACTS_MAX).contains(&lines(&wide)));
    let body = teams::render("https://a.example", &wide).unwrap();
    let body = String::from_utf8(body.body().to_vec()).unwrap();
    assert!(body.contains("2026-11-20T02:38:41Z") && body.contains("iiii"), "what it is, is said");
    let mut widest = wide;
    widest.headline = "\"".repeat(10_000);
    widest.text = "\"".repeat(10_000);
    assert!(size(&widest) <= teams::BYTES_MAX);
}

#[test]
fn a_text_message_is_short_and_its_address_whole_or_left_out() {
    let long = |n: usize| Some(format!("https://gatehouse.example/{}", "p".repeat(n - 26)));
    let text = |title: usize, link: Option<String>| {
        let mut message = titled(title);
        message.link = link.map(|url| Link { url, title: "Acknowledge" });
        twilio::render(&message)
    };
    for title in [0, 10, 1_000] {
        for link in [None, long(80), long(220), long(221)] {
            let text = text(title, link.clone());
            assert!(text.chars().count() <= 320, "{text}");
            let whole = link.filter(|link| link.len() <= 220);
            assert_eq!(text.contains("Ack: "), whole.is_some(), "{text}");
            assert!(whole.is_none_or(|link| text.contains(&format!("Ack: {link} ["))), "{text}");
        }
    }
    let fits = text(100, None);
    assert!(fits.contains(&"x".repeat(100)) && fits.contains("Example Corp"), "{fits}");
    assert_eq!(text(1_000, None).chars().count(), 320);
}

#[test]
fn what_a_page_lists_is_shown_up_to_its_number() {
    let message = |facts: usize, incidents: usize| {
        let facts = (0..facts).map(|n| (format!("fact {n}"), "x".repeat(201))).collect();
        let count = incidents as u32;
        let incidents = (0..incidents).map(|n| format!("incident-{n}")).collect();
        Message::from(&Page { facts, incidents, count, ..page() })
    };
    let full = message(FACTS_MAX, INCIDENTS_NAMED_MAX).lines();
    assert_eq!(full.len(), FACTS_MAX + 3);
    assert!(full.iter().any(|(name, _)| name == "fact 19"));
    assert!(full.last().unwrap().1.ends_with("incident-19"));
    assert_eq!(full[1].1.chars().count(), 200, "a value is cut");
    let more = message(FACTS_MAX + 1, INCIDENTS_NAMED_MAX + 1).lines();
    assert_eq!(more.len(), FACTS_MAX + 3);
    assert!(more.last().unwrap().1.ends_with("incident-19 and 1 more"), "{:?}", more.last());
}
