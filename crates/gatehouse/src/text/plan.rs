//! A plan, grouped by customer, totals last.

use super::words::{count, wrap};
use access::config::Mode;
use access::plan::{Action, CustomerPlan, HoldGroup, HoldTotals, Plan, Problem, RELEASE_COMMAND, Step, Target};
use std::collections::BTreeSet;
use std::fmt::Write;

/// So many people who gain something are named; programs find everybody in the JSON.
const NAMED_MAX: usize = 8;

/// So many problems of one kind are told.
const ALIKE_MAX: usize = 4;

/// The whole plan.
pub fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    for group in &plan.groups {
        text.push_str(&shared(group));
        text.push('\n');
    }
    let causes: BTreeSet<&str> = plan.groups.iter().map(|group| group.cause.as_str()).collect();
    for part in &plan.customers {
        let part = without_shared(part, &causes);
        if !is_quiet(&part) {
            text.push_str(&customer(&part));
            text.push('\n');
        }
    }
    text.push_str(&totals(plan));
    text
}

/// What one cause holds in many customers, once.
fn shared(group: &HoldGroup) -> String {
    let HoldTotals { customers, people, steps } = group.totals;
    let mut text = format!(
        "{}  {}, {}, {} held by {}\n",
        group.cause,
        count(customers as usize, "customer", "customers"),
        count(people as usize, "person", "people"),
        count(steps as usize, "step", "steps"),
        group.rail
    );
    let command = group.command();
    let sentence = match group.text.find(&command) {
        Some(at) => group.text[..at].rfind(". ").map_or(group.text.as_str(), |end| &group.text[..=end]),
        None => &group.text,
    };
    text.push_str(&wrap("  ! ", sentence));
    text.push_str(&wrap("    ", &group.customers.join(", ")));
    if group.text.contains(&command) {
        text.push_str(&wrap(
            "    ",
            "Look at the steps (--format json lists them); to let exactly these through everywhere:",
        ));
        let _ = writeln!(text, "      {command}");
    }
    text
}

/// The customer's part without what its groups have told, if that is all that is held there. Else everything is shown: the
/// digest below it releases everything, so it must not stand under half of it.
fn without_shared(part: &CustomerPlan, causes: &BTreeSet<&str>) -> CustomerPlan {
    let shared = part.held.iter().filter(|held| causes.contains(held.cause.as_str()));
    let told: BTreeSet<u32> = shared.flat_map(|held| held.indices.iter().copied()).collect();
    if told.is_empty() || told.len() < part.held_steps.len() {
        return part.clone();
    }
    CustomerPlan { held: Vec::new(), held_steps: Vec::new(), ..part.clone() }
}

/// One customer's part.
fn customer(part: &CustomerPlan) -> String {
    let mut text = format!("{}  {}\n", part.customer, mode(part.mode));
    text.push_str(&steps(&part.steps));
    text.push_str(&held(part));
    text.push_str(&problems(&part.problems));
    text
}

/// What is held, by which rails, and how a person lets it through.
pub(super) fn held(part: &CustomerPlan) -> String {
    let mut text = String::new();
    for held in &part.held {
        let sentence = without_command(&held.text);
        text.push_str(&wrap("  ! ", &format!("held by {} ({}): {sentence}", held.rail, held.package)));
    }
    let open: BTreeSet<u32> = part.decidable().map(|(index, _)| index).collect();
    let named = |is_open: bool| -> Vec<Step> {
        let held = (0u32..).zip(&part.held_steps);
        held.filter(|(index, _)| open.contains(index) == is_open).map(|(_, step)| step.clone()).collect()
    };
    let (withheld, open) = (named(false), named(true));
    // The digest stands below what it names, and below nothing else.
    let titles = match withheld.is_empty() || open.is_empty() {
        true => ["", ""],
        false => ["    Nobody can let these through:\n", "    These can be let through:\n"],
    };
    for (title, held) in titles.into_iter().zip([withheld, open]) {
        text.push_str(title);
        for line in steps(&held).lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    if !part.digest.is_empty() && part.held.iter().any(|held| held.text.contains(RELEASE_COMMAND)) {
        let _ = writeln!(text, "    Look at them; to let exactly these steps through:");
        // On a line of its own, so that it can be copied.
        let _ = writeln!(text, "      gatehouse sync --release {} --by YOU", part.digest);
    }
    text
}

/// What a rail says, without the sentence that names the command.
fn without_command(text: &str) -> String {
    let Some(command) = text.find(RELEASE_COMMAND) else { return text.to_owned() };
    let Some(end) = text[..command].rfind(". ") else { return text.to_owned() };
    let after = text[command + RELEASE_COMMAND.len()..].trim_start_matches('.');
    format!("{}{after}", &text[..=end])
}

/// Problems, the first few of each kind: a group with a hundred strangers should not hide the one that matters.
fn problems(problems: &[Problem]) -> String {
    let mut text = String::new();
    for kind in problems.chunk_by(|a, b| (&a.code, &a.package) == (&b.code, &b.package)) {
        for problem in kind.iter().take(ALIKE_MAX) {
            let of = problem.package.as_ref().map(|package| format!(" ({package})")).unwrap_or_default();
            text.push_str(&wrap("  ? ", &format!("{}{of}: {}", problem.code, problem.text)));
        }
        if let Some(more) = kind.len().checked_sub(ALIKE_MAX).filter(|more| *more > 0) {
            let _ = writeln!(text, "    and {more} more of this kind (--format json lists them)");
        }
    }
    text
}

/// The line that ends every plan; where nothing is to do, it says what was compared.
fn totals(plan: &Plan) -> String {
    let steps = || plan.customers.iter().flat_map(|part| &part.steps);
    let of = |wanted: &dyn Fn(Action) -> bool| steps().filter(|step| wanted(step.action)).count();
    let compared = count(plan.customers.len(), "customer", "customers");
    let unchanged = match plan.totals.unchanged {
        1 => "1 membership is as it should be".to_owned(),
        many => format!("{many} memberships are as they should be"),
    };
    let mut counts = Vec::new();
    let mut add = |number: usize, what: &str| {
        if number > 0 {
            counts.push(format!("{number} {what}"));
        }
    };
    add(of(&|action| action.takes()), "to take away");
    add(of(&|action| action == Action::CreateGroup), "to create");
    add(of(&|action| matches!(action, Action::InviteGuest)), "to invite");
    add(of(&|action| action == Action::ResendInvitation), "to invite again");
    add(of(&|action| matches!(action, Action::RestoreGuest | Action::EnableGuest)), "to bring back");
    add(of(&|action| action == Action::AdoptMember), "to adopt");
    add(of(&|action| matches!(action, Action::AddMember | Action::AddToUnit | Action::GrantRole)), "to add");
    let is_idle = counts.is_empty();
    let held = plan.customers.iter().map(|part| part.held_steps.len()).sum::<usize>();
    if plan.totals.held > 0 {
        counts.push(format!("{} held", held.max(plan.totals.held as usize)));
    }
    if plan.totals.problems > 0 {
        counts.push(count(plan.totals.problems as usize, "problem", "problems"));
    }
    if is_idle {
        counts.insert(0, "nothing to do".into());
    }
    let reported = plan.customers.iter().filter(|part| part.mode == Mode::Observe).map(|part| part.steps.len()).sum();
    if reported > 0 {
        counts.push(format!("{} only reported (observe)", count(reported, "step", "steps")));
    }
    wrap("plan: ", &format!("{}; compared {compared}, and {unchanged}", counts.join(", ")))
}

/// Whether there is nothing to say about this customer.
fn is_quiet(part: &CustomerPlan) -> bool {
    part.steps.is_empty() && part.held.is_empty() && part.problems.is_empty()
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Observe => "(observe: reported, never done)",
        Mode::Enforce => "(enforce)",
        Mode::Paused => "(paused)",
        Mode::Offboard => "(offboard)",
    }
}

/// The steps in order; neighbours that differ in nothing but the person share a line.
pub(super) fn steps(steps: &[Step]) -> String {
    let mut text = String::new();
    let mut before: BTreeSet<String> = BTreeSet::new();
    for group in steps.chunk_by(|a, b| kind(a) == kind(b)) {
        let Some(first) = group.first() else { continue };
        let people: Vec<String> = group.iter().map(who).collect();
        let head = |whom: &str| format!("{} ({}): {}", phrase(first, whom), first.package, first.why);
        match people.as_slice() {
            [one] => text.push_str(&wrap(symbol(first.action), &head(one))),
            several => {
                let names: BTreeSet<String> = several.iter().cloned().collect();
                text.push_str(&wrap(symbol(first.action), &head(&count(several.len(), "person", "people"))));
                if names == before {
                    text.push_str("      the same people\n");
                } else {
                    text.push_str(&wrap("      ", &list(several, first.action.takes())));
                }
                before = names;
            }
        }
    }
    text
}

type Kind<'a> = (Action, &'a str, Option<Target>, Option<&'a str>, &'a str);

fn kind(step: &Step) -> Kind<'_> {
    (step.action, &step.package, step.target, step.group_name.as_deref(), &step.why)
}

fn who(step: &Step) -> String {
    let person = || step.person.map(|person| format!("person {person}"));
    let guest = || step.guest.map(|guest| format!("guest {guest}"));
    step.mail.clone().or_else(person).or_else(guest).unwrap_or_default()
}

fn list(people: &[String], in_full: bool) -> String {
    if in_full || people.len() <= NAMED_MAX {
        return people.join(", ");
    }
    format!("{} and {} more", people[..NAMED_MAX - 1].join(", "), people.len() - (NAMED_MAX - 1))
}

fn symbol(action: Action) -> &'static str {
    match action {
        action if action.takes() => "  - ",
        Action::AdoptMember => "  = ",
        _ => "  + ",
    }
}

fn phrase(step: &Step, whom: &str) -> String {
    let place = match (&step.target, &step.group_name) {
        (Some(Target::Group(id)), _) => format!("group {id}"),
        (Some(Target::Unit(id)), _) => format!("unit {id}"),
        (Some(Target::Role(role, unit)), _) => format!("role {role} in unit {unit}"),
        (None, Some(name)) => format!("group {name:?}"),
        (None, None) => String::new(),
    };
    match step.action {
        Action::RemoveMember | Action::RemoveFromUnit => format!("remove {whom} from {place}"),
        Action::RevokeRole => format!("revoke {place} from {whom}"),
        Action::DisableGuest => format!("disable {whom}"),
        Action::RevokeSessions => format!("end the sessions of {whom}"),
        Action::DeleteGuest => format!("delete {whom}"),
        Action::CreateGroup => format!("create {place}"),
        Action::RestoreGuest => format!("restore {whom}"),
        Action::EnableGuest => format!("enable {whom}"),
        Action::InviteGuest => format!("invite {whom}"),
        Action::ResendInvitation => format!("send {whom} the invitation again"),
        Action::AdoptMember => format!("adopt {whom} in {place}"),
        Action::AddMember | Action::AddToUnit => format!("add {whom} to {place}"),
        Action::GrantRole => format!("grant {place} to {whom}"),
    }
}
