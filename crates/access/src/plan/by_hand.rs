//! Steps on scoped roles that our app may not take: people take them, and the plan says which.
//!
//! Giving roles needs a permission that makes the app as powerful as a Global Administrator, so a customer may well
//! keep it back. What a person has done by hand shows as there, and is not ours.

use super::difference::Difference;
use super::input::Input;
use super::problems::Problems;
use super::{Action, Step, Target};
use crate::ids::ObjectId;
use jiff::SignedDuration;

/// How often it is looked whether somebody has done it, or has given the permission: no delta tells of either.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// Tells people of a step that they have to take: who, which role, and within which unit.
pub(super) fn by_hand(
    input: &Input<'_>,
    step: &Step,
    whom: &str,
    difference: &mut Difference,
    problems: &mut Problems,
) {
    let Some(Target::Role(role, unit)) = step.target else { return };
    let whose = step.guest.map(ObjectId::from).or(step.person.map(ObjectId::from));
    let (code, what) = if step.action == Action::GrantRole {
        ("role_by_hand", format!("give {whom} the role {role} within unit {unit}"))
    } else {
        ("role_left_by_hand", format!("take the role {role} within unit {unit} from {whom}"))
    };
    let text = format!(
        "{what} ({}): by hand, since our app lacks RoleManagement.ReadWrite.Directory in the customer's tenant",
        step.why
    );
    problems.add_named(code, &step.package, whose, text);
    difference.wake_at(input.now.checked_add(LOOK_AGAIN).ok());
}
