//! Whether what was answered is in the store.

use super::client::Accepted;
use super::host::STATE;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Counts of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Answered with 202.
    pub answered: usize,
    /// In the store; more than were answered by those whose answer was under way when the host died.
    pub found: usize,
}

/// Looks every answered request up, after its host has died.
pub(super) fn look(folder: &Path, answered: Vec<&Accepted>) -> Result<Kept, String> {
    let state = folder.join("config").join(STATE);
    let ids: BTreeSet<&str> = answered.iter().map(|one| one.id.as_str()).collect();
    if ids.len() != answered.len() {
        return Err(format!("{} tickets got {} ids", answered.len(), ids.len()));
    }
    for one in &answered {
        let file = state.join("requests").join(&one.id);
        let lost = |why: String| format!("request {} of ticket {} was answered and is lost: {why}", one.id, one.ticket);
        let bytes = std::fs::read(&file).map_err(|error| lost(error.to_string()))?;
        let document: Value = serde_json::from_slice(&bytes).map_err(|error| lost(error.to_string()))?;
        let number = document.pointer("/value/request/ticket/number");
        if number.and_then(Value::as_str) != Some(one.ticket.as_str()) {
            return Err(lost(format!("its document is {document}")));
        }
        if !state.join("open/requests").join(&one.id).exists() {
            return Err(lost("no timer would look at it".into()));
        }
    }
    let found = std::fs::read_dir(state.join("requests")).map_err(|error| error.to_string())?.count();
    Ok(Kept { answered: answered.len(), found })
}
