//! Sending one mail through a mail server.

use async_trait::async_trait;
use jiff::Timestamp;
use std::fmt;
use std::time::Duration;
use thiserror::Error;

/// Sends one mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Gives the mail to the server and waits until it took it, all within `timeout`. Nothing is repeated.
    async fn send(&self, server: &MailServer, mail: &Mail, timeout: Duration) -> Result<(), MailError>;
}

/// A mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Its name, which its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: MailSecurity,
    /// User and password, where it wants them.
    pub login: Option<(String, String)>,
}

/// No login: it holds a secret.
impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailServer").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// How a connection to a mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// It begins in the clear; where the server cannot secure it, nothing is sent.
    StartTls,
    /// It is secured from its first byte.
    Tls,
}

/// A mail of plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The sender's address.
    pub from: String,
    /// The addresses of those who get it.
    pub to: Vec<String>,
    /// One line.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// Its Message-ID without the angle brackets: the same in every attempt.
    pub id: String,
    /// The Message-ID, without the angle brackets, that all mails about one thing refer to, so that they stand together.
    pub thread: String,
    /// When it was written.
    pub at: Timestamp,
    /// Whether mail programs are to show it as important.
    pub urgent: bool,
}

/// Why a mail was not taken, or may not have been.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MailError {
    /// It cannot be written as a mail: an address is none.
    #[error("it cannot be written as a mail: {0}")]
    Unwritable(String),
    /// The server was not reached, or no secure connection was made: nothing of it left.
    #[error("the mail was never sent: {0}")]
    NeverSent(String),
    /// The server said no: for now (4yz) or for good (5yz).
    #[error("the server answered {0}")]
    Refused(u16),
    /// The mail may have been taken, but the answer was lost.
    #[error("the connection broke before the server's answer: {0}")]
    Interrupted(String),
    /// The mail may have been taken; no answer came in time.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
}
