//! What each service's answers mean.

use super::page;
use super::stand::{self, Answered, Stand, answer, answer_with, channel, ends, sends};
use crate::{Act, Page, Sent, send_page};
use access::config::Service;
use jiff::SignedDuration;
use outside::{MailError, TransportError};
use std::sync::Arc;
use std::time::Duration;

/// How it ended, in one word.
fn word(sent: &Sent) -> &'static str {
    match sent {
        Sent::Taken => "taken",
        Sent::Later { unclear: false, .. } => "later",
        Sent::Later { unclear: true, .. } => "unclear",
        Sent::Never { .. } => "never",
    }
}

fn requests(stand: &Stand) -> usize {
    let begins = |line: &&String| ["GET ", "POST ", "PATCH "].iter().any(|method| line.starts_with(method));
    stand.lines().iter().filter(begins).count()
}

async fn check(service: Service, cases: &[(u16, &str, &str)]) {
    let channel = channel(service);
    for (status, body, expected) in cases {
        let sent = ends(&channel, &page(), [answer(*status, body)]).await;
        assert_eq!(word(&sent), *expected, "{} {status} {body}: {sent:?}", channel.host);
        if let Sent::Later { why, .. } | Sent::Never { why } = &sent {
            assert!(!why.contains("hush"), "{why}");
        }
    }
}

#[tokio::test]
async fn slack_says_in_its_body_whether_it_took_a_message() {
    check(
        stand::slack_app(),
        &[
            (200, r#"{"ok":true}"#, "taken"),
            (200, r#"{"ok":false,"error":"ratelimited"}"#, "later"),
            (200, r#"{"ok":false,"error":"internal_error"}"#, "later"),
            (200, r#"{"ok":false,"error":"fatal_error"}"#, "later"),
            (200, r#"{"ok":false,"error":"channel_not_found"}"#, "never"),
            (200, r#"{"ok":false,"error":"invalid_auth"}"#, "never"),
            (200, r#"{"ok":"true"}"#, "unclear"),
            (200, "<html>", "unclear"),
            (201, r#"{"ok":true}"#, "unclear"),
            (302, "", "later"),
            (429, "", "later"),
            (503, "", "later"),
            (404, "", "never"),
        ],
    )
    .await;
    let app = channel(stand::slack_app());
    let refused = ends(&app, &page(), [answer(200, r#"{"ok":false,"error":"<!channel> hush"}"#)]).await;
    assert_eq!(refused, Sent::Never { why: "slack.com did not take it: an error without a name".into() });
    let webhook = [(200, "ok", "taken"), (200, "ok\n", "taken"), (200, "", "unclear"), (200, "no_text", "unclear")];
    check(stand::slack_webhook(), &webhook).await;
    let statuses = [(403, "invalid_token", "never"), (410, "channel_is_archived", "never"), (500, "", "later")];
    check(stand::slack_webhook(), &statuses).await;
}

#[tokio::test]
async fn pagerduty_jira_and_graph_take_with_202_alone() {
    for service in [stand::pagerduty(), stand::jsm(), stand::mail()] {
        let cases = [(202, "", "taken"), (200, "", "unclear"), (204, "", "unclear"), (301, "", "later")];
        check(service.clone(), &cases).await;
        check(service, &[(400, "", "never"), (404, "", "never"), (429, "", "later"), (500, "", "later")]).await;
    }
}

#[tokio::test]
async fn teams_and_a_webhook_take_with_any_success() {
    for service in [stand::teams(), stand::webhook()] {
        check(
            service,
            &[(200, "", "taken"), (202, "", "taken"), (299, "", "taken"), (308, "", "later"), (410, "", "never")],
        )
        .await;
    }
}

#[tokio::test]
async fn sns_takes_with_a_message_id_and_is_throttled_with_400() {
    let error = |code: &str| format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>");
    check(
        stand::sns("duty"),
        &[
            (200, "<MessageId>1</MessageId>", "taken"),
            (200, "<html>", "unclear"),
            (400, &error("Throttling"), "later"),
            (400, &error("InvalidParameter"), "never"),
            (403, &error("AuthorizationError"), "never"),
            (403, &error("KMSThrottling"), "later"),
            (404, &error("NotFound"), "never"),
            (500, &error("InternalError"), "later"),
        ],
    )
    .await;
}

#[tokio::test]
async fn sns_is_asked_with_the_platforms_keys_where_it_has_none_and_with_none_not_at_all() {
    let Service::Sns { topic, region, .. } = stand::sns("duty") else { unreachable!() };
    let bare = channel(Service::Sns { topic, region, keys: None });
    let (sent, got) = sends(&bare, &page()).await;
    assert!(matches!(sent, Sent::Never { .. }) && got.is_empty(), "{sent:?}");
    let stand = Arc::new(Stand::default());
    let keys = |text: &str| crate::SecretText::new(text);
    let aws = crate::AwsKeys { id: keys("ASIA1"), secret: keys("hush"), session: Some(keys("session-1")) };
    let ways = crate::Ways { aws: Some(aws), ..stand.ways() };
    assert_eq!(send_page(&ways, &bare, &page(), stand::now()).await, Sent::Taken);
    let lines = stand.lines();
    assert!(lines.contains(&"x-amz-security-token: session-1".to_owned()), "{lines:#?}");
    let proof = lines.iter().find(|line| line.starts_with("authorization: ")).unwrap();
    assert!(proof.contains("Credential=ASIA1/20261120/eu-north-1/sns/aws4_request"), "{proof}");
    assert!(proof.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,"), "{proof}");
}

#[tokio::test]
async fn a_mailbox_is_asked_again_with_a_new_token_and_nobody_sends_without_one() {
    let mail = channel(stand::mail());
    let stand = Arc::new(Stand::answering([answer(401, ""), answer(403, "")]));
    assert_eq!(word(&send_page(&stand.ways(), &mail, &page(), stand::now()).await), "later");
    assert_eq!(*stand.refused.lock().unwrap(), 1);
    assert_eq!(word(&send_page(&stand.ways(), &mail, &page(), stand::now()).await), "never");
    assert_eq!(*stand.refused.lock().unwrap(), 2, "a permission that is given later comes with a new token");
    let nobody = Arc::new(Stand::signed_out());
    let sent = send_page(&nobody.ways(), &mail, &page(), stand::now()).await;
    assert_eq!(sent, Sent::Later { why: "no consent".into(), after: None, unclear: false });
    assert_eq!(nobody.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn a_mail_server_says_by_its_first_digit_whether_it_may_take_it_later() {
    let smtp = channel(stand::smtp());
    for (error, expected) in [
        (MailError::Refused(421), "later"),
        (MailError::Refused(499), "later"),
        (MailError::Refused(500), "never"),
        (MailError::Refused(550), "never"),
        (MailError::Refused(535), "never"),
        (MailError::NeverSent("connection refused".into()), "later"),
        (MailError::Interrupted("reset".into()), "unclear"),
        (MailError::TimedOut(Duration::from_secs(10)), "unclear"),
        (MailError::Unwritable("an address is not one".into()), "never"),
    ] {
        let stand = Arc::new(Stand::mailing([Err(error.clone())]));
        let sent = send_page(&stand.ways(), &smtp, &page(), stand::now()).await;
        assert_eq!(word(&sent), expected, "{error:?}");
    }
}

#[tokio::test]
async fn retry_after_is_obeyed_by_every_service() {
    for service in [stand::teams(), stand::slack_app(), stand::pagerduty(), stand::mail(), stand::sns("duty")] {
        let slow = || answer_with(429, ("retry-after", "7"), "");
        let Sent::Later { after, .. } = ends(&channel(service), &page(), [slow()]).await else { panic!("later") };
        assert_eq!(after, Some(SignedDuration::from_secs(7)));
    }
    let slow = answer_with(200, ("retry-after", "30"), r#"{"ok":false,"error":"ratelimited"}"#);
    let Sent::Later { after, .. } = ends(&channel(stand::slack_app()), &page(), [slow]).await else { panic!("later") };
    assert_eq!(after, Some(SignedDuration::from_secs(30)));
}

fn sent_text() -> Answered {
    answer(201, r#"{"sid":"SM1"}"#)
}

#[tokio::test]
async fn each_number_gets_a_message_and_whoever_has_it_gets_no_second() {
    let three = channel(stand::twilio(&["+4790000001", "+4790000002", "+4790000003"]));
    let all = [sent_text(), sent_text(), sent_text()];
    assert_eq!(ends(&three, &page(), all).await, Sent::Taken);
    let opted_out = || answer(400, r#"{"code":21610}"#);
    assert_eq!(ends(&three, &page(), [sent_text(), opted_out(), sent_text()]).await, Sent::Taken);
    let nobody = ends(&three, &page(), [opted_out(), opted_out(), opted_out()]).await;
    assert_eq!(nobody, Sent::Never { why: "api.twilio.com answered 400: the number has opted out (21610)".into() });
    // One may take it later: it is sent again, as one that may be there.
    let some = ends(&three, &page(), [sent_text(), answer_with(429, ("retry-after", "3"), ""), opted_out()]).await;
    let Sent::Later { after, unclear, .. } = some else { panic!("{some:?}") };
    assert_eq!((after, unclear), (Some(SignedDuration::from_secs(3)), true));

    let again = Page { may_repeat: true, ..page() };
    let (_, first) = sends(&channel(stand::twilio(&["+4790000001"])), &page()).await;
    let body = first.iter().find_map(|line| line.strip_prefix("Body = ")).unwrap().to_owned();
    let mark = body.trim_matches('"').rsplit(' ').next().unwrap().to_owned();
    let there = |status: &str| answer(200, &format!(r#"{{"messages":[{{"body":"x {mark}","status":"{status}"}}]}}"#));
    let one = channel(stand::twilio(&["+4790000001"]));
    let stand = Arc::new(Stand::answering([there("delivered")]));
    assert_eq!(send_page(&stand.ways(), &one, &again, stand::now()).await, Sent::Taken);
    assert_eq!(stand.lines().iter().filter(|line| line.starts_with("POST")).count(), 0, "they have it");
    for looked in [there("undelivered"), answer(200, r#"{"messages":[]}"#), answer(403, "")] {
        let stand = Arc::new(Stand::answering([looked]));
        assert_eq!(send_page(&stand.ways(), &one, &again, stand::now()).await, Sent::Taken);
        assert_eq!(stand.lines().iter().filter(|line| line.starts_with("POST")).count(), 1, "they do not have it");
    }
    let lost = Err(TransportError::TimedOut(Duration::from_secs(10)));
    assert_eq!(word(&ends(&one, &again, [lost]).await), "unclear");
}

#[tokio::test]
async fn an_incident_is_looked_for_before_it_is_made() {
    let records = channel(stand::servicenow());
    let none = || answer(200, r#"{"result":[]}"#);
    let found =
        |id: &str, key: &str| answer(200, &format!(r#"{{"result":[{{"sys_id":"{id}","correlation_id":"{key}"}}]}}"#));
    let id = "9d385017c611228701d22104cc95c371";
    let made = || answer(201, r#"{"result":{"sys_id":"9d385017c611228701d22104cc95c371"}}"#);
    let written = || answer(200, r#"{"result":{}}"#);
    let act = |act| Page { act, ..page() };
    let (trigger, update, over) = (act(Act::Trigger), act(Act::Update), act(Act::Resolve));
    let cases: Vec<(&Page, Vec<Answered>, usize, &str)> = vec![
        (&trigger, vec![none(), made()], 2, "taken"),
        (&trigger, vec![found(id, "5a1c7f0e93d24a55")], 1, "taken"),
        // Some other record: the condition was left out.
        (&trigger, vec![found(id, "")], 2, "taken"),
        (&trigger, vec![found("../x", "5a1c7f0e93d24a55"), made()], 2, "taken"),
        (&trigger, vec![none(), answer(200, r#"{"result":{}}"#)], 2, "unclear"),
        (&trigger, vec![answer(200, "<html>")], 1, "unclear"),
        (&trigger, vec![answer(401, "")], 1, "never"),
        (&trigger, vec![answer(429, "")], 1, "later"),
        (&trigger, vec![none(), answer(503, "")], 2, "later"),
        (&update, vec![found(id, "5a1c7f0e93d24a55"), written()], 2, "taken"),
        (&update, vec![none(), made()], 2, "taken"),
        (&over, vec![none()], 1, "taken"),
        (&over, vec![found(id, "5a1c7f0e93d24a55"), written()], 2, "taken"),
        (&over, vec![found(id, "5a1c7f0e93d24a55"), answer(404, "")], 2, "never"),
    ];
    for (number, (page, script, asked, expected)) in cases.into_iter().enumerate() {
        let stand = Arc::new(Stand::answering(script));
        let sent = send_page(&stand.ways(), &records, page, stand::now()).await;
        assert_eq!(word(&sent), expected, "case {number}: {sent:?}");
        assert_eq!(requests(&stand), asked, "case {number}");
    }
}

#[tokio::test]
async fn an_alert_that_nobody_knows_any_more_has_nothing_to_end() {
    let jsm = channel(stand::jsm());
    let act = |act| Page { act, ..page() };
    for (page, script, asked, expected) in [
        (act(Act::Acknowledge), vec![answer(404, "")], 1, "taken"),
        (act(Act::Resolve), vec![answer(404, "")], 1, "taken"),
        (act(Act::Update), vec![answer(404, ""), answer(202, "")], 2, "taken"),
        (act(Act::Update), vec![answer(200, r#"{"id":"../../users"}"#)], 1, "unclear"),
        (act(Act::Resolve), vec![answer(200, r#"{"id":"a-1"}"#), answer(202, "")], 2, "taken"),
        (act(Act::Resolve), vec![answer(200, r#"{"id":"a-1"}"#), answer(500, "")], 2, "later"),
        (act(Act::Resolve), vec![answer(403, "")], 1, "never"),
    ] {
        let stand = Arc::new(Stand::answering(script));
        let sent = send_page(&stand.ways(), &jsm, &page, stand::now()).await;
        assert_eq!(word(&sent), expected, "{page:?}");
        assert_eq!(requests(&stand), asked, "{page:?}");
    }
}
