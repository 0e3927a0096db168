//! What the pages of an answer add up to. Pages are taken in one by one and not kept.

use super::answer::Answer;
use super::models::{ConditionalAccessPolicy, DeltaRound, Member, Membership, RoleAssignment, Subscription, User};
use super::reports::{Audit, Report, SignIn};
use super::{delta, fitness, objects, reports};
use crate::json::{self, Object, Wrong};
use uuid::Uuid;

/// What the pages add up to so far.
pub(super) enum Sum {
    /// Changes of groups.
    Groups(delta::Groups),
    /// Changes of users.
    Users(delta::Users),
    /// Members with their kind.
    Members(Vec<Member>),
    /// Users.
    People(Vec<User>),
    /// Ids, found under this name.
    Ids(Vec<Uuid>, &'static str),
    /// Objects with their kind.
    Memberships(Vec<Membership>),
    /// Directory roles.
    Roles(Vec<RoleAssignment>),
    /// Subscriptions.
    Subscriptions(Vec<Subscription>),
    /// Policies.
    Policies(Vec<ConditionalAccessPolicy>),
    /// Sign-ins.
    SignIns(Report<SignIn>),
    /// Entries of the audit log.
    Audits(Report<Audit>),
    /// What an audit of break-glass accounts lists.
    Fitness(fitness::List),
    /// Not a list: the whole body is one object, or is not there.
    One(fn(&Object) -> Result<Answer, Wrong>),
}

impl Sum {
    /// Whether only a delta link ends it.
    pub(super) fn is_delta(&self) -> bool {
        matches!(self, Self::Groups(_) | Self::Users(_))
    }

    /// Ends a report here although there is more of it; `false` for anything else, which is never answered in part.
    pub(super) fn cut(&mut self) -> bool {
        match self {
            Self::SignIns(report) => report.whole = false,
            Self::Audits(report) => report.whole = false,
            _ => return false,
        }
        true
    }

    /// Takes in one page.
    pub(super) fn add(&mut self, page: &Object) -> Result<(), Wrong> {
        let items = json::list(page, "value")?;
        match self {
            Self::Groups(groups) => json::visit(items, "value", |item| groups.add(item)),
            Self::Users(users) => json::visit(items, "value", |item| users.add(item)),
            Self::Members(all) => json::visit(items, "value", |item| objects::member(item).map(|one| all.push(one))),
            Self::People(all) => json::visit(items, "value", |item| objects::user(item).map(|one| all.push(one))),
            Self::Ids(all, name) => json::visit(items, "value", |item| json::guid(item, name).map(|one| all.push(one))),
            Self::Memberships(all) => {
                json::visit(items, "value", |item| objects::membership(item).map(|one| all.push(one)))
            }
            Self::Roles(all) => json::visit(items, "value", |item| objects::role(item).map(|one| all.push(one))),
            Self::Policies(all) => json::visit(items, "value", |item| objects::policy(item).map(|one| all.push(one))),
            Self::Subscriptions(all) => {
                json::visit(items, "value", |item| objects::subscription(item).map(|one| all.push(one)))
            }
            Self::SignIns(report) => {
                json::visit(items, "value", |item| reports::sign_in(item).map(|one| report.entries.push(one)))
            }
            Self::Audits(report) => {
                json::visit(items, "value", |item| reports::audit(item).map(|one| report.entries.push(one)))
            }
            Self::Fitness(list) => json::visit(items, "value", |item| list.add(item)),
            Self::One(_) => Ok(()),
        }
    }

    /// The answer, with the delta link if there is one.
    pub(super) fn finish(self, link: String) -> Answer {
        match self {
            Self::Groups(groups) => Answer::Groups(DeltaRound { changes: groups.finish(), link }),
            Self::Users(users) => Answer::Users(DeltaRound { changes: users.finish(), link }),
            Self::Members(all) => Answer::Members(all),
            Self::People(all) => Answer::People(all),
            Self::Ids(all, _) => Answer::Ids(all),
            Self::Memberships(all) => Answer::Memberships(all),
            Self::Roles(all) => Answer::Roles(all),
            Self::Policies(all) => Answer::Policies(all),
            Self::Subscriptions(all) => Answer::Subscriptions(all),
            Self::SignIns(report) => Answer::SignIns(report),
            Self::Audits(report) => Answer::Audits(report),
            Self::Fitness(list) => Answer::Fitness(Box::new(list.finish())),
            Self::One(_) => Answer::Absent,
        }
    }
}
