//! How soon somebody is paged after an alert, how many alerts one host takes, and what becomes of them while the receiver
//! or the host itself is not well; beside Alertmanager.
//!
//! The host is the program's own `serve` in a process of its own, with its `file:` store on disk and its timers running. The
//! one channel is a signed webhook; its receiver is HTTPS on a port of this machine, in the measuring process, and its clock
//! and that of the senders are the same. Every alert is a sign-in of its own, so that each leads to a page.

mod alert;
pub mod alertmanager;
mod flood;
mod gatehouse;
pub mod matrix;
mod receiver;
mod speed;

pub use flood::{Flooded, flood};
pub use speed::{Speed, speed};

/// Tables in Markdown.
pub mod table;
