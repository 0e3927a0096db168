//! Whether a customer's break-glass accounts would work on the day they are needed, and whether their use would be seen.
//!
//! [`audit`] judges what was read ([`Facts`]) against what the configuration declares, with the checks of [`CHECKS`]. What
//! could not be read is *unknown*, with its reason, and never counts as good. What is right today is what Microsoft's
//! pages "Manage emergency access accounts in Microsoft Entra ID" and "Plan for mandatory Microsoft Entra multifactor
//! authentication" say; where older advice shows in a tenant, the finding names it as out of date.
//!
//! * `case`, `judged`: what a check looks at, and what it says;
//! * `accounts`, `roles`, `methods`: the accounts themselves;
//! * `reach`, `conditional`, `exclusions`: Conditional Access;
//! * `logs`, `rules`: whether anybody would notice;
//! * `human`: what only people can see to.

mod accounts;
mod case;
mod check;
mod conditional;
mod exclusions;
mod facts;
mod finding;
mod human;
mod judged;
mod logs;
mod methods;
mod reach;
mod roles;
mod rules;
#[cfg(test)]
mod tests;

pub use case::Case;
pub use check::{CHECKS, Check, audit};
pub use exclusions::exclusion_groups;
pub use facts::*;
pub use finding::{Finding, Report, Verdict};
pub use roles::{GLOBAL_ADMINISTRATOR, OTHERS_MAX};
