//! The exchange of the systems in which a note is one POST: perhaps a token first, then (where an earlier attempt may
//! have arrived) the notes that are there, then the note.

use super::exchange::{Answer, Earlier, Exchange, Step, earlier};
use super::oauth;
use crate::Sent;
use bytes::Bytes;
use http::Request;
use http::header::AUTHORIZATION;

/// One note to one ticket.
pub(crate) struct Notes<'a> {
    pub(crate) host: &'a str,
    /// What the note begins with.
    pub(crate) mark: String,
    /// Asks for the token that the others carry.
    pub(crate) token: Option<Request<Bytes>>,
    /// Asks for the notes that are there.
    pub(crate) list: Option<Request<Bytes>>,
    /// Writes the note.
    pub(crate) write: Request<Bytes>,
    /// Whether this answer says that it was written.
    pub(crate) took: fn(&Answer) -> bool,
    pub(crate) asked: Asked,
}

/// What was asked last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Asked {
    #[default]
    Nothing,
    Token,
    List,
    Write,
}

impl Notes<'_> {
    fn go_on(&mut self) -> Step {
        if let Some(token) = self.token.take() {
            self.asked = Asked::Token;
            return Step::Ask(token);
        }
        if let Some(list) = self.list.take() {
            self.asked = Asked::List;
            return Step::Ask(list);
        }
        self.asked = Asked::Write;
        Step::Ask(self.write.clone())
    }
}

impl Exchange for Notes<'_> {
    fn begin(&mut self) -> Step {
        self.go_on()
    }

    fn next(&mut self, answer: &Answer) -> Step {
        match self.asked {
            Asked::Nothing => self.go_on(),
            Asked::Token => {
                let Some(bearer) = oauth::bearer(answer) else { return Step::Done(answer.failure(self.host)) };
                for request in self.list.iter_mut().chain([&mut self.write]) {
                    request.headers_mut().insert(AUTHORIZATION, bearer.clone());
                }
                self.go_on()
            }
            Asked::List => match earlier(self.host, answer, &self.mark) {
                Earlier::Arrived => Step::Done(Sent::Taken),
                Earlier::Unknown => self.go_on(),
                Earlier::Stop(sent) => Step::Done(sent),
            },
            Asked::Write if (self.took)(answer) => Step::Done(Sent::Taken),
            Asked::Write => Step::Done(answer.failure(self.host)),
        }
    }
}
