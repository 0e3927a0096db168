//! The function app's folder, as the host loads it.

use functions::Definition;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What the host knows after it has read the folder.
#[derive(Debug)]
pub(super) struct App {
    /// The handler, with its full path.
    pub(super) executable: PathBuf,
    /// The functions, by name.
    pub(super) functions: BTreeMap<String, Definition>,
    /// What stands before every public path, such as `/api/`.
    pub(super) prefix: String,
    /// How often a message is tried.
    pub(super) dequeue_count_max: u32,
}

/// Reads the folder; a function that the host would skip with an error ends the test.
pub(super) fn load(folder: &Path) -> App {
    let host: Value = serde_json::from_slice(&fs::read(folder.join("host.json")).unwrap()).unwrap();
    assert_eq!(host["version"], "2.0");
    let handler = &host["customHandler"];
    assert_eq!(handler["enableForwardingHttpRequest"], true, "requests would come in envelopes");
    let executable = folder.join(handler["description"]["defaultExecutablePath"].as_str().unwrap());
    let mode = fs::metadata(&executable).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111, "the handler's mode bits");
    assert!(host["extensionBundle"]["id"].is_string(), "queues need the extension bundle");
    let mut functions = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = fs::read(path.join("function.json")) else { continue };
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let definition: Definition = serde_json::from_slice(&text).unwrap();
        let trigger = definition.trigger().unwrap_or_else(|| panic!("{name} has not exactly one trigger"));
        // With any further binding the host sends requests in envelopes, which this stand-in does not.
        assert!(trigger.kind != "httpTrigger" || definition.bindings.len() == 2, "{name} is not relayed");
        functions.insert(name, definition);
    }
    assert!(!functions.is_empty(), "without functions the handler is not started");
    let prefix = host["extensions"]["http"]["routePrefix"].as_str().unwrap_or("api");
    let count = host["extensions"]["queues"]["maxDequeueCount"].as_u64().unwrap_or(5);
    App { executable, functions, prefix: format!("/{prefix}/"), dequeue_count_max: u32::try_from(count).unwrap() }
}
