//! A Conditional Access policy (page "conditionalAccessPolicy resource type").

use super::models::{Policy, Strength, Whom};
use crate::graph::inviting::inner;
use crate::json::{self, Object, Wrong};
use serde_json::Value;
use uuid::Uuid;

/// A policy. What cannot be understood is an error and never a policy without that part.
pub(super) fn policy(object: &Object) -> Result<Policy, Wrong> {
    let conditions = inner(object, "conditions")?.ok_or_else(|| Wrong::at("conditions", "object"))?;
    read(object, conditions).map_err(|wrong| wrong.inside(&format!("policy {}", id_of(object))))
}

fn id_of(object: &Object) -> &str {
    object.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn read(object: &Object, conditions: &Object) -> Result<Policy, Wrong> {
    let users = inner(conditions, "users")?;
    let whom = |prefix: &str| users.map(|users| whom(users, prefix)).transpose().map(Option::unwrap_or_default);
    let grant = inner(object, "grantControls")?;
    let apps = inner(conditions, "applications")?;
    let named = |name: &str| apps.map(|apps| json::texts(apps, name)).transpose().map(Option::unwrap_or_default);
    let include_apps = named("includeApplications")?;
    let has_filter = apps.is_some_and(|apps| is_set(apps, "applicationFilter"));
    let contexts = named("includeAuthenticationContextClassReferences")?;
    let no_apps = include_apps.iter().all(|app| app == "None");
    Ok(Policy {
        id: json::guid(object, "id")?,
        display_name: json::optional_text(object, "displayName")?,
        state: json::text(object, "state")?,
        include: whom("include")?,
        exclude: whom("exclude")?,
        has_workloads: inner(conditions, "clientApplications")?.is_some_and(has_workloads),
        is_context_only: !contexts.is_empty() && no_apps,
        has_all_apps: include_apps.iter().any(|app| app == "All")
            && named("excludeApplications")?.is_empty()
            && !has_filter,
        controls: grant.map(controls).transpose()?.unwrap_or_default(),
        strength: grant.map(strength).transpose()?.flatten(),
        conditions: narrowing(conditions)?,
    })
}

fn has_workloads(clients: &Object) -> bool {
    let named = clients.get("includeServicePrincipals").and_then(Value::as_array);
    named.is_some_and(|named| !named.is_empty()) || is_set(clients, "servicePrincipalFilter")
}

fn is_set(object: &Object, name: &str) -> bool {
    object.get(name).is_some_and(|value| !value.is_null())
}

/// Words such as `GuestsOrExternalUsers` stand among users too; accounts of the tenant's own are not meant by them.
fn whom(users: &Object, prefix: &str) -> Result<Whom, Wrong> {
    let texts = |what: &str| json::texts(users, &format!("{prefix}{what}"));
    let ids = |texts: &[String]| texts.iter().filter_map(|text| Uuid::try_parse(text).ok()).collect();
    let people = texts("Users")?;
    Ok(Whom {
        all: people.iter().any(|one| one == "All"),
        users: ids(&people),
        groups: ids(&texts("Groups")?),
        roles: ids(&texts("Roles")?),
    })
}

fn controls(grant: &Object) -> Result<Vec<String>, Wrong> {
    let mut all = json::texts(grant, "builtInControls")?;
    all.extend(json::texts(grant, "customAuthenticationFactors")?);
    if !json::texts(grant, "termsOfUse")?.is_empty() {
        all.push("terms of use".to_owned());
    }
    Ok(all)
}

fn strength(grant: &Object) -> Result<Option<Strength>, Wrong> {
    let Some(strength) = inner(grant, "authenticationStrength")? else { return Ok(None) };
    let read = |strength| {
        let combinations = json::texts(strength, "allowedCombinations")?;
        Ok(Strength { id: json::guid(strength, "id")?, combinations })
    };
    read(strength).map(Some).map_err(|wrong: Wrong| wrong.inside("grantControls.authenticationStrength"))
}

/// The conditions that keep the policy from holding at every sign-in of those whom it is about.
fn narrowing(conditions: &Object) -> Result<Vec<String>, Wrong> {
    let mut found = Vec::new();
    let lists = ["signInRiskLevels", "userRiskLevels", "servicePrincipalRiskLevels"];
    found.extend(filled(conditions, &lists)?);
    let clients = json::texts(conditions, "clientAppTypes")?;
    let has = |name: &str| clients.iter().any(|one| one == name);
    let is_any = clients.is_empty() || has("all") || (has("browser") && has("mobileAppsAndDesktopClients"));
    if !is_any {
        found.push("clientAppTypes".to_owned());
    }
    for (name, include, exclude, all) in [
        ("locations", "includeLocations", "excludeLocations", "All"),
        ("platforms", "includePlatforms", "excludePlatforms", "all"),
    ] {
        let Some(part) = inner(conditions, name)? else { continue };
        let included = json::texts(part, include)?;
        if included.iter().any(|one| one != all) || !json::texts(part, exclude)?.is_empty() {
            found.push(name.to_owned());
        }
    }
    if let Some(devices) = inner(conditions, "devices")?
        && is_set(devices, "deviceFilter")
    {
        found.push("devices".to_owned());
    }
    found.extend(
        ["insiderRiskLevels", "authenticationFlows"]
            .iter()
            .filter(|name| is_set(conditions, name))
            .map(|name| (*name).to_owned()),
    );
    Ok(found)
}

fn filled(conditions: &Object, names: &[&str]) -> Result<Vec<String>, Wrong> {
    let mut found = Vec::new();
    for name in names {
        if !json::texts(conditions, name)?.is_empty() {
            found.push((*name).to_owned());
        }
    }
    Ok(found)
}
