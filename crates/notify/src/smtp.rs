//! Mail through a mail server: plain text, so that nothing in it is markup.
//!
//! A mail's Message-ID is the same in every attempt, so that a mailbox can tell a repetition.

use crate::mail::{SUBJECT_MAX, TEXT_MAX, subject};
use crate::message::{Message, hash};
use crate::send::{SEND_TIMEOUT, Sent};
use crate::text::plain;
use crate::ways::Ways;
use access::incidents::Severity;
use jiff::Timestamp;
use outside::{Mail, MailError, MailServer};

/// The most characters of what went wrong.
const WHY_MAX: usize = 200;

/// Sends the message once.
pub(crate) async fn send(
    ways: &Ways,
    server: &MailServer,
    from: &str,
    to: &[String],
    message: &Message,
    now: Timestamp,
) -> Sent {
    let Some(mailer) = &ways.mailer else {
        return Sent::Never { why: "this program cannot speak to mail servers".into() };
    };
    match mailer.send(server, &render(from, to, message, now), SEND_TIMEOUT).await {
        Ok(()) => Sent::Taken,
        Err(error) => sort(&server.host, &error),
    }
}

/// How it ended that was not taken. 4yz is for now, 5yz for good (RFC 5321, section 4.2.1).
pub(crate) fn sort(host: &str, error: &MailError) -> Sent {
    let later = |why: String, unclear| Sent::Later { why: plain(&why, WHY_MAX), after: None, unclear };
    match error {
        MailError::Refused(code @ (530 | 534 | 535 | 538)) => {
            Sent::Never { why: format!("{host} answered {code}: it does not let us in with our user and password") }
        }
        MailError::Refused(code @ 500..) => Sent::Never { why: format!("{host} answered {code}") },
        MailError::Refused(code) => later(format!("{host} answered {code}"), false),
        MailError::Unwritable(why) => Sent::Never { why: why.clone() },
        MailError::NeverSent(why) => later(format!("{host} could not be reached: {why}"), false),
        MailError::Interrupted(_) => later(format!("the connection to {host} broke"), true),
        MailError::TimedOut(limit) => later(format!("{host} did not answer within {} s", limit.as_secs()), true),
    }
}

/// The mail.
pub(crate) fn render(from: &str, to: &[String], message: &Message, now: Timestamp) -> Mail {
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let mut receivers = to.to_vec();
    receivers.sort();
    let receivers = hash(&receivers.join(","), 12);
    Mail {
        from: from.to_owned(),
        to: to.to_vec(),
        subject: plain(&subject(message), SUBJECT_MAX),
        text: format!("{}\n\n{}", message.headline_unlinked(SUBJECT_MAX), message.body(TEXT_MAX)),
        id: format!("{}.{receivers}@{domain}", hash(&message.message, 32)),
        thread: format!("{}@{domain}", hash(&message.key, 32)),
        at: now,
        urgent: matches!(message.severity, Severity::Critical | Severity::High),
    }
}
