//! `[[escalation]]` and a customer's own `[channels]`: who is paged, and that somebody is.

use super::channels;
use crate::config::break_glass::escalation_of;
use crate::config::files::{CustomerFile, EscalationStep, ProgramFile};
use crate::config::folder::{Source, Sources};
use crate::config::model::May;
use crate::config::places::Places;
use crate::config::problem::ConfigProblem;
use crate::config::read::nearest;
use jiff::SignedDuration;

/// How long people may have to answer: the timer comes once a minute, and after a day nobody is on duty any more.
const WAIT_MIN: SignedDuration = SignedDuration::from_mins(1);
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(24);

/// How long an acknowledgement may pause everything.
const VERDICT_MIN: SignedDuration = SignedDuration::from_mins(5);
const VERDICT_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Of `gatehouse.toml`. That the channels exist is looked at where channels are.
pub(super) fn of_program(sources: &Sources, program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    waits(&program.places, &program.parts.escalation, found);
    verdicts_come(program, found);
    callers_page_somebody(sources, program, found);
}

/// Of a customer.
pub(super) fn of_customer(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    for (name, table) in &customer.parts.channels {
        channels::one(customer, name, table, found);
    }
    waits(&customer.places, &customer.parts.escalation, found);
    own_channels_are_used(customer, found);
    let Some(program) = &sources.program else { return };
    channels_exist(program, customer, found);
    somebody_is_paged(program, customer, found);
}

fn waits(places: &Places, steps: &[EscalationStep], found: &mut Vec<ConfigProblem>) {
    for (index, step) in steps.iter().enumerate() {
        if step.wait.as_ref().is_some_and(|wait| !(WAIT_MIN..=WAIT_MAX).contains(&wait.0)) {
            let at = format!("escalation[{index}].wait");
            found.push(places.error(&at, "escalation_wait", "must be from \"1m\" to \"24h\""));
        }
    }
}

fn verdicts_come(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    let within = &program.parts.break_glass.verdict_within;
    if within.as_ref().is_some_and(|within| !(VERDICT_MIN..=VERDICT_MAX).contains(&within.0)) {
        let text = "must be from \"5m\" to \"24h\"";
        found.push(program.places.error("break_glass.verdict_within", "verdict_within", text));
    }
}

/// An alert about a customer without an escalation of its own, or about none that we know, pages the program's.
fn callers_page_somebody(sources: &Sources, program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    if !program.parts.escalation.is_empty() || !program.places.is_whole("escalation") {
        return;
    }
    let lacks_steps = |customer: &&Source<CustomerFile>| {
        customer.parts.escalation.is_empty() && customer.places.is_whole("escalation")
    };
    for (name, caller) in &program.parts.callers {
        let about_some = |named: &Vec<String>| {
            sources.customers.iter().filter(|customer| named.contains(&customer.name)).any(|one| lacks_steps(&one))
        };
        if caller.may.contains(&May::Alert) && caller.customers.as_ref().is_none_or(about_some) {
            let at = format!("callers.{name}.may");
            let text = "may raise alerts that would page nobody: there is no [[escalation]]";
            let problem = program.places.warning(&at, "alerts_page_nobody", text);
            found.push(problem.hint("write an [[escalation]] with the `channels` that are told"));
        }
    }
}

/// A name means the customer's own channel first, then the program's.
fn channels_exist(program: &Source<ProgramFile>, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let (own, shared) = (&customer.parts.channels, &program.parts.channels);
    for (step, index, name) in named(customer) {
        let at_channel = format!("channels.{name}");
        let is_there = own.contains_key(name) || shared.contains_key(name);
        // A channel that is there but could not be read has its own problem.
        if is_there || !customer.places.is_whole(&at_channel) || !program.places.is_whole(&at_channel) {
            continue;
        }
        let at = format!("escalation[{step}].channels[{index}]");
        let problem =
            customer.places.error(&at, "unknown_channel", "there is no such channel, here or in gatehouse.toml");
        found.push(match nearest(name, own.keys().chain(shared.keys()).map(String::as_str)) {
            Some((name, true)) => problem.hint(format!("did you mean `{name}`?")),
            _ => problem.hint("describe it in a table [channels.<name>]"),
        });
    }
}

/// Notices go to the program's channels, so that a customer's own have no other use.
fn own_channels_are_used(customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    if !customer.places.is_whole("escalation") {
        return;
    }
    for name in customer.parts.channels.keys() {
        if !named(customer).any(|(_, _, used)| used == name) {
            let text = "is told nothing: no [[escalation]] of this customer names it";
            found.push(customer.places.warning(&format!("channels.{name}"), "channel_unused", text));
        }
    }
}

/// An account is used, and nobody hears of it.
fn somebody_is_paged(program: &Source<ProgramFile>, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let table = &customer.parts.break_glass;
    let is_whole = |key: &str| customer.places.is_whole(key) && program.places.is_whole(key);
    if (table.accounts.is_empty() && table.webhook.is_none()) || !is_whole("escalation") || !is_whole("channels") {
        return;
    }
    if !escalation_of(&program.parts, customer).is_empty() {
        return;
    }
    let own = &customer.parts.escalation;
    let (is_own, steps) = if own.is_empty() { (false, &program.parts.escalation) } else { (true, own) };
    let is_known = |name: &String| {
        program.parts.channels.contains_key(name) || (is_own && customer.parts.channels.contains_key(name))
    };
    // An unknown channel is a problem of its own; with it mended somebody may be paged.
    if !steps.iter().flat_map(|step| &step.channels).all(is_known) {
        return;
    }
    let text = if steps.is_empty() {
        "would page nobody: there is no [[escalation]], here or in gatehouse.toml"
    } else {
        "would page nobody: no channel of [[escalation]] can be sent to"
    };
    let at = if table.accounts.is_empty() { "break_glass.webhook" } else { "break_glass.accounts" };
    let problem = customer.places.error(at, "nobody_paged", text);
    found.push(problem.hint("write an [[escalation]] with the `channels` that are told"));
}

/// The channels that the customer's own escalation names, with their steps and places there.
fn named(customer: &Source<CustomerFile>) -> impl Iterator<Item = (usize, usize, &String)> {
    let steps = customer.parts.escalation.iter().enumerate();
    steps.flat_map(|(step, table)| table.channels.iter().enumerate().map(move |(index, name)| (step, index, name)))
}
