use super::*;
use async_trait::async_trait;
use notify::SecretText;
use outside::{SeededRandom, TransportError, VirtualClock};
use serde_json::Value;
use std::sync::Mutex;

const URL: &str = "https://sqs.eu-central-1.amazonaws.com/123456789012/gatehouse-sync";

/// A queue that answers as it is told, in order, and takes everything when it is told nothing.
#[derive(Default)]
struct Stub {
    answers: Mutex<Vec<Answers>>,
    calls: Mutex<Vec<(Request<Bytes>, Duration)>>,
}

#[derive(Clone)]
enum Answers {
    Status(u16, &'static str),
    /// These are refused, for a fault of the sender or not; the others are taken.
    Refuse(&'static [&'static str], bool),
    Lost,
}

#[async_trait]
impl Transport for Stub {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        self.calls.lock().unwrap().push((request, timeout));
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.is_empty() { Answers::Refuse(&[], false) } else { answers.remove(0) };
        let (status, body) = match answer {
            Answers::Lost => return Err(TransportError::Interrupted("reset".into())),
            Answers::Status(status, body) => (status, body.to_owned()),
            Answers::Refuse(texts, fault) => {
                let (mut taken, mut refused) = (Vec::new(), Vec::new());
                for entry in body["Entries"].as_array().unwrap() {
                    if texts.contains(&entry["MessageBody"].as_str().unwrap()) {
                        refused.push(json!({ "Id": entry["Id"], "SenderFault": fault, "Code": "InternalError" }));
                    } else {
                        taken.push(json!({ "Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "x" }));
                    }
                }
                (200, json!({ "Successful": taken, "Failed": refused }).to_string())
            }
        };
        Ok(Response::builder().status(status).body(Bytes::from(body)).unwrap())
    }
}

impl Stub {
    /// What was sent in each call.
    fn sent(&self) -> Vec<Vec<String>> {
        let entries = |request: &Request<Bytes>| {
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            assert_eq!(body["QueueUrl"], URL);
            let entries = body["Entries"].as_array().unwrap().clone();
            entries.iter().map(|entry| entry["MessageBody"].as_str().unwrap().to_owned()).collect()
        };
        self.calls.lock().unwrap().iter().map(|(request, _)| entries(request)).collect()
    }
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("m{n}")).collect()
}

async fn send(
    answers: &[Answers],
    texts: Vec<String>,
    by: Option<Duration>,
) -> (Arc<Stub>, Result<(), Unsent>, Duration) {
    let stub = Arc::new(Stub { answers: Mutex::new(answers.to_vec()), ..Stub::default() });
    let keys = AwsKeys { id: SecretText::new("AKID"), secret: SecretText::new("hush"), session: None };
    let place = SqsPlace::new(URL, None, None).unwrap();
    let sqs = Sqs::new(place, keys, stub.clone(), Arc::new(SeededRandom::new(1)));
    let clock = VirtualClock::new("2026-03-02T09:15:00Z".parse().unwrap());
    let start = clock.monotonic();
    let sent = sqs.send(texts, &clock, by.map(|by| start + by)).await;
    (stub, sent, clock.monotonic() - start)
}

#[tokio::test(start_paused = true)]
async fn messages_go_ten_to_a_call_signed_for_the_queues_region() {
    for (count, calls) in [(0, 0), (1, 1), (10, 1), (11, 2), (95, 10)] {
        let (stub, sent, _) = send(&[], texts(count), None).await;
        assert_eq!(sent, Ok(()));
        assert_eq!(stub.sent().len(), calls, "{count}");
        let mut all = stub.sent().concat();
        all.sort_by_key(|text| text[1..].parse::<u32>().unwrap());
        assert_eq!(all, texts(count));
    }
    let (stub, ..) = send(&[], texts(1), None).await;
    let calls = stub.calls.lock().unwrap();
    let (request, timeout) = &calls[0];
    assert_eq!(request.uri(), "https://sqs.eu-central-1.amazonaws.com/");
    assert_eq!(request.headers()["x-amz-target"], "AmazonSQS.SendMessageBatch");
    assert_eq!(request.headers()["content-type"], "application/x-amz-json-1.0");
    let proof = request.headers()["authorization"].to_str().unwrap();
    assert!(proof.contains("Credential=AKID/20260302/eu-central-1/sqs/aws4_request"), "{proof}");
    assert_eq!(*timeout, CALL_WITHIN);
}

#[tokio::test(start_paused = true)]
async fn what_a_call_did_not_take_is_sent_again_and_nothing_else() {
    let part = Answers::Refuse(&["m1", "m3"], false);
    let (stub, sent, _) = send(&[part.clone(), part], texts(4), None).await;
    assert_eq!(sent, Ok(()));
    let again = vec!["m1".to_owned(), "m3".into()];
    assert_eq!(stub.sent(), [texts(4), again.clone(), again]);
    for passes in [
        Answers::Status(503, ""),
        Answers::Status(429, "{}"),
        Answers::Status(400, r#"{"__type":"com.amazon.coral.availability#ThrottlingException"}"#),
        Answers::Status(200, "<html>"),
        Answers::Status(200, "{}"),
        Answers::Lost,
    ] {
        let (stub, sent, _) = send(&[passes], texts(2), None).await;
        assert_eq!((sent, stub.sent()), (Ok(()), vec![texts(2), texts(2)]));
    }
}

#[tokio::test(start_paused = true)]
async fn after_four_attempts_or_a_final_answer_the_rest_is_named_with_the_reason() {
    let down = vec![Answers::Status(503, ""); 9];
    let (stub, sent, took) = send(&down, texts(2), None).await;
    assert_eq!(sent, Err(Unsent { texts: texts(2), why: "503".into() }));
    assert_eq!(stub.sent().len(), ATTEMPTS_MAX as usize);
    assert!(took >= Duration::from_millis(700) && took <= Duration::from_millis(1400), "{took:?}");
    let refused = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}"#;
    let (stub, sent, _) = send(&[Answers::Status(400, refused)], texts(1), None).await;
    let why = "400 com.amazonaws.sqs#QueueDoesNotExist The specified queue does not exist.";
    assert_eq!((sent, stub.sent().len()), (Err(Unsent { texts: texts(1), why: why.into() }), 1));
    let (stub, sent, _) = send(&[Answers::Refuse(&["m0"], true)], texts(2), None).await;
    assert_eq!((sent.unwrap_err().texts, stub.sent().len()), (texts(1), 1));
}

#[tokio::test(start_paused = true)]
async fn the_invocations_deadline_ends_the_attempts() {
    let down = vec![Answers::Status(503, ""); 9];
    let (stub, sent, took) = send(&down, texts(1), Some(Duration::from_millis(250))).await;
    assert!(sent.is_err() && stub.sent().len() < ATTEMPTS_MAX as usize && took < Duration::from_millis(700));
    assert_eq!(stub.calls.lock().unwrap()[0].1, Duration::from_millis(250));
}

#[tokio::test(start_paused = true)]
async fn a_message_too_large_for_the_queue_does_not_keep_the_others_back() {
    let (stub, sent, _) = send(&[], vec!["m0".into(), "x".repeat(MESSAGE_BYTES_MAX + 1)], None).await;
    assert_eq!((sent.unwrap_err().texts.len(), stub.sent()), (1, vec![texts(1)]));
    let (_, sent, _) = send(&[], vec!["x".repeat(MESSAGE_BYTES_MAX)], None).await;
    assert_eq!(sent, Ok(()));
}

#[test]
fn a_queue_is_named_by_an_https_url_and_the_rest_follows_from_it() {
    let place =
        |url, endpoint, region| SqsPlace::new(url, endpoint, region).map(|place| (place.endpoint, place.region));
    let host = "https://sqs.eu-central-1.amazonaws.com".to_owned();
    assert_eq!(place(URL, None, None), Ok((host.clone(), "eu-central-1".into())));
    assert_eq!(place(URL, None, Some("eu-west-1")), Ok((host, "eu-west-1".into())));
    let elsewhere = "https://127.0.0.1:4566/queue";
    assert!(place(elsewhere, None, None).unwrap_err().contains("AWS_REGION"));
    assert_eq!(
        place(URL, Some("https://vpce-1.sqs.example/"), None),
        Ok(("https://vpce-1.sqs.example".into(), "eu-central-1".into()))
    );
    for wrong in [
        "http://sqs.eu-central-1.amazonaws.com/1/q",
        "https://sqs.eu-central-1.amazonaws.com/",
        "https://sqs.eu-central-1.amazonaws.com/1/q.fifo",
        "https://user@sqs.eu-central-1.amazonaws.com/1/q",
        "gatehouse-sync",
        "arn:aws:sqs:eu-central-1:123456789012:gatehouse-sync",
    ] {
        assert!(place(wrong, None, Some("eu-central-1")).is_err(), "{wrong}");
    }
    assert!(place(URL, Some("http://127.0.0.1:9"), None).is_err());
}
