//! What a look asks, in two waves: the token, and then everything else at once.

use super::{PAUSES, parts};
use crate::Engine;
use crate::fitness::unread::unread;
use access::config::{Customer, TargetGroup};
use access::fitness::{Cause, Read, Unread};
use access::ids::GroupId;
use access::onboarding::{Facts, Onboarding, Token};
use cloud::Kind;
use cloud::graph::fitness::About;
use cloud::graph::{Answer, Ask, Reader};
use futures::future::join;
use std::collections::BTreeSet;
use std::time::Duration;

/// Answers, in the order of their questions.
pub(super) struct Answers(std::vec::IntoIter<Result<Answer, cloud::Error>>);

impl Answers {
    pub(super) fn next(&mut self) -> Result<Answer, cloud::Error> {
        self.0.next().expect("one answer for each question")
    }
}

impl Engine {
    /// What the customer's configuration needs, as far as it can be read. Nothing is written anywhere.
    pub(super) async fn read_onboarding(&self, customer: &Customer, record: &Onboarding, patience: Duration) -> Facts {
        let reader = self.graph.reader(customer.tenant_id.0);
        let mut facts = nothing();
        (facts.token, facts.roles) = self.token_of(&reader, record, patience).await;
        if facts.token == Token::Given {
            let azure = parts::azure(&self.graph, customer);
            let ((), (subscriptions, exports)) = join(self.read_graph(&reader, customer, &mut facts), azure).await;
            (facts.subscriptions, facts.exports) = (subscriptions, exports);
        }
        facts
    }

    /// A fresh token, and what it carries.
    async fn token_of(
        &self,
        reader: &Reader,
        record: &Onboarding,
        patience: Duration,
    ) -> (Token, Read<BTreeSet<String>>) {
        let deadline = self.clock.monotonic() + patience;
        let mut pauses = PAUSES.into_iter();
        loop {
            let error = match reader.permissions().await {
                Ok(Some(roles)) => return (Token::Given, Ok(roles)),
                Ok(None) => return (Token::Given, Err(Unread::new(Cause::Failed, "the token does not say"))),
                Err(error) => error,
            };
            if error.kind == Kind::NoConsent
                && record.is_spreading(self.clock.now())
                && let Some(pause) = pauses.next()
                && self.clock.monotonic() + pause < deadline
            {
                self.clock.sleep(pause).await;
                continue;
            }
            return (refused(&error), unasked());
        }
    }

    async fn read_graph(&self, reader: &Reader, customer: &Customer, facts: &mut Facts) {
        let has_packages = !customer.packages.is_empty();
        let groups = groups(customer);
        let roles = customer.packages.iter().flat_map(|package| package.roles.iter().map(|role| role.unit));
        let units = customer.packages.iter().flat_map(|package| package.units.iter().copied());
        let ours = customer.rights.units().into_iter().flatten().copied();
        let units: BTreeSet<_> = units.chain(roles).chain(ours).collect();
        let account = customer.break_glass.accounts.first().map(|account| account.id.0);
        let mut asks = vec![Ask::Organization, Ask::OwnServicePrincipal, Ask::OwnAppRoles];
        if has_packages {
            asks.extend([
                Ask::AuthorizationPolicy,
                Ask::CrossTenantPartner { tenant: self.config.partner.tenant_id.0 },
                Ask::CrossTenantDefault,
            ]);
        }
        asks.extend(groups.iter().map(|group| Ask::Group { id: group.0 }));
        asks.extend(units.iter().map(|unit| Ask::Unit { id: unit.0 }));
        if let Some(user) = account {
            asks.push(Ask::Fitness(About::LastSignIn { user }));
            asks.push(Ask::Fitness(About::Eligible { principal: user }));
        }
        let mut answers = Answers(reader.ask(asks).await.into_iter());
        facts.organization = parts::organization(answers.next());
        let own = answers.next().and_then(Answer::own_id).map_err(|error| unread(&error, None));
        facts.service_principal = own.clone().ok().flatten();
        let assigned = answers.next().and_then(Answer::ids).map_err(|error| unread(&error, None));
        facts.assigned = assigned.map(BTreeSet::from_iter);
        if has_packages {
            facts.invites_from = parts::invites_from(answers.next());
            (facts.partner, facts.everybody) = parts::doors(answers.next(), answers.next());
        }
        facts.groups = groups.into_iter().map(|id| (id, parts::group(answers.next()))).collect();
        facts.units = units.into_iter().map(|id| (id, parts::unit(answers.next()))).collect();
        if account.is_some() {
            facts.sign_ins = parts::sign_ins(answers.next());
            facts.eligible = parts::eligible(answers.next());
        }
        parts::reach(reader, customer, own, facts).await;
    }
}

/// The target groups that have an id.
fn groups(customer: &Customer) -> BTreeSet<GroupId> {
    let all = customer.packages.iter().flat_map(|package| &package.groups);
    let id = |group: &TargetGroup| match group {
        TargetGroup::Id(id) => Some(*id),
        TargetGroup::Create { .. } => None,
    };
    all.filter_map(id).collect()
}

/// Why there is no token.
fn refused(error: &cloud::Error) -> Token {
    let said = format!("{} {}", error.code, error.message).trim().to_owned();
    match error.kind {
        Kind::NoConsent => Token::NoConsent(said),
        Kind::NoSuchTenant | Kind::WrongTenant => Token::NoTenant(said),
        Kind::BadCredential => Token::Ours(said),
        _ => Token::Unread(error.to_string()),
    }
}

pub(super) fn unasked<T>() -> Read<T> {
    Err(Unread::new(Cause::Failed, "it was not asked"))
}

/// Facts of which nothing was read.
fn nothing() -> Facts {
    Facts {
        token: Token::Unread("it was not asked for".into()),
        roles: unasked(),
        assigned: unasked(),
        service_principal: None,
        own_roles: unasked(),
        organization: unasked(),
        invites_from: unasked(),
        partner: unasked(),
        everybody: unasked(),
        units: Vec::new(),
        sign_ins: unasked(),
        eligible: unasked(),
        groups: Vec::new(),
        subscriptions: Vec::new(),
        exports: unasked(),
    }
}
