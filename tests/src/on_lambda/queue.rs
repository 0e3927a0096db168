//! A queue of moto's, and what Lambda's event source mapping does with it.

use super::emulator::Emulator;
use super::runtime;
use crate::servers::Moto;
use bytes::Bytes;
use http::Request;
use notify::sigv4::{Scope, sign};
use notify::{AwsKeys, SecretText};
use outside::{Clock, Https, SystemClock, Transport};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The queue, reached as an administrator reaches it.
pub(crate) struct Queue<'a> {
    moto: &'a Moto,
    https: Https,
    pub(crate) url: String,
}

impl<'a> Queue<'a> {
    /// Makes it. A message that is received is hidden for no time, so that it can be looked at.
    pub(crate) async fn make(moto: &'a Moto) -> Self {
        let https = Https::new(moto.running.ca_pem.clone().into_bytes());
        let url = format!("{}/123456789012/gatehouse-sync", moto.url());
        let queue = Self { moto, https, url };
        let attributes = json!({ "VisibilityTimeout": "0" });
        queue.call("CreateQueue", json!({ "QueueName": "gatehouse-sync", "Attributes": attributes })).await;
        queue
    }

    /// All messages, by their receipt handles: id and text.
    pub(crate) async fn messages(&self) -> Vec<Received> {
        let mut messages = BTreeMap::new();
        // Up to ten at a time, and the same again; three rounds see all that this test sends.
        for _ in 0..3 {
            let body = json!({ "QueueUrl": self.url, "MaxNumberOfMessages": 10 });
            let answer = self.call("ReceiveMessage", body).await;
            for message in answer["Messages"].as_array().into_iter().flatten() {
                let text = |name: &str| message[name].as_str().unwrap().to_owned();
                messages.insert(text("MessageId"), (text("Body"), text("ReceiptHandle")));
            }
        }
        messages.into_iter().map(|(id, (text, handle))| Received { id, text, handle }).collect()
    }

    /// Gives all messages to the function as one batch, and deletes those that it does not name as failed. The failed ones
    /// are returned, as their texts.
    pub(crate) async fn deliver(&self, emulator: &Emulator) -> Vec<String> {
        let messages = self.messages().await;
        let records: Vec<_> = messages.iter().map(|message| (message.id.as_str(), message.text.as_str())).collect();
        let answer = emulator.invoke(&runtime::batch(&records, 1)).await.expect("a batch is always answered");
        let failed = runtime::failed(&answer);
        for message in messages.iter().filter(|message| !failed.contains(&message.id)) {
            self.call("DeleteMessage", json!({ "QueueUrl": self.url, "ReceiptHandle": message.handle })).await;
        }
        messages.into_iter().filter(|message| failed.contains(&message.id)).map(|message| message.text).collect()
    }

    async fn call(&self, action: &str, body: Value) -> Value {
        let mut request = Request::post(format!("{}/", self.moto.url()))
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AmazonSQS.{action}"))
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let keys = AwsKeys { id: SecretText::new("AKID"), secret: SecretText::new("x"), session: None };
        sign(&mut request, &keys, &Scope { region: "eu-central-1", service: "sqs" }, SystemClock::new().now());
        let answer = self.https.send(request, Duration::from_secs(30)).await.unwrap();
        assert_eq!(answer.status(), 200, "{action}: {:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }
}

/// A message as it was received.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) id: String,
    pub(crate) text: String,
    handle: String,
}
