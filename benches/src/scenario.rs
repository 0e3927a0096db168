//! What is measured: worlds, and what happens in them at the start.

/// One world and one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// How it is chosen on the command line.
    pub name: &'static str,
    /// In words.
    pub title: &'static str,
    /// How many customers there are.
    pub customers: usize,
    /// How many customers one source group serves.
    pub team: usize,
    /// People in each source group before the event, each a member in every customer of the team already.
    pub people: usize,
    /// Whether Gatehouse itself brought those people in (then their guests are its own, and disabled when they leave).
    pub invited: bool,
    /// People who join the first source group as the clock starts.
    pub joiners: usize,
    /// Whether one of the first source group's people is disabled as the clock starts.
    pub leaver: bool,
    /// The share of requests that go wrong, in four ways.
    pub faults: f64,
    /// Writes that somebody else took from the first customer's quota just before the clock starts.
    pub spent: usize,
    /// How long each operation of Gatehouse's store takes besides its own time, in milliseconds.
    pub store_ms: u64,
    /// How long each request to the cloud takes, in milliseconds.
    pub latency_ms: u64,
    /// Whether the peers take part: some worlds are too large for them.
    pub peers: bool,
}

const QUIET: Scenario = Scenario {
    name: "nothing",
    title: "nothing to do",
    customers: 200,
    team: 200,
    people: 50,
    invited: false,
    joiners: 0,
    leaver: false,
    faults: 0.0,
    spent: 0,
    store_ms: 0,
    latency_ms: 50,
    peers: true,
};

/// Everything that is measured, at full size.
pub fn all() -> Vec<Scenario> {
    vec![
        QUIET,
        Scenario {
            name: "nothing-blob",
            title: "nothing to do, on a store of 20 ms an operation",
            store_ms: 20,
            peers: false,
            ..QUIET
        },
        Scenario { name: "leaver", title: "one leaver", people: 10, invited: true, leaver: true, ..QUIET },
        Scenario { name: "joiners", title: "1,000 new people", customers: 1, people: 0, joiners: 1_000, ..QUIET },
        Scenario {
            name: "spent",
            title: "1,000 new people, 2,990 of 3,000 writes gone just before",
            customers: 1,
            people: 0,
            joiners: 1_000,
            spent: 2_990,
            ..QUIET
        },
        Scenario { name: "many", title: "50 new people in each of 200", people: 0, joiners: 50, ..QUIET },
        Scenario {
            name: "faults",
            title: "50 new people in each of 20, 1 % of requests go wrong",
            customers: 20,
            people: 0,
            joiners: 50,
            faults: 0.01,
            ..QUIET
        },
        Scenario {
            name: "large",
            title: "nothing to do, 500 people each",
            customers: 10_000,
            people: 500,
            peers: false,
            ..QUIET
        },
        Scenario {
            name: "large-leaver",
            title: "one leaver in 200 of 10,000, 500 people each",
            customers: 10_000,
            people: 500,
            leaver: true,
            peers: false,
            ..QUIET
        },
    ]
}

impl Scenario {
    /// The same with at most so many customers and people: to see that everything still works, not how fast.
    pub fn small(&self) -> Self {
        Self {
            customers: self.customers.min(3),
            team: self.team.min(2),
            people: self.people.min(4),
            joiners: self.joiners.min(6),
            latency_ms: 0,
            ..self.clone()
        }
    }

    /// The source group of a customer, by number.
    pub fn team_of(&self, customer: usize) -> usize {
        customer / self.team
    }

    /// How many source groups there are.
    pub fn teams(&self) -> usize {
        self.customers.div_ceil(self.team)
    }
}
