//! Questions to one tenant.

use super::answer::Answer;
use super::ask::Ask;
use super::question::{Progress, Question};
use super::{Graph, tenant_wide};
use crate::endpoints::Api;
use crate::error::Error;
use crate::pipeline::Finished;
use crate::pipeline::call::READ_TIMEOUT;
use crate::pipeline::wire::BATCH_MAX;
use futures::future::join_all;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The most batches of one call under way at once.
const BATCHES_AT_ONCE: usize = 4;

/// Puts questions to one tenant.
#[derive(Clone)]
pub struct Reader {
    graph: Graph,
    tenant: Uuid,
}

impl Reader {
    pub(super) fn new(graph: Graph, tenant: Uuid) -> Self {
        Self { graph, tenant }
    }

    /// The tenant that is asked.
    pub fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// Answers in the order of the questions, in as few round trips as possible: up to 20 questions go in one, and the next
    /// pages of all of them in the next. One failing question never fails the others.
    ///
    /// A listing is followed to its end, at most [`PAGES_MAX`](super::PAGES_MAX) pages, so an answer is never a part; only
    /// a [`Report`](super::Report) may be, and says so. Where
    /// the tenant as a whole cannot be reached or entered, questions that have not been sent get the same error unsent.
    pub async fn ask(&self, asks: Vec<Ask>) -> Vec<Result<Answer, Error>> {
        let mut answers = Vec::with_capacity(asks.len());
        let mut asks = asks.into_iter().peekable();
        while asks.peek().is_some() {
            let mut wave: Vec<Vec<Ask>> = Vec::new();
            while wave.len() < BATCHES_AT_ONCE && asks.peek().is_some() {
                wave.push(next_batch(&mut asks));
            }
            let sent = join_all(wave.into_iter().map(|batch| self.ask_batch(batch))).await;
            let sent: Vec<Result<Answer, Error>> = sent.into_iter().flatten().collect();
            let stop = tenant_wide(&sent);
            answers.extend(sent);
            if let Some(error) = stop {
                answers.extend(asks.by_ref().map(|_| Err(error.clone())));
            }
        }
        answers
    }

    /// Whether our app was given this application permission in the tenant, by the token's own word; `None` where the token
    /// does not say. A token that was made a while ago is made anew before the answer is no, since permissions given
    /// later are never added to it (page "Call Microsoft Graph from a Cloud Solution Provider application").
    pub async fn may(&self, permission: &str) -> Result<Option<bool>, Error> {
        let login = &self.graph.pipeline.login;
        let token = login.token(self.tenant, Api::Graph, READ_TIMEOUT).await?;
        match token.carries(permission) {
            Some(false) => {
                login.forget_unless_fresh(&token);
                Ok(login.token(self.tenant, Api::Graph, READ_TIMEOUT).await?.carries(permission))
            }
            said => Ok(said),
        }
    }

    /// The application permissions of Graph that our app was given in the tenant, by the word of a token that is made anew;
    /// `None` where it does not say.
    ///
    /// # Errors
    ///
    /// Why nobody signs us in.
    pub async fn permissions(&self) -> Result<Option<BTreeSet<String>>, Error> {
        self.graph.forget_token(self.tenant);
        let token = self.graph.pipeline.login.token(self.tenant, Api::Graph, READ_TIMEOUT).await?;
        Ok(token.permissions().cloned())
    }

    async fn ask_batch(&self, asks: Vec<Ask>) -> Vec<Result<Answer, Error>> {
        let base = &self.graph.pipeline.endpoints.graph;
        let mut answers: Vec<Option<Result<Answer, Error>>> = Vec::with_capacity(asks.len());
        let mut questions: Vec<(usize, Question)> = Vec::new();
        for (place, ask) in asks.into_iter().enumerate() {
            let question = Question::new(ask, self.graph.app(self.tenant), base, self.tenant);
            answers.push(match question {
                Ok(question) => {
                    questions.push((place, question));
                    None
                }
                Err(error) => Some(Err(error)),
            });
        }
        let calls = questions.iter().map(|(_, question)| question.first()).collect();
        let finished = |index: usize, end: Finished| {
            let (place, question) = &mut questions[index];
            let progress = end.outcome.and_then(|reply| question.reply(&reply, base, self.tenant));
            match progress {
                Ok(Progress::Next(call)) => return Some(call),
                Ok(Progress::Answer(answer)) => answers[*place] = Some(Ok(answer)),
                Err(error) => answers[*place] = Some(Err(error)),
            }
            None
        };
        self.graph.pipeline.run(self.tenant, calls, None, finished).await;
        answers.into_iter().map(|answer| answer.expect("the pipeline ends every request")).collect()
    }
}

/// As many of the next questions as may go in one batch.
fn next_batch(asks: &mut std::iter::Peekable<impl Iterator<Item = Ask>>) -> Vec<Ask> {
    let mut batch: Vec<Ask> = asks.next().into_iter().collect();
    let is_alone = batch.first().is_some_and(Ask::goes_alone);
    while !is_alone
        && batch.len() < BATCH_MAX
        && let Some(ask) = asks.next_if(|ask| !ask.goes_alone())
    {
        batch.push(ask);
    }
    batch
}
