//! `gatehouse why`: from configuration, store and journal, why a person has, had or lacks access.

mod grants;
mod requests;

use super::documents::{Body, body_path};
use crate::{Engine, Error};
use access::config::TargetGroup;
use access::ids::PersonId;
use access::ledger::Entry;
use serde::Serialize;

/// The answer: what is now, what is planned, and what happened.
#[derive(Debug, Clone, Serialize)]
pub struct Why {
    /// The customer.
    pub customer: String,
    /// The address that was asked about.
    pub mail: String,
    /// The person, if the partner has one with this address.
    pub person: Option<PersonId>,
    /// Sentences about now: the partner's side, then each package.
    pub now: Vec<String>,
    /// What the next run would do about this person, and what holds or hinders it.
    pub planned: Vec<String>,
    /// What the journal says of this person, oldest first.
    pub history: Vec<String>,
}

impl Engine {
    /// Why this person has, had or lacks access in this customer. Writes nothing.
    pub async fn why(&self, customer: &str, mail: &str) -> Result<Why, Error> {
        let customer = self.customer(customer)?;
        let mail = mail.trim().to_lowercase();
        let partner = self.fresh_partner().await?;
        let person = partner.snapshot.people.iter().find_map(|(id, person)| {
            let same = |text: &Option<String>| text.as_deref().is_some_and(|text| text.eq_ignore_ascii_case(&mail));
            (same(&person.mail) || same(&person.upn)).then_some(*id)
        });
        let body = self.store.read::<Body>(&body_path(customer.tenant_id)).await?;
        // With what was granted since the last run.
        let (_, ledger, _) = self.unfold(customer, body.as_ref().map(|kept| &kept.value)).await?;
        let person = person.or_else(|| self.granted_person(&ledger, &mail));
        let mut why = Why {
            customer: customer.name.clone(),
            mail: mail.clone(),
            person,
            now: Vec::new(),
            planned: Vec::new(),
            history: Vec::new(),
        };
        match person.and_then(|id| partner.snapshot.people.get(&id)) {
            None => why.now.push(format!("{mail} is in none of the partner groups that the configuration names")),
            Some(found) => why.now.push(format!("{mail} is {} at the partner", state(found.state))),
        }
        if let Some(bar) = person.and_then(|id| partner.orders.barred.get(&id)) {
            why.now.push(format!(
                "barred by {} since {} ({}); only gatehouse unbar lets them in again",
                bar.by,
                bar.at.strftime("%Y-%m-%d %H:%M UTC"),
                bar.reason
            ));
        }
        if let Some(pause) = partner.orders.pause_of(customer.tenant_id, self.clock.now()) {
            let own = partner.orders.pauses.get(&customer.tenant_id) == Some(pause);
            let resume = if own { &customer.name } else { "--all" };
            why.now.push(format!("{} is {}", customer.name, pause.sentence(resume)));
        }
        for package in &customer.packages {
            let inside = |ids: &std::collections::BTreeSet<access::ids::GroupId>| {
                let groups = ids.iter().filter_map(|id| partner.snapshot.groups.get(id).map(|group| (id, group)));
                groups
                    .filter(|(_, group)| person.is_some_and(|id| group.people.contains(&id)))
                    .map(|(id, _)| *id)
                    .next()
            };
            let sentence = match (inside(&package.members), inside(&package.except)) {
                (Some(group), None) => format!("package {}: asked for by partner group {group}", package.name),
                (Some(_), Some(group)) => format!("package {}: kept out by the `except` group {group}", package.name),
                (None, _) => format!("package {}: not in any of its partner groups", package.name),
            };
            let places = package.groups.iter().map(|group| match group {
                TargetGroup::Id(id) => format!("group {id}"),
                TargetGroup::Create { name } => format!("group {name:?}"),
            });
            let places: Vec<String> = places.chain(package.units.iter().map(|unit| format!("unit {unit}"))).collect();
            why.now.push(format!("{sentence} (gives {})", places.join(", ")));
        }
        why.now.extend(grants::now(&ledger, person, self.clock.now()));
        let guest = person.and_then(|id| ledger.guests.get(&id).cloned());
        if let Some(row) = &guest {
            let whose = if row.ours { "invited by Gatehouse" } else { "there before Gatehouse" };
            why.now.push(format!("stands in the customer's tenant as guest {}, {whose}", row.guest));
        }
        let plan = self.plan_one(customer, &partner).await;
        let object = person.map(access::ids::ObjectId::from);
        let about = |step: &&access::plan::Step| {
            (person.is_some() && step.person == person) || step.mail.as_deref() == Some(mail.as_str())
        };
        why.planned.extend(plan.steps.iter().filter(about).map(|step| format!("{}: {}", step.action, step.why)));
        why.planned
            .extend(plan.held_steps.iter().filter(about).map(|step| format!("held: {}: {}", step.action, step.why)));
        let guest_object = guest.as_ref().map(|row| access::ids::ObjectId::from(row.guest));
        let concerns = |problem: &&access::plan::Problem| {
            problem.object.is_some() && (problem.object == object || problem.object == guest_object)
        };
        why.planned
            .extend(plan.problems.iter().filter(concerns).map(|problem| format!("{}: {}", problem.code, problem.text)));
        use super::trouble::{CONSENT_LOST, PERMISSION_MISSING, TENANT_CLOSED};
        const TROUBLES: [&str; 4] = ["not_planned", CONSENT_LOST, PERMISSION_MISSING, TENANT_CLOSED];
        let troubles = plan.problems.iter().filter(|problem| TROUBLES.contains(&problem.code.as_str()));
        why.planned.extend(troubles.map(|problem| format!("{}: {}", problem.code, problem.text)));
        let mut journal = self.journal(customer, None)?;
        let mut numbers = std::collections::BTreeMap::new();
        let (mut granted, mut named) = (grants::Told::default(), std::collections::BTreeSet::new());
        let mut history = Vec::new();
        while let Some(block) = journal.next().await? {
            for entry in &block.entries {
                named.extend(requests::named(entry));
                let told = line(entry, person, &mail, &mut numbers).or_else(|| granted.line(entry, person, &mail));
                history.extend(told.map(|text| (block.at, 1, text)));
            }
        }
        let requests = self.requests_for(customer, person, &mail, named).await?;
        why.now.extend(requests::now(&requests, &ledger, customer));
        history.extend(requests::history(&requests).map(|(at, leads, text)| (at, if leads { 0 } else { 2 }, text)));
        // Whatever is of one moment stays as it was told.
        history.sort_by_key(|(at, rank, _)| (*at, *rank));
        let line = |(at, _, text): (jiff::Timestamp, u8, String)| {
            let at = at.strftime("%Y-%m-%d %H:%M:%S UTC");
            format!("{at}  {text}")
        };
        why.history.extend(history.into_iter().map(line));
        Ok(why)
    }
}

fn state(state: access::plan::PersonState) -> &'static str {
    use access::plan::PersonState::*;
    match state {
        Enabled => "enabled",
        Disabled => "disabled",
        Deleted => "deleted",
        Unconfirmed => "in an unconfirmed state",
    }
}

/// One entry in words, if it is about this person.
fn line(
    entry: &Entry,
    person: Option<PersonId>,
    mail: &str,
    numbers: &mut std::collections::BTreeMap<u64, access::plan::Action>,
) -> Option<String> {
    match entry {
        Entry::Intent(intent) => {
            let step = &intent.step;
            let theirs = (person.is_some() && step.person == person) || step.mail.as_deref() == Some(mail);
            theirs.then(|| {
                numbers.insert(intent.number, step.action);
                let target = step.target.map(|target| format!(" {target}")).unwrap_or_default();
                format!("{}{target}: {}", step.action, step.why)
            })
        }
        Entry::Outcome { intent, outcome, .. } => {
            let action = numbers.get(intent)?;
            Some(format!("{action}: {outcome}"))
        }
        Entry::Adopted { target, person: adopted, .. } if Some(*adopted) == person => {
            Some(format!("adopted in {target}: it was there at the first run"))
        }
        Entry::Known { person: known, guest, ours, .. } if Some(*known) == person => {
            let whose = if *ours { "ours" } else { "not ours" };
            Some(format!("stands as guest {guest} ({whose})"))
        }
        Entry::Decided(decision) => {
            let who = person.map(access::ids::ObjectId::from)?;
            decision.steps.iter().any(|key| key.who == Some(who)).then(|| {
                let verb = if decision.allow { "released" } else { "refused" };
                let asserted = if decision.asserted { " (named, not proven)" } else { "" };
                let comment = decision.comment.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
                format!("{verb} by {}{asserted}{comment}", decision.by)
            })
        }
        _ => None,
    }
}
