//! Headers and a body that are to prove who is calling, in every scheme: a path, header lines, an empty line, the body.
#![no_main]

use access::config::May;
use callers::{Auth, Callers, ResolvedCaller, Secret};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// The secrets with which the requests in `corpus/` were signed, so that there are inputs which prove something.
static RECORDED: LazyLock<Callers> = LazyLock::new(|| {
    registry([
        ("webhooks", Auth::StandardWebhooks(one("whsec_aW52aXRlLWhvb2stdGVzdC1zZWNyZXQtMDAwMS14eXo="))),
        ("basic", Auth::Basic(one("halo:7c1f-bd20-hook"))),
        ("key", Auth::ApiKey(one("a-key-of-nobody"))),
        ("hub", Auth::HubSignature(one("It's a Secret to Everybody"))),
        ("zendesk", Auth::Zendesk(one("zendesk-secret-of-the-recording"))),
        ("connectwise", Auth::ConnectWise(one("5f2b8c1e7a904d3683b1a6f0c9d4e275"))),
        ("autotask", Auth::Autotask(one("at-webhook-secret-0010"))),
    ])
});

/// Secrets that no input was made with.
static OTHERS: LazyLock<Callers> = LazyLock::new(|| {
    let text = "zJ7v-Qm4k-Wx92-Lr8t-Hn3c";
    registry([
        ("webhooks", Auth::StandardWebhooks(one("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))),
        ("basic", Auth::Basic(one("zJ7v-Qm4k:Wx92-Lr8t-Hn3c"))),
        ("key", Auth::ApiKey(one(text))),
        ("hub", Auth::HubSignature(one(text))),
        ("zendesk", Auth::Zendesk(one(text))),
        ("connectwise", Auth::ConnectWise(one(text))),
        ("autotask", Auth::Autotask(one(text))),
    ])
});

fuzz_target!(|bytes: &[u8]| {
    let Some((parts, body)) = read(bytes) else { return };
    // The minute in which the recordings were signed.
    let now = Timestamp::from_second(1_795_165_200).expect("within range");
    if let Ok(known) = RECORDED.identify(&parts, body, now, None) {
        assert!(known.person.is_none() && known.delivery.is_none_or(|delivery| delivery.len() <= 1024));
    }
    assert!(OTHERS.identify(&parts, body, now, None).is_err());
    assert!(RECORDED.wants(&parts, now).is_none());
});

fn registry<const N: usize>(callers: [(&str, Auth); N]) -> Callers {
    let caller = |auth| ResolvedCaller { auth, may: [May::Request].into(), customers: None };
    let callers = callers.map(|(name, auth)| (name.to_owned(), caller(auth)));
    let (callers, unusable) = Callers::new(callers.into());
    assert_eq!(unusable, []);
    callers
}

fn one(secret: &str) -> Vec<Secret> {
    vec![Secret::new(secret)]
}

/// What no web server would let through is no input.
fn read(bytes: &[u8]) -> Option<(Parts, &[u8])> {
    let end = bytes.windows(2).position(|two| two == b"\n\n")?;
    let (head, body) = (&bytes[..end], &bytes[end + 2..]);
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut request = Request::post(std::str::from_utf8(lines.next()?).ok()?);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        request = request.header(name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?);
    }
    Some((request.body(()).ok()?.into_parts().0, body))
}
