//! The program as AWS Lambda runs it, against the cloud over TLS: under a stand-in that freezes it after every answer, and
//! under cargo-lambda's emulator with moto's queue.

mod emulator;
mod program;
mod queue;
pub(crate) mod runtime;

use crate::azure_host::{Packaged, wire};
use crate::on_azure::{Cloud, Folder, KEY, SECRET, cloud, configure};
use crate::servers::Moto;
use bytes::Bytes;
use cloud_sim::{Fault, What, When};
use emulator::Emulator;
use http::{Request, Response};
use outside::{Clock, SystemClock};
use program::{AWS_SECRET, Program};
use queue::Queue;
use runtime::{Runtime, batch, failed};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// As much time as a function with a long time-out has.
const LONG: Duration = Duration::from_secs(300);

fn schedule() -> Value {
    json!({ "function": "schedule_sync" })
}

fn members(cloud: &Cloud) -> Vec<usize> {
    cloud.customers.iter().map(|(tenant, target)| tenant.members(*target).len()).collect()
}

/// What a log line says of its invocation: beside its own fields, or in the spans that it was written in.
fn said<'a>(line: &'a Value, name: &str) -> Option<&'a str> {
    let spans = line["spans"].as_array().into_iter().flatten().rev();
    std::iter::once(line).chain(spans).find_map(|fields| fields[name].as_str())
}

/// How many customers are listed for the next tick.
fn marked(folder: &Folder) -> usize {
    std::fs::read_dir(folder.path().join("state/open/dirty")).map(Iterator::count).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_and_thawed_process_makes_the_customers_groups_equal_to_the_partners() {
    let (sim, cloud) = cloud();
    let served = cloud_sim::serve(&sim, 0).await.expect("the simulated cloud is served");
    let folder = Folder::new("on-lambda");
    configure(&folder, &cloud, &served);
    let config = folder.path().to_string_lossy().into_owned();
    let env = [("GATEHOUSE_CONFIG", config.as_str()), ("APP_SECRET", SECRET), ("OPS_KEY", KEY)];
    let mut lambda = Runtime::start(&Packaged::new().program(), &env).await;

    // Without a queue the due customers are done in the invocation of the schedule.
    let answer = lambda.invoke(&schedule(), LONG).await;
    assert_eq!(answer.as_ref().map(|answer| &answer["messages"]), Ok(&json!(3)), "{:#?}", lambda.output());
    let expected: BTreeSet<String> = (0..8).map(|n| format!("p{n}@northwind.example")).collect();
    for (tenant, target) in &cloud.customers {
        assert_eq!(tenant.member_mails(*target), expected, "{:#?}", lambda.output());
    }
    let names = ["customer0", "customer1", "customer2"];
    let texts = names.map(|name| json!({ "customer": name }).to_string());
    let messages: Vec<_> = names.iter().zip(&texts).map(|(id, text)| (*id, text.as_str())).collect();
    let settled = lambda.invoke(&batch(&messages, 1), LONG).await.unwrap();
    assert_eq!(failed(&settled), [""; 0]);
    cloud.disable_somebody();
    lambda.invoke(&schedule(), LONG).await.unwrap();
    assert_eq!(members(&cloud), [7, 7, 7]);

    // What is no event of ours, and what a stranger sends, changes nothing.
    let requests = sim.count(|_| true);
    let stranger = lambda.invoke(&json!({ "Records": [{ "eventSource": "aws:s3" }] }), LONG).await.unwrap_err();
    assert!(stranger.contains("it has a record of aws:s3"), "{stranger}");
    let bearer = format!("Bearer {KEY}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    for path in ["/events", "/api/events", "/schedule_sync"] {
        let (status, problem) = lambda.http("POST", path, &headers, &schedule().to_string()).await;
        assert_eq!((status, &problem["code"]), (404, &json!("not_found")), "{path}");
    }
    assert_eq!(sim.count(|_| true), requests);

    // A message that nobody can read is recorded and done with; one that fails for the fifth time is recorded and stays.
    let nonsense = lambda.invoke(&batch(&[("n", "{\"customer\":")], 1), LONG).await.unwrap();
    assert_eq!(failed(&nonsense), [""; 0]);
    let tenant = cloud.customers[1].0.id();
    sim.fault(Fault::new("* /**", When::Every, What::Slow(Duration::from_secs(90))).in_tenant(tenant));
    let clock = SystemClock::new();
    let answer = lambda.invoke(&batch(&messages, 5), Duration::from_secs(10)).await.unwrap();
    assert!(clock.monotonic() < Duration::from_secs(10), "the answer is out before the function's time is over");
    assert_eq!(failed(&answer), ["customer1"]);
    cloud.add_somebody();
    lambda.invoke(&schedule(), Duration::from_secs(10)).await.unwrap();
    assert_eq!(members(&cloud), [8, 7, 8], "who answers is done; who hangs holds nobody up");
    assert_eq!(marked(&folder), 1, "who was cut off comes first at the next tick");
    let (status, health) = lambda.http("GET", "/api/v1/health", &headers, "").await;
    let codes: Vec<_> = health["red"].as_array().into_iter().flatten().map(|red| red["code"].clone()).collect();
    assert_eq!((status, codes.iter().filter(|code| *code == "poison").count()), (200, 2), "{health}");
    assert_eq!(lambda.http("GET", "/api/v1/plans", &[], "").await.0, 401);
    assert_eq!(lambda.init_errors(), [Value::Null; 0]);

    // Every line is JSON and says which invocation it belongs to; none holds a secret.
    let printed = lambda.output();
    assert!(printed.iter().any(|line| line.contains("Lambda takes this store away")), "{printed:#?}");
    let read = |line: &String| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let lines: Vec<Value> = printed.iter().map(read).collect();
    assert!(lines.iter().all(|line| said(line, "requestId").is_some()), "{printed:#?}");
    let done = lines.iter().find(|line| line["message"] == "done").expect("work was logged");
    assert_eq!(said(done, "invocation"), said(done, "requestId"));
    assert_eq!(said(done, "function"), Some("schedule_sync"));
    let trace = said(done, "traceparent").unwrap_or_default();
    assert!(trace.starts_with("00-5759e988bd862e3fe1be46a994272793-"), "X-Ray's trace goes on: {trace}");
    for secret in [SECRET, KEY, AWS_SECRET] {
        assert!(!printed.join("\n").contains(secret), "a secret was printed");
    }
}

async fn get(emulator: &Emulator, method: &str, path: &str, body: &str) -> Response<Bytes> {
    let request = Request::builder()
        .method(method)
        .uri(format!("/lambda-url/gatehouse{path}"))
        .header("host", "127.0.0.1")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {KEY}"))
        .body(wire::whole(Bytes::copy_from_slice(body.as_bytes())));
    wire::send(emulator.port, request.unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_the_emulator_messages_go_through_the_queue_and_a_failed_one_stays_in_it() {
    let (sim, cloud) = cloud();
    let served = cloud_sim::serve(&sim, 0).await.expect("the simulated cloud is served");
    let folder = Folder::new("on-lambda-queue");
    configure(&folder, &cloud, &served);
    let (moto, emulator) = (Moto::start(), Emulator::start().await);
    let queue = Queue::make(&moto).await;
    let (config, roots) = (folder.path().to_string_lossy().into_owned(), moto.running.ca_file());
    let (moto_url, roots) = (moto.url(), roots.to_string_lossy().into_owned());
    let env = [
        ("GATEHOUSE_CONFIG", config.as_str()),
        ("APP_SECRET", SECRET),
        ("OPS_KEY", KEY),
        ("GATEHOUSE_QUEUE_URL", queue.url.as_str()),
        ("AWS_ENDPOINT_URL_SQS", moto_url.as_str()),
        ("SSL_CERT_FILE", roots.as_str()),
    ];
    let program = Program::start(&Packaged::bootstrap(), &emulator.runtime_api(), &env);

    let answer = get(&emulator, "GET", "/api/v1/health?a=b%20c", "").await;
    let health: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!((answer.status().as_u16(), &health["status"]), (200, &json!("ok")), "{:#?}", program.output());
    let stranger = get(&emulator, "POST", "/events", &schedule().to_string()).await;
    assert_eq!(stranger.status(), 404);
    assert_eq!(queue.messages().await.len(), 0, "a stranger sent nothing");

    emulator.invoke(&schedule()).await.unwrap_or_else(|why| panic!("{why}\n{:#?}", program.output()));
    let mut texts: Vec<_> = queue.messages().await.into_iter().map(|message| message.text).collect();
    texts.sort();
    assert_eq!(texts, ["customer0", "customer1", "customer2"].map(|name| format!("{{\"customer\":\"{name}\"}}")));
    assert_eq!(members(&cloud), [0, 0, 0], "nobody is done before the queue delivers");

    let tenant = cloud.customers[1].0.id();
    sim.fault(Fault::new("* /**", When::Every, What::Status(503, "serviceUnavailable")).in_tenant(tenant));
    assert_eq!(queue.deliver(&emulator).await, ["{\"customer\":\"customer1\"}"], "{:#?}", program.output());
    assert_eq!(members(&cloud), [8, 0, 8]);
    let left: Vec<_> = queue.messages().await.into_iter().map(|message| message.text).collect();
    assert_eq!(left, ["{\"customer\":\"customer1\"}"], "the failed message is still in the queue");
    sim.clear_faults();
    assert_eq!(queue.deliver(&emulator).await, [""; 0]);
    assert_eq!((members(&cloud), queue.messages().await.len()), (vec![8, 8, 8], 0));

    // A queue that cannot be reached fails the invocation, and whoever was to be queued comes first at the next tick.
    drop(moto);
    cloud.add_somebody();
    assert!(emulator.invoke(&schedule()).await.is_err());
    let printed = program.output().join("\n");
    assert!(printed.contains("3 messages were not sent to the queue"), "{printed}");
    assert_eq!(marked(&folder), 3);
    assert!(emulator.invoke(&json!({ "Records": [{ "eventSource": "aws:s3" }] })).await.is_err());
}
