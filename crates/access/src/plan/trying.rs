//! Steps that Microsoft refused a while ago: they wait until their pause is over.
//!
//! What refuses a step (a permission that is missing, a group that the app may not write) stays until somebody mends it. To
//! send it again at every turn would be hundreds of runs a day for nothing.

use super::Action;
use super::difference::Difference;
use super::input::Input;
use super::judge::{Draft, is_barred_session};
use super::problems::Problems;
use crate::ids::ObjectId;
use std::collections::BTreeSet;

/// The code of the problem that a step waits since Microsoft refused it.
pub const STEP_REFUSED: &str = "step_refused";

/// The drafts that may be tried now. Says of the others that they wait, and wakes the customer for them.
pub(super) fn due(
    input: &Input<'_>,
    drafts: Vec<Draft>,
    difference: &mut Difference,
    problems: &mut Problems,
) -> Vec<Draft> {
    if input.ledger.tried.is_empty() {
        return drafts;
    }
    let (mut due, mut unmade, mut stays) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for draft in drafts {
        let tried = input.ledger.tried(&draft.step);
        match tried.filter(|tried| input.now < tried.next()) {
            None => due.push(draft),
            Some(tried) => {
                difference.wake_at(Some(tried.next()));
                tell(input, &draft, problems);
                stays.extend(draft.who().filter(|_| ends_a_membership(&draft)));
                if draft.step.action == Action::CreateGroup {
                    unmade.extend(draft.step.group_name);
                }
            }
        }
    }
    // Nobody can be put into a group before it is made.
    let waits = |draft: &Draft| {
        draft.step.target.is_none() && draft.step.group_name.as_ref().is_some_and(|name| unmade.contains(name))
    };
    due.retain(|draft| !waits(draft));
    // Sessions end with a membership, not once at every turn that it waits; and whoever is deleted with a membership would
    // come back with it when the customer restores them.
    let goes: BTreeSet<ObjectId> = due.iter().filter(|draft| ends_a_membership(draft)).filter_map(Draft::who).collect();
    let waits = |draft: &Draft| {
        let Some(who) = draft.who().filter(|who| stays.contains(who)) else { return false };
        match draft.step.action {
            Action::RevokeSessions => !goes.contains(&who) && !is_barred_session(draft),
            Action::DeleteGuest => true,
            _ => false,
        }
    };
    due.retain(|draft| !waits(draft));
    due
}

/// Whether somebody loses a membership by it.
fn ends_a_membership(draft: &Draft) -> bool {
    draft.step.action.takes() && draft.step.target.is_some()
}

fn tell(input: &Input<'_>, draft: &Draft, problems: &mut Problems) {
    let step = &draft.step;
    let whom = draft.who().map(|who| format!(" of {who}")).unwrap_or_default();
    let place = step.target.map(|target| target.to_string()).or_else(|| step.group_name.clone());
    let place = place.map(|place| format!(" in {place}")).unwrap_or_default();
    let text = format!(
        "Microsoft refused {}{whom}{place}; it is tried again within the hour. Its words: gatehouse journal {1}; to try at once, when that is mended: gatehouse sync {1}",
        step.action, input.customer.name
    );
    problems.add_named(STEP_REFUSED, &step.package, draft.who(), text);
}
