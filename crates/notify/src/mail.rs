//! Mail through Microsoft Graph (page "user: sendMail"), from a mailbox in the partner's tenant.
//!
//! The mail is HTML in which every text is escaped; what looks like an address in it is written so that no reader makes a
//! link of it. Graph has no way to tell a repetition: an answer that is lost makes a second mail.

use crate::channel::SecretText;
use crate::exchange::{Answer, accepted, unmakeable};
use crate::message::{Message, hash};
use crate::send::{SEND_TIMEOUT, Sent, lost};
use crate::text::html;
use crate::ways::Ways;
use access::incidents::Severity;
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use url::form_urlencoded;

/// The most characters of a subject, and of the text.
pub(crate) const SUBJECT_MAX: usize = 200;
pub(crate) const TEXT_MAX: usize = 8_000;

/// Sends the message once, with a token of the partner's tenant.
pub(crate) async fn send(
    ways: &Ways,
    base: Option<&str>,
    from: &str,
    to: &[String],
    message: &Message,
    now: Timestamp,
) -> Sent {
    const HOST: &str = "Microsoft Graph";
    let Some(tokens) = &ways.tokens else {
        return Sent::Never { why: "this program cannot sign in to send mail".into() };
    };
    let token = match tokens.token().await {
        Ok(token) => token,
        Err(why) => return Sent::Later { why, after: None, unclear: false },
    };
    let graph = base.map_or_else(|| tokens.graph(), str::to_owned);
    let Some(request) = request(&graph, &token, from, render(to, message)) else {
        return unmakeable(HOST);
    };
    let answer = match ways.transport.send(request, SEND_TIMEOUT).await {
        Ok(response) => Answer::new(response, now),
        Err(error) => return lost(HOST, &error),
    };
    match (answer.status, accepted(HOST, &answer)) {
        // The token may be older than the permission that it lacks.
        (401, Sent::Never { why }) => {
            tokens.refused();
            Sent::Later { why, after: None, unclear: false }
        }
        (403, Sent::Never { why }) => {
            tokens.refused();
            let why = format!("{why}: the app lacks Mail.Send in the partner's tenant, or may not use this mailbox");
            Sent::Never { why }
        }
        (_, sent) => sent,
    }
}

/// The request that sends this mail.
pub(crate) fn request(graph: &str, token: &SecretText, from: &str, mail: Value) -> Option<Request<Bytes>> {
    let sender: String = form_urlencoded::byte_serialize(from.as_bytes()).collect();
    let mut proof = HeaderValue::from_str(&format!("Bearer {}", token.reveal())).ok()?;
    proof.set_sensitive(true);
    let request = Request::post(format!("{graph}/v1.0/users/{sender}/sendMail"))
        .header(header::AUTHORIZATION, proof)
        .header(header::CONTENT_TYPE, "application/json");
    request.body(Bytes::from(mail.to_string())).ok()
}

/// The mail.
pub(crate) fn render(to: &[String], message: &Message) -> Value {
    let importance = match message.severity {
        Severity::Critical | Severity::High => "high",
        Severity::Warning | Severity::Info => "normal",
    };
    let to: Vec<Value> = to.iter().map(|address| json!({ "emailAddress": { "address": address } })).collect();
    json!({
        "message": {
            "subject": subject(message),
            "importance": importance,
            "body": { "contentType": "HTML", "content": content(message) },
            "toRecipients": to,
            "internetMessageHeaders": [
                { "name": "x-gatehouse-key", "value": hash(&message.key, 32) },
                { "name": "x-gatehouse-message", "value": hash(&message.message, 32) },
            ],
        },
        "saveToSentItems": true,
    })
}

/// The subject, with how bad it is.
pub(crate) fn subject(message: &Message) -> String {
    format!("[{}] {}", message.severity.name().to_uppercase(), message.headline_unlinked(SUBJECT_MAX))
}

fn content(message: &Message) -> String {
    let headline = html(&message.headline_unlinked(SUBJECT_MAX));
    let mut content = format!("<p><b>{headline}</b></p><p>{}</p><table>", html(&message.text_unlinked(TEXT_MAX)));
    for (name, value) in message.lines_unlinked() {
        content.push_str(&format!("<tr><td>{}</td><td>{}</td></tr>", html(&name), html(&value)));
    }
    content.push_str("</table>");
    if let Some(link) = &message.link {
        content.push_str(&format!("<p><a href=\"{}\">{}</a></p>", html(&link.url), link.title));
    }
    content
}
