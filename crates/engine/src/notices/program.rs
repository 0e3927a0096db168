//! Troubles of the program itself, told once and not for each customer: our own credential, the partner's tenant, the
//! minute timer, messages that nobody can read.
//!
//! Nobody can say of them that they are over but by hearing nothing more: a token may still be valid for an hour.

use super::causes::Cause;
use super::document::{NoticeDocument, path};
use crate::membership::documents::{SCHEDULE, Schedule};
use crate::{Engine, Error};
use access::config::NoticeKind;
use cloud::Kind;
use jiff::{SignedDuration, Timestamp};

/// Our secret or certificate is refused.
pub(crate) const CREDENTIAL_REFUSED: &str = "credential_refused";

/// The partner's tenant cannot be read.
pub(crate) const PARTNER_UNREAD: &str = "partner_unread";

/// The minute timer did not run.
pub(crate) const TICK_MISSED: &str = "tick_missed";

/// Nobody can do anything with a queue message.
pub(crate) const POISON: &str = "poison";

/// Tickets are not told what becomes of their requests.
pub(crate) const TICKET_UNTOLD: &str = "ticket_untold";

/// So long one process does not note again that the calls for one customer are turned away.
const NOTED_FOR: SignedDuration = SignedDuration::from_mins(1);

/// How many names are noted within that time. Whoever tries more of them is a stranger.
const NAMES_MAX: usize = 1_000;

/// Calls with alerts are turned away.
pub(crate) const ALERTS_REFUSED: &str = "alerts_refused";

/// Without a tick for so long, the timer is not firing; and with ticks for so long, it fires again.
const TICK_MISSED_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// Messages that nobody can read, and tickets that were not told, are over when there were none for so long; one that
/// comes later is told anew.
const QUIET_DAY: SignedDuration = SignedDuration::from_hours(24);

/// How much is told of why a message cannot be read, in characters: it may quote what came from outside.
const WHY_CHARS_MAX: usize = 200;

/// A refused credential is over when nobody has met with it for a whole round of all customers and this much more.
const QUIET_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Whether the timer that last fired at `tick` is not firing.
pub(crate) fn stands_still(tick: Timestamp, now: Timestamp) -> bool {
    tick + TICK_MISSED_AFTER < now
}

fn tick_missed(last: Timestamp, now: Timestamp) -> Cause {
    Cause {
        kind: NoticeKind::Problems,
        code: TICK_MISSED.into(),
        key: String::new(),
        title: "The minute timer stood still".into(),
        text: format!(
            "it last ran at {last}, and that was found at {now}: meanwhile it looked after no customer, and who left the partner kept access. What was missed is made up for as soon as it runs; look at the host's timers and at its log of that time"
        ),
        commands: (None, None),
    }
}

fn poison(function: &str, why: &str) -> Cause {
    let why: String = why.chars().take(WHY_CHARS_MAX).collect();
    Cause {
        kind: NoticeKind::Problems,
        code: POISON.into(),
        key: function.into(),
        title: format!("{function} got a message that it can do nothing with"),
        text: format!(
            "{why}. It is not delivered again, and nobody's access waits for it: the minute timer wakes every customer. Look at who else writes to this queue, or whether processes of different versions or configurations share it; health shows the message"
        ),
        commands: (None, None),
    }
}

fn alerts_refused(customer: &str) -> Cause {
    Cause {
        kind: NoticeKind::Problems,
        code: ALERTS_REFUSED.into(),
        key: customer.into(),
        title: format!("Calls to the alert address of {customer} are turned away"),
        text: format!(
            "somebody calls /api/v1/alerts/{customer} with credentials that are not known here, or without the right to raise alerts, or sends what no alert is: nothing, or an HTML form. If it is the customer's action group, its alerts are lost: look at [break_glass.webhook] in customers/{customer}.toml, or at the caller in [callers], and at the action group's secure webhook. If it is a stranger, nothing is wrong"
        ),
        commands: (Some(format!("gatehouse audit break-glass {customer}")), None),
    }
}

impl Engine {
    /// Notes that a call with an alert was turned away: an action group whose audience was mistyped loses every alert
    /// without a sound. A stranger who knocks at the doors of customers who are not there is told of to nobody.
    pub async fn alert_turned_away(&self, customer: &str) {
        if !self.is_time_to_note(customer) {
            return;
        }
        let cause = alerts_refused(customer);
        let noted = match self.customer(customer) {
            Ok(_) => self.join_if_routed(&cause).await,
            // As long as for one who is there, or the time that it takes would tell strangers who our customers are.
            Err(_) => self.look_away(&path(&cause.id())).await,
        };
        if let Err(error) = noted {
            tracing::warn!(customer, %error, "that alerts are turned away could not be stored");
        }
    }

    /// As many operations, one after the other, as it takes to find a notice there and its mark set.
    async fn look_away(&self, path: &str) -> Result<(), store::Error> {
        for _ in 0..4 {
            self.store.read::<NoticeDocument>(path).await?;
        }
        Ok(())
    }

    /// Whether nobody noted this name within the last minute: a flood of calls costs the store next to nothing.
    fn is_time_to_note(&self, name: &str) -> bool {
        let now = self.clock.now();
        let mut noted = self.turned_away.lock().expect("nobody panics while holding it");
        if noted.len() >= NAMES_MAX {
            noted.retain(|_, at| now.duration_since(*at) < NOTED_FOR);
        }
        match noted.get(name) {
            Some(at) if now.duration_since(*at) < NOTED_FOR => false,
            // Strangers cannot fill it up for those who are there.
            None if noted.len() >= NAMES_MAX && self.customer(name).is_err() => false,
            _ => {
                noted.insert(name.into(), now);
                true
            }
        }
    }

    /// Tells people that the minute timer stood still since this tick, if it did.
    pub(crate) async fn report_standstill(&self, last: Timestamp, now: Timestamp) -> Result<(), store::Error> {
        if stands_still(last, now) { self.join_if_routed(&tick_missed(last, now)).await } else { Ok(()) }
    }

    /// Another timer looks after the minute timer: where that one stands still it tells nobody, of itself or of anything
    /// else.
    pub(crate) async fn watch_minute_timer(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let schedule = self.store.read::<Schedule>(SCHEDULE).await?;
        let Some(last) = schedule.map(|kept| kept.value.tick).filter(|tick| stands_still(*tick, now)) else {
            return Ok(());
        };
        self.report_standstill(last, now).await?;
        self.tell(false).await
    }

    /// Tells people of a message that nobody can read.
    pub(crate) async fn report_poison(&self, function: &str, why: &str) -> Result<(), store::Error> {
        self.join_if_routed(&poison(function, why)).await
    }

    /// `health` knows of these by itself, so what nobody wants to hear of is not even written down.
    pub(crate) async fn join_if_routed(&self, cause: &Cause) -> Result<(), store::Error> {
        if self.config.notices.contains_key(&cause.kind) { self.join_cause(cause, None).await } else { Ok(()) }
    }

    /// Reports a trouble of the program itself, if the error is one. Answers whether it was.
    pub(crate) async fn report_program(&self, error: &Error) -> bool {
        let Error::Cloud { source, .. } = error else { return false };
        let cause = if source.kind == Kind::BadCredential {
            self.remember_refusal(source);
            let app = self.graph.app(source.tenant);
            let named = self.config.apps.iter().find(|(_, one)| one.client_id.0 == app).map(|(name, _)| name.as_str());
            let (table, whose) = match named {
                None => ("[app]".to_owned(), "any tenant"),
                Some(name) => (format!("[apps.{name}]"), "any tenant of a customer that names this app"),
            };
            Cause {
                kind: NoticeKind::Problems,
                code: CREDENTIAL_REFUSED.into(),
                key: named.unwrap_or_default().to_owned(),
                title: "Microsoft refuses our credential".into(),
                text: format!(
                    "the app's own secret or certificate is refused, so nothing can be read or changed in {whose}: {} {}; make a new one in the app registration of tenant {} and put it where {table} credential points",
                    source.code, source.message, self.config.partner.tenant_id
                ),
                commands: (None, Some("gatehouse check".into())),
            }
        } else if source.tenant == self.config.partner.tenant_id.0 && !source.transient() {
            Cause {
                kind: NoticeKind::Problems,
                code: PARTNER_UNREAD.into(),
                key: String::new(),
                title: "The partner's tenant cannot be read".into(),
                text: format!("nothing is done in any customer until it can: {error}"),
                commands: (None, Some("gatehouse plan".into())),
            }
        } else {
            return false;
        };
        if let Err(error) = self.join_cause(&cause, None).await {
            tracing::warn!(%error, "a trouble of the program could not be stored");
        }
        true
    }

    /// Ends what nobody has met with any more.
    pub(super) fn end_by_itself(&self, document: &mut NoticeDocument, partner_read: bool, now: Timestamp) {
        let configured =
            |tenant: &String| self.config.customers.iter().any(|customer| customer.tenant_id.to_string() == *tenant);
        let had_customers = !document.customers.is_empty();
        // Who is missing from the configuration is looked for by itself.
        if document.code != super::CUSTOMER_GONE {
            document.customers.retain(|tenant, _| configured(tenant));
        }
        let quiet = match document.code.as_str() {
            PARTNER_UNREAD => partner_read,
            TICK_MISSED => document.seen + TICK_MISSED_AFTER < now,
            POISON | TICKET_UNTOLD | ALERTS_REFUSED => document.seen + QUIET_DAY < now,
            _ => partner_read && document.seen + self.config.sync_every + QUIET_FOR < now,
        };
        if (document.program && quiet) || (had_customers && document.customers.is_empty()) {
            document.over.get_or_insert(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn shown(cause: &Cause) -> String {
        format!("{}\n{}\n", cause.title, cause.text)
    }

    #[test]
    fn the_timer_stands_still_after_ten_minutes() {
        let last = at("2026-11-02T09:00:00Z");
        assert!(!stands_still(last, at("2026-11-02T09:10:00Z")));
        assert!(stands_still(last, at("2026-11-02T09:10:01Z")));
        expect![[r#"
            The minute timer stood still
            it last ran at 2026-11-02T09:00:00Z, and that was found at 2026-11-02T09:25:00Z: meanwhile it looked after no customer, and who left the partner kept access. What was missed is made up for as soon as it runs; look at the host's timers and at its log of that time
        "#]].assert_eq(&shown(&tick_missed(last, at("2026-11-02T09:25:00Z"))));
    }

    #[test]
    fn a_message_that_nobody_can_read_is_told_by_function_and_quoted_in_short() {
        let cause =
            poison("sync_customer", "the message is not {\"customer\":NAME}: expected value at line 1 column 1");
        expect![[r#"
            sync_customer got a message that it can do nothing with
            the message is not {"customer":NAME}: expected value at line 1 column 1. It is not delivered again, and nobody's access waits for it: the minute timer wakes every customer. Look at who else writes to this queue, or whether processes of different versions or configurations share it; health shows the message
        "#]].assert_eq(&shown(&cause));
        let long = poison("sync_customer", &"x".repeat(WHY_CHARS_MAX + 1));
        assert!(long.text.starts_with(&format!("{}. It is", "x".repeat(WHY_CHARS_MAX))), "{}", long.text);
        assert_eq!(cause.id(), long.id(), "another message for the same function is no other cause");
        assert_ne!(cause.id(), poison("schedule_sync", "x").id());
    }
}
