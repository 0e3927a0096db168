//! The peers: Python programs in the folder `peers`, started with an interpreter of the machine or of an environment
//! that is made for them.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Contender {
    /// This program.
    Gatehouse,
    /// Look up, invite, wait, add, one by one: what administrators write first. Python's standard library.
    Script,
    /// Microsoft's Python SDK as shipped, with its retry middleware, ten workers and adds of twenty.
    Sdk,
}

impl Contender {
    /// All, in the order of the table.
    pub const ALL: [Self; 3] = [Self::Gatehouse, Self::Script, Self::Sdk];

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Gatehouse => "Gatehouse",
            Self::Script => "script",
            Self::Sdk => "SDK, 10 workers",
        }
    }

    /// How it is chosen on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gatehouse => "gatehouse",
            Self::Script => "script",
            Self::Sdk => "sdk",
        }
    }
}

/// The command that starts a peer on a job; `None` for Gatehouse, which is no peer.
///
/// # Errors
/// In words, when the peer's libraries cannot be installed.
pub fn command(contender: Contender, job: &Path, target: &Path) -> Result<Option<Command>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let (python, program) = match contender {
        Contender::Gatehouse => return Ok(None),
        Contender::Script => (PathBuf::from("python3"), "script.py"),
        Contender::Sdk => (environment(&folder.join("requirements.txt"), target)?, "sdk.py"),
    };
    let mut command = Command::new(python);
    command.arg(folder.join(program)).arg(job);
    Ok(Some(command))
}

/// The interpreter of a virtual environment with what the file requires, made when it is not there yet.
fn environment(requirements: &Path, target: &Path) -> Result<PathBuf, String> {
    let folder = target.join("bench-sdk");
    let python = folder.join("bin/python");
    let wanted = std::fs::read(requirements).map_err(|error| error.to_string())?;
    // Written last, so half an installation is none.
    let done = folder.join("installed.txt");
    if std::fs::read(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(requirements))?;
    std::fs::write(&done, wanted).map_err(|error| error.to_string())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}
