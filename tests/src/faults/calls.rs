//! Every question and every write that the client knows, and the route that each takes: found out by sending it, so
//! that a call which the life of a program does not contain cannot be forgotten.

use crate::world::World;
use async_trait::async_trait;
use cloud::graph::fitness::About;
use cloud::graph::{Ask, DeltaFrom, Permit, Write};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Method and route.
pub(super) type Route = (String, &'static str);

/// Questions that no run asks. Each has to say why.
const NOT_ASKED_BY_RUNS: [(&str, &str); 10] = [
    ("/organization", "only a request for an invitation looks at the tenant itself"),
    ("/users/{id}/transitiveMemberOf", REQUESTS),
    ("/policies/authorizationPolicy", REQUESTS),
    ("/policies/crossTenantAccessPolicy/default", REQUESTS),
    ("/policies/crossTenantAccessPolicy/partners/{id}", REQUESTS),
    ("/beta/policies/b2bManagementPolicies", REQUESTS),
    ("/auditLogs/signIns", LOGS),
    ("/auditLogs/directoryAudits", LOGS),
    ("/servicePrincipals(appId='{app}')", "only a person who sets a customer up looks for our own identity"),
    (
        "/servicePrincipals(appId='{app}')/appRoleAssignments",
        "only a look at a customer that comes in asks, and `onboarding` tries the faults on it",
    ),
];

const REQUESTS: &str = "only a request for an invitation asks, and `inviting::faulty` tries the faults on it";

/// Only an audit of emergency accounts asks, and `fitness::refused` tries the faults on each.
const AUDITED: [&str; 12] = [
    "/users/{id}/authentication/methods",
    "/users/{id}/registeredDevices",
    "/users/{id}/ownedDevices",
    "/users/{id}/oauth2PermissionGrants",
    "/domains/{id}",
    "/policies/identitySecurityDefaultsEnforcementPolicy",
    "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{id}",
    "/reports/authenticationMethods/userRegistrationDetails/{id}",
    "/identityProtection/riskyUsers/{id}",
    "/roleManagement/directory/roleAssignmentScheduleInstances",
    "/roleManagement/directory/roleEligibilityScheduleInstances",
    "/groups/{id}/transitiveMembers",
];

const LOGS: &str = "only the watch over emergency accounts asks, and `logs` tries the faults that matter to it";

const ID: Uuid = Uuid::from_u128(0xa);

/// The question after this one. The match is without a wildcard: a question that is missing does not compile.
fn next_ask(ask: Option<&Ask>) -> Option<Ask> {
    Some(match ask {
        None => Ask::GroupsDelta(DeltaFrom::Start { ids: vec![ID] }),
        Some(Ask::GroupsDelta(_)) => Ask::UsersDelta(DeltaFrom::Latest),
        Some(Ask::UsersDelta(_)) => Ask::GroupMembers { group: ID },
        Some(Ask::GroupMembers { .. }) => Ask::TransitiveUsers { group: ID },
        Some(Ask::TransitiveUsers { .. }) => Ask::TransitiveGroups { group: ID },
        Some(Ask::TransitiveGroups { .. }) => Ask::UnitMembers { unit: ID },
        Some(Ask::UnitMembers { .. }) => Ask::Group { id: ID },
        Some(Ask::Group { .. }) => Ask::GroupByUniqueName { name: "a name".into() },
        Some(Ask::GroupByUniqueName { .. }) => Ask::GroupOwners { group: ID },
        Some(Ask::GroupOwners { .. }) => Ask::Unit { id: ID },
        Some(Ask::Unit { .. }) => Ask::User { id: ID },
        Some(Ask::User { .. }) => Ask::DeletedUser { id: ID },
        Some(Ask::DeletedUser { .. }) => Ask::UsersByMail { mails: vec!["ana@northwind.example".into()] },
        Some(Ask::UsersByMail { .. }) => Ask::UsersByAddress { address: "ana@northwind.example".into() },
        Some(Ask::UsersByAddress { .. }) => Ask::MemberOf { user: ID },
        Some(Ask::MemberOf { .. }) => Ask::TransitiveMemberOf { user: ID },
        Some(Ask::TransitiveMemberOf { .. }) => Ask::OwnedObjects { user: ID },
        Some(Ask::OwnedObjects { .. }) => Ask::AppRoleAssignments { user: ID },
        Some(Ask::AppRoleAssignments { .. }) => Ask::RoleAssignments { principal: ID },
        Some(Ask::RoleAssignments { .. }) => Ask::RoleHolders { role: ID },
        Some(Ask::RoleHolders { .. }) => Ask::ConditionalAccessPolicies,
        Some(Ask::ConditionalAccessPolicies) => Ask::Subscriptions,
        Some(Ask::Subscriptions) => Ask::Organization,
        Some(Ask::Organization) => Ask::AuthorizationPolicy,
        Some(Ask::AuthorizationPolicy) => Ask::CrossTenantDefault,
        Some(Ask::CrossTenantDefault) => Ask::CrossTenantPartner { tenant: ID },
        Some(Ask::CrossTenantPartner { .. }) => Ask::InvitationDomains,
        Some(Ask::InvitationDomains) => Ask::OwnServicePrincipal,
        Some(Ask::OwnServicePrincipal) => Ask::OwnAppRoles,
        Some(Ask::OwnAppRoles) => {
            let (since, until) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
            Ask::SignIns { users: vec![ID], names: Vec::new(), since, until }
        }
        Some(Ask::SignIns { .. }) => Ask::DirectoryAudits { target: ID, since: Timestamp::UNIX_EPOCH },
        Some(Ask::DirectoryAudits { .. }) => Ask::DirectoryAuditsBy { actor: ID, since: Timestamp::UNIX_EPOCH },
        Some(Ask::DirectoryAuditsBy { .. }) => Ask::Fitness(About::Account { user: ID }),
        Some(Ask::Fitness(about)) => Ask::Fitness(next_about(about)?),
    })
}

/// What an audit asks after this, as for the questions.
fn next_about(about: &About) -> Option<About> {
    Some(match about {
        About::Account { .. } => About::LastSignIn { user: ID },
        About::LastSignIn { .. } => About::Schedules { principal: ID, role: ID },
        About::Schedules { .. } => About::Eligible { principal: ID },
        About::Eligible { .. } => About::Methods { user: ID },
        About::Methods { .. } => About::Registration { user: ID },
        About::Registration { .. } => About::RegisteredDevices { user: ID },
        About::RegisteredDevices { .. } => About::OwnedDevices { user: ID },
        About::OwnedDevices { .. } => About::PermissionGrants { user: ID },
        About::PermissionGrants { .. } => About::Risk { user: ID },
        About::Risk { .. } => About::Domain { name: "contoso.example".into() },
        About::Domain { .. } => About::SecurityDefaults,
        About::SecurityDefaults => About::Policies,
        About::Policies => About::Fido2,
        About::Fido2 => About::Certificates,
        About::Certificates => About::GroupContents { group: ID },
        About::GroupContents { .. } => return None,
    })
}

/// The write after this one, as for the questions.
fn next_write(write: Option<&Write>) -> Option<Write> {
    let text = String::new;
    Some(match write {
        None => Write::Invite { mail: text(), display_name: None, redirect_url: text(), send_mail: false },
        Some(Write::Invite { .. }) => Write::InviteAgain { user: ID, mail: text(), redirect_url: text() },
        Some(Write::InviteAgain { .. }) => Write::AddMembers { group: ID, users: vec![ID] },
        Some(Write::AddMembers { users, .. }) if users.len() == 1 => {
            Write::AddMembers { group: ID, users: vec![ID, Uuid::from_u128(0xb)] }
        }
        Some(Write::AddMembers { .. }) => Write::RemoveMember { group: ID, user: ID },
        Some(Write::RemoveMember { .. }) => Write::AddToUnit { unit: ID, user: ID },
        Some(Write::AddToUnit { .. }) => Write::RemoveFromUnit { unit: ID, user: ID },
        Some(Write::RemoveFromUnit { .. }) => Write::SetEnabled { user: ID, enabled: true },
        Some(Write::SetEnabled { .. }) => Write::RevokeSessions { user: ID },
        Some(Write::RevokeSessions { .. }) => Write::DeleteUser { user: ID },
        Some(Write::DeleteUser { .. }) => Write::RestoreUser { user: ID },
        Some(Write::RestoreUser { .. }) => {
            Write::CreateGroup { display_name: text(), description: text(), unique_name: "a name".into() }
        }
        Some(Write::CreateGroup { .. }) => Write::GrantRole { role: ID, unit: ID, user: ID },
        Some(Write::GrantRole { .. }) => Write::RevokeRole { assignment: "an-assignment".into(), unit: ID, user: ID },
        Some(Write::RevokeRole { .. }) => Write::Subscribe {
            resource: "/users".into(),
            url: "https://gatehouse.example/api/v1/directory-changes".into(),
            client_state: text(),
            expires: Timestamp::UNIX_EPOCH,
        },
        Some(Write::Subscribe { .. }) => Write::RenewSubscription { id: ID, expires: Timestamp::UNIX_EPOCH },
        Some(Write::RenewSubscription { .. }) => Write::Unsubscribe { id: ID },
        Some(Write::Unsubscribe { .. }) => return None,
    })
}

struct Always;

#[async_trait]
impl Permit for Always {
    async fn permit(&self, _: Duration) -> Result<(), String> {
        Ok(())
    }
}

/// The routes of all questions, and those of all writes.
pub(super) async fn routes() -> (BTreeSet<Route>, BTreeSet<Route>) {
    let mut world = World::new();
    let tenant = world.customer("contoso");
    let graph = world.graph(Arc::new(world.sim.clone()));
    let asks: Vec<Ask> = std::iter::successors(next_ask(None), |ask| next_ask(Some(ask))).collect();
    let writes: Vec<Write> = std::iter::successors(next_write(None), |write| next_write(Some(write))).collect();
    for ask in asks {
        let _ = graph.reader(tenant.id()).ask(vec![ask]).await;
    }
    let asked = taken(&world);
    let writer = graph.writer(tenant.id(), Arc::default(), Arc::new(Always));
    for write in writes {
        let _ = writer.send(vec![write]).await;
    }
    (asked, taken(&world))
}

fn taken(world: &World) -> BTreeSet<Route> {
    let requests = world.sim.requests();
    world.sim.reset_log();
    let graph = requests.into_iter().filter(|request| request.route != Some("token"));
    graph.map(|request| (request.method, request.route.expect("the simulator knows it"))).collect()
}

/// Which of the client's calls are not among these routes, though a run may make them.
pub(super) async fn missing(found: &BTreeSet<Route>) -> Vec<Route> {
    let (asked, written) = routes().await;
    let exempt =
        |route: &Route| NOT_ASKED_BY_RUNS.iter().map(|(path, _)| path).chain(&AUDITED).any(|path| *path == route.1);
    asked.union(&written).filter(|route| !found.contains(*route) && !exempt(route)).cloned().collect()
}
