//! A named person's decision on what is held: `gatehouse sync --release` and `--refuse`.

use super::console::{Console, Failure};
use super::sync::{failed, sync_all};
use engine::{By, Confirm, Engine, Error, Outcome};

/// A decision to record.
pub(super) struct Deciding<'a> {
    pub(super) engine: &'a Engine,
    /// The digest of one plan's held steps, or a cause.
    pub(super) name: &'a str,
    /// Whether they are let through, or refused.
    pub(super) allow: bool,
    pub(super) by: &'a By,
    /// Whether a run that comes before may change customers in `observe`.
    pub(super) enforce: bool,
}

impl Deciding<'_> {
    /// Records the decision for these customers and returns those that it concerns.
    pub(super) async fn decide(
        &self,
        names: Vec<String>,
        people: Option<u32>,
        console: &mut Console<'_>,
    ) -> Result<Vec<String>, Failure> {
        if !self.name.starts_with("cause:") {
            return self.plan(names, console).await;
        }
        let people = people.ok_or_else(|| {
            Failure::new(format!(
                "a cause is {} with the number of people that it concerns; {}",
                self.done(),
                self.nothing()
            ))
            .hint("--confirm N, as gatehouse plan shows it")
        })?;
        self.together(people, &names, console).await
    }

    fn done(&self) -> &'static str {
        if self.allow { "released" } else { "refused" }
    }

    fn nothing(&self) -> String {
        format!("nothing was {}", self.done())
    }

    async fn record(&self, names: &[String]) -> Result<Vec<String>, Error> {
        if self.allow {
            self.engine.release(self.name, Some(names), self.by).await
        } else {
            self.engine.refuse(self.name, Some(names), self.by).await
        }
    }

    /// A plan that nobody stored yet (it was seen in `gatehouse plan` alone) is made by a run first; that run holds it
    /// again.
    async fn plan(&self, names: Vec<String>, console: &mut Console<'_>) -> Result<Vec<String>, Failure> {
        let mut decided = self.record(&names).await;
        if matches!(decided, Err(Error::NoSuchPlan(_))) {
            // Nothing is changed for a digest that nobody's plan has: it may be mistyped. Those whose plan has it are run
            // once, which stores what is held there.
            let seen = self.engine.plan(&names).await;
            let seen = seen.map_err(|error| Failure::from(error).hint(self.nothing()))?;
            let unread: Vec<String> = seen.customers.iter().filter_map(not_planned).collect();
            let theirs: Vec<String> =
                seen.customers.into_iter().filter(|part| part.digest == self.name).map(|part| part.customer).collect();
            if theirs.is_empty()
                && let Some(already) = self.already(&names, console).await?
            {
                return Ok(already);
            }
            if theirs.is_empty() && !unread.is_empty() {
                return Err(Failure::new(unread.join("\nerror: ")).hint(self.nothing()));
            }
            let mut failures = Vec::new();
            for (name, outcome) in theirs.iter().zip(sync_all(self.engine, &theirs, self.enforce, console).await) {
                if let Outcome::Failed { text, .. } = outcome.unwrap_or_else(|error| failed(name, &error)) {
                    failures.push(text);
                }
            }
            decided = self.record(&names).await;
            // The plan may be the one of a customer that could not be read: "no such plan" would send people looking for
            // a mistake of theirs.
            if matches!(decided, Err(Error::NoSuchPlan(_))) && !failures.is_empty() {
                return Err(Failure::new(failures.join("\nerror: ")).hint(self.nothing()));
            }
        }
        let decided = decided?;
        console.tell(&format!("{} by {}: the held steps of {}", self.done(), self.by.who, decided.join(", ")));
        Ok(decided)
    }

    /// The customers in which the same was decided before and nothing of it is held any more: the same command twice is no
    /// mistake. The run that follows takes up what may be left of it.
    async fn already(&self, names: &[String], console: &mut Console<'_>) -> Result<Option<Vec<String>>, Failure> {
        let mut decided = self.engine.decided(self.name, Some(names)).await?;
        decided.retain(|(_, release)| release.allow == self.allow);
        let since =
            if self.allow { "none of them is held any more" } else { "as long as they are planned they stay held" };
        for (customer, release) in &decided {
            console.tell(&format!(
                "already {} by {} at {}: the steps that were held in {customer}; {since}",
                self.done(),
                release.by,
                release.at
            ));
        }
        let customers: Vec<String> = decided.into_iter().map(|(customer, _)| customer).collect();
        Ok((!customers.is_empty()).then_some(customers))
    }

    /// Everything that one cause holds in these customers. What a run has not stored yet, or no longer, is not decided
    /// on.
    async fn together(&self, people: u32, names: &[String], console: &mut Console<'_>) -> Result<Vec<String>, Failure> {
        let (cause, did) = (self.name, self.done());
        let confirm = Confirm { customers: None, people };
        let decided = self.engine.decide_together(cause, self.allow, confirm, Some(names), self.by).await;
        if matches!(decided, Err(Error::NoSuchPlan(_)))
            && let Some(already) = self.already(names, console).await?
        {
            return Ok(already);
        }
        let decided = decided.map_err(|error| match error {
            Error::NoSuchPlan(_) => Failure::new(format!("no run holds anything for {cause}; {}", self.nothing()))
                .hint("gatehouse sync, which stores what it holds, then gatehouse plan"),
            error => error.into(),
        })?;
        if !decided.customers.is_empty() {
            let customers = decided.customers.join(", ");
            console.tell(&format!("{did} by {}: what {cause} holds in {customers}", self.by.who));
        }
        if let Some((customer, why)) = decided.open.first() {
            let count = decided.open.len();
            return Err(Failure::new(format!("not {did} yet in {count} customers, first {customer}: {why}"))
                .hint("the same command again finishes it"));
        }
        if !decided.changed.is_empty() {
            return Err(Failure::new(format!("other steps are held by now in {}", decided.changed.join(", ")))
                .hint("gatehouse plan shows them"));
        }
        Ok(decided.customers)
    }
}

/// Why a customer could not be planned, if so.
fn not_planned(part: &access::plan::CustomerPlan) -> Option<String> {
    let problem = part.problems.iter().find(|problem| problem.code == "not_planned")?;
    Some(format!("customer {}: {}", part.customer, problem.text))
}
