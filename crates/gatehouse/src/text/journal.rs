//! Entries of the journal, a line each.

use access::drills::DrillRecord;
use access::incidents::IncidentRecord;
use access::ledger::Entry;
use access::plan::Action;
use engine::membership::orders::ProgramEntry;
use std::collections::{BTreeMap, BTreeSet};

/// One entry in words, on one line. `actions` remembers what each intent was about, for the outcome that follows it.
///
/// Comments and reasons come from outside: nothing in them moves the terminal's cursor or begins another line.
pub fn entry(entry: &Entry, actions: &mut BTreeMap<u64, Action>) -> String {
    let words = words(entry, actions);
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn words(entry: &Entry, actions: &mut BTreeMap<u64, Action>) -> String {
    match entry {
        Entry::Partner { tenant_id } => format!("kept for partner tenant {tenant_id}"),
        Entry::Intent(intent) => {
            let step = &intent.step;
            actions.insert(intent.number, step.action);
            let whom = step.mail.clone().or_else(|| step.guest.map(|guest| format!("guest {guest}")));
            let named = step.group_name.as_ref().map(|name| format!("group {name:?}"));
            let place = step.target.map(|target| target.to_string()).or(named);
            let words: Vec<String> = [whom, place].into_iter().flatten().collect();
            let released = if intent.released { "; released by a person" } else { "" };
            format!(
                "#{} {}: {} ({}: {}{released})",
                intent.number,
                step.action,
                words.join(", "),
                step.package,
                step.why
            )
        }
        Entry::Outcome { intent, outcome, .. } => {
            let action = actions.get(intent).map(|action| format!(" {action}")).unwrap_or_default();
            format!("#{intent}{action}: {outcome}")
        }
        Entry::Adopted { target, guest, packages, .. } => {
            format!("adopted: guest {guest} in {target} ({})", list(packages))
        }
        Entry::AdoptionDone { target } => {
            format!("{target}: first complete run is done; what comes later is not adopted")
        }
        Entry::AdoptionOpen { target } => {
            format!("{target}: looked after no more; should it be named again, who is wanted and there is adopted anew")
        }
        Entry::Confirmed { target, guest } => format!("confirmed: guest {guest} is in {target}"),
        Entry::Ended { target, guest } => format!("ended: guest {guest} is no longer in {target}"),
        Entry::Vanished { target, guest, .. } => format!("taken away by the customer: guest {guest} in {target}"),
        Entry::Known { person, guest, ours, .. } => {
            let whose = if *ours { "invited by us" } else { "there before us" };
            format!("known: guest {guest} stands for person {person}, {whose}")
        }
        Entry::Undone { guest, action } => format!("guest {guest}: somebody undid our {action}"),
        Entry::Closed { intent } => format!("#{intent}: closed, nothing came of it"),
        Entry::Reasons { target, guest, packages, standing } => {
            let only = if *standing { "" } else { ", by grants alone" };
            format!("guest {guest} in {target}: now for {}{only}", list(packages))
        }
        Entry::Decided(release) => {
            let verb = if release.allow { "released" } else { "refused" };
            let asserted = if release.asserted { " (named, not proven)" } else { "" };
            let comment = release.comment.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
            format!("{verb} by {}{asserted}: {} of {}{comment}", release.by, release.steps.len(), release.digest)
        }
        Entry::RefusalEnded { digest, steps, .. } if steps.is_empty() => {
            format!("what is held is no longer what was refused: {digest}")
        }
        Entry::RefusalEnded { digest, steps, .. } => {
            format!("refused and planned no more: {} of {digest}", steps.len())
        }
        Entry::InvitationsBlocked { .. } => "Microsoft refuses invitations for this tenant".into(),
        Entry::InvitationsLifted { by, .. } => format!("{by} says that Microsoft lifted the block on invitations"),
        Entry::Commanded(told) => format!("{} by {}: {}", told.command, told.by, told.reason),
        Entry::Unvetoed { target, guest, .. } => {
            format!("veto lifted: guest {guest} may be added to {target} again")
        }
        Entry::Forgotten { target, guest, .. } => {
            format!("forgotten: guest {guest} in {target} is not looked after any more")
        }
        Entry::GuestForgotten { guest, .. } => format!("forgotten: guest {guest} is not looked after any more"),
        Entry::Granted(grant) => format!(
            "granted: {} (person {}) in {} until {}, request {}{}",
            grant.mail,
            grant.person,
            grant.package,
            grant.until,
            grant.request,
            approved(&grant.approved_by)
        ),
        Entry::GrantChanged { request, until, by, note, .. } => {
            let note = note.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
            format!("request {request}: ends at {until} now, by {by}{note}")
        }
        Entry::GrantSettled { request, kept_by, .. } => match kept_by {
            None => format!("request {request}: over, and the person is gone from its places"),
            Some(what) => format!("request {request}: over; the person is kept there by {what}"),
        },
        Entry::Requested { request, change } => format!("request {request}: {change}"),
        Entry::TakenOver { epoch } => format!("another run took over (epoch {epoch})"),
    }
}

/// One entry of the program's own journal in words, on one line: nothing in it moves the terminal's cursor.
pub fn program_entry(entry: &ProgramEntry) -> String {
    let words = match entry {
        ProgramEntry::Ordered(note) => note.to_string(),
        ProgramEntry::Incident(record) => incident(record),
        ProgramEntry::Drill(record) => drill(record),
        ProgramEntry::TakenOver { epoch } => format!("another writer took over (epoch {epoch})"),
    };
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn incident(record: &IncidentRecord) -> String {
    let label = match (record.test, record.drill.is_some()) {
        (true, _) => "TEST ",
        (false, true) => "DRILL ",
        (false, false) => "",
    };
    let accounts: Vec<&str> = record.accounts.iter().map(|account| account.upn.as_str()).collect();
    let accounts = if accounts.is_empty() { String::new() } else { format!(" of {}", accounts.join(", ")) };
    let paged = if record.paged.is_empty() { "nobody".into() } else { record.paged.join(", ") };
    let unpaged = match record.unpaged.is_empty() {
        true => String::new(),
        false => format!(", not {}", record.unpaged.join(", ")),
    };
    let verdict = record.verdict.as_ref().map(|given| {
        let comment = given.comment.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
        let asserted = if given.asserted { ", as the caller says" } else { "" };
        format!("; {} by {}{asserted}{comment}", given.verdict.name(), given.by)
    });
    format!(
        "incident {} in tenant {}: {label}{}{accounts} ({}), opened {}, paged {paged}{unpaged}{}",
        record.id,
        record.tenant_id,
        record.kind.name(),
        record.severity,
        record.opened_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        verdict.unwrap_or_default()
    )
}

fn drill(record: &DrillRecord) -> String {
    let how = match record.ended.as_ref().and_then(|ended| ended.missing) {
        None => "passed",
        Some(missing) => missing.clause(),
    };
    let incident = record.incident.as_ref().map(|id| format!(", incident {id}")).unwrap_or_default();
    format!(
        "drill {} of {} with {}, announced by {} and {}: {how}{incident}",
        record.id, record.customer, record.account.upn, record.by, record.with
    )
}

fn approved(by: &[String]) -> String {
    if by.is_empty() { String::new() } else { format!(", approved by {}", by.join(", ")) }
}

fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
