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

const CONTOSO: &str = "44444444-4444-4444-8444-444444444444";

/// Every document below the folder, by its path in the store.
fn documents(state: &Path) -> BTreeMap<String, Vec<u8>> {
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
    fn state(&self) -> std::path::PathBuf {
        self.home.folder.join("state")
    }

    /// A process that works with the folder, and that the public reaches.
    fn process(&self) -> Host {
        let mut env = self.env.clone();
        env.insert("FUNCTIONS_CUSTOMHANDLER_PORT".into(), "7072".into());
        env.insert("WEBSITE_HOSTNAME".into(), "gatehouse.azurewebsites.net".into());
        let settings = Settings::read(Arc::new(env)).unwrap();
        let place = Place { folder: self.home.folder.clone(), settings, doors: self.doors.clone() };
        Host::new(functions::all(), Box::new(place), self.doors.clock.clone(), self.doors.random.clone())
    }

    /// A life with as many kinds of documents as a store can have.
    async fn lived() -> Self {
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
        terminal.check("pause tailspin --by ana@northwind.example --reason audit --for 1h", 0).await;
        let drill = "drill contoso --announce 1h --account bg2@contoso.onmicrosoft.com --by dora@northwind.example \
                     --with lead@northwind.example --no-wait";
        terminal.check(drill, 0).await;
        sign_in(&terminal.home.place(), BG1, "first").await.unwrap();
        deliver(&host, &["{\"customer\":\"nobody\"}".into()]).await;
        terminal.ask(&host, "key-1").await;
        terminal.home.world.a_script_goes_wrong();
        for _ in 0..2 {
            terminal.round(&host).await;
        }
        terminal
    }

    /// Somebody asks for access over the API, with this key.
    async fn ask(&self, host: &Host, key: &str) -> u16 {
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
    async fn round(&self, host: &Host) -> Vec<(String, String)> {
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

    /// Yusuf joins the second line, or leaves it. What A. Datum's group is to be then.
    fn yusuf(&self, joins: bool) {
        let partner = self.tenant("11111111-1111-4111-8111-111111111111");
        let yusuf = partner.users().into_iter().find(|user| partner.mail(*user).as_deref() == Some(YUSUF)).unwrap();
        let group = "aaaaaaaa-0000-4000-8000-000000000004".parse().unwrap();
        match joins {
            true => partner.add_member(group, yusuf),
            false => partner.remove_member(group, yusuf),
        }
    }

    fn yusuf_is_at_adatum(&self) -> bool {
        let group = "bbbbbbbb-0000-4000-8000-000000000071".parse().unwrap();
        self.tenant("77777777-7777-4777-8777-777777777777").member_mails(group).contains(YUSUF)
    }
}

const YUSUF: &str = "yusuf@northwind.example";

/// Puts the documents there, and nothing else.
fn restore(state: &Path, documents: &BTreeMap<String, Vec<u8>>) {
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
    let mut joins = false;
    for (index, (kind, path)) in kinds.iter().enumerate() {
        restore(&terminal.state(), &baseline);
        let file = terminal.state().join(path);
        let bytes = newer(&baseline[*path]);
        fs::write(&file, &bytes).unwrap();
        terminal.yusuf(joins);
        let host = terminal.process();
        terminal.round(&host).await;
        let told = terminal.round(&host).await;
        let (status, _) = sign_in(&terminal.home.place(), BG1, &format!("later-{index}")).await.unwrap();
        let asked = terminal.ask(&host, "key-1").await;
        let left = fs::read(&file).ok();
        let red: Vec<_> = told.iter().filter(|(_, text)| text.contains("update the program")).collect();
        println!(
            "{kind}: left {} red {} adatum {} alert {status} ask {asked} {:?}",
            left == Some(bytes.clone()),
            !red.is_empty(),
            terminal.yusuf_is_at_adatum() == joins,
            told.iter().map(|(code, _)| code).collect::<Vec<_>>()
        );
        joins = !joins;
    }
}
