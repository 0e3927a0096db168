//! Causes that wait for somebody's answer: told once more from time to time, and over as soon as there is one.

use super::causes::Cause;
use super::document::{Concerned, NoticeDocument, Question};
use super::register::reopened;
use crate::Engine;
use access::config::Customer;
use jiff::Timestamp;

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
        let put = |present| put(present, customer, cause, &question, is_over, now);
        self.change_cause(&cause.id(), put).await
    }
}

/// The document with this question; `None`: it knows as much already.
fn put(
    present: Option<NoticeDocument>,
    customer: &Customer,
    cause: &Cause,
    question: &Question,
    is_over: bool,
    now: Timestamp,
) -> Option<NoticeDocument> {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices::deliver::{claim, settle};
    use access::config::{BreakGlass, Mode, NoticeKind, Rights};
    use jiff::SignedDuration;
    use notify::{Sent, State};
    use std::collections::BTreeSet;

    /// What is kept of one question, and what one channel hears of it.
    struct Asked {
        document: Option<NoticeDocument>,
        now: Timestamp,
    }

    impl Asked {
        fn new() -> Self {
            Self { document: None, now: "2026-11-02T09:00:00Z".parse().unwrap() }
        }

        /// Somebody who knows so much brings it up; answers whether that was anything new.
        fn put(&mut self, as_of: usize, rounds: u32, is_over: bool) -> bool {
            let customer = Customer {
                name: "contoso".into(),
                display_name: "contoso".into(),
                tenant_id: "44444444-4444-4444-8444-444444444444".parse().unwrap(),
                mode: Mode::Enforce,
                app: None,
                rights: Rights::Consent,
                domains: BTreeSet::new(),
                deny: None,
                protect: BTreeSet::new(),
                packages: Vec::new(),
                break_glass: BreakGlass::default(),
            };
            let cause = Cause {
                kind: NoticeKind::Approvals,
                code: "approval_wanted".into(),
                key: "1".into(),
                title: "a request waits".into(),
                text: format!("as of {as_of}"),
                commands: (None, None),
            };
            let question = Question { link: None, rounds, as_of };
            let next = put(self.document.clone(), &customer, &cause, &question, is_over, self.now);
            let is_news = next.is_some();
            self.document = next.or(self.document.take());
            is_news
        }

        /// A minute passes; what is sent to the channel, which answers so.
        fn minute(&mut self, answer: &Sent) -> Vec<(State, String)> {
            self.now += SignedDuration::from_mins(1);
            let document = self.document.as_mut().unwrap();
            let due = claim("1", document, &["ops".into()], self.now);
            due.iter().for_each(|due| settle(document, "ops", due.number, answer, self.now, 0.5));
            due.into_iter().map(|due| (due.notice.state, due.notice.text)).collect()
        }
    }

    fn later() -> Sent {
        Sent::Later { why: "it answered 503".into(), after: None, unclear: false }
    }

    #[test]
    fn whoever_slept_does_not_ask_again_what_is_answered() {
        let mut asked = Asked::new();
        assert!(asked.put(3, 0, true), "answered before anybody was asked");
        assert!(!asked.put(1, 0, false), "and now somebody wakes who knows only that it was asked");
        assert!(asked.minute(&Sent::Taken).is_empty());
        let mut asked = Asked::new();
        assert!(asked.put(1, 0, false) && !asked.put(1, 0, false), "twice is once");
        assert_eq!(asked.minute(&Sent::Taken), [(State::Opened, "as of 1".into())]);
        assert!(asked.put(3, 0, true) && !asked.put(2, 1, false));
        assert_eq!(asked.minute(&Sent::Taken), [(State::Resolved, "as of 3".into())]);
    }

    #[test]
    fn each_round_is_one_message_and_rounds_that_were_missed_are_one() {
        let mut asked = Asked::new();
        asked.put(1, 0, false);
        asked.minute(&Sent::Taken);
        assert!(asked.minute(&Sent::Taken).is_empty());
        asked.put(2, 1, false);
        assert_eq!(asked.minute(&Sent::Taken), [(State::Reminded, "as of 2".into())]);
        assert!(asked.minute(&Sent::Taken).is_empty());
        asked.put(3, 2, false);
        asked.put(4, 3, false);
        assert_eq!(asked.minute(&Sent::Taken), [(State::Reminded, "as of 4".into())]);
        assert!(asked.minute(&Sent::Taken).is_empty());
    }

    #[test]
    fn a_message_says_the_same_in_every_attempt() {
        let mut asked = Asked::new();
        asked.put(1, 0, false);
        assert_eq!(asked.minute(&later()), [(State::Opened, "as of 1".into())]);
        asked.put(2, 1, false);
        assert_eq!(asked.minute(&Sent::Taken), [(State::Opened, "as of 1".into())]);
        assert_eq!(asked.minute(&Sent::Taken), [(State::Reminded, "as of 2".into())]);
    }

    #[test]
    fn a_channel_that_was_given_up_gets_the_next_round() {
        let mut asked = Asked::new();
        asked.put(1, 0, false);
        let never = Sent::Never { why: "it answered 404".into() };
        assert_eq!(asked.minute(&never).len(), 1);
        assert!(asked.minute(&Sent::Taken).is_empty(), "a dead letter");
        asked.put(2, 1, false);
        assert_eq!(asked.minute(&Sent::Taken), [(State::Opened, "as of 2".into())]);
        assert!(asked.minute(&Sent::Taken).is_empty());
    }
}
