//! What no alert tells of, and what the logs add to those that came.

mod details;
mod heartbeat;
mod holders;
mod missed;
mod quota;
mod races;
mod seen;
mod town;
mod unread;
