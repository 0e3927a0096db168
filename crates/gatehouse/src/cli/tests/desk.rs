//! The configuration of a host, on a person's machine: what works with the store alone, and what wants a credential.

use super::incidents::LEAD;
use super::requests::json;
use super::{Ended, Terminal};
use crate::demo::BG1;
use expect_test::expect;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

const SECRET: &str = "{ client_secret = \"file:client-secret\" }";

const IDENTITY: &str = "{ managed_identity = \"33333333-3333-4333-8333-333333333333\" }";

const APP: &str = "22222222-2222-4222-8222-222222222222";

impl Terminal {
    /// The hosts sign in with a managed identity from now on, which this machine has not.
    fn away_from_the_host(&self) {
        self.edit("gatehouse.toml", SECRET, IDENTITY);
    }

    /// On a machine that can sign in.
    fn at_the_host(&self) {
        self.edit("gatehouse.toml", IDENTITY, SECRET);
    }
}

/// What is in a folder of the store.
fn names(folder: &Path) -> BTreeSet<OsString> {
    fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().file_name()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_needs_only_the_store_works_without_a_credential() {
    let terminal = Terminal::new();
    terminal.check("sync", 0).await;
    let incident = terminal.signs_in(BG1, "sign-in-1").await;
    terminal.away_from_the_host();
    for line in [
        "incidents",
        &format!("incidents show {incident}"),
        &format!("incidents acknowledge {incident} {LEAD}"),
        &format!("incidents verdict {incident} genuine {LEAD}"),
        "requests",
        "page --test",
        "drill contoso",
        "onboard",
        "journal contoso",
        "journal verify",
        "journal rebuild contoso",
        "pause contoso --until 4h --by lead@northwind.example --reason migration",
        "resume contoso --by lead@northwind.example --reason over",
    ] {
        terminal.check(line, 0).await;
    }
    terminal.edit(
        "gatehouse.toml",
        "[app] ",
        "[onboarding]\nredirect = \"https://host.example/api/v1/consent\"\n\n[app] ",
    );
    terminal.check("onboard contoso --link-only", 2).await;
    let report = terminal.check("report contoso", 0).await;
    assert!(report.err.starts_with("the names of groups and units are missing: [app] credential: "), "{}", report.err);
}

#[tokio::test(start_paused = true)]
async fn what_asks_tenants_ends_before_it_begins_and_says_what_to_set() {
    let mut terminal = Terminal::new();
    terminal.check("sync", 0).await;
    terminal.away_from_the_host();
    let plan = terminal.check("plan", 1).await;
    expect![[r#"
        error: [app] credential: this machine has no managed identity (IDENTITY_ENDPOINT is not set)

        hint: this command asks tenants: set GATEHOUSE_APP_CERTIFICATE to a PEM file that holds a
              certificate of the app registration and its key (docs/azure.md); or decide by the HTTP API of
              the host, which has plans, requests and incidents
    "#]]
    .assert_eq(&plan.err);
    let (sent, same) = (terminal.home.world.sim.effects().len(), |ended: Ended| assert_eq!(ended.err, plan.err));
    for line in
        ["sync", "why contoso yusuf@northwind.example", "onboard contoso", "offboard contoso", "audit break-glass"]
    {
        same(terminal.check(line, 1).await);
    }
    assert_eq!(terminal.home.world.sim.effects().len(), sent);

    let pem = cloud_sim::make_certificate("desk");
    terminal.home.world.sim.app(APP.parse().unwrap()).certificate(&pem);
    let file = terminal.home.folder.join("desk.pem");
    terminal.env.insert("GATEHOUSE_APP_CERTIFICATE".into(), file.display().to_string());
    let missing = terminal.check("plan", 1).await.err;
    assert!(missing.starts_with("error: [app] credential: GATEHOUSE_APP_CERTIFICATE: the file "), "{missing}");
    fs::write(&file, "no certificate").unwrap();
    let unfit = terminal.check("plan", 1).await.err;
    assert!(unfit.contains("GATEHOUSE_APP_CERTIFICATE: the PEM text has no CERTIFICATE block"), "{unfit}");
    fs::write(&file, pem).unwrap();
    terminal.check("plan", 0).await;
    terminal.check("sync", 0).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_is_barred_from_a_desk_too_and_the_host_takes_them_out() {
    let terminal = Terminal::new();
    terminal.check("sync", 0).await;
    let marked = || ["red", "notice"].map(|kind| names(&terminal.home.folder.join("state/open").join(kind)));
    let before = marked();
    terminal.away_from_the_host();
    let order = "--by lead@northwind.example --reason dismissed";
    let left = terminal.check(&format!("leave bianca@northwind.example --wait 0 {order}"), 1).await;
    assert!(left.err.starts_with("bianca@northwind.example is barred"), "{}", left.err);
    assert!(left.out.contains("IDENTITY_ENDPOINT is not set"), "{}", left.out);
    // Nothing is wrong with the app or with a customer: nobody is told that there is.
    assert_eq!(marked(), before);
    terminal.at_the_host();
    terminal.check("sync", 0).await;
    let why = json(&terminal.check("why fabrikam bianca@northwind.example --format json", 0).await);
    assert!(why.to_string().contains("barred by lead@northwind.example"), "{why}");
    let done = terminal.check(&format!("leave bianca@northwind.example {order}"), 0).await;
    assert!(done.out.contains("gone from everything of ours"), "{}", done.out);
}
