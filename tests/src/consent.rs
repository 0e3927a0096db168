//! A customer that withdraws its consent: a state of its own, one notice, no storm, and nothing removed.

use crate::notices::{Receiver, router, telling};
use crate::world::{World, one_customer};
use access::config::NoticeKind;
use cloud_sim::{Fault, PERMISSIONS, What, When};
use engine::{Engine, How, Outcome};
use jiff::SignedDuration;
use std::sync::Arc;

async fn by_hand(engine: &Engine) -> Outcome {
    engine.sync("contoso", How { fresh: true, enforce: false }).await.expect("the store works")
}

/// The codes in `health` of this customer (`None`: of the program).
async fn red(engine: &Engine, customer: Option<&str>) -> Vec<(String, String)> {
    let red = engine.health(true).await.red.unwrap_or_default();
    let theirs = red.into_iter().filter(|one| one.customer.as_deref() == customer);
    theirs.map(|one| (one.code, one.text)).collect()
}

/// Contoso with five people in it, settled.
async fn settled() -> (World, cloud_sim::TenantHandle, uuid::Uuid) {
    let (mut world, contoso, source, target) = one_customer();
    router(&mut world, &[NoticeKind::Consent, NoticeKind::Problems]);
    world.people(5, &[source]);
    world.sync().await;
    world.sync().await;
    world.pass(SignedDuration::from_hours(25)).await;
    world.sync().await;
    (world, contoso, target)
}

/// Lets the host run for some minutes: a tick each, and whoever is due.
async fn minutes(world: &World, engine: &Engine, count: usize) {
    for _ in 0..count {
        world.pass(SignedDuration::from_mins(1)).await;
        for name in engine.tick().await.expect("a tick").due {
            engine.sync(&name, How::default()).await.expect("the store works");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn lost_consent_is_told_once_tried_ever_more_rarely_and_over_when_it_is_back() {
    let (world, contoso, target) = settled().await;
    let app = world.config.app.client_id.0;
    let receiver = Arc::new(Receiver::default());
    let engine = telling(&world, receiver.clone());
    contoso.withdraw_consent(app);
    contoso.revoke_tokens();
    minutes(&world, &engine, 20).await;
    let [(code, text)] = red(&engine, Some("contoso")).await.try_into().expect("one line");
    let url = format!("/{}/adminconsent?client_id={app}", contoso.id());
    assert!(code == "consent_lost" && text.contains(&url) && text.contains("since 2026-11-03"), "{code} {text}");
    assert_eq!(receiver.states("consent"), ["opened"]);

    // A day of it: at most one try an hour, and the runs between ask Microsoft nothing.
    minutes(&world, &engine, 60).await;
    world.sim.reset_log();
    minutes(&world, &engine, 24 * 60).await;
    let asked = world.sim.requests().iter().filter(|one| one.tenant == Some(contoso.id())).count();
    assert!((20..=60).contains(&asked), "{asked} requests in a day");
    assert_eq!(receiver.states("consent"), ["opened"], "one notice");
    assert_eq!((world.sim.effects(), contoso.members(target).len()), (vec![], 5), "nothing was removed");

    let plan = world.plan().await;
    let problem = plan.problems.iter().find(|problem| problem.code == "consent_lost").expect("the plan says so");
    assert!(problem.text.contains(&url) && problem.text.contains("since 2026-11-03"), "{}", problem.text);
    let why = engine.why("contoso", "p1@northwind.example").await.expect("an answer");
    assert!(why.planned.iter().any(|line| line.starts_with("consent_lost: since")), "{:#?}", why.planned);

    // By hand it is tried at once; the schedule would have waited.
    contoso.consent(app, PERMISSIONS);
    let outcome = by_hand(&engine).await;
    assert!(matches!(&outcome, Outcome::Ran(run) if run.plan.steps.is_empty()), "{outcome:?}");
    minutes(&world, &engine, 1).await;
    assert_eq!(receiver.states("consent"), ["opened", "resolved"]);
    assert_eq!((red(&engine, Some("contoso")).await, contoso.members(target).len()), (vec![], 5));
}

#[tokio::test(start_paused = true)]
async fn the_pause_is_respected_without_a_single_request_and_the_next_try_goes_on() {
    let (world, contoso, _) = settled().await;
    let engine = world.engine();
    let app = world.config.app.client_id.0;
    contoso.withdraw_consent(app);
    contoso.revoke_tokens();
    assert!(matches!(by_hand(&engine).await, Outcome::Failed { retry: false, .. }));
    let pause = SignedDuration::from_mins(5);
    contoso.consent(app, PERMISSIONS);
    engine.tick().await.expect("a tick");
    world.pass(pause - SignedDuration::from_secs(1)).await;
    world.sim.reset_log();
    let paused = engine.sync("contoso", How::default()).await.expect("the store works");
    assert!(matches!(&paused, Outcome::Failed { text, retry: false } if text.contains("tried again at")), "{paused:?}");
    assert!(world.sim.requests().iter().all(|one| one.tenant != Some(contoso.id())));
    world.pass(SignedDuration::from_secs(1)).await;
    let ran = engine.sync("contoso", How::default()).await.expect("the store works");
    assert!(matches!(ran, Outcome::Ran(_)), "{ran:?}");
}

#[tokio::test(start_paused = true)]
async fn a_customer_that_never_consented_says_so_before_its_first_run() {
    let (mut world, contoso, source, _) = one_customer();
    world.people(2, &[source]);
    router(&mut world, &[NoticeKind::Consent]);
    let app = world.config.app.client_id.0;
    contoso.withdraw_consent(app);
    let receiver = Arc::new(Receiver::default());
    let engine = telling(&world, receiver.clone());
    minutes(&world, &engine, 20).await;
    assert_eq!(red(&engine, Some("contoso")).await[0].0, "consent_lost");
    assert_eq!(receiver.states("consent"), ["opened"]);
    contoso.consent(app, PERMISSIONS);
    minutes(&world, &engine, 65).await;
    assert_eq!(receiver.states("consent"), ["opened", "resolved"]);
    assert_eq!(red(&engine, Some("contoso")).await, []);
}

#[tokio::test(start_paused = true)]
async fn consent_without_a_permission_is_lost_consent_and_one_that_lacks_is_a_missing_permission() {
    let (world, contoso, target) = settled().await;
    let engine = world.engine();
    let app = world.config.app.client_id.0;
    contoso.consent::<&str>(app, &[]);
    contoso.revoke_tokens();
    by_hand(&engine).await;
    assert_eq!(red(&engine, Some("contoso")).await[0].0, "consent_lost");
    let some: Vec<&str> = PERMISSIONS.iter().copied().filter(|one| !one.starts_with("User.")).collect();
    let some: Vec<&str> = some.into_iter().filter(|one| !one.starts_with("Directory.")).collect();
    contoso.consent(app, &some);
    contoso.revoke_tokens();
    let outcome = by_hand(&world.engine()).await;
    let [(code, text)] = red(&engine, Some("contoso")).await.try_into().expect("one line");
    assert!(code == "permission_missing" && text.contains("User.Read"), "{code} {text} {outcome:?}");
    assert_eq!(contoso.members(target).len(), 5);
}

#[tokio::test(start_paused = true)]
async fn our_own_refused_secret_is_one_problem_of_the_program() {
    let mut world = World::new();
    router(&mut world, &[NoticeKind::Consent, NoticeKind::Problems]);
    let source = world.partner.add_group("Engineers");
    world.people(2, &[source]);
    for name in ["adatum", "contoso", "fabrikam"] {
        let tenant = world.customer(name);
        let target = tenant.add_group("Partner");
        world.package("second-line", &[source], &[target]);
    }
    let receiver = Arc::new(Receiver::default());
    minutes(&world, &telling(&world, receiver.clone()), 10).await;
    let app = world.sim.app(world.config.app.client_id.0);
    app.forget_secrets();
    // A new process has no tokens left.
    let engine = telling(&world, receiver.clone());
    minutes(&world, &engine, 30).await;
    let codes: Vec<String> = red(&engine, None).await.into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["credential_refused"]);
    for name in ["adatum", "contoso", "fabrikam"] {
        assert_eq!(red(&engine, Some(name)).await, []);
    }
    assert_eq!(receiver.states("problems"), ["opened"]);
    assert_eq!(receiver.states("consent"), Vec::<String>::new());
    app.secret("correct horse battery staple");
    minutes(&world, &engine, 30).await;
    assert_eq!(red(&engine, None).await, []);
    assert_eq!(receiver.states("problems"), ["opened", "resolved"]);
}

/// As long as it was taken for our own fault, every customer stood still for it.
#[tokio::test(start_paused = true)]
async fn a_tenant_that_microsoft_blocked_is_that_customers_trouble_and_nobody_elses() {
    let mut world = World::new();
    router(&mut world, &[NoticeKind::Consent, NoticeKind::Problems]);
    let source = world.partner.add_group("Engineers");
    world.people(2, &[source]);
    let customers = ["adatum", "contoso", "fabrikam"].map(|name| {
        let tenant = world.customer(name);
        let target = tenant.add_group("Partner");
        world.package("second-line", &[source], &[target]);
        (tenant, target)
    });
    let blocked = Fault::new("POST /*/oauth2/v2.0/token", When::Every, What::SignIn(5_000_225));
    world.sim.fault(blocked.in_tenant(customers[1].0.id()));
    let receiver = Arc::new(Receiver::default());
    let engine = telling(&world, receiver.clone());
    minutes(&world, &engine, 30).await;
    assert_eq!(red(&engine, None).await, []);
    let [(code, text)] = red(&engine, Some("contoso")).await.try_into().expect("one line");
    assert!(code == "tenant_closed" && text.contains("AADSTS5000225") && text.contains("20 days"), "{code} {text}");
    let members = || customers.each_ref().map(|(tenant, target)| tenant.members(*target).len());
    assert_eq!(members(), [2, 0, 2]);
    assert_eq!(receiver.states("problems"), ["opened"]);
    world.sim.clear_faults();
    minutes(&world, &engine, 65).await;
    assert_eq!((red(&engine, Some("contoso")).await, members()), (vec![], [2, 2, 2]));
    assert_eq!(receiver.states("problems"), ["opened", "resolved"]);
}
