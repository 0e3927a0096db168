//! One addition of a wanted person: whether they can be added, and what their guest needs first.

use super::asking::Asking;
use super::difference::{Difference, blank};
use super::input::Input;
use super::judge::Draft;
use super::matching::{Match, guest_of};
use super::problems::Problems;
use super::world::DenyState;
use super::{Action, Target};
use crate::ids::PersonId;
use crate::ledger::REPLICA_LAG_MAX;
use jiff::SignedDuration;

/// How long nobody is invited again whose invitation was refused: to go on at every turn looks like an attack.
const REFUSED_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// A step that adds this person, without its place; `None` where they cannot be added, which is said.
pub(super) fn addition(
    input: &Input<'_>,
    id: PersonId,
    asking: &Asking,
    action: Action,
    difference: &mut Difference,
    problems: &mut Problems,
) -> Option<Draft> {
    let name = asking.packages.first()?;
    let package = input.customer.packages.iter().find(|one| one.name == *name);
    let found = guest_of(input, id);
    if let Match::Unusable(_, code, text) | Match::Problem(code, text) = &found {
        problems.add(code, package, Some(id.into()), text.clone());
        return None;
    }
    if matches!(input.actual.deny, DenyState::Unread { .. }) {
        return None;
    }
    if found == Match::Nobody && blocked(input, problems) {
        return None;
    }
    if let (Match::Nobody, Some(at)) = (&found, input.ledger.invitation_open(id))
        && input.now.duration_since(at) < REPLICA_LAG_MAX
    {
        // The answer was lost, and the directory's index lags: a second invitation would be a second mail.
        let text = format!("whether the invitation of {id} was carried out is not known yet; a later survey shows it");
        problems.add("invitation_unsettled", package, Some(id.into()), text);
        difference.wake_at(at.checked_add(REPLICA_LAG_MAX).ok());
        return None;
    }
    if let (Match::Nobody, Some(at)) = (&found, input.ledger.refused.get(&id))
        && input.now.duration_since(*at) < REFUSED_PAUSE
    {
        let at = at.checked_add(REFUSED_PAUSE).ok();
        let text = format!(
            "Microsoft refused to invite {id} (gatehouse why tells its words); it is tried again within the hour"
        );
        problems.add("invitation_refused", package, Some(id.into()), text);
        difference.wake_at(at);
        return None;
    }
    if !matches!(found, Match::Guest(_)) {
        difference.needed.entry(id).or_default().merge(asking);
    }
    let person = input.person(id)?;
    let mut step = blank(action, name, asking.why());
    step.person = Some(id);
    step.guest = found.guest();
    step.mail = person.address(input.settings.address);
    Some(Draft::asked(step, asking))
}

/// Whether Microsoft refuses every invitation here, which is said.
pub(super) fn blocked(input: &Input<'_>, problems: &mut Problems) -> bool {
    let Some(since) = input.ledger.invitations_blocked else { return false };
    let since = since.strftime("%Y-%m-%d %H:%M UTC");
    let text = format!(
        "Microsoft refuses invitations here since {since}; nobody is invited until its support has lifted the block and a person says so (gatehouse sync {} --invitations-lifted)",
        input.customer.name
    );
    problems.add("invitations_blocked", None, None, text);
    true
}

/// Whether an earlier attempt at the same addition was never settled.
pub(super) fn is_open(input: &Input<'_>, target: Target, person: PersonId, action: Action) -> bool {
    input.ledger.open.values().any(|intent| {
        let step = &intent.step;
        step.target == Some(target) && step.person == Some(person) && step.action == action
    })
}
