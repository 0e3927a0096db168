//! A partner, some customers and a program that looks after them: what every scenario starts from.
//!
//! The cloud is simulated at the wire and the store is in memory; time is virtual. A test states only the difference.

use access::config::{
    Address, App, BreakGlass, Cloud, Config, Credential, Customer, Disable, Drift, Granted, Invitations, Leavers,
    Limits, Mode, Ownership, Package, Paging, Partner, Rights, SecretRef, StoreAccess, TargetGroup,
};
use access::ids::{GroupId, ObjectId, TenantId};
use access::plan::CustomerPlan;
use cloud::graph::{Graph, GraphParts};
use cloud::{Credential as Proof, Endpoints, FurtherApp, SecretText};
use cloud_sim::{NewUser, PERMISSIONS, Sim, SimOptions, TenantHandle};
use engine::{Engine, How, Outcome, Parts, Run};
use jiff::SignedDuration;
use outside::{Clock, SeededRandom, Transport, VirtualClock};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::counted::Counted;
use store::{Memory, Store};
use uuid::Uuid;

/// The domain of the partner's people.
pub(crate) const DOMAIN: &str = "northwind.example";

/// The app's id and secret.
pub(crate) const APP: Uuid = Uuid::from_u128(0x2222_2222_2222_4222_8222_2222_2222_2222);
pub(crate) const SECRET: &str = "correct horse battery staple";

/// The world of one scenario.
pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) clock: VirtualClock,
    pub(crate) documents: Arc<Counted<Memory>>,
    pub(crate) config: Config,
    pub(crate) partner: TenantHandle,
    seed: u64,
}

impl World {
    /// A partner without people or customers, in a friendly cloud.
    pub(crate) fn new() -> Self {
        Self::made(1, |_| {})
    }

    /// The same in a cloud that behaves as told. The seed is printed, so that a failure can be replayed.
    pub(crate) fn with(seed: u64, change: impl FnOnce(&mut SimOptions)) -> Self {
        println!("seed {seed}");
        Self::made(seed, change)
    }

    fn made(seed: u64, change: impl FnOnce(&mut SimOptions)) -> Self {
        let clock = VirtualClock::new("2026-11-02T09:00:00Z".parse().expect("a time"));
        let mut options = SimOptions::new(seed, Arc::new(clock.clone()));
        options.page_size = 100;
        change(&mut options);
        let sim = Sim::new(options);
        sim.app(APP).secret(SECRET);
        let partner = sim.tenant(Uuid::from_u128(0x1111), "northwind.onmicrosoft.com");
        partner.consent(APP, PERMISSIONS);
        let config = config(TenantId(partner.id()));
        Self { sim, clock, documents: Arc::new(Counted::new(Memory::new())), config, partner, seed }
    }

    /// A world of its own in which everything is as it is here, and the clock shows what this one's showed `then`: nothing
    /// may have happened here since.
    pub(crate) fn copy(&self, then: Duration) -> Self {
        let clock = self.clock.put_back(then);
        let sim = self.sim.copy(Arc::new(clock.clone()));
        let partner = of(&sim, self.partner.id());
        let documents = Arc::new(Counted::new(self.documents.inner().copy()));
        Self { sim, clock, documents, config: self.config.clone(), partner, seed: self.seed }
    }

    /// One of the customers that were made.
    pub(crate) fn tenant(&self, id: Uuid) -> TenantHandle {
        of(&self.sim, id)
    }

    /// A customer in `enforce` without packages.
    pub(crate) fn customer(&mut self, name: &str) -> TenantHandle {
        let id = Uuid::from_u128(0x4444_0000 + self.config.customers.len() as u128);
        let tenant = self.sim.tenant(id, &format!("{name}.onmicrosoft.com"));
        tenant.consent(APP, PERMISSIONS);
        self.config.customers.push(Customer {
            name: name.into(),
            display_name: name.into(),
            tenant_id: TenantId(id),
            mode: Mode::Enforce,
            app: None,
            rights: Rights::Consent,
            domains: BTreeSet::from([DOMAIN.to_string()]),
            deny: None,
            protect: BTreeSet::new(),
            packages: Vec::new(),
            break_glass: BreakGlass::default(),
        });
        tenant
    }

    /// Adds a package to the youngest customer.
    pub(crate) fn package(&mut self, name: &str, members: &[Uuid], groups: &[Uuid]) -> &mut Package {
        let customer = self.config.customers.last_mut().expect("a customer comes first");
        customer.packages.push(Package {
            name: name.into(),
            members: members.iter().copied().map(GroupId).collect(),
            except: BTreeSet::new(),
            groups: groups.iter().copied().map(GroupId).map(TargetGroup::Id).collect(),
            units: BTreeSet::new(),
            roles: Vec::new(),
            ownership: Ownership::Ours,
            drift: Drift::Respect,
            accept: Vec::new(),
            limits: Limits::default(),
            requests: None,
        });
        customer.packages.last_mut().expect("just pushed")
    }

    /// A person of the partner, in these groups.
    pub(crate) fn person(&self, name: &str, groups: &[Uuid]) -> Uuid {
        let id = self.partner.add_user(NewUser::with_mail(&format!("{name}@{DOMAIN}")));
        groups.iter().for_each(|group| self.partner.add_member(*group, id));
        id
    }

    /// People named `p0@…` and so on.
    pub(crate) fn people(&self, count: usize, groups: &[Uuid]) -> Vec<Uuid> {
        (0..count).map(|n| self.person(&format!("p{n}"), groups)).collect()
    }

    /// A process of the program, just started.
    pub(crate) fn engine(&self) -> Engine {
        self.engine_on(self.documents.clone(), Arc::new(self.sim.clone()))
    }

    /// The same on another store and transport, such as faulty ones.
    pub(crate) fn engine_on(&self, documents: Arc<dyn store::Documents>, transport: Arc<dyn Transport>) -> Engine {
        self.engine_of(documents, transport, Arc::new(self.clock.clone()), self.random())
    }

    /// The same with a clock and randomness of its own: processes that run at the same time need different ones.
    pub(crate) fn engine_of(
        &self,
        documents: Arc<dyn store::Documents>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        random: Arc<SeededRandom>,
    ) -> Engine {
        let graph = self.graph_of(transport, clock.clone(), random.clone());
        let store = Store::new(documents, clock.clone(), random.clone());
        Engine::new(Parts {
            config: Arc::new(self.config.clone()),
            store,
            graph,
            clock,
            random,
            run_limit: Duration::from_secs(480),
        })
    }

    /// The client of such a process alone.
    pub(crate) fn graph(&self, transport: Arc<dyn Transport>) -> Graph {
        self.graph_of(transport, Arc::new(self.clock.clone()), self.random())
    }

    fn graph_of(&self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>, random: Arc<SeededRandom>) -> Graph {
        let options = self.sim.options();
        let proof = || Proof::Secret(SecretText::new(SECRET));
        let further = self.config.apps.iter().map(|(name, app)| FurtherApp {
            app: app.client_id.0,
            credential: proof(),
            tenants: access::permissions::customers_of(&self.config, name).map(|one| one.tenant_id.0).collect(),
        });
        let parts = GraphParts {
            endpoints: Endpoints::custom(&options.login_base, &options.graph_base)
                .resource_manager_at(&options.resource_manager_base)
                .log_analytics_at(&options.log_analytics_base),
            app: APP,
            credential: proof(),
            transport,
            clock,
            random,
        };
        Graph::with_apps(parts, further.collect())
    }

    fn random(&self) -> Arc<SeededRandom> {
        Arc::new(SeededRandom::new(self.seed ^ 0x5eed ^ self.sim.requests().len() as u64))
    }

    /// Runs the youngest customer in a process of its own, with the partner read afresh.
    pub(crate) async fn sync(&self) -> Run {
        let name = self.config.customers.last().expect("a customer").name.clone();
        match self.engine().sync(&name, How { fresh: true, enforce: false }).await.expect("the store works") {
            Outcome::Ran(run) => *run,
            other => panic!("expected a run, got {other:?}"),
        }
    }

    /// Plans the youngest customer.
    pub(crate) async fn plan(&self) -> CustomerPlan {
        let name = self.config.customers.last().expect("a customer").name.clone();
        self.engine().plan(&[name]).await.expect("a plan").customers.remove(0)
    }

    /// Lets time pass.
    pub(crate) async fn pass(&self, time: SignedDuration) {
        self.clock.sleep(time.try_into().expect("time goes forward")).await;
    }

    /// The mails of a group's members.
    pub(crate) fn mails(&self, tenant: &TenantHandle, group: Uuid) -> Vec<String> {
        tenant.member_mails(group).into_iter().collect()
    }
}

fn of(sim: &Sim, id: Uuid) -> TenantHandle {
    sim.tenants().into_iter().find(|tenant| tenant.id() == id).expect("it was made")
}

/// A partner with a group of engineers, and one customer with a group that a package keeps equal to it. Nobody is in
/// either yet.
pub(crate) fn one_customer() -> (World, TenantHandle, Uuid, Uuid) {
    let mut world = World::new();
    let source = world.partner.add_group("Engineers");
    let contoso = world.customer("contoso");
    let target = contoso.add_group("Partner second line");
    world.package("second-line", &[source], &[target]);
    (world, contoso, source, target)
}

/// What a plan holds, a line a step, for snapshots.
pub(crate) fn lines(plan: &CustomerPlan) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        text.push_str(&format!("{} {} ({})\n", step.action, step.mail.as_deref().unwrap_or("-"), step.why));
    }
    for held in &plan.held {
        text.push_str(&format!("held by {}: {} steps, {} people\n", held.rail, held.steps, held.count));
    }
    for problem in &plan.problems {
        text.push_str(&format!("problem {}\n", problem.code));
    }
    text.push_str(&format!("unchanged {}\n", plan.unchanged));
    text
}

fn config(partner: TenantId) -> Config {
    Config {
        partner: Partner { name: "Northwind".into(), tenant_id: partner },
        app: App {
            client_id: ObjectId(APP),
            credential: Credential::ClientSecret(SecretRef::Env("SECRET".into())),
            permissions: Granted::All,
        },
        apps: BTreeMap::new(),
        cloud: Cloud::Public,
        store_url: "memory:".into(),
        store_access: StoreAccess::default(),
        address: Address::MailElseUpn,
        sync_every: SignedDuration::from_mins(5),
        invitations: Invitations {
            per_tenant_per_hour: 1_000,
            per_tenant_per_day: 1_000,
            mail: false,
            resend_after: SignedDuration::from_hours(3 * 24),
            give_up_after: SignedDuration::from_hours(14 * 24),
        },
        leavers: Leavers {
            disable: Disable::Left,
            disable_after: SignedDuration::ZERO,
            delete_after: None,
            revoke_sessions: false,
        },
        callers: BTreeMap::new(),
        channels: BTreeMap::new(),
        notices: BTreeMap::new(),
        escalation: Vec::new(),
        paging: Paging::default(),
        limits: Limits::default(),
        customers: Vec::new(),
        consent_redirect: Some("https://gatehouse.example/api/v1/consent".into()),
    }
}
