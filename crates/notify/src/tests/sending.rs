use super::hostile;
use super::stand::{channel, teams};
use crate::{GIVE_UP_AFTER, Sent, Ways, pause, send};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use jiff::SignedDuration;
use outside::{Transport, TransportError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

struct Once(Mutex<Option<Result<Response<Bytes>, TransportError>>>);

#[async_trait]
impl Transport for Once {
    async fn send(&self, _: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        assert_eq!(timeout, Duration::from_secs(10));
        self.0.lock().unwrap().take().expect("asked once")
    }
}

async fn ends(answer: Result<Response<Bytes>, TransportError>) -> Sent {
    let now = "2026-11-02T09:00:00Z".parse().unwrap();
    let ways = Ways::by(Arc::new(Once(Mutex::new(Some(answer)))));
    send(&ways, &channel(teams()), &hostile(), now).await
}

fn status(status: u16, retry_after: Option<&str>) -> Result<Response<Bytes>, TransportError> {
    let response = Response::builder().status(status);
    let response = retry_after.into_iter().fold(response, |response, after| response.header("retry-after", after));
    Ok(response.body(Bytes::new()).unwrap())
}

#[tokio::test]
async fn an_answer_says_whether_it_was_taken_may_be_taken_or_never_will() {
    for good in [200, 202, 299] {
        assert_eq!(ends(status(good, None)).await, Sent::Taken);
    }
    for last in [400, 401, 403, 404, 410] {
        assert_eq!(ends(status(last, None)).await, Sent::Never { why: format!("flow.example answered {last}") });
    }
    for (later, asked, after) in [
        (302, None, None),
        (408, None, None),
        (429, Some("7"), Some(7)),
        (503, Some("Mon, 02 Nov 2026 09:01:00 GMT"), Some(60)),
        (500, Some("soon"), None),
    ] {
        let why = format!("flow.example answered {later}");
        let after = after.map(SignedDuration::from_secs);
        assert_eq!(ends(status(later, asked)).await, Sent::Later { why, after, unclear: false });
    }
}

#[tokio::test]
async fn a_lost_answer_is_unclear_and_no_error_repeats_the_address() {
    let url = || "error for url (https://flow.example/hush)".to_owned();
    for (error, lost) in [
        (TransportError::NeverSent(url()), false),
        (TransportError::Interrupted(url()), true),
        (TransportError::TimedOut(Duration::from_secs(10)), true),
    ] {
        let Sent::Later { why, unclear, .. } = ends(Err(error)).await else { panic!("it may be taken later") };
        assert!(unclear == lost && !why.contains("hush"), "{why}");
    }
}

#[test]
fn pauses_grow_to_five_minutes_and_obey_the_service_for_up_to_an_hour() {
    let middle: Vec<i64> = (1..=7).map(|attempts| pause(attempts, 0.5, None).as_secs()).collect();
    assert_eq!(middle, [1, 5, 30, 120, 300, 300, 300]);
    assert_eq!(pause(5, 0.0, None), SignedDuration::from_secs(240));
    assert!(pause(5, 0.999_999, None) < SignedDuration::from_secs(361));
    let asked = |seconds| pause(1, 0.5, Some(SignedDuration::from_secs(seconds))).as_secs();
    assert_eq!((asked(0), asked(3_600), asked(3_601)), (1, 3_600, 3_600));
    assert_eq!(GIVE_UP_AFTER, SignedDuration::from_hours(24));
}
