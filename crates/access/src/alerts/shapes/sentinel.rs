//! Microsoft Sentinel incidents. Sentinel calls nobody itself: a playbook forwards what woke it, whole, or only the
//! incident, or wrapped once more in `body` or `object`.

use super::super::alert::{Alert, AlertState, Shape, Window};
use super::super::dates::{date, window};
use super::super::finding::{Finding, FindingKind};
use super::super::found::{Found, Ours};
use super::super::json::Json;
use super::super::query::{Table, table};
use super::super::row_finding::object_id;
use super::super::text::{identifier, shown};
use super::finished;
use uuid::Uuid;

/// How often an incident may be wrapped.
const WRAPPED_MAX: usize = 3;

/// `None` where there is no incident in it.
pub(super) fn read(json: &Json, ours: Ours<'_>) -> Option<Alert> {
    let (envelope, incident) = unwrap(json, WRAPPED_MAX)?;
    let properties = incident.get("properties");
    let mut alert = Alert::new(Shape::Sentinel);
    let ids = [incident.get("id"), incident.get("name")];
    alert.id = ids.into_iter().find_map(Json::scalar).and_then(identifier);
    alert.rule = properties.get("title").scalar().and_then(shown);
    let is_update = envelope.get("objectEventType").is("Update");
    // An incident that grows is sent as an update too, and what is new in it must be seen. Only a closed one tells nothing.
    if properties.get("status").is("Closed") {
        alert.state = AlertState::Updated;
    }
    let versions: &[&str] =
        if is_update { &["lastModifiedTimeUtc", "createdTimeUtc"] } else { &["createdTimeUtc", "lastModifiedTimeUtc"] };
    alert.fired_at = date(properties, versions, &mut alert);
    alert.window = window(properties, &["firstActivityTimeUtc"], &["lastActivityTimeUtc"], &mut alert);
    alert.workspace = workspace(envelope, properties);
    let mut found = Found::new(ours);
    accounts(properties, &mut alert, &mut found);
    Some(finished(alert, found))
}

/// The incident, and what it stands in.
fn unwrap(json: &Json, deeper: usize) -> Option<(&Json, &Json)> {
    let (object, body) = (json.get("object"), json.get("body"));
    let is_incident = |json: &Json| {
        let kind = json.get("type").text().unwrap_or_default().to_ascii_lowercase();
        kind.ends_with("/incidents") && json.get("properties").is_object()
    };
    if is_incident(json) {
        return Some((json, json));
    }
    if is_incident(object) || (json.get("objectSchemaType").is("Incident") && object.get("properties").is_object()) {
        return Some((json, object));
    }
    let deeper = deeper.checked_sub(1)?;
    [object, body].into_iter().find_map(|inner| unwrap(inner, deeper))
}

fn workspace(envelope: &Json, properties: &Json) -> Option<Uuid> {
    let of_alerts = properties.get("alerts").items().iter().flat_map(|alert| {
        alert.at(&["properties", "resourceIdentifiers"]).items().iter().map(|resource| resource.get("workspaceId"))
    });
    std::iter::once(envelope.get("workspaceId")).chain(of_alerts).find_map(|id| Uuid::parse_str(id.text()?.trim()).ok())
}

/// The accounts that the incident is about, joined with what its alerts' custom details say.
fn accounts(properties: &Json, alert: &mut Alert, found: &mut Found<'_>) {
    let entities = || properties.get("relatedEntities").items().iter();
    let of_kind = |kind: &'static str| entities().filter(move |entity| entity.get("kind").is(kind));
    let accounts: Vec<&Json> = of_kind("Account").map(|entity| entity.get("properties")).collect();
    let addresses: Vec<&Json> = of_kind("Ip").map(|entity| entity.at(&["properties", "address"])).collect();
    let details = Details::of(properties);
    let first = alert.window.map(|Window { from, .. }| from);
    for account in &accounts {
        let mut finding = Finding::new(details.kind());
        finding.user = account.get("aadUserId").scalar().and_then(object_id);
        finding.upn = name(account);
        finding.at = first;
        finding.result = only(&details.results).and_then(|result| shown(result));
        finding.app = only(&details.apps).and_then(|app| shown(app));
        finding.ip = only(&addresses).and_then(|address| shown(address.scalar()?));
        if let Table::SignIns { interactive } = details.table {
            finding.interactive = interactive;
        }
        let events: Vec<String> = details.events.iter().filter_map(|event| identifier(event)).collect();
        if accounts.len() == 1 && !events.is_empty() {
            events.into_iter().for_each(|event| found.push(Finding { event: Some(event), ..finding.clone() }));
        } else if finding.names_something() {
            finding.event = of_incident(alert, &finding, properties);
            found.push(finding);
        }
    }
    if accounts.len() > 1 && !details.events.is_empty() {
        alert.note("it names several accounts and several events: whose is which is not said");
    }
}

/// The incident, the account, and how many alerts it holds: a further one may be a further sign-in.
fn of_incident(alert: &Alert, finding: &Finding, properties: &Json) -> Option<String> {
    let who = finding.user.map(|user| user.to_string()).or(finding.upn.clone())?;
    let alerts = properties.get("alerts").items().len();
    let count = if alerts > 1 { format!("/{alerts}") } else { String::new() };
    identifier(&format!("{}/{who}{count}", alert.id.as_deref()?))
}

/// The account's sign-in name, which stands in two halves.
fn name(account: &Json) -> Option<String> {
    let halves = account.get("accountName").scalar().zip(account.get("upnSuffix").scalar());
    let joined = halves.map(|(name, suffix)| format!("{name}@{suffix}"));
    joined.as_deref().or(account.get("displayName").scalar()).filter(|name| name.contains('@')).and_then(shown)
}

fn only<T>(all: &[T]) -> Option<&T> {
    if let [one] = all { Some(one) } else { None }
}

/// What the rule's author has each alert say, and the rule's query.
struct Details {
    table: Table,
    events: Vec<String>,
    are_audits: bool,
    results: Vec<String>,
    apps: Vec<String>,
}

impl Details {
    fn of(properties: &Json) -> Self {
        let mut details =
            Self { table: Table::Unknown, events: vec![], are_audits: false, results: vec![], apps: vec![] };
        for alert in properties.get("alerts").items() {
            let data = alert.at(&["properties", "additionalData"]);
            if details.table == Table::Unknown {
                details.table = table(data.get("Query"));
            }
            // JSON in a text, whose values are lists.
            let Some(custom) = data.get("Custom Details").unfold() else { continue };
            let audits = values(&custom, "AuditId");
            details.are_audits |= !audits.is_empty();
            add(&mut details.events, values(&custom, "SignInId"));
            add(&mut details.events, audits);
            add(&mut details.results, values(&custom, "ResultType"));
            add(&mut details.apps, values(&custom, "AppDisplayName"));
        }
        details
    }

    fn kind(&self) -> FindingKind {
        let is_change = self.are_audits || self.table == Table::Audits;
        if is_change { FindingKind::Change } else { FindingKind::SignIn }
    }
}

fn values(custom: &Json, name: &str) -> Vec<String> {
    let json = custom.get(name);
    let all = if let Json::List(items) = json { items.as_slice() } else { std::slice::from_ref(json) };
    all.iter().filter_map(Json::scalar).map(str::to_owned).collect()
}

fn add(list: &mut Vec<String>, values: Vec<String>) {
    for value in values {
        if !list.contains(&value) {
            list.push(value);
        }
    }
}
