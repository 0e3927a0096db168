//! Break-glass: no use of an emergency account goes unseen, no alert is lost.

mod alert;
mod budget;
mod channels;
mod deaths;
mod flood;
mod life;
mod orders;
mod outage;
mod recorded;
mod scene;
mod stage;
mod story;
mod two;
