//! What people read on a terminal: pure renderings of plans, runs, explanations and journals.
//!
//! Everything reads well without colour, and what takes access away is always listed in full.

mod drills;
mod fitness;
mod incidents;
mod invited;
mod journal;
mod leave;
mod onboarding;
mod page_test;
mod permissions;
mod plan;
mod proposal;
mod rebuilt;
mod report;
#[cfg(test)]
mod report_tests;
mod requests;
mod run;
#[cfg(test)]
mod tests;
mod why;
mod words;

pub use drills::{drill, drills, stage as drill_stage};
pub use fitness::fitness;
pub use incidents::{incident, incident_in_short, incident_next, incidents};
pub use invited::{Invited, invited};
pub use journal::{entry, program_entry};
pub use leave::leaving;
pub use onboarding::{Customer as OnboardingCustomer, link as onboarding_link, onboarding, onboardings};
pub use page_test::page_test;
pub use permissions::{Needed, permissions};
pub use plan::plan;
pub use proposal::proposal;
pub use rebuilt::rebuilt;
pub use report::{csv, markdown, report};
pub use requests::{Shown, next, request, request_in_short, requests};
pub use run::{Done, run};
pub use why::why;
pub use words::{count, wrap};

/// The width that lines are broken at.
pub(crate) const WIDTH: usize = 100;
