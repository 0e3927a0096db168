//! The life of a request: who may do what when, and what it is then.

use super::{FREE, after, by, config, hours, machine, now, person, request};
use crate::config::Config;
use crate::ids::GroupId;
use crate::requests::{By, CARRY_OUT_WITHIN, Due, Event, Happened, Progress, Refusal, Request, Status, due};
use jiff::Timestamp;

/// Who approves: lead and boss by address, others by group.
const NAMED: &str = r#"duration_max = "24h"
approvals = 2
approvers = ["lead@partner.example.com", "boss@partner.example.com", "aaaaaaaa-0000-4000-8000-000000000003"]
"#;

const STAGES: &str = r#"duration_max = "24h"
[[packages.requests.stages]]
approvers = ["lead@partner.example.com", "boss@partner.example.com"]
[[packages.requests.stages]]
approvals = 1
"#;

fn approver_group() -> GroupId {
    "aaaaaaaa-0000-4000-8000-000000000003".parse().expect("it is an id")
}

fn of_group(email: &str, is_in: Option<bool>) -> By {
    By { groups: is_in.map(|is_in| (approver_group(), is_in)).into_iter().collect(), ..by(email) }
}

fn code(result: Result<Request, Refusal>) -> &'static str {
    result.expect_err("it should be refused").code()
}

/// The request after several events at once.
fn all(config: &Config, request: Request, events: impl IntoIterator<Item = Event>, at: Timestamp) -> Request {
    events.into_iter().fold(request, |request, event| after(config, &request, &event, at).expect("it can happen"))
}

fn carry_out() -> Event {
    Event::CarryOut { person: person(1) }
}

/// A request that began to be carried out at `now()`, for 8 hours.
fn begun(config: &Config) -> Request {
    all(config, request(config), [carry_out()], now())
}

fn settled() -> Event {
    Event::Progress(Progress::Settled { kept_by: None })
}

#[test]
fn a_request_that_nobody_must_approve_is_accepted_at_once() {
    let request = request(&config(FREE));
    assert_eq!((request.status, request.accepted_at, request.asking), (Status::Accepted, Some(now()), None));
    let history: Vec<_> = request.history.iter().map(|one| (one.what, one.by.as_deref(), one.asserted)).collect();
    assert_eq!(history, [(Happened::Asked, Some("ola@partner.example.com"), true)]);
    assert_eq!(due(&request, now()), Due::CarryOut);
}

#[test]
fn it_is_accepted_when_so_many_different_people_approved() {
    let config = config(NAMED);
    let mut request = request(&config);
    assert_eq!(request.status, Status::WaitingApproval);
    for lead in ["lead@partner.example.com", "LEAD@Partner.Example.com"] {
        request = after(&config, &request, &Event::Approve(by(lead)), now()).unwrap();
        assert_eq!((request.status, request.approvals.len()), (Status::WaitingApproval, 1), "{lead}");
    }
    let boss = By { comment: Some("go".into()), ..by("boss@partner.example.com") };
    request = after(&config, &request, &Event::Approve(boss), now() + hours(1)).unwrap();
    assert_eq!((request.status, request.accepted_at), (Status::Accepted, Some(now() + hours(1))));
    let last = request.history.last().unwrap();
    assert_eq!(
        (last.by.as_deref(), last.asserted, last.note.as_deref()),
        (Some("boss@partner.example.com"), true, Some("go"))
    );
    let more = Event::Approve(by("boss@partner.example.com"));
    assert_eq!(code(after(&config, &request, &more, now())), "wrong_state");
}

#[test]
fn nobody_decides_about_their_own_request() {
    let config = config("duration_max = \"24h\"\n");
    let mut request = request(&config);
    request.person = Some(person(1));
    let tickets = machine("tickets");
    let kari = By { person: Some(person(1)), ..by("other@partner.example.com") };
    let alias = By { aliases: ["ola@partner.example.com".to_owned()].into(), ..by("o.nordmann@partner.example.com") };
    for own in [
        by("ola@partner.example.com"),
        by("OLA@PARTNER.example.com"),
        by("ola+boss@partner.example.com"),
        by(" kari.nordmann@partner.example.com "),
        kari,
        alias,
        tickets,
    ] {
        assert_eq!(code(after(&config, &request, &Event::Approve(own.clone()), now())), "own_request", "{own:?}");
        assert_eq!(code(after(&config, &request, &Event::Reject(own.clone()), now())), "own_request", "{own:?}");
    }
    // Another caller that names nobody stands for itself, and the one that asked may name somebody else.
    let desk = machine("desk");
    let lead = By { caller: "tickets".into(), ..by("lead@partner.example.com") };
    for (other, name) in [(desk, "desk"), (lead, "lead@partner.example.com")] {
        let approved = after(&config, &request, &Event::Approve(other), now()).unwrap();
        assert_eq!((approved.status, approved.approvals[0].by.as_str()), (Status::Accepted, name));
    }
}

#[test]
fn only_those_who_are_named_approve_and_an_unread_group_lets_nobody_through() {
    let config = config(NAMED);
    let request = request(&config);
    for other in [
        by("eve@partner.example.com"),
        by("lead@evil.example"),
        by("lead+x@partner.example.com"),
        of_group("eve@partner.example.com", Some(false)),
        of_group("eve@partner.example.com", None),
        machine("desk"),
    ] {
        assert_eq!(code(after(&config, &request, &Event::Approve(other.clone()), now())), "forbidden", "{other:?}");
        assert_eq!(code(after(&config, &request, &Event::Reject(other), now())), "forbidden");
    }
    let member = of_group("eva@partner.example.com", Some(true));
    let approved = after(&config, &request, &Event::Approve(member), now()).unwrap();
    assert_eq!(approved.approvals.len(), 1);
    let rejected = after(&config, &request, &Event::Reject(by("lead@partner.example.com")), now()).unwrap();
    assert_eq!((rejected.status, due(&rejected, now())), (Status::Rejected, Due::Nothing));
}

#[test]
fn one_person_under_two_addresses_counts_once() {
    let config = config("duration_max = \"24h\"\napprovals = 2\n");
    let known = |email: &str| By { person: Some(person(5)), ..by(email) };
    let first = after(&config, &request(&config), &Event::Approve(known("lead@partner.example.com")), now()).unwrap();
    for again in [
        known("l.ead@partner.example.com"),
        by("Lead+2@partner.example.com"),
        By { aliases: ["lead@partner.example.com".into()].into(), ..by("chief@partner.example.com") },
    ] {
        assert_eq!(after(&config, &first, &Event::Approve(again), now()), Ok(first.clone()));
    }
    let other = after(&config, &first, &Event::Approve(by("boss@partner.example.com")), now()).unwrap();
    assert_eq!(other.status, Status::Accepted);
}

#[test]
fn stages_come_one_after_the_other_with_other_people() {
    let config = config(STAGES);
    let start = request(&config);
    assert_eq!(code(after(&config, &start, &Event::Approve(by("eva@partner.example.com")), now())), "forbidden");
    let first = after(&config, &start, &Event::Approve(by("lead@partner.example.com")), now() + hours(2)).unwrap();
    let asking = first.asking.unwrap();
    assert_eq!((first.status, asking.stage), (Status::WaitingApproval, 1));
    assert_eq!((asking.remind_at, asking.until), (now() + hours(26), now() + hours(2 + 7 * 24)), "asked from now on");
    let same = Event::Approve(by("lead@partner.example.com"));
    assert_eq!(code(after(&config, &first, &same, now())), "forbidden", "a second pair of eyes");
    let second = after(&config, &first, &Event::Approve(by("eva@partner.example.com")), now()).unwrap();
    assert_eq!((second.status, second.approvals.iter().map(|one| one.stage).collect()), (Status::Accepted, vec![0, 1]));
}

#[test]
fn an_approval_is_held_against_the_rules_of_now() {
    let request = request(&config("duration_max = \"24h\"\n"));
    let approve = Event::Approve(by("lead@partner.example.com"));
    assert_eq!(code(after(&config("duration_max = \"7h\"\n"), &request, &approve, now())), "duration_too_long");
    assert_eq!(code(super::super::apply(&request, &approve, None, now())), "not_requestable");
    assert_eq!(after(&config(FREE), &request, &approve, now()).unwrap().status, Status::Accepted);
    let late = now() + hours(7 * 24);
    assert_eq!(code(after(&config("duration_max = \"24h\"\n"), &request, &approve, late)), "wrong_state");
}

#[test]
fn its_time_begins_when_it_is_carried_out_and_it_goes_on_as_the_runs_show() {
    let config = config(FREE);
    let start = now() + hours(3);
    let mut request = all(&config, request(&config), [carry_out()], start);
    assert_eq!(
        (request.starts_at, request.ends_at, request.person),
        (Some(start), Some(start + hours(8)), Some(person(1)))
    );
    assert_eq!((request.status, due(&request, start)), (Status::Accepted, Due::Follow));
    for (progress, status) in [
        (Progress::Waiting { code: "held".into(), text: "a rail holds it".into() }, Status::Accepted),
        (Progress::Invited, Status::Invited),
        (Progress::Active, Status::Active),
        (Progress::Invited, Status::Active),
        (Progress::Waiting { code: "vetoed".into(), text: "taken out by the customer".into() }, Status::Active),
        (Progress::Active, Status::Active),
    ] {
        request = after(&config, &request, &Event::Progress(progress.clone()), start).unwrap();
        assert_eq!(request.status, status, "{progress:?}");
        assert_eq!(request.code.is_some(), matches!(progress, Progress::Waiting { .. }));
        let again = after(&config, &request, &Event::Progress(progress), start).unwrap();
        assert_eq!(again, request, "told twice, it changes nothing");
    }
    assert_eq!(due(&request, start), Due::Nothing);
    let end = start + hours(8);
    let ended = all(&config, request, [Event::Progress(Progress::Ended)], end);
    assert_eq!((ended.status, ended.code.as_deref(), due(&ended, end)), (Status::Active, Some("ending"), Due::End));
    let over = all(&config, ended, [settled()], end);
    assert_eq!((over.status, &over.code, due(&over, end)), (Status::Expired, &None, Due::Nothing));
}

#[test]
fn it_is_expired_only_after_its_end_and_says_what_keeps_the_person() {
    let config = config(FREE);
    let active = all(&config, begun(&config), [Event::Progress(Progress::Active)], now());
    let almost = now() + hours(8) - jiff::SignedDuration::from_secs(1);
    assert_eq!(after(&config, &active, &settled(), almost), Ok(active.clone()));
    let kept = Event::Progress(Progress::Settled { kept_by: Some("partner group Operators".into()) });
    let over = after(&config, &active, &kept, now() + hours(8)).unwrap();
    assert_eq!((over.status, over.code.as_deref()), (Status::Expired, Some("kept_by_other")));
    assert_eq!(over.detail.as_deref(), Some("still in the package's places because of partner group Operators"));
}

#[test]
fn what_never_began_in_earnest_fails() {
    let config = config(FREE);
    let late = now() + CARRY_OUT_WITHIN;
    let before = late - jiff::SignedDuration::from_secs(1);
    // Not carried out at all.
    let observed =
        Event::Progress(Progress::Waiting { code: "customer_observed".into(), text: "only observed".into() });
    let waiting = all(&config, request(&config), [observed], now());
    assert_eq!((due(&waiting, before), due(&waiting, late)), (Due::CarryOut, Due::Tick));
    for event in [Event::Tick, carry_out()] {
        let failed = after(&config, &waiting, &event, late).unwrap();
        assert_eq!((failed.status, failed.code.as_deref()), (Status::Failed, Some("not_carried_out")));
        assert_eq!(failed.starts_at, None);
        assert!(failed.detail.unwrap().contains("(only observed)"));
    }
    // Begun, and nothing came of it in a whole day: its grant ends before it begins in earnest.
    let config = super::config("duration_max = \"72h\"\napprovals = 0\n");
    let long = Event::Extend { by: by("lead@partner.example.com"), hours: 72 };
    let begun = all(&config, request(&config), [long, carry_out()], now());
    assert_eq!((due(&begun, before), due(&begun, late)), (Due::Follow, Due::Tick));
    let closing = all(&config, begun, [Event::Tick], late);
    assert_eq!((closing.status, closing.ends_at, due(&closing, late)), (Status::Accepted, Some(late), Due::End));
    let failed = all(&config, closing, [settled()], late);
    assert_eq!((failed.status, failed.code.as_deref()), (Status::Failed, Some("not_carried_out")));
    // Its time was over first.
    let begun = super::life::begun(&config);
    let failed = all(&config, begun, [settled()], now() + hours(8));
    assert_eq!((failed.status, failed.code.as_deref()), (Status::Failed, Some("not_carried_out")));
}

#[test]
fn what_the_configuration_no_longer_allows_is_not_begun() {
    let accepted = request(&config(FREE));
    let failed = after(&config("duration_max = \"7h\"\napprovals = 0\n"), &accepted, &carry_out(), now()).unwrap();
    assert_eq!(
        (failed.status, failed.code.as_deref(), failed.starts_at),
        (Status::Failed, Some("duration_too_long"), None)
    );
    let failed = super::super::apply(&accepted, &carry_out(), None, now()).unwrap();
    assert_eq!((failed.status, failed.code.as_deref()), (Status::Failed, Some("not_requestable")));
    let waiting = request(&config(NAMED));
    assert_eq!(code(after(&config(NAMED), &waiting, &carry_out(), now())), "wrong_state");
}

#[test]
fn what_can_never_be_done_ends_its_grant_and_then_fails() {
    let config = config(FREE);
    let refused =
        || Event::Progress(Progress::Refused { code: "disabled_by_customer".into(), text: "they did".into() });
    let at = now() + hours(1);
    let closing = all(&config, begun(&config), [refused()], at);
    assert_eq!((closing.status, closing.ends_at, due(&closing, at)), (Status::Accepted, Some(at), Due::End));
    assert_eq!(after(&config, &closing, &Event::Progress(Progress::Active), at), Ok(closing.clone()));
    assert_eq!(code(after(&config, &closing, &carry_out(), at)), "wrong_state");
    let failed = all(&config, closing, [settled()], at);
    assert_eq!(
        (failed.status, failed.code.as_deref(), failed.detail.as_deref()),
        (Status::Failed, Some("disabled_by_customer"), Some("they did"))
    );
    let at_once = all(&config, request(&config), [refused()], at);
    assert_eq!((at_once.status, at_once.starts_at), (Status::Failed, None));
}

#[test]
fn it_can_be_cancelled_by_those_whom_it_is_about_and_is_cancelled_when_the_access_is_gone() {
    let config = config(FREE);
    let ola = || Event::Cancel(by("ola@partner.example.com"));
    let at_once = all(&config, request(&config), [ola()], now());
    assert_eq!((at_once.status, after(&config, &at_once, &ola(), now())), (Status::Cancelled, Ok(at_once.clone())));
    let waiting = all(&super::config(NAMED), request(&super::config(NAMED)), [ola()], now());
    assert_eq!((waiting.status, waiting.asking), (Status::Cancelled, None));

    let at = now() + hours(2);
    let active = all(&config, begun(&config), [Event::Progress(Progress::Active)], now());
    let closing = all(&config, active, [ola()], at);
    assert_eq!(
        (closing.status, closing.code.as_deref(), closing.ends_at),
        (Status::Active, Some("cancelled"), Some(at))
    );
    assert_eq!(due(&closing, at), Due::End);
    assert_eq!(after(&config, &closing, &ola(), at), Ok(closing.clone()), "told twice");
    let longer = Event::Extend { by: by("lead@partner.example.com"), hours: 9 };
    assert_eq!(code(after(&config, &closing, &longer, at)), "wrong_state");
    let over = all(&config, closing, [settled()], at);
    assert_eq!(over.status, Status::Cancelled);
    let last = all(&config, begun(&config), [], now());
    assert_eq!(code(after(&config, &last, &ola(), now() + hours(8))), "wrong_state", "it ends by itself");
    let expired = all(&config, last, [Event::Progress(Progress::Active), settled()], now() + hours(8));
    assert_eq!(code(after(&config, &expired, &ola(), now() + hours(9))), "wrong_state");
}

#[test]
fn an_extension_is_the_new_total_from_the_start() {
    let config = config(FREE);
    let extend = |hours| Event::Extend { by: by("ola@partner.example.com"), hours };
    let active = all(&config, begun(&config), [Event::Progress(Progress::Active)], now());
    let at = now() + hours(6);
    let longer = after(&config, &active, &extend(10), at).unwrap();
    assert_eq!((longer.hours, longer.starts_at, longer.ends_at), (10, Some(now()), Some(now() + hours(10))));
    assert_eq!(longer.history[..active.history.len()], active.history[..]);
    assert_eq!(longer.history.last().map(|last| last.what), Some(Happened::Extended));
    assert_eq!(after(&config, &longer, &extend(10), at), Ok(longer.clone()), "told twice");
    assert_eq!(after(&config, &longer, &extend(9), at), Err(Refusal::NotLonger(10)));
    assert!(after(&config, &longer, &extend(24), at).is_ok());
    for too_long in [25, u32::MAX, 0] {
        assert_eq!(after(&config, &longer, &extend(too_long), at), Err(Refusal::DurationTooLong(24)));
    }
    let accepted = all(&config, request(&config), [extend(12), carry_out()], now());
    assert_eq!(accepted.ends_at, Some(now() + hours(12)));
    assert_eq!(code(after(&config, &longer, &extend(12), now() + hours(10))), "wrong_state");
    assert_eq!(code(after(&super::config(NAMED), &request(&super::config(NAMED)), &extend(12), now())), "wrong_state");
}

#[test]
fn longer_access_needs_the_approvals_that_the_access_needed() {
    let config = config(NAMED);
    let approve = |email| Event::Approve(by(email));
    let active = all(
        &config,
        request(&config),
        [approve("lead@partner.example.com"), approve("boss@partner.example.com"), carry_out()],
        now(),
    );
    let extend = |by, hours| Event::Extend { by, hours };
    let tickets = machine("tickets");
    assert_eq!(code(after(&config, &active, &extend(by("ola@partner.example.com"), 12), now())), "own_request");
    assert_eq!(code(after(&config, &active, &extend(tickets, 12), now())), "own_request");
    assert_eq!(code(after(&config, &active, &extend(by("eve@partner.example.com"), 12), now())), "forbidden");
    // Whoever may only ask cannot name somebody who approves.
    let asks = By { approves: false, ..by("lead@partner.example.com") };
    assert_eq!(code(after(&config, &active, &extend(asks, 12), now())), "forbidden");
    let half = after(&config, &active, &extend(by("lead@partner.example.com"), 12), now()).unwrap();
    assert_eq!((half.hours, half.ends_at), (8, active.ends_at));
    assert_eq!(half.history.last().map(|last| last.what), Some(Happened::ExtensionApproved));
    let same = after(&config, &half, &extend(by("lead@partner.example.com"), 12), now());
    assert_eq!(same, Ok(half.clone()), "one person counts once");
    let other = after(&config, &half, &extend(by("boss@partner.example.com"), 11), now()).unwrap();
    assert_eq!(other.hours, 8, "they do not mean the same");
    let longer = after(&config, &half, &extend(by("boss@partner.example.com"), 12), now()).unwrap();
    assert_eq!((longer.hours, longer.ends_at), (12, Some(now() + hours(12))));
}
