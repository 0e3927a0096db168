use super::{hostile, of};
use crate::{Notice, State, pagerduty, slack, teams, webhook};
use access::config::NoticeKind;
use base64::Engine;
use bytes::Bytes;
use expect_test::{Expect, expect};
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use sha2::Sha256;

fn check(request: &Request<Bytes>, expected: &Expect) {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\n", value.to_str().unwrap()));
    }
    let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
    text.push_str(&serde_json::to_string_pretty(&body).unwrap());
    text.push('\n');
    expected.assert_eq(&text);
}

fn longest(escaped: bool) -> Notice {
    let long = "𝄞".repeat(20_000);
    Notice {
        title: long.clone(),
        text: if escaped { "<".repeat(20_000) } else { long.clone() },
        customers: vec!["c".repeat(64); 20],
        command: Some(long),
        ..hostile()
    }
}

#[test]
fn teams_gets_a_card_in_which_no_text_is_markdown() {
    check(
        &teams::render("https://flow.example/x?sig=1", &of(&hostile())).unwrap(),
        &expect![[r#"
        POST https://flow.example/x?sig=1
        content-type: application/json
        {
          "attachments": [
            {
              "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "body": [
                  {
                    "bleed": true,
                    "items": [
                      {
                        "inlines": [
                          {
                            "size": "Large",
                            "text": "12 people are held <!channel> [free](https://evil.example)",
                            "type": "TextRun",
                            "weight": "Bolder"
                          }
                        ],
                        "type": "RichTextBlock"
                      }
                    ],
                    "style": "attention",
                    "type": "Container"
                  },
                  {
                    "inlines": [
                      {
                        "text": "Nobody is removed: the group \"R&D\" <https://evil.example|click>  *is* empty.",
                        "type": "TextRun"
                      }
                    ],
                    "type": "RichTextBlock"
                  },
                  {
                    "inlines": [
                      {
                        "text": "Customers: ",
                        "type": "TextRun",
                        "weight": "Bolder"
                      },
                      {
                        "text": "adatum, contoso and 28 more",
                        "type": "TextRun"
                      }
                    ],
                    "type": "RichTextBlock"
                  },
                  {
                    "inlines": [
                      {
                        "text": "Command: ",
                        "type": "TextRun",
                        "weight": "Bolder"
                      },
                      {
                        "text": "gatehouse sync --release cause:0011223344556677 --confirm 12",
                        "type": "TextRun"
                      }
                    ],
                    "type": "RichTextBlock"
                  },
                  {
                    "inlines": [
                      {
                        "text": "Since: ",
                        "type": "TextRun",
                        "weight": "Bolder"
                      },
                      {
                        "text": "2026-11-02T09:00:00Z",
                        "type": "TextRun"
                      }
                    ],
                    "type": "RichTextBlock"
                  },
                  {
                    "inlines": [
                      {
                        "text": "Notice: ",
                        "type": "TextRun",
                        "weight": "Bolder"
                      },
                      {
                        "text": "0123456789abcdef-1793610000",
                        "type": "TextRun"
                      }
                    ],
                    "type": "RichTextBlock"
                  }
                ],
                "msteams": {
                  "width": "Full"
                },
                "type": "AdaptiveCard",
                "version": "1.4"
              },
              "contentType": "application/vnd.microsoft.card.adaptive",
              "contentUrl": null
            }
          ],
          "type": "message"
        }
    "#]],
    );
}

#[test]
fn slack_gets_blocks_in_which_no_text_calls_anybody() {
    check(
        &slack::render("https://hooks.slack.example/T/B/x", &of(&hostile())).unwrap(),
        &expect![[r#"
            POST https://hooks.slack.example/T/B/x
            content-type: application/json
            {
              "blocks": [
                {
                  "text": {
                    "emoji": false,
                    "text": "12 people are held &lt;!channel&gt; [free](https://evil.example)",
                    "type": "plain_text"
                  },
                  "type": "header"
                },
                {
                  "text": {
                    "emoji": false,
                    "text": "Nobody is removed: the group \"R&amp;D\" &lt;https://evil.example|click&gt;  *is* empty.",
                    "type": "plain_text"
                  },
                  "type": "section"
                },
                {
                  "fields": [
                    {
                      "emoji": false,
                      "text": "Customers: adatum, contoso and 28 more",
                      "type": "plain_text"
                    }
                  ],
                  "type": "section"
                },
                {
                  "text": {
                    "text": "```gatehouse sync --release cause:0011223344556677 --confirm 12```",
                    "type": "mrkdwn",
                    "verbatim": true
                  },
                  "type": "section"
                },
                {
                  "elements": [
                    {
                      "emoji": false,
                      "text": "since 2026-11-02T09:00:00Z, notice 0123456789abcdef-1793610000",
                      "type": "plain_text"
                    }
                  ],
                  "type": "context"
                }
              ],
              "mrkdwn": false,
              "text": "12 people are held &lt;!channel&gt; [free](https://evil.example)",
              "unfurl_links": false,
              "unfurl_media": false
            }
        "#]],
    );
}

#[test]
fn pagerduty_gets_a_trigger_and_later_a_resolve_with_the_same_key() {
    let url = "https://events.pagerduty.com/v2/enqueue";
    check(
        &pagerduty::render(url, "R0", &of(&hostile())).unwrap(),
        &expect![[r#"
            POST https://events.pagerduty.com/v2/enqueue
            content-type: application/json
            {
              "client": "Gatehouse",
              "dedup_key": "gatehouse:0123456789abcdef-1793610000",
              "event_action": "trigger",
              "payload": {
                "class": "held",
                "custom_details": {
                  "Command": "gatehouse sync --release cause:0011223344556677 --confirm 12",
                  "Customers": "adatum, contoso and 28 more",
                  "Notice": "0123456789abcdef-1793610000",
                  "Since": "2026-11-02T09:00:00Z",
                  "Text": "Nobody is removed: the group \"R&D\" <https[:]//evil[.]example|click>  *is* empty."
                },
                "severity": "warning",
                "source": "gatehouse",
                "summary": "12 people are held <!channel> [free](https[:]//evil[.]example)",
                "timestamp": "2026-11-02T09:00:00Z"
              },
              "routing_key": "R0"
            }
        "#]],
    );
    let over = Notice { state: State::Resolved, ..hostile() };
    check(
        &pagerduty::render(url, "R0", &of(&over)).unwrap(),
        &expect![[r#"
        POST https://events.pagerduty.com/v2/enqueue
        content-type: application/json
        {
          "dedup_key": "gatehouse:0123456789abcdef-1793610000",
          "event_action": "resolve",
          "routing_key": "R0"
        }
    "#]],
    );
}

#[test]
fn a_webhook_is_signed_over_its_id_its_time_and_its_body() {
    let now = "2026-11-02T09:00:30Z".parse().unwrap();
    let repeated = Notice { may_repeat: true, state: State::Updated, ..hostile() };
    let request = webhook::render("https://siem.example/hook", b"key", &of(&repeated), now).unwrap();
    let signed = [b"0123456789abcdef-1793610000-1.1793610030.", &request.body()[..]].concat();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap();
    mac.update(&signed);
    let expected = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(request.headers()["webhook-signature"], format!("v1,{expected}").as_str());
    check(
        &request,
        &expect![[r#"
            POST https://siem.example/hook
            content-type: application/json
            webhook-id: 0123456789abcdef-1793610000-1
            webhook-timestamp: 1793610030
            webhook-signature: v1,f/+9B5HIjspHNjM57jptA2fneFP/R7cbSZuypKDH/0Y=
            {
              "data": {
                "command": "gatehouse sync --release cause:0011223344556677 --confirm 12",
                "customers": [
                  "adatum",
                  "contoso"
                ],
                "customersCount": 30,
                "id": "0123456789abcdef-1793610000",
                "kind": "held",
                "link": null,
                "mayRepeat": true,
                "since": "2026-11-02T09:00:00Z",
                "state": "updated",
                "text": "Nobody is removed: the group \"R&D\" <https://evil.example|click>  *is* empty.",
                "title": "12 people are held <!channel> [free](https://evil.example)"
              },
              "timestamp": "2026-11-02T09:00:30Z",
              "type": "gatehouse.notice.updated"
            }
        "#]],
    );
}

#[test]
fn no_service_gets_more_than_it_takes() {
    let size = |request: Request<Bytes>| request.body().len();
    assert!(size(teams::render("https://flow.example", &of(&longest(false))).unwrap()) <= 28 * 1024);
    assert!(size(pagerduty::render("https://events.example", "R0", &of(&longest(false))).unwrap()) <= 512 * 1024);
    let request = slack::render("https://hooks.example", &of(&longest(true))).unwrap();
    let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
    let lengths = body["blocks"].as_array().unwrap().iter().map(|block| match block["text"]["text"].as_str() {
        Some(text) => (block["type"].clone(), text.chars().count()),
        None => (block["type"].clone(), 0),
    });
    for (kind, length) in lengths {
        let max = if kind == "header" { 150 } else { 3_000 };
        assert!(length <= max, "{kind} has {length}");
    }
}

/// What somebody who wants access may have written where only texts are shown, in a notice with a page of ours.
fn approval() -> Notice {
    Notice {
        kind: NoticeKind::Approvals,
        state: State::Reminded,
        title: "Access to <!here> waits for approval".into(),
        text: "\"Zoe\" <zoe@evil.example> asks. Reason: \"`x` <https://evil.example|Approve> [Approve](https://evil.example)\u{202e}\n@channel\"".into(),
        command: Some("gatehouse requests approve 0011 --by MAIL".into()),
        link: Some("https://gatehouse.example/api/v1/invitations/0011/approval?link=2233".into()),
        ..hostile()
    }
}

/// Everything in the body that a service shows as an address to open, and every text with markup.
fn shown_as_links(request: &Request<Bytes>) -> Vec<String> {
    fn collect(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(members) => {
                let marked = members.get("type").is_some_and(|kind| kind == "mrkdwn" || kind == "TextBlock");
                for (name, value) in members {
                    if matches!(name.as_str(), "url" | "href") || (marked && name == "text") {
                        found.push(value.as_str().unwrap().to_owned());
                    }
                    collect(value, found);
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(&serde_json::from_slice(request.body()).unwrap(), &mut found);
    found
}

#[test]
fn the_page_of_a_request_is_the_only_link_whatever_its_texts_are() {
    let requests = [
        teams::render("https://flow.example", &of(&approval())).unwrap(),
        slack::render("https://hooks.example", &of(&approval())).unwrap(),
        pagerduty::render("https://events.example", "R0", &of(&approval())).unwrap(),
    ];
    let links: Vec<Vec<String>> = requests.iter().map(shown_as_links).collect();
    let page = approval().link.unwrap();
    let command = format!("```{}```", approval().command.unwrap());
    assert_eq!(links, [vec![page.clone()], vec![command, format!("<{page}|Open the page>")], vec![page]]);
    for request in &requests {
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        assert!(body.contains("Still waiting: Access to"), "{body}");
        assert!(!body.contains('\u{202e}'), "{body}");
    }
    let slack = String::from_utf8(requests[1].body().to_vec()).unwrap();
    assert!(!slack.contains("<!here>") && !slack.contains("<https://evil"), "{slack}");
    assert!(slack.contains(r#""unfurl_links":false"#), "nobody but a person looks at the page: {slack}");
}

#[test]
fn a_webhook_gets_the_page_of_a_request_and_hears_of_reminders() {
    let now = "2026-11-03T09:00:30Z".parse().unwrap();
    let request = webhook::render("https://siem.example/hook", b"key", &of(&approval()), now).unwrap();
    let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body["type"], "gatehouse.notice.reminded");
    assert_eq!(body["data"]["kind"], "approvals");
    assert_eq!(body["data"]["link"], approval().link.unwrap());
}
