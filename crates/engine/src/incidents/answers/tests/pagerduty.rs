//! PagerDuty as its Events API behaves (pages "Event Management" and "Incidents"): a trigger notifies people where there is no
//! open incident with its key, and nobody where there is one; what answers for none is dropped.

use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Triggered,
    Acknowledged,
    Resolved,
}

#[derive(Default)]
pub(super) struct PagerDuty {
    incidents: BTreeMap<String, State>,
    /// The keys of the incidents that people were notified of, once for each time.
    rang: Vec<String>,
}

impl PagerDuty {
    /// Takes an event, as `/v2/enqueue` does.
    pub(super) fn take(&mut self, event: &Value) {
        let key = event["dedup_key"].as_str().unwrap().to_owned();
        let is_open = self.incidents.get(&key).is_some_and(|state| *state != State::Resolved);
        match event["event_action"].as_str().unwrap() {
            "trigger" if is_open => {}
            "trigger" => {
                self.incidents.insert(key.clone(), State::Triggered);
                self.rang.push(key);
            }
            "acknowledge" if is_open => {
                self.incidents.insert(key, State::Acknowledged);
            }
            "resolve" if is_open => {
                self.incidents.insert(key, State::Resolved);
            }
            "acknowledge" | "resolve" => {}
            other => panic!("{other} is no action"),
        }
    }

    /// The keys of the incidents that people were notified of, in order.
    pub(super) fn rang(&self) -> Vec<String> {
        self.rang.clone()
    }

    /// Where each incident stands, in the order of their keys.
    pub(super) fn states(&self) -> Vec<State> {
        self.incidents.values().copied().collect()
    }
}
