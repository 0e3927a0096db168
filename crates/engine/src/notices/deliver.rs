//! What each channel gets of a cause, and when. Pure: the document, the time and chance in, the document out.

use super::document::{Delivery, Message, NoticeDocument};
use jiff::{SignedDuration, Timestamp};
use notify::{NAMED_MAX, Notice, Sent, State, next_attempt};

/// How long whoever sends a message has for it; longer than the send time-out, so that nobody else sends it meanwhile.
const CLAIM: SignedDuration = SignedDuration::from_secs(30);

/// A cause that reaches further is told again at most this often, with everybody who joined since.
const UPDATE_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// One message to send now.
pub(super) struct Due {
    pub(super) channel: String,
    pub(super) number: u32,
    pub(super) notice: Notice,
}

/// Claims everything that is to be sent now. The document must be stored before anything is sent.
pub(super) fn claim(id: &str, document: &mut NoticeDocument, routes: &[String], now: Timestamp) -> Vec<Due> {
    let mut due = Vec::new();
    for channel in routes {
        let mut delivery = document.channels.remove(channel).unwrap_or_default();
        make(document, &mut delivery, now);
        if let Some(message) = delivery.message.as_mut().filter(|message| is_free(message, now) && message.next <= now)
        {
            // A claim without an outcome: whoever had it may have sent it.
            message.may_repeat |= message.claimed.is_some();
            message.claimed = Some(now + CLAIM);
            message.attempts += 1;
            due.push(Due {
                channel: channel.clone(),
                number: message.number,
                notice: notice(id, document, channel, message),
            });
        }
        if delivery != Delivery::default() {
            document.channels.insert(channel.clone(), delivery);
        }
    }
    due
}

/// Takes in how an attempt ended.
pub(super) fn settle(
    document: &mut NoticeDocument,
    channel: &str,
    number: u32,
    sent: &Sent,
    now: Timestamp,
    fraction: f64,
) {
    let Some(delivery) = document.channels.get_mut(channel) else { return };
    let Some(mut message) = delivery.message.take_if(|message| message.number == number) else { return };
    match sent {
        Sent::Taken => {
            delivery.dead = None;
            delivery.told = message.count;
            delivery.told_at = (message.state != State::Resolved).then_some(now);
        }
        Sent::Never { why } => give_up(delivery, &message, why),
        Sent::Later { why, after, unclear } => {
            let Some(next) = next_attempt(message.at, message.attempts, fraction, *after, now) else {
                return give_up(delivery, &message, why);
            };
            message.claimed = None;
            message.may_repeat |= *unclear;
            message.next = next;
            delivery.message = Some(message);
        }
    }
}

fn give_up(delivery: &mut Delivery, message: &Message, why: &str) {
    delivery.dead = Some(why.to_owned());
    if message.state == State::Resolved {
        delivery.told_at = None;
    }
}

/// Whether some channel was told, or may have been told, of a cause and does not know yet that it is over.
pub(super) fn has_news(document: &NoticeDocument) -> bool {
    document.channels.values().any(|delivery| delivery.message.is_some() || delivery.told_at.is_some())
}

/// Whether the tick has to look at it again: something is to be sent, now or later, or is a dead letter.
pub(super) fn is_open(document: &NoticeDocument, routes: &[String]) -> bool {
    let of = |channel: &String| document.channels.get(channel).cloned().unwrap_or_default();
    if document.over.is_some() {
        return routes.iter().map(of).any(|delivery| delivery.message.is_some() || delivery.told_at.is_some());
    }
    let count = document.customers.len() as u32;
    let rounds = rounds(document);
    document.program
        || routes.iter().map(of).any(|delivery| {
            delivery.message.is_some()
                || delivery.dead.is_some()
                || delivery.told_at.is_none()
                || count > delivery.told
                || rounds > delivery.rounds
        })
}

/// The next message of this channel, where there is one to make.
fn make(document: &NoticeDocument, delivery: &mut Delivery, now: Timestamp) {
    let mut may_have_arrived = false;
    if document.over.is_some()
        && let Some(message) = delivery.message.take_if(|message| message.state != State::Resolved)
    {
        if !is_free(&message, now) {
            delivery.message = Some(message);
            return;
        }
        // It need not be said any more that the cause is there; but whoever may have heard it hears the end too.
        may_have_arrived = message.claimed.is_some() || message.may_repeat;
    }
    if delivery.message.is_some() {
        return;
    }
    let count = document.customers.len() as u32;
    // Whoever is to be told once more may have mended the channel meanwhile.
    let is_asked_again = rounds(document) > delivery.rounds;
    let has_hope = delivery.dead.is_none() || is_asked_again;
    let state = match (document.over, delivery.told_at) {
        (Some(_), Some(_)) => State::Resolved,
        (Some(_), None) if may_have_arrived => State::Resolved,
        (None, None) if has_hope && document.not_before <= now => State::Opened,
        (None, Some(_)) if is_asked_again => State::Reminded,
        (None, Some(at)) if delivery.dead.is_none() && count > delivery.told && at + UPDATE_EVERY <= now => {
            State::Updated
        }
        _ => return,
    };
    delivery.made += 1;
    delivery.rounds = rounds(document);
    let mut concerned = document.customers.values();
    let command = match (concerned.next(), concerned.next()) {
        (Some(only), None) => only.command.clone(),
        _ => document.command.clone(),
    };
    delivery.message = Some(Message {
        number: delivery.made,
        state,
        customers: document.customers.values().take(NAMED_MAX).map(|one| one.name.clone()).collect(),
        count,
        command: command.filter(|_| state != State::Resolved),
        text: document.question.is_some().then(|| document.text.clone()),
        at: now,
        attempts: 0,
        next: now,
        claimed: None,
        may_repeat: false,
    });
}

/// How often people are to be told once more.
fn rounds(document: &NoticeDocument) -> u32 {
    document.question.as_ref().map_or(0, |question| question.rounds)
}

/// Whether nobody is sending it.
fn is_free(message: &Message, now: Timestamp) -> bool {
    message.claimed.is_none_or(|until| until <= now)
}

fn notice(id: &str, document: &NoticeDocument, channel: &str, message: &Message) -> Notice {
    let link = document.question.as_ref().and_then(|question| question.link.clone());
    let occurrence = format!("{id}-{}", document.opened.as_second());
    Notice {
        kind: document.kind,
        state: message.state,
        message: format!("{occurrence}-{channel}-{}", message.number),
        id: occurrence,
        title: document.title.clone(),
        text: message.text.as_ref().unwrap_or(&document.text).clone(),
        customers: message.customers.clone(),
        count: message.count,
        command: message.command.clone(),
        link: link.filter(|_| message.state != State::Resolved),
        since: document.opened,
        may_repeat: message.may_repeat,
    }
}
