//! What is measured: worlds, and what happens in them at the start.

use crate::peers::Contender;
use serde::{Deserialize, Serialize};

/// One world and one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// How it is chosen on the command line.
    pub name: String,
    /// In words.
    pub title: String,
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
    /// Users in each customer's group whom Gatehouse does not know: half the customer's own, half guests of others.
    pub strangers: usize,
    /// The share of requests that go wrong, in four ways.
    pub faults: f64,
    /// Writes that somebody else took from the first customer's quota just before the clock starts.
    pub spent: usize,
    /// Whether the customers of a team are twins in the cloud until something happens in them, and more than one event
    /// is measured: see the module `large`.
    pub twins: bool,
    /// How long each operation of Gatehouse's store takes besides its own time, in milliseconds.
    pub store_ms: u64,
    /// How long each request to the cloud takes, in milliseconds.
    pub latency_ms: u64,
    /// Who takes part unless somebody is asked for.
    pub contenders: Vec<Contender>,
    /// How many customers a contender gets who would take too long with all of them.
    pub fewer: Vec<(Contender, usize)>,
}

/// 200 customers of one team, where nothing happens.
fn quiet(name: &str, title: &str) -> Scenario {
    Scenario {
        name: name.to_owned(),
        title: title.to_owned(),
        customers: 200,
        team: 200,
        people: 50,
        invited: false,
        joiners: 0,
        leaver: false,
        strangers: 0,
        faults: 0.0,
        spent: 0,
        twins: false,
        store_ms: 0,
        latency_ms: 50,
        contenders: Contender::ALL.to_vec(),
        fewer: Vec::new(),
    }
}

/// One customer without people, whom a thousand join.
fn joiners(name: &str, title: &str) -> Scenario {
    Scenario { customers: 1, people: 0, joiners: 1_000, ..quiet(name, title) }
}

/// One customer whose group is full of people who are none of our business.
fn crowd(name: &str, title: &str) -> Scenario {
    let contenders = vec![Contender::Gatehouse];
    Scenario { customers: 1, people: 10, joiners: 10, strangers: 250_000, contenders, ..quiet(name, title) }
}

/// 10,000 customers of 50 teams.
fn large(name: &str, title: &str) -> Scenario {
    let contenders = vec![Contender::Gatehouse];
    Scenario { customers: 10_000, people: 500, twins: true, contenders, ..quiet(name, title) }
}

/// Everything that is measured, at full size.
pub fn all() -> Vec<Scenario> {
    let alone = || vec![Contender::Gatehouse];
    vec![
        Scenario { fewer: vec![(Contender::Sdk, 50)], ..quiet("nothing", "nothing to do") },
        Scenario {
            store_ms: 20,
            contenders: alone(),
            ..quiet("nothing-blob", "nothing to do, store of 20 ms an operation")
        },
        Scenario { people: 10, invited: true, leaver: true, ..quiet("leaver", "one leaver") },
        Scenario {
            people: 10,
            invited: true,
            leaver: true,
            store_ms: 20,
            contenders: alone(),
            ..quiet("leaver-blob", "one leaver, store of 20 ms an operation")
        },
        joiners("joiners", "1,000 new people"),
        Scenario { spent: 2_990, ..joiners("spent", "1,000 new people, 2,990 of 3,000 writes gone just before") },
        Scenario {
            people: 0,
            joiners: 50,
            fewer: vec![(Contender::Script, 10), (Contender::Sdk, 10)],
            ..quiet("many", "50 new people in each customer")
        },
        Scenario {
            customers: 20,
            people: 0,
            joiners: 50,
            faults: 0.01,
            fewer: vec![(Contender::Sdk, 5)],
            ..quiet("faults", "50 new people in each customer, 1 % of requests go wrong")
        },
        crowd("crowd", "10 new people in a group of 250,000 others"),
        large("large", "500 people each"),
    ]
}

impl Scenario {
    /// For the table.
    pub fn in_words(&self) -> String {
        match self.customers {
            1 => format!("{}, one customer", self.title),
            customers => format!("{}, {customers} customers", self.title),
        }
    }

    /// The same with at most so many customers and people: to see that everything still works, not how fast.
    pub fn small(&self) -> Self {
        Self {
            customers: self.customers.min(3),
            team: self.team.min(2),
            people: self.people.min(4),
            joiners: self.joiners.min(6),
            strangers: self.strangers.min(10),
            latency_ms: 0,
            ..self.clone()
        }
    }

    /// The same with no more customers than this contender gets.
    pub fn sized_for(&self, contender: Contender) -> Self {
        let fewer = self.fewer.iter().find(|(who, _)| *who == contender).map(|(_, customers)| *customers);
        Self { customers: self.customers.min(fewer.unwrap_or(usize::MAX)), ..self.clone() }
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
