//! Twilio: a text message to one number (page "Messages resource").
//!
//! A text message is short, costs money and wakes somebody: it says what happened and where to acknowledge, and nothing is
//! sent when details come or when it is over. Nothing there tells a repetition, so where an earlier attempt may have
//! arrived, the messages to the number are looked through for ours first.

use crate::exchange::{Answer, Exchange, Step, any_success, strange, taken_if, unmakeable};
use crate::message::{Message, hash};
use crate::page::Act;
use crate::send::Sent;
use crate::text::{cut, plain, unlinked};
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use url::form_urlencoded;

/// The most characters of a message: five parts at most where it has letters beyond GSM's alphabet, else three.
pub(crate) const TEXT_MAX: usize = 320;

/// The most characters of an address that is worth a message's room.
const LINK_MAX: usize = 220;

/// What Twilio says where somebody has answered STOP (error 21610).
const OPTED_OUT: u64 = 21_610;

/// One message to one number.
pub(crate) struct Text<'a> {
    host: &'a str,
    url: &'a str,
    login: &'a HeaderValue,
    from: &'a str,
    to: &'a str,
    message: &'a Message,
    /// Whether the messages that are there were asked for last.
    looking: bool,
}

impl<'a> Text<'a> {
    pub(crate) fn new(
        host: &'a str,
        url: &'a str,
        login: &'a HeaderValue,
        from: &'a str,
        to: &'a str,
        message: &'a Message,
    ) -> Self {
        Self { host, url, login, from, to, message, looking: false }
    }

    fn post(&self) -> Step {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("To", self.to);
        let is_service = self.from.len() == 34 && self.from.starts_with("MG");
        form.append_pair(if is_service { "MessagingServiceSid" } else { "From" }, self.from);
        form.append_pair("Body", &render(self.message));
        let request = Request::post(self.url)
            .header(header::AUTHORIZATION, self.login)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(form.finish()));
        request.map_or_else(|_| Step::Done(unmakeable(self.host)), Step::Ask)
    }

    fn look(&self) -> Step {
        // Without a day: one that still waits to be sent has none.
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("To", self.to).append_pair("PageSize", "100");
        let request = Request::get(format!("{}?{}", self.url, query.finish()))
            .header(header::AUTHORIZATION, self.login)
            .body(Bytes::new());
        request.map_or_else(|_| Step::Done(unmakeable(self.host)), Step::Ask)
    }

    /// Whether the messages in this answer hold ours.
    fn is_there(&self, answer: &Answer) -> bool {
        let body = answer.json();
        let mark = mark(self.message);
        body["messages"].as_array().into_iter().flatten().any(|message| {
            let failed = ["failed", "undelivered", "canceled"].iter().any(|status| message["status"] == *status);
            !failed && message["body"].as_str().is_some_and(|body| body.contains(&mark))
        })
    }
}

impl Exchange for Text<'_> {
    fn begin(&mut self) -> Step {
        if self.message.act != Act::Trigger {
            return Step::Done(Sent::Taken);
        }
        self.looking = self.message.may_repeat;
        if self.looking { self.look() } else { self.post() }
    }

    fn next(&mut self, answer: &Answer) -> Step {
        if std::mem::take(&mut self.looking) {
            return match any_success(self.host, answer) {
                Sent::Taken if self.is_there(answer) => Step::Done(Sent::Taken),
                later @ Sent::Later { .. } => Step::Done(later),
                // Where we may write but not read, it is sent: twice is better than never.
                Sent::Taken | Sent::Never { .. } => self.post(),
            };
        }
        let body = answer.json();
        Step::Done(match answer.status {
            201 if body["sid"].is_string() => Sent::Taken,
            201 => strange(self.host, answer.status),
            400 if body["code"].as_u64() == Some(OPTED_OUT) => {
                Sent::Never { why: format!("{} answered 400: the number has opted out (21610)", self.host) }
            }
            _ => taken_if(false, self.host, answer),
        })
    }
}

/// What the message says: at most [`TEXT_MAX`] characters, and the address whole or not at all.
pub(crate) fn render(message: &Message) -> String {
    let link = message.link.as_ref().filter(|link| link.url.chars().count() <= LINK_MAX);
    let link = link.map(|link| format!(" Ack: {}", link.url)).unwrap_or_default();
    let end = format!("{link} {}", mark(message));
    let customers = message.customers_line();
    let customers = if customers.is_empty() { String::new() } else { format!(", {customers}") };
    let what = format!("{} {}{customers}", message.severity.name().to_uppercase(), message.headline);
    let what = unlinked(&plain(&what, TEXT_MAX));
    format!("{}{end}", cut(&what, TEXT_MAX - end.chars().count()))
}

/// By which a message is found again.
fn mark(message: &Message) -> String {
    format!("[{}]", hash(&message.message, 8))
}
