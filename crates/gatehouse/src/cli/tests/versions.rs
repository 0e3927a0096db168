//! Documents of other versions of the program.

use super::Terminal;
use super::rereading::{deliver, red, wake};
use crate::demo::{BG1, sign_in};
use crate::hosts::Host;
use crate::settings::Settings;
use crate::wiring::Place;
use bytes::Bytes;
use cloud_sim::TenantHandle;
use functions::{Message, Reply, Timer, Wake};
use http::Request;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const ADATUM: &str = "77777777-7777-4777-8777-777777777777";
const CONTOSO: &str = "44444444-4444-4444-8444-444444444444";

/// Every document below the folder, by its path in the store.
pub(super) fn documents(state: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![state.to_owned()]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let name = path.strip_prefix(state).unwrap().to_string_lossy().into_owned();
            if !name.split('/').any(|part| part.starts_with('.')) {
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// What kind of document lies at the path: the path without what is different from one to the next.
fn kind(path: &str) -> String {
    let is_name = |part: &&str| part.bytes().any(|byte| byte.is_ascii_digit());
    path.split('/').map(|part| if is_name(&part) { "*" } else { part }).collect::<Vec<_>>().join("/")
}

impl Terminal {
    pub(super) fn state(&self) -> std::path::PathBuf {
        self.home.folder.join("state")
    }

    /// A process that works with the folder, and that the public reaches.
    pub(super) fn process(&self) -> Host {
        let mut env = self.env.clone();
        env.insert("FUNCTIONS_CUSTOMHANDLER_PORT".into(), "7072".into());
        env.insert("WEBSITE_HOSTNAME".into(), "gatehouse.azurewebsites.net".into());
        let settings = Settings::read(Arc::new(env)).unwrap();
        let place = Place { folder: self.home.folder.clone(), settings, doors: self.doors.clone() };
        Host::new(functions::all(), Box::new(place), self.doors.clock.clone(), self.doors.random.clone())
    }

    /// A life with as many kinds of documents as a store can have.
    pub(super) async fn lived() -> Self {
        let terminal = Self::new();
        terminal.rewrite("gatehouse.toml", |text| {
            let text = text.replace("may = [\"read\", \"release\"]", "may = [\"read\", \"release\", \"request\"]");
            format!("{text}\n[notices]\nproblems = [\"duty\"]\nheld = [\"duty\"]\n[break_glass]\nheartbeat = \"env:HEARTBEAT\"\n")
        });
        let host = terminal.process();
        for _ in 0..2 {
            terminal.round(&host).await;
        }
        let id = terminal.walid().await;
        terminal.check(&format!("requests approve {id} --by lead@northwind.example"), 0).await;
        terminal.check("pause wingtip --by ana@northwind.example --reason audit --until 2026-03-03T00:00:00Z", 0).await;
        let drill = "drill contoso --announce 1h --account bg2@contoso.onmicrosoft.com --by dora@northwind.example \
                     --with lead@northwind.example --no-wait";
        terminal.check(drill, 0).await;
        sign_in(&terminal.home.place(), None, BG1, "first").await.unwrap();
        deliver(&host, &["{\"customer\":\"nobody\"}".into()]).await;
        terminal.ask(&host, "key-1").await;
        terminal.things_happen();
        terminal.round(&host).await;
        let digest = terminal.digest("tailspin").await;
        let release =
            Request::post(format!("/api/v1/plans/{digest}/release")).header("x-api-key", crate::demo::API_KEY);
        let release = release.header("idempotency-key", "release-1").body(Bytes::new()).unwrap();
        let Reply::Http(answer) = wake(&host, "plans", Wake::Http(Box::new(release))).await else { panic!() };
        assert_eq!(answer.status().as_u16(), 200, "{answer:?}");
        terminal.round(&host).await;
        terminal
    }

    /// What happens at the partner in that life.
    pub(super) fn things_happen(&self) {
        self.home.world.somebody_joins();
        self.home.world.somebody_leaves();
        self.leaves(SECURITY, "emil@northwind.example");
        self.home.world.a_script_goes_wrong();
    }

    /// Somebody asks for access over the API, with this key.
    pub(super) async fn ask(&self, host: &Host, key: &str) -> u16 {
        let body = serde_json::json!({
            "ticket": { "number": "INC0012346" }, "customer": { "name": "fabrikam" }, "access": { "package": "security", "durationHours": 8 },
            "invitee": { "email": "xenia@northwind.example" }, "requestedBy": { "email": "dora@northwind.example" }, "reason": "a firewall",
        });
        let request = Request::post("/api/v1/invitations").header("x-api-key", crate::demo::API_KEY);
        let request = request.header("content-type", "application/json").header("idempotency-key", key);
        let request = request.body(Bytes::from(body.to_string())).unwrap();
        match wake(host, "invitations", Wake::Http(Box::new(request))).await {
            Reply::Http(answer) => answer.status().as_u16(),
            other => panic!("{other:?}"),
        }
    }

    /// Everything that timers do in a minute, and a look at what is red.
    pub(super) async fn round(&self, host: &Host) -> Vec<(String, String)> {
        self.doors.clock.sleep(Duration::from_secs(60)).await;
        if let Reply::Done(done) = wake(host, "schedule_sync", Wake::Timer(Timer { past_due: false })).await {
            for text in done.messages.into_iter().flat_map(|(_, texts)| texts) {
                wake(host, "sync_customer", Wake::Queue(Message { text })).await;
            }
        }
        for timer in ["follow_requests", "follow_incidents", "watch_sign_ins", "renew_subscriptions"] {
            wake(host, timer, Wake::Timer(Timer { past_due: false })).await;
        }
        red(host).await
    }

    fn tenant(&self, id: &str) -> TenantHandle {
        self.home.world.sim.tenants().into_iter().find(|tenant| tenant.id().to_string() == id).unwrap()
    }

    /// Whether Yusuf of the second line is in that customer's group for it.
    fn has_yusuf(&self, customer: &str) -> bool {
        self.tenant(customer).member_mails(group_of(customer)).contains(YUSUF)
    }

    /// Yusuf is in the second line, and where its people are, as when the documents were written.
    fn yusuf_is_there(&self) {
        let (partner, yusuf) = self.person(YUSUF);
        partner.add_member(SECOND_LINE.parse().unwrap(), yusuf);
        for customer in [CONTOSO, ADATUM] {
            let tenant = self.tenant(customer);
            tenant.add_member(group_of(customer), tenant.find_guest(YUSUF).unwrap());
        }
    }

    fn leaves(&self, group: &str, mail: &str) {
        let (partner, person) = self.person(mail);
        partner.remove_member(group.parse().unwrap(), person);
    }

    fn person(&self, mail: &str) -> (TenantHandle, Uuid) {
        let partner = self.tenant("11111111-1111-4111-8111-111111111111");
        let is_it = |user: &Uuid| partner.mail(*user).as_deref() == Some(mail);
        let person = partner.users().into_iter().find(is_it).unwrap();
        (partner, person)
    }
}

fn group_of(customer: &str) -> Uuid {
    let number = if customer == CONTOSO { "41" } else { "71" };
    format!("bbbbbbbb-0000-4000-8000-0000000000{number}").parse().unwrap()
}

const YUSUF: &str = "yusuf@northwind.example";
const SECOND_LINE: &str = "aaaaaaaa-0000-4000-8000-000000000004";
const SECURITY: &str = "aaaaaaaa-0000-4000-8000-000000000006";

/// Puts the documents there, and nothing else.
pub(super) fn restore(state: &Path, documents: &BTreeMap<String, Vec<u8>>) {
    fs::remove_dir_all(state).unwrap();
    for (path, bytes) in documents {
        let file = state.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
}

/// The document as a newer program would have written it.
fn newer(bytes: &[u8]) -> Vec<u8> {
    let mut document: Value = serde_json::from_slice(bytes).unwrap();
    document["v"] = (document["v"].as_u64().unwrap() + 1).into();
    document["from"] = "a newer program".into();
    serde_json::to_vec(&document).unwrap()
}

/// Without these no customer can be looked after.
const ALL_STOP: [&str; 3] = ["orders", "partner/snapshot", "schedule"];

/// Without these Contoso cannot.
const CONTOSO_STOPS: [&str; 4] = ["customers/*/body", "customers/*/head", "journal/*/*", "lease/*"];

/// What nobody looks into any more, or only to see that it is there.
const NOT_READ: [&str; 6] =
    ["alerts/*/*", "inviting/*", "replay/*/*", "replay/key/*", "window/entries/*/*/*", "window/removals/*/*"];

fn next_block(path: &str) -> String {
    let (folder, number) = path.rsplit_once('/').unwrap();
    format!("{folder}/{:012}", number.parse::<u64>().unwrap() + 1)
}

#[tokio::test(start_paused = true)]
async fn what_a_newer_program_wrote_is_left_alone_and_red_and_all_else_goes_on() {
    let terminal = Terminal::lived().await;
    let baseline = documents(&terminal.state());
    // Of each kind one: Contoso's, where it is a customer's.
    let mut kinds: BTreeMap<String, &String> = BTreeMap::new();
    for path in baseline.keys() {
        let chosen = kinds.entry(kind(path)).or_insert(path);
        if path.contains(CONTOSO) || !chosen.contains(CONTOSO) {
            *chosen = path;
        }
    }
    assert!(kinds.len() >= 30, "{:?}", kinds.keys());
    for (index, (kind, path)) in kinds.iter().enumerate() {
        restore(&terminal.state(), &baseline);
        terminal.yusuf_is_there();
        let bytes = newer(&baseline[*path]);
        // A newer program's block is the one after those that this program knows.
        let path = if kind.starts_with("journal/") { next_block(path) } else { (*path).clone() };
        let file = terminal.state().join(&path);
        fs::write(&file, &bytes).unwrap();
        terminal.leaves(SECOND_LINE, YUSUF);
        terminal.run("pause fabrikam --until 1h --by ana@northwind.example --reason audit").await;
        let host = terminal.process();
        terminal.round(&host).await;
        let red = terminal.round(&host).await;
        assert_eq!(fs::read(&file).ok(), Some(bytes), "{kind}: nothing is written there");
        let told = red.iter().any(|(code, text)| {
            code == "newer_document" && text.contains(&path) && text.contains("update the program")
        });
        let is_read = !kind.starts_with("open/") && !NOT_READ.contains(&kind.as_str()) || kind == "open/poison/*";
        assert_eq!(told, is_read, "{kind}: {red:?}");
        let (all_stop, contoso_stops) = (ALL_STOP.contains(&kind.as_str()), CONTOSO_STOPS.contains(&kind.as_str()));
        assert_eq!(terminal.has_yusuf(ADATUM), all_stop, "{kind}: the others");
        assert_eq!(terminal.has_yusuf(CONTOSO), all_stop || contoso_stops, "{kind}: the customer");
        if contoso_stops {
            let after = documents(&terminal.state());
            let its = |path: &&String| path.starts_with("customers/") || path.starts_with("journal/");
            for path in baseline.keys().filter(its).filter(|other| other.contains(CONTOSO) && **other != path) {
                assert_eq!(after.get(path), baseline.get(path), "{kind}: {path}");
            }
            let blocks = |documents: &BTreeMap<String, Vec<u8>>| {
                documents.keys().filter(|path| path.contains(&format!("journal/{CONTOSO}"))).count()
            };
            assert_eq!(blocks(&after), blocks(&baseline) + usize::from(kind == "journal/*/*"), "{kind}");
        }
        // Alerts are taken whatever happens, and so is what people ask for.
        let (status, _) = sign_in(&terminal.home.place(), None, BG1, &format!("later-{index}")).await.unwrap();
        assert_eq!((status.as_u16(), terminal.ask(&host, &format!("key-{index}")).await), (202, 202), "{kind}");
    }
}
