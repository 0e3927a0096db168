//! Slack: an incoming webhook, or an app that writes into a channel.
//!
//! `&`, `<` and `>` are escaped, so that no text can become a link or call a channel (page "Formatting text for app
//! surfaces"); titles and texts are `plain_text`, which has no other markup. Lengths are those of the page "Reference:
//! blocks": 150 characters for a header, 3,000 for a section, 2,000 for a field of which a section has ten.

use crate::channel::SlackApp;
use crate::exchange::{Answer, strange, taken_if};
use crate::message::{About, Message};
use crate::page::Act;
use crate::send::Sent;
use crate::text::plain;
use bytes::Bytes;
use http::{Request, header};
use serde_json::{Value, json};

/// The most characters of a header, of a section and of a field before escaping makes them longer.
const HEADER_MAX: usize = 150;
const TEXT_MAX: usize = 2_900;
const FIELD_MAX: usize = 1_900;

/// The most fields of one section.
const FIELDS_MAX: usize = 10;

/// What the buttons are called in what Slack sends when one is pressed.
pub(crate) const ACKNOWLEDGE: &str = "bg_ack";
pub(crate) const DRILL: &str = "bg_drill";

/// What Slack's API says when it may take the same later.
const LATER: [&str; 5] = ["ratelimited", "internal_error", "fatal_error", "request_timeout", "service_unavailable"];

/// The request that posts this message to an incoming webhook.
pub(crate) fn render(url: &str, message: &Message) -> Result<Request<Bytes>, http::Error> {
    Request::post(url).header(header::CONTENT_TYPE, "application/json").body(Bytes::from(shown(message).to_string()))
}

/// The request by which an app posts this message, with buttons where what people press will be believed.
pub(crate) fn render_app(app: &SlackApp, message: &Message) -> Result<Request<Bytes>, http::Error> {
    let mut body = shown(message);
    body["channel"] = json!(app.channel);
    let waits = matches!(message.about, About::Incident { .. }) && matches!(message.act, Act::Trigger | Act::Update);
    if let (Some(_), true, Some(blocks)) = (&app.signing_secret, waits, body["blocks"].as_array_mut()) {
        let button = |action: &str, name: &str| {
            let text = json!({ "type": "plain_text", "text": name });
            json!({ "type": "button", "action_id": action, "text": text, "value": message.key })
        };
        let mut first = button(ACKNOWLEDGE, "Acknowledge");
        first["style"] = json!("danger");
        let elements = [first, button(DRILL, "Planned drill")];
        blocks.push(json!({ "type": "actions", "block_id": ACKNOWLEDGE, "elements": elements }));
    }
    Request::post(&app.url)
        .header(header::AUTHORIZATION, &app.token)
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .body(Bytes::from(body.to_string()))
}

fn shown(message: &Message) -> Value {
    let headline = escape(&message.headline, HEADER_MAX);
    let mut blocks = vec![json!({ "type": "header", "text": text(&headline) })];
    if !message.text.is_empty() {
        blocks.push(json!({ "type": "section", "text": text(&escape(&message.text, TEXT_MAX)) }));
    }
    let mut lines = message.lines();
    // The command is shown so that it can be copied; when it began and what it is called stand small at the end.
    lines.retain(|(name, _)| name != "Command");
    let footer = lines.split_off(lines.len().saturating_sub(2));
    let fields: Vec<Value> =
        lines.iter().map(|(name, value)| text(&escape(&format!("{name}: {value}"), FIELD_MAX))).collect();
    blocks.extend(fields.chunks(FIELDS_MAX).map(|fields| json!({ "type": "section", "fields": fields })));
    if let Some(command) = &message.command {
        // The command's own backticks would end the code.
        let command = escape(&command.replace('`', "'"), TEXT_MAX);
        blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": format!("```{command}```"), "verbatim": true } }));
    }
    if let Some(link) = &message.link {
        let link = format!("<{}|{}>", escape(&link.url, TEXT_MAX), link.title);
        blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": link, "verbatim": true } }));
    }
    let footer: Vec<String> = footer.iter().map(|(name, value)| format!("{} {value}", name.to_lowercase())).collect();
    blocks.push(json!({ "type": "context", "elements": [text(&escape(&footer.join(", "), TEXT_MAX))] }));
    // Slack would fetch the page for a preview, and show everybody in the channel what is on it.
    json!({ "text": headline, "mrkdwn": false, "blocks": blocks, "unfurl_links": false, "unfurl_media": false })
}

/// An incoming webhook takes with the text `ok` (page "Sending messages using incoming webhooks").
pub(crate) fn judge_webhook(host: &str, answer: &Answer) -> Sent {
    taken_if(answer.body.trim_ascii() == b"ok", host, answer)
}

/// The API answers 200 to nearly everything, and says in the body whether it took it (page "chat.postMessage").
pub(crate) fn judge_app(host: &str, answer: &Answer) -> Sent {
    let body = answer.json();
    if answer.status != 200 || body["ok"] == true {
        return taken_if(answer.status == 200, host, answer);
    }
    let Some(error) = body["error"].as_str().filter(|_| body["ok"] == false) else {
        return strange(host, answer.status);
    };
    let is_word = error.len() <= 60 && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let why = format!("{host} did not take it: {}", if is_word { error } else { "an error without a name" });
    if LATER.contains(&error) {
        return Sent::Later { why, after: answer.after, unclear: false };
    }
    Sent::Never { why }
}

pub(crate) fn text(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

/// Not longer than `max` characters after escaping.
pub(crate) fn escape(text: &str, max: usize) -> String {
    let mut escaped = String::new();
    let mut length = 0;
    for c in plain(text, max).chars() {
        let part = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _ => {
                length += 1;
                if length > max {
                    break;
                }
                escaped.push(c);
                continue;
            }
        };
        length += part.len();
        if length > max {
            break;
        }
        escaped.push_str(part);
    }
    escaped
}
