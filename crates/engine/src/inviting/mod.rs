//! What must be known before somebody is invited on request.
//!
//! [`settings`] reads what the customer's own tenant says about invitations, [`people`] who somebody is by their address
//! and whether they are in certain groups. Nothing here writes to Microsoft.

pub mod people;
pub mod settings;
