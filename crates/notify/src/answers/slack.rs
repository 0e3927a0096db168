//! Slack: somebody pressed a button, or Slack asks whether the address is ours (pages "Handling user interaction",
//! "Verifying requests from Slack" and "Events API").

use super::{KEPT_MAX, Refused, Saying, header, proves};
use crate::channel::{Channel, Key, Kind, host_of};
use crate::exchange::Answer;
use crate::exchange::any_success;
use crate::send::{SEND_TIMEOUT, Sent, lost};
use crate::slack::{ACKNOWLEDGE, DRILL, escape};
use crate::text::plain;
use crate::ways::Ways;
use bytes::Bytes;
use http::{HeaderMap, Request};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use url::form_urlencoded;

/// How far a signed time may be from ours, before or after.
pub const SKEW_MAX: SignedDuration = SignedDuration::from_mins(5);

/// What somebody is told who is not in the channel's `people`.
pub const UNKNOWN_PERSON: &str = "Nothing was done: Gatehouse does not know your Slack user, so you cannot answer for an incident here. Open the incident's page instead, or have your Slack user added to `people` of this channel.";

/// The host of Slack's addresses for answers.
const ANSWERS: &str = "hooks.slack.com";

/// What Slack sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlackAnswer {
    /// It asks whether the address is ours: this text is the answer.
    Challenge(String),
    /// Somebody pressed one of our buttons.
    Pressed(Pressed),
    /// Something else that a Slack app can be told of.
    Other,
}

/// A button that was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pressed {
    /// The key of the page that it stands under: an incident's id, if it is one of ours.
    pub key: String,
    /// What the button says.
    pub saying: Saying,
    /// The Slack user who pressed it, by id; whom that is, [`Channel::person`] says.
    pub user: String,
    /// Where Slack shows what is answered, if it named such a place.
    pub response_url: Option<String>,
}

/// What Slack sent with this body, if this secret signed it: `v0=` and the hexadecimal HMAC-SHA256 of
/// `v0:{X-Slack-Request-Timestamp}:{body}`, not more than [`SKEW_MAX`] ago.
///
/// # Errors
///
/// Why it is not believed. Nothing of the body was read, except where it is [`Refused::Unreadable`].
pub fn slack(secret: &Key, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<SlackAnswer, Refused> {
    let time = header(headers, "x-slack-request-timestamp").ok_or(Refused::Unsigned)?;
    let signature = header(headers, "x-slack-signature").and_then(|value| value.strip_prefix("v0="));
    let signature = signature.ok_or(Refused::Unsigned)?;
    let is_number = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit());
    let signed = time.parse().ok().filter(|_| is_number).and_then(|second| Timestamp::from_second(second).ok());
    let signed = signed.ok_or(Refused::Unsigned)?;
    if !proves(&[secret], &[b"v0:", time.as_bytes(), b":", body], &[signature]) {
        return Err(Refused::WrongSignature);
    }
    if now.duration_since(signed).abs() > SKEW_MAX {
        return Err(Refused::Stale);
    }
    read(body).ok_or(Refused::Unreadable)
}

/// What the body says: a form with a `payload`, or JSON.
fn read(body: &[u8]) -> Option<SlackAnswer> {
    if let Ok(event) = serde_json::from_slice::<Value>(body) {
        return match event["type"].as_str()? {
            "url_verification" => Some(SlackAnswer::Challenge(kept(event["challenge"].as_str()?))),
            _ => Some(SlackAnswer::Other),
        };
    }
    let payload = form_urlencoded::parse(body).find(|(name, _)| name == "payload")?.1;
    let payload: Value = serde_json::from_str(&payload).ok()?;
    if payload["type"].as_str()? != "block_actions" {
        return Some(SlackAnswer::Other);
    }
    let action = &payload["actions"][0];
    let saying = match action["action_id"].as_str()? {
        ACKNOWLEDGE => Saying::Acknowledge,
        DRILL => Saying::Drill,
        _ => return Some(SlackAnswer::Other),
    };
    Some(SlackAnswer::Pressed(Pressed {
        key: kept(action["value"].as_str()?),
        saying,
        user: kept(payload["user"]["id"].as_str()?),
        response_url: payload["response_url"].as_str().map(str::to_owned),
    }))
}

fn kept(text: &str) -> String {
    plain(text, KEPT_MAX)
}

/// Shows whoever pressed a button what came of it; nobody else sees it. It is sent to Slack's own host for such answers,
/// or to that of the channel's `url`, and to no other place whatever Slack's message said.
pub async fn respond(ways: &Ways, channel: &Channel, pressed: &Pressed, text: &str, now: Timestamp) -> Sent {
    let refused = |why: &str| Sent::Never { why: why.to_owned() };
    let Some(url) = &pressed.response_url else { return refused("Slack named no place to answer") };
    if !may_answer_at(channel, url) {
        return refused("Slack named a place to answer that is not Slack's");
    }
    let body = json!({ "response_type": "ephemeral", "replace_original": false, "text": escape(text, 1_000) });
    let request =
        Request::post(url).header(http::header::CONTENT_TYPE, "application/json").body(Bytes::from(body.to_string()));
    let Ok(request) = request else { return refused("Slack named a place to answer that is no address") };
    match ways.transport.send(request, SEND_TIMEOUT).await {
        Ok(response) => any_success(ANSWERS, &Answer::new(response, now)),
        Err(error) => lost(ANSWERS, &error),
    }
}

fn may_answer_at(channel: &Channel, url: &str) -> bool {
    let Ok(parsed) = url::Url::parse(url) else { return false };
    let plain = parsed.scheme() == "https" && parsed.username().is_empty() && parsed.password().is_none();
    let (Some(host), Kind::SlackApp(app)) = (parsed.host_str(), &channel.kind) else { return false };
    // Two parsers must see the same host: the one that checks and the one that connects.
    plain
        && host_of(url) == host
        && match &app.base {
            // A stand-in for Slack may have a port of its own.
            Some(base) if base == host => true,
            _ => host == ANSWERS && parsed.port().is_none(),
        }
}
