//! Command lines as people type them, in the demo's world, in-process.

mod audit;
mod commands;
mod desk;
mod drills;
mod help;
mod incidents;
mod invite;
mod onboard;
mod orders;
mod pages;
mod permissions;
mod publish;
mod requests;
mod rereading;
mod stored;
mod unreachable;
mod versions;

use super::run;
use crate::demo::{Home, StoryClock};
use crate::wiring::Doors;
use expect_test::expect;
use jiff::Timestamp;
use outside::VirtualClock;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

/// A terminal in front of the demo's tenants.
struct Terminal {
    home: Home,
    doors: Doors,
    env: BTreeMap<String, String>,
}

/// What a command left behind.
struct Ended {
    status: u8,
    out: String,
    err: String,
}

impl Terminal {
    fn new() -> Self {
        let clock = Arc::new(VirtualClock::new(Timestamp::UNIX_EPOCH));
        let home = Home::make(None, Arc::new(StoryClock::new(clock))).unwrap();
        let mut env = BTreeMap::new();
        env.insert("GATEHOUSE_CONFIG".into(), home.folder.display().to_string());
        Self { doors: home.place().doors, home, env }
    }

    async fn run(&self, line: &str) -> Ended {
        let args = format!("gatehouse {line}").split_whitespace().map(Into::into).collect::<Vec<_>>();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = run(args, Arc::new(self.env.clone()), self.doors.clone(), &mut out, &mut err).await;
        Ended { status, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
    }

    async fn check(&self, line: &str, status: u8) -> Ended {
        let ended = self.run(line).await;
        assert_eq!(ended.status, status, "gatehouse {line}\n{}\n{}", ended.out, ended.err);
        ended
    }

    async fn digest(&self, customer: &str) -> String {
        let plan = self.run(&format!("plan {customer} --format json")).await;
        let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
        plan["customers"][0]["digest"].as_str().unwrap().to_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.home.folder);
    }
}

#[tokio::test(start_paused = true)]
async fn the_exit_status_of_a_plan_tells_what_it_holds_when_asked() {
    let terminal = Terminal::new();
    terminal.check("plan adatum", 0).await;
    terminal.check("plan adatum --detailed-exitcode", 2).await;
    terminal.check("sync", 0).await;
    let idle = terminal.check("plan adatum --detailed-exitcode", 0).await;
    expect!["plan: nothing to do; compared 1 customer, and 10 memberships are as they should be\n"]
        .assert_eq(&idle.out);
    terminal.home.world.a_script_goes_wrong();
    terminal.check("plan --detailed-exitcode", 3).await;
    terminal.check("plan", 0).await;
}

#[tokio::test(start_paused = true)]
async fn the_exit_status_of_a_sync_tells_whether_it_converged() {
    let terminal = Terminal::new();
    terminal.check("sync", 0).await;
    terminal.home.world.a_script_goes_wrong();
    terminal.check("sync", 3).await;
    let digest = terminal.digest("tailspin").await;
    terminal.check(&format!("sync --release {digest} --by lead@northwind.example --reason meant"), 0).await;
    terminal.check("sync", 0).await;
    let unknown = terminal.check("sync --release sha256:00 --by lead@northwind.example", 1).await;
    assert!(unknown.err.contains("\n\nhint: held steps change"), "{}", unknown.err);
}

#[tokio::test(start_paused = true)]
async fn the_same_release_again_says_who_released_it_and_when_and_has_nothing_to_do() {
    let terminal = Terminal::new();
    terminal.check("sync", 0).await;
    terminal.home.world.a_script_goes_wrong();
    let digest = terminal.digest("tailspin").await;
    terminal.check(&format!("sync --release {digest} --by lead@northwind.example --reason meant"), 0).await;
    let effects = terminal.home.world.sim.effects().len();
    let again = terminal.check(&format!("sync --release {digest} --by other@northwind.example"), 0).await;
    expect![[r#"
        already released by lead@northwind.example at 2026-03-02T08:00:00Z: the steps that were held in tailspin; none of them is held any more
    "#]].assert_eq(&again.err);
    assert_eq!(terminal.home.world.sim.effects().len(), effects);
    let journal = terminal.check("journal", 0).await;
    assert!(!journal.out.contains("other@northwind.example"), "{}", journal.out);
    let elsewhere = format!("sync contoso --release {digest} --by lead@northwind.example");
    assert!(terminal.check(&elsewhere, 1).await.err.contains("no held plan"), "it was another customer's");
    let refused = terminal.check(&format!("sync --refuse {digest} --by lead@northwind.example"), 1).await;
    assert!(refused.err.contains("no held plan"), "{}", refused.err);
    terminal.doors.clock.sleep(Duration::from_secs(24 * 3600)).await;
    let late = terminal.check(&format!("sync --release {digest} --by lead@northwind.example"), 1).await;
    assert!(late.err.contains("no held plan"), "a release is kept for a day: {}", late.err);
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_was_only_looked_at_can_be_released() {
    let terminal = Terminal::new();
    terminal.check("sync", 0).await;
    terminal.home.world.a_script_goes_wrong();
    let digest = terminal.digest("tailspin").await;
    terminal.check(&format!("sync --release {digest} --by lead@northwind.example"), 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_recorded_and_shown_and_the_rest_goes_ahead() {
    let terminal = Terminal::new();
    terminal.check("sync", 0).await;
    terminal.home.world.a_script_goes_wrong();
    let digest = terminal.digest("tailspin").await;
    let refused = terminal.check(&format!("sync --refuse {digest} --by lead@northwind.example --reason no"), 3).await;
    assert_eq!(refused.err, "refused by lead@northwind.example: the held steps of tailspin\n");
    let plan = terminal.check("plan tailspin", 0).await;
    assert!(plan.out.contains("Refused by lead@northwind.example"), "{}", plan.out);
    terminal.check(&format!("sync --refuse {digest} --release {digest}"), 1).await;
    let aimless = terminal.check("sync --reason no", 1).await;
    assert_eq!(aimless.err, "error: --confirm and --reason go with --release or --refuse\n");
}

#[tokio::test(start_paused = true)]
async fn a_release_needs_a_name() {
    let mut terminal = Terminal::new();
    // Whoever is logged in is no named person: in a pipeline it is "runner".
    terminal.env.insert("USER".into(), "runner".into());
    let nameless = terminal.check("sync --release sha256:00", 1).await;
    expect![[r#"
        error: a decision needs a named person, for the journal; nothing was done

        hint: --by you@example.com, and --reason "why"
    "#]]
    .assert_eq(&nameless.err);
    for line in ["sync --refuse sha256:00", "sync contoso --invitations-lifted", "sync --release sha256:00 --by="] {
        assert_eq!(terminal.check(line, 1).await.err, nameless.err, "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_journal_says_that_nobody_proved_who_released_or_refused() {
    let terminal = Terminal::new();
    terminal.check("sync", 0).await;
    terminal.home.world.a_script_goes_wrong();
    let digest = terminal.digest("tailspin").await;
    let by = "--by lead@northwind.example --reason meant";
    terminal.check(&format!("sync --refuse {digest} {by}"), 3).await;
    terminal.check(&format!("sync --release {digest} {by}"), 0).await;
    let journal = terminal.check("journal tailspin", 0).await.out;
    for verb in ["refused", "released"] {
        let line = format!("{verb} by lead@northwind.example (named, not proven): ");
        assert!(journal.contains(&line), "{line}\n{journal}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_in_observe_is_reported_and_changed_only_when_told() {
    let terminal = Terminal::new();
    let json = terminal.check("sync wingtip --format json", 0).await;
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let ran = &json["customers"][0];
    assert_eq!((&ran["outcome"], &ran["applied"], &ran["plan"]["mode"]), (&"ran".into(), &0.into(), &"observe".into()));
    let observed = terminal.check("sync wingtip", 0).await;
    assert!(observed.out.contains("planned and not done (mode observe)"), "{}", observed.out);
    terminal.check("plan wingtip --detailed-exitcode", 2).await;
    terminal.check("sync wingtip --enforce", 0).await;
    terminal.check("plan wingtip --detailed-exitcode", 0).await;
}

#[tokio::test(start_paused = true)]
async fn one_customer_that_fails_does_not_hide_the_others() {
    let terminal = Terminal::new();
    let customer = terminal.home.world.sim.tenant("77777777-7777-4777-8777-777777777777".parse().unwrap(), "");
    customer.withdraw_consent("22222222-2222-4222-8222-222222222222".parse().unwrap());
    let synced = terminal.check("sync", 1).await;
    assert!(
        synced.out.contains("! customer adatum: ") && synced.out.contains("\nfabrikam: 37 steps done"),
        "{}",
        synced.out
    );
    terminal.check("plan", 1).await;
    terminal.check("plan fabrikam", 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_source_group_that_was_deleted_is_no_success() {
    let terminal = Terminal::new();
    terminal.check("sync adatum", 0).await;
    let partner = terminal.home.world.sim.tenant("11111111-1111-4111-8111-111111111111".parse().unwrap(), "");
    partner.delete_group("aaaaaaaa-0000-4000-8000-000000000004".parse().unwrap());
    assert_ne!(terminal.run("sync adatum").await.status, 0);
    assert_ne!(terminal.run("plan adatum --detailed-exitcode").await.status, 0);
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_was_tampered_with_does_not_verify() {
    let terminal = Terminal::new();
    let untouched = terminal.check("journal verify adatum", 0).await;
    assert_eq!(untouched.out, "adatum: ok, 0 blocks, 0 entries (nothing has been done there yet)\n");
    terminal.check("sync adatum", 0).await;
    let journal = terminal.check("journal adatum", 0).await;
    assert!(journal.out.contains(" invite_guest: paula@northwind.example (second-line: "), "{}", journal.out);
    assert!(terminal.check("journal verify", 0).await.out.starts_with("adatum: ok, "));
    let block = terminal.home.folder.join("state/journal/77777777-7777-4777-8777-777777777777/000000000001");
    let text = fs::read_to_string(&block).unwrap().replacen("paula", "peter", 1);
    fs::write(&block, text).unwrap();
    let broken = terminal.check("journal verify", 1).await;
    assert!(broken.out.starts_with("adatum: block 2: block 2 does not follow block 1"), "{}", broken.out);
    let json = terminal.check("journal verify adatum --format json", 1).await;
    assert!(json.out.contains("\"ok\": false"), "{}", json.out);
}

#[tokio::test(start_paused = true)]
async fn why_tells_what_is_and_what_was() {
    let terminal = Terminal::new();
    terminal.check("sync fabrikam", 0).await;
    let why = terminal.check("why fabrikam bianca@northwind.example", 0).await;
    expect![[r#"
        bianca@northwind.example in fabrikam

        now
          bianca@northwind.example is enabled at the partner
          package operations: not in any of its partner groups (gives group "Northwind operations")
          package security: asked for by partner group aaaaaaaa-0000-4000-8000-000000000006 (gives group
          bbbbbbbb-0000-4000-8000-000000000051)
          stands in the customer's tenant as guest 2a7b5acb-3c0f-4fb7-be5c-ec74bc4180c2, invited by
          Gatehouse

        the next run would do
          nothing

        what happened
          2026-03-02 08:00:00 UTC invite_guest: not in the customer's tenant yet
          2026-03-02 08:00:00 UTC invite_guest: invited as guest 2a7b5acb-3c0f-4fb7-be5c-ec74bc4180c2
          2026-03-02 08:00:00 UTC add_member group:bbbbbbbb-0000-4000-8000-000000000051: in the partner
          groups of security
          2026-03-02 08:00:00 UTC add_member: done
    "#]]
    .assert_eq(&why.out);
    terminal.check("why nobody bianca@northwind.example", 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_configuration_is_named_line_by_line_and_nothing_is_written() {
    let terminal = Terminal::new();
    let ok = terminal.check("check", 0).await;
    expect![[r#"
        gatehouse.toml:9: warning: app.credential.client_secret: whoever reads it is the app in every customer's tenant, and it expires unseen
          hint: better: managed_identity, which is no secret at all, or certificate
        ok: 5 customers, 8 packages, 5 groups of the partner, 8 groups of customers, 1 warning
        secrets to provide: file:alert-key, file:client-secret, file:duty-secret, file:visitor-key
    "#]]
    .assert_eq(&ok.out);
    let file = terminal.home.folder.join("customers/adatum.toml");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("mode =", "mod =")).unwrap();
    let broken = terminal.check("check", 1).await;
    expect![[r#"
        customers/adatum.toml:3: mod: unknown key
          hint: did you mean `mode`?
        gatehouse.toml:9: warning: app.credential.client_secret: whoever reads it is the app in every customer's tenant, and it expires unseen
          hint: better: managed_identity, which is no secret at all, or certificate
        1 error, 1 warning
    "#]]
    .assert_eq(&broken.out);
    let refused = terminal.check("sync fabrikam", 1).await;
    assert!(refused.err.contains("hint: nothing was done"), "{}", refused.err);
    assert!(terminal.home.world.sim.effects().is_empty());
    // Who only looks may go on with the others.
    let looked = terminal.check("plan", 1).await;
    assert!(looked.out.contains("fabrikam") && !looked.out.contains("adatum"), "{}", looked.out);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_a_failure_keeps_from_being_seen_names_the_failure_and_not_the_digest() {
    let terminal = Terminal::new();
    fs::write(terminal.home.folder.join("client-secret"), "expired").unwrap();
    let ended = terminal.check("sync tailspin --release sha256:00 --by lead@northwind.example", 1).await;
    assert!(ended.err.starts_with("error: could not read the partner"), "{}", ended.err);
    assert!(!ended.err.contains("no held plan") && !ended.err.contains("expired"), "{}", ended.err);
    assert!(ended.err.ends_with("hint: nothing was released\n"), "{}", ended.err);
}

#[tokio::test(start_paused = true)]
async fn a_mistyped_digest_releases_and_changes_nothing() {
    let terminal = Terminal::new();
    let ended = terminal.check("sync --release sha256:00 --by lead@northwind.example", 1).await;
    assert!(ended.err.starts_with("error: no held plan has the digest sha256:00"), "{}", ended.err);
    assert!(terminal.home.world.sim.effects().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_keeps_every_command_from_starting_is_told_before_anything_is_served() {
    let check = |spoil: fn(&mut Terminal), said: &'static str| async move {
        let mut terminal = Terminal::new();
        spoil(&mut terminal);
        for command in ["serve --port 0", "plan", "sync"] {
            let ended = terminal.check(command, 1).await;
            assert!(ended.err.starts_with(&format!("error: {said}")), "{command}: {}", ended.err);
            assert_eq!(ended.out, "");
        }
    };
    let secret = |terminal: &mut Terminal| {
        let file = terminal.home.folder.join("gatehouse.toml");
        let text = fs::read_to_string(&file).unwrap().replace("file:client-secret", "env:NOBODY_SET_THIS");
        fs::write(file, text).unwrap();
    };
    check(secret, "[app] credential: the variable NOBODY_SET_THIS is not set\n\nhint: gatehouse.toml says").await;
    let store = |terminal: &mut Terminal| {
        let file = terminal.home.folder.join("gatehouse.toml");
        let text = fs::read_to_string(&file).unwrap().replace("file:state", "file:gatehouse.toml");
        fs::write(file, text).unwrap();
    };
    check(store, "the store file:gatehouse.toml cannot be opened").await;
    let folder = |terminal: &mut Terminal| drop(terminal.env.insert("GATEHOUSE_CONFIG".into(), "/nowhere".into()));
    check(folder, "the folder /nowhere cannot be read").await;
    let address = Terminal::new().check("--config https://bucket/prefix check", 1).await;
    assert!(address.err.starts_with("error: https://bucket/prefix is no place for a configuration"), "{}", address.err);
}

#[tokio::test(start_paused = true)]
async fn without_a_command_the_environment_decides() {
    let mut terminal = Terminal::new();
    assert!(terminal.check("", 0).await.out.contains("gatehouse demo --once"));
    terminal.env.insert("AWS_LAMBDA_RUNTIME_API".into(), "127.0.0.1:9001".into());
    let lacking = terminal.check("", 1).await.err;
    assert!(lacking.starts_with("error: AWS_LAMBDA_RUNTIME_API is set, but not AWS_LAMBDA_FUNCTION_NAME"), "{lacking}");
}

#[tokio::test(start_paused = true)]
async fn a_command_line_that_cannot_be_understood_is_not_taken_for_a_plan_with_changes() {
    let terminal = Terminal::new();
    for line in ["plan --detailed", "sync --reason x", "frobnicate", "package", "schema other", "demo --once --port 1"]
    {
        terminal.check(line, 1).await;
    }
    for line in ["--help", "plan --help", "--version"] {
        assert_eq!(terminal.check(line, 0).await.err, "");
    }
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_file_has_a_schema() {
    let terminal = Terminal::new();
    for file in ["gatehouse", "customer", "profile"] {
        let schema = terminal.check(&format!("schema {file}"), 0).await;
        let all = terminal.check("schema", 0).await;
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parse(&schema.out), parse(&all.out)[file]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_cause_holds_is_released_with_the_number_of_people_that_it_concerns() {
    let terminal = Terminal::new();
    terminal.check("sync", 0).await;
    terminal.home.world.a_script_goes_wrong();
    let plan = terminal.check("plan --format json", 0).await;
    let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
    let parts = plan["customers"].as_array().unwrap();
    let held = parts.iter().find_map(|part| part["held"].get(0)).unwrap();
    let (cause, people) = (held["cause"].as_str().unwrap(), held["count"].as_u64().unwrap());
    let by = "--by lead@northwind.example --reason meant";
    let early = terminal.check(&format!("sync --release {cause} --confirm {people} {by}"), 1).await;
    assert!(early.err.contains("hint: gatehouse sync, which stores"), "{}", early.err);
    terminal.check("sync", 3).await;
    let bare = terminal.check(&format!("sync --release {cause} {by}"), 1).await;
    assert!(bare.err.contains("--confirm N"), "{}", bare.err);
    let wrong = terminal.check(&format!("sync --release {cause} --confirm {} {by}", people + 1), 1).await;
    assert!(wrong.err.contains("nothing was changed; look again"), "{}", wrong.err);
    let released = terminal.check(&format!("sync --release {cause} --confirm {people} {by}"), 0).await;
    assert!(
        released.err.contains(&format!("released by lead@northwind.example: what {cause} holds in ")),
        "{}",
        released.err
    );
    let journal = terminal.check("journal", 0).await;
    assert!(journal.out.contains(&format!("of {cause}: meant")), "{}", journal.out);
    let again = terminal.check(&format!("sync --release {cause} --confirm {people} {by}"), 0).await;
    assert!(again.err.starts_with("already released by lead@northwind.example at "), "{}", again.err);
}
