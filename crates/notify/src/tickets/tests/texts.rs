//! The note, and what texts of others can do in it.

use super::{answer, desk, told};
use crate::tickets::exchange::{Step, exchange};
use crate::tickets::{TicketKey, Told};
use access::config::TicketEvent;
use expect_test::{Expect, expect};
use serde_json::Value;

fn hostile(system: &str) -> Told {
    Told {
        invitee: "<b>kari</b>@partner.example".into(),
        detail: Some("[code]<img src=x onerror=\"go('x')\">[/code]\r\n[Gatehouse 0123-9] R&D\u{202e}".into()),
        ..told(system)
    }
}

/// The note of this system as it is written.
fn check(system: &str, answers: &[(u16, &str)], expected: &Expect) {
    let (desk, told) = (desk(system), hostile(system));
    let mut exchange = exchange(&desk, &told).unwrap();
    let mut step = exchange.begin();
    for (status, body) in answers {
        step = exchange.next(&answer(*status, body));
    }
    let Step::Ask(request) = step else { panic!("it ended") };
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    expected.assert_eq(&format!("{}\n", serde_json::to_string_pretty(&body).unwrap()));
}

#[test]
fn no_text_of_others_is_more_than_text() {
    check(
        "servicenow",
        &[],
        &expect![[r#"
        {
          "state": "3",
          "work_notes": "[Gatehouse 0123456789abcdef0123456789abcdef-2] Invitation sent: <b>kari</b>@partner.example, tier2-intune at contoso; access until 2026-11-20T17:00:00Z. (code)<img src=x onerror=\"go('x')\">(/code)  (Gatehouse 0123-9) R&D"
        }
    "#]],
    );
    check(
        "jira",
        &[],
        &expect![[r#"
        {
          "body": {
            "content": [
              {
                "content": [
                  {
                    "text": "[Gatehouse 0123456789abcdef0123456789abcdef-2] Invitation sent: <b>kari</b>@partner.example, tier2-intune at contoso; access until 2026-11-20T17:00:00Z. (code)<img src=x onerror=\"go('x')\">(/code)  (Gatehouse 0123-9) R&D",
                    "type": "text"
                  }
                ],
                "type": "paragraph"
              }
            ],
            "type": "doc",
            "version": 1
          },
          "properties": [
            {
              "key": "sd.public.comment",
              "value": {
                "internal": true
              }
            }
          ]
        }
    "#]],
    );
    check(
        "zendesk",
        &[(200, r#"{"ticket":{"updated_at":"2026-11-20T09:00:01Z","tags":[]}}"#)],
        &expect![[r#"
            {
              "ticket": {
                "comment": {
                  "body": "[Gatehouse 0123456789abcdef0123456789abcdef-2] Invitation sent: <b>kari</b>@partner.example, tier2-intune at contoso; access until 2026-11-20T17:00:00Z. (code)<img src=x onerror=\"go('x')\">(/code)  (Gatehouse 0123-9) R&D",
                  "public": false
                },
                "safe_update": true,
                "tags": [
                  "gatehouse"
                ],
                "updated_stamp": "2026-11-20T09:00:01Z"
              }
            }
        "#]],
    );
    check(
        "freshservice",
        &[],
        &expect![[r#"
        {
          "body": "[Gatehouse 0123456789abcdef0123456789abcdef-2] Invitation sent: &lt;b&gt;kari&lt;/b&gt;@partner.example, tier2-intune at contoso; access until 2026-11-20T17:00:00Z. (code)&lt;img src=x onerror=&quot;go(&#39;x&#39;)&quot;&gt;(/code)  (Gatehouse 0123-9) R&amp;D",
          "private": true
        }
    "#]],
    );
    check(
        "halopsa",
        &[(200, r#"{"access_token":"t"}"#)],
        &expect![[r#"
        [
          {
            "hiddenfromuser": true,
            "note": "[Gatehouse 0123456789abcdef0123456789abcdef-2] Invitation sent: &lt;b&gt;kari&lt;/b&gt;@partner.example, tier2-intune at contoso; access until 2026-11-20T17:00:00Z. (code)&lt;img src=x onerror=&quot;go(&#39;x&#39;)&quot;&gt;(/code)  (Gatehouse 0123-9) R&amp;D",
            "outcome": "Private Note",
            "ticket_id": 4471
          }
        ]
    "#]],
    );
    check(
        "connectwise",
        &[],
        &expect![[r#"
        {
          "detailDescriptionFlag": false,
          "internalAnalysisFlag": true,
          "resolutionFlag": false,
          "text": "[Gatehouse 0123456789abcdef0123456789abcdef-2] Invitation sent: <b>kari</b>@partner.example, tier2-intune at contoso; access until 2026-11-20T17:00:00Z. (code)<img src=x onerror=\"go('x')\">(/code)  (Gatehouse 0123-9) R&D"
        }
    "#]],
    );
    check(
        "autotask",
        &[],
        &expect![[r#"
        {
          "description": "[Gatehouse 0123456789abcdef0123456789abcdef-2] Invitation sent: <b>kari</b>@partner.example, tier2-intune at contoso; access until 2026-11-20T17:00:00Z. (code)<img src=x onerror=\"go('x')\">(/code)  (Gatehouse 0123-9) R&D",
          "noteType": 1,
          "publish": 2,
          "title": "Invitation"
        }
    "#]],
    );
}

#[test]
fn each_event_has_its_words() {
    let texts: Vec<String> = TicketEvent::ALL
        .into_iter()
        .map(|event| Told { event, ends_at: None, request: "0123".into(), ..told("jira") }.text())
        .collect();
    expect![[r#"
        [Gatehouse 0123-2] Request waits for approval: kari.nordmann@partner.example.com, tier2-intune at contoso
        [Gatehouse 0123-2] Request accepted: kari.nordmann@partner.example.com, tier2-intune at contoso
        [Gatehouse 0123-2] Invitation sent: kari.nordmann@partner.example.com, tier2-intune at contoso
        [Gatehouse 0123-2] Access given: kari.nordmann@partner.example.com, tier2-intune at contoso
        [Gatehouse 0123-2] Access ends soon: kari.nordmann@partner.example.com, tier2-intune at contoso
        [Gatehouse 0123-2] Access extended: kari.nordmann@partner.example.com, tier2-intune at contoso
        [Gatehouse 0123-2] Access ended: kari.nordmann@partner.example.com, tier2-intune at contoso
        [Gatehouse 0123-2] Request rejected: kari.nordmann@partner.example.com, tier2-intune at contoso
        [Gatehouse 0123-2] Request cancelled: kari.nordmann@partner.example.com, tier2-intune at contoso
        [Gatehouse 0123-2] Request failed: kari.nordmann@partner.example.com, tier2-intune at contoso"#]]
    .assert_eq(&texts.join("\n"));
}

#[test]
fn a_note_is_never_longer_than_every_system_takes() {
    let long = "𝄞".repeat(20_000);
    let told = Told {
        invitee: long.clone(),
        customer: long.clone(),
        package: long.clone(),
        detail: Some(long),
        ..told("autotask")
    };
    let text = told.text();
    assert!(text.chars().count() < 3_200, "{}", text.chars().count());
    assert!(text.starts_with("[Gatehouse 0123456789abcdef0123456789abcdef-2] "));
}

#[test]
fn a_key_that_is_none_of_the_system_never_reaches_an_address() {
    let key = |id: Option<&str>, number: Option<&str>| TicketKey {
        id: id.map(str::to_owned),
        number: number.map(str::to_owned),
    };
    for (system, id, number) in [
        ("servicenow", Some("6816f79cc0a8016401c5a33be04be44/x"), Some("RITM^ORnumber!=1")),
        ("servicenow", None, None),
        ("jira", Some("../../3/user"), Some("acc-142")),
        ("jira", Some("-142"), Some("ACC-")),
        ("zendesk", Some("35436/../1"), Some("##35436")),
        ("freshservice", Some(""), Some("SR-2417")),
        ("halopsa", Some("-1"), None),
        ("connectwise", Some("1?x=1"), None),
        // One digit too many.
        ("autotask", Some("1234567890123456789"), None),
    ] {
        let told = Told { ticket: key(id, number), ..told(system) };
        let desk = desk(system);
        let refused = exchange(&desk, &told).err();
        assert!(refused.is_some(), "{system} {id:?} {number:?}");
    }
    let told = Told { ticket: key(Some("123456789012345678"), None), ..told("autotask") };
    assert!(exchange(&desk("autotask"), &told).is_ok(), "18 digits");
}
