//! Whatever happens in whatever order, a request lives by the rules.

use super::{by, config, hours, machine, now, person, request};
use crate::config::{Config, Requests};
use crate::requests::{By, Due, Event, Progress, Request, Status, apply, due, next_due};
use jiff::Timestamp;
use proptest::prelude::*;
use std::sync::LazyLock;

/// Approvals of none, of two at once, and of one after the other.
static CONFIGS: LazyLock<[Config; 3]> = LazyLock::new(|| {
    [
        "duration_max = \"24h\"\napprovals = 0\n",
        "duration_max = \"24h\"\napprovals = 2\n",
        "duration_max = \"24h\"\n[[packages.requests.stages]]\napprovers = [\"lead@partner.example.com\", \"eve@partner.example.com\"]\n[[packages.requests.stages]]\n",
    ]
    .map(config)
});

fn who() -> impl Strategy<Value = By> {
    let people = ["ola", "OLA+x", "kari.nordmann", "lead", "boss", "eve"];
    let named = proptest::sample::select(people.to_vec()).prop_map(|name| by(&format!("{name}@partner.example.com")));
    let machine = proptest::sample::select(vec!["tickets", "desk"]).prop_map(machine);
    prop_oneof![4 => named, 1 => machine]
}

fn progress() -> impl Strategy<Value = Progress> {
    prop_oneof![
        Just(Progress::Waiting { code: "held".into(), text: "held".into() }),
        Just(Progress::Invited),
        Just(Progress::Active),
        Just(Progress::Ended),
        Just(Progress::Settled { kept_by: None }),
        Just(Progress::Settled { kept_by: Some("a group".into()) }),
        Just(Progress::Refused { code: "no".into(), text: "no".into() }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => who().prop_map(Event::Approve),
        1 => who().prop_map(Event::Reject),
        2 => (who(), 0..40u32).prop_map(|(by, hours)| Event::Extend { by, hours }),
        1 => who().prop_map(Event::Cancel),
        3 => Just(Event::CarryOut { person: person(1) }),
        5 => progress().prop_map(Event::Progress),
        2 => Just(Event::Tick),
    ]
}

fn is_own(name: &str) -> bool {
    ["ola@", "OLA+x@", "kari.nordmann@", "tickets"].iter().any(|own| name.starts_with(own))
}

/// What holds of every request, after whatever event.
fn lives_by_the_rules(before: &Request, after: &Request, rules: Option<&Requests>, at: Timestamp) {
    assert_eq!(after.history[..before.history.len()], before.history[..], "the history only grows");
    assert_eq!(after.history.last().unwrap().status, after.status, "every status is written down");
    if before.status.is_final() {
        assert_eq!(after, before, "what is over stays over");
    }
    assert!(after.status >= before.status, "nothing goes back");
    assert!(after.approvals.iter().all(|approval| !is_own(&approval.by)), "nobody approves what is theirs");
    assert_eq!(after.asking.is_some(), after.status == Status::WaitingApproval);
    assert_eq!(after.starts_at.is_some(), after.ends_at.is_some());
    assert!(before.starts_at.is_none() || before.starts_at == after.starts_at, "it begins once");
    let (identity, same) =
        ((&before.id, before.tenant_id, &before.package), (&after.id, after.tenant_id, &after.package));
    assert_eq!(identity, same);
    if after.starts_at.is_some() && before.starts_at.is_none() {
        assert!(after.accepted_at.is_some() && after.status == Status::Accepted, "only what is accepted begins");
    }
    if let (Some(start), Some(end), Some(rules)) = (after.starts_at, after.ends_at, rules) {
        assert!(end <= start + hours(after.hours.into()) && hours(after.hours.into()) <= rules.duration_max);
    }
    if after.status == Status::Accepted && before.status == Status::WaitingApproval {
        let needed = rules.map_or(0, |rules| rules.stages.iter().map(|stage| stage.approvals).sum());
        assert!(after.approvals.len() >= needed as usize, "nothing is accepted with fewer approvals");
    }
    if after.status.is_final() && after.starts_at.is_some() {
        assert!(after.ends_at.is_some_and(|end| end <= at), "what has a grant is over only after its end");
    }
    assert_eq!(
        due(after, at) != Due::Nothing,
        next_due(after).is_some_and(|next| next <= at),
        "the two agree: {after:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_request_lives_by_the_rules(
        which in 0..3usize,
        events in proptest::collection::vec((event(), 0..200i64, 0..20u8), 1..40),
    ) {
        let config = &CONFIGS[which];
        let rules = config.customers[0].packages.iter().find_map(|package| package.requests.as_ref());
        let (mut before, mut at) = (request(config), now());
        for (event, minutes, gone) in events {
            // Mostly minutes go by, sometimes days; and for a while nobody can ask for the package any more.
            at += jiff::SignedDuration::from_mins(if minutes > 190 { minutes * 30 } else { minutes });
            let rules = rules.filter(|_| gone > 0);
            let Ok(after) = apply(&before, &event, rules, at) else { continue };
            lives_by_the_rules(&before, &after, rules, at);
            let stored: Request = serde_json::from_str(&serde_json::to_string(&after).unwrap()).unwrap();
            prop_assert_eq!(&stored, &after);
            let again = apply(&after, &event, rules, at);
            prop_assert!(again.is_err() || again.as_ref().is_ok_and(|again| again == &after), "told twice: {event:?}\n{after:?}\n{again:?}");
            before = after;
        }
    }
}
