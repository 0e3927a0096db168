//! Every alert that was recorded, and what nobody should send: through the routes and the gate to the engine and to the
//! channels, and what came of it.

mod door;

use bytes::Bytes;
use door::{Door, Heard};
use http::{Method, Request, StatusCode};
use serde_json::Value;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/access/src/alerts/tests/payloads");

/// The bodies in a folder of recordings, with their names; not the exchange, which is no body.
fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(Path::new(FOLDER).join(folder)).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it is listed").path()).filter(|path| path.is_file());
    let named = paths.map(|path| {
        let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
        (name, std::fs::read(&path).expect("it can be read"))
    });
    let mut files: Vec<_> = named.filter(|(name, _)| !name.starts_with("27")).collect();
    files.sort();
    files
}

/// The body of the recording whose name begins so.
fn body(name: &str) -> Vec<u8> {
    let found = files("").into_iter().chain(files("malformed")).find(|(file, _)| file.starts_with(name));
    found.expect("there is such a file").1
}

fn content_type(name: &str) -> &'static str {
    match name {
        _ if name.ends_with(".txt") => "application/x-www-form-urlencoded",
        _ if name.starts_with("26") => "application/cloudevents+json; charset=utf-8",
        _ => "application/json; charset=utf-8",
    }
}

/// The pages that a delivery led to, as the webhook channel got them; each of the others got as many.
fn pages(heard: &[Heard]) -> Vec<Value> {
    let of = |channel: &str| heard.iter().filter(|one| one.channel == channel && one.calls()).count();
    let pages: Vec<Value> =
        heard.iter().filter(|one| one.channel == "soc" && one.calls()).map(|one| one.body["data"].clone()).collect();
    assert_eq!([of("pager"), of("teams"), of("slack")], [pages.len(); 3], "all channels of a step hear the same");
    pages
}

/// What came of one body, in lines.
async fn told(name: &str, body: Vec<u8>) -> String {
    let door = Door::new().await;
    let answer = door.post(content_type(name), &[], body).await;
    // Steps of a sign-in that are no outcome are waited for.
    door.minutes(4).await;
    let mut told = format!("{name}: {}\n", answer.status().as_u16());
    let mut lines: Vec<(String, usize)> = Vec::new();
    for incident in door.incidents().await {
        let accounts: Vec<&str> = incident.accounts.iter().map(|account| account.upn.as_str()).collect();
        let test = if incident.test { " TEST" } else { "" };
        let (kind, status) = (incident.kind.name(), incident.status.name());
        let line = format!("{kind} {} {status}{test} {accounts:?}", incident.severity);
        match lines.last_mut().filter(|(last, _)| *last == line) {
            Some((_, count)) => *count += 1,
            None => lines.push((line, 1)),
        }
    }
    for (line, count) in lines {
        told.push_str(&if count == 1 { format!("  {line}\n") } else { format!("  {line}, {count} times\n") });
    }
    for page in pages(&door.heard()) {
        let test = if page["test"] == true { "TEST " } else { "" };
        let severity = page["severity"].as_str().expect("it has one");
        told.push_str(&format!("  -> {test}{severity} {}: {}\n", page["incidentsCount"], page["title"]));
    }
    assert_eq!(door.strangers(), Vec::<String>::new(), "{name}: somebody was asked whom nobody configured");
    told
}

#[tokio::test(start_paused = true)]
async fn every_recorded_alert_opens_and_pages_what_it_should() {
    let mut all = String::new();
    for (name, body) in files("").into_iter().chain(files("malformed")) {
        all.push_str(&told(&name, body).await);
    }
    expect_test::expect_file!["told.txt"].assert_eq(&all);
}

#[tokio::test(start_paused = true)]
async fn the_same_sign_in_by_six_other_roads_pages_nobody_again_and_nothing_closes_it() {
    let door = Door::new().await;
    assert_eq!(door.post("application/json", &[], body("01")).await.status(), StatusCode::ACCEPTED);
    let first = pages(&door.heard()).len();
    assert_eq!(first, 1);
    for other in ["29", "30", "20", "23", "02", "21", "01"] {
        let answer = door.post("application/json", &[], body(other)).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{other}");
        door.minutes(0).await;
        assert_eq!(pages(&door.heard()).len(), first, "{other} paged again");
    }
    let known = door.incidents().await;
    assert_eq!(known.len(), 1, "{known:#?}");
    assert_eq!((known[0].status.name(), known[0].heard), ("open", 7), "each road is written down, once");
}

#[tokio::test(start_paused = true)]
async fn three_hundred_sign_ins_in_one_alert_are_one_page_that_says_how_many() {
    let door = Door::new().await;
    door.post("application/json", &[], body("many-allof-300")).await;
    door.minutes(3).await;
    let pages = pages(&door.heard());
    assert_eq!(pages.len(), 1, "{pages:#?}");
    assert_eq!(pages[0]["incidentsCount"], 50);
    assert!(pages[0]["facts"].to_string().contains("300 findings in all"), "{:#}", pages[0]);
}

#[tokio::test(start_paused = true)]
async fn text_from_outside_is_text_in_every_channel() {
    let door = Door::new().await;
    door.post("application/json", &[], body("hostile-text-injection")).await;
    let heard = door.heard();
    let text = |channel: &str| -> String {
        let of: Vec<String> =
            heard.iter().filter(|one| one.channel == channel).map(|one| one.body.to_string()).collect();
        assert_eq!(of.len(), 1, "{channel}");
        of.concat()
    };
    for (channel, hostile) in [
        ("slack", vec!["<!channel>", "<@U012AB3CD>", "<at>", "<script>", "<https://attacker"]),
        // What stands in a run of text is shown as it is, links and mentions included; a block of text is not.
        ("teams", vec![r#""type":"TextBlock""#, "<at>"]),
        ("pager", vec!["https://attacker.example.net"]),
    ] {
        for hostile in hostile {
            assert!(!text(channel).contains(hostile), "{channel} got {hostile}: {}", text(channel));
        }
    }
    for channel in ["slack", "teams", "pager", "soc"] {
        assert!(text(channel).contains("alert(1)"), "{channel}: people see what was written");
        assert!(!text(channel).contains("\\u0000") && !text(channel).contains("\\r"), "{channel}");
        let acts = heard.iter().filter(|one| one.channel == channel).any(|one| one.has_link_to("attacker"));
        assert!(!acts, "{channel} leads to somebody else");
    }
}

#[tokio::test(start_paused = true)]
async fn handshakes_are_answered_and_nothing_is_stored_or_fetched() {
    let door = Door::new().await;
    let exchange: Value = serde_json::from_slice(
        &std::fs::read(Path::new(FOLDER).join("27-handshakes.http.json")).expect("the file is there"),
    )
    .expect("it is JSON");
    let grid = &exchange["eventgrid_validation"];
    let headers: Vec<(&str, &str)> = headers(&grid["request"]["headers"]);
    let answer = door.post("application/json", &headers, body("24")).await;
    assert_eq!(answer.status(), StatusCode::OK, "202 is not accepted");
    let said: Value = serde_json::from_slice(answer.body()).expect("JSON");
    assert_eq!(said, grid["expect"]["body"]);
    let cloud = &exchange["cloudevents_options"];
    let mut request = Request::builder().method(Method::OPTIONS).uri(door.address());
    for (name, value) in headers_of(cloud) {
        request = request.header(name, value);
    }
    let answer = door.send(request.body(Bytes::new()).expect("it is a request")).await;
    assert!(answer.status().is_success());
    for (name, value) in cloud["expect"]["headers"].as_object().expect("headers") {
        assert_eq!(answer.headers()[name.as_str()], value.as_str().expect("text"), "{name}");
    }
    assert_eq!((door.stored().await, door.heard().len(), door.strangers()), (Vec::new(), 0, Vec::new()));
}

fn headers(headers: &Value) -> Vec<(&str, &str)> {
    let headers = headers.as_object().expect("headers").iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.as_str().expect("text")));
    headers.filter(|(name, _)| !name.eq_ignore_ascii_case("content-type")).collect()
}

fn headers_of(exchange: &Value) -> Vec<(&str, &str)> {
    headers(&exchange["request"]["headers"])
}

#[tokio::test(start_paused = true)]
async fn a_name_that_only_looks_like_the_accounts_is_not_shown_as_it() {
    let door = Door::new().await;
    door.post("application/json", &[], body("unicode-valid")).await;
    let known = door.incidents().await;
    assert_eq!(known[0].accounts[0].upn, "bg-01@examplecorp.onmicrosoft.com", "the object id decides");
}

#[tokio::test(start_paused = true)]
async fn whoever_cannot_prove_who_they_are_pages_nobody_and_is_not_stored() {
    let door = Door::new().await;
    for address in ["/api/v1/alerts/examplecorp", "/api/v1/alerts/examplecorp?code=wrong"] {
        let request = Request::post(address).header("content-type", "application/json");
        let answer = door.send(request.body(Bytes::from(body("01"))).expect("it is a request")).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{address}");
    }
    assert_eq!(door.incidents().await, []);
    assert!(!door.stored().await.iter().any(|path| path.starts_with("alerts/")));
}
