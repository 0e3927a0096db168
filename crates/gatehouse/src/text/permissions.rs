//! Which permissions whose tenant has to give, for people.

use super::words::{count, table, wrap};
use access::permissions::{AzureRole, OwnRole, Permission};

/// What one app's registration lists, or one customer needs.
pub struct Needed {
    /// Who gives what, in a line.
    pub title: String,
    /// Sentences below it.
    pub remarks: Vec<String>,
    /// The permissions.
    pub permissions: Vec<Permission>,
    /// Directory roles of the app's service principal, each with the command that gives it.
    pub own_roles: Vec<(OwnRole, String)>,
    /// Roles on resources in Azure.
    pub azure_roles: Vec<AzureRole>,
}

/// Everything, a part for each.
pub fn permissions(parts: &[Needed]) -> String {
    parts.iter().map(part).collect::<Vec<_>>().join("\n")
}

fn part(needed: &Needed) -> String {
    let mut text = wrap("", &needed.title);
    needed.remarks.iter().for_each(|remark| text.push_str(&wrap("  ", remark)));
    let (optional, required): (Vec<_>, Vec<_>) = needed.permissions.iter().partition(|one| one.optional);
    listed("needed", &required, &mut text);
    listed("optional: the rest works without", &optional, &mut text);
    if needed.permissions.is_empty() {
        text.push_str("  nothing\n");
    }
    if !needed.own_roles.is_empty() {
        text.push_str("\n  directory roles of the app's service principal, given by a Privileged Role Administrator\n");
    }
    for (role, command) in &needed.own_roles {
        let scope = role.unit.map_or_else(|| "in the whole tenant".to_owned(), |unit| format!("within unit {unit}"));
        text.push_str(&wrap("    ", &format!("{} {scope}: {}", role.role.name, role.why)));
        text.push_str(&format!("      {command}\n"));
    }
    if !needed.azure_roles.is_empty() {
        text.push_str("\n  roles in Azure of the app's service principal\n");
    }
    for role in &needed.azure_roles {
        text.push_str(&wrap("    ", &format!("{} on {}: {}", role.role, role.scope, role.why)));
    }
    text
}

fn listed(title: &str, permissions: &[&Permission], text: &mut String) {
    if permissions.is_empty() {
        return;
    }
    text.push_str(&format!("\n  {title} ({})\n", count(permissions.len(), "permission", "permissions")));
    let rows: Vec<[String; 2]> =
        permissions.iter().map(|one| [one.name.to_owned(), one.app_role.to_string()]).collect();
    let (_, lines) = table(["permission", "app role"], &rows);
    for (line, one) in lines.iter().zip(permissions) {
        let api = if one.resource == access::permissions::Resource::Graph { "" } else { one.resource.name() };
        text.push_str(&format!("    {}", line));
        let why = if api.is_empty() { one.why.clone() } else { format!("({api}) {}", one.why) };
        text.push_str(&wrap("      ", &why));
    }
}
