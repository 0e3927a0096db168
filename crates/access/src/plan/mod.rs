//! What should be, against what is: the ordered difference, and what the rails say of it.

mod step;

pub use step::{Action, Cause, CustomerPlan, Held, Plan, Problem, Step, Target, Totals};
