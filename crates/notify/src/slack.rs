//! Slack: an incoming webhook.
//!
//! `&`, `<` and `>` are escaped, so that no text can become a link or call a channel (page "Formatting text for app
//! surfaces"); titles and texts are `plain_text`, which has no other markup. Lengths are those of the page "Reference:
//! blocks": 150 characters for a header, 3,000 for a section.

use crate::notice::{LINK_TITLE, Notice};
use crate::text::plain;
use bytes::Bytes;
use http::{Request, header};
use serde_json::{Value, json};

/// The most characters of a header, and of a section before escaping makes it longer.
const HEADER_MAX: usize = 150;
const TEXT_MAX: usize = 2_900;

/// The request that posts this notice.
pub(crate) fn render(url: &str, notice: &Notice) -> Result<Request<Bytes>, http::Error> {
    let headline = escape(&notice.headline(), HEADER_MAX);
    let mut blocks = vec![json!({ "type": "header", "text": text(&headline) })];
    let customers = notice.customers_line();
    let mut paragraphs = vec![notice.text.clone()];
    if !customers.is_empty() {
        paragraphs.push(format!("Customers: {customers}"));
    }
    blocks.extend(paragraphs.iter().map(|words| json!({ "type": "section", "text": text(&escape(words, TEXT_MAX)) })));
    if let Some(command) = &notice.command {
        // The command's own backticks would end the code.
        let command = escape(&command.replace('`', "'"), TEXT_MAX);
        blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": format!("```{command}```"), "verbatim": true } }));
    }
    if let Some(link) = &notice.link {
        let link = format!("<{}|{LINK_TITLE}>", escape(link, TEXT_MAX));
        blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": link, "verbatim": true } }));
    }
    let footer = escape(&format!("since {}, notice {}", notice.since, notice.id), TEXT_MAX);
    blocks.push(json!({ "type": "context", "elements": [text(&footer)] }));
    // Slack would fetch the page for a preview, and show everybody in the channel what is on it.
    let message = json!({ "text": headline, "blocks": blocks, "unfurl_links": false, "unfurl_media": false });
    Request::post(url).header(header::CONTENT_TYPE, "application/json").body(Bytes::from(message.to_string()))
}

fn text(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

/// Not longer than `max` characters after escaping.
fn escape(text: &str, max: usize) -> String {
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
