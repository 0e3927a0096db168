//! Directory roles of the calling application within administrative units: what they allow where no permission does.
//!
//! As in the pages "Assign Microsoft Entra roles with administrative unit scope" and "Administrative units": a group is
//! changed by who is Groups Administrator or User Administrator of a unit that the group is in, a user by who is User
//! Administrator of a unit that the user is in, unless the user holds a directory role. A service principal's scoped role has
//! no effect without Directory Readers in the whole tenant.

use super::Turn;
use super::roles::UNIT_SCOPE;
use super::routes::Route;
use uuid::{Uuid, uuid};

const GROUPS_ADMINISTRATOR: Uuid = uuid!("fdd7a751-b60b-444a-984c-02652fe8fa1c");
const USER_ADMINISTRATOR: Uuid = uuid!("fe930be7-5e62-47db-91af-98c3a49a38b1");
const DIRECTORY_READERS: Uuid = uuid!("88d8e3e3-8f55-4a1e-953a-9b9898b8876b");

/// Whether roles within units allow what the permissions in the token do not.
pub(super) fn allows(turn: &Turn<'_>, route: &Route) -> bool {
    let Ok(object) = turn.id(0) else { return false };
    let directory = &turn.tenant.directory;
    let enough: &[Uuid] = match (route.method, route.path) {
        ("PATCH", "/groups/{id}")
        | ("POST", "/groups/{id}/members/$ref")
        | ("DELETE", "/groups/{id}/members/{member}/$ref")
            if directory.groups.contains_key(&object) =>
        {
            &[GROUPS_ADMINISTRATOR, USER_ADMINISTRATOR]
        }
        ("PATCH" | "DELETE", "/users/{id}") | ("POST", "/users/{id}/revokeSignInSessions")
            if !turn.tenant.role_assignments.values().any(|held| held.principal == object) =>
        {
            &[USER_ADMINISTRATOR]
        }
        _ => return false,
    };
    let Some(own) = turn.tenant.consents.get(&turn.app).map(|consent| consent.service_principal) else { return false };
    let held = || turn.tenant.role_assignments.values().filter(move |held| held.principal == own);
    let reads = held().any(|held| held.role == DIRECTORY_READERS && held.scope == "/");
    let units = directory.containers_of(object);
    reads
        && held().any(|held| {
            let unit = held.scope.strip_prefix(UNIT_SCOPE).and_then(|unit| Uuid::parse_str(unit).ok());
            enough.contains(&held.role) && unit.is_some_and(|unit| units.contains(&unit))
        })
}
