//! A customer whose break-glass accounts are as they should be.

use crate::world::World;
use access::config::{Attested, BreakGlass, BreakGlassAccount, Guarded, Workspace};
use access::fitness::{Read, Report};
use access::ids::{GroupId, GuestId, ObjectId};
use cloud_sim::{
    AccessPolicy, Demand, GroupSettings, MethodRules, NewUser, SignIn, SignInMethod, SimOptions, Targets, TenantHandle,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) const SUBSCRIPTION: Uuid = Uuid::from_u128(0x3f1d_2a64_5b0c_4c7e_9a41_6d7b_8e9f_0a11);
pub(super) const GLOBAL: Uuid = access::fitness::GLOBAL_ADMINISTRATOR.0;
/// A model of security key.
pub(super) const MODEL: Uuid = Uuid::from_u128(0xcb69_481e_8ff7_4039_93ec_0a27_29a1_54a8);
pub(super) const EXPORT: &str = "/providers/microsoft.aadiam/diagnosticSettings/entra-to-law";
const WORKSPACE: Uuid = Uuid::from_u128(0x77);

/// The policies by their place.
pub(super) const BLOCKING: usize = 0;
pub(super) const MFA: usize = 1;
pub(super) const STRONG: usize = 3;

/// The world, and what is in it.
pub(super) struct Fit {
    pub(super) world: World,
    pub(super) tenant: TenantHandle,
    pub(super) accounts: [Uuid; 2],
    /// The methods of each account: a password and two keys.
    pub(super) methods: [[Uuid; 3]; 2],
    /// The assignments by which they are Global Administrators.
    pub(super) roles: [Uuid; 2],
    pub(super) group: Uuid,
    pub(super) policies: Vec<AccessPolicy>,
    pub(super) last_drill: Read<Option<Timestamp>>,
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// The ARM id of something in the monitoring resource group.
pub(super) fn arm(kind: &str, name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-monitor/providers/{kind}/{name}")
}

pub(super) fn rule(name: &str) -> String {
    arm("Microsoft.Insights/scheduledQueryRules", name)
}

pub(super) fn tamper() -> String {
    arm("Microsoft.Insights/activityLogAlerts", "tamper")
}

pub(super) fn action_group() -> String {
    arm("Microsoft.Insights/actionGroups", "ag-breakglass")
}

pub(super) fn workspace() -> String {
    arm("Microsoft.OperationalInsights/workspaces", "law-entra")
}

impl Fit {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut SimOptions)) -> Self {
        let mut world = World::with(1, change);
        let tenant = world.customer("contoso");
        let names = ["bg1", "bg2"];
        let accounts = names.map(|name| tenant.add_user(NewUser::named(name)));
        let methods = accounts.map(|account| {
            tenant.set_password_policies(account, Some("DisablePasswordExpiration"));
            let key = SignInMethod::Key { model: MODEL, synced: false };
            [
                tenant.add_sign_in_method(account, SignInMethod::Password, at("2026-01-01T09:00:00Z")),
                tenant.add_sign_in_method(account, key, at("2026-01-01T10:00:00Z")),
                tenant.add_sign_in_method(account, key, at("2026-01-01T11:00:00Z")),
            ]
        });
        let roles = accounts.map(|account| tenant.assign_role(account, GLOBAL, "/"));
        let settings = GroupSettings { assignable_to_role: true, ..GroupSettings::named("Emergency access") };
        let group = tenant.add_group_with_id(Uuid::from_u128(0x9001), settings);
        accounts.iter().for_each(|account| tenant.add_member(group, *account));
        tenant.set_method_rules(
            "fido2",
            MethodRules { enabled: true, keys: Some((true, vec![MODEL])), ..MethodRules::default() },
        );
        tenant.set_risk(accounts[0], "dismissed");
        let workstation = tenant.add_device("PAW-1");
        tenant.register_device(accounts[0], workstation);
        let mut fit = Self {
            tenant,
            accounts,
            methods,
            roles,
            group,
            policies: policies(accounts[0], group),
            last_drill: Ok(Some(at("2026-10-20T10:00:00Z"))),
            world,
        };
        fit.people();
        fit.azure();
        fit.declare(workstation);
        fit
    }

    /// An ordinary administrator who works, and accounts that were tried.
    fn people(&self) {
        let ops = self.tenant.add_user(NewUser::named("ops"));
        self.tenant.assign_role(ops, GLOBAL, "/");
        self.sign_in(ops, "2026-11-02T08:30:00Z");
        self.sign_in(self.accounts[0], "2026-10-20T10:00:00Z");
        self.sign_in(self.accounts[1], "2026-09-15T10:00:00Z");
    }

    fn sign_in(&self, user: Uuid, time: &str) {
        self.tenant.sign_in(SignIn {
            user,
            upn: String::new(),
            at: at(time),
            error_code: 0,
            ip: "203.0.113.24".into(),
            app: "Azure Portal".into(),
            details: None,
        });
    }

    fn azure(&self) {
        let tenant = &self.tenant;
        tenant.add_workspace(WORKSPACE, &workspace());
        let log = |category: &str| json!({ "category": category, "enabled": true });
        let logs: Vec<Value> = ["AuditLogs", "SignInLogs", "NonInteractiveUserSignInLogs"].map(log).into();
        tenant.set_resource(EXPORT, json!({ "properties": { "workspaceId": workspace(), "logs": logs } }));
        for (name, table) in [("sign-ins", "SigninLogs"), ("silent", "AADNonInteractiveUserSignInLogs")] {
            tenant.set_resource(&rule(name), self.log_rule(table));
        }
        tenant.set_resource(
            &tamper(),
            json!({ "properties": { "enabled": true, "actions": { "actionGroups": [{ "actionGroupId": action_group() }] } } }),
        );
        let webhook = json!({
            "name": "gatehouse", "serviceUri": "https://gatehouse.example/api/v1/alerts/contoso?code=key",
            "useCommonAlertSchema": true,
        });
        let mail = json!({ "name": "soc", "emailAddress": "soc@contoso.example", "status": "Enabled" });
        let receivers = json!({ "enabled": true, "webhookReceivers": [webhook], "emailReceivers": [mail] });
        tenant.set_resource(&action_group(), json!({ "properties": receivers }));
    }

    fn log_rule(&self, table: &str) -> Value {
        let [one, two] = self.accounts;
        let query = format!("{table}\n| where UserId in~ (\"{one}\", \"{two}\")\n| project SignInId = Id, UserId");
        json!({ "properties": {
            "enabled": true, "severity": 0, "evaluationFrequency": "PT5M", "windowSize": "PT30M", "autoMitigate": false,
            "scopes": [workspace()], "actions": { "actionGroups": [action_group().to_lowercase()] },
            "criteria": { "allOf": [{ "query": query, "operator": "GreaterThan", "threshold": 0 }] },
        } })
    }

    fn declare(&mut self, workstation: Uuid) {
        let account = |(id, name): (Uuid, &str)| BreakGlassAccount {
            id: GuestId(id),
            upn: format!("{name}@contoso.onmicrosoft.com"),
        };
        let [one, two] = self.accounts;
        let group = self.group;
        *self.declared() = BreakGlass {
            accounts: vec![account((one, "bg1")), account((two, "bg2"))],
            workspace: Some(Workspace { id: WORKSPACE, resource: Some(workspace()) }),
            rules: vec![rule("sign-ins"), rule("silent"), tamper()],
            action_group: Some(action_group()),
            subscriptions: vec![SUBSCRIPTION],
            guarded: Guarded { groups: vec![GroupId(group)], policies: Vec::new() },
            devices: vec![ObjectId(workstation)],
            attested: Some(Attested { on: "2026-10-01".parse().expect("a date"), by: "lead@contoso.example".into() }),
            ..BreakGlass::default()
        };
    }

    /// What the configuration says.
    pub(super) fn declared(&mut self) -> &mut BreakGlass {
        &mut self.world.config.customers.last_mut().expect("a customer").break_glass
    }

    /// The audit, by a process of its own.
    pub(super) async fn audit(&self) -> Report {
        self.tenant.set_access_policies(&self.policies);
        let engine = self.world.engine();
        engine.audit_break_glass("contoso", self.last_drill.clone()).await.expect("a known customer")
    }

    /// Changes the properties of an Azure resource.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut Value)) {
        self.tenant.change_resource(id, |resource| change(&mut resource["properties"]));
    }
}

fn policies(first: Uuid, group: Uuid) -> Vec<AccessPolicy> {
    let control = |name: &str| Demand::Control(name.to_owned());
    let numbered = |number: u128, name: &str, demand| AccessPolicy::for_all(Uuid::from_u128(number), name, demand);
    let without_group = Targets { groups: vec![group], ..Targets::default() };
    let mut blocking = numbered(1, "Block legacy authentication", Demand::Block);
    blocking.exclude = Targets { users: vec![first], ..without_group.clone() };
    blocking.conditions.insert("clientAppTypes".into(), json!(["exchangeActiveSync", "other"]));
    let mut mfa = numbered(2, "MFA for everybody", control("mfa"));
    mfa.exclude = without_group.clone();
    let mut devices = numbered(3, "Compliant devices", control("compliantDevice"));
    devices.exclude = without_group.clone();
    devices.state = "enabledForReportingButNotEnforced".into();
    let strength = Demand::Strength(Uuid::from_u128(4), vec!["fido2".into(), "windowsHelloForBusiness".into()]);
    let mut strong = numbered(4, "Emergency access", strength);
    strong.include = without_group;
    // None of these three concerns the accounts.
    let mut workloads = numbered(5, "Workloads", Demand::Block);
    workloads.include = Targets::default();
    workloads
        .conditions
        .insert("clientApplications".into(), json!({ "includeServicePrincipals": ["ServicePrincipalsInMyTenant"] }));
    let mut context = numbered(6, "Step up", control("mfa"));
    let contexts = json!({ "includeApplications": [], "includeAuthenticationContextClassReferences": ["c1"] });
    context.conditions.insert("applications".into(), contexts);
    let mut off = numbered(7, "Forgotten", Demand::Block);
    off.state = "disabled".into();
    vec![blocking, mfa, devices, strong, workloads, context, off]
}
