//! `[app]`, `[apps]`, and by what right the app writes at each customer.

use super::channels::key_is_name;
use crate::config::apps::{DEFAULT_APP, Granted};
use crate::config::files::{AppTable, CredentialTable, CustomerFile, GroupEntry, ProgramFile, RightsName};
use crate::config::folder::{Source, Sources};
use crate::config::model::Mode;
use crate::config::problem::ConfigProblem;
use crate::config::read::nearest;
use crate::config::resolve::merged;

/// The apps themselves.
pub(super) fn all(sources: &Sources, program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    let apps = &program.parts.apps;
    credential_is_no_secret(program, "app", &program.parts.app, found);
    for (index, (name, app)) in apps.iter().enumerate() {
        let at = format!("apps.{name}");
        key_is_name(program, &at, name, found);
        if name == DEFAULT_APP {
            let text = "is what the app of [app] is called: give this one another name";
            found.push(program.places.error(&at, "reserved_app", text));
        }
        let above = apps.iter().take(index).map(|(name, app)| (format!("[apps.{name}]"), app));
        let above = std::iter::once(("[app]".to_owned(), &program.parts.app)).chain(above);
        for (other, _) in above.filter(|(_, other)| other.client_id == app.client_id) {
            let text = format!("is the client id of {other} too: one registration asks for one list of permissions");
            found.push(program.places.error(&format!("{at}.client_id"), "repeated_app", text));
        }
        credential_is_no_secret(program, &at, app, found);
        let used = |customer: &Source<CustomerFile>| customer.parts.app.as_ref() == Some(name);
        let all_read = sources.customers.len() == sources.customer_names.len();
        if all_read && !sources.customers.iter().any(used) {
            found.push(program.places.warning(&at, "unused_app", "no customer names this app"));
        }
    }
}

fn credential_is_no_secret(program: &Source<ProgramFile>, at: &str, app: &AppTable, found: &mut Vec<ConfigProblem>) {
    if !matches!(app.credential, CredentialTable::ClientSecret(_)) {
        return;
    }
    let at = format!("{at}.credential.client_secret");
    let text = "whoever reads it is the app in every customer's tenant, and it expires unseen";
    let problem = program.places.warning(&at, "client_secret", text);
    found.push(problem.hint("better: managed_identity, which is no secret at all, or certificate"));
}

/// What a customer says of the app, and of its rights.
pub(super) fn of_customer(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    app_exists(sources, customer, found);
    app_may_write(sources, customer, found);
    scope_is_named(customer, found);
    if customer.parts.rights == RightsName::Scoped {
        nothing_needs_the_whole_tenant(sources, customer, found);
    }
}

fn app_exists(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let (Some(name), Some(program)) = (&customer.parts.app, &sources.program) else { return };
    let apps = &program.parts.apps;
    // An app that is there but could not be read has its own problem.
    if name == DEFAULT_APP || apps.contains_key(name) || !program.places.is_whole(&format!("apps.{name}")) {
        return;
    }
    let problem = customer.places.error("app", "unknown_app", "gatehouse.toml has no such app");
    found.push(match nearest(name, apps.keys().map(String::as_str)) {
        Some((name, true)) => problem.hint(format!("did you mean `{name}`?")),
        _ => problem.hint("describe it in a table [apps.<name>]"),
    });
}

fn app_may_write(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let Some(program) = &sources.program else { return };
    let named = customer.parts.app.as_deref().filter(|name| *name != DEFAULT_APP);
    let app = match named {
        Some(name) => program.parts.apps.get(name),
        None => Some(&program.parts.app),
    };
    let reads_only = app.is_some_and(|app| app.permissions == Granted::Read);
    if reads_only && matches!(customer.parts.mode, Mode::Enforce | Mode::Offboard) {
        let app = named.map_or_else(|| "[app]".to_owned(), |name| format!("[apps.{name}]"));
        let text = format!("writes, and {app} asks customers for nothing that writes (permissions = \"read\")");
        let problem = customer.places.error("mode", "app_reads_only", text);
        found.push(problem.hint("name another app in `app`, or keep mode = \"observe\""));
    }
}

fn scope_is_named(customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let (scoped, units) = (customer.parts.rights == RightsName::Scoped, &customer.parts.scoped_to);
    if scoped && units.is_empty() && customer.places.is_whole("scoped_to") {
        let text = "needs `scoped_to`: the administrative units within which our app holds its roles";
        found.push(customer.places.error("rights", "scoped_to_nothing", text));
    }
    if !scoped && !units.is_empty() && customer.places.is_whole("rights") {
        let problem = customer.places.error("scoped_to", "scope_without_rights", "says nothing by itself");
        found.push(problem.hint("write rights = \"scoped\", or leave this out"));
    }
    for (index, unit) in units.iter().enumerate() {
        if units[..index].contains(unit) {
            let at = format!("scoped_to[{index}]");
            found.push(customer.places.warning(&at, "repeated", "is in the list already"));
        }
    }
}

/// What Microsoft lets nobody do with a role within a unit.
fn nothing_needs_the_whole_tenant(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    for (own, package) in merged(sources, customer) {
        let at = |key: String| own.map_or_else(|| "profile".to_owned(), |index| format!("packages[{index}].{key}"));
        let name = &package.name.0;
        for (index, group) in package.groups.iter().enumerate() {
            if let GroupEntry::Create(_) = group {
                let text = format!("package `{name}`: with scoped rights no group can be made");
                let problem = customer.places.error(&at(format!("groups[{index}]")), "scoped_create", text);
                found.push(problem.hint("have the customer make it within the unit, and name its id"));
            }
        }
        if !package.units.is_empty() {
            let text = format!("package `{name}`: with scoped rights nobody can be put into a unit");
            let problem = customer.places.error(&at("units".to_owned()), "scoped_units", text);
            found.push(problem.hint("leave `units` out; give the unit a dynamic rule that takes the guests in"));
        }
    }
}
