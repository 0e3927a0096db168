//! Microsoft Teams: an Adaptive Card to a workflow ("When a Teams webhook request is received").
//!
//! All texts are `TextRun`s, which unlike text blocks and facts do not read Markdown (page "RichTextBlock", Adaptive
//! Cards), so that no text can become a link. A message has at most 28 KB. The answer 202 says that the workflow has
//! begun, not that the card was posted.

use crate::notice::{LINK_TITLE, Notice, State};
use crate::text::plain;
use bytes::Bytes;
use http::{Request, header};
use serde_json::{Value, json};

/// The most characters of the title and of the text; with twenty customers' names the message stays below 28 KB even
/// where each character takes four bytes.
const TITLE_MAX: usize = 200;
const TEXT_MAX: usize = 3_000;
const LINE_MAX: usize = 1_400;

/// The request that posts this notice.
pub(crate) fn render(url: &str, notice: &Notice) -> Result<Request<Bytes>, http::Error> {
    let style = match notice.state {
        State::Resolved => "good",
        State::Opened | State::Updated | State::Reminded => "attention",
    };
    let heading =
        json!({ "type": "TextRun", "text": plain(&notice.headline(), TITLE_MAX), "size": "Large", "weight": "Bolder" });
    let mut body = vec![
        json!({ "type": "Container", "style": style, "bleed": true, "items": [lines(vec![heading])] }),
        lines(vec![run(&plain(&notice.text, TEXT_MAX))]),
    ];
    let customers = notice.customers_line();
    let facts = [
        ("Customers: ", (!customers.is_empty()).then_some(customers)),
        ("Command: ", notice.command.clone()),
        ("Since: ", Some(notice.since.to_string())),
        ("Notice: ", Some(notice.id.clone())),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            let name = json!({ "type": "TextRun", "text": name, "weight": "Bolder" });
            body.push(lines(vec![name, run(&plain(&value, LINE_MAX))]));
        }
    }
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "body": body,
    });
    if let Some(link) = &notice.link {
        card["actions"] = json!([{ "type": "Action.OpenUrl", "title": LINK_TITLE, "url": link }]);
    }
    let attachment =
        json!({ "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card });
    let message = json!({ "type": "message", "attachments": [attachment] });
    Request::post(url).header(header::CONTENT_TYPE, "application/json").body(Bytes::from(message.to_string()))
}

fn lines(runs: Vec<Value>) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": text })
}
