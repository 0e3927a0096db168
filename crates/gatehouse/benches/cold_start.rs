//! How fast a cold start answers its host, how much memory the idle process holds, how large the binary is.
//!
//! `cargo bench -p gatehouse --bench cold_start` starts the optimised binary twenty times as the Azure Functions host
//! does, with an environment of its own, and asks `GET /` until it answers. The targets are printed beside the figures
//! and not asserted: they depend on the machine.
#![allow(missing_docs, reason = "a program, not a library")]
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a measurement needs the machine's own clock")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 20;
const GIVE_UP_AFTER: Duration = Duration::from_secs(5);

fn main() {
    let binary = env!("CARGO_BIN_EXE_gatehouse");
    let mut times: Vec<Duration> = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..RUNS {
        let port = free_port();
        let started = Instant::now();
        let mut child = start(binary, port);
        times.push(first_answer(port, started));
        // Let it settle: what is measured is what an idle process keeps.
        std::thread::sleep(Duration::from_millis(100));
        memory.push(resident_kib(&child));
        child.kill().expect("our own child can be killed");
        child.wait().expect("our own child can be waited for");
    }
    times.sort();
    memory.sort_unstable();
    let size = std::fs::metadata(binary).expect("the binary is there").len();
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!(
        "cold start to the first GET /  median {:.1} ms, worst {:.1} ms of {RUNS}  (target 30 ms)",
        ms(times[RUNS / 2]),
        ms(times[RUNS - 1])
    );
    println!(
        "idle memory (VmRSS)            median {:.1} MiB                        (target 25 MiB)",
        memory[RUNS / 2] as f64 / 1024.0
    );
    println!("binary                         {:.1} MB                              (target 25 MB)", size as f64 / 1e6);
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("a bound socket has an address").port()
}

fn start(binary: &str, port: u16) -> Child {
    Command::new(binary)
        .env_clear()
        .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts")
}

/// From the start to the end of the first answer.
fn first_answer(port: u16, started: Instant) -> Duration {
    loop {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
            let asked = stream.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            let mut answer = String::new();
            if asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200") {
                return started.elapsed();
            }
        }
        assert!(started.elapsed() < GIVE_UP_AFTER, "no answer on port {port}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn resident_kib(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or("VmRSS: 0");
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or_default()
}
