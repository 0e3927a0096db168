//! How far the reconciler is with a grant, as the customer's ledger and the plan of its last run show it. Pure.

use crate::config::{Mode, Package, TargetGroup};
use crate::ids::ObjectId;
use crate::ledger::{Grant, Ledger};
use crate::plan::{CustomerPlan, Problem, Target, object_of};
use jiff::Timestamp;

/// How far a grant is, as the ledger and the plan of a run show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nothing could be done yet, and may be later.
    Waiting {
        /// Why, for programs: the code of a problem, of a rail, or `customer_observed`.
        code: String,
        /// Why, for people.
        text: String,
    },
    /// The guest is there, and not yet a member everywhere in the package.
    Invited,
    /// A member of the package's groups, redeemed or not.
    Active,
    /// Its time is over, and no complete survey since shows what became of the person.
    Ended,
    /// Its time is over, and a survey shows the person absent from the package's places, or kept there by something
    /// else.
    Settled {
        /// What else keeps the person there.
        kept_by: Option<String>,
    },
    /// It can never be carried out.
    Refused {
        /// Why, for programs.
        code: String,
        /// Why, for people, and what to do about it.
        text: String,
    },
}

/// Problems about a person that do not end by themselves: somebody has to do something first, and what, they say.
const FINAL: [&str; 14] = [
    "barred",
    "denied",
    "domain_not_allowed",
    "guest_deleted_by_customer",
    "guest_disabled_by_customer",
    "internal_user",
    "mail_reused",
    "match_ambiguous",
    "match_uncertain",
    "no_address",
    "partner_guest",
    "person_left",
    "redeemed_elsewhere",
    "vetoed",
];

/// Problems of a whole customer for which nobody is let in.
const OF_ALL: [&str; 5] = ["deny_unread", "invitations_blocked", "not_planned", "paused", "survey_incomplete"];

/// The problem of a person who is in a place already, and not through us.
const ALREADY_THERE: &str = "already_there";

/// How far a grant is, after a run whose plan this is. `package` is the grant's, as configured; `None`: it is gone.
pub fn progress(
    package: Option<&Package>,
    ledger: &Ledger,
    plan: &CustomerPlan,
    grant: &Grant,
    now: Timestamp,
) -> Progress {
    if let Some(settled) = ledger.settled.get(&grant.request) {
        return Progress::Settled { kept_by: settled.kept_by.clone() };
    }
    let Some(known) = ledger.grants.get(&grant.request) else {
        return waiting("not_granted", "the customer's journal does not have it yet; the next run carries it out");
    };
    if known.has_ended(now) {
        return Progress::Ended;
    }
    let Some(package) = package else {
        return waiting("package_gone", "the package is not in the configuration any more; put it back, or cancel");
    };
    let look = Look { package, ledger, plan, grant: known };
    let places = look.places();
    if !places.is_empty() && places.iter().all(|place| place.is_some_and(|target| look.is_in(target))) {
        return Progress::Active;
    }
    let about: Vec<&Problem> = plan.problems.iter().filter(|problem| look.is_about(problem)).collect();
    if let Some(last) = about.iter().find(|problem| FINAL.contains(&problem.code.as_str())) {
        return Progress::Refused { code: last.code.clone(), text: last.text.clone() };
    }
    if let Some((rail, text)) = look.holds() {
        let text = text.to_string();
        return match rail {
            "protect" => Progress::Refused { code: rail.into(), text },
            _ => Progress::Waiting { code: rail.into(), text },
        };
    }
    if plan.mode == Mode::Observe {
        return waiting("customer_observed", "the customer is only observed; it is carried out once that has changed");
    }
    if let Some(first) = about.first() {
        return waiting(&first.code, &first.text);
    }
    let hinders = plan.problems.iter().find(|problem| look.hinders(problem, &places));
    match hinders {
        Some(problem) => waiting(&problem.code, &problem.text),
        None if look.guest().is_some() => Progress::Invited,
        None => waiting("under_way", "the customer's next run goes on with it"),
    }
}

fn waiting(code: &str, text: &str) -> Progress {
    Progress::Waiting { code: code.into(), text: text.into() }
}

struct Look<'a> {
    package: &'a Package,
    ledger: &'a Ledger,
    plan: &'a CustomerPlan,
    grant: &'a Grant,
}

impl Look<'_> {
    /// The package's places; `None` is a group that is still to be made.
    fn places(&self) -> Vec<Option<Target>> {
        let groups = self.package.groups.iter().map(|group| match group {
            TargetGroup::Id(id) => Some(Target::Group(*id)),
            TargetGroup::Create { name } => self.ledger.groups.get(name).copied().map(Target::Group),
        });
        let units = self.package.units.iter().map(|unit| Some(Target::Unit(*unit)));
        let roles = self.package.roles.iter().map(|role| Some(Target::Role(role.role, role.unit)));
        groups.chain(units).chain(roles).collect()
    }

    /// Whether the person is in this place: through us, or seen there otherwise.
    fn is_in(&self, target: Target) -> bool {
        let rows = self.ledger.rows.get(&target).into_iter().flat_map(|rows| rows.values());
        let mut ours =
            rows.filter(|row| row.person == self.grant.person && row.removing.is_none() && row.vanished.is_none());
        let there = |problem: &Problem| {
            problem.code == ALREADY_THERE
                && problem.object == Some(self.grant.person.into())
                && problem.text.contains(&target.to_string())
        };
        ours.next().is_some() || self.plan.problems.iter().any(there)
    }

    /// Their guest, as far as one is there for them.
    fn guest(&self) -> Option<ObjectId> {
        let row = self.ledger.guests.get(&self.grant.person)?;
        row.deleted.is_none().then_some(row.guest.into())
    }

    /// Whether a problem is about this person here.
    fn is_about(&self, problem: &Problem) -> bool {
        let here = problem.package.as_ref().is_none_or(|name| *name == self.package.name);
        let theirs = problem.object == Some(self.grant.person.into())
            || (problem.object.is_some() && problem.object == self.guest());
        here && theirs && problem.code != ALREADY_THERE
    }

    /// Whether a problem of the customer, or of a place, keeps everybody out.
    fn hinders(&self, problem: &Problem, places: &[Option<Target>]) -> bool {
        let is_place = problem.object.is_some_and(|id| places.iter().flatten().any(|target| object_of(*target) == id));
        let closed = problem.code.starts_with("group_")
            || ["target_gone", "target_unread", "unit_is_restricted"].contains(&problem.code.as_str());
        let unmade = problem.code == "group_vanished" && problem.package.as_ref() == Some(&self.package.name);
        OF_ALL.contains(&problem.code.as_str()) || (is_place && closed) || unmade
    }

    /// The rail that holds something which would let the person in.
    fn holds(&self) -> Option<(&str, &str)> {
        let theirs = |index: &u32| {
            let step = self.plan.held_steps.get(*index as usize);
            step.is_some_and(|step| step.person == Some(self.grant.person) && !step.action.takes())
        };
        let held = self.plan.held.iter().find(|held| held.indices.iter().any(theirs))?;
        Some((held.rail.as_str(), held.text.as_str()))
    }
}
