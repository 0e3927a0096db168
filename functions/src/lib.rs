//! What can wake us: one folder per trigger, and this registry of them all.
//!
//! A folder holds the function's `function.json` (the schedule, queue or route, read by Azure and by our other hosts
//! alike), its `handler.rs` with tests, and captured requests. A handler holds no decision and no HTTP client: it
//! turns what woke it into one call of [`Does`] and the outcome into a [`Reply`]. Nothing here knows which host called.

#[path = "../break_glass_alert/handler.rs"]
mod break_glass_alert;
#[path = "../consent/handler.rs"]
mod consent;
#[path = "../directory_changes/handler.rs"]
mod directory_changes;
#[path = "../follow_incidents/handler.rs"]
mod follow_incidents;
#[path = "../follow_requests/handler.rs"]
mod follow_requests;
#[path = "../health/handler.rs"]
mod health;
#[path = "../incidents/handler.rs"]
mod incidents;
#[path = "../invitations/handler.rs"]
mod invitations;
#[path = "../openapi/handler.rs"]
mod openapi;
#[path = "../plans/handler.rs"]
mod plans;
#[path = "../renew_subscriptions/handler.rs"]
mod renew_subscriptions;
#[path = "../schedule_sync/handler.rs"]
mod schedule_sync;
#[path = "../sync_customer/handler.rs"]
mod sync_customer;
#[path = "../watch_sign_ins/handler.rs"]
mod watch_sign_ins;

mod decision;
mod definition;
mod does;
#[cfg(test)]
mod double;
mod function;
mod gate;
mod json;
mod once;
mod page;
mod problem;
mod route;

pub use definition::{Binding, Definition};
pub use does::Does;
pub use function::{Done, Function, Handler, Inside, Message, Reply, Retry, Timer, Wake, Woken};
pub use gate::{Denied, Gate, Known};
pub use problem::{Code, FieldError, problem};
pub use route::{PREFIX, route};

/// The largest body of a public request, in bytes; the hosts refuse a larger one before they read it whole.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// The largest body of an alert, in bytes: Azure Monitor sends up to 256 KB (page "Common alert schema"), and others wrap
/// that once more.
pub const ALERT_BYTES_MAX: usize = 1024 * 1024;

/// Every function, sorted by name.
pub fn all() -> Vec<Function> {
    vec![
        Function::new(
            "break_glass_alert",
            include_str!("../break_glass_alert/function.json"),
            Handler::Http(|inside, request| Box::pin(break_glass_alert::handle(inside, request))),
        ),
        Function::new(
            "consent",
            include_str!("../consent/function.json"),
            Handler::Http(|inside, request| Box::pin(consent::handle(inside, request))),
        ),
        Function::new(
            "directory_changes",
            include_str!("../directory_changes/function.json"),
            Handler::Http(|inside, request| Box::pin(directory_changes::handle(inside, request))),
        ),
        Function::new(
            "follow_incidents",
            include_str!("../follow_incidents/function.json"),
            Handler::Timer(|inside, timer| Box::pin(follow_incidents::handle(inside, timer))),
        ),
        Function::new(
            "follow_requests",
            include_str!("../follow_requests/function.json"),
            Handler::Timer(|inside, timer| Box::pin(follow_requests::handle(inside, timer))),
        ),
        Function::new(
            "health",
            include_str!("../health/function.json"),
            Handler::Http(|inside, request| Box::pin(health::handle(inside, request))),
        ),
        Function::new(
            "incidents",
            include_str!("../incidents/function.json"),
            Handler::Http(|inside, request| Box::pin(incidents::handle(inside, request))),
        ),
        Function::new(
            "invitations",
            include_str!("../invitations/function.json"),
            Handler::Http(|inside, request| Box::pin(invitations::handle(inside, request))),
        ),
        Function::new(
            "openapi",
            include_str!("../openapi/function.json"),
            Handler::Http(|_, _| Box::pin(async { openapi::handle() })),
        ),
        Function::new(
            "plans",
            include_str!("../plans/function.json"),
            Handler::Http(|inside, request| Box::pin(plans::handle(inside, request))),
        ),
        Function::new(
            "renew_subscriptions",
            include_str!("../renew_subscriptions/function.json"),
            Handler::Timer(|inside, timer| Box::pin(renew_subscriptions::handle(inside, timer))),
        ),
        Function::new(
            "schedule_sync",
            include_str!("../schedule_sync/function.json"),
            Handler::Timer(|inside, timer| Box::pin(schedule_sync::handle(inside, timer))),
        ),
        Function::new(
            "sync_customer",
            include_str!("../sync_customer/function.json"),
            Handler::Queue(|inside, message| Box::pin(sync_customer::handle(inside, message))),
        ),
        Function::new(
            "watch_sign_ins",
            include_str!("../watch_sign_ins/function.json"),
            Handler::Timer(|inside, timer| Box::pin(watch_sign_ins::handle(inside, timer))),
        ),
    ]
}
