//! From files to [`Config`]: profiles merged, limits narrowed, defaults filled in.

use super::apps::Rights;
use super::break_glass::{self, break_glass};
use super::channels::NoticeKind;
use super::files::{
    AppTable, AuthTable, CallerTable, CloudName, CloudTable, CredentialTable, CustomerFile, GroupEntry, InvitationMail,
    InvitationsTable, LeaversTable, PackageTable, ProgramFile, RightsName, Secrets, StoreCredentialTable, StoreTable,
    TicketTable,
};
use super::folder::{Source, Sources};
use super::limits;
use super::model::{
    Accept, App, Caller, CallerAuth, Cloud, Config, Credential, Customer, Drift, Invitations, Leavers, Limits, Package,
    Partner, ScopedRole, SecretRef, TargetGroup,
};
use super::requests::{callback_auth, native, requests};
use super::store::{StoreAccess, StoreCredential};
use jiff::SignedDuration;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// How often each customer is looked at, if nothing is said.
const EVERY: SignedDuration = SignedDuration::from_mins(5);

/// The invitation budget, if nothing is said. Microsoft has blocked partners after a dozen quick invitations.
const PER_TENANT_PER_HOUR: u32 = 20;
const PER_TENANT_PER_DAY: u32 = 100;

/// How long requested people have to accept an invitation before it is sent again, and at all, if nothing is said.
pub(super) const RESEND_AFTER: SignedDuration = SignedDuration::from_hours(3 * 24);
pub(super) const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The configuration, without the customers that a file in `broken` belongs to; `None` if the program's is broken.
pub(super) fn resolve(sources: &Sources, broken: &BTreeSet<&str>, today: Date) -> Option<Config> {
    let program = sources.program.as_ref().filter(|program| !broken.contains(program.file.as_str()))?;
    let profile_is_whole = |customer: &CustomerFile| match &customer.profile {
        Some(profile) => sources.profiles.get(profile).is_some_and(|profile| !broken.contains(profile.file.as_str())),
        None => true,
    };
    let customers: Vec<_> = sources
        .customers
        .iter()
        .filter(|customer| !broken.contains(customer.file.as_str()) && profile_is_whole(&customer.parts))
        .collect();
    let parts = &program.parts;
    let of_program = parts.callers.iter().map(|(name, table)| (name.clone(), caller(table)));
    let of_customers = customers.iter().flat_map(|customer| break_glass::webhook_callers(customer));
    Some(Config {
        partner: Partner { name: parts.partner.name.0.clone(), tenant_id: parts.partner.tenant_id },
        app: app(&parts.app),
        apps: parts.apps.iter().map(|(name, table)| (name.clone(), app(table))).collect(),
        cloud: cloud(&parts.cloud),
        store_url: parts.store.url.0.clone(),
        store_access: store_access(&parts.store),
        address: parts.people.address,
        sync_every: parts.sync.every.as_ref().map_or(EVERY, |every| every.0),
        invitations: invitations(&parts.invitations),
        leavers: leavers(&parts.leavers),
        callers: of_program.chain(of_customers).collect(),
        channels: break_glass::channels(parts, customers.iter().copied()),
        notices: notices(parts),
        escalation: break_glass::escalation(parts),
        paging: break_glass::paging(&parts.break_glass),
        limits: limits::of_program(&parts.limits),
        customers: customers.into_iter().map(|source| customer(sources, parts, source, today)).collect(),
        consent_redirect: parts.onboarding.redirect.as_ref().map(|url| url.0.clone()),
    })
}

/// The packages of a customer, sorted by name: its own with their index in the file, and those of its profile that
/// it does not replace.
pub(super) fn merged<'a>(
    sources: &'a Sources,
    customer: &'a Source<CustomerFile>,
) -> Vec<(Option<usize>, &'a PackageTable)> {
    let own = &customer.parts.packages;
    let profile = customer.parts.profile.as_ref().and_then(|profile| sources.profiles.get(profile));
    let shared = profile.into_iter().flat_map(|profile| &profile.parts.packages);
    let kept = shared.filter(|package| own.iter().all(|other| other.name != package.name));
    let mut packages: Vec<_> = own.iter().enumerate().map(|(index, package)| (Some(index), package)).collect();
    packages.extend(kept.map(|package| (None, package)));
    packages.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
    packages
}

fn app(table: &AppTable) -> App {
    App { client_id: table.client_id, credential: credential(&table.credential), permissions: table.permissions }
}

fn credential(table: &CredentialTable) -> Credential {
    match table {
        CredentialTable::ClientSecret(secret) => Credential::ClientSecret(secret.0.clone()),
        CredentialTable::Certificate(secret) => Credential::Certificate(secret.0.clone()),
        CredentialTable::ManagedIdentity(id) => Credential::ManagedIdentity(*id),
    }
}

fn store_access(table: &StoreTable) -> StoreAccess {
    StoreAccess {
        endpoint: table.endpoint.as_ref().map(|url| url.0.clone()),
        region: table.region.as_ref().map(|region| region.0.clone()),
        credential: table.credential.as_ref().and_then(|way| match way {
            StoreCredentialTable { managed_identity: Some(id), .. } => Some(StoreCredential::ManagedIdentity(*id)),
            StoreCredentialTable { account_key: Some(key), .. } => Some(StoreCredential::AccountKey(key.0.clone())),
            StoreCredentialTable { access_key: Some(id), secret: Some(secret), .. } => {
                Some(StoreCredential::AccessKey { id: id.0.clone(), secret: secret.0.clone() })
            }
            _ => None,
        }),
    }
}

fn cloud(table: &CloudTable) -> Cloud {
    match table.name {
        CloudName::Public => Cloud::Public,
        CloudName::UsGovernment => Cloud::UsGovernment,
        CloudName::China => Cloud::China,
        CloudName::Custom => {
            let url = |url: &Option<super::words::HttpsUrl>| url.as_ref().map(|url| url.0.clone());
            Cloud::Custom {
                login: url(&table.login).unwrap_or_default(),
                graph: url(&table.graph).unwrap_or_default(),
                resource_manager: url(&table.resource_manager),
                log_analytics: url(&table.log_analytics),
                ca_file: table.ca_file.as_ref().map(|file| file.0.clone()),
            }
        }
    }
}

fn invitations(table: &InvitationsTable) -> Invitations {
    Invitations {
        per_tenant_per_hour: table.per_tenant_per_hour.unwrap_or(PER_TENANT_PER_HOUR),
        per_tenant_per_day: table.per_tenant_per_day.unwrap_or(PER_TENANT_PER_DAY),
        mail: table.mail == InvitationMail::Microsoft,
        resend_after: table.resend_after.as_ref().map_or(RESEND_AFTER, |after| after.0),
        give_up_after: table.give_up_after.as_ref().map_or(GIVE_UP_AFTER, |after| after.0),
    }
}

fn leavers(table: &LeaversTable) -> Leavers {
    Leavers {
        disable: table.disable,
        disable_after: table.disable_after.as_ref().map_or(SignedDuration::ZERO, |after| after.0),
        delete_after: table.delete_after.as_ref().and_then(|after| after.0),
        revoke_sessions: table.revoke_sessions,
    }
}

fn caller(table: &CallerTable) -> Caller {
    let all = |secrets: &Secrets| -> Vec<SecretRef> { secrets.all().iter().map(|secret| secret.0.clone()).collect() };
    let auth = match &table.auth {
        AuthTable::ApiKey(secrets) => CallerAuth::ApiKey(all(secrets)),
        AuthTable::StandardWebhooks(secrets) => CallerAuth::StandardWebhooks(all(secrets)),
        AuthTable::HubSignature(secrets) => CallerAuth::HubSignature(all(secrets)),
        AuthTable::Zendesk(secrets) => CallerAuth::Zendesk(all(secrets)),
        AuthTable::Basic(secrets) => CallerAuth::Basic(all(secrets)),
        AuthTable::Connectwise(secrets) => CallerAuth::ConnectWise(all(secrets)),
        AuthTable::Autotask(secrets) => CallerAuth::Autotask(all(secrets)),
        AuthTable::Entra(entra) => CallerAuth::Entra {
            tenant_id: entra.tenant_id,
            audience: entra.audience.0.clone(),
            app_id: entra.app_id,
            role: entra.role.as_ref().map(|role| role.0.clone()),
        },
    };
    Caller {
        auth,
        may: table.may.iter().copied().collect(),
        customers: table.customers.as_ref().map(|customers| customers.iter().cloned().collect()),
        callbacks: table.callbacks.iter().map(|host| host.0.clone()).collect(),
        callback_auth: table.callback_auth.as_ref().map(callback_auth),
        native: native(table),
        ticket: table.ticket.as_ref().and_then(TicketTable::resolve),
    }
}

fn notices(parts: &ProgramFile) -> BTreeMap<NoticeKind, Vec<String>> {
    let can_send = |name: &&String| parts.channels.get(*name).is_some_and(|table| table.resolve().is_some());
    let mut notices = BTreeMap::new();
    for (kind, names) in &parts.notices {
        let mut names: Vec<String> = names.iter().filter(can_send).cloned().collect();
        names.sort();
        names.dedup();
        if let (Some(kind), false) = (NoticeKind::named(kind), names.is_empty()) {
            notices.insert(kind, names);
        }
    }
    notices
}

fn customer(sources: &Sources, program: &ProgramFile, source: &Source<CustomerFile>, today: Date) -> Customer {
    let parts = &source.parts;
    let profile = parts.profile.as_ref().and_then(|profile| sources.profiles.get(profile));
    let of_program = limits::of_program(&program.limits);
    let of_profile = profile.map_or(of_program, |profile| limits::narrow(of_program, &profile.parts.limits, today).0);
    let of_customer = limits::narrow(of_profile, &parts.limits, today).0;
    let merged = merged(sources, source);
    let packages = merged.iter().map(|(own, table)| {
        let limits = if own.is_some() {
            limits::narrow(of_customer, &table.limits, today).0
        } else {
            let own = limits::narrow(of_profile, &table.limits, today).0;
            limits::of_shared_package(of_profile, own, &table.limits, of_customer)
        };
        package(table, limits::widened(limits, of_customer, of_program), program.sync.drift)
    });
    let protect = (program.limits.protect.iter())
        .chain(profile.iter().flat_map(|profile| &profile.parts.limits.protect))
        .chain(&parts.limits.protect)
        .chain(merged.iter().flat_map(|(_, package)| &package.limits.protect))
        .copied()
        .chain(parts.break_glass.accounts.iter().map(|account| account.id.into()));
    Customer {
        name: source.name.clone(),
        display_name: parts.display_name.as_ref().map_or_else(|| source.name.clone(), |name| name.0.clone()),
        tenant_id: parts.tenant_id,
        mode: parts.mode,
        app: parts.app.clone(),
        rights: match parts.rights {
            RightsName::Consent => Rights::Consent,
            RightsName::Scoped => Rights::Scoped { units: parts.scoped_to.iter().copied().collect() },
        },
        domains: parts.domains.iter().map(|domain| domain.0.clone()).collect(),
        deny: parts.deny,
        protect: protect.collect(),
        packages: packages.collect(),
        break_glass: break_glass(program, source),
    }
}

fn package(table: &PackageTable, limits: Limits, drift: Drift) -> Package {
    let mut groups: Vec<_> = table.groups.iter().map(target_group).collect();
    groups.sort();
    groups.dedup();
    let mut roles: Vec<_> = table.roles.iter().map(|role| ScopedRole { role: role.role, unit: role.unit }).collect();
    roles.sort();
    roles.dedup();
    Package {
        name: table.name.0.clone(),
        members: table.members.iter().copied().collect(),
        except: table.except.iter().copied().collect(),
        groups,
        units: table.units.iter().copied().collect(),
        roles,
        ownership: table.ownership,
        drift: table.drift.unwrap_or(drift),
        accept: (table.accept.iter())
            .map(|accept| Accept { oddity: accept.oddity, reason: accept.reason.0.clone() })
            .collect(),
        limits,
        requests: table.requests.as_ref().map(requests),
    }
}

fn target_group(group: &GroupEntry) -> TargetGroup {
    match group {
        GroupEntry::Id(id) => TargetGroup::Id(*id),
        GroupEntry::Create(create) => TargetGroup::Create { name: create.name.0.clone() },
    }
}
