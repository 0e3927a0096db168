//! Somebody who knows a credential has left.

use super::opening::new;
use super::{Account, Circumstances, Heard, Kind, Opening, Severity};
use crate::alerts::shown;
use crate::ids::PersonId;
use jiff::Timestamp;

/// The incident: once for a customer and a person, whoever finds out. `who` is the holder as people know them.
pub fn rotate(person: PersonId, who: &str, left: Option<Timestamp>, around: &Circumstances<'_>) -> Opening {
    let mut opening = new(Kind::Rotate, &person.to_string(), Severity::High, around);
    let accounts = around.customer.map(|customer| customer.break_glass.accounts.as_slice()).unwrap_or_default();
    opening.accounts = accounts.iter().map(|one| Account { id: one.id, upn: one.upn.clone() }).collect();
    opening.occurred_at = left;
    opening.facts.push(("Who left".into(), shown(who).unwrap_or_else(|| person.to_string())));
    opening.facts.push(("Object id of who left".into(), person.to_string()));
    let heard = "holders of the credential";
    opening.alerts.push(Heard {
        id: person.to_string(),
        at: around.received,
        what: heard.into(),
        alert: None,
        rule: None,
    });
    opening
}
