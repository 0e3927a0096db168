//! Reports and proposals as people read them.

use super::{csv, markdown, report};
use access::ids::{GroupId, GuestId, PersonId, TenantId};
use access::plan::Target;
use access::report::{Access, Decision, Event, Report};
use expect_test::expect;
use jiff::Timestamp;
use uuid::Uuid;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn access(mail: Option<&str>, place: &str, until: Option<&str>) -> Access {
    Access {
        mail: mail.map(Into::into),
        place: place.into(),
        from: at("2026-01-05T09:30:00Z"),
        until: until.map(at),
        person: PersonId(Uuid::from_u128(1)),
        guest: GuestId(Uuid::from_u128(2)),
        target: Target::Group(GroupId(Uuid::from_u128(3))),
        packages: ["second-line".to_string()].into(),
        how: "given: in the partner groups of second-line".into(),
        ended: until.map(|_| "taken away: disabled at the partner".into()),
        released_by: until.map(|_| "lead@northwind.example".into()),
    }
}

fn example() -> Report {
    Report {
        customer: "Contoso | Ltd".into(),
        tenant_id: TenantId(Uuid::from_u128(4)),
        partner: "Northwind".into(),
        from: Some(at("2026-01-01T00:00:00Z")),
        to: Some(at("2026-04-01T00:00:00Z")),
        access: vec![
            access(None, "=SUM(A1)", Some("2026-02-01T10:00:00Z")),
            access(Some("ana@northwind.example"), "Second \"line\", night", None),
        ],
        events: vec![Event {
            at: at("2026-01-05T09:29:00Z"),
            who: "ana@northwind.example".into(),
            what: "invited".into(),
            why: "not in the customer's tenant yet".into(),
            released_by: None,
        }],
        decisions: vec![Decision {
            at: at("2026-02-01T09:59:00Z"),
            by: "servicenow".into(),
            asserted: true,
            what: "released 2 held steps of 1 person".into(),
            words: Some("<b>meant</b>".into()),
        }],
    }
}

#[test]
fn as_text() {
    expect![[r#"
        Access of Northwind to Contoso | Ltd
        tenant 00000000-0000-0000-0000-000000000004, 2026-01-01 to 2026-03-31; times are UTC
        1 person, 2 memberships (1 at present), 1 decision

        who had what
          person 00000000-0000-0000-0000-000000000001
            =SUM(A1): 2026-01-05 09:30 to 2026-02-01 10:00 (second-line)
              given: in the partner groups of second-line; released by lead@northwind.example
              taken away: disabled at the partner
          ana@northwind.example
            Second "line", night: 2026-01-05 09:30 to now (second-line)
              given: in the partner groups of second-line

        what was done to guests and groups
          2026-01-05 09:29 ana@northwind.example invited: not in the customer's tenant yet

        what people decided
          2026-02-01 09:59 servicenow (named, not proven): released 2 held steps of 1 person: <b>meant</b>
    "#]]
    .assert_eq(&report(&example()));
}

#[test]
fn as_markdown_without_markup_from_outside() {
    expect![[r##"
        # Access of Northwind to Contoso \| Ltd

        tenant 00000000-0000-0000-0000-000000000004, 2026-01-01 to 2026-03-31; times are UTC

        1 person, 2 memberships (1 at present), 1 decision

        ## Who had what

        | Person | Place | From | Until | Package | How | End |
        | --- | --- | --- | --- | --- | --- | --- |
        | person 00000000-0000-0000-0000-000000000001 | =SUM(A1) | 2026-01-05 09:30 | 2026-02-01 10:00 | second-line | given: in the partner groups of second-line; released by lead@northwind.example | taken away: disabled at the partner |
        | ana@northwind.example | Second "line", night | 2026-01-05 09:30 | now | second-line | given: in the partner groups of second-line |  |

        ## What was done to guests and groups

        | When | Who | What | Why | Released by |
        | --- | --- | --- | --- | --- |
        | 2026-01-05 09:29 | ana@northwind.example | invited | not in the customer's tenant yet |  |

        ## What people decided

        | When | Who | What | Why |
        | --- | --- | --- | --- |
        | 2026-02-01 09:59 | servicenow (named, not proven) | released 2 held steps of 1 person | \<b\>meant\</b\> |
    "##]].assert_eq(&markdown(&example()));
}

#[test]
fn as_csv_without_formulas_from_outside() {
    expect![[r#"
        person,person_id,guest_id,place,target,from,until,packages,how,end,released_by
        ,00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002,'=SUM(A1),group:00000000-0000-0000-0000-000000000003,2026-01-05T09:30:00Z,2026-02-01T10:00:00Z,second-line,given: in the partner groups of second-line,taken away: disabled at the partner,lead@northwind.example
        ana@northwind.example,00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002,"Second ""line"", night",group:00000000-0000-0000-0000-000000000003,2026-01-05T09:30:00Z,,second-line,given: in the partner groups of second-line,,
    "#]].assert_eq(&csv(&example()).replace("\r\n", "\n"));
}

#[test]
fn an_empty_report_says_so() {
    let (access, events, decisions) = (Vec::new(), Vec::new(), Vec::new());
    let empty = Report { access, events, decisions, from: None, to: None, ..example() };
    expect![[r#"
        Access of Northwind to Contoso | Ltd
        tenant 00000000-0000-0000-0000-000000000004, since the beginning; times are UTC
        0 people, 0 memberships (0 at present), 0 decisions

        who had what
          nothing

        what was done to guests and groups
          nothing

        what people decided
          nothing
    "#]]
    .assert_eq(&report(&empty));
}
