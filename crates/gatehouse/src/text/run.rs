//! How a run of one customer ended.

use super::words::{count, wrap};
use engine::Outcome;

/// One customer's outcome.
pub struct Done<'a> {
    /// The customer.
    pub customer: &'a str,
    /// How it ended.
    pub outcome: &'a Outcome,
    /// Whether this run may write: the customer is in `enforce`, or the run was told to.
    pub may_write: bool,
}

/// What one run did, in a line or a few.
pub fn run(done: &Done<'_>) -> String {
    let customer = done.customer;
    match done.outcome {
        Outcome::Unchanged => format!("{customer}: nothing to do, nothing changed since the last run\n"),
        Outcome::Paused => format!("{customer}: paused, so nothing was looked at\n"),
        Outcome::Busy => format!("{customer}: another run is at work there; it will look once more when it is done\n"),
        Outcome::Failed { text, .. } => wrap("! ", text),
        Outcome::Ran(run) => {
            let plan = &run.plan;
            let mut parts = Vec::new();
            match (run.applied, plan.steps.len()) {
                (0, 0) => parts.push("nothing to do".to_owned()),
                (0, planned) if !done.may_write => {
                    parts.push(format!("{} planned and not done (mode observe)", count(planned, "step", "steps")));
                }
                (applied @ 1.., _) if let Some(number) = run.number => {
                    parts.push(format!("{} done (run r{number})", count(applied as usize, "step", "steps")));
                }
                (applied, _) => parts.push(format!("{} done", count(applied as usize, "step", "steps"))),
            }
            let unchanged = count(plan.unchanged as usize, "membership", "memberships");
            parts.push(format!("{unchanged} as they should be"));
            if run.waiting > 0 {
                parts.push(format!("{} for the next run", count(run.waiting as usize, "step waits", "steps wait")));
            }
            if !plan.held.is_empty() {
                parts.push(format!("{} held", count(plan.held_steps.len(), "step", "steps")));
            }
            if !plan.problems.is_empty() {
                parts.push(count(plan.problems.len(), "problem", "problems"));
            }
            if !run.failures.is_empty() {
                parts.push(format!("{} failed", count(run.failures.len(), "step", "steps")));
            }
            let mut text = format!("{customer}: {}\n", parts.join(", "));
            for failure in &run.failures {
                text.push_str(&wrap("  ! ", failure));
            }
            text.push_str(&super::plan::held(plan));
            let paused = plan.problems.iter().filter(|problem| problem.code == "paused");
            paused.for_each(|problem| text.push_str(&wrap("  ! ", &problem.text)));
            text
        }
    }
}
