//! The simulated cloud of a scenario: its world, what happens in it, and what it saw.

use crate::job::{APP, Customer, DOMAIN, JOB, Job, SECRET};
use crate::machine::cpu_seconds;
use crate::scenario::Scenario;
use cloud_sim::{
    Actor, Change, Fault, NewUser, PERMISSIONS, Quota, Sim, SimOptions, TenantHandle, TlsSim, What, When, serve,
};
use outside::{Clock, SystemClock, Transport};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long the cloud may take to answer what the world itself asks of it.
const SETTING_UP: Duration = Duration::from_secs(60);

/// What the mail of somebody begins with whom Gatehouse does not know.
const STRANGER: &str = "stranger";

/// A world, ready for a contender.
pub struct World {
    /// The cloud.
    pub sim: Sim,
    scenario: Scenario,
    clock: Arc<dyn Clock>,
    partner: TenantHandle,
    /// The partner's groups, each with its people.
    teams: Vec<(Uuid, Vec<Uuid>)>,
    customers: Vec<(TenantHandle, Uuid)>,
    /// For each team the tenant of which its customers are twins, and its group, if they are.
    models: Vec<(TenantHandle, Uuid)>,
    /// The next customer in whom a stranger appears.
    next_stranger: usize,
    cpu_at_start: f64,
    started: Duration,
}

/// What the cloud saw from the start to the end of a contender's work.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Tally {
    /// HTTP requests, those for tokens included.
    pub requests: usize,
    /// Requests to Graph, items of batches counted each.
    pub calls: usize,
    /// Resource units.
    pub units: u64,
    /// Answers 429 among the calls.
    pub throttled: usize,
    /// Members taken out who should have stayed.
    pub wrong_removals: usize,
    /// Invitations of somebody who was invited to the same tenant already.
    pub duplicates: usize,
    /// People who should be members at the end and are not, over all customers.
    pub missing: usize,
    /// The same after a host's next runs, where there were any.
    pub missing_later: Option<usize>,
    /// People who should be members no more and still are.
    pub lingering: usize,
    /// When the last request that takes a member out came, in seconds from the start; 0 if there was none.
    pub last_removal: f64,
    /// Processor time of the cloud itself.
    pub cloud_cpu_seconds: f64,
}

impl World {
    /// Builds the world as it is before the event. `with_guests` puts the people who are there already into the
    /// customers' groups; without it that is left to the contender.
    pub fn new(scenario: &Scenario, with_guests: bool) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let latency = Duration::from_millis(scenario.latency_ms);
        let sim = Sim::new(SimOptions { latency, ..SimOptions::published(1, clock.clone()) });
        sim.app(APP).secret(SECRET);
        let partner = sim.tenant(Uuid::from_u128(0x1111_0000), "northwind.onmicrosoft.com");
        partner.consent(APP, PERMISSIONS);
        let mut world = Self {
            sim,
            scenario: scenario.clone(),
            clock,
            partner,
            teams: Vec::new(),
            customers: Vec::new(),
            models: Vec::new(),
            next_stranger: 0,
            cpu_at_start: 0.0,
            started: Duration::ZERO,
        };
        for team in 0..scenario.teams() {
            let group = world.partner.add_group(&format!("Team {team}"));
            world.teams.push((group, Vec::new()));
            world.hire(team, scenario.people);
            if scenario.twins {
                let id = Uuid::from_u128(0x5555_0000_0000 + team as u128);
                let model = world.tenant(id, &format!("model{team}.onmicrosoft.com"), team, scenario.people);
                world.models.push(model);
            }
        }
        if scenario.twins {
            // Their quotas are the models', so these are out of reach here.
            let units = Some(Quota::new(u32::MAX, 10));
            world.sim.configure(|options| options.quotas.iter_mut().for_each(|quotas| quotas.app_tenant_units = units));
        }
        for number in 0..scenario.customers {
            world.customer(number, with_guests);
        }
        world
    }

    fn customer(&mut self, number: usize, with_guests: bool) {
        let id = Uuid::from_u128(0x4444_0000_0000 + number as u128);
        let team = self.scenario.team_of(number);
        let customer = match self.models.get(team) {
            Some((model, target)) => (self.sim.twin(model, id), *target),
            None => {
                let people = if with_guests { self.scenario.people } else { 0 };
                self.tenant(id, &format!("customer{number}.onmicrosoft.com"), team, people)
            }
        };
        self.customers.push(customer);
    }

    /// A tenant with a group in which so many of the team's people are.
    fn tenant(&self, id: Uuid, domain: &str, team: usize, people: usize) -> (TenantHandle, Uuid) {
        let tenant = self.sim.tenant(id, domain);
        tenant.consent(APP, PERMISSIONS);
        let target = tenant.add_group("Partner engineers");
        for person in 0..people {
            let guest = tenant.add_guest(&mail(team, person));
            tenant.add_member(target, guest);
        }
        for number in 0..self.scenario.strangers {
            let mail = format!("{STRANGER}{number}@elsewhere.example");
            let own = number % 2 == 0;
            let user = if own { tenant.add_user(NewUser::with_mail(&mail)) } else { tenant.add_guest(&mail) };
            tenant.add_member(target, user);
        }
        (tenant, target)
    }

    /// New people in a source group.
    fn hire(&mut self, team: usize, count: usize) {
        let (group, people) = &mut self.teams[team];
        for _ in 0..count {
            let person = self.partner.add_user(NewUser::with_mail(&mail(team, people.len())));
            self.partner.add_member(*group, person);
            people.push(person);
        }
    }

    /// Serves it over HTTPS on a free port, and says what a contender must know: also in the folder's file [`JOB`].
    ///
    /// # Errors
    /// When the port or the folder cannot be used.
    pub async fn serve(&self, folder: &Path) -> std::io::Result<(TlsSim, Job)> {
        let served = serve(&self.sim, 0).await?;
        let ca_file = folder.join("ca.pem");
        std::fs::write(&ca_file, &served.ca_pem)?;
        let job = self.job(&served.login_url, &served.graph_url, ca_file, folder);
        std::fs::write(folder.join(JOB), serde_json::to_vec(&job)?)?;
        Ok((served, job))
    }

    /// The work on a cloud that is reached at these addresses.
    pub fn job(&self, login: &str, graph: &str, ca_file: PathBuf, folder: &Path) -> Job {
        let customer = |name: &str, number: usize, team: usize, (tenant, target): &(TenantHandle, Uuid)| Customer {
            name: format!("{name}-{number:05}"),
            tenant: tenant.id(),
            source: self.teams[team].0,
            target: *target,
        };
        let customers = self.customers.iter().enumerate();
        let customers = customers.map(|(number, one)| customer("customer", number, self.scenario.team_of(number), one));
        let models = self.models.iter().enumerate().map(|(team, one)| customer("model", team, team, one));
        Job {
            login: login.to_owned(),
            graph: graph.to_owned(),
            ca_file,
            app: APP,
            secret: SECRET.to_owned(),
            partner: self.partner.id(),
            customers: customers.collect(),
            models: models.collect(),
            state: folder.join("state"),
            store_ms: self.scenario.store_ms,
        }
    }

    /// Something happens, as one of the words of [`crate::large::events`] says; from here on everything counts.
    pub async fn happen(&mut self, word: &str) {
        match word.split_once(' ') {
            Some(("strangers", count)) => self.strangers(count.parse().unwrap_or(0)),
            _ if word == "joiner" => self.hire(0, 1),
            _ if word == "leaver" => self.partner.disable_user(self.teams[0].1[0]),
            _ => return self.start().await,
        }
        self.count_from_here();
    }

    /// Puts somebody whom nobody knows into the groups of so many customers, of others each time, from the last one on.
    fn strangers(&mut self, count: usize) {
        for (tenant, target) in self.customers.iter().rev().skip(self.next_stranger).take(count) {
            let stranger = tenant.add_guest(&format!("{STRANGER}@elsewhere.example"));
            tenant.add_member(*target, stranger);
        }
        self.next_stranger += count;
    }

    /// The scenario's event; from here on everything counts.
    pub async fn start(&mut self) {
        self.hire(0, self.scenario.joiners);
        if self.scenario.leaver {
            self.partner.disable_user(self.teams[0].1[0]);
        }
        self.spend(self.scenario.spent).await;
        if self.scenario.faults > 0.0 {
            let second = Duration::from_secs(1);
            // A gateway that is down, a busy one, an answer that is lost, and a write that worked and looks as if not.
            for what in [
                What::Status(503, "ServiceUnavailable"),
                What::Throttle { retry_after: Some(second) },
                What::ResetAfter,
                What::StatusAfter(504, "GatewayTimeout"),
            ] {
                self.sim.fault(Fault::new("* /**", When::Probability(self.scenario.faults / 4.0), what));
            }
        }
        self.count_from_here();
    }

    fn count_from_here(&mut self) {
        self.sim.reset_log();
        self.cpu_at_start = cpu_seconds();
        self.started = self.clock.monotonic();
    }

    /// Takes writes out of the first customer's quota, as another program under the same app would.
    async fn spend(&self, writes: usize) {
        if writes == 0 {
            return;
        }
        let latency = self.sim.options().latency;
        self.sim.configure(|options| options.latency = Duration::ZERO);
        let (tenant, _) = &self.customers[0];
        let bystander = tenant.add_user(NewUser::named("Bystander"));
        let options = self.sim.options();
        let form = format!(
            "client_id={APP}&client_secret={}&grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
            SECRET.replace(' ', "+")
        );
        let login = http::Request::post(format!("{}/{}/oauth2/v2.0/token", options.login_base, tenant.id()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.into())
            .expect("a request");
        let answer = self.sim.send(login, SETTING_UP).await.expect("the simulator answers");
        let token: serde_json::Value = serde_json::from_slice(answer.body()).expect("a token");
        let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
        for _ in 0..writes {
            let write = http::Request::patch(format!("{}/v1.0/users/{bystander}", options.graph_base))
                .header("authorization", &bearer)
                .header("content-type", "application/json")
                .body(r#"{"accountEnabled":true}"#.into())
                .expect("a request");
            let answer = self.sim.send(write, SETTING_UP).await.expect("the simulator answers");
            assert!(answer.status().is_success(), "the quota is smaller than it should be: {}", answer.status());
        }
        self.sim.configure(|options| options.latency = latency);
    }

    /// What the cloud saw since the start.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally { cloud_cpu_seconds: cpu_seconds() - self.cpu_at_start, ..Tally::default() };
        for request in self.sim.requests() {
            let envelope = request.route == Some("/$batch");
            tally.requests += usize::from(request.is_round_trip());
            if !envelope && request.route != Some("token") {
                tally.calls += 1;
                tally.units += u64::from(request.units);
                tally.throttled += usize::from(request.status == 429);
            }
            if request.method == "DELETE" {
                tally.last_removal = request.at.saturating_sub(self.started).as_secs_f64();
            }
        }
        let wanted: Vec<BTreeSet<String>> = (0..self.teams.len()).map(|team| self.wanted(team)).collect();
        let mut tenants: BTreeMap<Uuid, usize> = BTreeMap::new();
        let mut of_models: BTreeMap<Uuid, BTreeSet<String>> = BTreeMap::new();
        for (number, (tenant, target)) in self.customers.iter().enumerate() {
            tenants.insert(tenant.id(), number);
            let there = match self.sim.model_of(tenant.id()) {
                Some(model) => of_models.entry(model.id()).or_insert_with(|| members(&model, *target)).clone(),
                None => members(tenant, *target),
            };
            let wanted = &wanted[self.scenario.team_of(number)];
            tally.missing += wanted.difference(&there).count();
            tally.lingering += there.difference(wanted).count();
        }
        let mut invited = BTreeSet::new();
        for effect in self.sim.effects() {
            if effect.by == Actor::Portal {
                continue;
            }
            match effect.change {
                Change::GuestInvited { mail, again, .. } => {
                    let is_new = invited.insert((effect.tenant, mail));
                    tally.duplicates += usize::from(!is_new || again);
                }
                Change::MemberRemoved { member, .. } => {
                    let Some(&number) = tenants.get(&effect.tenant) else { continue };
                    let (tenant, _) = &self.customers[number];
                    let mut wanted = wanted[self.scenario.team_of(number)].iter();
                    tally.wrong_removals += usize::from(wanted.any(|mail| tenant.find_guest(mail) == Some(member)));
                }
                _ => {}
            }
        }
        tally
    }

    /// Who should be in every customer of a team now.
    fn wanted(&self, team: usize) -> BTreeSet<String> {
        let people = self.teams[team].1.iter().enumerate();
        let enabled = people.filter(|(_, person)| self.partner.is_enabled(**person));
        enabled.map(|(number, _)| mail(team, number)).collect()
    }
}

/// Who is in the group, strangers aside.
fn members(tenant: &TenantHandle, target: Uuid) -> BTreeSet<String> {
    let mut mails = tenant.member_mails(target);
    mails.retain(|mail| !mail.starts_with(STRANGER));
    mails
}

fn mail(team: usize, person: usize) -> String {
    format!("t{team}p{person}@{DOMAIN}")
}
