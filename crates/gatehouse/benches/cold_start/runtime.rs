//! As much of AWS Lambda's runtime API as a first invocation takes: one event to fetch, one answer to hand in.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// `GET /`, as a function URL sends it.
const EVENT: &str = r#"{"version":"2.0","routeKey":"$default","rawPath":"/","rawQueryString":"","headers":{"host":"x.lambda-url.eu-west-1.on.aws","accept":"*/*"},"requestContext":{"accountId":"anonymous","apiId":"x","domainName":"x.lambda-url.eu-west-1.on.aws","domainPrefix":"x","http":{"method":"GET","path":"/","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":"bench"},"requestId":"8476a536-e9f4-11e8-9739-2dfe598c3fcd","routeKey":"$default","stage":"$default","time":"12/Mar/2026:19:03:58 +0000","timeEpoch":1773342238390},"isBase64Encoded":false}"#;

pub(crate) struct Runtime {
    address: SocketAddr,
    answered: Receiver<Instant>,
}

impl Runtime {
    /// Listens until the process ends.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (tell, answered) = channel();
        std::thread::spawn(move || {
            let given: &'static AtomicBool = Box::leak(Box::default());
            for stream in listener.incoming().flatten() {
                let tell = tell.clone();
                std::thread::spawn(move || serve(stream, given, &tell));
            }
        });
        Self { address, answered }
    }

    /// What Lambda tells a program in its environment.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let fixed = [
            ("AWS_LAMBDA_FUNCTION_NAME", "gatehouse"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/gatehouse"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
            ("AWS_REGION", "eu-west-1"),
        ];
        let mut all: Vec<_> = fixed.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        all.push(("AWS_LAMBDA_RUNTIME_API", self.address.to_string()));
        all
    }

    /// When the first answer was handed in; `None` where none comes in time.
    pub(crate) fn answered(&self, within: Duration) -> Option<Instant> {
        self.answered.recv_timeout(within).ok()
    }
}

/// One connection: requests until the other side closes it.
fn serve(stream: TcpStream, given: &AtomicBool, tell: &Sender<Instant>) {
    // Otherwise the system waits 40 ms for more to send.
    let Ok(()) = stream.set_nodelay(true) else { return };
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Some((line, length)) = head(&mut reader) {
        if line.starts_with("GET ") {
            if given.swap(true, Ordering::SeqCst) {
                // There is no second event, so this call waits, as it does while nobody calls a function.
                std::thread::sleep(Duration::from_secs(60));
                return;
            }
            let deadline = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default() + Duration::from_secs(30);
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                 Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
                 Lambda-Runtime-Deadline-Ms: {}\r\n\
                 Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:123456789012:function:gatehouse\r\n\r\n{EVENT}",
                EVENT.len(),
                deadline.as_millis(),
            );
            if writer.write_all(answer.as_bytes()).is_err() {
                return;
            }
        } else {
            let is_answer = line.contains("/response ");
            let accepted = body(&mut reader, length)
                .and_then(|()| writer.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").ok());
            assert!(is_answer, "the program handed in {line}");
            // Nobody listens any more after the first.
            let _ = tell.send(Instant::now());
            if accepted.is_none() {
                return;
            }
        }
    }
}

/// The request line, and the length of the body: `None` for one that comes in chunks.
fn head(reader: &mut impl BufRead) -> Option<(String, Option<usize>)> {
    let (mut first, mut length, mut is_chunked) = (None, 0, false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Some((first?, (!is_chunked).then_some(length)));
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        is_chunked |= lower.starts_with("transfer-encoding:") && lower.ends_with("chunked");
        first.get_or_insert_with(|| line.to_owned());
    }
}

fn body(reader: &mut impl BufRead, length: Option<usize>) -> Option<()> {
    let take = |reader: &mut dyn BufRead, length: usize| reader.read_exact(&mut vec![0; length]).ok();
    let Some(length) = length else {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let length = usize::from_str_radix(line.trim(), 16).ok()?;
            take(reader, length + 2)?;
            if length == 0 {
                return Some(());
            }
        }
    };
    take(reader, length)
}
