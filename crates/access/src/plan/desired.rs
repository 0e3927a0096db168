//! Who should be where, and why others should not.

use super::asking::Asking;
use super::input::Input;
use super::matching::guest_of;
use super::problems::Problems;
use super::{Person, PersonState, SourceState, Target};
use crate::config::{Package, TargetGroup};
use crate::ids::{GroupId, PersonId};
use crate::ledger::Grant;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How long a source group that became empty is not believed without a person's word.
const EMPTIED_DOUBT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A place to keep: a target that exists, or a group that is still to be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// It exists.
    There(Target),
    /// We shall make it, under this name.
    ToCreate(String),
}

/// One package, with its people.
pub(super) struct Standing<'a> {
    pub(super) package: &'a Package,
    /// In a source group and in no `except` group, in whatever state.
    pub(super) inside: BTreeSet<PersonId>,
    /// Of whom it is not settled yet whether they are inside: they stay as they are.
    pub(super) doubtful: BTreeSet<PersonId>,
    /// Why absence from the source proves nothing.
    pub(super) incomplete: Option<String>,
    /// Which source group is empty though that is hard to believe.
    pub(super) empty: Option<String>,
    /// Why nobody is added.
    pub(super) additions_held: Option<String>,
    /// Until when a group that became empty is not believed.
    pub(super) doubted_until: Option<Timestamp>,
}

impl<'a> Standing<'a> {
    /// A package without anybody.
    fn empty(package: &'a Package) -> Self {
        Self {
            package,
            inside: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            incomplete: None,
            empty: None,
            additions_held: None,
            doubted_until: None,
        }
    }

    /// Whether everybody who should be in it is known.
    pub(super) fn is_certain(&self) -> bool {
        self.incomplete.is_none() && self.empty.is_none() && self.additions_held.is_none()
    }
}

/// The packages of the customer, each with its people; says what is wrong with their source groups.
pub(super) fn standing<'a>(input: &Input<'a>, problems: &mut Problems) -> Vec<Standing<'a>> {
    input.customer.packages.iter().map(|package| one(input, package, problems)).collect()
}

/// The packages of a customer who is being offboarded: nobody is in them any more, and no group of the partner is asked.
pub(super) fn nobody<'a>(input: &Input<'a>) -> Vec<Standing<'a>> {
    input.customer.packages.iter().map(Standing::empty).collect()
}

/// Why this person must not be given anything here, in words; `None`: nothing speaks against it.
pub(super) fn objection(input: &Input<'_>, id: PersonId) -> Option<String> {
    match filter(input, id) {
        Filter::Wanted => None,
        Filter::Kept(_, text) => Some(text),
        Filter::Denied => Some(format!("{id} is on the customer's stop list")),
        Filter::Barred(text) => Some(text),
        Filter::Left => Some(format!("{id} has left the partner")),
    }
}

fn one<'a>(input: &Input<'a>, package: &'a Package, problems: &mut Problems) -> Standing<'a> {
    let mut standing = Standing::empty(package);
    let emptied = |id| input.snapshot.groups.get(&id).filter(|group| group.people.is_empty())?.emptied;
    let ends = package.sources().filter_map(emptied).filter_map(|since| since.checked_add(EMPTIED_DOUBT).ok());
    standing.doubted_until = ends.filter(|end| *end > input.now).min();
    let doubtful = |id| input.snapshot.groups.get(id).map(|group| &group.doubtful).into_iter().flatten().copied();
    standing.doubtful = package.members.iter().flat_map(doubtful).collect();
    for &id in &package.members {
        match read(input, id) {
            Ok((people, emptied)) => {
                standing.inside.extend(people);
                if emptied {
                    standing.empty.get_or_insert_with(|| format!("partner group {id} became empty"));
                }
            }
            Err((code, why)) => {
                problems.add(code, Some(package), Some(id.into()), format!("partner group {id}: {why}"));
                standing.incomplete.get_or_insert(why);
            }
        }
    }
    if standing.incomplete.is_none() && standing.inside.is_empty() && !package.members.is_empty() {
        standing.empty.get_or_insert_with(|| "nobody is in the package's partner groups".into());
    }
    for &id in &package.except {
        match read(input, id) {
            Ok((people, emptied)) => {
                standing.inside.retain(|person| !people.contains(person));
                if emptied {
                    let why = format!("the `except` group {id} became empty");
                    standing.additions_held.get_or_insert(why);
                }
            }
            Err((code, why)) => {
                problems.add(code, Some(package), Some(id.into()), format!("`except` group {id}: {why}"));
                standing.additions_held.get_or_insert_with(|| format!("the `except` group {id} could not be read"));
                standing.incomplete.get_or_insert(why);
            }
        }
    }
    // Whoever may have come into an `except` group is not added any more, and not removed before that is sure.
    let excepted: BTreeSet<PersonId> = package.except.iter().flat_map(doubtful).collect();
    standing.doubtful.extend(standing.inside.intersection(&excepted));
    standing.inside.retain(|person| !excepted.contains(person));
    let inside = &standing.inside;
    standing.doubtful.retain(|person| !inside.contains(person));
    standing
}

/// A source group's people, and whether it became empty lately.
fn read<'a>(input: &Input<'a>, id: GroupId) -> Result<(&'a BTreeSet<PersonId>, bool), (&'static str, String)> {
    let Some(group) = input.snapshot.groups.get(&id) else {
        return Err(("source_unread", "the snapshot of the partner does not hold it yet".into()));
    };
    match &group.state {
        SourceState::Complete => {
            let emptied = group.emptied.is_some_and(|since| input.now.duration_since(since) < EMPTIED_DOUBT);
            Ok((&group.people, group.people.is_empty() && emptied))
        }
        SourceState::Gone => Err((
            "source_gone",
            "it does not exist (any more) in the partner's tenant; correct the configuration".into(),
        )),
        SourceState::Unread { why } => Err(("source_unread", why.clone())),
    }
}

/// The places of a package. A group that is to be created and exists is a target like any other.
pub(super) fn places(input: &Input<'_>, package: &Package) -> Vec<Place> {
    let groups = package.groups.iter().map(|group| match group {
        TargetGroup::Id(id) => Place::There(Target::Group(*id)),
        TargetGroup::Create { name } => match input.actual.created.get(name) {
            Some(id) => Place::There(Target::Group(*id)),
            None => Place::ToCreate(name.clone()),
        },
    });
    let units = package.units.iter().map(|unit| Place::There(Target::Unit(*unit)));
    let roles = package.roles.iter().map(|role| Place::There(Target::Role(role.role, role.unit)));
    groups.chain(units).chain(roles).collect()
}

/// Who is wanted in one place, and who is merely not removed from it.
#[derive(Default)]
pub(super) struct Desire {
    /// To be there; and the packages that ask for it.
    pub(super) wanted: BTreeMap<PersonId, Asking>,
    /// In a source group or granted, but not to be added (a filter applies): stays if there.
    pub(super) kept: BTreeMap<PersonId, Asking>,
    /// Whether somebody of them could not be read, so that they may yet turn out to be wanted.
    pub(super) uncertain: bool,
}

/// The union over the packages of one place.
pub(super) fn desire(input: &Input<'_>, packages: &[&Standing<'_>], problems: &mut Problems) -> Desire {
    let mut desire = Desire::default();
    for standing in packages {
        for &id in &standing.inside {
            match filter(input, id) {
                Filter::Wanted => desire.wanted.entry(id).or_default().stand(&standing.package.name),
                Filter::Kept(code, text) => {
                    desire.kept.entry(id).or_default().stand(&standing.package.name);
                    desire.uncertain |= code == UNREAD || code == UNCONFIRMED;
                    problems.add(code, Some(standing.package), Some(id.into()), text);
                }
                Filter::Denied => {
                    let text = format!("{id} is on the customer's stop list");
                    problems.add("denied", Some(standing.package), Some(id.into()), text);
                }
                Filter::Barred(text) => problems.add("barred", Some(standing.package), Some(id.into()), text),
                Filter::Left => {}
            }
        }
        // Whoever is barred or has left the partner goes, whichever groups still show them: nothing about that is in doubt.
        let goes = |id: PersonId| input.bar(id).is_some() || input.person(id).is_some_and(Person::has_left);
        for &id in standing.doubtful.iter().filter(|id| !goes(**id)) {
            desire.kept.entry(id).or_default().stand(&standing.package.name);
            desire.uncertain = true;
            let text = format!(
                "the partner's directory does not show everywhere yet that {id} came or went; they stay as they are"
            );
            problems.add("person_unsettled", Some(standing.package), Some(id.into()), text);
        }
        for grant in input.live_grants().filter(|grant| grant.package == standing.package.name) {
            granted(input, grant, standing.package, &mut desire, problems);
        }
    }
    desire
}

/// A live grant of this package. No partner group speaks against it, not even an `except` group: somebody has decided on
/// this very person. What speaks against anybody does.
fn granted(input: &Input<'_>, grant: &Grant, package: &Package, desire: &mut Desire, problems: &mut Problems) {
    let id = grant.person;
    let (code, text) = match filter(input, id) {
        Filter::Wanted => return desire.wanted.entry(id).or_default().grant(grant),
        Filter::Kept(code, text) => {
            desire.kept.entry(id).or_default().grant(grant);
            (code, text)
        }
        Filter::Denied => ("denied", format!("{id} is on the customer's stop list")),
        Filter::Barred(text) => ("barred", text),
        Filter::Left => ("person_left", format!("{} has left the partner, so the grant gives nothing", grant.mail)),
    };
    problems.add(code, Some(package), Some(id.into()), text);
}

const UNREAD: &str = "person_unread";
const UNCONFIRMED: &str = "person_unconfirmed";

enum Filter {
    Wanted,
    Kept(&'static str, String),
    Denied,
    Barred(String),
    Left,
}

fn filter(input: &Input<'_>, id: PersonId) -> Filter {
    if let Some(bar) = input.bar(id) {
        let whom = bar.mail.clone().unwrap_or_else(|| id.to_string());
        return Filter::Barred(format!(
            "{whom} is barred by {} since {} ({}); only gatehouse unbar lets them in again",
            bar.by,
            bar.at.strftime("%Y-%m-%d %H:%M UTC"),
            bar.reason
        ));
    }
    let Some(person) = input.person(id) else {
        return Filter::Kept(UNREAD, format!("person {id} could not be read in the partner's tenant"));
    };
    match person.state {
        PersonState::Disabled | PersonState::Deleted => return Filter::Left,
        PersonState::Unconfirmed => {
            return Filter::Kept(UNCONFIRMED, format!("person {id} may have left; a read has not confirmed it yet"));
        }
        PersonState::Enabled => {}
    }
    if guest_of(input, id).guest().is_some_and(|guest| input.is_denied(guest)) {
        return Filter::Denied;
    }
    if person.guest {
        return Filter::Kept("partner_guest", format!("{id} is a guest of the partner; guests are not passed on"));
    }
    let Some(address) = person.address(input.settings.address) else {
        return Filter::Kept("no_address", format!("{id} has no mail address to invite"));
    };
    let domain = address.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
    if !input.customer.domains.contains(domain) {
        return Filter::Kept(
            "domain_not_allowed",
            format!("{address} is outside the customer's `domains`; add {domain:?} to let people from there in"),
        );
    }
    Filter::Wanted
}
