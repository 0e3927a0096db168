//! The program, started as Lambda starts it.

use crate::azure_host::collect;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use tokio::process::{Child, Command};

/// A process of the function. It dies with its owner.
pub(crate) struct Program {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Program {
    /// Starts the program with this environment, Lambda's own variables, and nothing else.
    pub(crate) fn start(executable: &Path, runtime_api: &str, env: &[(&str, &str)]) -> Self {
        let mut child = Command::new(executable)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
            .env("AWS_LAMBDA_FUNCTION_NAME", "gatehouse")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "AKIDOFTHEFUNCTION")
            .env("AWS_SECRET_ACCESS_KEY", AWS_SECRET)
            .env("AWS_SESSION_TOKEN", "session-of-the-function")
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = Arc::default();
        tokio::spawn(collect("", child.stdout.take().unwrap(), Arc::clone(&lines)));
        tokio::spawn(collect("stderr: ", child.stderr.take().unwrap(), Arc::clone(&lines)));
        Self { child, lines }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("the function's process runs")
    }

    /// What it printed.
    pub(crate) fn output(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

/// The secret of the function's role.
pub(crate) const AWS_SECRET: &str = "secret-of-the-functions-role";
