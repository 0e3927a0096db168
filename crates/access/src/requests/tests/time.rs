//! What is due when.

use super::{FREE, after, by, config, hours, now, person, request};
use crate::requests::state::HISTORY_MAX;
use crate::requests::{Due, END_TOLD_BEFORE, Event, Happened, Progress, Status, apply, due, next_due};
use jiff::SignedDuration;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

#[test]
fn approvers_are_reminded_each_day_and_given_up_after_a_week() {
    let config = config("duration_max = \"24h\"\n");
    let mut request = request(&config);
    for day in 1..7 {
        let at = now() + hours(24 * day);
        assert_eq!(
            (next_due(&request), due(&request, at - SECOND), due(&request, at)),
            (Some(at), Due::Nothing, Due::Tick)
        );
        request = after(&config, &request, &Event::Tick, at).unwrap();
        assert_eq!(
            (request.status, request.history.last().unwrap().what),
            (Status::WaitingApproval, Happened::Reminded)
        );
        assert_eq!(after(&config, &request, &Event::Tick, at), Ok(request.clone()), "once a day");
    }
    let end = now() + hours(24 * 7);
    assert_eq!((next_due(&request), due(&request, end - SECOND)), (Some(end), Due::Nothing));
    let over = after(&config, &request, &Event::Tick, end).unwrap();
    assert_eq!((over.status, over.code.as_deref(), next_due(&over)), (Status::Expired, Some("unanswered"), None));
}

#[test]
fn a_tick_that_comes_late_reminds_once_or_gives_up() {
    let config = config("duration_max = \"24h\"\n");
    let request = request(&config);
    let late = after(&config, &request, &Event::Tick, now() + hours(100)).unwrap();
    assert_eq!((late.history.len(), next_due(&late)), (2, Some(now() + hours(124))));
    let later = after(&config, &request, &Event::Tick, now() + hours(1000)).unwrap();
    assert_eq!((later.status, later.history.len()), (Status::Expired, 2));
    // A package that nobody can ask for any more reminds nobody, and still comes to its end.
    let orphan = apply(&request, &Event::Tick, None, now() + hours(24)).unwrap();
    assert_eq!(next_due(&orphan), Some(now() + hours(24 * 7)));
}

#[test]
fn reminders_and_changing_reasons_do_not_fill_the_history() {
    let rules = "duration_max = \"24h\"\nremind_after = \"1h\"\nunanswered_after = \"60d\"\n";
    let config = config(rules);
    let mut request = request(&config);
    let mut ticks = 0;
    while let (Some(at), Status::WaitingApproval) = (next_due(&request), request.status) {
        request = after(&config, &request, &Event::Tick, at).unwrap();
        ticks += 1;
        assert!(ticks < 1000);
    }
    assert_eq!((request.history.len(), request.status), (HISTORY_MAX + 1, Status::Expired));

    let config = super::config(FREE);
    let mut request = super::request(&config);
    for turn in 0..2 * HISTORY_MAX {
        let waiting = Progress::Waiting { code: format!("reason_{}", turn % 2), text: "this".into() };
        request = after(&config, &request, &Event::Progress(waiting), now()).unwrap();
    }
    assert_eq!((request.history.len(), request.code.as_deref()), (HISTORY_MAX, Some("reason_1")));
}

#[test]
fn the_end_is_told_a_quarter_of_an_hour_before_and_again_after_an_extension() {
    let config = config(FREE);
    let steps = [Event::CarryOut { person: person(1) }, Event::Progress(Progress::Active)];
    let mut request =
        steps.iter().fold(request(&config), |request, step| after(&config, &request, step, now()).unwrap());
    for total in [8, 10] {
        if total > request.hours {
            let longer = Event::Extend { by: by("ola@partner.example.com"), hours: total };
            request = after(&config, &request, &longer, now() + hours(7)).unwrap();
        }
        let end = now() + hours(i64::from(total));
        let told = end - END_TOLD_BEFORE;
        assert_eq!(
            (next_due(&request), due(&request, told - SECOND), due(&request, told)),
            (Some(told), Due::Nothing, Due::Tick)
        );
        request = after(&config, &request, &Event::Tick, told).unwrap();
        let last = request.history.last().unwrap();
        assert_eq!(
            (last.what, last.note.as_deref()),
            (Happened::EndsSoon, Some(format!("ends at {}", end.strftime("%Y-%m-%d %H:%M UTC")).as_str()))
        );
        assert_eq!(after(&config, &request, &Event::Tick, told), Ok(request.clone()));
        assert_eq!(
            (next_due(&request), due(&request, end - SECOND), due(&request, end)),
            (Some(end), Due::Nothing, Due::End)
        );
    }
    let missed = after(&config, &request, &Event::Tick, now() + hours(11)).unwrap();
    assert_eq!(missed, request, "after the end nobody is told that it is near");
}
