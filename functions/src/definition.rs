//! `function.json`, as the Azure Functions host reads it. Our own hosts take schedules, queues and routes from it too,
//! so that each is written once.

use serde::Deserialize;

/// One function's bindings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Definition {
    /// The trigger and the outputs.
    pub bindings: Vec<Binding>,
}

/// One binding; members that another kind of binding has are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Binding {
    /// `timerTrigger`, `queueTrigger`, `httpTrigger`, `queue` or `http`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `in` or `out`.
    pub direction: String,
    /// Its key in the envelope: letters and digits only.
    pub name: String,
    /// A timer's six-field schedule, seconds first.
    pub schedule: Option<String>,
    /// Whether the host remembers a timer's last run, and so makes up for a missed one.
    pub use_monitor: Option<bool>,
    /// Whether a timer also fires at each start of the host.
    pub run_on_startup: Option<bool>,
    /// A queue's name.
    pub queue_name: Option<String>,
    /// The app setting that names the queue's storage account.
    pub connection: Option<String>,
    /// An HTTP trigger's keys: `anonymous`, since the program authenticates by itself.
    pub auth_level: Option<String>,
    /// The methods that an HTTP trigger takes, in lower case.
    pub methods: Option<Vec<String>>,
    /// An HTTP trigger's path below the prefix.
    pub route: Option<String>,
}

impl Definition {
    /// The one binding that wakes the function.
    pub fn trigger(&self) -> Option<&Binding> {
        let mut triggers = self.bindings.iter().filter(|binding| binding.kind.ends_with("Trigger"));
        triggers.next().filter(|_| triggers.next().is_none())
    }

    /// The bindings that the function writes to.
    pub fn outputs(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(|binding| binding.direction == "out")
    }
}
