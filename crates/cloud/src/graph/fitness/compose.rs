//! From a question to its first request, and to what its pages will add up to.

use super::{About, List, read};
use crate::error::Kind;
use crate::graph::compose::{Draft, Unfit};
use crate::graph::sum::Sum;
use uuid::Uuid;

const ACCOUNT: &str = "id,userPrincipalName,accountEnabled,userType,creationType,externalUserState,\
                       onPremisesSyncEnabled,onPremisesImmutableId,passwordPolicies";

/// The request and the empty sum.
pub(in crate::graph) fn compose(about: &About) -> Result<(Draft, Sum), Unfit> {
    Ok(match about {
        About::Account { user } => {
            let path = format!("/users/{user}?$select={ACCOUNT}");
            (Draft::new(format!("read user {user}"), "User.Read.All", 1, path), Sum::One(read::account))
        }
        About::LastSignIn { user } => {
            let path = format!("/users/{user}?$select=id,signInActivity");
            let operation = format!("read when user {user} last signed in");
            (Draft::new(operation, "AuditLog.Read.All", 1, path), Sum::One(read::last_sign_in))
        }
        About::Schedules { principal, role } => {
            let filter = format!("principalId%20eq%20'{principal}'%20and%20roleDefinitionId%20eq%20'{role}'");
            let path = format!("/roleManagement/directory/roleAssignmentScheduleInstances?$filter={filter}");
            let operation = format!("read how {principal} holds role {role}");
            (Draft::new(operation, "RoleManagement.Read.Directory", 1, path), schedules())
        }
        About::Eligible { principal } => {
            let filter = format!("principalId%20eq%20'{principal}'");
            let path = format!("/roleManagement/directory/roleEligibilityScheduleInstances?$filter={filter}");
            let operation = format!("read which roles {principal} may activate");
            (Draft::new(operation, "RoleManagement.Read.Directory", 1, path), schedules())
        }
        About::Methods { user } => {
            let path = format!("/users/{user}/authentication/methods");
            let operation = format!("read what user {user} signs in with");
            let sum = Sum::Fitness(List::Methods(Vec::new()));
            (Draft::new(operation, "UserAuthenticationMethod.Read.All", 1, path), sum)
        }
        About::Registration { user } => {
            let path = format!("/reports/authenticationMethods/userRegistrationDetails/{user}");
            let operation = format!("read what user {user} registered");
            (Draft::new(operation, "AuditLog.Read.All", 1, path).report(), Sum::One(read::registration))
        }
        About::RegisteredDevices { user } => ids(user, "registeredDevices", "id", "User.Read.All"),
        About::OwnedDevices { user } => ids(user, "ownedDevices", "id", "User.Read.All"),
        About::PermissionGrants { user } => ids(user, "oauth2PermissionGrants", "clientId", "Directory.Read.All"),
        About::Risk { user } => {
            let path = format!("/identityProtection/riskyUsers/{user}");
            let operation = format!("read the risk of user {user}");
            (Draft::new(operation, "IdentityRiskyUser.Read.All", 1, path).slow(), Sum::One(read::risk))
        }
        About::Domain { name } => {
            let operation = "read a domain of the tenant".to_owned();
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) {
                let message = format!("{name:?} is not the name of a domain");
                return Err(Unfit { kind: Kind::Refused, operation, message });
            }
            let path = format!("/domains/{name}?$select=id,authenticationType,passwordValidityPeriodInDays");
            (Draft::new(operation, "Domain.Read.All", 1, path), Sum::One(read::domain))
        }
        About::SecurityDefaults => {
            let path = "/policies/identitySecurityDefaultsEnforcementPolicy".to_owned();
            let operation = "read whether security defaults are on".to_owned();
            (Draft::new(operation, "Policy.Read.All", 1, path), Sum::One(read::security_defaults))
        }
        About::Policies => {
            // Without $select: only so the authentication strength surely comes with its combinations.
            let path = "/identity/conditionalAccess/policies".to_owned();
            let operation = "read the Conditional Access policies".to_owned();
            let sum = Sum::Fitness(List::Policies(Vec::new()));
            (Draft::new(operation, "Policy.Read.All", 1, path).slow(), sum)
        }
        About::Fido2 => method("fido2", "passkeys"),
        About::Certificates => method("x509Certificate", "certificates"),
        About::GroupContents { group } => {
            let path = format!("/groups/{group}/transitiveMembers?$select=id&$top=999");
            let operation = format!("read everything in group {group}");
            (Draft::new(operation, "GroupMember.Read.All", 4, path), Sum::Ids(Vec::new(), "id"))
        }
    })
}

fn schedules() -> Sum {
    Sum::Fitness(List::Schedules(Vec::new()))
}

fn ids(user: &Uuid, what: &str, name: &'static str, permission: &'static str) -> (Draft, Sum) {
    let path = format!("/users/{user}/{what}?$top=999");
    (Draft::new(format!("read {what} of user {user}"), permission, 2, path), Sum::Ids(Vec::new(), name))
}

fn method(name: &str, what: &str) -> (Draft, Sum) {
    let path = format!("/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{name}");
    let operation = format!("read who may use {what}");
    (Draft::new(operation, "Policy.Read.All", 1, path), Sum::One(read::method_targets))
}
