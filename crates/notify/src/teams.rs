//! Microsoft Teams: an Adaptive Card to a workflow ("When a Teams webhook request is received").
//!
//! All texts are `TextRun`s, which unlike text blocks and facts do not read Markdown (page "RichTextBlock", Adaptive
//! Cards), so that no text can become a link. A message has at most 28 KB. The answer 202 says that the workflow has
//! begun, not that the card was posted.

use crate::message::Message;
use crate::page::Act;
use crate::text::plain;
use bytes::Bytes;
use http::{Request, header};
use serde_json::{Value, json};

/// The largest message that Teams takes, in bytes.
pub(crate) const BYTES_MAX: usize = 28 * 1024;

/// The most characters of the title, and of a line.
const TITLE_MAX: usize = 200;
const LINE_MAX: usize = 1_400;

/// The most characters of the text, and the most lines: the first of these pairs with which the message is small enough.
/// With the last it is, even where each character takes four bytes.
const ROOM: [(usize, usize); 3] = [(3_000, 25), (1_500, 12), (300, 3)];

/// The request that posts this message.
pub(crate) fn render(url: &str, message: &Message) -> Result<Request<Bytes>, http::Error> {
    let mut bodies = ROOM.iter().map(|(text_max, lines_max)| body(message, *text_max, *lines_max));
    let first = bodies.next().unwrap_or_default();
    let body =
        if first.len() <= BYTES_MAX { first } else { bodies.find(|body| body.len() <= BYTES_MAX).unwrap_or(first) };
    Request::post(url).header(header::CONTENT_TYPE, "application/json").body(Bytes::from(body))
}

fn body(message: &Message, text_max: usize, lines_max: usize) -> String {
    let style = match message.act {
        Act::Acknowledge | Act::Resolve => "good",
        Act::Trigger | Act::Update if message.is_exercise() => "accent",
        Act::Trigger | Act::Update => "attention",
    };
    let heading =
        json!({ "type": "TextRun", "text": plain(&message.headline, TITLE_MAX), "size": "Large", "weight": "Bolder" });
    let mut body = vec![
        json!({ "type": "Container", "style": style, "bleed": true, "items": [paragraph(vec![heading])] }),
        paragraph(vec![run(&plain(&message.text, text_max))]),
    ];
    let lines = message.lines();
    // The last ones say since when, and which incident it is.
    let left_out = lines.len().saturating_sub(lines_max);
    let cut = lines.len().saturating_sub(left_out + 2);
    for (index, (name, value)) in lines.into_iter().enumerate() {
        if index >= cut && index < cut + left_out {
            continue;
        }
        let name = json!({ "type": "TextRun", "text": format!("{name}: "), "weight": "Bolder" });
        body.push(paragraph(vec![name, run(&plain(&value, LINE_MAX))]));
    }
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "body": body,
    });
    if let Some(link) = &message.link {
        card["actions"] = json!([{ "type": "Action.OpenUrl", "title": link.title, "url": link.url }]);
    }
    let attachment =
        json!({ "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card });
    json!({ "type": "message", "attachments": [attachment] }).to_string()
}

fn paragraph(runs: Vec<Value>) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": text })
}
