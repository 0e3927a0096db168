//! Stores that released versions wrote, kept as test data: every later version goes on with them.
//!
//! `tests/data/store-VERSION` holds the configuration, the documents, the customers' tenants as they were then, and what
//! the program answered about them. The store of a new version is written by
//! `cargo test -p gatehouse -- --ignored writes_the_store_of_this_version`, once, before its release.

use super::Terminal;
use super::versions::{documents, restore};
use crate::demo::{BG1, sign_in};
use cloud_sim::{Actor, GroupSettings, TenantHandle};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// What only looks, and reads all that is durable.
const LOOKS: [&str; 9] = [
    "plan --format json",
    "requests --format json",
    "incidents --format json",
    "drill contoso --show --format json",
    "report contoso --format json",
    "why contoso yusuf@northwind.example --format json",
    "why fabrikam walid@northwind.example --format json",
    "why tailspin fiona@northwind.example --format json",
    "journal adatum --format json",
];

/// Words that a later version may put better.
const WORDS: [&str; 6] = ["text", "why", "note", "detail", "title", "version"];

/// Documents that end by themselves.
const PASSING: [&str; 5] = ["open/", "lease/", "window/", "replay/", "schedule"];

#[derive(Serialize, Deserialize)]
struct World {
    now: Timestamp,
    customers: BTreeMap<Uuid, Directory>,
}

/// What is in a customer's tenant.
#[derive(Serialize, Deserialize)]
struct Directory {
    guests: BTreeMap<Uuid, Guest>,
    groups: BTreeMap<Uuid, Group>,
    /// The members of the administrative unit that the configuration names.
    unit: BTreeSet<Uuid>,
}

#[derive(Serialize, Deserialize)]
struct Guest {
    mail: String,
    enabled: bool,
}

#[derive(Serialize, Deserialize)]
struct Group {
    name: String,
    unique_name: Option<String>,
    members: BTreeSet<Uuid>,
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data")
}

fn unit() -> Uuid {
    "cccccccc-0000-4000-8000-000000000041".parse().unwrap()
}

fn directory(tenant: &TenantHandle) -> Directory {
    let guest = |id: Uuid| {
        let mail = tenant.mail(id).filter(|mail| tenant.find_guest(mail) == Some(id))?;
        Some((id, Guest { mail, enabled: tenant.is_enabled(id) }))
    };
    let group = |id: Uuid| {
        let settings = tenant.group_settings(id).unwrap();
        let group =
            Group { name: settings.display_name, unique_name: settings.unique_name, members: tenant.members(id) };
        (id, group)
    };
    Directory {
        guests: tenant.users().into_iter().filter_map(guest).collect(),
        groups: tenant.groups().into_iter().map(group).collect(),
        unit: tenant.unit_members(unit()),
    }
}

/// Makes the tenant what it was then.
fn fill(tenant: &TenantHandle, then: &Directory) {
    for (id, guest) in &then.guests {
        if !tenant.users().contains(id) {
            tenant.add_guest_with_id(*id, &guest.mail);
        }
        if !guest.enabled {
            tenant.disable_user(*id);
        }
    }
    for (id, group) in &then.groups {
        if !tenant.groups().contains(id) {
            let settings =
                GroupSettings { unique_name: group.unique_name.clone(), ..GroupSettings::named(&group.name) };
            tenant.add_group_with_id(*id, settings);
        }
        let present = tenant.members(*id);
        present.difference(&group.members).for_each(|member| tenant.remove_member(*id, *member));
        group.members.difference(&present).for_each(|member| tenant.add_member(*id, *member));
    }
    then.unit.iter().for_each(|member| tenant.add_to_unit(unit(), *member));
}

impl Terminal {
    fn customers(&self) -> impl Iterator<Item = TenantHandle> {
        let partner: Uuid = "11111111-1111-4111-8111-111111111111".parse().unwrap();
        self.home.world.sim.tenants().into_iter().filter(move |tenant| tenant.id() != partner)
    }

    async fn answers(&self) -> BTreeMap<String, Value> {
        let mut answers = BTreeMap::new();
        for line in LOOKS {
            let ended = self.check(line, 0).await;
            answers.insert(line.to_owned(), serde_json::from_str(&ended.out).unwrap());
        }
        answers
    }

    fn our_effects(&self) -> usize {
        self.home.world.sim.effects().iter().filter(|effect| matches!(effect.by, Actor::App(_))).count()
    }
}

/// The files of the folder itself and of those below it that hold configuration.
fn configuration(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = documents(folder);
    files.retain(|path, _| !path.starts_with("state/"));
    files
}

#[tokio::test(start_paused = true)]
#[ignore = "writes test data: once for each version"]
async fn writes_the_store_of_this_version() {
    let terminal = Terminal::lived().await;
    let host = terminal.process();
    for _ in 0..3 {
        terminal.round(&host).await;
    }
    let folder = data().join(concat!("store-", env!("CARGO_PKG_VERSION")));
    for (below, files) in [("state", documents(&terminal.state())), ("config", configuration(&terminal.home.folder))] {
        fs::create_dir_all(folder.join(below)).unwrap();
        restore(&folder.join(below), &files);
    }
    let customers = terminal.customers().map(|tenant| (tenant.id(), directory(&tenant))).collect();
    let world = World { now: terminal.doors.clock.now(), customers };
    let write = |file: &str, text: String| fs::write(folder.join(file), text + "\n").unwrap();
    write("world.json", serde_json::to_string_pretty(&world).unwrap());
    write("answers.json", serde_json::to_string_pretty(&terminal.answers().await).unwrap());
}

/// Whether everything that was said then is said now, but for words; more may be said.
fn assert_says(now: &Value, then: &Value, place: &str) {
    match (now, then) {
        (Value::Object(now), Value::Object(then)) => {
            for (name, then) in then.iter().filter(|(name, _)| !WORDS.contains(&name.as_str())) {
                assert_says(now.get(name).unwrap_or(&Value::Null), then, &format!("{place}/{name}"));
            }
        }
        (Value::Array(now), Value::Array(then)) => {
            assert_eq!(now.len(), then.len(), "{place}: {now:?}");
            now.iter()
                .zip(then)
                .enumerate()
                .for_each(|(at, (now, then))| assert_says(now, then, &format!("{place}/{at}")));
        }
        _ => assert_eq!(now, then, "{place}"),
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_version_stored_is_read_and_gone_on_with() {
    let stores = fs::read_dir(data()).unwrap().map(|entry| entry.unwrap().path());
    let stores: Vec<PathBuf> = stores
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("store-")))
        .collect();
    assert!(!stores.is_empty());
    for folder in stores {
        let terminal = Terminal::new();
        for (path, bytes) in documents(&folder.join("config")) {
            fs::write(terminal.home.folder.join(path), bytes).unwrap();
        }
        let stored = documents(&folder.join("state"));
        fs::create_dir_all(terminal.state()).unwrap();
        restore(&terminal.state(), &stored);
        let world: World = serde_json::from_slice(&fs::read(folder.join("world.json")).unwrap()).unwrap();
        terminal.things_happen();
        for tenant in terminal.customers() {
            fill(&tenant, &world.customers[&tenant.id()]);
        }
        terminal.home.world.sim.settle();
        let since = world.now.duration_since(terminal.doors.clock.now());
        terminal.doors.clock.sleep(since.try_into().unwrap()).await;

        // Every document is read by what needs it, and says what it said.
        let then: BTreeMap<String, Value> =
            serde_json::from_slice(&fs::read(folder.join("answers.json")).unwrap()).unwrap();
        for (line, now) in terminal.answers().await {
            assert_says(&now, &then[&line], &line);
        }
        terminal.check("journal verify", 0).await;
        for (path, bytes) in &stored {
            // A look reads the partner afresh, and keeps what it read.
            let is_kept = fs::read(terminal.state().join(path)).ok().as_ref() == Some(bytes);
            assert!(is_kept || path == "partner/snapshot", "{path}: a look changes nothing");
        }

        // What was sent before is known when it is sent again.
        let host = terminal.process();
        assert_eq!(terminal.ask(&host, "key-1").await, 202);
        sign_in(&terminal.home.place(), None, BG1, "first").await.unwrap();
        for folder in ["requests/", "incidents/", "alerts/"] {
            let count = |documents: &BTreeMap<String, Vec<u8>>| {
                documents.keys().filter(|path| path.starts_with(folder)).count()
            };
            let alerts_again = usize::from(folder == "alerts/");
            assert_eq!(count(&documents(&terminal.state())), count(&stored) + alerts_again, "{folder}");
        }

        // It goes on, and loses nothing.
        for _ in 0..3 {
            terminal.round(&host).await;
        }
        assert_eq!(terminal.our_effects(), 0, "{:#?}", terminal.home.world.sim.effects());
        let after = documents(&terminal.state());
        for (path, before) in stored.iter().filter(|(path, _)| !PASSING.iter().any(|passing| path.starts_with(passing)))
        {
            let present = after.get(path).unwrap_or_else(|| panic!("{path} is gone"));
            if path.starts_with("journal/") || path.starts_with("alerts/") {
                assert_eq!(present, before, "{path} is for ever");
            } else if path.ends_with("/body") {
                let ledger =
                    |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap()["value"]["ledger"]["rows"].clone();
                assert_says(&ledger(present), &ledger(before), path);
            }
        }
        for (line, now) in terminal
            .answers()
            .await
            .into_iter()
            .filter(|(line, _)| line.starts_with("why") || line.starts_with("requests"))
        {
            assert_says(&now, &then[&line], &line);
        }
        terminal.check("journal verify", 0).await;
    }
}
