//! Amazon SNS: a message to a topic (page "Publish", Amazon SNS API Reference).
//!
//! The text is plain, since a topic's subscribers may be telephones and mailboxes. A subject is ASCII and shorter than 100
//! characters. FIFO topics drop a repetition within five minutes by its deduplication id.

use crate::exchange::{Answer, taken_if};
use crate::message::{Message, hash};
use crate::send::Sent;
use crate::sigv4::{self, Scope};
use crate::ways::AwsKeys;
use bytes::Bytes;
use http::{Request, header};
use jiff::Timestamp;
use url::form_urlencoded;

/// The most characters of a subject, and of the text (SNS takes 256 KB in all).
pub(crate) const SUBJECT_MAX: usize = 99;
const TEXT_MAX: usize = 3_000;

/// Errors that SNS answers with a status that looks final, and that pass.
const PASSING: [&[u8]; 3] = [b"<Code>Throttl", b"<Code>KMSThrottling", b"<Code>InternalError"];

/// The request that publishes this message, signed at this time.
pub(crate) fn render(
    url: &str,
    topic: &str,
    region: &str,
    keys: &AwsKeys,
    message: &Message,
    now: Timestamp,
) -> Result<Request<Bytes>, http::Error> {
    let form = form(topic, message);
    let mut request =
        Request::post(url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Bytes::from(form))?;
    sigv4::sign(&mut request, keys, &Scope { region, service: "sns" }, now);
    Ok(request)
}

fn form(topic: &str, message: &Message) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", "Publish").append_pair("Version", "2010-03-31").append_pair("TopicArn", topic);
    form.append_pair("Subject", &subject(message));
    form.append_pair("Message", &format!("{}\n\n{}", message.headline_unlinked(TEXT_MAX), message.body(TEXT_MAX)));
    if topic.ends_with(".fifo") {
        form.append_pair("MessageGroupId", &hash(&message.key, 32));
        form.append_pair("MessageDeduplicationId", &hash(&message.message, 64));
    }
    for (index, (name, value)) in
        [("severity", message.severity.name()), ("kind", message.kind()), ("state", message.state())].iter().enumerate()
    {
        let entry = format!("MessageAttributes.entry.{}", index + 1);
        form.append_pair(&format!("{entry}.Name"), name);
        form.append_pair(&format!("{entry}.Value.DataType"), "String");
        form.append_pair(&format!("{entry}.Value.StringValue"), value);
    }
    form.finish()
}

/// The headline in ASCII; it begins with a letter, as SNS wants it.
fn subject(message: &Message) -> String {
    let headline = format!("Gatehouse: {}", message.headline_unlinked(SUBJECT_MAX));
    headline.chars().map(|c| if c.is_ascii() { c } else { '?' }).take(SUBJECT_MAX).collect()
}

/// SNS takes with 200 and a message id; what is too much for now it answers with 400 too.
pub(crate) fn judge(host: &str, answer: &Answer) -> Sent {
    let has = |part: &[u8]| answer.body.windows(part.len()).any(|window| window == part);
    match taken_if(answer.status == 200 && has(b"<MessageId>"), host, answer) {
        Sent::Never { why } if PASSING.iter().any(|code| has(code)) => {
            Sent::Later { why, after: answer.after, unclear: false }
        }
        sent => sent,
    }
}
