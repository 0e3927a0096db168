//! Somebody is dismissed: barred first, taken out everywhere at once, and shown to be gone.

use crate::world::{World, one_customer};
use access::config::{Disable, Mode};
use access::ids::PersonId;
use cloud_sim::{Change, Fault, TenantHandle, What, When};
use engine::membership::leave::{Found, GuestNow, State, TakenOut, Whom};
use engine::membership::orders::{ORDERS, OrdersDocument, PROGRAM, ProgramEntry};
use engine::{How, Outcome};
use jiff::SignedDuration;
use outside::Clock;
use std::sync::Arc;
use std::time::Duration;
use store::faulty::Faulty;
use store::journal;
use store::lease::{self, Take};
use uuid::Uuid;

const ANA: &str = "ana@northwind.example";
const BY: &str = "lead@northwind.example";
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// So many customers, each with Ana and Bo in it through us, long since.
pub(crate) struct Many {
    pub(crate) world: World,
    pub(crate) source: Uuid,
    pub(crate) ana: Uuid,
    pub(crate) customers: Vec<(TenantHandle, Uuid)>,
}

impl Many {
    pub(crate) async fn new(count: usize) -> Self {
        let mut world = World::new();
        let source = world.partner.add_group("Engineers");
        let ana = world.person("ana", &[source]);
        world.person("bo", &[source]);
        let mut customers = Vec::new();
        for number in 0..count {
            let tenant = world.customer(&format!("customer-{number:03}"));
            let target = tenant.add_group("Partner");
            world.package("second-line", &[source], &[target]);
            customers.push((tenant, target));
        }
        let many = Self { world, source, ana, customers };
        // The second run settles what the first one did.
        for _ in 0..2 {
            many.sync_all().await;
        }
        many.world.pass(SignedDuration::from_mins(20)).await;
        many
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.world.config.customers.iter().map(|customer| customer.name.clone()).collect()
    }

    async fn sync_all(&self) {
        let engine = self.world.engine();
        for name in self.names() {
            let outcome = engine.sync(&name, How { fresh: true, enforce: false }).await.expect("the store works");
            assert!(matches!(&outcome, Outcome::Ran(run) if run.failures.is_empty()), "{name}: {outcome:?}");
        }
    }

    /// As the hosts do it: a tick, then a run of each customer that is due.
    pub(crate) async fn turn(&self) {
        let engine = self.world.engine();
        for name in engine.tick().await.expect("a tick").due {
            engine.sync(&name, How::default()).await.expect("the store works");
        }
    }

    fn is_in(&self, number: usize) -> bool {
        let (tenant, target) = &self.customers[number];
        tenant.member_mails(*target).contains(ANA)
    }

    fn is_enabled(&self, number: usize) -> bool {
        let tenant = &self.customers[number].0;
        tenant.find_guest(ANA).is_some_and(|guest| tenant.is_enabled(guest))
    }
}

async fn leave(world: &World, wait: u64) -> Vec<TakenOut> {
    let engine = world.engine();
    let found = engine.find_person(&Whom::Mail(ANA.into())).await.expect("Ana is found");
    engine.bar(&found, BY, "dismissed").await.expect("the bar is set");
    engine.take_out(found.person, Duration::from_secs(wait)).await.expect("it is looked").customers
}

#[tokio::test(start_paused = true)]
async fn whoever_is_dismissed_is_gone_from_twenty_customers_but_where_it_cannot_be_done_and_that_is_said() {
    let mut many = Many::new(20).await;
    let (down, busy, observed) = (3, 7, 11);
    many.world.config.customers[observed].mode = Mode::Observe;
    let fault = Fault::new("* /**", When::Every, What::Status(503, "serviceNotAvailable"));
    many.world.sim.fault(fault.in_tenant(many.customers[down].0.id()));
    let store = many.world.engine().store().clone();
    let path = engine::membership::documents::lease_path(many.world.config.customers[busy].tenant_id);
    let Take::Held(held) = lease::take(&store, &path, "another run").await.expect("the store works") else {
        panic!("nobody else has it")
    };
    let left = leave(&many.world, 5).await;
    assert_eq!(left.len(), 20);
    for (number, one) in left.iter().enumerate() {
        let expected = match number {
            _ if number == down => (State::Failed, GuestNow::Unread),
            _ if number == busy || number == observed => (State::Left, GuestNow::Enabled),
            _ => (State::Gone, GuestNow::Disabled),
        };
        assert_eq!((one.state, one.guest), expected, "{one:?}");
        assert_eq!(many.is_in(number), one.state != State::Gone, "{one:?}");
        assert_eq!(one.state == State::Gone, one.notes.is_empty(), "{one:?}");
    }
    assert!(left[busy].notes[0].contains("another run is at work"), "{:?}", left[busy]);
    assert!(left[observed].notes[0].contains("mode observe"), "{:?}", left[observed]);
    assert_eq!(left[observed].memberships.len(), 1);

    // The bar stands and the timer goes on: once the two are there again, nobody has to say it again.
    held.release().await.expect("the store works");
    many.world.sim.clear_faults();
    many.world.pass(MINUTE).await;
    many.turn().await;
    assert_eq!([down, busy, observed].map(|number| many.is_in(number)), [false, false, true]);
    let again = leave(&many.world, 5).await;
    let open: Vec<&str> = again.iter().filter(|one| one.state != State::Gone).map(|one| &*one.customer).collect();
    assert_eq!(open, ["customer-011"]);
}

#[tokio::test(start_paused = true)]
async fn a_customer_that_is_busy_for_a_moment_is_waited_for() {
    let many = Many::new(2).await;
    let store = many.world.engine().store().clone();
    let path = engine::membership::documents::lease_path(many.world.config.customers[0].tenant_id);
    let Take::Held(_killed) = lease::take(&store, &path, "a run that was killed").await.expect("the store works")
    else {
        panic!("nobody else has it")
    };
    let left = leave(&many.world, 60).await;
    assert!(left.iter().all(|one| one.state == State::Gone), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_bar_whose_setter_was_killed_is_carried_out_by_the_timer_within_a_minute() {
    let many = Many::new(3).await;
    many.turn().await;
    many.world.pass(MINUTE).await;
    let engine = many.world.engine();
    let found = Found { person: PersonId(many.ana), mail: Some(ANA.into()) };
    engine.bar(&found, BY, "dismissed").await.expect("the bar is set");
    drop(engine);
    many.world.pass(MINUTE).await;
    many.turn().await;
    for number in 0..3 {
        assert!(!many.is_in(number) && !many.is_enabled(number), "customer {number}");
    }
    // And she is not put back, though she is in the partner's group as before.
    for _ in 0..3 {
        many.world.pass(SignedDuration::from_mins(6)).await;
        many.turn().await;
    }
    assert!((0..3).all(|number| !many.is_in(number)));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_began_before_the_bar_does_not_let_the_person_in_any_more() {
    let (world, contoso, source, target) = one_customer();
    world.people(30, &[source]);
    let zoe = world.person("zoe", &[source]);
    let slow = What::Slow(Duration::from_secs(8));
    world.sim.fault(Fault::new("POST /invitations", When::Every, slow));
    let (engine, other) = (world.engine(), world.engine());
    let found = Found { person: PersonId(zoe), mail: None };
    let bar = async {
        world.pass(SignedDuration::from_secs(4)).await;
        assert!(world.sim.count(|request| request.path == "/invitations") > 0, "the run is under way");
        other.bar(&found, BY, "dismissed").await.expect("the bar is set");
    };
    let (ran, ()) = tokio::join!(engine.sync("contoso", How { fresh: true, enforce: false }), bar);
    let Ok(Outcome::Ran(run)) = ran else { panic!("{ran:?}") };
    assert!(run.plan.steps.iter().any(|step| step.mail.as_deref() == Some("zoe@northwind.example")));
    assert!(run.applied > 0 && run.waiting > 0, "{run:?}");
    assert_eq!(contoso.find_guest("zoe@northwind.example"), None);
    assert_eq!(contoso.members(target).len(), 30);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_let_back_in_is_enabled_and_added_by_the_next_tick() {
    let mut many = Many::new(2).await;
    many.world.config.leavers.disable = Disable::Never;
    assert!(leave(&many.world, 10).await.iter().all(|one| one.state == State::Gone));
    assert!(!many.is_enabled(0) && !many.is_in(0));
    let revoked = |effect: &cloud_sim::Effect| matches!(effect.change, Change::SessionsRevoked { .. });
    assert_eq!(many.world.sim.effects().iter().filter(|effect| revoked(effect)).count(), 2);
    let engine = many.world.engine();
    let whom = Whom::Mail(ANA.into());
    let back = engine.unbar(&whom, BY, "came back").await.expect("she is barred");
    assert_eq!(back.person, PersonId(many.ana));
    assert!(engine.unbar(&whom, BY, "again").await.is_err_and(|error| error.to_string().contains("is not barred")));
    many.world.pass(MINUTE).await;
    many.turn().await;
    assert!((0..2).all(|number| many.is_in(number) && many.is_enabled(number)));
}

#[tokio::test(start_paused = true)]
async fn who_is_meant_must_be_one_person_or_nothing_is_changed() {
    let many = Many::new(1).await;
    // The address of somebody else's sign-in name.
    let twin = many.world.person("twin", &[many.source]);
    many.world.partner.set_mail(twin, Some(ANA));
    many.world.pass(MINUTE).await;
    let engine = many.world.engine();
    let error = async |mail: &str| engine.find_person(&Whom::Mail(mail.into())).await.expect_err("not one").to_string();
    assert!(error(ANA).await.contains("the address of 2 people"));
    assert!(error("nobody@northwind.example").await.contains("nobody at the partner has the address"));
    let by_id = engine.find_person(&Whom::Id(PersonId(twin))).await.expect("an id is enough");
    assert_eq!(by_id.mail.as_deref(), Some(ANA));
    // Somebody who is in no group that we know of is found in the tenant.
    let outsider = many.world.person("outsider", &[]);
    let found = engine.find_person(&Whom::Mail("Outsider@Northwind.Example".into())).await.expect("found");
    assert_eq!(found.person, PersonId(outsider));
    for (by, reason) in [("", "why"), (BY, " "), (BY, &*"x".repeat(501))] {
        assert!(engine.bar(&found, by, reason).await.is_err(), "{by:?} {reason:?}");
    }
    assert_eq!(many.world.documents.counts(ORDERS).writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_guest_of_the_customers_own_loses_our_memberships_and_is_left_to_the_customer() {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    world.person("ana", &[source]);
    world.person("bo", &[source]);
    let contoso = world.customer("contoso");
    let (target, theirs) = (contoso.add_group("Partner"), contoso.add_group("Project"));
    let guest = contoso.add_guest(ANA);
    contoso.add_member(theirs, guest);
    world.package("second-line", &[source], &[target]);
    for _ in 0..2 {
        world.sync().await;
    }
    let left = leave(&world, 5).await;
    let [one] = left.as_slice() else { panic!("{left:?}") };
    assert_eq!((one.state, one.guest, one.others), (State::Gone, GuestNow::Theirs, 1), "{one:?}");
    assert_eq!(one.notes.len(), 2, "what is left for the customer: {one:?}");
    assert!(!contoso.member_mails(target).contains(ANA) && contoso.is_enabled(guest));
    assert!(contoso.members(theirs).contains(&guest));
}

#[tokio::test(start_paused = true)]
async fn a_list_of_members_that_lags_does_not_keep_it_from_being_shown() {
    let many = Many::new(1).await;
    many.world.sim.configure(|options| options.member_lag = Duration::from_secs(300));
    let left = leave(&many.world, 0).await;
    assert_eq!((left[0].state, &left[0].memberships), (State::Gone, &Vec::new()), "{left:?}");
    assert!(!many.is_in(0));
}

#[tokio::test(start_paused = true)]
async fn taking_out_that_is_killed_at_any_operation_is_finished_by_the_timer() {
    let (mut n, mut last) = (0, false);
    while !last {
        let many = Many::new(1).await;
        let faulty = Arc::new(Faulty::new(many.world.documents.clone()));
        faulty.kill_after(n);
        let engine = many.world.engine_on(faulty.clone(), Arc::new(many.world.sim.clone()));
        let found = Found { person: PersonId(many.ana), mail: None };
        many.world.engine().bar(&found, BY, "dismissed").await.expect("the bar is set");
        let _ = engine.take_out(found.person, Duration::ZERO).await;
        last = faulty.operations() < n;
        many.world.pass(MINUTE).await;
        many.turn().await;
        many.world.pass(SignedDuration::from_mins(12)).await;
        many.turn().await;
        assert!(!many.is_in(0) && !many.is_enabled(0), "killed after {n}");
        let chain = many.customers[0].0.id().to_string();
        let report = journal::verify(many.world.engine().store(), &chain, None).await.expect("the store works");
        assert_eq!(report.problems, [], "killed after {n}");
        n += 1;
    }
    assert!(n > 10, "{n} operations");
}

#[tokio::test(start_paused = true)]
async fn a_command_for_all_customers_takes_leavers_out_before_it_lets_anybody_in() {
    let many = Many::new(3).await;
    many.world.partner.disable_user(many.ana);
    many.world.person("joiner", &[many.source]);
    many.world.pass(MINUTE).await;
    let engine = many.world.engine();
    let ahead = engine.take_out_leavers(&many.names()[..2]).await.expect("the partner answers");
    assert_eq!(ahead.keys().map(String::as_str).collect::<Vec<_>>(), ["customer-000", "customer-001"]);
    assert_eq!([0, 1, 2].map(|number| many.is_in(number)), [false, false, true]);
    assert!(many.customers.iter().all(|(tenant, _)| tenant.find_guest("joiner@northwind.example").is_none()));
    let Ok(Outcome::Ran(run)) = engine.sync("customer-000", How { fresh: true, enforce: false }).await else {
        panic!("a run")
    };
    let whole = run.after(&ahead["customer-000"]);
    let steps: Vec<&str> = whole.plan.steps.iter().map(|step| step.action.name()).collect();
    assert_eq!(steps, ["remove_member", "disable_guest", "invite_guest", "add_member"]);
    assert_eq!(whole.applied, 4);
    assert!(engine.take_out_leavers(&many.names()[..2]).await.expect("the partner answers").is_empty(), "once");
}

#[tokio::test(start_paused = true)]
async fn a_partner_that_cannot_be_read_keeps_nobody_from_being_taken_out() {
    let many = Many::new(2).await;
    let fault = Fault::new("* /**", When::Every, What::Status(503, "serviceNotAvailable"));
    many.world.sim.fault(fault.in_tenant(many.world.partner.id()));
    let left = leave(&many.world, 10).await;
    assert!(left.len() == 2 && left.iter().all(|one| one.state == State::Gone), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_customer_that_goes_on_failing_is_not_asked_in_a_storm_while_somebody_waits() {
    let faults = [
        ("GET /users/{id}/memberOf", What::Status(410, "Gone")),
        ("GET /groups/{id}", What::Status(503, "serviceNotAvailable")),
    ];
    for (route, what) in faults {
        let many = Many::new(1).await;
        many.world.sim.fault(Fault::new(route, When::Every, what));
        let asked = || many.world.sim.count(|request| request.route.is_some_and(|on| route.ends_with(on)));
        let before = asked();
        let left = leave(&many.world, 60).await;
        assert_ne!(left[0].state, State::Gone, "{left:?}");
        // Tried after 0, 1, 3, 7, 15 and 31 s; each time the request is sent at most five times.
        let count = asked() - before;
        assert!((6..=30).contains(&count), "{route}: {count} times");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_protected_or_paused_whole_is_said_and_held() {
    let mut many = Many::new(2).await;
    let guest = many.customers[0].0.find_guest(ANA).expect("invited");
    many.world.config.customers[0].protect = [access::ids::ObjectId(guest)].into();
    let until = "2026-11-02T12:00:00Z".parse().expect("a time");
    let engine = many.world.engine();
    engine.pause(Some(&["customer-001".into()]), BY, "an incident", until, true).await.expect("paused");
    let left = leave(&many.world, 3).await;
    assert!(left.iter().all(|one| one.state == State::Left), "{left:?}");
    assert!(left[0].notes[0].contains("is protected"), "{:?}", left[0]);
    assert!(left[1].notes[0].contains("gatehouse resume customer-001"), "{:?}", left[1]);
    assert!(many.is_in(0) && many.is_in(1));
}

/// Every order is in the program's journal once, wherever its setter was killed, and counts from the first write on.
#[tokio::test(start_paused = true)]
async fn an_order_whose_setter_is_killed_at_any_operation_is_journalled_once_if_it_counts() {
    let (mut counted, mut n) = (0, 0);
    loop {
        let world = one_customer().0;
        let faulty = Arc::new(Faulty::new(world.documents.clone()));
        faulty.kill_after(n);
        let engine = world.engine_on(faulty.clone(), Arc::new(world.sim.clone()));
        let found = Found { person: PersonId(Uuid::from_u128(1)), mail: None };
        let set = engine.bar(&found, BY, "dismissed").await;
        let store = world.engine().store().clone();
        let stands = async || {
            let kept = store.read::<OrdersDocument>(ORDERS).await.expect("the store works");
            kept.map(|kept| kept.value).unwrap_or_default()
        };
        let counts = stands().await.orders.is_barred(found.person);
        assert!(counts || set.is_err(), "nobody is told of a bar that does not count");
        // A lease that was not given back ends first.
        world.pass(MINUTE).await;
        world.engine().tick().await.expect("a tick");
        assert_eq!(stands().await.owed, [], "killed after {n}");
        let known = stands().await.chain;
        let report = journal::verify(&store, PROGRAM, known).await.expect("the store works");
        assert_eq!(report.problems, []);
        let mut chain = journal::Journal::<ProgramEntry>::from_start(&store, PROGRAM).expect("a chain");
        let blocks = chain.tail().await.expect("blocks");
        let entries = blocks.iter().flat_map(|block| &block.entries);
        let ordered = entries.filter(|entry| matches!(entry, ProgramEntry::Ordered(_))).count();
        assert_eq!(ordered, usize::from(counts), "killed after {n}");
        counted += usize::from(counts);
        if faulty.operations() < n {
            break;
        }
        n += 1;
    }
    assert!(n > 8 && counted > 5, "{n} operations, {counted} of them after the order counted");
}

#[tokio::test(start_paused = true)]
async fn in_one_tick_everybody_who_leaves_is_out_everywhere_before_anybody_comes_in_anywhere() {
    type Leaving = fn(&Many);
    let ways: [Leaving; 3] = [
        |many| many.world.partner.disable_user(many.ana),
        |many| many.world.partner.delete_user(many.ana),
        |many| many.world.partner.remove_member(many.source, many.ana),
    ];
    for way in ways {
        let many = Many::new(20).await;
        many.turn().await;
        many.world.pass(MINUTE).await;
        way(&many);
        for number in 0..10 {
            many.world.person(&format!("joiner{number}"), &[many.source]);
        }
        many.world.pass(MINUTE).await;
        many.world.sim.reset_log();
        many.turn().await;
        let effects = many.world.sim.effects();
        let app = |effect: &&cloud_sim::Effect| matches!(effect.by, cloud_sim::Actor::App(_));
        let changes: Vec<&Change> = effects.iter().filter(app).map(|effect| &effect.change).collect();
        let is_removal = |change: &&&Change| matches!(change, Change::MemberRemoved { .. });
        let is_addition = |change: &&Change| matches!(change, Change::GuestInvited { .. } | Change::MemberAdded { .. });
        assert_eq!(changes.iter().filter(is_removal).count(), 20);
        let last = changes.iter().rposition(|change| is_removal(&change)).expect("twenty");
        let first = changes.iter().position(is_addition).expect("joiners come in");
        assert!(last < first, "removal {last} after addition {first}");
        assert!((0..20).all(|number| many.customers[number].0.members(many.customers[number].1).len() == 11));
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_that_does_not_answer_delays_the_others_additions_by_half_a_minute_at_most() {
    let many = Many::new(3).await;
    many.turn().await;
    many.world.pass(MINUTE).await;
    many.world.partner.disable_user(many.ana);
    many.world.person("joiner", &[many.source]);
    many.world.pass(MINUTE).await;
    let slow = Fault::new("* /**", When::Every, What::Slow(Duration::from_secs(25)));
    many.world.sim.fault(slow.in_tenant(many.customers[1].0.id()));
    let engine = many.world.engine();
    let before = many.world.clock.now();
    let tick = engine.tick().await.expect("a tick");
    let took = many.world.clock.now().duration_since(before);
    assert!(took <= SignedDuration::from_secs(31), "{took:?}");
    assert!(!many.is_in(0) && !many.is_in(2));
    assert_eq!(tick.due[0], "customer-001", "what is not done comes first: {:?}", tick.due);
}

#[tokio::test(start_paused = true)]
async fn one_person_in_two_hundred_customers_costs_a_bounded_number_of_requests() {
    let many = Many::new(200).await;
    many.world.sim.reset_log();
    many.world.sim.configure(|options| options.latency = Duration::from_millis(50));
    let before = many.world.clock.now();
    let left = leave(&many.world, 60).await;
    assert!(left.len() == 200 && left.iter().all(|one| one.state == State::Gone));
    let requests = many.world.sim.count(|request| request.is_round_trip() && request.route != Some("token"));
    let removed = many.world.sim.effects().into_iter().filter(|one| matches!(one.change, Change::MemberRemoved { .. }));
    let took = removed.map(|one| one.at).max().expect("200 removals").duration_since(before);
    println!("{requests} requests for 200 customers; the last removal after {took:#}");
    assert!(took <= SignedDuration::from_secs(2), "{took:#}");
    assert!(requests <= 200 * 9, "{requests} requests");
}
