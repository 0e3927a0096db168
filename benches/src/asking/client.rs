//! Clients that ask, each on a connection of its own.
#![allow(clippy::disallowed_methods, reason = "a measurement needs the machine's own clock")]

use super::host::{CUSTOMER, KEY, PACKAGE};
use crate::job::DOMAIN;
use serde::Deserialize;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many people are asked for; the same person with another ticket is another request.
const PEOPLE: usize = 1_000;

/// A request that was answered with 202.
#[derive(Debug, Clone)]
pub(super) struct Accepted {
    /// The id that the answer names.
    pub(super) id: String,
    /// The ticket that was sent.
    pub(super) ticket: String,
    /// From the first byte sent to the last received.
    pub(super) took: Duration,
}

/// What became of the clients' requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) accepted: Vec<Accepted>,
    pub(super) errors: usize,
    pub(super) seconds: f64,
    /// The number of the first ticket that was not sent.
    pub(super) next: usize,
}

#[derive(Deserialize)]
struct Answer {
    id: String,
}

/// Lets so many clients ask, from ticket number `first` on, until the time is over or their connections break.
pub(super) fn ask_until(port: u16, clients: usize, time: Duration, first: usize) -> Result<Asked, String> {
    let next = AtomicUsize::new(first);
    let started = Instant::now();
    let mut all = Asked::default();
    std::thread::scope(|scope| {
        let client = || scope.spawn(|| one(port, started + time, &next));
        let working: Vec<_> = (0..clients).map(|_| client()).collect();
        for client in working {
            let asked = client.join().map_err(|_| "a client panicked".to_owned())?;
            all.accepted.extend(asked.accepted);
            all.errors += asked.errors;
        }
        Ok::<_, String>(())
    })?;
    all.seconds = started.elapsed().as_secs_f64();
    all.next = next.into_inner();
    Ok(all)
}

fn one(port: u16, end: Instant, next: &AtomicUsize) -> Asked {
    let mut asked = Asked::default();
    let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) else {
        asked.errors += 1;
        return asked;
    };
    // A request is one write, which must not wait for the answer to the one before.
    let _ = stream.set_nodelay(true);
    let mut stream = BufReader::new(stream);
    while Instant::now() < end {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let ticket = format!("INC{number:09}");
        let begun = Instant::now();
        match exchange(&mut stream, &request(number, &ticket)) {
            Ok((202, body)) => match serde_json::from_slice::<Answer>(&body) {
                Ok(Answer { id }) => asked.accepted.push(Accepted { id, ticket, took: begun.elapsed() }),
                Err(_) => asked.errors += 1,
            },
            Ok(_) => asked.errors += 1,
            Err(_) => {
                asked.errors += 1;
                break;
            }
        }
    }
    asked
}

fn request(number: usize, ticket: &str) -> String {
    let person = number % PEOPLE;
    let body = format!(
        r#"{{"ticket":{{"system":"servicenow","id":"{number}","number":"{ticket}","url":"https://tickets.example/{ticket}"}},"customer":{{"name":"{CUSTOMER}"}},"invitee":{{"email":"person{person}@{DOMAIN}","givenName":"Person","surname":"Number {person}"}},"access":{{"package":"{PACKAGE}","durationHours":8}},"requestedBy":{{"email":"desk@{DOMAIN}"}},"reason":"Enrolment fault on 14 devices"}}"#
    );
    format!(
        "POST /api/v1/invitations HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {KEY}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Sends a request and reads its answer: the status and the body.
pub(crate) fn exchange(stream: &mut BufReader<TcpStream>, request: &str) -> std::io::Result<(u16, Vec<u8>)> {
    stream.get_mut().write_all(request.as_bytes())?;
    let (mut status, mut length) = (0, 0);
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        match text.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap_or(0),
            None => status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0),
            Some(_) => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((status, body))
}
