//! Somebody is granted a package for a while: invited, added, and out again when the time is over, whatever is down.

use crate::world::{SECRET, World, lines, one_customer};
use access::ids::PersonId;
use access::ledger::{Grant, Ledger, Settled};
use access::requests::RequestId;
use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::{Fault, PERMISSIONS, Sim, TenantHandle, What, When};
use engine::membership::documents::{Body, body_path};
use engine::requests::NewEnd;
use engine::{Engine, How, Outcome};
use expect_test::expect;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use outside::{Clock, Transport, TransportError};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::markers;
use uuid::Uuid;

const ZOE: &str = "zoe@northwind.example";
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn request(number: u8) -> RequestId {
    format!("{number:032x}").parse().expect("32 digits")
}

/// Zoe is granted `second-line` for so many hours from now on.
fn grant(world: &World, zoe: Uuid, hours: i64) -> Grant {
    let from = world.clock.now();
    Grant {
        request: request(1),
        person: PersonId(zoe),
        package: "second-line".into(),
        mail: ZOE.into(),
        name: Some("Zoe Zimmer".into()),
        outside: false,
        from,
        until: from + SignedDuration::from_hours(hours),
        approved_by: vec!["lead@northwind.example".into()],
        ticket: Some("INC0012345".into()),
    }
}

/// Contoso with two standing members, settled, and Zoe at the partner in no group that anybody follows.
async fn settled() -> (World, TenantHandle, Uuid, Uuid) {
    let (world, contoso, source, target) = one_customer();
    world.people(2, &[source]);
    let zoe = world.person("zoe", &[]);
    for _ in 0..3 {
        turn(&world).await;
        world.pass(MINUTE * 6).await;
    }
    (world, contoso, target, zoe)
}

/// The same with Zoe inside until in eight hours, which the survey has shown.
async fn with_zoe() -> (World, TenantHandle, Uuid, Uuid) {
    let (world, contoso, target, zoe) = settled().await;
    let granted = grant(&world, zoe, 8);
    world.engine().grant_access("contoso", vec![granted]).await.expect("granted");
    for _ in 0..3 {
        turn(&world).await;
        world.pass(MINUTE * 6).await;
    }
    assert!(is_in(&contoso, target));
    (world, contoso, target, zoe)
}

/// As the hosts do it: a tick, then a run of each customer that is due.
async fn turn(world: &World) -> Vec<Outcome> {
    let engine = world.engine();
    let mut outcomes = Vec::new();
    for name in engine.tick().await.expect("a tick").due {
        outcomes.push(engine.sync(&name, How::default()).await.expect("the store works"));
    }
    outcomes
}

fn is_in(contoso: &TenantHandle, target: Uuid) -> bool {
    contoso.member_mails(target).contains(ZOE)
}

async fn pass_until(world: &World, at: Timestamp) {
    world.pass(at.duration_since(world.clock.now())).await;
}

/// The ledger as it is stored.
async fn ledger(world: &World) -> Ledger {
    let path = body_path(world.config.customers[0].tenant_id);
    world.engine().store().read::<Body>(&path).await.expect("the store works").expect("there was a run").value.ledger
}

/// What each invitation asked of Microsoft: the address, and whether to send a mail.
struct Mails {
    sim: Sim,
    asked: Mutex<Vec<(String, bool)>>,
}

#[async_trait]
impl Transport for Mails {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        if let Ok(body) = serde_json::from_slice::<serde_json::Value>(request.body()) {
            let batched = body["requests"].as_array().cloned().unwrap_or_default();
            for one in batched.iter().map(|one| &one["body"]).chain([&body]) {
                if let (Some(mail), Some(send)) =
                    (one["invitedUserEmailAddress"].as_str(), one["sendInvitationMessage"].as_bool())
                {
                    self.asked.lock().expect("no holder panics").push((mail.into(), send));
                }
            }
        }
        self.sim.send(request, timeout).await
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_granted_a_package_is_invited_by_mail_added_and_out_again_at_the_end() {
    let (world, contoso, source, target) = one_customer();
    world.person("ana", &[source]);
    let zoe = world.person("zoe", &[]);
    let mails = Arc::new(Mails { sim: world.sim.clone(), asked: Mutex::default() });
    let engine = world.engine_on(world.documents.clone(), mails.clone());
    let granted = grant(&world, zoe, 8);
    engine.grant_access("contoso", vec![granted.clone()]).await.expect("granted");
    let run = sync(&engine).await;
    expect![[r#"
        invite_guest zoe@northwind.example (not in the customer's tenant yet)
        invite_guest ana@northwind.example (not in the customer's tenant yet)
        add_member zoe@northwind.example (granted second-line until 2026-11-02 17:00 UTC by request 00000000000000000000000000000001)
        add_member ana@northwind.example (in the partner groups of second-line)
        unchanged 0
    "#]]
    .assert_eq(&lines(&run.plan));
    let asked = mails.asked.lock().expect("no holder panics").clone();
    assert_eq!(asked, [(ZOE.to_string(), true), ("ana@northwind.example".into(), false)]);
    assert!(is_in(&contoso, target));

    // Granted again, as after a crash: nothing.
    engine.grant_access("contoso", vec![granted.clone()]).await.expect("granted");
    world.pass(MINUTE * 30).await;
    assert_eq!(sync(&engine).await.plan.steps, []);

    pass_until(&world, granted.until).await;
    let run = sync(&engine).await;
    expect![[r#"
        remove_member zoe@northwind.example (the grant has ended)
        unchanged 1
    "#]]
    .assert_eq(&lines(&run.plan));
    assert!(!is_in(&contoso, target));
    assert!(ledger(&world).await.grants.contains_key(&request(1)), "no survey has shown it yet");
    assert_eq!(markers::list(engine.store(), "grants").await.expect("a list").len(), 1);

    world.pass(MINUTE * 11).await;
    let at = world.clock.now();
    sync(&engine).await;
    let ledger = ledger(&world).await;
    let (person, package) = (Some(granted.person), Some(granted.package));
    assert_eq!(ledger.settled.get(&request(1)), Some(&Settled { kept_by: None, at, person, package }));
    assert!(ledger.grants.is_empty());
    assert_eq!(markers::list(engine.store(), "grants").await.expect("a list"), Vec::<String>::new());
}

async fn sync(engine: &Engine) -> engine::Run {
    match engine.sync("contoso", How { fresh: true, enforce: false }).await.expect("the store works") {
        Outcome::Ran(run) => *run,
        other => panic!("expected a run, got {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_comes_on_time_though_nothing_changed_anywhere() {
    let (world, contoso, target, _) = with_zoe().await;
    let end = ledger(&world).await.grants_end().expect("a grant");
    pass_until(&world, end - MINUTE).await;
    let engine = world.engine();
    engine.tick().await.expect("a tick");
    world.documents.reset();
    let outcome = engine.sync("contoso", How::default()).await.expect("the store works");
    assert!(matches!(outcome, Outcome::Unchanged), "{outcome:?}");
    let counts = world.documents.counts("");
    assert_eq!((counts.reads(), counts.writes()), (1, 0), "a live grant costs nothing");
    world.pass(MINUTE).await;
    engine.tick().await.expect("a tick");
    let outcome = engine.sync("contoso", How::default()).await.expect("the store works");
    assert!(matches!(outcome, Outcome::Ran(_)), "{outcome:?}");
    assert!(!is_in(&contoso, target));
}

#[tokio::test(start_paused = true)]
async fn the_end_comes_on_time_though_the_partner_is_down_and_nobody_else_goes() {
    for (weeks, down) in [(0, true), (1, true), (1, false)] {
        let (world, contoso, target, _) = with_zoe().await;
        let end = ledger(&world).await.grants_end().expect("a grant");
        if down {
            // Long before the end, so that what is known of the partner is old.
            let what = What::Status(503, "ServiceUnavailable");
            world.sim.fault(Fault::new("* /**", When::Every, what).in_tenant(world.partner.id()));
        }
        // Nobody was there to look, neither then nor since.
        pass_until(&world, end + SignedDuration::from_hours(weeks * 7 * 24)).await;
        for _ in 0..5 {
            turn(&world).await;
            world.pass(MINUTE).await;
        }
        assert_eq!(world.mails(&contoso, target), ["p0@northwind.example", "p1@northwind.example"], "{weeks} {down}");
        for _ in 0..30 {
            turn(&world).await;
            world.pass(MINUTE).await;
        }
        let ledger = ledger(&world).await;
        assert_eq!(ledger.settled.get(&request(1)).map(|one| one.kept_by.as_deref()), Some(None), "{weeks} {down}");
        assert_eq!((ledger.rows.len(), ledger.grants.len()), (1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_partner_takes_nobody_out_before_the_end() {
    let (world, contoso, target, _) = with_zoe().await;
    let end = ledger(&world).await.grants_end().expect("a grant");
    let fault = Fault::new("* /**", When::Every, What::Status(503, "ServiceUnavailable"));
    world.sim.fault(fault.in_tenant(world.partner.id()));
    pass_until(&world, end - MINUTE * 10).await;
    for _ in 0..9 {
        let outcomes = turn(&world).await;
        assert!(outcomes.iter().all(|one| matches!(one, Outcome::Failed { .. })), "{outcomes:?}");
        world.pass(MINUTE).await;
    }
    assert!(is_in(&contoso, target));
    // A person who asks for a run at the end hears that the partner could not be read, and the end has come.
    world.pass(MINUTE).await;
    let outcome = world.engine().sync("contoso", How { fresh: true, enforce: false }).await.expect("the store works");
    assert!(matches!(&outcome, Outcome::Failed { .. }), "{outcome:?}");
    assert!(!is_in(&contoso, target));
}

#[tokio::test(start_paused = true)]
async fn a_refused_secret_of_the_partners_app_keeps_no_ended_grant_alive_where_another_app_works() {
    let (mut world, contoso, target, _) = with_zoe().await;
    let other = Uuid::from_u128(0x3333_3333);
    world.sim.app(other).secret(SECRET);
    contoso.consent(other, PERMISSIONS);
    let app = access::config::App { client_id: access::ids::ObjectId(other), ..world.config.app.clone() };
    world.config.apps.insert("other".into(), app);
    world.config.customers[0].app = Some("other".into());
    turn(&world).await;
    let end = ledger(&world).await.grants_end().expect("a grant");
    world.sim.app(world.config.app.client_id.0).forget_secrets();
    pass_until(&world, end - MINUTE * 3).await;
    for minute in -3..6 {
        assert!(is_in(&contoso, target) || minute > 0, "{minute}");
        turn(&world).await;
        world.pass(MINUTE).await;
    }
    assert_eq!(world.mails(&contoso, target), ["p0@northwind.example", "p1@northwind.example"], "nobody else goes");
    // A person who asks for a run hears why it was none.
    let engine = world.engine();
    engine.tick().await.expect("a tick");
    let outcome = engine.sync("contoso", How { fresh: true, enforce: false }).await.expect("the store works");
    assert!(matches!(&outcome, Outcome::Failed { text, .. } if text.contains("credential")), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_is_taken_back_while_replicas_lag_lets_nobody_stay() {
    let (world, contoso, target, zoe) = settled().await;
    world.sim.configure(|options| options.member_lag = Duration::from_secs(240));
    let engine = world.engine();
    engine.grant_access("contoso", vec![grant(&world, zoe, 8)]).await.expect("granted");
    sync(&engine).await;
    assert!(is_in(&contoso, target));
    let (until, by) = (world.clock.now(), "lead@northwind.example".into());
    let new = NewEnd { request: request(1), until, by, note: None };
    assert!(engine.end_grant("contoso", &new).await.expect("journalled"));
    for _ in 0..6 {
        world.pass(MINUTE).await;
        sync(&world.engine()).await;
        let is_over = ledger(&world).await.settled.contains_key(&request(1));
        assert!(!is_over || !is_in(&contoso, target), "nobody is told that it is over while they are in");
    }
    assert!(!is_in(&contoso, target));
    for _ in 0..30 {
        world.pass(MINUTE).await;
        turn(&world).await;
    }
    assert_eq!(ledger(&world).await.settled.get(&request(1)).map(|one| one.kept_by.as_deref()), Some(None));
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_the_partner_loses_a_grant_at_the_next_tick() {
    for gone in [TenantHandle::disable_user as fn(&TenantHandle, Uuid), TenantHandle::delete_user] {
        let (world, contoso, target, zoe) = with_zoe().await;
        gone(&world.partner, zoe);
        world.pass(MINUTE).await;
        world.engine().tick().await.expect("a tick");
        assert!(!is_in(&contoso, target), "the tick itself takes leavers out");
        let guest = contoso.find_guest(ZOE).expect("the guest stays");
        assert!(!contoso.is_enabled(guest));
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_disabled_is_let_in_by_no_grant_until_they_are_back() {
    let (world, contoso, target, zoe) = settled().await;
    world.partner.disable_user(zoe);
    let granted = grant(&world, zoe, 8);
    world.engine().grant_access("contoso", vec![granted]).await.expect("granted");
    for _ in 0..3 {
        turn(&world).await;
        world.pass(MINUTE).await;
    }
    assert_eq!(contoso.find_guest(ZOE), None);
    world.partner.enable_user(zoe);
    for _ in 0..7 {
        turn(&world).await;
        world.pass(MINUTE).await;
    }
    assert!(is_in(&contoso, target));
}

#[tokio::test(start_paused = true)]
async fn somebody_outside_the_partner_is_let_in_and_out_like_anybody() {
    let (mut world, contoso, _, target) = one_customer();
    world.config.customers[0].domains.insert("contractor.example".into());
    let mail = "max@contractor.example";
    let person = PersonId::outside(world.config.partner.tenant_id, mail);
    let granted = Grant { person, mail: mail.into(), outside: true, ..grant(&world, Uuid::nil(), 8) };
    let engine = world.engine();
    engine.grant_access("contoso", vec![granted.clone()]).await.expect("granted");
    assert_eq!(markers::list(engine.store(), "grants").await.expect("a list"), Vec::<String>::new());
    sync(&engine).await;
    assert_eq!(world.mails(&contoso, target), [mail]);
    world.pass(MINUTE * 20).await;
    assert_eq!(sync(&engine).await.plan.steps, []);
    // Taken back before its time.
    let new = NewEnd {
        request: request(1),
        until: world.clock.now(),
        by: "lead@northwind.example".into(),
        note: Some("not needed any more".into()),
    };
    assert!(engine.end_grant("contoso", &new).await.expect("journalled"));
    assert!(!engine.end_grant("contoso", &new).await.expect("looked"), "it ends then already");
    for _ in 0..2 {
        turn(&world).await;
        world.pass(MINUTE * 11).await;
    }
    assert_eq!(world.mails(&contoso, target), Vec::<String>::new());
    turn(&world).await;
    let later = NewEnd { until: world.clock.now() + MINUTE, ..new };
    assert!(!engine.end_grant("contoso", &later).await.expect("looked"), "what is over does not begin anew");
    engine.grant_access("contoso", vec![granted]).await.expect("looked");
    assert!(sync(&engine).await.plan.steps.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_longer_grant_keeps_the_person_and_a_standing_membership_outlives_it() {
    let (world, contoso, target, zoe) = with_zoe().await;
    let engine = world.engine();
    let end = ledger(&world).await.grants_end().expect("a grant");
    let hour = SignedDuration::from_hours(1);
    let new = NewEnd { request: request(1), until: end + hour, by: "lead@northwind.example".into(), note: None };
    assert!(engine.end_grant("contoso", &new).await.expect("journalled"));
    pass_until(&world, end + MINUTE).await;
    turn(&world).await;
    assert!(is_in(&contoso, target));
    let source = world.config.customers[0].packages[0].members.first().expect("a source").0;
    world.partner.add_member(source, zoe);
    for _ in 0..4 {
        turn(&world).await;
        world.pass(MINUTE * 6).await;
    }
    pass_until(&world, end + hour).await;
    // From here on the partner group cannot be read.
    let fault = Fault::new("* /**", When::Every, What::Status(503, "ServiceUnavailable"));
    world.sim.fault(fault.in_tenant(world.partner.id()));
    for _ in 0..10 {
        turn(&world).await;
        world.pass(MINUTE).await;
    }
    assert!(is_in(&contoso, target), "a partner group asked for them when it could be read");
    world.sim.clear_faults();
    for _ in 0..10 {
        turn(&world).await;
        world.pass(MINUTE).await;
    }
    assert!(is_in(&contoso, target));
    let settled = ledger(&world).await.settled;
    assert_eq!(settled.get(&request(1)).and_then(|one| one.kept_by.as_deref()), Some("a partner group"));
}

#[tokio::test(start_paused = true)]
async fn why_and_report_tell_of_grants_and_who_approved_them() {
    let (world, _, _, _) = with_zoe().await;
    let why = world.engine().why("contoso", ZOE).await.expect("a reason");
    expect![[r#"
        zoe@northwind.example is enabled at the partner
        package second-line: not in any of its partner groups (gives group 0dfafffe-2b7b-4591-9c0c-790bb08a6233)
        package second-line: granted until 2026-11-02 17:18 UTC by request 00000000000000000000000000000001 (INC0012345), approved by lead@northwind.example
        stands in the customer's tenant as guest faef82f9-dc5f-4c1a-a893-172e36e30547, invited by Gatehouse
        2026-11-02 09:18:00 UTC  granted second-line until 2026-11-02 17:18 UTC by request 00000000000000000000000000000001 (INC0012345), approved by lead@northwind.example
        2026-11-02 09:18:00 UTC  invite_guest: not in the customer's tenant yet
        2026-11-02 09:18:00 UTC  invite_guest: invited as guest faef82f9-dc5f-4c1a-a893-172e36e30547
        2026-11-02 09:18:00 UTC  add_member group:0dfafffe-2b7b-4591-9c0c-790bb08a6233: granted second-line until 2026-11-02 17:18 UTC by request 00000000000000000000000000000001
        2026-11-02 09:18:00 UTC  add_member: done
        2026-11-02 09:24:00 UTC  stands as guest faef82f9-dc5f-4c1a-a893-172e36e30547 (ours)
    "#]].assert_eq(&format!("{}\n{}\n", why.now.join("\n"), why.history.join("\n")));
    let report = world.engine().report("contoso", None, None).await.expect("a report");
    let decisions: Vec<String> = report.decisions.iter().map(|one| format!("{}: {}", one.by, one.what)).collect();
    expect!["lead@northwind.example: granted zoe@northwind.example second-line until 2026-11-02 17:18 UTC by request 00000000000000000000000000000001"].assert_eq(&decisions.join("\n"));
}
