//! `gatehouse permissions`: what the app registrations have to list, and what customers consent to.

use super::console::{Console, Failure};
use super::open::{Context, Errors};
use crate::text::{self, Needed};
use access::config::{App, Config, Customer, DEFAULT_APP, Rights};
use access::permissions::{
    Permission, azure_roles, customers_of, needed_by_all, needed_by_customer, needed_by_partner, own_roles,
};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// List the permissions that the configuration needs, and no more than those
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Nobody is asked: the list comes from the configuration alone. Without a name it is what each app's
registration has to list for all of its customers, and what the partner's own tenant gives; with
names, what those customers need. Exit status: 0, 1 a failure.

Examples:
  gatehouse permissions
  gatehouse permissions contoso
  gatehouse permissions --app audit --format manifest > audit.json
  az rest --method PATCH --body @audit.json \\
    --url \"https://graph.microsoft.com/v1.0/applications(appId='CLIENT-ID')\""
)]
pub(super) struct Args {
    /// Customers by name
    #[arg(value_name = "CUSTOMER")]
    customers: Vec<String>,
    /// Only this app of [apps]; the one of [app] is called default
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// How the answer is written; manifest is the requiredResourceAccess of one app's registration
    #[arg(long, value_enum, default_value_t)]
    format: As,
    /// Into the manifest also this optional permission, or all of them
    #[arg(long, value_name = "PERMISSION|all")]
    with: Vec<String>,
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum As {
    #[default]
    #[value(alias = "human")]
    Text,
    Json,
    Manifest,
}

pub(super) fn run(args: &Args, context: &Context, console: &mut Console<'_>) -> Result<u8, Failure> {
    let opened = context.open(Errors::Skip, console)?;
    let config = &opened.config;
    if args.format != As::Manifest && !args.with.is_empty() {
        return Err(Failure::new("--with is for --format manifest: the other formats list what is optional as well"));
    }
    let apps = chosen_apps(config, args.app.as_deref())?;
    let names: BTreeSet<String> = opened.chosen(&args.customers)?.into_iter().collect();
    let meant = |customer: &&Customer| args.customers.is_empty() || names.contains(&customer.name);
    let parts: Vec<Part<'_>> = apps
        .into_iter()
        .map(|(name, app)| Part { name, app, customers: customers_of(config, name).filter(meant).collect() })
        .collect();
    if let Some(stray) =
        names.iter().find(|name| !parts.iter().any(|part| part.has(name)) && !args.customers.is_empty())
    {
        return Err(Failure::new(format!("customer {stray} consents to another app")));
    }
    let parts: Vec<_> =
        parts.into_iter().filter(|part| args.customers.is_empty() || !part.customers.is_empty()).collect();
    match args.format {
        As::Text => console.answer(&text::permissions(&told(args, config, &parts)))?,
        As::Json => console.json(&listed(args, config, &parts))?,
        As::Manifest => console.json(&manifest(args, config, &parts)?)?,
    }
    Ok(0)
}

/// An app with the customers that are meant.
struct Part<'a> {
    name: &'a str,
    app: &'a App,
    customers: Vec<&'a Customer>,
}

impl Part<'_> {
    fn has(&self, customer: &str) -> bool {
        self.customers.iter().any(|one| one.name == customer)
    }

    fn needed(&self, config: &Config) -> Vec<Permission> {
        needed_by_all(config, self.customers.iter().copied())
    }
}

fn chosen_apps<'a>(config: &'a Config, name: Option<&str>) -> Result<Vec<(&'a str, &'a App)>, Failure> {
    let Some(wanted) = name else { return Ok(config.all_apps().collect()) };
    let found: Vec<_> = config.all_apps().filter(|(name, _)| *name == wanted).collect();
    if found.is_empty() {
        let names: Vec<&str> = config.all_apps().map(|(name, _)| name).collect();
        return Err(Failure::new(format!("there is no app {wanted}")).hint(format!("there are {}", names.join(", "))));
    }
    Ok(found)
}

fn told(args: &Args, config: &Config, parts: &[Part<'_>]) -> Vec<Needed> {
    let plain = |title: String, remarks: Vec<String>, permissions: Vec<Permission>| Needed {
        title,
        remarks,
        permissions,
        own_roles: Vec::new(),
        azure_roles: Vec::new(),
    };
    let mut told = Vec::new();
    if args.customers.is_empty() && parts.iter().any(|part| part.name == DEFAULT_APP) {
        let title = format!("the partner's own tenant {} gives to {}", config.partner.tenant_id, app_of(DEFAULT_APP));
        let remark = "given to its service principal there, and not listed in the registration: customers would be asked for it too";
        told.push(plain(title, vec![remark.to_owned()], needed_by_partner(config)));
    }
    for part in parts.iter().filter(|_| args.customers.is_empty()) {
        let names: Vec<&str> = part.customers.iter().map(|customer| customer.name.as_str()).collect();
        let for_whom = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        let title = format!("the registration of {} ({}) lists, for {for_whom}", app_of(part.name), part.app.client_id);
        told.push(plain(title, Vec::new(), part.needed(config)));
    }
    let rights = |customer: &&Customer| !args.customers.is_empty() || customer.rights != Rights::Consent;
    let customers = parts.iter().flat_map(|part| part.customers.iter().map(move |customer| (part, *customer)));
    for (part, customer) in customers.filter(|(_, customer)| rights(customer)) {
        let permissions = needed_by_customer(config, customer);
        let own: BTreeSet<&str> = permissions.iter().map(|one| one.name).collect();
        let others = needed_by_all(config, customers_of(config, part.name));
        let besides: Vec<&str> = others.iter().filter(|one| !own.contains(one.name)).map(|one| one.name).collect();
        let mut remarks = Vec::new();
        if !besides.is_empty() {
            remarks.push(format!("its app lists besides, for other customers: {}", besides.join(", ")));
        }
        let principal = format!("<object id of the enterprise application of {}>", part.app.client_id);
        told.push(Needed {
            title: format!("customer {} (tenant {}) gives to {}", customer.name, customer.tenant_id, app_of(part.name)),
            remarks,
            permissions,
            own_roles: own_roles(config, customer)
                .into_iter()
                .map(|role| (role.clone(), role.command(&principal)))
                .collect(),
            azure_roles: azure_roles(customer),
        });
    }
    told
}

fn app_of(name: &str) -> String {
    if name == DEFAULT_APP { "[app]".to_owned() } else { format!("[apps.{name}]") }
}

fn listed(args: &Args, config: &Config, parts: &[Part<'_>]) -> Value {
    let customer = |part: &Part<'_>, customer: &Customer| {
        let own: Vec<Value> = own_roles(config, customer)
            .iter()
            .map(|one| json!({ "role": one.role.name, "id": one.role.id, "unit": one.unit, "why": one.why }))
            .collect();
        let azure: Vec<Value> = azure_roles(customer)
            .iter()
            .map(|one| json!({ "role": one.role, "scope": one.scope, "why": one.why }))
            .collect();
        json!({
            "name": customer.name, "tenant_id": customer.tenant_id, "app": part.name,
            "permissions": rows(&needed_by_customer(config, customer)), "own_roles": own, "azure_roles": azure,
        })
    };
    let customers: Vec<Value> =
        parts.iter().flat_map(|part| part.customers.iter().map(move |one| customer(part, one))).collect();
    let mut answer = json!({ "customers": customers });
    if args.customers.is_empty() {
        let app = |part: &Part<'_>| {
            json!({
                "name": part.name, "client_id": part.app.client_id, "permissions": rows(&part.needed(config)),
            })
        };
        answer["apps"] = parts.iter().map(app).collect();
        answer["partner"] =
            json!({ "tenant_id": config.partner.tenant_id, "permissions": rows(&needed_by_partner(config)) });
    }
    answer
}

fn rows(permissions: &[Permission]) -> Value {
    let row = |one: &Permission| {
        json!({
            "name": one.name, "app_role": one.app_role, "resource": one.resource.name(),
            "resource_app_id": one.resource.app_id(), "why": one.why, "optional": one.optional, "writes": one.writes,
        })
    };
    permissions.iter().map(row).collect()
}

/// What `PATCH /applications/{id}` takes.
fn manifest(args: &Args, config: &Config, parts: &[Part<'_>]) -> Result<Value, Failure> {
    let [part] = parts else {
        let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
        let failure = Failure::new(format!("a manifest is that of one app, and there are {}", names.join(", ")));
        return Err(failure.hint("name it: --app NAME"));
    };
    let needed = part.needed(config);
    let optional: Vec<&str> = needed.iter().filter(|one| one.optional).map(|one| one.name).collect();
    if let Some(stray) = args.with.iter().find(|name| *name != "all" && !optional.contains(&name.as_str())) {
        let failure = Failure::new(format!("{stray} is not among what is optional for {}", app_of(part.name)));
        return Err(failure.hint(format!("optional are: {}", optional.join(", "))));
    }
    let with = |one: &&Permission| !one.optional || args.with.iter().any(|name| name == "all" || name == one.name);
    let mut access: BTreeMap<_, Vec<Value>> = BTreeMap::new();
    for one in needed.iter().filter(with) {
        access.entry(one.resource).or_default().push(json!({ "id": one.app_role, "type": "Role" }));
    }
    let access = access
        .into_iter()
        .map(|(resource, list)| json!({ "resourceAppId": resource.app_id(), "resourceAccess": list }));
    Ok(json!({ "requiredResourceAccess": access.collect::<Vec<_>>() }))
}
