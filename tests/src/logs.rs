//! What the logs tell of an emergency account: our queries and questions, through the client, to the simulated cloud.

use crate::world::World;
use access::kql::{self, Accounts, Table, Watched};
use cloud::graph::{Ask, Graph};
use cloud::{Error, Kind};
use cloud_sim::{Fault, NewUser, Quotas, SignIn, TenantHandle, What, When};
use jiff::{SignedDuration, Timestamp};
use outside::Clock;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const WORKSPACE: Uuid = Uuid::from_u128(0x1a);
const RULE: &str = "/subscriptions/3f1d2a64-5b0c-4c7e-9a41-6d7b8e9f0a11/resourceGroups/rg/providers/Microsoft.Insights/\
                    scheduledQueryRules/breakglass";
const LAW: &str = "/subscriptions/3f1d2a64-5b0c-4c7e-9a41-6d7b8e9f0a11/resourceGroups/rg/providers/\
                   Microsoft.OperationalInsights/workspaces/law-entra";
const NAME: &str = "bg-01@contoso.onmicrosoft.com";

/// A customer with an emergency account and an administrator, whose logs flow into a workspace within five minutes.
struct Stage {
    world: World,
    tenant: TenantHandle,
    graph: Graph,
    account: Uuid,
    admin: Uuid,
}

impl Stage {
    fn new(quotas: Option<Quotas>) -> Self {
        let mut world = World::with(1, |options| {
            (options.sign_in_latency, options.workspace_latency) = (Duration::from_secs(120), Duration::from_secs(300));
            options.quotas = quotas;
        });
        let tenant = world.customer("contoso");
        let account = tenant.add_user(NewUser { upn: Some(NAME.into()), ..NewUser::named("Emergency access 01") });
        let admin = tenant.add_user(NewUser::named("Admin"));
        tenant.add_workspace(WORKSPACE, LAW);
        let graph = world.graph(Arc::new(world.sim.clone()));
        Self { world, tenant, graph, account, admin }
    }

    fn sign_in(&self, user: Uuid, name: &str, error_code: i32) -> SignIn {
        let (ip, app) = ("203.0.113.77".to_owned(), "Azure Portal".to_owned());
        SignIn { user, upn: name.to_owned(), at: self.world.clock.now(), error_code, ip, app, details: None }
    }

    async fn pass(&self, seconds: u64) {
        self.world.clock.sleep(Duration::from_secs(seconds)).await;
    }

    /// The last hour.
    fn window(&self) -> (Timestamp, Timestamp) {
        let now = self.world.clock.now();
        (now - SignedDuration::from_hours(1), now)
    }

    async fn query(&self, kql: &str) -> Result<cloud::logs::Rows, Error> {
        let (from, to) = self.window();
        self.graph.logs(self.tenant.id()).also_through(Some(LAW)).query(WORKSPACE, kql, from, to).await
    }

    async fn sign_ins(&self) -> Result<cloud::logs::Rows, Error> {
        let (from, to) = self.window();
        let names = [NAME.to_owned()];
        self.query(&kql::sign_ins(&Accounts { ids: &[self.account], names: &names }, from, to)).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_workspace_tells_every_use_of_the_account_and_of_nobody_else() {
    let stage = Stage::new(None);
    let success = stage.tenant.sign_in(stage.sign_in(stage.account, NAME, 0));
    let silent = stage.tenant.sign_in_silently(stage.sign_in(stage.account, NAME, 0));
    // The account was not found for what was typed, so only the name tells.
    let attempt = stage.tenant.sign_in(stage.sign_in(Uuid::nil(), &NAME.to_uppercase(), 50_126));
    stage.tenant.sign_in(stage.sign_in(stage.admin, "xbg-01@contoso.onmicrosoft.com", 0));
    stage.pass(299).await;
    assert!(stage.sign_ins().await.unwrap().is_empty());
    stage.pass(1).await;
    let rows = stage.sign_ins().await.unwrap();
    let mut found: Vec<_> = rows
        .rows()
        .map(|row| {
            (row.guid("SignInId").unwrap(), row.number("ResultType"), row.flag("Interactive"), row.guid("UserId"))
        })
        .collect();
    found.sort();
    let account = Some(stage.account);
    let mut expected = [
        (success, Some(0), Some(true), account),
        (silent, Some(0), Some(false), account),
        (attempt, Some(50_126), Some(true), None),
    ];
    expected.sort();
    assert_eq!(found, expected);
    let row = rows.rows().next().unwrap();
    assert_eq!(row.text("IPAddress").as_deref(), Some("203.0.113.77"));
    assert_eq!(row.json("Location").unwrap()["city"], "Oslo");
    let (from, to) = stage.window();
    let flow = stage.query(&kql::flow(Table::Interactive, from, to)).await.unwrap();
    assert_eq!(flow.rows().next().unwrap().number("Count"), Some(3));
}

/// What is shipped as rules is what the same workspace answers.
#[tokio::test(start_paused = true)]
async fn the_rules_queries_give_what_their_alerts_are_split_by() {
    let stage = Stage::new(None);
    let id = stage.tenant.sign_in(stage.sign_in(stage.account, NAME, 50_126));
    let reset = stage.tenant.reset_password(stage.account, stage.admin);
    stage.pass(300).await;
    let names = [NAME.to_owned()];
    let accounts = Accounts { ids: &[stage.account], names: &names };
    let rows = stage.query(&kql::rules::interactive(&accounts)).await.unwrap();
    let row = rows.rows().next().unwrap();
    let dimensions = ["SignInId", "UserId", "UserPrincipalName", "ResultType", "IPAddress", "AppDisplayName"];
    let found = dimensions.map(|name| row.text(name).unwrap());
    let (id, account) = (id.to_string(), stage.account.to_string());
    assert_eq!(found, [&id, &account, NAME, "50126", "203.0.113.77", "Azure Portal"]);
    assert!(stage.query(&kql::rules::non_interactive(&accounts)).await.unwrap().is_empty());
    let watched = Watched { accounts: &[stage.account], groups: &[], policies: &[] };
    let rows = stage.query(&kql::rules::changes(&watched)).await.unwrap();
    let found = ["AuditId", "TargetId", "Actor"].map(|name| rows.rows().next().unwrap().text(name).unwrap());
    assert_eq!(found, [reset, account, stage.admin.to_string()]);
}

#[tokio::test(start_paused = true)]
async fn a_workspace_tells_what_was_done_to_the_account_and_to_what_guards_it() {
    let stage = Stage::new(None);
    let (group, policy) = (stage.tenant.add_group("excluded"), Uuid::from_u128(9));
    let stranger = stage.tenant.add_user(NewUser::named("Stranger"));
    let expected = [
        stage.tenant.reset_password(stage.account, stage.admin),
        stage.tenant.switch_user(stage.account, false, stage.admin),
        stage.tenant.add_to_group(stranger, group, stage.admin),
        stage.tenant.change_policy(policy, stage.admin),
        stage.tenant.add_method(stranger, stage.account),
    ];
    stage.tenant.reset_password(stranger, stage.admin);
    stage.pass(300).await;
    let (from, to) = stage.window();
    let watched = Watched { accounts: &[stage.account], groups: &[group], policies: &[policy] };
    let rows = stage.query(&kql::changes(&watched, from, to)).await.unwrap();
    let mut found: Vec<_> = rows.rows().map(|row| row.text("AuditId").unwrap()).collect();
    found.sort();
    found.dedup();
    let mut all = expected.to_vec();
    all.sort();
    assert_eq!(found, all);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_is_never_taken_for_nothing() {
    let stage = Stage::new(None);
    for _ in 0..2 {
        stage.tenant.sign_in(stage.sign_in(stage.account, NAME, 0));
    }
    stage.pass(300).await;
    let fault = |what| {
        stage.world.sim.clear_faults();
        stage.world.sim.fault(Fault::new("POST /logs/v1/workspaces/*/query", When::Every, what));
    };
    fault(What::Partial);
    let rows = stage.sign_ins().await.unwrap();
    assert!(rows.len() == 1 && rows.partial.is_some());
    for what in [What::EmptyBody, What::ErrorBody, What::CutJson, What::ProxyPage { status: 200, done: true }] {
        fault(what);
        assert_eq!(stage.sign_ins().await.unwrap_err().kind, Kind::Garbled, "{what:?}");
    }
    fault(What::Status(504, "GatewayTimeout"));
    assert_eq!(stage.sign_ins().await.unwrap_err().kind, Kind::Unavailable);
    stage.world.sim.clear_faults();
    stage.tenant.set_workspace(WORKSPACE, |workspace| workspace.direct = false);
    assert_eq!(stage.sign_ins().await.unwrap().len(), 2, "the second road");
    stage.tenant.set_workspace(WORKSPACE, |workspace| workspace.readable = false);
    assert!(matches!(stage.sign_ins().await.unwrap_err().kind, Kind::NoRole { .. }));
}

#[tokio::test(start_paused = true)]
async fn graph_tells_of_sign_ins_and_changes_within_its_quota_and_without_a_single_refusal() {
    let stage = Stage::new(Some(Quotas::published()));
    let id = stage.tenant.sign_in(stage.sign_in(stage.account, NAME, 0));
    let attempt = stage.tenant.sign_in(stage.sign_in(Uuid::nil(), NAME, 50_053));
    let reset = stage.tenant.reset_password(stage.account, stage.admin);
    stage.pass(120).await;
    let (since, until) = stage.window();
    let reader = stage.graph.reader(stage.tenant.id());
    for _ in 0..4 {
        let (users, names) = (vec![stage.account], vec![NAME.to_owned()]);
        let asks = vec![
            Ask::SignIns { users, names, since, until },
            Ask::DirectoryAudits { target: stage.account, since },
            Ask::DirectoryAuditsBy { actor: stage.account, since },
        ];
        let mut answers = reader.ask(asks).await.into_iter().map(Result::unwrap);
        let mut found: Vec<_> = answers.next().unwrap().sign_ins().unwrap().entries;
        found.sort_by_key(|entry| entry.error_code);
        let found: Vec<_> = found.into_iter().map(|entry| (entry.id, entry.user)).collect();
        assert_eq!(found, [(id.to_string(), Some(stage.account)), (attempt.to_string(), None)]);
        let changes = answers.next().unwrap().audits().unwrap().entries;
        assert_eq!((changes.len(), &changes[0].id, changes[0].actor), (1, &reset, Some(stage.admin)));
        assert!(answers.next().unwrap().audits().unwrap().entries.is_empty());
    }
    assert_eq!(stage.world.sim.count(|request| request.status == 429), 0);
    stage.tenant.set_premium(false);
    let failed = reader.ask(vec![Ask::DirectoryAudits { target: stage.account, since }]).await.remove(0).unwrap_err();
    assert_eq!(failed.kind, Kind::Unlicensed);
}

#[tokio::test(start_paused = true)]
async fn alerts_that_fired_are_listed_over_all_pages_and_resources_are_absent_only_by_azures_word() {
    let stage = Stage::new(None);
    stage.world.sim.configure(|options| options.page_size = 2);
    let mut fired: Vec<String> = (0..5).map(|_| stage.tenant.fire_alert(RULE, LAW).to_lowercase()).collect();
    fired.sort();
    let arm = stage.graph.arm(stage.tenant.id());
    let subscription = "3f1d2a64-5b0c-4c7e-9a41-6d7b8e9f0a11".parse().unwrap();
    let found = arm.fired_alerts(subscription).await.unwrap();
    assert_eq!(found.iter().map(|alert| alert.id.clone()).collect::<Vec<_>>(), fired);
    assert_eq!(found[0].rule.as_deref(), Some(RULE.to_lowercase().as_str()));
    let rule = format!("{RULE}?api-version=2021-08-01");
    assert_eq!(arm.get(&rule).await.unwrap_err().kind, Kind::Missing { id: None });
    stage.tenant.set_resource(RULE, serde_json::json!({ "properties": { "enabled": true } }));
    assert_eq!(arm.get(&rule).await.unwrap()["properties"]["enabled"], true);
    stage.tenant.set_azure_roles(false);
    assert!(matches!(arm.get(&rule).await.unwrap_err().kind, Kind::NoRole { .. }));
}
