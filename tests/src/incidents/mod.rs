//! Break-glass: no use of an emergency account goes unseen, no alert is lost.

mod alert;
mod budget;
mod channels;
mod deaths;
mod life;
mod orders;
mod outage;
mod scene;
mod two;
