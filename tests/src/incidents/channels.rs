//! Those who are paged: what each of them got and when, and how they answer.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use outside::{Clock, Transport, TransportError, VirtualClock};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

/// How a channel answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Say {
    Status(u16),
    /// Asks to be left alone for so many seconds.
    Later(u16, u32),
    /// Takes it, and the answer is lost.
    Lost,
    /// Takes so many milliseconds, and then it.
    Slow(u64),
    /// There is nobody.
    Never,
}

/// A message as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) at: Timestamp,
    pub(super) channel: String,
    /// Its `webhook-id`: the same in each attempt to send it.
    pub(super) message: String,
    pub(super) data: Value,
}

impl Got {
    /// The incidents that it names.
    pub(super) fn incidents(&self) -> Vec<&str> {
        self.data["incidents"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// What it says: `triggered`, `updated`, `acknowledged` or `resolved`.
    pub(super) fn state(&self) -> &str {
        self.data["state"].as_str().expect("it says what it is")
    }

    pub(super) fn may_repeat(&self) -> bool {
        self.data["mayRepeat"] == true
    }

    /// Whether somebody is called by it for this incident.
    pub(super) fn calls_for(&self, incident: &str) -> bool {
        self.state() == "triggered" && self.incidents().contains(&incident)
    }
}

/// All channels. They take everything, unless they are told otherwise.
pub(super) struct Channels {
    clock: VirtualClock,
    got: Mutex<Vec<Got>>,
    script: Mutex<BTreeMap<String, VecDeque<Say>>>,
    always: Mutex<BTreeMap<String, Say>>,
}

impl Channels {
    pub(super) fn new(clock: VirtualClock) -> Self {
        Self { clock, got: Mutex::default(), script: Mutex::default(), always: Mutex::default() }
    }

    /// The next attempts of this channel end like this.
    pub(super) fn will_say(&self, channel: &str, says: &[Say]) {
        self.script.lock().expect("no holder panics").insert(channel.into(), says.iter().copied().collect());
    }

    /// From now on this channel always answers like this.
    pub(super) fn says(&self, channel: &str, say: Say) {
        self.always.lock().expect("no holder panics").insert(channel.into(), say);
    }

    /// Everything that arrived.
    pub(super) fn got(&self) -> Vec<Got> {
        self.got.lock().expect("no holder panics").clone()
    }

    /// What called this channel for this incident.
    pub(super) fn calls(&self, channel: &str, incident: &str) -> Vec<Got> {
        self.got().into_iter().filter(|got| got.channel == channel && got.calls_for(incident)).collect()
    }

    fn say(&self, channel: &str) -> Say {
        let scripted = self.script.lock().expect("no holder panics").get_mut(channel).and_then(VecDeque::pop_front);
        let always = || self.always.lock().expect("no holder panics").get(channel).copied();
        scripted.or_else(always).unwrap_or(Say::Status(204))
    }
}

/// The name of the channel to which this request goes.
pub(super) fn channel_of(request: &Request<Bytes>) -> String {
    let host = request.uri().host().expect("a host");
    host.strip_suffix(".example").expect("the only hosts that anybody configured").to_owned()
}

#[async_trait]
impl Transport for Channels {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let channel = channel_of(&request);
        let message = request.headers()["webhook-id"].to_str().expect("text").to_owned();
        let data = serde_json::from_slice::<Value>(request.body()).expect("JSON")["data"].clone();
        let say = self.say(&channel);
        if matches!(say, Say::Status(200..300) | Say::Lost | Say::Slow(_)) {
            let got = Got { at: self.clock.now(), channel, message, data };
            self.got.lock().expect("no holder panics").push(got);
        }
        let answer = |status: u16, after: Option<u32>| {
            let builder = after
                .into_iter()
                .fold(Response::builder().status(status), |one, after| one.header("retry-after", after));
            builder.body(Bytes::new()).expect("a response")
        };
        match say {
            Say::Status(status) => Ok(answer(status, None)),
            Say::Later(status, seconds) => Ok(answer(status, Some(seconds))),
            Say::Lost => {
                self.clock.sleep(timeout).await;
                Err(TransportError::TimedOut(timeout))
            }
            Say::Slow(milliseconds) => {
                self.clock.sleep(Duration::from_millis(milliseconds).min(timeout)).await;
                Ok(answer(204, None))
            }
            Say::Never => Err(TransportError::NeverSent("no route".into())),
        }
    }
}
