//! A plan as a short text, with names for ids.

use super::world::{NAMES, World, group, guest, name, person, source, unit};
use crate::plan::{Planned, Step};
use expect_test::Expect;
use std::fmt::Write;

/// Plans, and compares the whole plan as text.
pub(in crate::plan) fn check(world: &World, expect: Expect) {
    expect.assert_eq(&render(&world.plan()));
}

/// Plans, and compares what is held, as people read it.
pub(in crate::plan) fn check_held(world: &World, expect: Expect) {
    let planned = world.plan();
    let mut text = String::new();
    held(&planned, &mut text);
    expect.assert_eq(&with_names(text));
}

pub(in crate::plan) fn render(planned: &Planned) -> String {
    let mut text = String::new();
    for step in &planned.plan.steps {
        writeln!(text, "{}", line(step)).unwrap();
    }
    held(planned, &mut text);
    for problem in &planned.plan.problems {
        writeln!(text, "! {}: {}", problem.code, problem.text).unwrap();
    }
    if text.is_empty() {
        text.push_str("nothing to do\n");
    }
    with_names(text)
}

fn held(planned: &Planned, text: &mut String) {
    for held in &planned.plan.held {
        let limit = held.limit.map(|limit| format!(", limit {limit}")).unwrap_or_default();
        writeln!(text, "HELD by {} in {}: {} people, {} steps{limit}", held.rail, held.package, held.count, held.steps)
            .unwrap();
        writeln!(text, "     {}", held.text).unwrap();
    }
}

fn line(step: &Step) -> String {
    let place = step.target.map(|target| target.to_string()).or(step.group_name.clone()).unwrap_or_default();
    let who = match (step.person, step.guest) {
        (Some(person), _) => person.to_string(),
        (None, Some(guest)) => guest.to_string(),
        (None, None) => String::new(),
    };
    let words = [step.action.name(), &who, &place].into_iter().filter(|word| !word.is_empty());
    format!("{}: {}", words.collect::<Vec<_>>().join(" "), step.why)
}

/// Puts names for the ids that the builder made.
pub(in crate::plan) fn with_names(mut text: String) -> String {
    for number in 0..=u8::MAX {
        let named = usize::from(number) < NAMES.len() || number < 64;
        if !named {
            break;
        }
        text = text.replace(&person(number).to_string(), &name(number));
        text = text.replace(&guest(number).to_string(), &format!("{}'s guest", name(number)));
        text = text.replace(&group(number).to_string(), &format!("T{number}"));
        text = text.replace(&source(number).to_string(), &format!("S{number}"));
        text = text.replace(&unit(number).to_string(), &format!("U{number}"));
    }
    text
}
