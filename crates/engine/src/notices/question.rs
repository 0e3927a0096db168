//! Causes that wait for somebody's answer: told once more from time to time, and over as soon as there is one.

use super::causes::Cause;
use super::document::{Concerned, NoticeDocument, Question};
use super::register::reopened;
use crate::Engine;
use access::config::Customer;

impl Engine {
    /// Brings what people are told up to this question; `is_over`: it is answered, and the cause's words are the answer.
    ///
    /// Several processes may bring the same question at once, and one of them may have slept meanwhile: what is there and
    /// knows as much or more stays. That is why an end is written down even where nobody had been asked yet.
    pub(crate) async fn put_question(
        &self,
        customer: &Customer,
        cause: &Cause,
        question: Question,
        is_over: bool,
    ) -> Result<(), store::Error> {
        let now = self.clock.now();
        let put = |present: Option<NoticeDocument>| {
            let known = present.as_ref().and_then(|document| document.question.as_ref());
            if known.is_some_and(|known| known.as_of >= question.as_of) {
                return None;
            }
            let mut document = match present {
                Some(document) if is_over => document,
                present => reopened(cause, present, false, now),
            };
            if is_over {
                document.over.get_or_insert(now);
            }
            document.title.clone_from(&cause.title);
            document.text.clone_from(&cause.text);
            document.command.clone_from(&cause.commands.1);
            let concerned = Concerned { name: customer.name.clone(), command: cause.commands.0.clone() };
            document.customers.insert(customer.tenant_id.to_string(), concerned);
            document.question = Some(question.clone());
            Some(document)
        };
        self.change_cause(&cause.id(), put).await
    }
}
