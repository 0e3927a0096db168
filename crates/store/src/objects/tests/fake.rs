//! As much of Azure Blob Storage and of S3 as we use, at the wire and in memory.

use crate::documents::sha256_hex;
use crate::objects::{Bucket, Keys, Objects};
use access::config::StorePlace;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use outside::{Clock, SeededRandom, Transport, TransportError, VirtualClock};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Secrets, which nothing may show.
pub(crate) const SECRET: &str = "c2VjcmV0c2VjcmV0";

/// How many names a page of a list has.
pub(crate) const PAGE: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Azure,
    S3,
}

/// What becomes of a request instead of its answer.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// It is not carried out, and this is answered; the last is `Retry-After`.
    Says(u16, &'static str, Option<&'static str>),
    /// It is not carried out, and this is answered, with 200.
    Shows(String),
    /// It is never sent.
    Unsent,
    /// It is not carried out, and nobody knows.
    Lost,
    /// It is carried out, and nobody knows.
    After,
    /// It is carried out.
    Nothing,
}

#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) at: Duration,
    pub(crate) timeout: Duration,
}

#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) dialect: Dialect,
    pub(crate) clock: Arc<VirtualClock>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, (Bytes, String)>,
    writes: u64,
    faults: VecDeque<Fault>,
    seen: Vec<Seen>,
}

impl Fake {
    pub(crate) fn new(dialect: Dialect) -> Self {
        let clock = Arc::new(VirtualClock::new("2026-03-01T12:00:00Z".parse().unwrap()));
        Self { dialect, clock, state: Arc::default() }
    }

    /// A store on it, below a prefix.
    pub(crate) fn bucket(&self) -> Bucket {
        let keys = match self.dialect {
            Dialect::Azure => Keys::Account(SECRET.into()),
            Dialect::S3 => Keys::Aws { id: "AKIA1".into(), secret: SECRET.into(), session: Some(SECRET.into()) },
        };
        self.bucket_with(keys)
    }

    pub(crate) fn bucket_with(&self, keys: Keys) -> Bucket {
        let url = match self.dialect {
            Dialect::Azure => "az://gatehouse1/state/prod/eu",
            Dialect::S3 => "s3://state/prod/eu",
        };
        let objects = Objects {
            transport: Arc::new(self.clone()),
            clock: self.clock.clone(),
            random: Arc::new(SeededRandom::new(1)),
            endpoint: None,
            region: Some("eu-central-1".into()),
            keys,
        };
        Bucket::open(&StorePlace::parse(url).unwrap(), objects).unwrap()
    }

    /// What becomes of the next requests.
    pub(crate) fn then(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    /// The requests so far, which are forgotten.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.state().seen)
    }

    /// Puts an object of somebody else there, under its whole name.
    pub(crate) fn foreign(&self, name: &str) {
        self.state().objects.insert(name.into(), ("foreign".into(), "\"0\"".into()));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Where names begin in a path.
    fn base(&self) -> &'static str {
        "/state/"
    }

    fn carry_out(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let name = request.uri().path().strip_prefix(self.base()).unwrap_or_default().to_owned();
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let mut state = self.state();
        match *request.method() {
            Method::PUT => {
                let tag = state.objects.get(&name).map(|(_, tag)| tag.clone());
                let (on, over) = (header("if-none-match"), header("if-match"));
                let code = match (self.dialect, &tag, over) {
                    (Dialect::Azure, Some(_), None) => Some((409, "BlobAlreadyExists")),
                    (Dialect::S3, Some(_), None) => Some((412, "PreconditionFailed")),
                    (Dialect::Azure, of, Some(over)) if of.as_ref() != Some(&over) => Some((412, "ConditionNotMet")),
                    (Dialect::S3, Some(of), Some(over)) if *of != over => Some((412, "PreconditionFailed")),
                    (Dialect::S3, None, Some(_)) => Some((404, "NoSuchKey")),
                    (_, None, None) => {
                        assert_eq!(on.as_deref(), Some("*"), "every write has a condition");
                        None
                    }
                    _ => None,
                };
                if let Some((status, code)) = code {
                    return self.error(status, code);
                }
                state.writes += 1;
                let tag = match self.dialect {
                    Dialect::Azure => format!("\"0x{}\"", state.writes),
                    Dialect::S3 => format!("\"{}\"", sha256_hex(request.body())),
                };
                state.objects.insert(name, (request.body().clone(), tag.clone()));
                Response::builder().status(201).header("etag", tag).body(Bytes::new()).unwrap()
            }
            Method::DELETE => match (self.dialect, state.objects.remove(&name)) {
                (Dialect::Azure, None) => self.error(404, "BlobNotFound"),
                _ => Response::builder().status(204).body(Bytes::new()).unwrap(),
            },
            Method::GET => match request.uri().query() {
                Some(query) => self.list(&state, query),
                None => match state.objects.get(&name) {
                    Some((bytes, tag)) => Response::builder()
                        .header("etag", tag)
                        .header("last-modified", "Sun, 01 Mar 2026 12:00:00 GMT")
                        .body(bytes.clone())
                        .unwrap(),
                    None if self.dialect == Dialect::Azure => self.error(404, "BlobNotFound"),
                    None => self.error(404, "NoSuchKey"),
                },
            },
            _ => panic!("{} is never sent", request.method()),
        }
    }

    fn list(&self, state: &State, query: &str) -> Response<Bytes> {
        let get = |wanted: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value.replace("%2F", "/"))
        };
        let prefix = get("prefix").unwrap_or_default();
        let start = get("marker").or_else(|| get("continuation-token")).map_or(0, |start| start.parse().unwrap());
        let names: Vec<_> = state.objects.keys().filter(|name| name.starts_with(&prefix)).collect();
        let page: Vec<&str> = names.iter().skip(start).take(PAGE).map(|name| name.as_str()).collect();
        let next = (start + PAGE < names.len()).then(|| (start + PAGE).to_string());
        Response::new(page_of(self.dialect, &page, next.as_deref()).into())
    }

    fn error(&self, status: u16, code: &str) -> Response<Bytes> {
        // What was signed is in real answers too.
        let body =
            format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><StringToSign>{SECRET}</StringToSign></Error>");
        Response::builder().status(status).body(body.into()).unwrap()
    }
}

/// A page of a list, as the service writes it.
pub(crate) fn page_of(dialect: Dialect, names: &[&str], next: Option<&str>) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
    match dialect {
        Dialect::Azure => {
            text += "<EnumerationResults ContainerName=\"state\"><Blobs>";
            for name in names {
                let properties = "<Last-Modified>Sun, 01 Mar 2026 12:00:00 GMT</Last-Modified><Etag>0x1</Etag>\
                                  <Content-Length>5</Content-Length><Content-Type>application/octet-stream</Content-Type>";
                write!(text, "<Blob><Name>{name}</Name><Properties>{properties}</Properties></Blob>").unwrap();
            }
            let next = next.map_or("<NextMarker/>".into(), |next| format!("<NextMarker>{next}</NextMarker>"));
            write!(text, "</Blobs>{next}</EnumerationResults>").unwrap();
        }
        Dialect::S3 => {
            text += "<ListBucketResult><Name>state</Name>";
            let more = next.is_some();
            write!(text, "<IsTruncated>{more}</IsTruncated>").unwrap();
            if let Some(next) = next {
                write!(text, "<NextContinuationToken>{next}</NextContinuationToken>").unwrap();
            }
            for name in names {
                let rest = "<LastModified>2026-03-01T12:00:00.000Z</LastModified><ETag>\"0\"</ETag><Size>5</Size>";
                write!(text, "<Contents><Key>{name}</Key>{rest}</Contents>").unwrap();
            }
            text += "</ListBucketResult>";
        }
    }
    text
}

#[async_trait]
impl Transport for Fake {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let fault = {
            let mut state = self.state();
            let (method, url) = (request.method().clone(), request.uri().to_string());
            let at = self.clock.monotonic();
            state.seen.push(Seen { method, url, headers: request.headers().clone(), at, timeout });
            state.faults.pop_front()
        };
        // Others go on meanwhile.
        tokio::task::yield_now().await;
        match fault.unwrap_or(Fault::Nothing) {
            Fault::Says(status, code, after) => {
                let mut answer = self.error(status, code);
                if let Some(after) = after {
                    answer.headers_mut().insert("retry-after", after.parse().unwrap());
                }
                Ok(answer)
            }
            Fault::Shows(body) => Ok(Response::new(body.into())),
            Fault::Unsent => Err(TransportError::NeverSent("no route".into())),
            Fault::Lost => Err(TransportError::TimedOut(timeout)),
            Fault::After => {
                let _ = self.carry_out(&request);
                Err(TransportError::Interrupted("reset by peer".into()))
            }
            Fault::Nothing => Ok(self.carry_out(&request)),
        }
    }
}
