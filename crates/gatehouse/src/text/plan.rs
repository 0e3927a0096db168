//! A plan, grouped by customer, totals last.

use super::words::{count, wrap};
use access::config::Mode;
use access::plan::{Action, CustomerPlan, Plan, Step, Target};
use std::collections::BTreeSet;
use std::fmt::Write;

/// So many people who gain something are named; programs find everybody in the JSON.
const NAMED_MAX: usize = 8;

/// The whole plan.
pub fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    for part in plan.customers.iter().filter(|part| !is_quiet(part)) {
        text.push_str(&customer(part));
        text.push('\n');
    }
    text.push_str(&totals(plan));
    text
}

/// One customer's part.
pub fn customer(part: &CustomerPlan) -> String {
    let mut text = format!("{}  {}\n", part.customer, mode(part.mode));
    text.push_str(&steps(&part.steps));
    for held in &part.held {
        let sentence = held.text.replace("DIGEST", &part.digest);
        text.push_str(&wrap("  ! ", &format!("held by {} ({}): {sentence}", held.rail, held.package)));
    }
    if !part.held_steps.is_empty() {
        let held = steps(&part.held_steps);
        held.lines().for_each(|line| {
            let _ = writeln!(text, "  {line}");
        });
    }
    for problem in &part.problems {
        let of = problem.package.as_ref().map(|package| format!(" ({package})")).unwrap_or_default();
        text.push_str(&wrap("  ? ", &format!("{}{of}: {}", problem.code, problem.text)));
    }
    text
}

/// The line that ends every plan; where nothing is to do, it says what was compared.
pub fn totals(plan: &Plan) -> String {
    let steps = || plan.customers.iter().flat_map(|part| &part.steps);
    let of = |wanted: &dyn Fn(Action) -> bool| steps().filter(|step| wanted(step.action)).count();
    let compared = count(plan.customers.len(), "customer", "customers");
    let unchanged = count(plan.totals.unchanged as usize, "membership", "memberships");
    let mut counts = Vec::new();
    let mut add = |number: usize, what: &str| {
        if number > 0 {
            counts.push(format!("{number} {what}"));
        }
    };
    add(of(&|action| action.takes()), "to take away");
    add(of(&|action| action == Action::CreateGroup), "to create");
    add(of(&|action| matches!(action, Action::InviteGuest)), "to invite");
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
    format!("plan: {}; {unchanged} of {compared} compared and as they should be\n", counts.join(", "))
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
fn steps(steps: &[Step]) -> String {
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
        Action::AdoptMember => format!("adopt {whom} in {place}"),
        Action::AddMember | Action::AddToUnit => format!("add {whom} to {place}"),
        Action::GrantRole => format!("grant {place} to {whom}"),
    }
}
