//! What an alert says: the bytes that Azure Monitor and its relatives send in, the findings in them out.
//!
//! One address gets every shape that its owner's rules, switches and test buttons produce, so the content decides. What
//! cannot be understood is an alert all the same: it is never refused for what it says. Whose account a finding is about,
//! and what is to be done about it, is decided elsewhere: everything here is what a body *says*, and anybody may have
//! written it.
//!
//! The way of a body: `delivery` looks at its type and makes text of it, `json` a tree (`mend` helps where one odd
//! character would cost the whole alert), `shapes` tells the shapes apart and reads them, a file each, and `found` keeps
//! what matters most where there is too much.

mod alert;
mod dates;
mod delivery;
mod finding;
mod found;
mod handshake;
mod json;
mod links;
mod mend;
mod query;
mod row;
mod row_finding;
mod shapes;
mod test_button;
mod text;
mod words;

pub use alert::{Alert, AlertState, NOTES_MAX, Shape, Window};
pub use delivery::{Delivery, Reading, Refused, read, read_for};
pub use finding::{FINDINGS_MAX, Finding, FindingKind};
pub use handshake::{HANDSHAKE_RATE_MAX, handshake};
pub use text::{TEXT_CHARS_MAX, identifier, shown};
pub use words::{is_interrupt, operation_words, result_name};

#[cfg(test)]
mod tests;
