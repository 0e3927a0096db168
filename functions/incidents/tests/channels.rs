//! What people answered where they were paged.

use super::{request, send};
use crate::double::{Double, captured, json, known};
use bytes::Bytes;
use engine::incidents::ChannelAnswer;
use http::{Request, Response};

async fn hears(answer: ChannelAnswer, request: Request<Bytes>) -> (Response<Bytes>, Vec<String>) {
    send(known(&[]), request, Double { channel: Some(answer), ..Double::default() }).await
}

#[tokio::test]
async fn each_service_gets_the_answer_that_it_takes_for_success() {
    let slack = captured(include_str!("../captured/slack_button.http"));
    let bytes = slack.body().len();
    let (response, asked) = hears(ChannelAnswer::Slack, slack).await;
    assert_eq!((response.status().as_u16(), response.body().len()), (200, 0));
    assert_eq!(asked, [format!("channel_answer ops {bytes} bytes")]);

    let duty = captured(include_str!("../captured/pagerduty_acknowledged.http"));
    let (response, asked) = hears(ChannelAnswer::PagerDuty, duty).await;
    assert_eq!((response.status().as_u16(), response.body().len(), asked.len()), (202, 0, 1));
}

#[tokio::test]
async fn a_channel_of_a_customers_own_has_both_names_in_its_address() {
    let (_, asked) = hears(ChannelAnswer::Slack, request("POST", "/channels/contoso/ops", "{}")).await;
    assert_eq!(asked, ["channel_answer contoso/ops 2 bytes"]);
}

#[tokio::test]
async fn a_question_whether_the_address_is_ours_comes_back_as_plain_text() {
    let text = "<script>3eZbrw1aBm2r";
    let (response, _) = hears(ChannelAnswer::Challenge(text.into()), request("POST", "/channels/ops", "{}")).await;
    assert_eq!((response.status().as_u16(), response.body()), (200, &Bytes::from(text)));
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn what_could_not_be_noted_is_to_be_sent_again() {
    let (response, _) = hears(ChannelAnswer::Later, request("POST", "/channels/duty", "{}")).await;
    assert_eq!((response.status().as_u16(), json(&response)["code"].as_str()), (503, Some("storage_unavailable")));
    assert_eq!(response.headers()["retry-after"], "30");
}
