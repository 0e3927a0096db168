//! Ids of Azure resources: `/subscriptions/<id>/resourceGroups/<name>/providers/<namespace>/<type>/<name>`.

use uuid::Uuid;

/// The longest name of a resource, in characters (page "Naming rules and restrictions for Azure resources").
const NAME_CHARS_MAX: usize = 260;

/// The longest name of a resource group, in characters (the same page).
const GROUP_CHARS_MAX: usize = 90;

/// The id of an Azure resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ArmId {
    /// As it was written. Azure does not keep to one case.
    pub(super) text: String,
    /// The subscription in it.
    pub(super) subscription: Uuid,
}

/// Reads the id of a resource of one of these types, such as `Microsoft.Insights/actionGroups`; `None`: it is none.
pub(super) fn parse(text: &str, types: &[&str]) -> Option<ArmId> {
    let parts: Vec<&str> = text.split('/').collect();
    let ["", subscriptions, subscription, groups, group, providers, namespace, kind, name] = parts.as_slice() else {
        return None;
    };
    let words = [(*subscriptions, "subscriptions"), (*groups, "resourceGroups"), (*providers, "providers")];
    let is_of = |wanted: &&str| {
        wanted.split_once('/').is_some_and(|(wanted_namespace, wanted_kind)| {
            namespace.eq_ignore_ascii_case(wanted_namespace) && kind.eq_ignore_ascii_case(wanted_kind)
        })
    };
    let fits = words.iter().all(|(found, wanted)| found.eq_ignore_ascii_case(wanted))
        && subscription.len() == 36
        && is_name(group, GROUP_CHARS_MAX)
        && is_name(name, NAME_CHARS_MAX)
        && types.iter().any(is_of);
    let subscription = subscription.parse().ok().filter(|id: &Uuid| fits && !id.is_nil())?;
    Some(ArmId { text: text.to_owned(), subscription })
}

/// Nothing that would lead elsewhere when it becomes part of a URL. Spaces are allowed inside.
fn is_name(name: &str, chars_max: usize) -> bool {
    let odd = |c: char| c.is_control() || "*<>%{}&:\\?#\"".contains(c);
    !name.is_empty() && name.chars().count() <= chars_max && !name.contains(odd) && !name.ends_with(['.', ' '])
}
