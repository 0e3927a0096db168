//! Break-glass accounts: who is paged when somebody uses one, and what belongs to them.

use super::channels::Channel;
use super::files::{
    AlertWebhookTable, BreakGlassTable, ChannelTable, CustomerFile, EscalationStep as StepTable, PagingTable,
    ProgramFile, WorkspaceTable,
};
use super::folder::Source;
use super::model::{Caller, CallerAuth, May, SecretRef};
use crate::ids::{GroupId, GuestId, ObjectId, TenantId};
use jiff::SignedDuration;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How long somebody has to answer before the next step, if nothing is said.
const WAIT: SignedDuration = SignedDuration::from_mins(5);

/// How often the escalation is gone through, if nothing is said.
const ROUNDS_MAX: u32 = 5;

/// How long an acknowledgement pauses the escalation, if nothing is said.
const VERDICT_WITHIN: SignedDuration = SignedDuration::from_mins(30);

/// Azure Monitor's own app, which calls a secure webhook ("AzNS AAD Webhook", page "Action groups" of Azure Monitor).
pub(super) const ACTION_GROUPS_APP: ObjectId = ObjectId(Uuid::from_u128(0x461e8683_5575_4561_ac7f_899cc907d62a));

/// The app role that it must hold (the same page).
pub(super) const ACTION_GROUPS_ROLE: &str = "ActionGroupsSecureWebhook";

/// One step of the escalation: who is told at once, and how long they have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscalationStep {
    /// Keys of [`Config::channels`](super::Config::channels); at least one, and each only once.
    pub channels: Vec<String>,
    /// How long they have to acknowledge before the next step. Default 5 minutes, from 1 minute to 24 hours.
    pub wait: SignedDuration,
}

/// How people are paged: `[break_glass]` of `gatehouse.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// How often the whole escalation is gone through before it is given up. Default 5, from 1 to 10.
    pub rounds_max: u32,
    /// How long an acknowledgement pauses the escalation while there is no verdict. Default 30 minutes, from 5 minutes to
    /// 24 hours.
    pub verdict_within: SignedDuration,
    /// The URL (https) that is called from the end of the pipeline, for a service that raises the alarm when the calls stop.
    pub heartbeat: Option<SecretRef>,
}

impl Default for Paging {
    fn default() -> Self {
        Self { rounds_max: ROUNDS_MAX, verdict_within: VERDICT_WITHIN, heartbeat: None }
    }
}

/// A customer's break-glass accounts, with what belongs to them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BreakGlass {
    /// Accounts that nobody should use; at most 10.
    pub accounts: Vec<BreakGlassAccount>,
    /// People who know the credential: mail addresses, or object ids in the partner's tenant.
    pub holders: Vec<String>,
    /// Who is paged, in order: the customer's own steps, else the program's.
    pub escalation: Vec<EscalationStep>,
    /// Where the customer's sign-in logs are kept.
    pub workspace: Option<Workspace>,
    /// Its alert rules: ids of Azure resources as they were written. Their case means nothing, and a name may hold spaces.
    pub rules: Vec<String>,
    /// The action group that its rules tell: the id of an Azure resource.
    pub action_group: Option<String>,
    /// The subscriptions in which fired alerts are listed, each only once.
    pub subscriptions: Vec<Uuid>,
    /// What keeps the accounts out of Conditional Access.
    pub guarded: Guarded,
    /// The privileged workstations on which the accounts may be registered: object ids of devices.
    pub devices: Vec<ObjectId>,
    /// What only people can know, and who said that it is so.
    pub attested: Option<Attested>,
}

/// One break-glass account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakGlassAccount {
    /// Its object id in the customer's tenant.
    pub id: GuestId,
    /// Its user principal name.
    pub upn: String,
}

/// A Log Analytics workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its workspace id, which queries name.
    pub id: Uuid,
    /// The id of the Azure resource.
    pub resource: Option<String>,
}

/// What keeps the accounts out of Conditional Access; a change to it is an incident.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guarded {
    /// Groups that policies exclude.
    pub groups: Vec<GroupId>,
    /// Conditional Access policies.
    pub policies: Vec<Uuid>,
}

/// What only people can know (safes, two places, the list of persons, the process, the training).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// When they looked.
    pub on: Date,
    /// Who says so.
    pub by: String,
}

/// The channels of all files by their keys in the configuration, of those that this version can send to: the program's by
/// their names, a customer's by `customer/name`.
pub(super) fn channels<'a>(
    program: &ProgramFile,
    customers: impl Iterator<Item = &'a Source<CustomerFile>>,
) -> BTreeMap<String, Channel> {
    let of_program = program.channels.iter().map(|(name, table)| (name.clone(), table));
    let of_customers = customers.flat_map(|customer| {
        customer.parts.channels.iter().map(|(name, table)| (own_channel(&customer.name, name), table))
    });
    let of_program = of_program.filter_map(|(key, table)| Some((key, table.resolve()?)));
    of_program.chain(of_customers.filter_map(|(key, table)| Some((key, table.resolve()?)))).collect()
}

fn own_channel(customer: &str, name: &str) -> String {
    format!("{customer}/{name}")
}

/// The program's escalation, of channels that this version can send to.
pub(super) fn escalation(program: &ProgramFile) -> Vec<EscalationStep> {
    let find = |name: &str| Some((name.to_owned(), program.channels.get(name)?));
    steps(&program.escalation, find)
}

/// A customer's escalation, or the program's where it has none; the name of a channel means the customer's first.
pub(super) fn escalation_of(program: &ProgramFile, customer: &Source<CustomerFile>) -> Vec<EscalationStep> {
    if customer.parts.escalation.is_empty() {
        return escalation(program);
    }
    let find = |name: &str| match customer.parts.channels.get(name) {
        Some(table) => Some((own_channel(&customer.name, name), table)),
        None => Some((name.to_owned(), program.channels.get(name)?)),
    };
    steps(&customer.parts.escalation, find)
}

fn steps<'a>(tables: &[StepTable], find: impl Fn(&str) -> Option<(String, &'a ChannelTable)>) -> Vec<EscalationStep> {
    let step = |table: &StepTable| {
        let mut channels: Vec<String> = Vec::new();
        for (key, channel) in table.channels.iter().filter_map(|name| find(name)) {
            if channel.resolve().is_some() && !channels.contains(&key) {
                channels.push(key);
            }
        }
        EscalationStep { channels, wait: table.wait.as_ref().map_or(WAIT, |wait| wait.0) }
    };
    tables.iter().map(step).filter(|step| !step.channels.is_empty()).collect()
}

/// `[break_glass]` of the program.
pub(super) fn paging(table: &PagingTable) -> Paging {
    Paging {
        rounds_max: table.rounds.unwrap_or(ROUNDS_MAX),
        verdict_within: table.verdict_within.as_ref().map_or(VERDICT_WITHIN, |within| within.0),
        heartbeat: table.heartbeat.as_ref().map(|url| url.0.clone()),
    }
}

/// `[break_glass]` of a customer.
pub(super) fn break_glass(program: &ProgramFile, customer: &Source<CustomerFile>) -> BreakGlass {
    let table = &customer.parts.break_glass;
    let workspace = |workspace: &WorkspaceTable| Workspace {
        id: workspace.id.0,
        resource: workspace.resource.as_ref().map(|resource| resource.0.text.clone()),
    };
    BreakGlass {
        accounts: (table.accounts.iter())
            .map(|account| BreakGlassAccount { id: account.id, upn: account.upn.0.clone() })
            .collect(),
        holders: once_each(table.holders.iter().map(|holder| holder.0.clone())),
        escalation: escalation_of(program, customer),
        workspace: table.workspace.as_ref().map(workspace),
        rules: once_each(table.rules.iter().map(|rule| rule.0.text.clone())),
        action_group: table.action_group.as_ref().map(|group| group.0.text.clone()),
        subscriptions: subscriptions(table),
        guarded: Guarded {
            groups: once_each(table.guarded.groups.iter().copied()),
            policies: once_each(table.guarded.policies.iter().map(|policy| policy.0)),
        },
        devices: once_each(table.devices.iter().copied()),
        attested: table.attested.as_ref().map(|said| Attested { on: said.on.0, by: said.by.0.clone() }),
    }
}

/// Those that are written down, else those in which the rules and what belongs to them are.
fn subscriptions(table: &BreakGlassTable) -> Vec<Uuid> {
    let subscriptions: BTreeSet<Uuid> = match &table.subscriptions {
        Some(written) => written.iter().map(|id| id.0).collect(),
        None => table.arm_ids().map(|id| id.subscription).collect(),
    };
    subscriptions.into_iter().collect()
}

/// In the order of the file.
fn once_each<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for one in all {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

/// What a token must say to come from a customer's action group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WebhookToken {
    pub(super) tenant_id: TenantId,
    pub(super) audience: String,
    pub(super) app_id: ObjectId,
}

/// The token of a customer's webhook; `None`: its table names no audience.
pub(super) fn webhook_token(customer: &CustomerFile) -> Option<WebhookToken> {
    let webhook = customer.break_glass.webhook.as_ref()?;
    Some(WebhookToken {
        tenant_id: webhook.tenant_id.unwrap_or(customer.tenant_id),
        audience: webhook.audience.as_ref()?.0.clone(),
        app_id: webhook.app_id.unwrap_or(ACTION_GROUPS_APP),
    })
}

/// Who may raise alerts about a customer by its `[break_glass.webhook]`: `alerts.NAME` with a token and `alerts.NAME.key`
/// with a key. The dots keep these names apart from those of `[callers]`.
pub(super) fn webhook_callers(customer: &Source<CustomerFile>) -> impl Iterator<Item = (String, Caller)> {
    let caller = |auth: CallerAuth| Caller {
        auth,
        may: [May::Alert].into(),
        customers: Some([customer.name.clone()].into()),
        callbacks: BTreeSet::new(),
        callback_auth: None,
        native: None,
        ticket: None,
    };
    let token = webhook_token(&customer.parts).map(|token| {
        let auth = CallerAuth::Entra {
            tenant_id: token.tenant_id,
            audience: token.audience,
            app_id: Some(token.app_id),
            role: Some(ACTION_GROUPS_ROLE.to_owned()),
        };
        (format!("alerts.{}", customer.name), caller(auth))
    });
    let key = |webhook: &AlertWebhookTable| {
        let secrets = webhook.key.as_ref()?.all().iter().map(|secret| secret.0.clone()).collect();
        Some((format!("alerts.{}.key", customer.name), caller(CallerAuth::ApiKey(secrets))))
    };
    let key = customer.parts.break_glass.webhook.as_ref().and_then(key);
    token.into_iter().chain(key)
}
