//! Bodies that do not say everything, and tickets that do.

use super::{Event, Heard, NOT_ASKING, Picked, Standing, ask, draft, formats, path, standing, the_one};
use crate::config::{Field, FieldSource, Native, ReadBack};
use crate::requests::body::{Unfit, Wrong};
use crate::requests::json;

/// A body of a ticketing system whose ticket must be read before anything is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsaid {
    event: Event,
    missing: Vec<Wrong>,
    id: Option<String>,
    number: Option<String>,
}

/// What must be read of the ticket before this body is understood; `None`: nothing, and [`super::read`] reads it.
///
/// It must be read where the body asks, or does not say whether it does, and lacks anything that the map or `when`
/// names (whether the body leaves it out or leaves it empty) or a reason; with [`ReadBack::Always`] in any case.
///
/// # Errors
///
/// The body cannot be read, or several of its events may ask.
pub fn unsaid(bytes: &[u8], native: &Native) -> Result<Option<Unsaid>, Unfit> {
    if native.read_back == ReadBack::Never {
        return Ok(None);
    }
    let may_ask = the_one(bytes, native, |event| match standing(event, native) {
        Standing::Asks | Standing::Unsaid { .. } => None,
        Standing::Silent(why) => Some(why),
    });
    let Picked::One(event) = may_ask? else { return Ok(None) };
    let draft = draft(&event, native);
    let said = |field| draft.value(field).as_ref().and_then(path::text);
    let (id, number) = (said(Field::TicketId), said(Field::TicketNumber));
    if !formats::is_of_a_ticket(native.format, &event.value) || (id.is_none() && number.is_none()) {
        return Ok(None);
    }
    let looked_for = native.fields.iter().filter(|(_, source)| matches!(source, FieldSource::Path(_)));
    let looked_for = looked_for.map(|(field, _)| *field).filter(|field| *field != Field::Reason);
    let mut missing = draft.unsaid(looked_for.chain([Field::Reason]));
    if let Standing::Unsaid { why, pointer } = standing(&event.value, native) {
        let pointer = format!("{}{pointer}", event.pointer);
        missing.insert(0, Wrong { pointer, detail: format!("is missing: when: {why}") });
    }
    let must = native.read_back == ReadBack::Always || !missing.is_empty();
    Ok(must.then_some(Unsaid { event, missing, id, number }))
}

impl Unsaid {
    /// The key by which the system's API knows the ticket, as the body says: nothing vouches for its shape.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The number by which people know the ticket, as the body says.
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// What the body asks for, now that the ticket is here as the system's API shows it: by the same map and the same
    /// `when`, so that a ticket that has moved on asks for nothing.
    ///
    /// # Errors
    ///
    /// The ticket cannot be read or is another one, or everything that is wrong with it.
    pub fn read(mut self, ticket: &[u8], native: &Native) -> Result<Heard, Unfit> {
        let number = self.number.as_deref().map(|number| number.trim_start_matches('#'));
        let keys: Vec<&str> = [self.id.as_deref(), number].into_iter().flatten().collect();
        let put = json::read(ticket)
            .map_err(|why| format!("its answer cannot be read: {why}"))
            .and_then(|answer| formats::put(native.format, &mut self.event.value, answer, &keys));
        if let Err(why) = put {
            return Err(self.refused(&why));
        }
        match standing(&self.event.value, native) {
            Standing::Asks => ask(&self.event, native).map_err(of_the_ticket),
            Standing::Unsaid { .. } => Ok(Heard::Nothing(NOT_ASKING)),
            Standing::Silent(why) => Ok(Heard::Nothing(why)),
        }
    }

    /// Why nothing can be made of the body, where the ticket cannot be read for this reason and never will be.
    pub fn refused(self, why: &str) -> Unfit {
        let unread = format!("the ticket could not be read: {why}");
        if self.missing.is_empty() {
            return Unfit::Wrong(vec![Wrong { pointer: self.event.pointer, detail: unread }]);
        }
        let wrong = self.missing.into_iter();
        Unfit::Wrong(wrong.map(|one| Wrong { detail: format!("{}; {unread}", one.detail), ..one }).collect())
    }
}

/// Says that the system was asked: whoever looks for the fault must look at the ticket, not at the webhook.
fn of_the_ticket(unfit: Unfit) -> Unfit {
    match unfit {
        Unfit::Wrong(wrong) => {
            let wrong = wrong.into_iter();
            Unfit::Wrong(
                wrong
                    .map(|one| Wrong { detail: format!("{} (in the ticket, which was read)", one.detail), ..one })
                    .collect(),
            )
        }
        unreadable => unreadable,
    }
}
