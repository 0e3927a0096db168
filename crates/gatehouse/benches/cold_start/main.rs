//! How fast a cold start answers its host, how much memory the idle process holds, how large the program is.
//!
//! `cargo bench -p gatehouse --bench cold_start` starts the optimised program fifty times as the Azure Functions host does,
//! with an environment of its own, and asks `GET /` until it answers. What follows `--` measures another one, without
//! building it: `--program dist/azure/gatehouse`, or `--lambda --program dist/lambda/bootstrap`, which is started as
//! AWS Lambda does and given one `GET /` to answer. (`--profile dev` before the `--` builds less, and measures the same.)
//!
//! The targets are printed beside the figures and not asserted: they depend on the machine.
#![allow(missing_docs, reason = "a program, not a library")]
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a measurement needs the machine's own clock")]

mod runtime;

use runtime::Runtime;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 50;
const GIVE_UP_AFTER: Duration = Duration::from_secs(5);

/// What is measured.
struct Asked {
    program: PathBuf,
    is_lambda: bool,
}

fn main() {
    let asked = asked();
    let mut times: Vec<Duration> = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..RUNS {
        let host = Host::new(asked.is_lambda);
        let started = Instant::now();
        let mut child = start(&asked.program, &host);
        times.push(host.answered() - started);
        // Let it settle: what is measured is what an idle process keeps.
        std::thread::sleep(Duration::from_millis(100));
        memory.push(resident_kib(&child));
        child.kill().expect("our own child can be killed");
        child.wait().expect("our own child can be waited for");
    }
    times.sort();
    memory.sort_unstable();
    let size = std::fs::metadata(&asked.program).expect("the program is there").len();
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!(
        "cold start to the first GET /  median {:.1} ms, p99 (the worst of {RUNS}) {:.1} ms  (target 30 ms)",
        ms(times[RUNS / 2]),
        ms(times[RUNS - 1])
    );
    println!(
        "idle memory (VmRSS)            median {:.1} MiB                            (target 25 MiB)",
        memory[RUNS / 2] as f64 / 1024.0
    );
    println!(
        "program                        {:.1} MB                                  (target 25 MB)",
        size as f64 / 1e6
    );
}

/// The command line. Cargo adds a `--bench` of its own.
fn asked() -> Asked {
    let mut asked = Asked { program: env!("CARGO_BIN_EXE_gatehouse").into(), is_lambda: false };
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        match word.as_str() {
            "--lambda" => asked.is_lambda = true,
            "--program" => asked.program = words.next().expect("--program FILE").into(),
            other => panic!("not known: {other}"),
        }
    }
    // Cargo starts this in the crate's folder, and people name what they see in the repository's.
    if asked.program.is_relative() {
        asked.program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(&asked.program);
    }
    asked
}

fn start(program: &Path, host: &Host) -> Child {
    let mut command = Command::new(program);
    command.env_clear().envs(host.environment());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

/// Who starts the program and asks it.
enum Host {
    Azure { port: u16 },
    Lambda(Runtime),
}

impl Host {
    fn new(is_lambda: bool) -> Self {
        if is_lambda {
            return Self::Lambda(Runtime::start());
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        Self::Azure { port: listener.local_addr().expect("a bound socket has an address").port() }
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Azure { port } => vec![("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())],
            Self::Lambda(runtime) => runtime.environment(),
        }
    }

    /// When the first answer had come: by Azure's host, which asks until then; by Lambda, which is asked.
    fn answered(&self) -> Instant {
        let port = match self {
            Self::Azure { port } => *port,
            Self::Lambda(runtime) => return runtime.answered(GIVE_UP_AFTER).expect("an answer to the first event"),
        };
        let began = Instant::now();
        loop {
            if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
                let asked = stream.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
                let mut answer = String::new();
                if asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200") {
                    return Instant::now();
                }
            }
            assert!(began.elapsed() < GIVE_UP_AFTER, "no answer on port {port}");
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

fn resident_kib(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or("VmRSS: 0");
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or_default()
}
