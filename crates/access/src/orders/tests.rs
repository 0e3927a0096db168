use super::{Note, Order, Orders, Unfit, until};
use crate::ids::{PersonId, TenantId};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use uuid::Uuid;

const ANA: PersonId = PersonId(Uuid::from_u128(1));
const CONTOSO: TenantId = TenantId(Uuid::from_u128(2));
const FABRIKAM: TenantId = TenantId(Uuid::from_u128(3));

fn noon() -> Timestamp {
    "2026-05-04T12:00:00Z".parse().unwrap()
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

fn note(order: Order) -> Note {
    Note { number: 1, at: noon(), by: "lead@northwind.example".into(), reason: "a reason".into(), order }
}

fn paused(customers: Option<&[TenantId]>, lasts: SignedDuration, everything: bool) -> Note {
    let customers = customers.map(|ids| ids.iter().copied().collect::<BTreeSet<_>>());
    note(Order::Paused { customers, until: noon() + lasts, everything })
}

#[test]
fn a_bar_stands_until_it_is_taken_back() {
    let mut orders = Orders::default();
    orders.take(&note(Order::Barred { person: ANA, mail: None }));
    let once = orders.clone();
    orders.take(&note(Order::Barred { person: ANA, mail: None }));
    assert_eq!((orders.is_barred(ANA), &orders), (true, &once));
    orders.forget_ended(noon() + hours(24 * 3_650));
    assert!(orders.is_barred(ANA));
    orders.take(&note(Order::Unbarred { person: ANA, mail: None }));
    assert_eq!(orders, Orders::default());
}

#[test]
fn a_pause_holds_before_its_end_and_no_more_at_it() {
    let mut orders = Orders::default();
    orders.take(&paused(Some(&[CONTOSO]), hours(4), false));
    let end = noon() + hours(4);
    let second = SignedDuration::from_secs(1);
    assert!(orders.pause_of(CONTOSO, end - second).is_some() && orders.pause_of(CONTOSO, end).is_none());
    assert!(orders.pause_of(FABRIKAM, noon()).is_none());
    orders.forget_ended(end - second);
    assert_eq!(orders.pauses.len(), 1);
    orders.forget_ended(end);
    assert_eq!(orders, Orders::default());
}

#[test]
fn of_two_pauses_the_stricter_counts_and_resuming_one_leaves_the_other() {
    let mut orders = Orders::default();
    orders.take(&paused(None, hours(8), false));
    orders.take(&paused(Some(&[CONTOSO]), hours(2), true));
    let strict = |orders: &Orders, at| orders.pause_of(CONTOSO, at).map(|pause| pause.everything);
    assert_eq!((strict(&orders, noon()), strict(&orders, noon() + hours(2))), (Some(true), Some(false)));
    orders.take(&note(Order::Resumed { customers: Some([CONTOSO].into()) }));
    assert_eq!(strict(&orders, noon()), Some(false));
    orders.take(&note(Order::Resumed { customers: None }));
    assert_eq!(orders, Orders::default());
}

#[test]
fn the_end_of_a_pause_is_a_duration_a_day_or_a_time_of_at_most_90_days() {
    let ends = [
        ("1s", Ok("2026-05-04T12:00:01Z")),
        ("4h", Ok("2026-05-04T16:00:00Z")),
        ("90d", Ok("2026-08-02T12:00:00Z")),
        ("2160h", Ok("2026-08-02T12:00:00Z")),
        ("2026-05-04", Ok("2026-05-05T00:00:00Z")),
        ("2026-05-04T18:30", Ok("2026-05-04T18:30:00Z")),
        ("2026-05-04T18:30:00+02:00", Ok("2026-05-04T16:30:00Z")),
        ("91d", Err(Unfit::TooLong)),
        ("129601m", Err(Unfit::TooLong)),
        ("9223372036854775807d", Err(Unfit::TooLong)),
        ("2026-08-02", Err(Unfit::TooLong)),
        ("2026-08-02T12:00:01Z", Err(Unfit::TooLong)),
        ("0h", Err(Unfit::Past)),
        ("2026-05-03", Err(Unfit::Past)),
        ("2026-05-04T12:00:00Z", Err(Unfit::Past)),
        ("", Err(Unfit::Unreadable)),
        ("h", Err(Unfit::Unreadable)),
        ("-4h", Err(Unfit::Unreadable)),
        ("tomorrow", Err(Unfit::Unreadable)),
        ("2026-13-01", Err(Unfit::Unreadable)),
    ];
    for (text, expected) in ends {
        assert_eq!(until(text, noon()), expected.map(|time| time.parse().unwrap()), "{text:?}");
    }
}
