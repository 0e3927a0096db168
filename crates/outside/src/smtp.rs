//! Mail by SMTP (RFC 5321), always over TLS.

use crate::mail::{Mail, MailError, MailSecurity, MailServer, Mailer};
use async_trait::async_trait;
use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::{ClientId, MailParameter};
use lettre::transport::smtp::{Error, commands};
use std::time::{Duration, SystemTime};

/// How long the server may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

/// Mail servers, with the platform's roots (`SSL_CERT_FILE` is honoured) and, where given, one root more.
///
/// Each mail has a connection of its own: they are rare, and a kept one is closed by the server before the next.
#[derive(Debug, Default)]
pub struct Smtp {
    extra_roots_pem: Vec<u8>,
}

impl Smtp {
    /// Also trusts the roots in `extra_roots_pem` (PEM; may be empty).
    pub fn new(extra_roots_pem: Vec<u8>) -> Self {
        Self { extra_roots_pem }
    }

    fn tls(&self, host: &str) -> Result<TlsParameters, Error> {
        let mut builder = TlsParameters::builder(host.to_owned());
        if !self.extra_roots_pem.is_empty() {
            builder = builder.add_root_certificate(Certificate::from_pem(&self.extra_roots_pem)?);
        }
        builder.build()
    }

    /// A connection on which a mail can be given. Nothing but greetings and, over TLS, the login was said.
    async fn connect(&self, server: &MailServer, timeout: Duration) -> Result<AsyncSmtpConnection, Error> {
        let tls = self.tls(&server.host)?;
        let us = ClientId::default();
        let at = (server.host.as_str(), server.port);
        let mut connection = match server.security {
            MailSecurity::Tls => AsyncSmtpConnection::connect_tokio1(at, Some(timeout), &us, Some(tls), None).await?,
            MailSecurity::StartTls => {
                let mut connection = AsyncSmtpConnection::connect_tokio1(at, Some(timeout), &us, None, None).await?;
                connection.starttls(tls, &us).await?;
                connection
            }
        };
        if let Some((user, password)) = &server.login {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
        }
        Ok(connection)
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, server: &MailServer, mail: &Mail, timeout: Duration) -> Result<(), MailError> {
        let message = written(mail).map_err(MailError::Unwritable)?;
        let mut given = false;
        let attempt = async {
            let mut connection = self.connect(server, timeout).await?;
            announce(&mut connection, message.envelope()).await?;
            given = true;
            connection.message(&message.formatted()).await?;
            Ok(connection)
        };
        match tokio::time::timeout(timeout, attempt).await {
            Ok(Ok(mut connection)) => {
                // It is taken. Whether the server also says goodbye interests nobody.
                let _ = tokio::time::timeout(GOODBYE, connection.quit()).await;
                Ok(())
            }
            Ok(Err(error)) => Err(sort(&error, given)),
            Err(_) if given => Err(MailError::TimedOut(timeout)),
            Err(_) => Err(MailError::NeverSent(format!("the server was not ready for it within {timeout:?}"))),
        }
    }
}

/// Says from whom and for whom the mail is, up to where its text is asked for. Whoever is refused gets none, and the others
/// do: one wrong address must not keep it from everybody.
async fn announce(connection: &mut AsyncSmtpConnection, envelope: &Envelope) -> Result<(), Error> {
    let mut addresses = envelope.from().into_iter().chain(envelope.to());
    let is_ascii = addresses.all(|address| AsRef::<str>::as_ref(address).is_ascii());
    let wants = if is_ascii { Vec::new() } else { vec![MailParameter::SmtpUtfEight] };
    connection.command(commands::Mail::new(envelope.from().cloned(), wants)).await?;
    let mut refusal = None;
    let mut accepted = false;
    for address in envelope.to() {
        match connection.command(commands::Rcpt::new(address.clone(), Vec::new())).await {
            Ok(_) => accepted = true,
            Err(error) if error.status().is_none() => return Err(error),
            // One that may be accepted later says more than one that never will.
            Err(error) if error.is_transient() => refusal = Some(error),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    match refusal {
        Some(error) if !accepted => Err(error),
        _ => connection.command(commands::Data).await.map(drop),
    }
}

fn sort(error: &Error, given: bool) -> MailError {
    match error.status() {
        Some(code) => MailError::Refused(code.into()),
        None if given => MailError::Interrupted(error.to_string()),
        None => MailError::NeverSent(error.to_string()),
    }
}

/// The mail as it goes over the wire. One part of plain text: nothing in it is markup.
fn written(mail: &Mail) -> Result<Message, String> {
    let mailbox = |address: &str| {
        let address = address.parse().map_err(|_| "an address is not one".to_owned())?;
        Ok::<_, String>(Mailbox::new(None, address))
    };
    let mut builder = Message::builder()
        .from(mailbox(&mail.from)?)
        .subject(&mail.subject)
        .date(SystemTime::from(mail.at))
        .message_id(Some(format!("<{}>", mail.id)))
        .references(format!("<{}>", mail.thread))
        .raw_header(header("Auto-Submitted", "auto-generated"));
    for address in &mail.to {
        builder = builder.to(mailbox(address)?);
    }
    if mail.urgent {
        builder = builder.raw_header(header("Importance", "high")).raw_header(header("X-Priority", "1"));
    }
    // Lines of any length and any characters, through servers of any age.
    let part = SinglePart::builder().header(ContentType::TEXT_PLAIN).header(ContentTransferEncoding::Base64);
    builder.singlepart(part.body(mail.text.clone())).map_err(|error| error.to_string())
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

#[cfg(test)]
mod tests;
