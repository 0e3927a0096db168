//! Sending messages to an Amazon SQS queue (page "SendMessageBatch", Amazon SQS API Reference; AWS JSON protocol).

use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use http::header::CONTENT_TYPE;
use http::{Request, Response};
use notify::AwsKeys;
use notify::sigv4::{self, Scope};
use outside::{Clock, Random, Transport};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How many messages one call takes.
pub(super) const ENTRIES_MAX: usize = 10;
/// The largest message, in bytes: ten of them fit into the 256 KiB that every SQS takes in one call.
pub(super) const MESSAGE_BYTES_MAX: usize = 24 * 1024;
/// How many calls are under way at once.
const AT_ONCE: usize = 8;
/// How long one call may take.
const CALL_WITHIN: Duration = Duration::from_secs(5);
/// How often a message is sent, the pauses between doubling from the first one on.
pub(super) const ATTEMPTS_MAX: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Where a queue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqsPlace {
    /// The queue's URL, which names it.
    pub queue_url: String,
    /// Where calls go: the base of the service, without a slash at its end.
    pub endpoint: String,
    /// The region in which they are signed.
    pub region: String,
}

impl SqsPlace {
    /// The queue of this URL, such as `https://sqs.eu-central-1.amazonaws.com/123456789012/gatehouse-sync`. Calls go to
    /// `endpoint`, else to the queue's own host. The region is `region`, else the one that the host names.
    pub fn new(queue_url: &str, endpoint: Option<&str>, region: Option<&str>) -> Result<Self, String> {
        let origin = |url: &str| {
            let uri: http::Uri = url.parse().ok()?;
            let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
            (uri.scheme_str() == Some("https") && uri.query().is_none()).then(|| (authority.clone(), uri.clone()))
        };
        let (authority, uri) = origin(queue_url).ok_or("it is not the https address of a queue")?;
        if uri.path().trim_matches('/').is_empty() {
            return Err("it names no queue".into());
        }
        if uri.path().ends_with(".fifo") {
            return Err("the queue must be a standard one: messages of a FIFO queue would wait for each other".into());
        }
        let endpoint = match endpoint {
            Some(url) => {
                origin(url).ok_or("AWS_ENDPOINT_URL_SQS is not an https address")?;
                url.trim_end_matches('/').to_owned()
            }
            None => format!("https://{authority}"),
        };
        let named = || authority.host().strip_prefix("sqs.").and_then(|host| host.split('.').next());
        let region = region.or_else(named).ok_or("its region is not known: set AWS_REGION")?.to_owned();
        Ok(Self { queue_url: queue_url.to_owned(), endpoint, region })
    }
}

/// A queue that messages are sent to.
pub struct Sqs {
    place: SqsPlace,
    keys: AwsKeys,
    transport: Arc<dyn Transport>,
    random: Arc<dyn Random>,
}

/// Messages that were not sent, and why the last attempt failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsent {
    pub(super) texts: Vec<String>,
    pub(super) why: String,
}

/// The answer to one call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    successful: Vec<Taken>,
    #[serde(default)]
    failed: Vec<Refused>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Taken {
    id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refused {
    id: String,
    #[serde(default)]
    sender_fault: bool,
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// How one call ended, for those that it did not deliver.
struct Ended {
    /// Texts to send again.
    again: Vec<String>,
    /// Texts that can never be sent.
    never: Vec<String>,
    why: String,
}

impl Sqs {
    /// A queue at this place; nothing is sent yet.
    pub fn new(place: SqsPlace, keys: AwsKeys, transport: Arc<dyn Transport>, random: Arc<dyn Random>) -> Self {
        Self { place, keys, transport, random }
    }

    /// Sends the messages, in no promised order and each at least once, by this moment of the monotonic clock.
    pub(super) async fn send(&self, texts: Vec<String>, clock: &dyn Clock, by: Option<Duration>) -> Result<(), Unsent> {
        let chunks: Vec<Vec<String>> = texts.chunks(ENTRIES_MAX).map(<[String]>::to_vec).collect();
        let sent = stream::iter(chunks).map(|chunk| self.send_chunk(chunk, clock, by)).buffer_unordered(AT_ONCE);
        let unsent: Vec<Unsent> = sent.filter_map(|sent| std::future::ready(sent.err())).collect().await;
        let Some(why) = unsent.first().map(|unsent| unsent.why.clone()) else { return Ok(()) };
        Err(Unsent { texts: unsent.into_iter().flat_map(|unsent| unsent.texts).collect(), why })
    }

    async fn send_chunk(&self, texts: Vec<String>, clock: &dyn Clock, by: Option<Duration>) -> Result<(), Unsent> {
        let (mut texts, mut never): (Vec<String>, Vec<String>) =
            texts.into_iter().partition(|text| text.len() <= MESSAGE_BYTES_MAX);
        let mut why = format!("a message is larger than {MESSAGE_BYTES_MAX} bytes");
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=ATTEMPTS_MAX {
            let left = by.map_or(CALL_WITHIN, |by| by.saturating_sub(clock.monotonic()).min(CALL_WITHIN));
            if texts.is_empty() || left.is_zero() {
                break;
            }
            let ended = self.call(texts, clock, left).await;
            texts = ended.again;
            never.extend(ended.never);
            if !ended.why.is_empty() {
                why = ended.why;
            }
            if !texts.is_empty() && attempt < ATTEMPTS_MAX {
                clock.sleep(pause / 2 + pause.mul_f64(self.random.fraction() / 2.0)).await;
                pause *= 2;
            }
        }
        never.extend(texts);
        if never.is_empty() { Ok(()) } else { Err(Unsent { texts: never, why }) }
    }

    /// One call. Whoever it does not name as taken was not, whatever its status says.
    async fn call(&self, texts: Vec<String>, clock: &dyn Clock, within: Duration) -> Ended {
        let request = match self.request(&texts, clock) {
            Ok(request) => request,
            Err(error) => return Ended { again: Vec::new(), never: texts, why: error.to_string() },
        };
        match self.transport.send(request, within).await {
            Ok(response) if response.status() == 200 => sorted(texts, &response),
            Ok(response) => {
                let why = said(&response);
                let passes = response.status().is_server_error() || response.status() == 429 || passing(&why);
                let (again, never) = if passes { (texts, Vec::new()) } else { (Vec::new(), texts) };
                Ended { again, never, why }
            }
            // Sent twice is harmless: a message only says which customer is due.
            Err(error) => Ended { again: texts, never: Vec::new(), why: error.to_string() },
        }
    }

    fn request(&self, texts: &[String], clock: &dyn Clock) -> Result<Request<Bytes>, http::Error> {
        let entries: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| json!({ "Id": index.to_string(), "MessageBody": text }))
            .collect();
        let body = json!({ "QueueUrl": self.place.queue_url, "Entries": entries }).to_string();
        let mut request = Request::post(format!("{}/", self.place.endpoint))
            .header(CONTENT_TYPE, "application/x-amz-json-1.0")
            .header("x-amz-target", "AmazonSQS.SendMessageBatch")
            .body(Bytes::from(body))?;
        let scope = Scope { region: &self.place.region, service: "sqs" };
        sigv4::sign(&mut request, &self.keys, &scope, clock.now());
        Ok(request)
    }
}

/// Which texts are left after an answer.
fn sorted(texts: Vec<String>, response: &Response<Bytes>) -> Ended {
    let answer: Answer = match serde_json::from_slice(response.body()) {
        Ok(answer) => answer,
        Err(error) => {
            return Ended {
                again: texts,
                never: Vec::new(),
                why: format!("the queue's answer cannot be read: {error}"),
            };
        }
    };
    let mut texts: BTreeMap<String, String> =
        texts.into_iter().enumerate().map(|(index, text)| (index.to_string(), text)).collect();
    for taken in &answer.successful {
        texts.remove(&taken.id);
    }
    let mut ended = Ended { again: Vec::new(), never: Vec::new(), why: String::new() };
    for refused in &answer.failed {
        let Some(text) = texts.remove(&refused.id) else { continue };
        ended.why = format!("the queue refused a message: {} {}", refused.code, refused.message);
        if refused.sender_fault { ended.never.push(text) } else { ended.again.push(text) }
    }
    if !texts.is_empty() && ended.why.is_empty() {
        ended.why = "the queue's answer does not name every message".into();
    }
    ended.again.extend(texts.into_values());
    ended
}

/// What the service says of an error, in short.
fn said(response: &Response<Bytes>) -> String {
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let text = |names: [&str; 2]| names.iter().find_map(|name| body.get(name)?.as_str()).unwrap_or_default();
    let kind = text(["__type", "code"]);
    let said = format!("{} {kind} {}", response.status().as_u16(), text(["message", "Message"]));
    said.trim().chars().take(300).collect()
}

/// Whether an error with a status that looks final passes.
fn passing(said: &str) -> bool {
    ["Throttl", "OverLimit", "RequestLimit", "KmsThrottled"].iter().any(|code| said.contains(code))
}

#[cfg(test)]
mod tests;
