//! A question on its way: which request it is, and what its pages add up to.

use super::answer::Answer;
use super::ask::Ask;
use super::compose::compose;
use super::reports::REPORT_PAGES_MAX;
use super::sum::Sum;
use super::{delta, links, refusal};
use crate::error::{Error, Kind};
use crate::json;
use crate::pipeline::call::{Call, Content, Reply};
use uuid::Uuid;

/// The most pages of one answer: with 999 objects each, more than three times what a tenant may hold.
pub const PAGES_MAX: u32 = 1_000;

/// How a question stands after a reply.
pub(super) enum Progress {
    /// There is another page.
    Next(Call),
    /// This is the answer.
    Answer(Answer),
}

/// A question on its way.
pub(super) struct Question {
    ask: Ask,
    app: Uuid,
    call: Call,
    sum: Sum,
    pages: u32,
    started_again: bool,
}

impl Question {
    /// The question's first request. Errors are those of a question that must not be sent.
    pub(super) fn new(ask: Ask, app: Uuid, graph: &str, tenant: Uuid) -> Result<Self, Error> {
        let (call, sum) = compose(&ask, app, graph)
            .map_err(|unfit| Error::new(unfit.kind, tenant, &unfit.operation, unfit.message))?;
        Ok(Self { ask, app, call, sum, pages: 0, started_again: false })
    }

    /// The request to send first.
    pub(super) fn first(&self) -> Call {
        self.call.clone()
    }

    /// Takes in a decision of the service: a page, the answer, or a refusal.
    pub(super) fn reply(&mut self, reply: &Reply, graph: &str, tenant: Uuid) -> Result<Progress, Error> {
        if !reply.ok() {
            return self.refused(reply, graph, tenant);
        }
        let garbled = |message: String| {
            let mut error = Error::new(Kind::Garbled, tenant, &self.call.operation, message);
            error.status = Some(reply.status);
            error.request_id.clone_from(&reply.request_id);
            error
        };
        let Content::Json(body) = &reply.content else {
            return Err(garbled("the answer is not JSON, or is cut off".to_owned()));
        };
        let page = json::object(body).map_err(|wrong| garbled(wrong.to_string()))?;
        if let Sum::One(read) = self.sum {
            let answer = read(page).map_err(|wrong| garbled(wrong.to_string()))?;
            if let Answer::Organization(found) = &answer
                && found.id != tenant
            {
                let message = format!("the answer is about tenant {}", found.id);
                return Err(Error::new(Kind::WrongTenant, tenant, &self.call.operation, message));
            }
            return Ok(Progress::Answer(answer));
        }
        self.pages += 1;
        self.sum.add(page).map_err(|wrong| garbled(wrong.to_string()))?;
        let delta_link = delta::link(page);
        if let Some(next) = page.get("@odata.nextLink") {
            let path = next.as_str().and_then(|link| links::below_version(graph, link));
            let path = path.ok_or_else(|| garbled("the link to the next page leads elsewhere".to_owned()))?;
            let enough = self.pages >= REPORT_PAGES_MAX && self.sum.cut();
            if !enough && self.pages >= PAGES_MAX {
                return Err(garbled(format!("the answer has more than {PAGES_MAX} pages")));
            }
            if !enough {
                return Ok(Progress::Next(Call { path: path.to_owned(), ..self.call.clone() }));
            }
        }
        let link = match delta_link {
            Some(link) if links::below_version(graph, link).is_some() => link.to_owned(),
            Some(_) => return Err(garbled("the delta link leads elsewhere".to_owned())),
            None if self.sum.is_delta() => {
                return Err(garbled("the last page has no delta link".to_owned()));
            }
            None => String::new(),
        };
        let sum = std::mem::replace(&mut self.sum, Sum::Ids(Vec::new(), "id"));
        Ok(Progress::Answer(sum.finish(link)))
    }

    fn refused(&mut self, reply: &Reply, graph: &str, tenant: Uuid) -> Result<Progress, Error> {
        let mut error = refusal::sort(tenant, &self.call, reply);
        match self.sum {
            Sum::One(_) if refusal::absent(reply) => return Ok(Progress::Answer(Answer::Absent)),
            Sum::Groups(_) | Sum::Users(_) if refusal::delta_expired(reply) => error.kind = Kind::DeltaExpired,
            _ if refusal::page_expired(reply) && self.pages > 0 => {
                if !self.started_again {
                    let again = Self::new(self.ask.clone(), self.app, graph, tenant)?;
                    *self = Self { started_again: true, ..again };
                    return Ok(Progress::Next(self.first()));
                }
                error.kind = Kind::Unavailable;
            }
            _ => {}
        }
        Err(error)
    }
}
