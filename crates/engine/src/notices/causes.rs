//! What there is to tell of one customer, out of its plan. Pure.

use crate::membership::plans::is_loud;
use access::config::{Customer, NoticeKind};
use access::plan::{CustomerPlan, Problem, RELEASE_COMMAND};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

/// How long to wait for a cause that mostly ends by itself.
const SETTLES_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// Causes that mostly end by themselves: something could not be read, or one step failed.
const SETTLING: [&str; 6] =
    ["incomplete_survey", "survey_incomplete", "source_unread", "target_unread", "deny_unread", "failed"];

/// One cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) kind: NoticeKind,
    /// A stable code.
    pub(crate) code: String,
    /// What makes two occurrences the same, besides kind and code.
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) text: String,
    /// The command that goes on for this customer alone, and the one for several.
    pub(crate) commands: (Option<String>, Option<String>),
}

impl Cause {
    /// Names the cause for ever: 32 hexadecimal digits.
    pub(crate) fn id(&self) -> String {
        let hash = Sha256::digest(format!("{}|{}|{}", self.kind, self.code, self.key));
        crate::membership::partner::hex(&hash[..16])
    }

    /// How long nobody is told.
    pub(crate) fn wait(&self) -> SignedDuration {
        if SETTLING.contains(&self.code.as_str()) { SETTLES_WITHIN } else { SignedDuration::ZERO }
    }
}

/// Everything that this run found and people should hear of.
pub(crate) fn of_run(customer: &Customer, plan: &CustomerPlan, failures: &[String]) -> Vec<Cause> {
    let mut causes: Vec<Cause> = plan
        .main_holds()
        .into_iter()
        // What is protected is held for ever, by the configuration's own words.
        .filter(|held| !held.cause.is_empty())
        .map(|held| {
            let sentence =
                held.text.find(RELEASE_COMMAND).and_then(|at| held.text[..at].rfind(". ").map(|end| end + 1));
            let release = held.is_releasable().then(|| format!("gatehouse sync --release {} --by YOU", plan.digest));
            Cause {
                kind: NoticeKind::Held,
                code: held.rail.clone(),
                key: held.cause.clone(),
                title: format!("Steps are held by {}", held.rail),
                text: format!("In {}: {}", customer.name, &held.text[..sentence.unwrap_or(held.text.len())]),
                commands: (
                    release.or_else(|| Some(format!("gatehouse plan {}", customer.name))),
                    Some("gatehouse plan".into()),
                ),
            }
        })
        .collect();
    causes.extend(plan.problems.iter().filter(|problem| is_loud(problem)).map(|problem| of_problem(customer, problem)));
    if let Some(first) = failures.first() {
        let more = failures.len() - 1;
        let text = if more == 0 { first.clone() } else { format!("{first} (and {more} more)") };
        causes.push(of_failure(customer, &text));
    }
    causes
}

/// A run, or some of its steps, failed.
pub(crate) fn of_failure(customer: &Customer, text: &str) -> Cause {
    of_problem(customer, &Problem { code: "failed".into(), package: None, object: None, text: text.into() })
}

fn of_problem(customer: &Customer, problem: &Problem) -> Cause {
    let object = problem.object.map(|object| object.to_string()).unwrap_or_default();
    // A group of the partner is the same one for every customer.
    let is_partners = problem.code.starts_with("source_");
    let key = if is_partners { object } else { format!("{}|{object}", customer.tenant_id) };
    let title = if is_partners { problem.code.clone() } else { format!("{}: {}", customer.name, problem.code) };
    Cause {
        kind: NoticeKind::Problems,
        code: problem.code.clone(),
        key,
        title,
        text: problem.text.clone(),
        commands: (Some(format!("gatehouse plan {}", customer.name)), Some("gatehouse plan".into())),
    }
}
