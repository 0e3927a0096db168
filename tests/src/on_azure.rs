//! The packaged folder under the Azure Functions host, against the cloud over TLS: what a deployment would do.

use crate::azure_host::{AzureHost, Packaged};
use cloud_sim::{NewUser, PERMISSIONS, Sim, SimOptions, TenantHandle};
use outside::SystemClock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

const APP: Uuid = Uuid::from_u128(0x2222_2222_2222_4222_8222_2222_2222_2222);
pub(crate) const SECRET: &str = "s3cret-of-the-app-that-must-never-be-printed";
pub(crate) const KEY: &str = "operators-key-that-must-never-be-printed-either";

/// A folder that goes away with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("gatehouse-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(path.join("customers")).expect("the temp folder can be written");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).expect("the temp folder can be written");
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) struct Cloud {
    partner: TenantHandle,
    source: Uuid,
    pub(crate) customers: Vec<(TenantHandle, Uuid)>,
}

impl Cloud {
    /// Somebody of the partner's group leaves.
    pub(crate) fn disable_somebody(&self) {
        self.partner.disable_user(self.partner.users().into_iter().next().expect("somebody"));
    }

    /// Somebody joins the partner's group.
    pub(crate) fn add_somebody(&self) {
        let person = self.partner.add_user(NewUser::with_mail("joiner@northwind.example"));
        self.partner.add_member(self.source, person);
    }
}

pub(crate) fn cloud() -> (Sim, Cloud) {
    let sim = Sim::new(SimOptions::new(1, Arc::new(SystemClock::new())));
    sim.app(APP).secret(SECRET);
    let partner = sim.tenant(Uuid::from_u128(0x1111), "northwind.onmicrosoft.com");
    partner.consent(APP, PERMISSIONS);
    let (source, nested) = (partner.add_group("Engineers"), partner.add_group("Juniors"));
    partner.add_member(source, nested);
    for n in 0..8 {
        let person = partner.add_user(NewUser::with_mail(&format!("p{n}@northwind.example")));
        partner.add_member(if n % 2 == 0 { source } else { nested }, person);
    }
    let customers = (0..3).map(|n| {
        let tenant = sim.tenant(Uuid::from_u128(0x4444 + n), &format!("customer{n}.onmicrosoft.com"));
        tenant.consent(APP, PERMISSIONS);
        let target = tenant.add_group("Partner second line");
        (tenant, target)
    });
    let customers = customers.collect();
    (sim.clone(), Cloud { partner, source, customers })
}

pub(crate) fn configure(folder: &Folder, cloud: &Cloud, served: &cloud_sim::TlsSim) {
    folder.write("ca.pem", &served.ca_pem);
    folder.write(
        "gatehouse.toml",
        &format!(
            r#"
[partner]
name = "Northwind"
tenant_id = "{}"
[app]
client_id = "{APP}"
credential = {{ client_secret = "env:APP_SECRET" }}
[cloud]
name = "custom"
login = "{}"
graph = "{}"
ca_file = "ca.pem"
[store]
url = "file:state"
[callers.ops]
auth = {{ api_key = "env:OPS_KEY" }}
may = ["read", "release"]
"#,
            cloud.partner.id(),
            served.login_url,
            served.graph_url
        ),
    );
    for (n, (tenant, target)) in cloud.customers.iter().enumerate() {
        folder.write(
            &format!("customers/customer{n}.toml"),
            &format!(
                r#"
display_name = "Customer {n}"
tenant_id = "{}"
mode = "enforce"
domains = ["northwind.example"]
[[packages]]
name = "second-line"
members = ["{}"]
groups = ["{target}"]
"#,
                tenant.id(),
                cloud.source
            ),
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_packaged_folder_makes_the_customers_groups_equal_to_the_partners() {
    let (sim, cloud) = cloud();
    let served = cloud_sim::serve(&sim, 0).await.expect("the simulated cloud is served");
    let folder = Folder::new("on-azure");
    configure(&folder, &cloud, &served);
    let packaged = Packaged::new();
    let config = folder.path().to_string_lossy().into_owned();
    let env = [("GATEHOUSE_CONFIG", config.as_str()), ("APP_SECRET", SECRET), ("OPS_KEY", KEY)];

    let mut host = AzureHost::start(packaged.folder(), &env).await;
    // The first tick queues everybody; the second run of each settles what the first one wrote.
    for _ in 0..2 {
        host.timer("schedule_sync").await.expect("the timer works");
        let deliveries = host.drain_queues().await;
        assert!(
            deliveries.iter().all(|delivery| delivery.failed.is_none()),
            "{deliveries:?}\n{}",
            host.output().join("\n")
        );
    }
    let expected: std::collections::BTreeSet<String> = (0..8).map(|n| format!("p{n}@northwind.example")).collect();
    for (tenant, target) in &cloud.customers {
        assert_eq!(tenant.member_mails(*target), expected, "{}", host.output().join("\n"));
    }

    // A leaver, noticed by the next tick, without waiting for the customers' turn.
    cloud.disable_somebody();
    host.timer("schedule_sync").await.expect("the timer works");
    let deliveries = host.drain_queues().await;
    assert_eq!(deliveries.len(), 3, "{deliveries:?}");
    for (tenant, target) in &cloud.customers {
        assert_eq!(tenant.members(*target).len(), 7);
    }

    // A message that nobody can read is recorded and not delivered for ever; health shows it.
    host.push("sync", "{\"customer\":");
    host.push("sync", "{\"customer\":\"nobody\"}");
    let deliveries = host.drain_queues().await;
    assert_eq!((deliveries.len(), host.poison().len()), (2, 0), "{deliveries:?}");
    let bearer = format!("Bearer {KEY}");
    let answer = host.http("GET", "/api/v1/health", &[("authorization", bearer.as_str())], "").await;
    let health: serde_json::Value = serde_json::from_slice(answer.body()).expect("health is JSON");
    assert_eq!(health["status"], "red", "{health}");
    let codes: Vec<_> = health["red"].as_array().into_iter().flatten().map(|red| red["code"].clone()).collect();
    assert_eq!(codes, ["poison", "poison"], "{health}");
    let answer = host.http("GET", "/api/v1/plans", &[], "").await;
    assert_eq!(answer.status(), 401);

    // Nothing that was printed, stored or answered holds a secret.
    let printed = host.output().join("\n");
    for secret in [SECRET, KEY] {
        assert!(!printed.contains(secret), "a secret was printed");
        assert!(!stored(folder.path()).contains(secret), "a secret was stored");
    }
    host.kill().await;
}

/// Everything that lies in the folder's state, as text.
fn stored(folder: &Path) -> String {
    let mut text = String::new();
    let mut open = vec![folder.join("state")];
    while let Some(path) = open.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => open.extend(entries.flatten().map(|entry| entry.path())),
            Err(_) => text.push_str(&String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default())),
        }
    }
    assert!(text.len() > 1_000, "the state was found");
    text
}
