//! Requests for access: a table of many, one in full, and where one stands.

use super::words::{count, table, visible, wrap};
use access::config::Requests;
use access::requests::{Request, Status, missing};
use jiff::Timestamp;

/// How many digits of an id people see; where two requests have them in common, all are shown.
const DIGITS: usize = 8;

/// A request, with the present rules of its package.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The request.
    pub request: &'a Request,
    /// The rules; `None`: nobody can ask for the package any more.
    pub rules: Option<&'a Requests>,
}

/// A table: who, what, where, until when, how far, and below each what it waits for.
pub fn requests(shown: &[Shown<'_>]) -> String {
    if shown.is_empty() {
        return "no requests\n".into();
    }
    let head = ["REQUEST", "STATUS", "CUSTOMER", "PACKAGE", "WHO", "UNTIL"];
    let rows: Vec<[String; 6]> = shown.iter().map(|one| row(one, shown)).collect();
    let (mut text, lines) = table(head, &rows);
    for (one, line) in shown.iter().zip(lines) {
        text.push_str(&line);
        text.push_str(&below(one));
    }
    let total = count(shown.len(), "request", "requests");
    let each = Status::ALL.into_iter().filter_map(|status| {
        let number = shown.iter().filter(|one| one.request.status == status).count();
        (number > 0).then(|| format!("{number} {status}"))
    });
    text.push_str(&wrap("", &format!("{total}: {}", each.collect::<Vec<_>>().join(", "))));
    text
}

fn row(one: &Shown<'_>, all: &[Shown<'_>]) -> [String; 6] {
    let Request { id, status, customer, package, invitee, hours, ends_at, .. } = one.request;
    let digits = short(one.request);
    let shares = all.iter().filter(|other| short(other.request) == digits).count() > 1;
    let until = match ends_at {
        Some(end) => minute(*end),
        None if status.is_final() => "-".into(),
        None => format!("for {hours} h"),
    };
    let shown = if shares { id.to_string() } else { digits.to_owned() };
    [shown, status.to_string(), customer.clone(), package.clone(), invitee.email.clone(), until]
}

/// What somebody who looks at a list must know: what is waited for, and what went wrong.
fn below(one: &Shown<'_>) -> String {
    match one.request.status {
        Status::Failed => wrap("  ! ", &stands(one)),
        Status::Active if one.request.detail.is_none() && one.request.closing.is_none() => String::new(),
        status if status.is_final() => String::new(),
        _ => wrap("  ? ", &stands(one)),
    }
}

/// Where a request stands, in a clause: what it waits for, or how it ended.
pub(super) fn stands(shown: &Shown<'_>) -> String {
    let request = shown.request;
    let detail = request.detail.as_deref();
    if request.closing.is_some() && !request.status.is_final() {
        let why = detail.map_or_else(|| "it is over".to_owned(), visible);
        return format!("{why}; no survey shows yet that the access is gone");
    }
    match request.status {
        Status::WaitingApproval => {
            let whose = match (shown.rules.and_then(|rules| missing(request, rules)), shown.rules) {
                (Some(missing), _) => format!("waits for {missing}"),
                (None, Some(_)) => "waits for an approval".into(),
                (None, None) => "waits for an approval, and nobody can ask for the package any more".into(),
            };
            let until = request.asking.map(|asking| format!(", until {}", minute(asking.until)));
            format!("{whose}{}", until.unwrap_or_default())
        }
        _ if let Some(detail) = detail => visible(detail),
        Status::Accepted if request.starts_at.is_none() => {
            "waits for its turn: a running host carries it out within a minute".into()
        }
        Status::Accepted => "is being carried out".into(),
        Status::Invited => "invited; not in all of the package's places yet".into(),
        Status::Active => "in all of the package's places".into(),
        _ => request.history.last().map(|change| visible(&change.to_string())).unwrap_or_default(),
    }
}

/// The status by its name, and where that leaves it.
pub(super) fn status(shown: &Shown<'_>) -> String {
    let (name, stands) = (shown.request.status.name(), stands(shown));
    if stands.starts_with(name) { stands } else { format!("{name}: {stands}") }
}

/// One request in full, with everything that happened and what can be done now.
pub fn request(shown: &Shown<'_>) -> String {
    let request = shown.request;
    let invitee = &request.invitee;
    let mut text = format!("request {}\n\n", request.id);
    let mut tell = |name: &str, value: String| text.push_str(&wrap(&format!("  {name:10} "), &value));
    tell("status", status(shown));
    let names: Vec<&str> = [&invitee.given_name, &invitee.surname].into_iter().flatten().map(String::as_str).collect();
    let name = if names.is_empty() { String::new() } else { format!(" ({})", names.join(" ")) };
    tell("who", format!("{}{name}", invitee.email));
    tell("what", format!("package {} in {}", request.package, request.customer));
    let hours = count(request.hours as usize, "hour", "hours");
    tell(
        "how long",
        match (request.starts_at, request.ends_at) {
            (Some(start), Some(end)) => format!("{hours}: {} to {}", minute(start), minute(end)),
            _ => format!("{hours} from its start"),
        },
    );
    let by = request.requested_by.as_deref().unwrap_or("nobody who is named");
    tell("asked by", format!("{by}, through {}, {}", request.caller, minute(request.created_at)));
    if let Some(ticket) = &request.ticket {
        let parts = [&ticket.system, &ticket.number, &ticket.id, &ticket.url];
        tell("ticket", parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" "));
    }
    tell("reason", visible(&request.reason));
    text.push_str("\nwhat happened\n");
    for change in &request.history {
        let at = change.at.strftime("%Y-%m-%d %H:%M:%S UTC");
        text.push_str(&wrap("  ", &format!("{at}  {}", visible(&change.to_string()))));
    }
    let next = next(request);
    if !next.is_empty() {
        text.push_str("\nwhat can be done\n");
        next.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    text
}

/// A request in a line or two, after it was made or decided on.
pub fn request_in_short(shown: &Shown<'_>) -> String {
    let Request { package, customer, invitee, hours, ends_at, .. } = shown.request;
    let until = match ends_at {
        Some(end) => format!("until {}", minute(*end)),
        None => format!("for {}", count(*hours as usize, "hour", "hours")),
    };
    let digits = short(shown.request);
    let head = format!("request {digits}: {} in {package} of {customer} {until}", invitee.email);
    format!("{}{}", wrap("", &head), wrap("  ", &status(shown)))
}

/// The commands that fit, for whoever looks at it.
pub fn next(request: &Request) -> Vec<String> {
    let digits = short(request);
    let line = |verb: &str, more: &str| format!("gatehouse requests {verb} {digits}{more} --by MAIL");
    match request.status {
        Status::WaitingApproval => vec![line("approve", ""), line("reject", ""), line("cancel", "")],
        status if status.is_final() || request.closing.is_some() => Vec::new(),
        _ => vec![line("extend", " --for HOURS"), line("cancel", "")],
    }
}

/// So much of the id as people see.
pub(super) fn short(request: &Request) -> &str {
    &request.id.as_str()[..DIGITS]
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
