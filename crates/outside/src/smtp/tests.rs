//! A mail server on this machine, which says what it is told to say, over real sockets and real TLS.

use super::{Smtp, written};
use crate::{Mail, MailError, MailSecurity, MailServer, Mailer};
use expect_test::expect;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const LIMIT: Duration = Duration::from_secs(10);

/// What the server does that is not usual.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Mood {
    #[default]
    Well,
    /// Knows no STARTTLS.
    Bare,
    /// Answers MAIL with this.
    Mail(&'static str),
    /// Answers the recipient `ciso@…` with this, and perhaps the other one too.
    Ciso(&'static str),
    Everybody(&'static str),
    /// Answers the login with this.
    Login(&'static str),
    /// Answers the whole mail with this.
    Text(&'static str),
    /// Closes the connection when it has the whole mail.
    Leaves,
    /// Never answers the whole mail.
    Hangs,
}

/// A server, what it heard, and the root of its certificate.
struct Server {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    root: Vec<u8>,
}

impl Server {
    async fn start(security: MailSecurity, mood: Mood) -> Self {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind("localhost:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = heard.clone();
        tokio::spawn(async move {
            let Ok((socket, _)) = listener.accept().await else { return };
            if security == MailSecurity::Tls {
                let Ok(socket) = acceptor.accept(socket).await else { return };
                talk(socket, mood, &hears, true, true).await;
            } else if let Some(socket) = talk(socket, mood, &hears, true, false).await {
                let Ok(socket) = acceptor.accept(socket).await else { return };
                talk(socket, mood, &hears, false, true).await;
            }
        });
        Self { port, heard, root: own.cert.pem().into_bytes() }
    }

    fn heard(&self) -> String {
        self.heard.lock().unwrap().join("\n")
    }

    fn as_configured(&self, security: MailSecurity, login: bool) -> MailServer {
        let login = login.then(|| ("gatehouse".to_owned(), "hush".to_owned()));
        MailServer { host: "localhost".into(), port: self.port, security, login }
    }
}

/// One conversation; the socket, where it is to be secured now.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    socket: S,
    mood: Mood,
    heard: &Mutex<Vec<String>>,
    greets: bool,
    secure: bool,
) -> Option<S> {
    let mut socket = BufReader::new(socket);
    if greets {
        socket.write_all(b"220 mail.test\r\n").await.ok()?;
    }
    let mut in_text = false;
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        heard.lock().unwrap().push(format!("{}{line}", if secure { "" } else { "in the clear: " }));
        let answer = match line.split(' ').next().unwrap_or_default() {
            "." if in_text && mood == Mood::Leaves => return None,
            "." if in_text && mood == Mood::Hangs => std::future::pending().await,
            "." if in_text => match mood {
                Mood::Text(answer) => answer,
                _ => "250 taken",
            },
            _ if in_text => continue,
            "EHLO" if secure => "250-mail.test\r\n250 AUTH PLAIN",
            "EHLO" if mood == Mood::Bare => "250 mail.test",
            "EHLO" => "250-mail.test\r\n250 STARTTLS",
            "STARTTLS" => {
                socket.write_all(b"220 go on\r\n").await.ok()?;
                return Some(socket.into_inner());
            }
            "AUTH" => match mood {
                Mood::Login(answer) => answer,
                _ => "235 welcome",
            },
            "MAIL" => match mood {
                Mood::Mail(answer) => answer,
                _ => "250 yes",
            },
            "RCPT" => match mood {
                Mood::Ciso(answer) if line.contains("ciso@") => answer,
                Mood::Everybody(answer) => answer,
                _ => "250 yes",
            },
            "DATA" => {
                in_text = true;
                "354 go on"
            }
            _ => "221 bye",
        };
        if line == "." {
            in_text = false;
        }
        socket.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
}

fn mail() -> Mail {
    Mail {
        from: "alerts@example.com".into(),
        to: vec!["oncall@example.com".into(), "ciso@example.com".into()],
        subject: "[CRITICAL] Anmeldung mit Bücher-Konto".into(),
        text: "Line one\n.\nBücher\n".into(),
        id: "0011.2233@example.com".into(),
        thread: "4455@example.com".into(),
        at: "2026-11-20T02:42:21Z".parse().unwrap(),
        urgent: true,
    }
}

async fn ends(security: MailSecurity, mood: Mood, limit: Duration) -> (Result<(), MailError>, String) {
    let server = Server::start(security, mood).await;
    let smtp = Smtp::new(server.root.clone());
    let end = smtp.send(&server.as_configured(security, true), &mail(), limit).await;
    (end, server.heard())
}

#[test]
fn a_mail_is_one_part_of_plain_text_with_headers_that_stay_the_same() {
    let bytes = written(&mail()).unwrap().formatted();
    assert_eq!(bytes, written(&mail()).unwrap().formatted());
    let text = String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    expect![[r#"
        From: alerts@example.com
        Subject: [CRITICAL] Anmeldung mit =?utf-8?b?QsO8Y2hlci1Lb250bw==?=
        Date: Fri, 20 Nov 2026 02:42:21 +0000
        Message-ID: <0011.2233@example.com>
        References: <4455@example.com>
        Auto-Submitted: auto-generated
        To: oncall@example.com, ciso@example.com
        Importance: high
        X-Priority: 1
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: base64

        TGluZSBvbmUNCi4NCkLDvGNoZXINCg==
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_line_break_in_a_subject_makes_no_header() {
    let mail = Mail { subject: "Sign-in\r\nBcc: all@evil.example\r\n\r\n<html>".into(), ..mail() };
    let message = written(&mail).unwrap();
    assert_eq!(message.envelope().to().len(), 2);
    let text = String::from_utf8(message.formatted()).unwrap();
    assert!(!text.contains("\nBcc:") && !text.contains("<html>\r\n"), "{text}");
}

#[test]
fn an_address_that_is_none_is_refused_before_anything_is_sent() {
    assert!(written(&Mail { from: "nobody".into(), ..mail() }).is_err());
    assert!(written(&Mail { to: vec!["a@b.example>\r\nRCPT TO:<c@d.example".into()], ..mail() }).is_err());
}

#[tokio::test]
async fn a_mail_is_given_over_tls_from_the_first_byte_or_before_anything_is_said() {
    let (end, heard) = ends(MailSecurity::StartTls, Mood::Well, LIMIT).await;
    assert_eq!(end, Ok(()));
    let clear: Vec<&str> = heard.lines().filter(|line| line.starts_with("in the clear")).collect();
    assert_eq!(clear, ["in the clear: EHLO [127.0.0.1]", "in the clear: STARTTLS"]);
    for said in
        ["AUTH PLAIN", "MAIL FROM:<alerts@example.com>", "RCPT TO:<oncall@example.com>", "RCPT TO:<ciso@example.com>"]
    {
        assert!(heard.contains(said), "{said} in {heard}");
    }
    let (end, heard) = ends(MailSecurity::Tls, Mood::Well, LIMIT).await;
    assert_eq!(end, Ok(()));
    assert!(!heard.contains("in the clear") && heard.contains("DATA"), "{heard}");
}

#[tokio::test]
async fn a_server_that_cannot_secure_the_connection_hears_nothing() {
    let (end, heard) = ends(MailSecurity::StartTls, Mood::Bare, LIMIT).await;
    assert!(matches!(end, Err(MailError::NeverSent(_))), "{end:?}");
    assert!(!heard.contains("AUTH") && !heard.contains("MAIL"), "{heard}");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_believed() {
    for security in [MailSecurity::Tls, MailSecurity::StartTls] {
        let server = Server::start(security, Mood::Well).await;
        let end = Smtp::default().send(&server.as_configured(security, true), &mail(), LIMIT).await;
        assert!(matches!(end, Err(MailError::NeverSent(_))), "{end:?}");
        assert!(!server.heard().contains("AUTH"), "{}", server.heard());
        // The right root, and another name than the certificate's.
        let server = Server::start(security, Mood::Well).await;
        let smtp = Smtp::new(server.root.clone());
        let other = MailServer { host: "127.0.0.1".into(), ..server.as_configured(security, true) };
        assert!(matches!(smtp.send(&other, &mail(), LIMIT).await, Err(MailError::NeverSent(_))));
        assert!(!server.heard().contains("AUTH"), "{}", server.heard());
    }
}

#[tokio::test]
async fn what_the_server_says_is_told_by_its_code() {
    for (mood, code) in [
        (Mood::Login("535 who are you"), 535),
        (Mood::Mail("451 later"), 451),
        (Mood::Everybody("550 no such user"), 550),
        (Mood::Everybody("450 greylisted"), 450),
        (Mood::Text("452 full"), 452),
        (Mood::Text("554 spam"), 554),
    ] {
        let (end, heard) = ends(MailSecurity::Tls, mood, LIMIT).await;
        assert_eq!(end, Err(MailError::Refused(code)), "{heard}");
    }
}

#[tokio::test]
async fn one_wrong_address_does_not_keep_the_mail_from_the_others() {
    for refusal in ["550 no such user", "450 later"] {
        let (end, heard) = ends(MailSecurity::Tls, Mood::Ciso(refusal), LIMIT).await;
        assert!(end == Ok(()) && heard.contains("DATA"), "{heard}");
    }
}

#[tokio::test]
async fn a_mail_whose_answer_was_lost_may_have_been_taken() {
    let (end, _) = ends(MailSecurity::Tls, Mood::Leaves, LIMIT).await;
    assert!(matches!(end, Err(MailError::Interrupted(_))), "{end:?}");
    let limit = Duration::from_secs(1);
    let (end, _) = ends(MailSecurity::Tls, Mood::Hangs, limit).await;
    assert_eq!(end, Err(MailError::TimedOut(limit)));
}

#[tokio::test]
async fn a_server_that_is_not_there_was_sent_nothing() {
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let server = MailServer { host: "localhost".into(), port, security: MailSecurity::Tls, login: None };
    let end = Smtp::default().send(&server, &mail(), LIMIT).await;
    assert!(matches!(end, Err(MailError::NeverSent(_))), "{end:?}");
}

#[test]
fn a_server_shows_no_password() {
    let login = Some(("gatehouse".to_owned(), "hush".to_owned()));
    let server = MailServer { host: "mail.example".into(), port: 465, security: MailSecurity::Tls, login };
    assert!(!format!("{server:?}").contains("hush"));
}
