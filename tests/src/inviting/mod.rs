//! Invitations on request: what the customer's own settings say of them, who somebody is by their address, and what
//! becomes of guests who are there already, or do not come.

mod faulty;
mod guests;
mod people;
mod redeeming;
mod settings;
