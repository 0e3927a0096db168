//! Processes of this measurement, and the lines that they exchange: one says a word, the other answers with a line of
//! JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A process that was started for the measurement. It ends with the value.
pub struct Part {
    name: String,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Part {
    /// Starts it; its standard error is ours.
    ///
    /// # Errors
    /// In words, when it cannot be started.
    pub fn start(name: &str, mut command: Command) -> Result<Self, String> {
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|error| format!("{name} cannot be started: {error}"))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (input, output) = (input.expect("it was asked for"), output.expect("it was asked for"));
        Ok(Self { name: name.to_owned(), child, input, output: BufReader::new(output) })
    }

    /// Waits for its next line.
    ///
    /// # Errors
    /// In words, when it ended, or wrote something else.
    pub fn hear<T: DeserializeOwned>(&mut self) -> Result<T, String> {
        let mut line = String::new();
        match self.output.read_line(&mut line) {
            Ok(0) => Err(format!("{} ended before it answered", self.name)),
            Ok(_) => serde_json::from_str(&line).map_err(|error| format!("{} wrote {line:?}: {error}", self.name)),
            Err(error) => Err(format!("{} cannot be heard: {error}", self.name)),
        }
    }

    /// Says a word and waits for the answer.
    ///
    /// # Errors
    /// As [`Part::hear`].
    pub fn ask<T: DeserializeOwned>(&mut self, word: &str) -> Result<T, String> {
        writeln!(self.input, "{word}").map_err(|error| format!("{} does not listen: {error}", self.name))?;
        self.hear()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers the process that started this one.
pub fn tell(value: &impl Serialize) -> Result<(), String> {
    let line = serde_json::to_string(value).map_err(|error| error.to_string())?;
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).map_err(|error| error.to_string())
}

/// Waits for the next word of the process that started this one; `None` when there are no more.
pub fn next_word() -> Option<String> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim().to_owned()),
    }
}
