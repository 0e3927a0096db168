//! Whose word a request waits for, for people.

use super::approvals::given;
use crate::config::{Approver, Requests, Stage};
use crate::requests::{Request, Status};
use std::fmt;

/// The approvals that a request waits for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Missing<'a> {
    /// The stage that is asked, from 0.
    pub stage: usize,
    /// How many stages there are.
    pub stages: usize,
    /// How many more people must approve at this stage; at least one.
    pub approvals: u32,
    /// Who may.
    pub asked: &'a Stage,
}

/// What is missing, by the rules of now; `None`: nothing waits for an approval, or the stage that was asked is gone from
/// the configuration and the next approval settles it.
pub fn missing<'a>(request: &Request, rules: &'a Requests) -> Option<Missing<'a>> {
    let asking = request.asking.filter(|_| request.status == Status::WaitingApproval)?;
    let asked = rules.stages.get(asking.stage)?;
    let approvals = asked.approvals.saturating_sub(given(request, asking.stage, None)).max(1);
    Some(Missing { stage: asking.stage, stages: rules.stages.len(), approvals, asked })
}

/// `2 approvals by lead@northwind.example or somebody in group …`.
impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.approvals {
            1 => write!(f, "1 approval")?,
            several => write!(f, "{several} approvals")?,
        }
        match &self.asked.approvers {
            None => write!(f, " by anybody else")?,
            Some(approvers) => {
                let one = |approver: &Approver| match approver {
                    Approver::Group(group) => format!("somebody in group {group}"),
                    Approver::Mail(mail) => mail.clone(),
                };
                write!(f, " by {}", approvers.iter().map(one).collect::<Vec<_>>().join(" or "))?;
            }
        }
        match self.stages {
            1 => Ok(()),
            stages => write!(f, " (stage {} of {stages})", self.stage + 1),
        }
    }
}
